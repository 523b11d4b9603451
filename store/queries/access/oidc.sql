SELECT access_oidc(%(subject)s)
