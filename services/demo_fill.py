"""What the demo's database holds before anything is live: places, people, register and days of history.

Everything is idempotent, so a start that was cut off is simply done again.
"""

import itertools
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from core.reading import Reading
from firmware_sim import farm as sim_farm
from firmware_sim.history import history
from services.demo_farm import enter_farm
from services.demo_people import enter_people, enter_register
from services.demo_plan import GATEWAY, DemoPlan
from store.access import ensure_demo_people
from store.database import Database
from store.places import Cage, Farm
from store.store import Store
from vessels.register import RegisterFile

BATCH = 20_000
STEP_S = 600.0
Accounts = tuple[tuple[str, str, str], ...]


async def fill(plan: DemoPlan, owner_dsn: str, say: Callable[[str], None]) -> Accounts:
    """Bring the database to what the demo shows; return the accounts as (login, password, role)."""
    async with Database.session(owner_dsn, application="demo-fill", statement_limit_s=300) as database:
        store = Store(database)
        await _enter_places(store)
        await enter_farm(store, plan.anchor)
        await enter_people(store)
        register = await enter_register(store, plan.path("register.csv"))
        if not plan.path("run", "filled.json").exists():
            await _enter_history(store, plan, say)
            plan.path("run", "filled.json").write_text(json.dumps({"days": plan.options.days}), encoding="utf-8")
    people = ensure_demo_people(owner_dsn, password=plan.accounts_password, boats=_farmers_boats(register))
    return tuple((person.login, person.password, person.role) for person in people)


async def _enter_places(store: Store) -> None:
    for farm in sim_farm.FARMS:
        await store.places.save_farm(
            Farm(
                farm_id=farm.id,
                name_zh=farm.name_zh,
                name_en=farm.name_en,
                district_id=farm.district,
                lat_deg=farm.lat_deg,
                lon_deg=farm.lon_deg,
            )
        )
    for cage in sim_farm.CAGES:
        await store.places.save_cage(
            Cage(
                cage_id=cage.id,
                farm_id=cage.farm,
                kind="cage" if cage.fish else "platform",
                name_zh=cage.name_zh,
                name_en=cage.name_en,
                lat_deg=cage.lat_deg,
                lon_deg=cage.lon_deg,
            )
        )
    await store.places.save_gateway(GATEWAY, "dt01", "一号平台网关")


async def _enter_history(store: Store, plan: DemoPlan, say: Callable[[str], None]) -> None:
    days = plan.options.days
    if days == 0:
        return
    say(f"填充 {days} 天历史… Filling {days} days of history.")
    readings = history(plan.options.scenario, plan.options.seed, plan.anchor, days=days, step_s=STEP_S)
    for batch in _batches(readings, BATCH):
        await store.readings.add(batch, datetime.now(UTC), GATEWAY)
    while await store.readings.refresh_rollups():
        pass


def _batches(readings: Iterator[Reading], size: int) -> Iterator[list[Reading]]:
    while batch := list(itertools.islice(readings, size)):
        yield batch


def _farmers_boats(register: RegisterFile | None) -> tuple[int, ...]:
    """Return the first boats of the fictitious register: those the demo's farmer owns."""
    rows = register.rows if register is not None else ()
    return tuple(row.mmsi for row in rows if row.mmsi is not None)[:2]
