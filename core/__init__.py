"""Words that every part of huangyu shares: types, units, flags, topics, codec, geometry, errors.

Only the standard library is imported here, so that a gateway on a Raspberry Pi stays light.
"""
