-- The boats that may use these numbers, as of a time.
select boat_id, version, valid_from, valid_until, name_zh, name_pinyin, mmsi, extra_mmsi, call_sign, certificate_no,
    registration_until, inspection_no, inspection_until, permit_no, permit_until, port, gear, vessel_type,
    length_m::double precision, beam_m::double precision, tonnage_gt::double precision, power_kw::double precision,
    wind_class_bft, hs_limit_m::double precision, min_crew, max_persons, beidou_id, group_name, owner, owner_phone,
    exempt_kind
from vessel_register
where (mmsi = any(%(mmsis)s::int[]) or extra_mmsi && %(mmsis)s::int[])
    and valid_from <= %(at)s::timestamptz and (valid_until is null or valid_until > %(at)s::timestamptz)
order by boat_id
