"""The script that Streamlit reruns for every person: everything is in `dashboard.frame`."""

from dashboard.frame import run

run()
