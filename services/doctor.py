"""``huangyu doctor``: what on this machine or in this installation would keep huangyu from working, and the remedy."""

import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

import psycopg

from core.errors import AppError, ConfigError
from core.settings import load_toml
from services.settings import CONFIG_DIR, ShoreSettings
from services.status import Level


@dataclass(frozen=True, kw_only=True)
class Check:
    """One thing looked at: how it is, and what to do where it is not well."""

    name_zh: str
    name_en: str
    level: Level
    found: str
    remedy_zh: str = ""
    remedy_en: str = ""


def check_python(version: tuple[int, ...] = sys.version_info[:3]) -> Check:
    """Return whether Python is new enough."""
    good = tuple(version[:2]) >= (3, 11)
    return Check(
        name_zh="Python 版本",
        name_en="Python version",
        level=Level.OK if good else Level.BAD,
        found=".".join(map(str, version[:3])),
        remedy_zh="" if good else "请安装 Python 3.11 或更新版本。",
        remedy_en="" if good else "Install Python 3.11 or newer.",
    )


def check_packages() -> list[Check]:
    """Return which extras are complete."""
    wanted = {
        "gateway": "pyais aiomqtt serial",
        "shore": "psycopg alembic numpy scipy statsmodels",
        "dashboard": "streamlit pydeck argon2",
    }
    checks = []
    for extra, modules in wanted.items():
        missing = [module for module in modules.split() if find_spec(module) is None]
        checks.append(
            Check(
                name_zh=f"组件 {extra}",
                name_en=f"extra {extra}",
                level=Level.WARN if missing else Level.OK,
                found=f"missing: {', '.join(missing)}" if missing else "installed",
                remedy_zh=f"需要时运行 pip install 'huangyu[{extra}]'。" if missing else "",
                remedy_en=f"Where needed: pip install 'huangyu[{extra}]'." if missing else "",
            )
        )
    return checks


def check_disk(folder: Path, *, warn_bytes: int = 2 * 2**30, bad_bytes: int = 300 * 2**20) -> Check:
    """Return whether the disk of a folder has room."""
    free = shutil.disk_usage(folder).free
    level = Level.BAD if free < bad_bytes else Level.WARN if free < warn_bytes else Level.OK
    return Check(
        name_zh="磁盘空间",
        name_en="disk",
        level=level,
        found=f"{free / 2**30:.1f} GB free at {folder}",
        remedy_zh="" if level is Level.OK else "请清理磁盘；网关会先丢低优先级数据并留下记录。",
        remedy_en=""
        if level is Level.OK
        else "Free some disk; a gateway gives up low priorities first and records it.",
    )


def check_clock(now: Callable[[], float] = time.time, released: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> Check:
    """Return whether the clock is plausible: a Pi without a battery clock boots in the past."""
    at = datetime.fromtimestamp(now(), UTC)
    good = at > released
    return Check(
        name_zh="系统时钟",
        name_en="clock",
        level=Level.OK if good else Level.BAD,
        found=f"{at:%Y-%m-%d %H:%M:%S}Z",
        remedy_zh="" if good else "时钟早于软件发布日期，请检查对时（timedatectl）。",
        remedy_en="" if good else "Earlier than this software: check time synchronisation (timedatectl).",
    )


def check_config(folder: Path = CONFIG_DIR) -> Check:
    """Return whether every shipped or edited TOML file parses."""
    problems = []
    files = sorted(folder.rglob("*.toml"))
    for path in files:
        try:
            load_toml(path)
        except ConfigError as exc:
            problems.append(str(exc))
    return Check(
        name_zh="配置文件",
        name_en="settings files",
        level=Level.BAD if problems else Level.OK,
        found="; ".join(problems) if problems else f"{len(files)} files parse",
        remedy_zh="请按提示改正文件。" if problems else "",
        remedy_en="Correct the files named." if problems else "",
    )


def check_serial() -> Check:
    """Return the serial ports that a gateway could use."""
    ports = sorted(
        str(p) for pattern in ("ttyUSB*", "ttyACM*", "ttyAMA*", "ttyS[0-3]") for p in Path("/dev").glob(pattern)
    )
    return Check(
        name_zh="串口",
        name_en="serial ports",
        level=Level.OK,
        found=", ".join(ports) or "none",
        remedy_zh="" if ports else "接 RS-485 转换器后会出现 /dev/ttyUSB0。",
        remedy_en="" if ports else "An RS-485 adapter appears as /dev/ttyUSB0.",
    )


def check_database(settings: ShoreSettings) -> Check:
    """Return whether the named database answers, with its version and extension."""
    try:
        dsn = settings.dsn()
    except AppError:
        return Check(
            name_zh="数据库",
            name_en="database",
            level=Level.WARN,
            found="none named",
            remedy_zh="用 huangyu demo 自带数据库，或设置 HUANGYU_DSN。",
            remedy_en="huangyu demo brings its own; else set HUANGYU_DSN.",
        )
    try:
        with psycopg.connect(dsn, connect_timeout=5) as connection:
            found = _describe(connection)
    except psycopg.Error as exc:
        reason = str(exc).strip().splitlines()[0]
        return Check(
            name_zh="数据库",
            name_en="database",
            level=Level.BAD,
            found=reason,
            remedy_zh="请检查地址、端口和密码，确认 PostgreSQL 已启动。",
            remedy_en="Check address, port and password, and that PostgreSQL runs.",
        )
    return Check(name_zh="数据库", name_en="database", level=Level.OK, found=found)


def _describe(connection: psycopg.Connection[tuple[object, ...]]) -> str:
    version = connection.info.server_version
    row = connection.execute("SELECT extversion FROM pg_extension WHERE extname = 'timescaledb'").fetchone()
    engine = f"TimescaleDB {row[0]}" if row else "plain partitions"
    return f"PostgreSQL {version // 10000}.{version % 10000}, {engine}"


def examine(settings: ShoreSettings, folder: Path) -> list[Check]:
    """Return every check of this machine."""
    return [
        check_python(),
        *check_packages(),
        check_disk(folder),
        check_clock(),
        check_config(),
        check_serial(),
        check_database(settings),
    ]
