UPDATE person SET oidc_subject = %(subject)s WHERE person_id = %(person_id)s AND oidc_subject IS DISTINCT FROM %(subject)s
