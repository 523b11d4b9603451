"""Texts of messages, Chinese first, English complete beside it; the templates are data (config/rules/messages.toml)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase

from alerts.directory import LOCAL
from alerts.model import Alert, NoticeKind
from alerts.segments import UCS2_SINGLE, measure
from core.finding import Severity

_FIELD = re.compile(r"\{(\w+)(?::([^{}]*))?\}")
_ENDS = " 。.；;，,"
_COLOUR_EN = {Severity.BLUE: "Blue", Severity.YELLOW: "Yellow", Severity.ORANGE: "Orange", Severity.RED: "Red"}


@dataclass(frozen=True, kw_only=True)
class Template:
    """The text of one kind of notice for the rules that fit a shell pattern; fields stand in braces."""

    rule: str
    kind: str
    zh: str
    en: str


@dataclass(frozen=True, kw_only=True)
class Wording:
    """All templates and fixed words.

    `signature_zh` is what mainland providers approved, without its brackets; `reply_zh` asks for the "1" that
    acknowledges; `drill_zh` stands before every text of a drill.
    """

    version: str
    signature_zh: str
    signature_en: str
    templates: tuple[Template, ...]
    reply_zh: str = "回1收到"
    reply_en: str = "Reply 1"
    drill_zh: str = "【演练】"
    drill_en: str = "[EXERCISE] "
    max_names: int = 6


@dataclass(frozen=True, kw_only=True)
class Written:
    """A text ready to send, and its words one by one for template providers."""

    text: str
    fields: Mapping[str, str]


def write(
    wording: Wording, alerts: Sequence[Alert], kind: NoticeKind, language: str, at: datetime, drill: bool = False
) -> Written:
    """Return the text that tells of one alert, or of several of one group (the gravest first).

    A text that does not fit one part of 70 characters is tried without its reply hint and then without its clock;
    where it still does not fit it is left whole: advice is worth a second part.
    """
    ranked = sorted(alerts, key=lambda alert: (-alert.severity, _natural(alert.subject.name), alert.key))
    head = ranked[0]
    words = _words(wording, ranked, kind, language, at)
    template = _pick(wording, head.rule, kind, language, words)
    attempts = (words, words | {"reply": ""}, words | {"reply": "", "time": ""})
    texts = [_frame(wording, fill(template, attempt), language, drill or head.drill) for attempt in attempts]
    text = next((text for text in texts if len(text) <= UCS2_SINGLE), texts[0])
    if measure(text).segments > 1 and language != "zh":
        text = texts[0]
    return Written(text=text, fields=words)


def fill(template: str, words: Mapping[str, str]) -> str:
    """Return the template with its fields filled; an unknown or absent field becomes empty, spaces are tidied."""

    def one(match: re.Match[str]) -> str:
        return format_value(words.get(match[1], ""), match[2] or "")

    return re.sub(r"\s{2,}", " ", _FIELD.sub(one, template)).strip()


def format_value(value: object, spec: str) -> str:
    """Return a field as text; a number is formatted by `spec`, anything else is used as it is."""
    if spec:
        try:
            return format(float(str(value)), spec)
        except ValueError:
            return str(value)
    return str(value)


def clock(at: datetime, now: datetime) -> str:
    """Return the local time of an instant for a message: 02:14, or 11-24 02:14 when it is not today."""
    local, today = at.astimezone(LOCAL), now.astimezone(LOCAL).date()
    return local.strftime("%H:%M" if local.date() == today else "%m-%d %H:%M")


def _words(wording: Wording, ranked: Sequence[Alert], kind: NoticeKind, language: str, at: datetime) -> dict[str, str]:
    head, zh = ranked[0], language == "zh"
    reason = (head.reason_zh if zh else head.reason_en).strip(_ENDS)
    advice = (head.advice_zh if zh else head.advice_en).strip(_ENDS)
    name = _names(wording, ranked, zh)
    asks = kind not in (NoticeKind.CLEARED, NoticeKind.RETRACTED)
    own = head.subject.name or head.subject.id
    if len(ranked) > 1 and own in reason:  # the reason names its place: the others follow it, nobody is named twice
        reason, name_shown = reason + _others(wording, ranked, own, zh), ""
    else:
        name_shown = "" if name in reason else name
    words = {key: "" if value is None else str(value) for key, value in head.values.items()}
    return words | {
        "colour": head.severity.zh if zh else _COLOUR_EN[head.severity],
        "name": name_shown,
        "subject": name,
        "reason": reason,
        "advice": (advice + "。" if zh else advice + ". ") if advice else "",
        "time": clock(head.observed_at, at),
        "reply": (wording.reply_zh if zh else wording.reply_en) if asks else "",
        "count": str(len(ranked)),
        "waited": _minutes(head, at),
    }


def _others(wording: Wording, ranked: Sequence[Alert], own: str, zh: bool) -> str:
    """Return what follows the gravest alert's reason: the other places, or how many more of the same place."""
    rest = [alert for alert in ranked if (alert.subject.name or alert.subject.id) != own]
    if rest:
        return f"；另有{_names(wording, rest, zh)}" if zh else f"; also {_names(wording, rest, zh)}"
    return f"；另有{len(ranked) - 1}项" if zh else f"; and {len(ranked) - 1} more"


def _names(wording: Wording, ranked: Sequence[Alert], zh: bool) -> str:
    names = list(dict.fromkeys(alert.subject.name or alert.subject.id for alert in ranked))
    if len(names) <= 1:
        return names[0]
    shown = ("、" if zh else ", ").join(_shorten(names[: wording.max_names]))
    if len(names) <= wording.max_names:
        return shown
    return f"{shown}等{len(names)}处" if zh else f"{shown} and {len(names) - wording.max_names} more"


def _natural(name: str) -> list[tuple[int, str]]:
    """Return a sort key in which 2号 comes before 10号."""
    parts = re.split(r"(\d+)", name)
    return [(int(part), "") if part.isdigit() else (0, part) for part in parts]


def _shorten(names: Sequence[str]) -> list[str]:
    """Return the names without the ending they share but for the last: 1号网箱、2号网箱 -> 1、2号网箱."""
    ending = ""
    shortest = min(len(name) for name in names)
    for size in range(1, shortest):
        tail = names[0][-size:]
        if not all(name.endswith(tail) for name in names) or tail[0].isdigit() or tail[0].isascii():
            break
        ending = tail
    return [name.removesuffix(ending) if ending else name for name in names[:-1]] + [names[-1]]


def _pick(wording: Wording, rule: str, kind: NoticeKind, language: str, words: Mapping[str, str]) -> str:
    for template in wording.templates:
        text = template.zh if language == "zh" else template.en
        if template.kind == kind and fnmatchcase(rule, template.rule) and _complete(text, words):
            return text
    raise ValueError(f"no template for {kind}: the last rows of messages.toml must have the rule *")


def _complete(text: str, words: Mapping[str, str]) -> bool:
    """Return whether every field a template names is known; the ever-present ones may be empty."""
    return all(match[1] in words for match in _FIELD.finditer(text))


def _frame(wording: Wording, body: str, language: str, drill: bool) -> str:
    if language == "zh":
        return f"【{wording.signature_zh}】{wording.drill_zh if drill else ''}{body}"
    return f"[{wording.signature_en}] {wording.drill_en if drill else ''}{body}"


def _minutes(alert: Alert, at: datetime) -> str:
    start = alert.raised_at or alert.first_active_at
    return str(max(0, round((at - start).total_seconds() / 60)))
