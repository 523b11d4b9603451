insert into campaign (
    campaign_id, kind, name_zh, name_en, district_id, severity, started_at, started_by, alert_id, cap_identifier, drill
) values (
    %(campaign_id)s::uuid, %(kind)s, %(name_zh)s, %(name_en)s, %(district_id)s, %(severity)s::smallint,
    %(started_at)s::timestamptz, %(started_by)s, %(alert_id)s::uuid, %(cap_identifier)s, %(drill)s
)
on conflict (campaign_id) do nothing
