"""What to do about a finding, how sure it is, and by which rule: a table of data, `config/rules/advice.toml`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from core.finding import Condition, Evidence, Finding

_SURE = ("low", "medium", "high")
_SURE_WORDS = {"high": ("把握大", "sure"), "medium": ("把握中等", "fairly sure"), "low": ("把握小", "not sure")}
_LOCAL = timedelta(hours=8)

CASES: Mapping[str, tuple[str, ...]] = {
    "cages.oxygen": ("notice", "warning", "alarm", "emergency"),
    "cages.oxygen_budget": ("no_aerator", "aerator_holds", "aerator_little"),
    "cages.exposure": ("day",),
    "cages.stocking": ("dense",),
    "cages.blind": ("silent",),
    "cages.drift": ("low", "high"),
    "cages.probe_service": ("tolerance", "clean", "calibrate", "dropout"),
    "cages.power": ("low", "days"),
    "cages.condition": (
        "water_temp_c.low", "water_temp_c.high", "salinity_psu.low", "salinity_psu.high", "ph.low", "ph.high",
        "chlorophyll_ug_l.high", "turbidity_ntu.high",
    ),
    "cages.growth": ("poor",),
    "cages.current": ("strong",),
    "cages.tension": ("high",),
    "cages.line_broken": ("slack", "sudden"),
    "cages.asymmetry": ("uneven",),
    "cages.drag": ("overload",),
    "cages.wave_damage": ("slight", "severe", "loss"),
    "cages.adrift": ("out",),
}  # fmt: skip
"""Every case a rule of this package can find, by rule: `Finding.values["case"]`."""


@dataclass(frozen=True, kw_only=True)
class AdviceRow:
    """One row: `sure` at its best, what to do in both languages, and the name of the rule for people."""

    rule: str
    case: str
    sure: str
    zh: str
    en: str
    basis_zh: str
    basis_en: str

    def __post_init__(self) -> None:
        if self.sure not in _SURE:
            raise ValueError(f"{self.rule} {self.case}: sure must be one of {', '.join(_SURE)}.")
        if self.zh.endswith("。") or self.en.endswith("."):
            raise ValueError(f"{self.rule} {self.case}: leave the full stop out.")


@dataclass(frozen=True, kw_only=True)
class AdviceTable:
    """``config/rules/advice.toml``: exactly one row for every case of `CASES`, none besides but other quantities'."""

    version: str
    row: tuple[AdviceRow, ...]

    def __post_init__(self) -> None:
        have = [(row.rule, row.case) for row in self.row]
        want = {(rule, case) for rule, cases in CASES.items() for case in cases}
        missing = sorted(want - set(have))
        strange = sorted(key for key in set(have) - want if key[0] != "cages.condition")
        twice = sorted({key for key in have if have.count(key) > 1})
        if missing or strange or twice:
            raise ValueError(f"rows missing {missing}, unknown {strange}, twice {twice}.")

    def of(self, rule: str, case: str) -> AdviceRow | None:
        """Return the row of a finding, None where the table has none."""
        return next((row for row in self.row if row.rule == rule and row.case == case), None)


def advise(findings: Iterable[Finding], table: AdviceTable) -> list[Finding]:
    """Return the findings with what to do and how sure, and the whole sentence as evidence; those over say none."""
    return [_advised(finding, table) for finding in findings]


def _advised(finding: Finding, table: AdviceTable) -> Finding:
    row = table.of(finding.rule, str(finding.values.get("case", "")))
    if row is None or finding.condition is not Condition.ACTIVE:
        return finding
    sure = _sureness(row.sure, finding.values)
    sure_zh, sure_en = _SURE_WORDS[sure]
    said = replace(
        finding,
        reason_zh=f"{finding.reason_zh}（{sure_zh}）",
        reason_en=f"{finding.reason_en} ({sure_en})",
        advice_zh=f"{_filled(row.zh, finding.values)}。",
        advice_en=f"{_filled(row.en, finding.values)}.",
        values={**finding.values, "sure": sure},
    )
    zh, en = sentence(said, row)
    whole = Evidence(kind="sentence", ref=f"{row.rule}:{row.case}", text=f"{zh} {en}", observed_at=finding.observed_at)
    return replace(said, evidence=(*said.evidence, whole))


def _sureness(best: str, values: Mapping[str, float | str | None]) -> str:
    """Return how sure: a step less than the row's best where one probe of several, or few samples, say it."""
    agree, probes, samples = values.get("probes_agree"), values.get("probes"), values.get("samples")
    alone = agree == 1 and isinstance(probes, float | int) and probes > 1
    few = isinstance(samples, float | int) and samples < 3
    return _SURE[max(0, _SURE.index(best) - int(alone or few))]


def _filled(text: str, values: Mapping[str, Any]) -> str:
    return text.format_map(_Known(values))


class _Known(dict[str, Any]):
    """Values of a template; one that is not there stays empty rather than stopping an alarm."""

    def __missing__(self, key: str) -> str:
        return _Empty()


class _Empty(str):
    """An absent value: empty under any format."""

    def __format__(self, spec: str) -> str:
        return ""


def sentence(finding: Finding, row: AdviceRow) -> tuple[str, str]:
    """Return a finding as a sentence in each language: when, what, how sure, what to do, by which rule."""
    at = finding.observed_at + _LOCAL
    do_zh, do_en = finding.advice_zh.rstrip("。"), finding.advice_en.rstrip(".")
    zh = f"{at.month}月{at.day}日{at:%H:%M}，{finding.reason_zh}；{do_zh}（依据：{row.basis_zh}）。"
    en = f"{at:%d %b %H:%M}, {finding.reason_en}: {do_en} (by: {row.basis_en})."
    return zh, en
