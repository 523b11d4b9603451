-- Tables whose owner, too, sees rows only by policy.
select relname from pg_class where relnamespace = 'public'::regnamespace and relforcerowsecurity order by 1
