-- The one clock that senders on several hosts share.
select clock_timestamp()
