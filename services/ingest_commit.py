"""One transaction for a group of batches: de-duplicate, store, newest values, dirty marks, sequence numbers.

Everything that can be done before the transaction (numbers of series, decoding AIS) is done before it. What a batch
says wrong is put aside inside the same transaction, so an acknowledgement always means: kept, one way or another.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import StoreError
from core.reading import SeriesKey
from core.topics import Stream
from services.ingest_decode import NamedReadings, Parcel, believable
from services.ingest_health import HealthReports, read_health
from services.ingest_nmea import Heard, combine, read_nmea
from services.ingest_radar import Detection, Place, detections
from services.ingest_settings import IngestSettings
from store.columns import ReadingColumns
from store.errors import StoreUnavailableError
from store.gateways import Beat, Quarantined
from store.store import Store
from vessels.reports import RadarTarget


@dataclass(kw_only=True)
class Tally:
    """What ingest has done since it started."""

    batches: int = 0
    readings: int = 0
    sentences: int = 0
    positions: int = 0
    repeated: int = 0
    put_aside: int = 0

    def add(self, other: "Tally") -> None:
        """Add another tally to this one."""
        for name in self.__dataclass_fields__:
            setattr(self, name, getattr(self, name) + getattr(other, name))


@dataclass(kw_only=True)
class Prepared:
    """A group of batches ready for its transaction."""

    parcels: list[Parcel]
    received_at: datetime
    readings: ReadingColumns
    reading_seq: NDArray[np.int64]
    reading_parcel: NDArray[np.int32]
    heard: Heard | None = None
    detections: list[Detection] = field(default_factory=list)
    health: list[HealthReports] = field(default_factory=list)
    aside: list[Quarantined] = field(default_factory=list)


class Committer:
    """Prepares and commits groups of batches; keeps the numbers of series between them."""

    def __init__(self, store: Store, settings: IngestSettings) -> None:
        self._store = store
        self._settings = settings
        self._series: dict[str, int] = {}
        self._gateways: set[str] = set()
        self._places: dict[str, Place] = {}

    async def commit(self, parcels: Sequence[Parcel], received_at: datetime) -> tuple[list[Parcel], Tally]:
        """Store a group of batches; return those that are safe in the database, and what was done.

        A group that the database refuses for its content is tried batch by batch; a batch refused alone is put
        aside whole.

        Raises
        ------
        StoreUnavailableError
            When the database is away: nothing was committed, do the same again.
        """
        try:
            return list(parcels), await self._commit_group(parcels, received_at)
        except StoreUnavailableError:
            raise
        except StoreError as exc:
            if len(parcels) == 1:
                return list(parcels), await self._put_aside(parcels[0], received_at, str(exc))
        total = Tally()
        for parcel in parcels:
            _, tally = await self.commit([parcel], received_at)
            total.add(tally)
        return list(parcels), total

    async def put_aside(self, items: Sequence[Quarantined], received_at: datetime) -> None:
        """Keep payloads whose envelope could not be read."""
        await self._store.gateways.quarantine(items, received_at)

    async def _commit_group(self, parcels: Sequence[Parcel], received_at: datetime) -> Tally:
        prepared = await self._prepare(parcels, received_at)
        async with self._store.transaction() as tx:
            return await _commit(tx, prepared)

    async def _put_aside(self, parcel: Parcel, received_at: datetime, reason: str) -> Tally:
        item = Quarantined(
            gateway_id=parcel.head.gateway, topic=parcel.topic, seq=None, reason=reason, raw=parcel.payload
        )
        async with self._store.transaction() as tx:
            await tx.gateways.known([parcel.head.gateway] * parcel.rows, parcel.seqs)
            await tx.gateways.quarantine([item], received_at)
            await tx.gateways.mark_committed(parcel.head.gateway, parcel.seqs, received_at)
        return Tally(batches=1, put_aside=parcel.rows)

    async def _prepare(self, parcels: Sequence[Parcel], received_at: datetime) -> Prepared:
        await self._ensure_gateways(parcels)
        await self._ensure_series(parcels)
        aside = [item for parcel in parcels for item in _bad_rows(parcel)]
        columns, seqs, owners = [], [], []
        for number, parcel in enumerate(parcels):
            if parcel.readings is None:
                continue
            kept = self._believable(parcel.readings.observed_us, received_at)
            aside += _unbelievable_readings(parcel, ~kept)
            columns.append(self._columns(parcel, parcel.readings).take(kept))
            seqs.append(parcel.readings.seq[kept])
            owners.append(np.full(int(kept.sum()), number, dtype=np.int32))
        prepared = Prepared(
            parcels=list(parcels),
            received_at=received_at,
            readings=ReadingColumns.concatenate(columns),
            reading_seq=np.concatenate([*seqs, np.empty(0, np.int64)]),
            reading_parcel=np.concatenate([*owners, np.empty(0, np.int32)]),
            aside=aside,
        )
        self._prepare_sentences(prepared)
        return prepared

    def _prepare_sentences(self, prepared: Prepared) -> None:
        parts: list[Heard] = []
        for parcel in prepared.parcels:
            if parcel.sentences is None:
                continue
            kept = self._believable(parcel.sentences.observed_us, prepared.received_at)
            prepared.aside += _unbelievable_sentences(parcel, ~kept)
            if parcel.stream is Stream.HEALTH:
                reports = read_health(parcel.head.gateway, parcel.sentences, kept, prepared.received_at)
                prepared.health.append(reports)
                prepared.aside += reports.bad(parcel.topic)
            else:
                parts.append(
                    read_nmea(parcel, parcel.sentences, kept, lambda t: self._believable(t, prepared.received_at))
                )
        prepared.heard = combine(parts)
        if prepared.heard is not None:
            self._places |= prepared.heard.places
            prepared.detections = self._detections(prepared.heard)

    def _detections(self, heard: Heard) -> list[Detection]:
        by_sensor: dict[str, list[RadarTarget]] = {}
        for sensor, target in heard.radar:
            by_sensor.setdefault(sensor, []).append(target)
        return [
            plot
            for sensor, targets in sorted(by_sensor.items())
            for plot in detections(targets, sensor, self._places.get(sensor))
        ]

    def _believable(self, observed_us: NDArray[np.int64], received_at: datetime) -> NDArray[np.bool_]:
        limits = self._settings
        return believable(observed_us, received_at, limits.max_future_s, limits.max_past_days)

    async def _ensure_gateways(self, parcels: Sequence[Parcel]) -> None:
        new = {parcel.head.gateway for parcel in parcels} - self._gateways
        if new:
            await self._store.gateways.ensure(new)
            self._gateways |= new

    async def _ensure_series(self, parcels: Sequence[Parcel]) -> None:
        for parcel in parcels:
            if parcel.readings is None:
                continue
            new = set(parcel.readings.name) - self._series.keys()
            if new:
                keys = [SeriesKey(cage=c, point=p, quantity=q) for c, p, q in (name.split(".") for name in new)]
                found = await self._store.readings.ensure_series(keys, parcel.head.gateway)
                self._series |= {str(key): number for key, number in found.items()}

    def _columns(self, parcel: Parcel, named: NamedReadings) -> ReadingColumns:
        numbers = self._series
        return ReadingColumns(
            series_id=np.array([numbers[name] for name in named.name], dtype=np.int32),
            observed_us=named.observed_us,
            value=named.value,
            qc=named.qc,
            clock=np.full(len(named.name), int(parcel.head.clock), dtype=np.int16),
        )


async def _commit(tx: Store, prepared: Prepared) -> Tally:
    """Write a prepared group; the caller's transaction commits it."""
    at = prepared.received_at
    gateway_of_seq = [p.head.gateway for p in prepared.parcels for _ in p.seqs]
    all_seqs = [seq for p in prepared.parcels for seq in p.seqs]
    known_rows = await tx.gateways.known(gateway_of_seq, all_seqs)
    repeated = {(gateway_of_seq[row], all_seqs[row]) for row in known_rows}
    tally = Tally(batches=len(prepared.parcels), repeated=len(known_rows), put_aside=len(prepared.aside))
    await _commit_readings(tx, prepared, repeated, tally)
    if prepared.heard is not None:
        fresh = prepared.heard.without(repeated)
        await _commit_heard(tx, fresh, at, tally)
        prepared.aside += fresh.bad
    await tx.positions.add_detections([asdict(plot) for plot in prepared.detections], at)
    for reports in prepared.health:
        await tx.gateways.save_gaps(reports.gaps)
        await tx.gateways.save_health(reports.records)
        await tx.orders.answer(reports.records)
    await tx.gateways.quarantine([i for i in prepared.aside if (i.gateway_id, i.seq) not in repeated], at)
    by_gateway: dict[str, list[int]] = {}
    for gateway, seq in zip(gateway_of_seq, all_seqs, strict=True):
        by_gateway.setdefault(gateway, []).append(seq)
    for gateway in sorted(by_gateway):
        await tx.gateways.mark_committed(gateway, by_gateway[gateway], at)
    beats = (Beat(gateway_id=p.head.gateway, boot_id=p.head.boot_id, clock=p.head.clock) for p in prepared.parcels)
    await tx.gateways.touch(beats, at)
    return tally


