"""The chain of evidence bundles."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime

from store.database import Executor


@dataclass(frozen=True, kw_only=True)
class Bundle:
    """One bundle made: `previous_sha256` is the manifest hash of the one before, 64 zeros for the first."""

    bundle_no: int
    alert_id: str
    made_at: datetime
    actor: str
    file_name: str
    manifest_sha256: str
    previous_sha256: str


@dataclass(frozen=True, kw_only=True)
class _Last:
    bundle_no: int
    manifest_sha256: str


class EvidenceChain:
    """Family of table evidence_bundle."""

    def __init__(self, db: Executor) -> None:
        self._db = db

    async def append(self, make: Callable[[int, str], Bundle]) -> Bundle:
        """Add a bundle: `make` is given its number and the hash to chain to, under a lock; one at a time."""
        async with self._db.transaction() as tx:
            await tx.value("findings/lock_bundles")
            last = await tx.one(_Last, "findings/last_bundle")
            bundle = make(1, "0" * 64) if last is None else make(last.bundle_no + 1, last.manifest_sha256)
            await tx.execute("findings/insert_bundle", **asdict(bundle))
        return bundle

    async def bundles(self, alert_id: str | None = None) -> list[Bundle]:
        """Return the bundles (of one alert), by number."""
        return await self._db.rows(Bundle, "findings/bundles", alert_id=alert_id)

    async def problems(self) -> list[str]:
        """Return what is wrong with the chain as the database has it; empty when whole."""
        found, before, number = [], "0" * 64, 0
        for bundle in await self.bundles():
            if bundle.bundle_no != number + 1:
                found.append(f"证据包 {number + 1} 缺失。Bundle {number + 1} is missing.")
            if bundle.previous_sha256 != before:
                found.append(f"证据包 {bundle.bundle_no} 与前一包不连。Bundle {bundle.bundle_no} does not chain.")
            before, number = bundle.manifest_sha256, bundle.bundle_no
        return found
