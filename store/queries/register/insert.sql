insert into vessel_register (boat_id, version, valid_from, import_id, name_zh, name_pinyin, mmsi, extra_mmsi, call_sign,
    certificate_no, registration_until, inspection_no, inspection_until, permit_no, permit_until, port, gear, vessel_type,
    length_m, beam_m, tonnage_gt, power_kw, wind_class_bft, hs_limit_m, min_crew, max_persons, beidou_id, group_name, owner,
    owner_phone, exempt_kind)
values (%(boat_id)s, %(version)s, %(valid_from)s, %(import_id)s, %(name_zh)s, %(name_pinyin)s, %(mmsi)s,
    %(extra_mmsi)s::int[], %(call_sign)s, %(certificate_no)s, %(registration_until)s, %(inspection_no)s,
    %(inspection_until)s, %(permit_no)s, %(permit_until)s, %(port)s, %(gear)s, %(vessel_type)s, %(length_m)s, %(beam_m)s,
    %(tonnage_gt)s, %(power_kw)s, %(wind_class_bft)s, %(hs_limit_m)s, %(min_crew)s, %(max_persons)s, %(beidou_id)s,
    %(group)s, %(owner)s, %(owner_phone)s, %(exempt_kind)s)
