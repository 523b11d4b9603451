insert into contact_check (mmsi, at, by_login, reached, note) values (%(mmsi)s, %(at)s, %(by_login)s, %(reached)s, %(note)s)
on conflict (mmsi, at) do nothing
