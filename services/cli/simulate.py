"""`huangyu simulate SCENARIO`: the simulated instruments, boats and radar as real devices on loopback."""

import asyncio
import ctypes
import json
import logging
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from core.errors import ConfigError
from firmware_sim.run import SimulatorSettings, run
from firmware_sim.scenario import load_scenario, scenario_names

app = typer.Typer(
    add_completion=False, help="模拟设备。Simulated instruments, boats and radar, served as real devices."
)


def _anchor(text: str | None) -> datetime:
    if text is None:
        return datetime.now(UTC)
    try:
        at = datetime.fromisoformat(text)
    except ValueError as exc:
        raise ConfigError(f"--anchor {text!r} is not a time: write it as 2026-08-12T04:00:00Z.") from exc
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


@app.command()
def simulate(
    scenario: Annotated[
        str,
        typer.Argument(
            help="calm, hypoxia, typhoon, intruder, sensor_faults, outage, or a .toml file; “list” names them."
        ),
    ],
    seed: Annotated[int, typer.Option(help="Same seed, same sea and boats.")] = 1,
    anchor: Annotated[
        str | None, typer.Option(help="Instant of the scenario's hour 0 (ISO 8601, UTC); default now.")
    ] = None,
    devices: Annotated[Path, typer.Option(help="Bill of devices, written once everything listens.")] = Path(
        "devices.json"
    ),
    run_dir: Annotated[
        Path | None, typer.Option(help="Folder of the pseudo-terminal links; default beside --devices.")
    ] = None,
    truth: Annotated[
        Path | None, typer.Option(help="Folder for ground truth: labels, tracks, events, faults, sea.")
    ] = None,
    grids: Annotated[
        Path | None, typer.Option(help="Folder for forecast grids (NetCDF), a run every six hours.")
    ] = None,
    register: Annotated[Path | None, typer.Option(help="File for the fictitious vessel register (CSV).")] = None,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port_base: Annotated[
        int, typer.Option(help="First port, the others follow; 0 = free ports.", min=0, max=65_000)
    ] = 0,
    duration_s: Annotated[float, typer.Option(help="Stop after this long; 0 = run until stopped. [s]", min=0.0)] = 0.0,
    with_parent: Annotated[bool, typer.Option(help="End when the starting process ends (Linux).")] = False,
    bench: Annotated[bool, typer.Option(help="Also serve the instruments that no farm here has (J, K, L).")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the bill as JSON.")] = False,
) -> None:
    """Serve a scenario until SIGTERM or Ctrl-C."""
    logging.basicConfig(
        stream=sys.stderr, level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s"
    )
    if with_parent:
        _end_with_parent()
    if scenario == "list":
        _print_scenarios(as_json=as_json)
        return
    folder = devices.resolve().parent
    settings = SimulatorSettings(
        scenario=load_scenario(scenario), seed=seed, anchor=_anchor(anchor), devices=devices.resolve(),
        run_dir=(run_dir or folder / "run").resolve(), host=host, port_base=port_base,
        truth=truth.resolve() if truth else None, grids=grids.resolve() if grids else None,
        register=register.resolve() if register else None, duration_s=duration_s, bench=bench,
    )  # fmt: skip
    asyncio.run(run(settings, started=lambda bill: _print_bill(bill, as_json=as_json)))


def _end_with_parent() -> None:
    """Ask the kernel for SIGTERM when the parent dies (prctl PR_SET_PDEATHSIG, 1)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, int(signal.SIGTERM))


def _print_scenarios(*, as_json: bool) -> None:
    rows = [load_scenario(name) for name in scenario_names()]
    if as_json:
        typer.echo(
            json.dumps(
                [{"name": r.name, "title_zh": r.title_zh, "title_en": r.title_en} for r in rows], ensure_ascii=False
            )
        )
        return
    for row in rows:
        typer.echo(f"{row.name:14} {row.title_zh}  {row.title_en}")


def _print_bill(bill: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(bill, ensure_ascii=False))
        return
    table = Table(title=f"{bill['scenario']}  seed {bill['seed']}  {bill['anchor']}")
    for column in ("device", "transport", "address", "unit"):
        table.add_column(column)
    for row in bill["modbus"]:
        table.add_row(row["name"], row["transport"], row["path"] or f"{row['host']}:{row['port']}", str(row["unit"]))
    for row in bill["nmea"]:
        table.add_row(row["name"], "nmea tcp", f"{row['host']}:{row['port']}", "")
    table.add_row("control", "json tcp", f"{bill['control']['host']}:{bill['control']['port']}", "")
    Console().print(table)
