insert into trip_report (report_id, mmsi, kind, at, port, persons, officers, ordinary_certified, reporter, source)
values (%(report_id)s, %(mmsi)s, %(kind)s, %(at)s, %(port)s, %(persons)s, %(officers)s, %(ordinary_certified)s, %(reporter)s,
    %(source)s)
on conflict (report_id) do nothing
