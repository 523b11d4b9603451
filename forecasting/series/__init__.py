"""Any table of the past as one hourly series, and what a model may know of it at each hour."""
