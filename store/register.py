"""The vessel register in the database: every version kept, so that it can be asked as of a time."""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime

from store.database import Executor
from vessels.names import NameRules
from vessels.register import Register, RegisterFile, RegisterRow


@dataclass(frozen=True, kw_only=True)
class _Row:
    boat_id: str
    version: int
    valid_from: datetime
    valid_until: datetime | None
    name_zh: str
    name_pinyin: str
    mmsi: int | None
    extra_mmsi: list[int]
    call_sign: str | None
    certificate_no: str | None
    registration_until: date | None
    inspection_no: str | None
    inspection_until: date | None
    permit_no: str | None
    permit_until: date | None
    port: str | None
    gear: str | None
    vessel_type: str | None
    length_m: float | None
    beam_m: float | None
    tonnage_gt: float | None
    power_kw: float | None
    wind_class_bft: int | None
    hs_limit_m: float | None
    min_crew: int | None
    max_persons: int | None
    beidou_id: str | None
    group_name: str | None
    owner: str | None
    owner_phone: str | None
    exempt_kind: str | None


def _entry(row: _Row) -> RegisterRow:
    values = asdict(row)
    group, extra = values.pop("group_name"), tuple(values.pop("extra_mmsi"))
    for name in ("length_m", "beam_m", "tonnage_gt", "power_kw", "hs_limit_m"):
        values[name] = None if values[name] is None else round(values[name], 3)
    return RegisterRow(group=group, extra_mmsi=extra, **values)


@dataclass(frozen=True, kw_only=True)
class ImportSummary:
    """What an import did (or would do): boats new, changed, the same, and taken out."""

    new: tuple[str, ...]
    changed: tuple[str, ...]
    same: int
    removed: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The register rows that an import writes, and the boats whose present version ends."""

    summary: ImportSummary
    insert: tuple[RegisterRow, ...]
    close: tuple[str, ...]


def plan_import(current: Sequence[RegisterRow], wanted: Sequence[RegisterRow], at: datetime, *, complete: bool) -> Plan:
    """Return what importing `wanted` changes; with `complete` a boat that the file lacks leaves the register."""
    versions: dict[str, int] = {}
    now: dict[str, RegisterRow] = {}
    for row in current:
        versions[row.boat_id] = max(versions.get(row.boat_id, 0), row.version)
        if row.valid_until is None:
            now[row.boat_id] = row
    same = [row for row in wanted if row.boat_id in now and now[row.boat_id].particulars() == row.particulars()]
    kept = {row.boat_id for row in same}
    fresh = [row for row in wanted if row.boat_id not in kept]
    removed = sorted(now.keys() - {row.boat_id for row in wanted}) if complete else []
    changed = sorted(row.boat_id for row in fresh if row.boat_id in now)
    insert = [replace(row, version=versions.get(row.boat_id, 0) + 1, valid_from=at, valid_until=None) for row in fresh]
    summary = ImportSummary(
        new=tuple(sorted(row.boat_id for row in fresh if row.boat_id not in now)), changed=tuple(changed),
        same=len(same), removed=tuple(removed),
    )  # fmt: skip
    return Plan(summary=summary, insert=tuple(insert), close=tuple(changed + removed))


class VesselRegister:
    """Family of table vessel_register."""

    def __init__(self, db: Executor) -> None:
        self._db = db

    async def rows(self, since: datetime) -> list[RegisterRow]:
        """Return every version that held at some time after `since`."""
        return [_entry(row) for row in await self._db.rows(_Row, "register/rows", since=since)]

    async def load(self, rules: NameRules, since: datetime) -> Register:
        """Return the register for look-ups of sightings after `since`."""
        return Register(await self.rows(since), rules)

    async def stamp(self) -> int:
        """Return a number that changes whenever the register does."""
        return int(await self._db.value("register/stamp"))

    async def boats_by_mmsi(self, mmsis: Collection[int], at: datetime) -> dict[int, RegisterRow]:
        """Return the boats that rightly use these numbers at a time, by each of their numbers."""
        rows = await self._db.rows(_Row, "register/by_mmsi", mmsis=list(mmsis), at=at)
        wanted = set(mmsis)
        return {number: entry for entry in map(_entry, rows) for number in entry.numbers if number in wanted}

    async def import_file(
        self, file: RegisterFile, at: datetime, *, actor: str, file_name: str = "", complete: bool = False
    ) -> ImportSummary:
        """Bring the register to what a file says; equal rows change nothing, so a second import is harmless."""
        async with self._db.transaction() as tx:
            await tx.value("register/lock")
            inside = VesselRegister(tx)
            beginning = datetime.min.replace(year=1970, tzinfo=at.tzinfo)
            plan = plan_import(await inside.rows(beginning), file.rows, at, complete=complete)
            await inside._write(plan, file, at, actor, file_name)
        return plan.summary

    async def _write(self, plan: Plan, file: RegisterFile, at: datetime, actor: str, file_name: str) -> None:
        summary = plan.summary
        if not (plan.insert or plan.close):
            return
        import_id = await self._db.value(
            "register/insert_import", at=at, actor=actor, file_name=file_name, file_sha256=file.sha256,
            n_rows=len(file.rows), n_new=len(summary.new), n_changed=len(summary.changed),
            n_removed=len(summary.removed), n_problems=len(file.problems),
        )  # fmt: skip
        await self._db.execute("register/close", boat_ids=list(plan.close), at=at)
        if plan.insert:
            await self._db.execute_many(
                "register/insert", [_values(row) | {"import_id": import_id} for row in plan.insert]
            )


def _values(row: RegisterRow) -> dict[str, object]:
    values = asdict(row)
    values["extra_mmsi"] = list(row.extra_mmsi)
    return values
