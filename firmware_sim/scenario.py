"""Scenario files: what is planted in the sea, the traffic and the wires, and when; TOML in, frozen types out."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from core.errors import ConfigError
from core.settings import build, load_toml
from firmware_sim.storm import StormFix

SCENARIO_DIR = Path(__file__).resolve().parent.parent / "config" / "scenarios"


@dataclass(frozen=True, kw_only=True)
class Dip:
    """An oxygen collapse in one cage: falls through `level_mg_l` at `cross_s` after the anchor, towards `floor_mg_l`.

    `slope_mg_l_h` is how fast it falls at that moment, `hold_h` how long until the tide brings fresh water,
    `recover_h` how long that takes.
    """

    cage: str
    level_mg_l: float
    cross_s: float
    slope_mg_l_h: float = 3.0
    floor_mg_l: float = 1.8
    hold_h: float = 3.0
    recover_h: float = 2.0

    def __post_init__(self) -> None:
        if not 0 < self.floor_mg_l < self.level_mg_l < 15 or self.slope_mg_l_h <= 0 or self.recover_h <= 0:
            raise ValueError("needs 0 < floor_mg_l < level_mg_l < 15, slope_mg_l_h > 0 and recover_h > 0.")


@dataclass(frozen=True, kw_only=True)
class SeaSettings:
    """The season and temper of the sea; `season_date` (MM-DD) sets the season of the anchor, empty = the calendar's."""

    season_date: str = ""
    bloom: float = 1.0
    wind_factor: float = 1.0
    dips: tuple[Dip, ...] = ()
    storm: tuple[StormFix, ...] = ()

    def __post_init__(self) -> None:
        if self.season_date:
            date.fromisoformat(f"2025-{self.season_date}")
        if len(self.storm) == 1:
            raise ValueError("storm needs at least two fixes.")


@dataclass(frozen=True, kw_only=True)
class TrafficSettings:
    """How many targets of each class are at sea, and what hears them.

    `targets` scales every class; `counts` overrides classes by name; `radar` serves TTM, `radar_tll` adds TLL;
    `give_way`: ships and boats keep clear of each other (all but the planted ones) for the first 26 hours.
    """

    targets: int = 60
    counts: dict[str, int] | None = None
    radar: bool = True
    radar_tll: bool = False
    corrupt_per_mille: float = 1.0
    give_way: bool = False


@dataclass(frozen=True, kw_only=True)
class EventSettings:
    """One thing that boats do: `kind` of firmware_sim.events, `at_s` after the anchor, `for_s` long, 0 = for good."""

    kind: str
    at_s: float
    for_s: float = 0.0
    count: int = 1


@dataclass(frozen=True, kw_only=True)
class FaultSettings:
    """One instrument or wire that goes wrong; `amount` and `delay_s` mean what docs/simulator.md says for each kind."""

    device: str
    kind: str
    at_s: float
    for_s: float = 0.0
    amount: float | None = None
    delay_s: float | None = None


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """A whole scenario file."""

    name: str
    title_zh: str
    title_en: str
    sea: SeaSettings = SeaSettings()
    traffic: TrafficSettings = TrafficSettings()
    events: tuple[EventSettings, ...] = ()
    faults: tuple[FaultSettings, ...] = ()
    bench: bool = False


def scenario_names(folder: Path = SCENARIO_DIR) -> list[str]:
    """Return the names of the shipped scenarios."""
    return sorted(path.stem for path in folder.glob("*.toml"))


def load_scenario(which: "str | Path | Scenario") -> Scenario:
    """Return a scenario by shipped name or by path; ConfigError names the file, the key and the choices."""
    if isinstance(which, Scenario):
        return which
    path = Path(which)
    if path.suffix != ".toml":
        names = scenario_names()
        if str(which) not in names:
            raise ConfigError(
                f"Unknown scenario {str(which)!r}: choose one of {', '.join(names)}, or give the path of a .toml file."
            )
        path = SCENARIO_DIR / f"{which}.toml"
    scenario = build(Scenario, load_toml(path), where=str(path))
    _check(scenario, str(path))
    return scenario


def _check(scenario: Scenario, where: str) -> None:
    from firmware_sim.cast import CLASSES  # noqa: PLC0415 - the cast reads scenarios too
    from firmware_sim.events import EVENT_KINDS  # noqa: PLC0415
    from firmware_sim.farm import CAGE  # noqa: PLC0415
    from firmware_sim.faults import FAULT_KINDS  # noqa: PLC0415

    problems = [
        f"{where}.sea.dips: unknown cage {dip.cage!r}; known are {', '.join(CAGE)}."
        for dip in scenario.sea.dips
        if dip.cage not in CAGE
    ]
    problems += [
        f"{where}.faults: unknown kind {fault.kind!r}; known are {', '.join(FAULT_KINDS)}."
        for fault in scenario.faults
        if fault.kind not in FAULT_KINDS
    ]
    problems += [
        f"{where}.events: unknown kind {event.kind!r}; known are {', '.join(EVENT_KINDS)}."
        for event in scenario.events
        if event.kind not in EVENT_KINDS
    ]
    problems += [
        f"{where}.traffic.counts: unknown class {name!r}; known are {', '.join(CLASSES)}."
        for name in scenario.traffic.counts or {}
        if name not in CLASSES
    ]
    if problems:
        raise ConfigError(*problems)
