insert into season_permit (mmsi, document_no, gear, valid_from, valid_until, entered_by)
values (%(mmsi)s, %(document_no)s, %(gear)s, %(valid_from)s, %(valid_until)s, %(entered_by)s)
on conflict (mmsi, document_no) do update set gear = excluded.gear, valid_from = excluded.valid_from,
    valid_until = excluded.valid_until, entered_by = excluded.entered_by, entered_at = now()
