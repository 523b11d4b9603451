"""Health records of a gateway: losses that it reports, and how it, its receivers and its instruments are."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.ingest_decode import Sentences, storable
from store.columns import from_unix_us
from store.gateways import Gap, Health, Quarantined


@dataclass(frozen=True, kw_only=True)
class HealthReports:
    """What one batch of health records says."""

    gateway_id: str
    gaps: Sequence[Gap]
    records: Sequence[Health]
    unreadable: Sequence[tuple[int, str, str]]

    def bad(self, topic: str) -> list[Quarantined]:
        """Return the unreadable records to be put aside."""
        return [
            Quarantined(gateway_id=self.gateway_id, topic=topic, seq=seq, reason=reason, raw=text.encode())
            for seq, reason, text in self.unreadable
        ]


def read_health(gateway_id: str, sentences: Sentences, kept: NDArray[np.bool_], received_at: datetime) -> HealthReports:
    """Return the gaps and health records among the chosen sentences (`receiver` is the kind, `text` its JSON)."""
    gaps, records, unreadable = [], [], []
    for row in np.flatnonzero(kept).tolist():
        kind, text = sentences.receiver[row], sentences.text[row]
        try:
            detail = json.loads(text, parse_constant=_refuse)
            if not isinstance(detail, dict) or not storable(json.dumps(detail, ensure_ascii=False)):
                raise ValueError("not a JSON object that can be kept")
            if kind == "gap":
                gaps.append(_gap(gateway_id, detail, received_at))
                continue
        except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as exc:
            unreadable.append((int(sentences.seq[row]), f"health record {kind!r} cannot be read: {exc}", text))
            continue
        records.append(
            Health(
                gateway_id=gateway_id,
                kind=kind,
                name=str(detail.get("name", "")),
                observed_at=from_unix_us(int(sentences.observed_us[row])),
                received_at=received_at,
                detail=detail,
            )
        )
    return HealthReports(gateway_id=gateway_id, gaps=gaps, records=records, unreadable=unreadable)


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number of JSON")


def _gap(gateway_id: str, detail: dict[str, Any], received_at: datetime) -> Gap:
    first, last = int(detail["first"]), int(detail["last"])
    if not 0 <= first <= last < 2**63:
        raise ValueError(f"range {first}..{last} is none")
    return Gap(
        gateway_id=gateway_id, stream=str(detail["stream"]), first_seq=first, last_seq=last,
        n=max(1, int(detail.get("count", last - first + 1))), reason=str(detail.get("reason", "")),
        observed_from=_instant(detail.get("from")), observed_until=_instant(detail.get("to")), received_at=received_at,
    )  # fmt: skip


def _instant(unix_s: float | None) -> datetime | None:
    return None if unix_s is None else datetime.fromtimestamp(unix_s, UTC)
