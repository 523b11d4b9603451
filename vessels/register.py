"""The vessel register: rows with their history, read from CSV with every bad row named, and looked up as of a time."""

import csv
import hashlib
import io
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cached_property
from typing import TypeVar

from core.errors import AppError
from core.mmsi import MmsiClass, classify
from vessels.names import BoatName, NameRules, near_text, normalise, parse, readings, split

COLUMNS = (
    "name_zh", "name_pinyin", "mmsi", "extra_mmsi", "call_sign", "certificate_no", "registration_until",
    "inspection_no", "inspection_until", "permit_no", "permit_until", "port", "gear", "vessel_type", "length_m",
    "beam_m", "tonnage_gt", "power_kw", "wind_class_bft", "hs_limit_m", "min_crew", "max_persons", "beidou_id",
    "group", "owner", "owner_phone", "exempt_kind",
)  # fmt: skip
"""Columns of the register's CSV; only ``name_zh`` is required in a row."""
_DATES = ("registration_until", "inspection_until", "permit_until")
_FLOATS = {
    "length_m": (1, 150),
    "beam_m": (0.5, 40),
    "tonnage_gt": (0, 50_000),
    "power_kw": (0, 30_000),
    "hs_limit_m": (0.1, 20),
}
_INTS = {"wind_class_bft": (0, 17), "min_crew": (0, 200), "max_persons": (0, 500)}
Key = TypeVar("Key", int, str)
_ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)


class RegisterError(AppError):
    """The register file cannot be read at all: the text says why and what to do."""


@dataclass(frozen=True, kw_only=True)
class RegisterRow:
    """One version of one boat's entry; columns as in the CSV, None where the register is silent.

    Parameters
    ----------
    boat_id
        Certificate number where there is one, else the name in Chinese.
    valid_from, valid_until
        When this version held; ``valid_until`` None: it holds now.
    """

    boat_id: str
    name_zh: str
    version: int = 1
    valid_from: datetime = _ALWAYS
    valid_until: datetime | None = None
    name_pinyin: str = ""
    mmsi: int | None = None
    extra_mmsi: tuple[int, ...] = ()
    call_sign: str | None = None
    certificate_no: str | None = None
    registration_until: date | None = None
    inspection_no: str | None = None
    inspection_until: date | None = None
    permit_no: str | None = None
    permit_until: date | None = None
    port: str | None = None
    gear: str | None = None
    vessel_type: str | None = None
    length_m: float | None = None
    beam_m: float | None = None
    tonnage_gt: float | None = None
    power_kw: float | None = None
    wind_class_bft: int | None = None
    hs_limit_m: float | None = None
    min_crew: int | None = None
    max_persons: int | None = None
    beidou_id: str | None = None
    group: str | None = None
    owner: str | None = None
    owner_phone: str | None = None
    exempt_kind: str | None = None

    @property
    def numbers(self) -> tuple[int, ...]:
        """Return every MMSI that the boat may rightly use."""
        return self.extra_mmsi if self.mmsi is None else (self.mmsi, *self.extra_mmsi)

    def holds(self, at: datetime) -> bool:
        """Return whether this version held at a time."""
        return self.valid_from <= at and (self.valid_until is None or at < self.valid_until)

    def particulars(self) -> tuple[object, ...]:
        """Return what makes two versions differ: every column of the register."""
        return tuple(getattr(self, name) for name in COLUMNS)


@dataclass(frozen=True, kw_only=True)
class Problem:
    """A row that a person must mend: file line, column and one sentence, Chinese and English."""

    line: int
    column: str
    zh: str
    en: str


@dataclass(frozen=True, kw_only=True)
class RegisterFile:
    """A register file read: good rows, and every problem. `sha256` is of the file's bytes."""

    rows: tuple[RegisterRow, ...]
    problems: tuple[Problem, ...]
    sha256: str
    encoding: str


def read_csv(data: bytes, *, name: str = "register.csv") -> RegisterFile:
    """Return the rows of a register CSV (UTF-8, with or without BOM, or GB 18030 as Chinese Excel writes it).

    Rows that share an MMSI, a certificate or a name with an earlier row are problems of their own and are left out:
    a person must say which is right.

    Raises
    ------
    RegisterError
        When it is no text, has no header, or lacks the column ``name_zh``.
    """
    text, encoding = _text(data, name)
    reader = csv.reader(io.StringIO(text, newline=""))
    header = _header(reader, name)
    problems: list[Problem] = []
    rows: list[tuple[int, RegisterRow]] = []
    for line, cells in _records(reader, problems):
        row = _row(dict(zip(header, cells, strict=False)), line, problems)
        if len(cells) > len(header) and any(cell.strip() for cell in cells[len(header) :]):
            problems.append(_problem(line, "", "列数多于表头", "more cells than the header has columns"))
        elif row is not None:
            rows.append((line, row))
    kept = _without_clashes(rows, problems)
    problems.sort(key=lambda p: p.line)
    digest = hashlib.sha256(data).hexdigest()
    return RegisterFile(rows=tuple(kept), problems=tuple(problems), sha256=digest, encoding=encoding)


