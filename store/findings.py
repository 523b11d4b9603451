"""What the identity rules hold of each target, how that changed, and the log of findings."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from core.finding import Evidence, Finding
from store.database import Executor, jsonb
from vessels.verdict import Verdict


@dataclass(frozen=True, kw_only=True)
class VerdictRow:
    """A stored verdict; `limbs` maps name, certificate, port and match to state and reasons."""

    target_id: str
    mmsi: int
    target_class: str
    probability: float
    limbs: Mapping[str, Mapping[str, str]]
    reasons_zh: Sequence[str]
    reasons_en: Sequence[str]
    evidence: Sequence[Mapping[str, Any]]
    facts: Mapping[str, Any]
    boat_id: str | None
    boat_version: int | None
    rule_version: str
    first_seen_at: datetime
    last_seen_at: datetime
    judged_at: datetime
    lat_deg: float | None
    lon_deg: float | None


@dataclass(frozen=True, kw_only=True)
class ClassChange:
    """One change of a target's class."""

    target_id: str
    judged_at: datetime
    target_class: str
    probability: float
    rule_version: str
    reason_zh: str
    reason_en: str


@dataclass(frozen=True, kw_only=True)
class FindingRow:
    """One logged finding."""

    key: str
    rule: str
    rule_version: str
    condition: str
    severity: int
    subject_kind: str
    subject_id: str
    observed_at: datetime
    judged_at: datetime
    probability: float | None
    reason_zh: str
    reason_en: str
    place_lat_deg: float | None
    place_lon_deg: float | None
    figures: Mapping[str, Any]
    evidence: Sequence[Mapping[str, Any]]


class Findings:
    """Family of tables target_verdict, target_verdict_history, finding."""

    def __init__(self, db: Executor) -> None:
        self._db = db

    async def save_verdicts(self, verdicts: Sequence[Verdict], at: datetime) -> None:
        """Store verdicts as of `at`; a change of class is kept in the history, older judgements change nothing."""
        rows = [_verdict(v, at) for v in sorted(verdicts, key=lambda v: v.target_id)]
        if not rows:
            return
        async with self._db.transaction() as tx:
            await tx.execute_many("findings/insert_history", rows)
            await tx.execute_many("findings/upsert_verdict", rows)

    async def verdicts(self, since: datetime, target_ids: Collection[str] | None = None) -> list[VerdictRow]:
        """Return the verdicts of targets seen since a time."""
        chosen = None if target_ids is None else list(target_ids)
        rows = await self._db.tuples("findings/verdicts", since=since, target_ids=chosen)
        names = list(VerdictRow.__dataclass_fields__)
        return [VerdictRow(**dict(zip(names, row, strict=True))) for row in rows]

    async def history(self, target_id: str) -> list[ClassChange]:
        """Return how a target's class changed, oldest first."""
        rows = await self._db.tuples("findings/history", target_id=target_id)
        names = list(ClassChange.__dataclass_fields__)
        return [ClassChange(**dict(zip(names, row, strict=True))) for row in rows]

    async def log(self, findings: Sequence[Finding], at: datetime) -> None:
        """Append findings to the log."""
        if findings:
            await self._db.execute_many("findings/insert", [_finding(f, at) for f in findings])

    async def of_subject(self, subject_id: str, since: datetime, until: datetime) -> list[FindingRow]:
        """Return the logged findings about one subject in a time span."""
        return await self._db.rows(FindingRow, "findings/of_subject", subject_id=subject_id, since=since, until=until)


def _verdict(verdict: Verdict, at: datetime) -> dict[str, Any]:
    return {
        "target_id": verdict.target_id, "mmsi": verdict.mmsi, "class": verdict.target_class.value,
        "probability": verdict.probability, "limbs": jsonb({k: _limb(v) for k, v in verdict.limbs.items()}),
        "reasons_zh": list(verdict.reasons_zh), "reasons_en": list(verdict.reasons_en),
        "reason_zh": verdict.reasons_zh[0], "reason_en": verdict.reasons_en[0],
        "evidence": jsonb([_evidence(e) for e in verdict.evidence]), "facts": jsonb(verdict.facts),
        "boat_id": verdict.row.boat_id if verdict.row else None,
        "boat_version": verdict.row.version if verdict.row else None, "rule_version": verdict.rule_version,
        "first_seen_at": verdict.first_seen_at, "last_seen_at": verdict.last_seen_at, "judged_at": at,
        "lat_deg": verdict.lat_deg, "lon_deg": verdict.lon_deg,
    }  # fmt: skip


def _limb(limb: Any) -> dict[str, str]:
    return {"state": limb.state.value, "reason_zh": limb.reason_zh, "reason_en": limb.reason_en}


def _evidence(evidence: Evidence) -> dict[str, Any]:
    values = asdict(evidence)
    values["observed_at"] = None if evidence.observed_at is None else evidence.observed_at.isoformat()
    return values


def _finding(finding: Finding, at: datetime) -> dict[str, Any]:
    place = finding.place
    return {
        "key": finding.key, "rule": finding.rule, "rule_version": finding.rule_version,
        "condition": finding.condition.value, "severity": int(finding.severity),
        "subject_kind": finding.subject.kind.value, "subject_id": finding.subject.id,
        "observed_at": finding.observed_at, "judged_at": at, "probability": finding.probability,
        "reason_zh": finding.reason_zh, "reason_en": finding.reason_en,
        "place_lat_deg": place.lat_deg if place else None, "place_lon_deg": place.lon_deg if place else None,
        "figures": jsonb(dict(finding.values)), "evidence": jsonb([_evidence(e) for e in finding.evidence]),
    }  # fmt: skip
