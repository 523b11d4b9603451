"""What both screening benchmarks need: labelled traffic as lines, the register, the machine, the report."""

import argparse
import csv
import io
import json
import os
import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from firmware_sim.traffic import Traffic, build_traffic
from vessels.register import Register, read_csv
from vessels.rules import Rules, load

RULES_DIR = Path(__file__).resolve().parents[1] / "config" / "rules"
ANCHOR = datetime(2026, 11, 20, 4, tzinfo=UTC)


def arguments(description: str) -> argparse.Namespace:
    """Return --quick and --json."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--quick", action="store_true", help="within 50 s on 2 cores")
    parser.add_argument("--json", action="store_true", help="one JSON object as the last line")
    parser.add_argument(
        "--first-seed", type=int, default=1, help="first of the seeds, to measure on others than those tuned on"
    )
    return parser.parse_args()


def labelled(seed: int, targets: int, hours: float) -> tuple[Traffic, list[str], Register, Rules]:
    """Return simulated traffic, its AIS lines with tag blocks, and the register."""
    rules = load(RULES_DIR)
    traffic = build_traffic(scenario="intruder", seed=seed, anchor=ANCHOR, targets=targets)
    rows = traffic.register_rows()
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    register = Register(read_csv(text.getvalue().encode()).rows, rules.names)
    lines = [heard.tagged() for heard in traffic.sentences(hours=hours) if heard.text.startswith("!")]
    return traffic, lines, register, rules


def machine() -> str:
    """Return the machine and how busy it is."""
    load1 = os.getloadavg()[0]
    return f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, load {load1:.1f}"


def report(figures: dict[str, Any], as_json: bool) -> None:
    """Print the figures."""
    for name, value in figures.items():
        print(f"{name:>24}  {value}")
    if as_json:
        print(json.dumps(figures))
