select pg_notify('huangyu_outbox', '')
