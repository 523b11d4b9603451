SELECT count(*) FROM farm_log
