"""How good the forecasts were: in words first, then by lead, chance, colour and cage, for any season."""

from datetime import timedelta

import streamlit as st
from markupsafe import Markup

from dashboard import charts
from dashboard.i18n import mark
from dashboard.look import severity_badge
from dashboard.screens.tables import link, note, show_table, title
from dashboard.times import clock, span
from dashboard.views import cage_page, record
from dashboard.views.limits import cost_shares
from dashboard.visit import Visit
from store import reader, reader_record
from store.reader_record import EventSumRow, OnsetRow, SkillSumRow

YEAR = timedelta(days=365)
QUANTITIES = ("do_mg_l", "hs_m", "wind_mps")
WINDOW_H = 24
SHOWN_ONSETS = 12
_GAIN, _HELD, _CASES = mark("Better than staying"), mark("80 % range held"), mark("Forecasts")
BY_LEAD = (mark("Hours ahead"), mark("Off by"), mark("Leans"), _GAIN, _HELD, mark("CRPS score"), _CASES)
BY_COLOUR = (
    mark("Colour"), mark("Came"), mark("Warned of"), mark("False alarms"), mark("CSI score"), mark("Brier score"),
    mark("Cost saved"), _CASES,
)  # fmt: skip
BY_CAGE = (mark("Cage"), _GAIN, _HELD, mark("Off by"), _CASES)
ONSETS = (
    mark("Colour"), mark("Time"), mark("Cage"), mark("Limit"), mark("Told before"), mark("Forecasts that warned"),
)  # fmt: skip


def render(visit: Visit) -> None:
    """Draw the record of the last year; a choice draws only this part anew."""
    words = visit.words
    title(
        words("Forecast record"),
        words("Every forecast is compared with what was measured, next to taking the present value to stay."),
    )

    @st.fragment(key="record")
    def part() -> None:
        _draw(visit)

    part()


def _draw(visit: Visit) -> None:
    words = visit.words
    with visit.scope() as scope:
        cages = {c.cage_id: words.pick(c.name_zh, c.name_en) for c in reader.cages(scope)}
    quantity, season, place = _chosen(visit, cages)
    since = visit.now - YEAR
    with visit.scope() as scope:
        skill = reader_record.skill(scope, since.date(), place)
        each = reader_record.skill(scope, since.date(), place, by_place=True, by_lead=False)
        events = reader_record.events(scope, since.date(), place)
        onsets = reader_record.onsets(scope, since, place)
        aside = reader_record.set_aside(scope, place)
    for one in aside:
        what = cage_page.quantity_word(one.quantity, words)
        text = f"{cages.get(one.place_id, one.place_id)} · {what}: {words.pick(one.reason_zh, one.reason_en)}"
        st.html(Markup('<p class="hy-banner stale">{}</p>').format(text))
    lines = record.leads(record.in_season(skill, quantity, season))
    own = record.onsets_in(onsets, quantity, season)
    for text in record.sentences(lines, own, quantity, words):
        st.html(Markup('<p style="font-size:1.05rem;margin:.15rem 0">{}</p>').format(text))
    if not lines:
        return
    _by_lead(visit, lines, quantity)
    _by_chance(visit, record.in_season(events, quantity, season), quantity)
    if place is None:
        _by_cage(visit, record.in_season(each, quantity, season), cages)
    _onsets(visit, own)


def _chosen(visit: Visit, cages: dict[str, str]) -> tuple[str, int, str | None]:
    """Return quantity, season and cage; every cage together where None."""
    words = visit.words
    with st.container(horizontal=True, vertical_alignment="bottom"):
        quantity = st.segmented_control(
            words("Quantity"),
            QUANTITIES,
            default=QUANTITIES[0],
            format_func=lambda q: cage_page.quantity_word(q, words),
            key="record_quantity",
            required=True,
        )
        season = st.segmented_control(
            words("Season"),
            list(record.SEASONS),
            default=-1,
            format_func=lambda s: words(record.SEASONS[s]),
            key="record_season",
            required=True,
        )
        place = st.selectbox(
            words("Cage"),
            ["", *cages],
            format_func=lambda c: cages.get(c, words("All cages")),
            key="record_place",
            width=200,
        )
    return quantity or QUANTITIES[0], -1 if season is None else season, place or None


