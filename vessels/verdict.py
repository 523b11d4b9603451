"""Who is this boat: the class of a target and the limbs of the 三无 test, each with its evidence.

The program suspects, people recognise: every class that accuses is worded 疑似 (suspected). Order of questions: is it a
boat at all (`not_boats`); is it under another flag or a merchant; is it in the register under this number or this name;
and only then, would the register hold it if it were registered (`boats`)? Nobody is accused too early (`doubt`). What
cannot be known stays UNKNOWN.
"""

from dataclasses import dataclass, field
from datetime import datetime

from core.finding import Evidence
from core.target import LimbState, TargetClass
from vessels import limbs, not_boats
from vessels.answer import SUSPICIONS, Answer
from vessels.boats import boat
from vessels.doubt import patient
from vessels.limbs import Limb
from vessels.picture import Picture
from vessels.register import Register, RegisterRow
from vessels.rules import Rules


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What a target is taken for, and why.

    Parameters
    ----------
    probability
        That the class is right, calibrated (``screening.toml`` and docs/vessels.md).
    path
        Name of the way that led here, a key of ``[probability]``.
    limbs
        ``name``, ``certificate``, ``port`` and ``match``.
    reasons_zh, reasons_en
        Sentences, the weightiest first.
    lat_deg, lon_deg, bbox
        Newest position and the box of all; None for one that was heard but never said where it is.
    row
        Register row that the target was compared with.
    """

    target_id: str
    mmsi: int
    target_class: TargetClass
    probability: float
    path: str
    limbs: dict[str, Limb]
    reasons_zh: tuple[str, ...]
    reasons_en: tuple[str, ...]
    rule_version: str
    first_seen_at: datetime
    last_seen_at: datetime
    lat_deg: float | None
    lon_deg: float | None
    bbox: tuple[float, float, float, float] | None
    row: RegisterRow | None = None
    evidence: tuple[Evidence, ...] = ()
    name: str = ""
    facts: dict[str, float | str | None] = field(default_factory=dict)

    @property
    def is_suspicion(self) -> bool:
        """Return whether it accuses a boat, so that a person must look."""
        return self.target_class in SUSPICIONS


def judge(picture: Picture, register: Register, rules: Rules, at: datetime) -> Verdict:
    """Return what a target is taken for by what was heard of it and what the register said at the time."""
    answer = (
        not_boats.station(picture, rules)
        or not_boats.buoy(picture, register, rules, at)
        or not_boats.helper(picture, register, rules, at)
        or boat(picture, register, rules, at)
    )
    return _verdict(picture, patient(answer, picture, register, rules, at), register, rules)


def _verdict(picture: Picture, answer: Answer, register: Register, rules: Rules) -> Verdict:
    judged = limbs.judge(picture, answer.target_class, answer.row, register, rules)
    reasons = [answer.reason, *answer.more]
    for limb in judged.values():
        if limb.state is LimbState.FAILED and limb.reason not in reasons:
            reasons.append(limb.reason)
    probability = rules.screening.probability[answer.path]
    if picture.movement.n < rules.screening.few_reports and answer.target_class in SUSPICIONS:
        probability = min(probability, rules.screening.few)
    if answer.path == "unregistered_no_name" and not not_boats.had_time(picture, rules):
        probability = min(probability, rules.screening.few)
    moved, size = picture.movement, picture.size_m
    return Verdict(
        target_id=picture.target_id, mmsi=picture.mmsi, target_class=answer.target_class, probability=probability,
        path=answer.path, limbs=judged, reasons_zh=tuple(zh for zh, _ in reasons),
        reasons_en=tuple(en for _, en in reasons), rule_version=rules.version, first_seen_at=picture.first_at,
        last_seen_at=picture.last_at, lat_deg=picture.lat_deg, lon_deg=picture.lon_deg, bbox=picture.bbox,
        row=answer.row, evidence=picture.evidence, name=picture.name or "",
        facts={
            "reports": moved.n, "span_s": round(moved.span_s), "sog_median_kn": moved.sog_median_kn,
            "sog_high_kn": moved.sog_high_kn, "interval_s": moved.interval_s,
            "length_m": size[0] if size else None, "beam_m": size[1] if size else None,
            "ship_type": picture.ship_type, "path": answer.path,
        },
    )  # fmt: skip