async def _commit_readings(tx: Store, prepared: Prepared, repeated: set[tuple[str, int]], tally: Tally) -> None:
    rows = np.arange(len(prepared.readings))
    if repeated:
        gateways = [p.head.gateway for p in prepared.parcels]
        pairs = zip(prepared.reading_parcel.tolist(), prepared.reading_seq.tolist(), strict=True)
        rows = rows[[(gateways[parcel], seq) not in repeated for parcel, seq in pairs]]
    outcome = await tx.readings.insert(prepared.readings.take(rows), prepared.received_at)
    tally.readings += outcome.inserted
    for row in rows[list(outcome.clashing)].tolist() if outcome.clashing else ():
        prepared.aside.append(_clash(prepared, row))
        tally.put_aside += 1


def _clash(prepared: Prepared, row: int) -> Quarantined:
    parcel = prepared.parcels[int(prepared.reading_parcel[row])]
    seq, readings = int(prepared.reading_seq[row]), prepared.readings
    record = {
        "series_id": int(readings.series_id[row]), "observed_us": int(readings.observed_us[row]),
        "value": float(readings.value[row]), "qc": int(readings.qc[row]),
    }  # fmt: skip
    return Quarantined(
        gateway_id=parcel.head.gateway, topic=parcel.topic, seq=seq, raw=json.dumps(record).encode(),
        reason="another value of this series stands at the same second",
    )  # fmt: skip


