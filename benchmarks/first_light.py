"""From the command to a screen and the first SMS, and a second start on the same data.

    python benchmarks/first_light.py [--quick] [--json] [--runs N]

Starts the real ``huangyu demo`` in a fresh folder. ready_s: command to an answering dashboard. first_alert_s: from
there to the first SMS text. restart_s: a second start on the same data, after SIGKILL of the supervisor. Installing
is not in these figures: ``--install`` also runs ``scripts/demo`` in a fresh clone, with the package cache as it is.
"""

import argparse
import json
import platform
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
from tests.system.running_demo import DemoProcess, left_after  # noqa: E402


def one_run(folder: Path, days: int) -> dict[str, float]:
    demo = DemoProcess.start(folder / "data", "--days", str(days))
    try:
        ready_s = demo.until_ready()
        first_s = demo.until(lambda: "短信 SMS" in demo.said, 120) - ready_s
        family = demo.family()
        demo.process.kill()
        demo.process.wait()
        began = time.monotonic()
        left_after(family, 60)
        gone_s = time.monotonic() - began
        again = DemoProcess.start(folder / "data", "--days", str(days))
        restart_s = again.until_ready()
        began = time.monotonic()
        again.interrupt()
        return {
            "ready_s": ready_s, "first_alert_s": first_s, "restart_s": restart_s, "orphans_gone_s": gone_s,
            "stop_s": time.monotonic() - began,
        }  # fmt: skip
    finally:
        demo.end()


def installed_run(folder: Path) -> dict[str, float]:
    """Measure ``scripts/demo`` of a fresh clone, from the command to an answering dashboard."""
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder / "clone")], check=True)
    began = time.monotonic()
    output = folder / "install.out"
    with output.open("wb") as file:
        process = subprocess.Popen(
            [str(folder / "clone" / "scripts" / "demo"), "--data", str(folder / "fresh")], stdout=file, stderr=file
        )
    try:
        while "Ctrl-C" not in output.read_text(errors="replace"):
            if process.poll() is not None or time.monotonic() - began > 900:
                raise SystemExit(output.read_text(errors="replace"))
            time.sleep(0.1)
        ready_s = time.monotonic() - began
        address = next(word for word in output.read_text().split() if word.startswith("http://"))
        with urllib.request.urlopen(address, timeout=10) as answer:
            answer.read()
        return {"fresh_clone_ready_s": ready_s}
    finally:
        process.terminate()
        process.wait(90)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="one run with 3 days of history")
    parser.add_argument("--json", action="store_true", help="last line is one JSON object")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--install", action="store_true", help="also scripts/demo in a fresh clone, once")
    options = parser.parse_args()
    runs, days = (1, 3) if options.quick else (options.runs, 30)
    figures: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory(prefix="huangyu-first-light-") as name:
        for number in range(runs):
            for key, value in one_run(Path(name) / str(number), days).items():
                figures.setdefault(key, []).append(value)
        if options.install:
            for key, value in installed_run(Path(name)).items():
                figures.setdefault(key, []).append(value)
    machine = f"{platform.machine()}, {psutil.cpu_count()} cores, {psutil.virtual_memory().total / 2**30:.0f} GiB"
    method = f"median of {runs} runs, {days} days of history, scenario hypoxia, whole processes on loopback"
    print(f"machine: {machine}\nmethod: {method}")
    for key, values in figures.items():
        print(f"{key:24} median {statistics.median(values):6.1f}   min {min(values):6.1f}   max {max(values):6.1f}")
    if options.json:
        medians = {key: round(statistics.median(values), 2) for key, values in figures.items()}
        print(json.dumps(medians | {"seed": 1, "method": method, "machine": machine}))


if __name__ == "__main__":
    main()
