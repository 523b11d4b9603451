"""The farm's log: rows people enter or import, checked one by one, and the stock that follows from them."""

import csv
import io
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

LOCAL = ZoneInfo("Asia/Shanghai")


class LogKind(StrEnum):
    """What was done."""

    STOCKING = "stocking"
    HARVEST = "harvest"
    TRANSFER_IN = "transfer_in"
    TRANSFER_OUT = "transfer_out"
    MORTALITY = "mortality"
    FEEDING = "feeding"
    TREATMENT = "treatment"
    SAMPLE = "sample"
    CLEANING = "cleaning"
    NOTE = "note"


_KIND_ZH = {
    "投苗": "stocking", "放养": "stocking", "收获": "harvest", "起捕": "harvest",
    "转入": "transfer_in", "转出": "transfer_out",
    "死亡": "mortality", "投饵": "feeding", "投喂": "feeding", "用药": "treatment", "打样": "sample",
    "洗网": "cleaning", "备注": "note",
}  # fmt: skip
_COLUMN_ZH = {
    "网箱": "cage_id", "时间": "at", "类型": "kind", "尾数": "fish_count",
    "均重克": "mean_weight_g", "投饵公斤": "feed_kg",
    "药品": "substance", "剂量": "dose", "备注": "note",
}  # fmt: skip
COLUMNS = tuple(_COLUMN_ZH.values())
_NEEDS = {
    LogKind.STOCKING: ("fish_count", "mean_weight_g"), LogKind.TRANSFER_IN: ("fish_count", "mean_weight_g"),
    LogKind.HARVEST: ("fish_count",), LogKind.TRANSFER_OUT: ("fish_count",), LogKind.MORTALITY: ("fish_count",),
    LogKind.FEEDING: ("feed_kg",), LogKind.SAMPLE: ("mean_weight_g",), LogKind.TREATMENT: ("substance",),
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class LogEntry:
    """One row of the log; which figures it has depends on its kind."""

    cage_id: str
    at: datetime
    kind: LogKind
    fish_count: int | None = None
    mean_weight_g: float | None = None
    feed_kg: float | None = None
    substance: str = ""
    dose: str = ""
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Problem:
    """Why a row cannot be taken: `line` of the file (the header is 1), `column`, and what to do."""

    line: int
    column: str
    text_zh: str
    text_en: str


@dataclass(frozen=True, kw_only=True)
class LogFile:
    """A checked file: what can be taken, and every reason against the rest."""

    entries: tuple[LogEntry, ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True, kw_only=True)
class Stock:
    """Fish in a cage by its log; `survival` counts deaths only (harvest and transfers are no loss)."""

    cage_id: str
    fish_count: int
    mean_weight_g: float
    survival: float
    weighed_at: datetime

    @property
    def biomass_kg(self) -> float:
        """Return the weight of the fish. [kg]"""
        return self.fish_count * self.mean_weight_g / 1000.0


def read_csv(content: bytes, *, cages: Collection[str], now: datetime) -> LogFile:
    """Return the rows of a CSV file (UTF-8 or GB 18030, header in English or Chinese) and all that is wrong with it."""
    text = _decoded(content)
    if text is None:
        return LogFile(entries=(), problems=(_problem(1, "", "文件不是 UTF-8 或 GB18030 文本，请另存为 CSV。",
                       "The file is neither UTF-8 nor GB 18030 text; save it as CSV."),))  # fmt: skip
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=False))
    except csv.Error as exc:
        return LogFile(entries=(), problems=(_problem(1, "", f"不是 CSV 文件：{exc}", f"Not a CSV file: {exc}."),))
    header = [_COLUMN_ZH.get(cell.strip(), cell.strip()) for cell in rows[0]] if rows else []
    bad = _header_problems(header)
    if bad:
        return LogFile(entries=(), problems=tuple(bad))
    return _checked(rows[1:], header, cages, now)


def check_row(row: Mapping[str, str], line: int, *, cages: Collection[str], now: datetime) -> LogEntry | list[Problem]:
    """Return the entry that a row of words means, or every reason why it cannot be taken."""
    problems: list[Problem] = []
    cage_id = row.get("cage_id", "").strip()
    if cage_id not in cages:
        problems.append(_problem(line, "cage_id", f"没有网箱“{cage_id}”，请用已登记的编号。",
                                 f"There is no cage {cage_id!r}; use the id of one."))  # fmt: skip
    at, kind = _instant(row.get("at", ""), line, now, problems), _kind(row.get("kind", ""), line, problems)
    count = _number(row.get("fish_count", ""), line, "fish_count", 1e7, problems)
    if count is not None and count != int(count):
        problems.append(_problem(line, "fish_count", "尾数必须是整数。", "fish_count must be a whole number."))
    weight = _number(row.get("mean_weight_g", ""), line, "mean_weight_g", 20_000, problems)
    feed = _number(row.get("feed_kg", ""), line, "feed_kg", 100_000, problems)
    words = {name: row.get(name, "").strip()[:500].replace("\0", "") for name in ("substance", "dose", "note")}
    figures = {"fish_count": count, "mean_weight_g": weight, "feed_kg": feed, "substance": words["substance"] or None}
    if kind is not None:
        for name in _NEEDS.get(kind, ()):
            if figures[name] is None and not any(p.column == name for p in problems):
                problems.append(
                    _problem(line, name, f"类型“{kind.value}”需要填 {name}。", f"{kind.value} needs {name}.")
                )
    if problems or at is None or kind is None:
        return problems
    whole = None if count is None else int(count)
    return LogEntry(cage_id=cage_id, at=at, kind=kind, fish_count=whole, mean_weight_g=weight, feed_kg=feed, **words)


