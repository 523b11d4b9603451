"""A cage's probes, stock and exposure: can I trust the sensors, when do they want a hand, what have the fish borne?"""

from datetime import timedelta

import streamlit as st

from cages.health import ProbeHealth
from dashboard.look import badge
from dashboard.screens.tables import note, show_table
from dashboard.views import cage_care
from dashboard.visit import Visit
from store import reader, reader_cages


def draw(visit: Visit, cage: reader.CageRow) -> None:
    """Draw health of the probes, then stock and exposure where there are fish."""
    with visit.scope() as scope:
        found = reader_cages.probe_health(scope, cage.cage_id)
    if found:
        _probes(visit, found)
    if cage.kind == "cage":
        _fish(visit, cage, found)


def _probes(visit: Visit, found: list[ProbeHealth]) -> None:
    words = visit.words
    with st.expander(words("Probe health and next service"), expanded=False):
        lines = cage_care.probe_lines(found, now=visit.now, words=words)
        rows = [(line.label, badge(line.state, words, line.wants), line.drift, line.uptime) for line in lines]
        heads = (words("Sensor"), words("Next service"), words("Against its neighbours"), words("Online, 7 days"))
        show_table(heads, rows, empty=words("No sensor has reported yet."))


def _fish(visit: Visit, cage: reader.CageRow, found: list[ProbeHealth]) -> None:
    words = visit.words
    longest = max(cage_care.SPANS_H)
    with st.expander(words("Fish and what they have borne"), expanded=False):
        with visit.scope() as scope:
            entries = reader_cages.stock_entries(scope, cage.cage_id)
            latest = reader.latest(scope, cage.cage_id)
            since = visit.now - timedelta(hours=longest)
            oxygen, warm = (
                reader.buckets(scope, cage_care.trusted(latest, quantity, found), since, visit.now, points=longest)
                for quantity in ("do_mg_l", "water_temp_c")
            )
        note(cage_care.stock_line(entries, words))
        counted = cage_care.exposures(oxygen, warm, now=visit.now)
        heads, rows = cage_care.exposure_rows(counted, words)
        show_table(heads, rows, empty="", numeric=tuple(range(1, len(heads))))
