SELECT access_person() IS NOT NULL
