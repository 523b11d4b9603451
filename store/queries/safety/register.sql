-- Safety particulars of every boat in the register now, once per MMSI that it may use.
select m.mmsi, r.name_zh, r.gear, r.vessel_type, r.port, r.length_m::double precision, r.power_kw::double precision,
    r.wind_class_bft::integer, r.hs_limit_m::double precision, r.min_crew::integer, r.max_persons::integer, r.group_name,
    r.registration_until, r.inspection_until, r.permit_until
from vessel_register r
cross join lateral unnest(array_prepend(r.mmsi, r.extra_mmsi)) as m (mmsi)
where r.valid_until is null and m.mmsi is not null