async def _commit_heard(tx: Store, heard: Heard, at: datetime, tally: Tally) -> None:
    tally.sentences += await tx.positions.insert_raw(heard.raw)
    tally.positions += await tx.positions.insert(heard.positions, at, heard.origin)
    await tx.targets.save_statics([(observed_at, particulars) for _, observed_at, particulars in heard.statics])
    await tx.targets.save_texts(heard.text_rows(at))
    await tx.targets.notify_distress(heard.distress)
    tally.put_aside += len(heard.bad)


def _bad_rows(parcel: Parcel) -> list[Quarantined]:
    return [
        Quarantined(
            gateway_id=parcel.head.gateway, topic=parcel.topic, seq=row.seq, reason=row.reason,
            raw=row.raw.encode(errors="replace"),
        )
        for row in parcel.bad
    ]  # fmt: skip


def _unbelievable_readings(parcel: Parcel, rows: NDArray[np.bool_]) -> list[Quarantined]:
    named = parcel.readings
    assert named is not None
    return [
        _undated(parcel, int(named.seq[row]), int(named.observed_us[row]), f"{named.name[row]} {named.value[row]}")
        for row in np.flatnonzero(rows).tolist()
    ]


def _unbelievable_sentences(parcel: Parcel, rows: NDArray[np.bool_]) -> list[Quarantined]:
    sentences = parcel.sentences
    assert sentences is not None
    return [
        _undated(parcel, sentences.seq[row], int(sentences.observed_us[row]), sentences.text[row])
        for row in np.flatnonzero(rows).tolist()
    ]


def _undated(parcel: Parcel, seq: int, observed_us: int, text: str) -> Quarantined:
    record: dict[str, Any] = {"observed_us": observed_us, "record": text, "clk": int(parcel.head.clock)}
    return Quarantined(
        gateway_id=parcel.head.gateway, topic=parcel.topic, seq=seq, raw=json.dumps(record).encode(),
        reason="its time cannot be true: check the gateway's clock",
    )  # fmt: skip
