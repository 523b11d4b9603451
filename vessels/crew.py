"""Crew and trips: who must be aboard, who is, and who left without saying so."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone

import numpy as np

from core.finding import Condition, Evidence, Finding, Place, Severity, Subject, SubjectKind
from core.target import TargetClass
from vessels.fleet import Bools, Fleet, RegisterFacts, Role, Target

CHINA = timezone(timedelta(hours=8))
NO_REPORT = "vessels.no_report"
OVERMANNED = "vessels.overmanned"
UNDERMANNED = "vessels.undermanned"
CERTIFICATE = "vessels.certificate"


@dataclass(frozen=True, kw_only=True)
class Ladder:
    """Posts of one kind, highest first: a higher post stands in for a lower."""

    kind: str
    posts: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Minimum:
    """Posts that must be filled from a length [m] or engine power [kW] upwards."""

    at_least: float
    posts: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class CrewRules:
    """Limits of config/rules/crew.toml; each key is explained there with its source."""

    version: str
    source: str
    expiry_warn_days: int
    report_grace_min: float
    port_nm: float
    max_age_s: float
    trip_hours: float
    ladders: tuple[Ladder, ...]
    deck: tuple[Minimum, ...]
    engine: tuple[Minimum, ...]


@dataclass(frozen=True, kw_only=True)
class Officer:
    """An officer aboard: post and last day of the certificate; no name."""

    post: str
    valid_until: date | None = None


@dataclass(frozen=True, kw_only=True)
class TripReport:
    """A departure or arrival report of one boat."""

    mmsi: int
    kind: str
    at: datetime
    port: str = ""
    persons: int | None = None
    officers: tuple[Officer, ...] = ()
    ordinary_certified: int | None = None
    reporter: str = ""
    source: str = "form"

    @property
    def is_departure(self) -> bool:
        """Return whether the boat left."""
        return self.kind == "departure"


def open_trips(reports: Iterable[TripReport], at: datetime, rules: CrewRules) -> dict[int, TripReport]:
    """Return the departure of each boat that has not reported her arrival, not older than ``trip_hours``."""
    newest: dict[int, TripReport] = {}
    for report in sorted(reports, key=lambda r: r.at):
        if report.at <= at + timedelta(minutes=rules.report_grace_min):
            newest[report.mmsi] = report
    oldest = at - timedelta(hours=rules.trip_hours)
    return {mmsi: r for mmsi, r in newest.items() if r.is_departure and r.at >= oldest}


def required_posts(length_m: float | None, power_kw: float | None, rules: CrewRules) -> tuple[str, ...]:
    """Return every post that a boat must have filled; empty where the table says nothing or a figure is unknown."""
    return _row(length_m, rules.deck) + _row(power_kw, rules.engine)


def _row(value: float | None, table: Sequence[Minimum]) -> tuple[str, ...]:
    fitting = [m for m in table if value is not None and value >= m.at_least]
    return max(fitting, key=lambda m: m.at_least).posts if fitting else ()


def missing_posts(required: Sequence[str], aboard: Sequence[Officer], on: date, rules: CrewRules) -> list[str]:
    """Return the posts that nobody fills; each officer fills one, a higher post may fill a lower of its kind.

    Certificates that ended before `on` do not count. The lowest sufficient officer is taken for each post, highest
    post first, which leaves most posts filled.
    """
    free = [o.post for o in aboard if o.valid_until is None or o.valid_until >= on]
    missing = []
    for post in sorted(required, key=lambda p: _rank(p, rules)[1]):
        kind, rank = _rank(post, rules)
        able = [p for p in free if _rank(p, rules)[0] == kind and _rank(p, rules)[1] <= rank]
        if able:
            free.remove(max(able, key=lambda p: _rank(p, rules)[1]))
        else:
            missing.append(post)
    return missing


def _rank(post: str, rules: CrewRules) -> tuple[str, int]:
    """Return (kind, place on its ladder, 0 the highest); an unknown post is its own kind."""
    for ladder in rules.ladders:
        if post in ladder.posts:
            return ladder.kind, ladder.posts.index(post)
    return post, 0


def judge_trip(target: Target, trip: TripReport, rules: CrewRules, *, on: date) -> list[Finding]:
    """Return what is wrong with the crew of one boat at sea by her departure report and the register."""
    facts = target.register
    if facts is None:
        return []
    findings = []
    if trip.persons is not None and facts.max_persons is not None and trip.persons > facts.max_persons:
        findings.append(_overmanned(target, trip, facts.max_persons, rules))
    gaps = missing_posts(required_posts(facts.length_m, facts.power_kw, rules), trip.officers, on, rules)
    if gaps or (trip.persons is not None and facts.min_crew is not None and trip.persons < facts.min_crew):
        findings.append(_undermanned(target, trip, facts, gaps, rules))
    return findings


def judge(
    fleet: Fleet,
    in_port: Bools,
    trips: Mapping[int, TripReport],
    rules: CrewRules,
    open_keys: frozenset[str],
    *,
    reporting: bool = True,
) -> list[Finding]:
    """Return crew, certificate and report findings of every registered boat at sea, and the end of open ones.

    A boat outside the register or on the exempt list owes no report here. Where no reports come in at all
    (``reporting`` is False), nobody is told to have left without one.
    """
    live = (fleet.age_s <= rules.max_age_s) & (fleet.role == Role.FISHING)
    today = fleet.at.astimezone(CHINA).date()
    findings: list[Finding] = []
    judged: set[str] = set()
    for row in map(int, np.flatnonzero(live)):
        target = fleet.targets[row]
        if target.register is None or target.kind is TargetClass.EXEMPT:
            continue
        judged.add(str(target.mmsi))
        if not in_port[row]:
            findings += _at_sea(target, trips.get(target.mmsi), rules, today, reporting)
    said = {f.key for f in findings}
    return findings + [_over(key, fleet, rules) for key in sorted(open_keys - said) if _ours(key, judged)]


def _ours(key: str, judged: set[str]) -> bool:
    rule, _, number = key.partition(":")
    return rule in (NO_REPORT, OVERMANNED, UNDERMANNED, CERTIFICATE) and number in judged


def _at_sea(target: Target, trip: TripReport | None, rules: CrewRules, today: date, reporting: bool) -> list[Finding]:
    absent = [_no_report(target, rules)] if reporting else []
    found = judge_trip(target, trip, rules, on=today) if trip else absent
    expired = expiring(target.register, today, rules) if target.register else []
    return found + ([_certificates(target, expired, rules, today)] if expired else [])


def expiring(facts: RegisterFacts, today: date, rules: CrewRules) -> list[tuple[str, str, date]]:
    """Return (Chinese name, English name, last day) of certificates that have ended or end soon."""
    limit = today + timedelta(days=rules.expiry_warn_days)
    papers = (
        ("登记证书", "registration", facts.registration_until),
        ("检验证书", "inspection", facts.inspection_until),
        ("捕捞许可证", "fishing permit", facts.permit_until),
    )
    return [(zh, en, until) for zh, en, until in papers if until is not None and until <= limit]


def _finding(
    target: Target, rule: str, rules: CrewRules, severity: Severity, zh: str, en: str, **more: object
) -> Finding:
    values = {k: v for k, v in more.items() if isinstance(v, float | str) or v is None}
    return Finding(
        key=f"{rule}:{target.mmsi}",
        rule=rule,
        rule_version=rules.version,
        condition=Condition.ACTIVE,
        severity=severity,
        subject=Subject(kind=SubjectKind.VESSEL, id=str(target.mmsi), name=target.title_zh),
        observed_at=target.observed_at,
        place=Place(lat_deg=target.lat_deg, lon_deg=target.lon_deg),
        reason_zh=zh,
        reason_en=en,
        advice_zh="请联系船东核实并补报" if rule == NO_REPORT else "请通知船东整改，必要时责令返港",
        advice_en="Ask the owner to report"
        if rule == NO_REPORT
        else "Ask the owner to put it right; order back if needed",
        evidence=(Evidence(kind="rule", text=rules.source),),
        values=values,
    )


def _no_report(target: Target, rules: CrewRules) -> Finding:
    zh, en = "出港未报告", "Left port without a departure report"
    return _finding(target, NO_REPORT, rules, Severity.YELLOW, zh, en)


def _overmanned(target: Target, trip: TripReport, most: int, rules: CrewRules) -> Finding:
    zh = f"超员：报告{trip.persons}人，核定{most}人"
    en = f"Too many aboard: {trip.persons} reported, certificate allows {most}"
    figures = {"persons_aboard": float(trip.persons or 0), "max_persons": float(most)}
    return _finding(target, OVERMANNED, rules, Severity.ORANGE, zh, en, **figures)


def _undermanned(
    target: Target, trip: TripReport, facts: RegisterFacts, gaps: Sequence[str], rules: CrewRules
) -> Finding:
    short = trip.persons is not None and facts.min_crew is not None and trip.persons < facts.min_crew
    zh = "；".join(
        ([f"职务船员不足，缺{'、'.join(gaps)}"] if gaps else [])
        + ([f"船员{trip.persons}人，少于最低{facts.min_crew}人"] if short else [])
    )
    en = "; ".join(
        ([f"officers missing: {', '.join(gaps)}"] if gaps else [])
        + ([f"{trip.persons} aboard, minimum {facts.min_crew}"] if short else [])
    )
    return _finding(target, UNDERMANNED, rules, Severity.YELLOW, zh, en, missing="、".join(gaps))


def _certificates(target: Target, papers: Sequence[tuple[str, str, date]], rules: CrewRules, today: date) -> Finding:
    ended = [p for p in papers if p[2] < today]
    zh = "；".join(f"{name}{'已于' if until < today else '将于'}{until.isoformat()}到期" for name, _, until in papers)
    en = "; ".join(f"{name} {'ended' if until < today else 'ends'} {until.isoformat()}" for _, name, until in papers)
    severity = Severity.YELLOW if ended else Severity.BLUE
    return _finding(target, CERTIFICATE, rules, severity, zh, en, ended=float(len(ended)))


def _over(key: str, fleet: Fleet, rules: CrewRules) -> Finding:
    rule, _, number = key.partition(":")
    target = fleet.targets[fleet.row_of[int(number)]]
    return Finding(
        key=key,
        rule=rule,
        rule_version=rules.version,
        condition=Condition.CLEARED,
        severity=Severity.YELLOW,
        subject=Subject(kind=SubjectKind.VESSEL, id=number, name=target.title_zh),
        observed_at=target.observed_at,
        reason_zh="已补报、已整改或已回港",
        reason_en="Reported, put right or back in port",
    )
