"""Stands in for hardware on loopback: sea, instruments, boats, radar, modem. Never imports the gateway."""
