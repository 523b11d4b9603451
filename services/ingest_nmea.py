"""Raw sentences of a batch to rows: every line to nmea_raw, what they say to positions, particulars and texts."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.position import PositionSource
from services.ingest_decode import Parcel, Sentences
from services.ingest_radar import Place, own_place
from store.columns import SOURCE_CODES, PositionColumns, RawColumns, position_columns
from store.gateways import Quarantined
from store.positions import Origin
from store.targets import Particulars, SafetyTextRow
from vessels.ais import Batch, Decoder
from vessels.ais_columns import SOURCES
from vessels.reports import RadarTarget, SafetyText, StaticReport

_US = 1_000_000
_SART = SOURCE_CODES[PositionSource.AIS_SART]
_ACTIVE_SART_STATUS = 14  # ITU-R M.1371-5 table 45
_SOURCE = np.array([SOURCE_CODES[source] for source in SOURCES], dtype=np.int16)
_ROT_CODE = 4.733
Record = tuple[str, int]
"""A gateway and one of its sequence numbers."""
Believable = Callable[[NDArray[np.int64]], NDArray[np.bool_]]


@dataclass(frozen=True, kw_only=True)
class Heard:
    """What batches of sentences bring; each part is tied to its records by ``*_record`` (gateway, sequence number)."""

    raw: RawColumns
    positions: PositionColumns
    position_record: Sequence[Record]
    receivers: Sequence[str]
    statics: Sequence[tuple[Record, datetime, Particulars]]
    texts: Sequence[tuple[Record, str, SafetyText]]
    radar: Sequence[tuple[str, RadarTarget]]
    places: Mapping[str, Place]
    bad: Sequence[Quarantined]

    @property
    def origin(self) -> Origin:
        """Return who heard each position."""
        return Origin(gateway_ids=[gateway for gateway, _ in self.position_record], receivers=self.receivers)

    @property
    def distress(self) -> list[int]:
        """Return the numbers that are an alarm by themselves, or say something in words that must be looked at now."""
        alarm = (self.positions.source == _SART) | (self.positions.nav_status == _ACTIVE_SART_STATUS)
        return sorted({*self.positions.mmsi[alarm].tolist(), *(report.mmsi for _, _, report in self.texts)})

    def text_rows(self, received_at: datetime) -> list[SafetyTextRow]:
        """Return the safety texts as rows."""
        return [
            SafetyTextRow(
                mmsi=report.mmsi, observed_at=report.observed_at, text=report.text.replace("\x00", ""),
                addressee_mmsi=report.addressee_mmsi, gateway_id=gateway, receiver=receiver, received_at=received_at,
            )
            for (gateway, _), receiver, report in self.texts
        ]  # fmt: skip

    def without(self, records: Collection[Record]) -> "Heard":
        """Return what comes from other records than these."""
        if not records:
            return self
        raw, kept = self.raw, [record not in records for record in self.position_record]
        lines = [row for row, record in enumerate(zip(raw.gateway_id, raw.seq, strict=True)) if record not in records]
        return Heard(
            raw=RawColumns(
                observed_us=raw.observed_us[lines], gateway_id=[raw.gateway_id[row] for row in lines],
                seq=[raw.seq[row] for row in lines], receiver=[raw.receiver[row] for row in lines],
                line=[raw.line[row] for row in lines],
            ),
            positions=self.positions.take(np.array(kept, dtype=bool)),
            position_record=[record for record, keep in zip(self.position_record, kept, strict=True) if keep],
            receivers=[name for name, keep in zip(self.receivers, kept, strict=True) if keep],
            statics=[row for row in self.statics if row[0] not in records],
            texts=[row for row in self.texts if row[0] not in records],
            radar=self.radar,  # their rows are keyed by plot: repeats are harmless
            places=self.places,
            bad=[item for item in self.bad if (item.gateway_id, item.seq) not in records],
        )  # fmt: skip


def combine(parts: Sequence[Heard]) -> Heard | None:
    """Return several batches as one, None when there is none: one statement a table instead of one a batch."""
    if len(parts) < 2:
        return parts[0] if parts else None

    def joined(name: str) -> list[Any]:
        return [item for part in parts for item in getattr(part, name)]

    return Heard(
        raw=RawColumns(
            observed_us=np.concatenate([part.raw.observed_us for part in parts]),
            gateway_id=[item for part in parts for item in part.raw.gateway_id],
            seq=[item for part in parts for item in part.raw.seq],
            receiver=[item for part in parts for item in part.raw.receiver],
            line=[item for part in parts for item in part.raw.line],
        ),
        positions=PositionColumns.concatenate([part.positions for part in parts]),
        position_record=joined("position_record"), receivers=joined("receivers"), statics=joined("statics"),
        texts=joined("texts"), radar=joined("radar"), bad=joined("bad"),
        places={sensor: place for part in parts for sensor, place in part.places.items()},
    )  # fmt: skip


def read_nmea(parcel: Parcel, sentences: Sentences, kept: NDArray[np.bool_], believable: Believable) -> Heard:
    """Return what the chosen sentences of a batch say.

    A record is one whole message (its sentences joined by line ends). What cannot be decoded stays in nmea_raw
    and is put aside with its reason; a position whose tag block holds an impossible time is put aside too.
    """
    rows = np.flatnonzero(kept).tolist()
    texts = [sentences.text[row] for row in rows]
    names = [sentences.receiver[row] for row in rows]
    seqs = [sentences.seq[row] for row in rows]
    gateway = parcel.head.gateway
    records: list[Record] = [(gateway, seq) for seq in seqs]
    times_us = sentences.observed_us[kept]
    batch = _decode(texts, times_us / _US, names)
    positions = _columns(batch)
    dated = believable(positions.observed_us)
    lines = batch.columns.line[dated].tolist() if len(positions) else []
    return Heard(
        raw=RawColumns(observed_us=times_us, gateway_id=[gateway] * len(rows), seq=seqs, receiver=names, line=texts),
        positions=positions.take(dated),
        position_record=[records[line] for line in lines],
        receivers=[names[line] for line in lines],
        statics=[
            (records[line], report.observed_at, _particulars(report))
            for report, line in zip(batch.statics, batch.static_line, strict=True)
        ],
        texts=[(records[line], names[line], text) for text, line in zip(batch.texts, batch.text_line, strict=True)],
        radar=[(f"{gateway}/{target.receiver}", target) for target in batch.radar],
        places=_places(gateway, names, texts) if batch.radar or batch.counts["other"] else {},
        bad=_bad(batch, ~dated, parcel, seqs, texts),
    )


def _places(gateway: str, names: Sequence[str], texts: Sequence[str]) -> dict[str, Place]:
    """Return where each radar (gateway/receiver) says that it is."""
    said = ((name, own_place(text)) for name, text in zip(names, texts, strict=True) if "RMC," in text)
    return {f"{gateway}/{name}": place for name, place in said if place is not None}


def _bad(
    batch: Batch, undated: NDArray[np.bool_], parcel: Parcel, seqs: Sequence[int], texts: Sequence[str]
) -> list[Quarantined]:
    reasons = {int(batch.columns.line[row]): "its time cannot be true" for row in np.flatnonzero(undated).tolist()}
    reasons |= {line.line_no: line.reason for line in batch.bad}
    return [
        Quarantined(
            gateway_id=parcel.head.gateway, topic=parcel.topic, seq=seqs[line], reason=reason,
            raw=texts[line].encode(),
        )
        for line, reason in sorted(reasons.items())
    ]  # fmt: skip


def _decode(texts: Sequence[str], times_s: NDArray[np.float64], names: Sequence[str]) -> Batch:
    if not texts:
        return Decoder(hold_fragments=False).feed([])
    parts = [text.encode() for text in texts]
    decoder = Decoder(hold_fragments=False)
    if not any(b"\n" in part for part in parts):
        return decoder.feed_block(b"\n".join(parts) + b"\n", times_s, names, item=np.arange(len(parts)))
    flat = [(piece, row) for row, part in enumerate(parts) for piece in part.rstrip(b"\r\n").split(b"\n")]
    block = b"\n".join(piece for piece, _ in flat) + b"\n"
    return decoder.feed_block(block, times_s, names, item=np.array([row for _, row in flat]))


def _columns(batch: Batch) -> PositionColumns:
    found = batch.columns
    if not len(found.line):
        return position_columns(())
    turn = np.nan_to_num(found.rot, nan=0.0)
    code = np.clip(np.rint(np.sign(turn) * _ROT_CODE * np.sqrt(np.abs(turn))), -127, 127)
    return PositionColumns(
        mmsi=found.mmsi.astype(np.int32),
        observed_us=np.rint(found.time_s * _US).astype(np.int64),
        lat=found.lat.astype(np.int32),
        lon=found.lon.astype(np.int32),
        sog=_or(found.sog, 1023),
        cog=_or(found.cog, 3600),
        heading=_or(found.heading, 511),
        rot=np.where(np.isnan(found.rot), -128, code).astype(np.int16),
        nav_status=found.status.astype(np.int16),
        source=_SOURCE[found.source],
    )


def _or(values: NDArray[np.int64], absent: int) -> NDArray[np.int16]:
    return np.where(values < 0, absent, values).astype(np.int16)


def _particulars(report: StaticReport) -> Particulars:
    return Particulars(
        mmsi=report.mmsi, part=report.part, name=report.name, call_sign=report.call_sign, imo=report.imo,
        ship_type=report.ship_type, to_bow_m=report.to_bow_m, to_stern_m=report.to_stern_m,
        to_port_m=report.to_port_m, to_starboard_m=report.to_starboard_m, draught_m=report.draught_m,
        destination=report.destination, eta=report.eta, vendor=report.vendor, parent_mmsi=report.parent_mmsi,
    )  # fmt: skip
