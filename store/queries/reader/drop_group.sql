DELETE FROM temporary_group WHERE group_id = %(group_id)s
