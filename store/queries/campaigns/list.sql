select campaign_id::text, kind, name_zh, name_en, district_id, severity, started_at, ended_at, started_by, drill
from campaign
where %(district_id)s::text is null or district_id = %(district_id)s
order by started_at desc
limit %(limit)s
