"""Gridded forecasts of weather and sea: read, looked up at a place, corrected by the buoy there."""
