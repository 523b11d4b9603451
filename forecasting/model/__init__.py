"""The statistical forecast of one series: fitted once a day, kept small, told as quantiles and joint paths."""
