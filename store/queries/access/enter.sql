SELECT set_config('huangyu.session', %(token)s, true)
