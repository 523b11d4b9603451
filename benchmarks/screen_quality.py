"""How right the screening is on labelled simulated traffic of all classes: precision, recall, who is accused, Brier.

Every target that was heard counts, however little of it was heard; its truth is the simulator's label for its MMSI. A
verdict is right when its class is the label's. The reliability table is grouped by the probability that was given.
"""

from collections import Counter, defaultdict

from screen_common import arguments, labelled, machine, report

from core.target import TargetClass
from vessels.ais import Decoder
from vessels.screen import Screener, sorted_columns
from vessels.verdict import Verdict

BOATS = ("registered", "exempt", "merchant", "foreign", "misconfigured", "several_mmsi", "shared_mmsi", "unknown")


def judged(seed: int, targets: int, hours: float) -> list[tuple[str, Verdict]]:
    """Return (true class, verdict) of every target heard."""
    traffic, lines, register, rules = labelled(seed, targets, hours)
    batch = Decoder().feed(lines)
    screener = Screener(register, rules)
    screener.take_statics(batch.statics)
    screener.take_texts(batch.texts)
    screener.take_columns(sorted_columns(batch.columns))
    truth = {mmsi: label.target_class for label in traffic.labels for mmsi in label.mmsis}
    return [(truth.get(v.mmsi, "?"), v) for v in screener.verdicts()]


def figures(pairs: list[tuple[str, Verdict]]) -> dict[str, float]:
    """Return the figures of the bar."""
    accused = [(true, v) for true, v in pairs if v.target_class is TargetClass.UNREGISTERED]
    right = sum(true == "unregistered" for true, _ in accused)
    planted = sum(true == "unregistered" for true, _ in pairs)
    buoys = sum(true == "gear_buoy" for true, _ in pairs)
    errors = [(v.probability - (v.target_class.value == true)) ** 2 for true, v in pairs]
    return {
        "targets": len(pairs),
        "precision": round(right / max(1, len(accused)), 4),
        "recall": round(right / max(1, planted), 4),
        "registered_accused": sum(true == "registered" for true, _ in accused),
        "buoys_accused_pct": round(100 * sum(true == "gear_buoy" for true, _ in accused) / max(1, buoys), 2),
        "boats_called_buoy": sum(true in BOATS and v.target_class is TargetClass.GEAR_BUOY for true, v in pairs),
        "stations_called_boat": sum(
            true in ("aton", "base_station", "sar_aircraft", "distress") and v.target_class.is_boat for true, v in pairs
        ),
        "class_accuracy": round(sum(v.target_class.value == true for true, v in pairs) / len(pairs), 4),
        "brier": round(sum(errors) / len(errors), 4),
    }


def reliability(pairs: list[tuple[str, Verdict]]) -> None:
    """Print how often a given probability came true, by way and by value."""
    by_path: dict[str, list[bool]] = defaultdict(list)
    by_value: dict[float, list[bool]] = defaultdict(list)
    for true, v in pairs:
        by_path[v.path].append(v.target_class.value == true)
        by_value[round(v.probability, 2)].append(v.target_class.value == true)
    print("probability  came true   n")
    for value, hits in sorted(by_value.items()):
        print(f"{value:11.2f}  {sum(hits) / len(hits):9.3f}  {len(hits)}")
    print("way                        came true (Laplace)   n")
    for path, hits in sorted(by_path.items()):
        print(f"{path:26}  {(sum(hits) + 1) / (len(hits) + 2):18.3f}  {len(hits)}")
    confusion = Counter((true, v.target_class.value) for true, v in pairs if v.target_class.value != true)
    for (true, called), number in confusion.most_common(20):
        print(f"  {true} called {called}: {number}")


def main() -> None:
    options = arguments(__doc__ or "")
    first = options.first_seed
    seeds = range(first, first + (3 if options.quick else 20))
    hours, targets = (0.6, 300) if options.quick else (1.5, 320)
    pairs = [pair for seed in seeds for pair in judged(seed, targets, hours)]
    reliability(pairs)
    report(
        figures(pairs)
        | {
            "seeds": len(seeds), "seed": first, "hours": hours,
            "method": "firmware_sim traffic, scenario intruder, all classes, one verdict a target at the end",
            "machine": machine(),
        },
        options.json,
    )  # fmt: skip


if __name__ == "__main__":
    main()
