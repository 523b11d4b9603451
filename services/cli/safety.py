"""``huangyu safety``: zones, trip reports, permits and the watch list from files; who to inspect first."""

import asyncio
import getpass
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.table import Table

from core.errors import AppError, ConfigError
from core.finding import Place
from core.settings import build, load_toml
from services.judges.safety_rules import load_rules
from services.settings import CONFIG_DIR, load_shore
from store.database import Database
from store.store import Store
from vessels import crew_csv, risk
from vessels.crew import CHINA
from vessels.season import SeasonPermit
from vessels.zones_geojson import read_geojson

app = typer.Typer(help="海上安全：区域、进出港报告、专项许可、检查优先分。Safety at sea.", no_args_is_help=True)
T = TypeVar("T")
Config = Annotated[Path | None, typer.Option("--config", help="岸端配置。Shore settings.")]
Dsn = Annotated[str, typer.Option("--dsn", envvar="HUANGYU_DSN", help="数据库连接串。Database.", show_envvar=True)]
Json = Annotated[bool, typer.Option("--json", help="输出 JSON。Print JSON.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="只检查，不写库。Check only.")]


class SafetyRefusedError(AppError):
    """The file has rows that a person must mend first."""


@app.command("zones")
def import_zones(
    file: Annotated[Path, typer.Argument(help="GeoJSON 区域文件。Zones.")],
    version: Annotated[str, typer.Option("--version", help="来源版本。Version of the source.")] = "1",
    dry_run: DryRun = False,
    config: Config = None,
    dsn: Dsn = "",
    as_json: Json = False,
) -> None:
    """导入区域（GeoJSON）；有一处错误就不写库。"""
    zones = read_geojson(_read_json(file), source=file.name, version=version)
    saved = 0 if dry_run else _with_store(dsn, config, lambda store: store.zones.save(zones))
    _say(as_json, {"zones": len(zones), "saved": saved}, f"区域 {len(zones)} 个，写入 {saved} 个。")


@app.command("trips")
def import_trips(
    file: Annotated[Path, typer.Argument(help="进出港报告 CSV。Departure and arrival reports.")],
    dry_run: DryRun = False,
    skip_bad: Annotated[bool, typer.Option("--skip-bad", help="有错的行跳过。Import the good rows.")] = False,
    config: Config = None,
    dsn: Dsn = "",
    as_json: Json = False,
) -> None:
    """导入进出港报告；先列出每一处错误。"""
    read = crew_csv.read_csv(file, reporter=getpass.getuser())
    for problem in read.problems:
        typer.echo(problem, err=True)
    if read.problems and not (dry_run or skip_bad):
        raise SafetyRefusedError(
            f"{file}: {len(read.problems)} 处错误，未写入；请改正或用 --skip-bad。Nothing was written: mend the rows."
        )
    new = 0 if dry_run else _with_store(dsn, config, lambda store: store.trips.add_reports(read.reports))
    told = {"reports": len(read.reports), "new": new, "problems": len(read.problems)}
    _say(as_json, told, f"报告 {len(read.reports)} 条，新增 {new} 条，错误 {len(read.problems)} 处。")


@app.command("permit")
def add_permit(
    mmsi: Annotated[int, typer.Argument(min=1, max=999_999_999, help="MMSI")],
    document_no: Annotated[str, typer.Argument(help="专项捕捞许可证号。Permit number.")],
    valid_from: Annotated[datetime, typer.Argument(help="起（当地时间）。From, local time.")],
    valid_until: Annotated[datetime, typer.Argument(help="止（不含）。Until, exclusive.")],
    gear: Annotated[str, typer.Option("--gear", help="准用渔具，* 为本船渔具。Gear.")] = "*",
    config: Config = None,
    dsn: Dsn = "",
) -> None:
    """登记一张专项捕捞许可。"""
    begin, end = (at.replace(tzinfo=CHINA) for at in (valid_from, valid_until))
    if end <= begin:
        raise SafetyRefusedError("止期必须晚于起期。The end must come after the beginning.")
    permit = SeasonPermit(mmsi=mmsi, document_no=document_no, valid_from=begin, valid_until=end, gear=gear)
    _with_store(dsn, config, lambda store: store.seasons.save_permit(permit, getpass.getuser()))
    typer.echo(f"已登记 {document_no}。Permit kept.")


@app.command("sart")
def report_sart(
    lat_deg: Annotated[float, typer.Argument(min=-90.0, max=90.0, help="纬度。Latitude of the nearest dot. [deg]")],
    lon_deg: Annotated[float, typer.Argument(min=-180.0, max=180.0, help="经度。Longitude. [deg]")],
    track: Annotated[str, typer.Option("--track", help="雷达目标名。Name of the echo.")] = "",
    config: Config = None,
    dsn: Dsn = "",
) -> None:
    """报告雷达上的搜救应答信号（一串12个点）；立即告警。Report SART dots seen on a radar; it is an alarm at once."""
    at, place = datetime.now(UTC), Place(lat_deg=lat_deg, lon_deg=lon_deg)
    name = track or f"{lat_deg:.2f},{lon_deg:.2f}"
    _with_store(dsn, config, lambda store: store.safety.report_radar_sart(name, at, place, getpass.getuser()))
    typer.echo(f"已报告，值守随即告警。Reported: radar:{name}.")


@app.command("rules")
def check_rules(
    rules_dir: Annotated[Path, typer.Option("--rules", help="规则目录。Rules folder.")] = CONFIG_DIR / "rules",
    as_json: Json = False,
) -> None:
    """检查海上安全规则文件，列出版本和来源。"""
    rules = load_rules(rules_dir)
    told = {name: getattr(rules, name) for name in rules.__dataclass_fields__}
    rows = [{"rule": name, "version": rule.version, "source": rule.source} for name, rule in told.items()]
    _table(as_json, rows, ("rule", "version", "source"))


@app.command("inspect")
def rank(
    days: Annotated[int, typer.Option("--days", min=1, max=365, help="回看天数。Days to look back.")] = 90,
    rules_dir: Annotated[Path, typer.Option("--rules", help="规则目录。Rules folder.")] = CONFIG_DIR / "rules",
    config: Config = None,
    dsn: Dsn = "",
    as_json: Json = False,
) -> None:
    """按检查优先分列出船只，并说明每一分的来由。"""
    rules = build(risk.RiskRules, load_toml(rules_dir / "risk.toml"), where="risk.toml")
    at = datetime.now(UTC)

    async def scores(store: Store) -> list[risk.Score]:
        past = await store.safety.past_findings(at - timedelta(days=days))
        return risk.ranking(past, await store.trips.watched(at), rules, at=at)

    rows = [
        {
            "mmsi": s.mmsi,
            "points": s.points,
            "advice": s.advice,
            "reasons": "；".join(f"{zh} {p:g}" for zh, _, p in s.reasons),
        }
        for s in _with_store(dsn, config, scores)
    ]
    _table(as_json, rows, ("mmsi", "points", "advice", "reasons"))


def _read_json(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as exc:
        raise ConfigError(f"{file}: cannot be read ({exc.strerror}); give the path of a GeoJSON file.") from exc
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as exc:
        raise ConfigError(f"{file}: not JSON ({exc}); save it as GeoJSON in UTF-8.") from exc


def _with_store(dsn: str, config: Path | None, work: Callable[[Store], Awaitable[T]]) -> T:
    async def run() -> T:
        async with Database.session(dsn or load_shore(config).dsn(), application="safety") as database:
            return await work(Store(database))

    return asyncio.run(run())


def _say(as_json: bool, told: dict[str, Any], text: str) -> None:
    typer.echo(json.dumps(told) if as_json else text)


def _table(as_json: bool, rows: list[dict[str, Any]], names: tuple[str, ...]) -> None:
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    table = Table(*names)
    for row in rows:
        table.add_row(*(str(row[name]) for name in names))
    Console().print(table)
