"""What `huangyu screen` reads: NMEA logs (plain, tag-blocked, gz) and position tables (CSV, Parquet).

Bad lines are counted with a sample. A file that ends early or cannot be read gives what it can and a sentence for a
person; the files beside it are read all the same.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from services.ingest_radar import Place, detections, own_place
from services.screen_clock import LogClock
from services.screen_errors import ScreenError
from services.screen_files import blocks
from services.screen_tables import TableError, is_table, read_table
from vessels.ais import Batch, Decoder
from vessels.ais_columns import PositionColumns
from vessels.detections import Detection
from vessels.reports import BadLine, Contact, SafetyText, StaticReport, contacts

MAX_BAD_SAMPLES = 200
"""Bad lines shown in the summary; all are counted."""


@dataclass(kw_only=True)
class Source:
    """One input file and the number of its first line in the run's count of lines."""

    path: Path
    first_line: int = 0
    lines: int = 0
    is_table: bool = False


@dataclass(frozen=True, kw_only=True)
class FileProblem:
    """Why a file could not be read whole, and what a person can do; `line` is the last whole line before the break."""

    file: str
    line: int
    zh: str
    en: str


@dataclass(kw_only=True)
class Input:
    """Everything that was read."""

    sources: list[Source] = field(default_factory=list)
    columns: list[PositionColumns] = field(default_factory=list)
    statics: list[tuple[int, StaticReport]] = field(default_factory=list)
    texts: list[SafetyText] = field(default_factory=list)
    contacts: dict[int, Contact] = field(default_factory=dict)
    radar: list[Detection] = field(default_factory=list)
    bad: list[BadLine] = field(default_factory=list)
    n_bad: int = 0
    counts: dict[str, int] = field(default_factory=dict)
    lines: int = 0
    guessed_time: bool = False
    problems: list[FileProblem] = field(default_factory=list)

    def count(self, counts: Mapping[str, int]) -> None:
        """Add counts."""
        for name, number in counts.items():
            self.counts[name] = self.counts.get(name, 0) + number

    def meet(self, heard: Iterable[Contact]) -> None:
        """Note who was heard by messages that place nobody."""
        for contact in heard:
            known = self.contacts.get(contact.mmsi)
            self.contacts[contact.mmsi] = contact if known is None else known.joined(contact)

    def keep_bad(self, bad: list[BadLine]) -> None:
        """Count bad lines and keep the first of them."""
        self.n_bad += len(bad)
        self.bad += bad[: max(0, MAX_BAD_SAMPLES - len(self.bad))]

    def complain(self, source: Source, zh: str, en: str) -> None:
        """Note why a file could not be read whole."""
        line = self.lines - source.first_line
        self.problems.append(FileProblem(file=source.path.name, line=line, zh=zh, en=en))


def read(paths: list[Path], *, start: datetime | None, progress: Callable[[int], None] = lambda _: None) -> Input:
    """Return everything that can be read in the files.

    Raises
    ------
    ScreenError
        When a file does not exist (a slip in the command), or when nothing at all could be read.
    """
    for path in paths:
        if not path.is_file():
            raise ScreenError(f"{path}: 没有这个文件。No such file.")
    found = Input()
    for path in paths:
        source = Source(path=path, first_line=found.lines, is_table=is_table(path))
        found.sources.append(source)
        if source.is_table:
            _read_table(found, source)
            progress(path.stat().st_size)
        else:
            _read_nmea(found, source, start, progress)
        source.lines = found.lines - source.first_line
    if not found.lines:
        told = "\n".join(f"{p.file}: {p.zh} {p.en}" for p in found.problems)
        raise ScreenError(told or f"{', '.join(map(str, paths))}: 文件是空的。The files are empty.")
    return found


def _read_nmea(found: Input, source: Source, start: datetime | None, progress: Callable[[int], None]) -> None:
    decoder = Decoder()
    clock = LogClock(start or datetime.fromtimestamp(source.path.stat().st_mtime, UTC))
    size, done, understood = source.path.stat().st_size, 0, 0
    place: Place | None = None
    breaks: list[Exception] = []
    for block in blocks(source.path, breaks.append):
        lines = block.count(b"\n") + (0 if block.endswith(b"\n") else 1)
        times = clock.times(block, lines)
        batch = decoder.feed_block(block, times, [source.path.stem], first_line=found.lines)
        if batch.radar:
            place = own_place(block.decode("ascii", "replace")) or place
        _keep(found, batch, place)
        found.lines += lines
        understood += batch.counts["ais"] + batch.counts["other"]
        done += len(block)
        progress(min(len(block), max(0, size - done + len(block))))
    found.keep_bad(decoder.flush())
    found.guessed_time = found.guessed_time or clock.guessed
    for fault in breaks:
        _broken(found, source, fault)
    if not understood:
        found.complain(
            source, "没有一行是 NMEA 语句，请核对是不是 AIS 日志。", "Not one NMEA sentence in it: is it an AIS log?"
        )


def _broken(found: Input, source: Source, exc: Exception) -> None:
    found.complain(
        source, f"文件读到一半中断（{exc}），已读部分照常甄别；请重新复制或下载后再跑一次。",
        f"Broken off ({exc}); what came before is screened. Copy or download the file again and repeat.",
    )  # fmt: skip


def _keep(found: Input, batch: Batch, place: Place | None) -> None:
    found.columns.append(batch.columns)
    found.statics += zip(batch.static_line, batch.statics, strict=True)
    found.texts += batch.texts
    found.meet(contacts(batch.statics, batch.others).values())
    found.radar += [
        Detection(
            at_s=seen.observed_at.timestamp(), lat_deg=seen.lat_deg, lon_deg=seen.lon_deg, sigma_m=seen.uncertainty_m,
            sensor=seen.sensor, source="radar", number=seen.number,
        )
        for seen in detections(batch.radar, batch.radar[0].receiver if batch.radar else "", place)
    ]  # fmt: skip
    found.keep_bad(batch.bad)
    found.count(batch.counts)


def _read_table(found: Input, source: Source) -> None:
    breaks: list[Exception] = []
    try:
        table = read_table(source.path, found.lines, breaks.append)
    except TableError as exc:
        found.complain(source, exc.zh, exc.en)
        return
    found.columns.append(table.columns)
    found.statics += table.statics
    found.meet(contacts([report for _, report in table.statics], ()).values())
    found.n_bad += sum(table.bad.values())
    found.count(table.bad | {"rows": table.rows})
    found.bad += table.samples[: max(0, MAX_BAD_SAMPLES - len(found.bad))]
    found.lines += table.rows
    for fault in breaks:
        _broken(found, source, fault)
