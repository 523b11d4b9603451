select scope.contact_id, scope.kind, scope.id, scope.level
from contact_scope as scope
join unnest(%(kinds)s::text[], %(ids)s::text[]) as wanted (kind, id) using (kind, id)
order by scope.level, scope.contact_id