def stock_of(entries: Sequence[LogEntry]) -> dict[str, Stock]:
    """Return the stock of each cage that was ever stocked, from its log in order of time.

    A sample sets the mean weight; fish that join mix by number; the count never falls below zero.
    """
    stocks: dict[str, Stock] = {}
    put_in: dict[str, int] = {}
    dead: dict[str, int] = {}
    for entry in sorted(entries, key=lambda e: e.at):
        cage, now = entry.cage_id, stocks.get(entry.cage_id)
        count, weight = entry.fish_count or 0, entry.mean_weight_g
        if entry.kind in (LogKind.STOCKING, LogKind.TRANSFER_IN) and weight is not None:
            before = now.fish_count if now is not None else 0
            old_g = now.mean_weight_g if now is not None else 0.0
            mean = (before * old_g + count * weight) / max(before + count, 1)
            if before == 0:
                put_in[cage], dead[cage] = 0, 0
            put_in[cage] = put_in.get(cage, 0) + count
            stocks[cage] = _stock(cage, before + count, mean, put_in[cage], dead.get(cage, 0), entry.at)
        elif now is not None and entry.kind in (LogKind.MORTALITY, LogKind.HARVEST, LogKind.TRANSFER_OUT):
            dead[cage] = dead.get(cage, 0) + (count if entry.kind is LogKind.MORTALITY else 0)
            left = max(now.fish_count - count, 0)
            stocks[cage] = _stock(cage, left, now.mean_weight_g, put_in[cage], dead[cage], now.weighed_at)
        elif now is not None and entry.kind is LogKind.SAMPLE and weight is not None:
            stocks[cage] = _stock(cage, now.fish_count, weight, put_in[cage], dead[cage], entry.at)
    return stocks


def nets_cleaned(entries: Sequence[LogEntry]) -> dict[str, datetime]:
    """Return when each net was last cleaned, by the log."""
    return {e.cage_id: e.at for e in sorted(entries, key=lambda e: e.at) if e.kind is LogKind.CLEANING}


def _stock(cage: str, count: int, weight: float, put_in: int, dead: int, at: datetime) -> Stock:
    survival = max(0.0, 1.0 - dead / put_in) if put_in else 1.0
    return Stock(cage_id=cage, fish_count=count, mean_weight_g=weight, survival=survival, weighed_at=at)


def _checked(rows: list[list[str]], header: list[str], cages: Collection[str], now: datetime) -> LogFile:
    entries: list[LogEntry] = []
    problems: list[Problem] = []
    seen: dict[LogEntry, int] = {}
    for line, cells in enumerate(rows, start=2):
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) > len(header):
            problems.append(_problem(line, "", f"有{len(cells)}列，表头只有{len(header)}列。",
                                     f"It has {len(cells)} columns, the header has {len(header)}."))  # fmt: skip
            continue
        checked = check_row(dict(zip(header, cells, strict=False)), line, cages=cages, now=now)
        if isinstance(checked, list):
            problems += checked
        elif checked in seen:
            first = seen[checked]
            problems.append(_problem(line, "", f"与第{first}行重复。", f"The same as line {first}."))
        else:
            seen[checked] = line
            entries.append(checked)
    return LogFile(entries=tuple(entries), problems=tuple(problems))


def _header_problems(header: list[str]) -> list[Problem]:
    missing = [name for name in ("cage_id", "at", "kind") if name not in header]
    unknown = [name for name in header if name not in COLUMNS]
    double = sorted({name for name in header if header.count(name) > 1})
    wrong = [("缺少", "is missing", missing), ("不认识", "is not known", unknown), ("重复", "is there twice", double)]
    known = ", ".join(COLUMNS)
    return [
        _problem(1, name[:40], f"表头{zh}列“{name[:40]}”。", f"Column {name[:40]!r} {en}; known are {known}.")
        for zh, en, names in wrong
        for name in names
    ]


def _decoded(content: bytes) -> str | None:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def _instant(text: str, line: int, now: datetime, problems: list[Problem]) -> datetime | None:
    try:
        at = datetime.fromisoformat(text.strip().replace("/", "-"))
        at = (at if at.tzinfo is not None else at.replace(tzinfo=LOCAL)).astimezone(UTC)
    except (ValueError, OverflowError):
        problems.append(_problem(line, "at", f"时间“{text[:40]}”看不懂，请写成 2026-07-01 08:30（北京时间）。",
                                 f"{text[:40]!r} is no time; write 2026-07-01 08:30 (China time)."))  # fmt: skip
        return None
    if at > now or at.year < 1990:
        problems.append(_problem(line, "at", "时间在将来或太早。", "The time is in the future or too long ago."))
        return None
    return at


def _kind(text: str, line: int, problems: list[Problem]) -> LogKind | None:
    word = _KIND_ZH.get(text.strip(), text.strip().lower())
    try:
        return LogKind(word)
    except ValueError:
        zh, en = "、".join(_KIND_ZH), ", ".join(LogKind)
        problems.append(
            _problem(line, "kind", f"类型“{text[:40]}”不认识，可用：{zh}。", f"{text[:40]!r}: use one of {en}.")
        )
        return None


def _number(text: str, line: int, column: str, most: float, problems: list[Problem]) -> float | None:
    if not text.strip():
        return None
    try:
        value = float(text.strip().replace(",", ""))
    except ValueError:
        value = float("nan")
    if not 0 < value <= most:
        problems.append(_problem(line, column, f"“{text[:40]}”必须是大于0、不超过{most:g}的数。",
                                 f"{text[:40]!r} must be a number above 0 and at most {most:g}."))  # fmt: skip
        return None
    return value


def _problem(line: int, column: str, zh: str, en: str) -> Problem:
    return Problem(line=line, column=column, text_zh=zh, text_en=en)
