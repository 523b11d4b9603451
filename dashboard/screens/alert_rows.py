"""One alert, or one group of alerts, as a line of a list that leads to its page."""

from collections.abc import Iterable
from datetime import datetime

from markupsafe import Markup

from dashboard.deciding import policies
from dashboard.i18n import Words
from dashboard.look import STATES, severity_badge, state_of
from dashboard.views import desk, queue
from store.reader import AlertRow

_ROW = Markup(
    '<a class="hy-alert{kind}" href="{href}" target="_self" style="--strong:{strong};--ink:{ink}">'
    '{badge}<span class="what">{name}</span><span class="when">{when}</span><span class="why">{why}</span></a>'
)


def queue_lines(lines: Iterable[AlertRow | queue.Group], *, now: datetime, words: Words) -> Markup:
    """Return the lines of a queue; an empty one is an empty element, for the page draws nothing of an empty text."""
    drawn = [
        group_row(line, now=now, words=words)
        if isinstance(line, queue.Group)
        else alert_row(line, now=now, words=words)
        for line in lines
    ]
    return Markup("").join(drawn) or Markup("<span></span>")


def alert_row(alert: AlertRow, *, now: datetime, words: Words) -> Markup:
    """Return one alert as a row."""
    return _row(
        alert,
        words,
        kind="",
        href=f"/alert?id={alert.alert_id}",
        name=alert.subject_name or alert.subject_id,
        when=f"{desk.age(alert, now, words)} · {desk.handling(alert, words)}",
        why=words.pick(alert.reason_zh, alert.reason_en),
    )


def group_row(group: queue.Group, *, now: datetime, words: Words) -> Markup:
    """Return many alerts of one kind as a row that leads to their list."""
    return _row(
        group.worst,
        words,
        kind=" many",
        href=f"/alerts?rule={group.rule}",
        name=queue.kind_word(group.rule, policies(), words),
        when=words("{n} alerts", n=len(group.alerts)),
        why=queue.group_line(group, now=now, words=words),
    )


def _row(worst: AlertRow, words: Words, **parts: str) -> Markup:
    look = STATES[state_of(worst.severity)]
    return _ROW.format(strong=look.strong, ink=look.ink, badge=severity_badge(worst.severity, words), **parts)
