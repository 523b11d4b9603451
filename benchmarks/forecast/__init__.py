"""Peers and data of the forecast benchmark."""
