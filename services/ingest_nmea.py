"""Raw sentences of a batch to rows: every line to nmea_raw, what they say to positions, particulars and texts."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Self

import numpy as np
from numpy.typing import NDArray

from core.position import PositionSource
from services.ingest_decode import Parcel, Sentences
from store.columns import SOURCE_CODES, PositionColumns, from_unix_us, position_columns
from store.gateways import Quarantined
from store.positions import Origin, RawLine
from store.targets import Particulars, SafetyTextRow
from vessels.ais import Batch, Decoder
from vessels.ais_columns import SOURCES
from vessels.reports import RadarTarget, SafetyText, StaticReport

_US = 1_000_000
_SART = SOURCE_CODES[PositionSource.AIS_SART]
_ACTIVE_SART_STATUS = 14  # ITU-R M.1371-5 table 45
_SOURCE = np.array([SOURCE_CODES[source] for source in SOURCES], dtype=np.int16)
_ROT_CODE = 4.733
Believable = Callable[[NDArray[np.int64]], NDArray[np.bool_]]


@dataclass(frozen=True, kw_only=True)
class Heard:
    """What one batch of sentences brings; `seq_of` and the other ``*_seq`` tie rows to their record."""

    gateway_id: str
    topic: str
    raw: Sequence[RawLine]
    positions: PositionColumns
    position_seq: NDArray[np.int64]
    receivers: Sequence[str]
    statics: Sequence[tuple[datetime, Particulars]] = ()
    static_seq: Sequence[int] = ()
    safety: Sequence[tuple[SafetyText, str]] = ()
    safety_seq: Sequence[int] = ()
    radar: Sequence[RadarTarget] = ()
    bad: list[Quarantined] = field(default_factory=list)

    @property
    def origin(self) -> Origin:
        """Return who heard each position."""
        return Origin(gateway_ids=[self.gateway_id] * len(self.receivers), receivers=self.receivers)

    @property
    def distress(self) -> list[int]:
        """Return the numbers that are an alarm by themselves."""
        alarm = (self.positions.source == _SART) | (self.positions.nav_status == _ACTIVE_SART_STATUS)
        return [int(mmsi) for mmsi in np.unique(self.positions.mmsi[alarm])]

    def texts(self, received_at: datetime) -> list[SafetyTextRow]:
        """Return the safety texts as rows."""
        return [
            SafetyTextRow(
                mmsi=report.mmsi, observed_at=report.observed_at, text=report.text.replace("\x00", ""),
                addressee_mmsi=report.addressee_mmsi, gateway_id=self.gateway_id, receiver=receiver,
                received_at=received_at,
            )
            for report, receiver in self.safety
        ]  # fmt: skip

    def without(self, seqs: Collection[int]) -> Self:
        """Return the rows whose record is not in `seqs`."""
        if not seqs:
            return self
        kept = np.array([seq not in seqs for seq in self.position_seq.tolist()], dtype=bool)
        return replace(
            self,
            raw=[line for line in self.raw if line.seq not in seqs],
            positions=self.positions.take(kept),
            position_seq=self.position_seq[kept],
            receivers=[name for name, keep in zip(self.receivers, kept, strict=True) if keep],
            statics=[row for row, seq in zip(self.statics, self.static_seq, strict=True) if seq not in seqs],
            static_seq=[seq for seq in self.static_seq if seq not in seqs],
            safety=[row for row, seq in zip(self.safety, self.safety_seq, strict=True) if seq not in seqs],
            safety_seq=[seq for seq in self.safety_seq if seq not in seqs],
            bad=[item for item in self.bad if item.seq not in seqs],
        )


def read_nmea(parcel: Parcel, sentences: Sentences, kept: NDArray[np.bool_], believable: Believable) -> Heard:
    """Return what the chosen sentences of a batch say.

    A record is one whole message (its sentences joined by line ends). What cannot be decoded stays in nmea_raw
    and is put aside with its reason; a position whose tag block holds an impossible time is put aside too.
    """
    rows = np.flatnonzero(kept).tolist()
    texts = [sentences.text[row] for row in rows]
    names = [sentences.receiver[row] for row in rows]
    seqs = np.array([sentences.seq[row] for row in rows], dtype=np.int64)
    times_us = sentences.observed_us[kept]
    batch = _decode(texts, times_us / _US, names)
    positions = _columns(batch)
    dated = believable(positions.observed_us)
    lines = batch.columns.line[dated].tolist() if len(positions) else []
    gateway = parcel.head.gateway
    bad = [(int(batch.columns.line[row]), "position's time cannot be true") for row in np.flatnonzero(~dated).tolist()]
    bad += [(line.line_no, line.reason) for line in batch.bad]
    return Heard(
        gateway_id=gateway,
        topic=parcel.topic,
        raw=[
            RawLine(observed_at=from_unix_us(us), gateway_id=gateway, seq=seq, receiver=name, line=text)
            for us, seq, name, text in zip(times_us.tolist(), seqs.tolist(), names, texts, strict=True)
        ],
        positions=positions.take(dated),
        position_seq=seqs[lines],
        receivers=[names[line] for line in lines],
        statics=[(report.observed_at, _particulars(report)) for report in batch.statics],
        static_seq=[int(seqs[line]) for line in batch.static_line],
        safety=[(text, names[line]) for text, line in zip(batch.texts, batch.text_line, strict=True)],
        safety_seq=[int(seqs[line]) for line in batch.text_line],
        radar=batch.radar,
        bad=[
            Quarantined(
                gateway_id=gateway, topic=parcel.topic, seq=int(seqs[line]), reason=reason, raw=texts[line].encode()
            )
            for line, reason in sorted(dict(bad).items())
        ],
    )  # fmt: skip


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
