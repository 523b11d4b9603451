"""``huangyu screen``: recorded traffic against a register, without any server."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from core.errors import ConfigError
from core.target import TargetClass
from services import screen as screening
from services import screen_output as output
from vessels.register import RegisterFile, read_csv

app = typer.Typer(add_completion=False, help="离线甄别录制的船舶数据。Screen recorded traffic against a register.")
_KINDS = {
    "ais_silent": "AIS 静默 AIS silent", "beidou_silent": "北斗静默 Beidou silent", "apart": "两处船位 two places",
    "no_echo": "雷达无回波 no echo",
}  # fmt: skip
RULES = Path(__file__).resolve().parents[2] / "config" / "rules"


@app.command()
def screen(
    files: Annotated[
        list[Path], typer.Argument(help="NMEA 日志（可压缩）、CSV 或 Parquet。NMEA logs, CSV or Parquet.")
    ],
    registry: Annotated[Path | None, typer.Option(help="船舶登记 CSV。Vessel register.")] = None,
    detections: Annotated[Path | None, typer.Option(help="雷达、光电、卫星探测 CSV/GeoJSON。Detections.")] = None,
    beidou: Annotated[
        Path | None, typer.Option(help="北斗船位 CSV，与 AIS 互相核对。Beidou positions, held against AIS.")
    ] = None,
    rules: Annotated[Path, typer.Option(help="规则目录。Folder of rule files.")] = RULES,
    out: Annotated[Path, typer.Option(help="输出目录。Output folder.")] = Path("screening"),
    start: Annotated[
        str | None, typer.Option(help="无时间的日志从此刻算起 (ISO 8601)。Start of logs without time.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON 摘要。Print the summary as JSON.")] = False,
) -> None:
    """甄别船舶身份，写出 findings.jsonl、tracks.parquet、targets.geojson 和 summary.json。"""
    begin = _start(start)
    register = (
        RegisterFile(rows=(), problems=(), sha256="0" * 64, encoding="utf-8")
        if registry is None
        else _register(registry)
    )
    console = Console(stderr=True, quiet=as_json)
    total = sum(path.stat().st_size for path in files if path.is_file())
    columns = (TextColumn("读取 reading"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=as_json) as bar:
        task = bar.add_task("read", total=total)
        done = screening.run(
            files, register, rules, detections=detections, beidou=beidou, start=begin,
            progress=lambda size: bar.advance(task, size),
        )  # fmt: skip
    output.write(done, out)
    figures = output.summary(done)
    if as_json:
        typer.echo(json.dumps(figures, ensure_ascii=False))
        return
    _show(console, figures, out)


def _start(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        at = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError as exc:
        raise ConfigError(
            f"--start {text!r} 不是 ISO 8601 时间，例如 2026-05-01T00:00:00Z。Not an ISO 8601 time."
        ) from exc
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _register(path: Path) -> RegisterFile:
    try:
        return read_csv(path.read_bytes(), name=str(path))
    except OSError as exc:
        raise ConfigError(f"{path}: 登记文件无法读取（{exc}）。The register cannot be read.") from exc


def _show(console: Console, figures: dict[str, object], out: Path) -> None:
    table = Table(title="甄别结果 Result")
    table.add_column("类别 class")
    table.add_column("目标数 targets", justify="right")
    classes = figures["classes"]
    assert isinstance(classes, dict)  # summary() gives a dict
    for name, number in classes.items():
        table.add_row(f"{TargetClass(name).zh}  {name}", str(number))
    console.print(table)
    console.print(f"行 lines {figures['lines']}，坏行 bad {figures['bad_lines']}，输出 output {out}")
    crosschecks = figures["crosschecks"]
    if crosschecks:
        assert isinstance(crosschecks, dict)  # summary() gives a dict
        told = "，".join(f"{_KINDS[kind]} {number}" for kind, number in crosschecks.items())
        console.print(f"AIS、北斗、雷达互核 cross-checks: {told}（crosschecks.jsonl）")
    _complain(console, figures)
    if figures["time_was_guessed"]:
        console.print("日志没有时间，航迹和航速不可靠；用 --start 指定。The log has no times: speeds mean nothing.")


def _complain(console: Console, figures: dict[str, object]) -> None:
    """Print what a person must mend: files that broke off, rows of the register, of the detections."""
    files, register, detections, beidou = (
        figures[name] for name in ("file_problems", "register_problems", "detection_problems", "beidou_problems")
    )
    assert isinstance(files, list)  # summary() gives lists
    assert isinstance(register, list)
    assert isinstance(detections, list)
    assert isinstance(beidou, list)
    for problem in files:
        console.print(
            f"[yellow]{problem['file']} 第 {problem['line']} 行后 after line: {problem['zh']} {problem['en']}"
        )
    if register:
        console.print(f"登记文件有 {len(register)} 处问题 register problems:", *register[:10], sep="\n  ")
    if detections:
        console.print(f"探测数据有 {len(detections)} 行读不懂 detection rows:", *detections[:10], sep="\n  ")
    if beidou:
        console.print(f"北斗数据有 {len(beidou)} 行读不懂 Beidou rows:", *beidou[:10], sep="\n  ")
