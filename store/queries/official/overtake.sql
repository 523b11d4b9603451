-- What an update or a cancellation names is no longer in force; messages may come in any order.
update cap_message as older set state = %(state)s
from jsonb_to_recordset(%(refs)s) as named (sender text, identifier text)
where older.sender = named.sender and older.identifier = named.identifier and older.state in ('active', 'superseded')