def _by_lead(visit: Visit, lines: list[record.LeadLine], quantity: str) -> None:
    words = visit.words
    st.subheader(words("By hours ahead"), anchor=False)
    heads = BY_LEAD
    rows = [
        (
            f"{line.lead_h} h",
            f"{line.absolute:.2f}",
            f"{line.bias:+.2f}",
            record.percent(line.gain),
            record.percent(line.coverage),
            f"{line.crps:.2f}",
            line.cases,
        )
        for line in lines
    ]
    show_table([words(h) for h in heads], rows, empty="", numeric=range(1, 7))
    note(words("Off by, leans (above zero: forecast too high) and CRPS in {unit}.", unit=record.unit(quantity)))


def _by_chance(visit: Visit, events: list[EventSumRow], quantity: str) -> None:
    told = record.bins(events, WINDOW_H)
    if not told:
        return
    left, right = st.columns([2, 3], gap="medium")
    with left:
        _reliability(visit, told)
    with right:
        _by_colour(visit, events, quantity)


def _reliability(visit: Visit, told: list[record.Bin]) -> None:
    words, most = visit.words, told[-1]
    st.subheader(words("Told chance and what came"), anchor=False)
    text = words("Of the cases told with {p} %, {came} % came.", p=round(100 * most.told), came=round(100 * most.came))
    st.echarts_chart(charts.reliability(told, words=words), height=340, key="record_chance", alt=text)
    note(words("On the dashed line the chances are honest; the size of a point says on how many forecasts it rests."))


def _by_colour(visit: Visit, events: list[EventSumRow], quantity: str) -> None:
    words = visit.words
    st.subheader(words("Warnings of the next {h} h", h=WINDOW_H), anchor=False)
    rows = [
        (
            severity_badge(c.severity, words),
            c.came,
            record.percent(c.pod),
            record.percent(c.far),
            "–" if c.csi is None else f"{c.csi:.2f}",
            f"{c.brier:.3f}",
            record.percent(c.value),
            c.cases,
        )
        for c in record.colours(events, cost_shares(quantity), WINDOW_H)
    ]
    show_table([words(h) for h in BY_COLOUR], rows, empty="", numeric=range(1, 8))
    note(words("Cost saved: 0 % is as cheap as never or always acting, 100 % as cheap as knowing the future."))


def _by_cage(visit: Visit, rows: list[SkillSumRow], cages: dict[str, str]) -> None:
    words = visit.words
    found = record.places(rows)
    st.subheader(words("By cage, the weakest first"), anchor=False)
    lines = [
        (
            link(f"/cage?cage={place}", cages[place]) if place in cages else place,
            record.percent(line.gain),
            record.percent(line.coverage),
            f"{line.absolute:.2f}",
            line.cases,
        )
        for place, line in found
    ]
    heads = BY_CAGE
    show_table([words(h) for h in heads], lines, empty="", numeric=range(1, 5))


def _onsets(visit: Visit, onsets: list[OnsetRow]) -> None:
    words = visit.words
    st.subheader(words("When limits were crossed"), anchor=False)
    rows = [
        (
            severity_badge(o.severity, words),
            clock(o.onset_at, now=visit.now),
            words.pick(o.name_zh, o.name_en),
            f"{o.limit_value:g} {record.unit(o.quantity)}",
            words("not warned of")
            if (early := record.lead_time_h(o.onset_at, o.warned_at)) is None
            else words("warned of {span} before", span=span(3600 * early, words)),
            f"{o.warned}/{o.forecasts}",
        )
        for o in onsets[:SHOWN_ONSETS]
    ]
    heads = ONSETS
    show_table([words(h) for h in heads], rows, empty=words("No limit was crossed anew in this time."), numeric=(5,))
