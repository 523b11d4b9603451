"""What a rule says about one subject at one moment, ready to become an alert."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum


class Severity(IntEnum):
    """China's four warning colours; CAP 1.2 names in `cap` (interfaces: 蓝/黄/橙/红)."""

    BLUE = 1
    YELLOW = 2
    ORANGE = 3
    RED = 4

    @property
    def cap(self) -> str:
        """Return the CAP 1.2 severity word."""
        return ("Minor", "Moderate", "Severe", "Extreme")[self - 1]

    @property
    def zh(self) -> str:
        """Return the Chinese colour word."""
        return "蓝黄橙红"[self - 1]


class Condition(StrEnum):
    """Whether the thing is so, is over, or cannot be judged; UNKNOWN never clears an alert."""

    ACTIVE = "active"
    CLEARED = "cleared"
    UNKNOWN = "unknown"


class SubjectKind(StrEnum):
    """What a finding is about."""

    CAGE = "cage"
    FARM = "farm"
    SENSOR = "sensor"
    TARGET = "target"
    VESSEL = "vessel"
    GATEWAY = "gateway"
    RECEIVER = "receiver"
    AREA = "area"
    FORECAST = "forecast"


@dataclass(frozen=True, kw_only=True, order=True)
class Subject:
    """The thing judged: `id` is the cage, MMSI, target or gateway id; `name` is what people call it."""

    kind: SubjectKind
    id: str
    name: str = field(default="", compare=False)


@dataclass(frozen=True, kw_only=True)
class Place:
    """A point on the sea, WGS 84. [deg]"""

    lat_deg: float
    lon_deg: float


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """One fact a finding rests on: `kind` names what it is, `ref` where it is kept, `text` what it says."""

    kind: str
    text: str
    ref: str = ""
    observed_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One judgement of one rule.

    Parameters
    ----------
    key
        Same for the same trouble, ``{rule}:{subject id}``: one open alert per key.
    rule, rule_version
        ``package.rule`` and the version of the rule file that decided.
    condition
        ACTIVE raises or keeps, CLEARED closes the condition, UNKNOWN changes nothing.
    observed_at
        Time of the newest fact used, not of the judging.
    valid_from, valid_until
        When the trouble holds or is expected; ``valid_until`` lets a forecast alert expire.
    reason_zh, reason_en
        One short sentence: what is so, with figures and units.
    advice_zh, advice_en
        One short sentence: what to do, by when.
    probability
        0..1 for forecasts and for suspicion, None for plain facts.
    values
        The figures of the decision, names with units.
    """

    key: str
    rule: str
    rule_version: str
    condition: Condition
    severity: Severity
    subject: Subject
    observed_at: datetime
    reason_zh: str
    reason_en: str
    advice_zh: str = ""
    advice_en: str = ""
    valid_from: datetime | None = None
    valid_until: datetime | None = None
    place: Place | None = None
    probability: float | None = None
    evidence: tuple[Evidence, ...] = ()
    values: Mapping[str, float | str | None] = field(default_factory=dict)
