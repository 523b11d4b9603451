-- Every version of every boat that held at some time after `since` (all that hold now when it is now).
select boat_id, version, valid_from, valid_until, name_zh, name_pinyin, mmsi, extra_mmsi, call_sign, certificate_no,
    registration_until, inspection_no, inspection_until, permit_no, permit_until, port, gear, vessel_type,
    length_m::double precision, beam_m::double precision, tonnage_gt::double precision, power_kw::double precision,
    wind_class_bft, hs_limit_m::double precision, min_crew, max_persons, beidou_id, group_name, owner, owner_phone,
    exempt_kind
from vessel_register
where valid_until is null or valid_until > %(since)s::timestamptz
order by boat_id, version
