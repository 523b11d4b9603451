"""What was measured: a cage's past up to any day, alone or beside the same quantity of the whole farm."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta

import streamlit as st

from cages.limits import CageLimits
from dashboard import charts
from dashboard.i18n import mark
from dashboard.times import SHANGHAI, local
from dashboard.views import cage_page
from dashboard.views.limits import limits_of
from dashboard.visit import Visit
from store import reader

RANGES_H = {mark("24 h"): 24, mark("7 d"): 168, mark("30 d"): 720, mark("1 y"): 8760}
POINTS = 1000
"""Buckets of a line: as many as a wide screen has pixels for."""


def draw(visit: Visit, cage: reader.CageRow, farm: Sequence[reader.CageRow], limits: CageLimits) -> None:
    """Draw the chart and what chooses its quantity, span and company; only this part is drawn anew by a choice."""

    @st.fragment(key="past")
    def part() -> None:
        with visit.scope() as scope:
            latest = reader.latest(scope)
        own = [r for r in latest if r.cage_id == cage.cage_id]
        if quantities := cage_page.by_interest(own):
            st.subheader(visit.words("Past"), anchor=False)
            _chart(visit, cage, latest, *_chosen(visit, quantities, many=len(farm) > 1), farm, limits)

    part()


def _chosen(visit: Visit, quantities: Sequence[str], *, many: bool) -> tuple[str, int, datetime, bool]:
    """Return quantity, hours, end and whether the whole farm is wanted."""
    words = visit.words
    with st.container(horizontal=True, vertical_alignment="bottom"):
        quantity = st.selectbox(
            words("Quantity"),
            quantities,
            format_func=lambda q: cage_page.quantity_word(q, words),
            key="past_quantity",
            width=200,
        )
        span = st.segmented_control(
            words("Span"), list(RANGES_H), default="7 d", key="past_span", format_func=words, required=True
        )
        today = local(visit.now).date()
        last = st.date_input(words("To"), today, max_value=today, format="YYYY-MM-DD", width=160, key="past_last")
        whole = many and st.toggle(words("Whole farm"), key="past_farm")
    until = visit.now if last == today else datetime.combine(last, time(23, 59, 59), SHANGHAI).astimezone(UTC)
    return quantity, RANGES_H[span or "7 d"], until, whole


def _chart(
    visit: Visit, cage: reader.CageRow, latest: Sequence[reader.LatestRow], quantity: str, hours: int, until: datetime,
    whole: bool, farm: Sequence[reader.CageRow], limits: CageLimits,
) -> None:  # fmt: skip
    words = visit.words
    lines = cage_page.lines_of(latest, quantity, cage, farm if whole else (), words)
    since = until - timedelta(hours=hours)
    with visit.scope() as scope:
        found = reader.buckets(scope, list(lines), since, until, points=POINTS)
    by_series: dict[int, list[reader.Bucket]] = {number: [] for number in lines}
    for bucket in found:
        by_series[bucket.series_id].append(bucket)
    series: Mapping[str, Sequence[reader.Bucket]] = {lines[number]: by_series[number] for number in lines}
    option = charts.history(
        series,
        quantity=quantity,
        stride_s=reader.stride_s(since, until, POINTS),
        limits=limits_of(quantity, limits),
        words=words,
    )
    name = words("Past of {name}", name=cage_page.quantity_word(quantity, words))
    st.echarts_chart(option, height=360, key="past", alt=name)