def _text(data: bytes, name: str) -> tuple[str, str]:
    if b"\0" in data[:4096]:
        raise RegisterError(
            f"{name}: 不是文本文件，请另存为 CSV（UTF-8）。Not a text file: save the register as CSV (UTF-8)."
        )
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    raise RegisterError(f"{name}: 编码无法识别，请另存为 UTF-8。Neither UTF-8 nor GB 18030: save it as UTF-8.")


def _header(reader: Iterable[list[str]], name: str) -> list[str]:
    header = [cell.strip().lower() for cell in next(iter(reader), [])]
    if "name_zh" not in header:
        raise RegisterError(
            f"{name}: 表头缺少 name_zh 列，应为：{','.join(COLUMNS)}。"
            f"The header lacks the column name_zh; see the list of columns before."
        )
    unknown = [cell for cell in header if cell and cell not in COLUMNS]
    if unknown:
        raise RegisterError(
            f"{name}: 表头有不认识的列 {','.join(unknown)}；可用的列：{','.join(COLUMNS)}。"
            f"Unknown columns in the header: correct or remove them."
        )
    return header


def _records(reader: object, problems: list[Problem]) -> Iterable[tuple[int, list[str]]]:
    """Yield (file line, cells) of the rows that are not blank; a row that the CSV reader refuses is a problem."""
    while True:
        try:
            cells = next(reader)  # type: ignore[call-overload]
        except StopIteration:
            return
        except csv.Error as exc:
            problems.append(_problem(reader.line_num, "", f"CSV 格式错误（{exc}）", f"not valid CSV ({exc})"))  # type: ignore[attr-defined]
            continue
        if any(cell.strip() for cell in cells):
            yield reader.line_num, cells  # type: ignore[attr-defined]


def _problem(line: int, column: str, zh: str, en: str) -> Problem:
    return Problem(line=line, column=column, zh=f"第 {line} 行 {column}：{zh}", en=f"line {line} {column}: {en}")


def _row(cells: Mapping[str, str], line: int, problems: list[Problem]) -> RegisterRow | None:
    before = len(problems)
    values: dict[str, object] = {}
    for column, raw in cells.items():
        text = raw.strip()
        if text and column:
            value = _cell(column, text, line, problems)
            if value is not None:
                values[column] = value
    if not values.get("name_zh"):
        problems.append(_problem(line, "name_zh", "缺船名", "the name is missing"))
    if len(problems) > before:
        return None
    boat_id = str(values.get("certificate_no") or values["name_zh"])
    return RegisterRow(boat_id=boat_id, **values)  # type: ignore[arg-type]


def _cell(column: str, text: str, line: int, problems: list[Problem]) -> object:
    try:
        if column == "mmsi":
            return _mmsi(text)
        if column == "extra_mmsi":
            return tuple(_mmsi(part) for part in text.replace("，", ";").replace(",", ";").split(";") if part.strip())
        if column in _DATES:
            return _date(text)
        if column in _FLOATS:
            return _number(float(text), *_FLOATS[column])
        if column in _INTS:
            return int(_number(int(text), *_INTS[column]))
    except ValueError as exc:
        zh, _, en = str(exc).partition("|")
        problems.append(
            _problem(line, column, zh if en else f"{text!r} 不是有效的值", en or f"{text!r} is not a valid value")
        )
        return None
    return text


def _mmsi(text: str) -> int:
    digits = text.strip()
    if not (digits.isascii() and digits.isdigit() and len(digits) == 9):
        raise ValueError(f"{text!r} 不是九位 MMSI|{text!r} is not an MMSI of nine digits")
    if classify(int(digits)) not in (MmsiClass.SHIP, MmsiClass.CRAFT, MmsiClass.HANDHELD):
        raise ValueError(f"{text!r} 不是船台的 MMSI|{text!r} is not the MMSI of a ship")
    return int(digits)


def _date(text: str) -> date:
    for form in ("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%Y年%m月%d日"):
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day of a certificate has no time
        except ValueError:
            continue
    raise ValueError(f"{text!r} 不是日期（应为 2027-12-31）|{text!r} is not a date such as 2027-12-31")


def _number(value: float, low: float, high: float) -> float:
    if not low <= value <= high:
        raise ValueError(f"{value} 超出范围 {low} 至 {high}|{value} is out of the range {low} to {high}")
    return value


def _without_clashes(rows: Sequence[tuple[int, RegisterRow]], problems: list[Problem]) -> list[RegisterRow]:
    seen: dict[tuple[str, object], int] = {}
    kept = []
    for line, row in rows:
        keys: list[tuple[str, object]] = [("mmsi", number) for number in row.numbers]
        keys += [("name_zh", normalise(row.name_zh)), ("boat_id", row.boat_id)]
        clash = next(((key, seen[key]) for key in keys if key in seen), None)
        if clash is None:
            seen.update(dict.fromkeys(keys, line))
            kept.append(row)
            continue
        (column, value), earlier = clash
        shown = "certificate_no" if column == "boat_id" else column
        problems.append(
            _problem(line, shown, f"{value} 与第 {earlier} 行重复", f"{value} already stands in line {earlier}")
        )
    return kept


