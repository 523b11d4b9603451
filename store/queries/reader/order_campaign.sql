insert into campaign_order (district_id, name_zh, severity, text_zh, text_en, drill, ordered_by)
values (%(district_id)s, %(name_zh)s, %(severity)s, %(text_zh)s, %(text_en)s, %(drill)s, %(login)s)
