SELECT DISTINCT district_id
FROM (SELECT unnest(access_districts()) AS district_id
      UNION ALL SELECT f.district_id FROM farm f WHERE access_has('administrator')) d
ORDER BY district_id