def write_csv(rows: Iterable[RegisterRow]) -> str:
    """Return rows as CSV text with the register's columns."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow([_shown(getattr(row, column)) for column in COLUMNS])
    return out.getvalue()


def _shown(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, tuple):
        return ";".join(str(item) for item in value)
    return f"{value:g}" if isinstance(value, float) else str(value)


@dataclass(frozen=True, kw_only=True)
class Near:
    """A register row whose name is nearly the one asked for, and the reading that came near."""

    row: RegisterRow
    reading: str


class Register:
    """Look-up of register rows by MMSI, name, call sign and Beidou terminal, as of a time.

    Every look-up gives a tuple: several rows mean that the register itself is in doubt.
    """

    def __init__(self, rows: Iterable[RegisterRow], rules: NameRules) -> None:
        self.rows = tuple(rows)
        self.rules = rules
        self._mmsi = _index((number, row) for row in self.rows for number in row.numbers)
        self._reading = _index((reading, row) for row in self.rows for reading in self._readings(row))
        self._call_sign = _index((normalise(row.call_sign), row) for row in self.rows if row.call_sign)
        self._beidou = _index((row.beidou_id, row) for row in self.rows if row.beidou_id)
        self._by_digits: dict[str, set[str]] = defaultdict(set)
        self._by_letters: dict[str, set[str]] = defaultdict(set)
        for reading in self._reading:
            letters, digits = split(reading)
            self._by_digits[digits].add(reading)
            self._by_letters[letters].add(reading)

    def __len__(self) -> int:
        return len(self.rows)

    def _readings(self, row: RegisterRow) -> set[str]:
        found = set(readings(row.name_zh, self.rules)) | {normalise(row.name_zh)}
        return found | {normalise(row.name_pinyin)} if row.name_pinyin else found

    def by_mmsi(self, mmsi: int, at: datetime) -> tuple[RegisterRow, ...]:
        """Return the boats that had this number at that time."""
        return tuple(row for row in self._mmsi.get(mmsi, ()) if row.holds(at))

    def by_name(self, name: str, at: datetime) -> tuple[RegisterRow, ...]:
        """Return the boats of this name, Chinese or as sent on AIS."""
        return tuple(row for row in self._reading.get(normalise(name), ()) if row.holds(at))

    def by_call_sign(self, call_sign: str, at: datetime) -> tuple[RegisterRow, ...]:
        """Return the boats with this call sign."""
        return tuple(row for row in self._call_sign.get(normalise(call_sign), ()) if row.holds(at))

    def by_beidou(self, beidou_id: str, at: datetime) -> tuple[RegisterRow, ...]:
        """Return the boats with this Beidou terminal."""
        return tuple(row for row in self._beidou.get(beidou_id, ()) if row.holds(at))

    def by_beidou_ever(self, beidou_id: str) -> tuple[RegisterRow, ...]:
        """Return the newest version of each boat that has or had this Beidou terminal."""
        newest = {row.boat_id: row for row in sorted(self._beidou.get(beidou_id, ()), key=lambda row: row.version)}
        return tuple(newest.values())

    def near(self, name: str, at: datetime, limit: int = 5) -> tuple[Near, ...]:
        """Return boats whose name differs by a slip of the pen, at most `limit`: a question to a person."""
        word = normalise(name)
        letters, digits = split(word)
        candidates = self._by_digits.get(digits, set()) if digits else set()
        found: dict[str, Near] = {}
        for reading in sorted(candidates | self._by_letters.get(letters, set())):
            if reading != word and near_text(word, reading):
                for row in self._reading[reading]:
                    if row.holds(at):
                        found.setdefault(row.boat_id, Near(row=row, reading=reading))
        return tuple(found.values())[:limit]

    @cached_property
    def covered(self) -> frozenset[tuple[str, str]]:
        """Return the (province, county) short forms whose fishing boats the register holds: absence means something."""
        counts: dict[tuple[str, str], int] = defaultdict(int)
        for row in self.rows:
            name = parse(row.name_zh, self.rules)
            if name is not None and row.valid_until is None:
                counts[name.province, name.counties[0]] += 1
        return frozenset(key for key, number in counts.items() if number >= COVERED_ROWS)

    def covers(self, name: BoatName) -> bool:
        """Return whether the register would hold a boat of this name if it were registered."""
        if name.counties:
            return all((name.province, county) in self.covered for county in name.counties)
        return False


COVERED_ROWS = 3
"""Boats of one county from which on the register is taken to hold that county (ours; a whole county has hundreds)."""


def _index(pairs: Iterable[tuple[Key, RegisterRow]]) -> dict[Key, tuple[RegisterRow, ...]]:
    found: dict[Key, list[RegisterRow]] = defaultdict(list)
    for key, row in pairs:
        found[key].append(row)
    return {key: tuple(rows) for key, rows in found.items()}
