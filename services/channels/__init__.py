"""Channels: each hands one message to one provider; see `services.channels.base`."""
