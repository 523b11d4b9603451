"""View models: pure functions from rows to what a screen shows."""
