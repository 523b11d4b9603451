"""What ``huangyu status`` says: processes, services, gateways and figures, each with a verdict in words."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from store.errors import StoreUnavailableError, Trouble
from store.heartbeats import Heartbeat
from store.status import GatewayState, Overview

FRESH_READING_S = 120.0
"""Readings come every 10 s; two minutes without any means that the chain is broken somewhere. [s]"""
RECENT_RESTART_S = 900.0
"""A part that was restarted and has run this long since is well again. [s]"""
GATEWAY_SILENT_S = 180.0
"""A gateway publishes at least its health record each minute. [s]"""


TROUBLES = {
    Trouble.AWAY: ("连不上数据库", "it does not answer: see that PostgreSQL runs and that the network is up"),
    Trouble.STARTING: (
        "数据库正在启动、恢复或关闭",
        "it is starting, recovering or shutting down: it comes back alone",
    ),
    Trouble.NO_PRIMARY: (
        "没有可写的数据库主机（正在切换？）",
        "no host can be written to: a failover is under way, or all are standbys",
    ),
    Trouble.CONNECTIONS: ("数据库连接数已满", "it has no connection left: raise max_connections or end idle programs"),
    Trouble.POOL: ("本程序的数据库连接都在忙", "every connection of this program is at work"),
    Trouble.LOCKED: ("数据表被其他操作锁住", "a table is locked by another session: see pg_locks, end it if it hangs"),
    Trouble.SLOW: ("数据库响应太慢，语句超时", "a statement took too long: see pg_stat_activity, and the disk"),
    Trouble.DISK: ("数据库磁盘已满", "its disk is full: free space or enlarge the volume"),
    Trouble.REFUSED: (
        "数据库拒绝登录，请检查连接设置",
        "it refuses the sign-in: check the DSN, the role and the password",
    ),
    Trouble.SERVER: ("数据库内部出错", "it reports an error of its own: see its log"),
}
"""What an operator is told of each trouble, Chinese and English."""


class Level(StrEnum):
    """How a row stands."""

    OK = "ok"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the report: what, how it is, and what to do where it is not well."""

    kind: str
    name: str
    level: Level
    text_zh: str
    text_en: str


def judge_processes(states: Sequence[Mapping[str, Any]], at: datetime) -> list[Row]:
    """Return a row for each process of a local supervisor (its ``status.json``); an old restart is forgiven."""
    rows = []
    for state in states:
        running = state.get("state") == "running"
        exit_text = f" ({state['last_exit']})" if state.get("last_exit") else ""
        restarts = state.get("restarts", 0)
        rows.append(
            Row(
                kind="process",
                name=str(state.get("name")),
                level=Level.BAD if not running else Level.WARN if restarts and _recent(state, at) else Level.OK,
                text_zh=f"{'运行中' if running else state.get('state')}，重启{restarts}次{exit_text}",
                text_en=f"{state.get('state')}, {restarts} restarts{exit_text}",
            )
        )
    return rows


def _recent(state: Mapping[str, Any], at: datetime) -> bool:
    try:
        since = datetime.fromisoformat(str(state.get("since")))
    except ValueError:
        return True
    return (at - since).total_seconds() < RECENT_RESTART_S


def judge_services(heartbeats: Sequence[Heartbeat], at: datetime) -> list[Row]:
    """Return a row for each shore service by its heartbeat."""
    rows = []
    for beat in heartbeats:
        silent_s = beat.silent_s(at)
        age_s = (at - beat.beat_at).total_seconds()
        if silent_s is not None:
            level, zh, en = (
                Level.BAD,
                f"已{silent_s:.0f}秒无心跳，请查看日志",
                f"silent for {silent_s:.0f} s: see its log",
            )
        elif beat.state in ("degraded", "waiting"):
            level, (zh, en) = Level.WARN, _degraded(beat)
        elif beat.state == "stopped":
            level, zh, en = Level.WARN, "已停止", "stopped by request"
        else:
            level, zh, en = Level.OK, f"正常，{age_s:.0f}秒前", f"running, beat {age_s:.0f} s ago"
        rows.append(Row(kind="service", name=beat.name, level=level, text_zh=zh, text_en=en))
    return rows


def _degraded(beat: Heartbeat) -> tuple[str, str]:
    """Return what a service that has trouble says of it; the database's troubles in the operator's words."""
    said = beat.detail.get("error") or beat.detail.get("problems") or ""
    said = "; ".join(map(str, said)) if isinstance(said, list) else said
    known = TROUBLES.get(Trouble(beat.detail["trouble"])) if beat.detail.get("trouble") in set(Trouble) else None
    zh = f"降级运行：{known[0]}" if known else f"降级运行：{said}"
    return zh, f"{beat.state}: {said}"


def judge_trouble(exc: StoreUnavailableError) -> Row:
    """Return the row on a database that cannot answer now: which trouble it is, what it said, what to do."""
    zh, en = TROUBLES[exc.trouble]
    return Row(
        kind="figure", name="database", level=Level.BAD, text_zh=f"{zh}。网关会先缓存数据，恢复后自动补传。",
        text_en=f"{en}. {str(exc).rstrip('.')}. Gateways keep the data meanwhile.",
    )  # fmt: skip


def judge_gateways(gateways: Sequence[GatewayState], at: datetime) -> list[Row]:
    """Return a row for each gateway: last batch, clock, spool."""
    rows = []
    for gateway in gateways:
        detail = gateway.detail or {}
        spool = detail.get("spool_rows", 0)
        if gateway.last_batch_at is None:
            level, zh, en = Level.WARN, "尚未上报", "nothing received yet"
        else:
            age_s = (at - gateway.last_batch_at).total_seconds()
            level = Level.BAD if age_s > GATEWAY_SILENT_S or gateway.state == "offline" else Level.OK
            zh, en = f"{age_s:.0f}秒前上报，缓存{spool}条", f"last batch {age_s:.0f} s ago, {spool} rows in its spool"
        if gateway.clock == 0 and level is Level.OK:
            level, zh, en = Level.WARN, f"{zh}，时钟未同步", f"{en}, clock not synchronised"
        rows.append(Row(kind="gateway", name=gateway.gateway_id, level=level, text_zh=zh, text_en=en))
    return rows


def judge_overview(overview: Overview, at: datetime) -> list[Row]:
    """Return the rows on freshness, losses and queues."""
    return [
        _freshness("readings", "读数", overview.newest_reading_at, at),
        _freshness("positions", "船位", overview.newest_position_at, at),
        _count(
            "quarantine", overview.quarantined_24h, "24小时内隔离{}条", "{} records quarantined in 24 h", Level.WARN
        ),
        _count(
            "given-up",
            overview.given_up_24h,
            "网关24小时内丢弃{}条",
            "{} records given up by gateways in 24 h",
            Level.BAD,
        ),
        _count(
            "dead-letters", overview.messages_dead, "{}条短信未能送达", "{} messages could not be delivered", Level.BAD
        ),
        Row(
            kind="figure",
            name="alerts",
            level=Level.OK,
            text_zh=f"未结告警{overview.open_alerts}条，待发短信{overview.messages_waiting}条，活动目标{overview.live_targets}个",
            text_en=f"{overview.open_alerts} open alerts, {overview.messages_waiting} messages waiting, "
            f"{overview.live_targets} live targets",
        ),
        Row(
            kind="figure",
            name="database",
            level=Level.OK,
            text_zh=f"PostgreSQL {overview.server_version}，{overview.database_bytes / 1e6:.0f} MB",
            text_en=f"PostgreSQL {overview.server_version}, {overview.database_bytes / 1e6:.0f} MB",
        ),
    ]


def _freshness(name: str, zh: str, newest_at: datetime | None, at: datetime) -> Row:
    if newest_at is None:
        return Row(kind="figure", name=name, level=Level.WARN, text_zh=f"还没有{zh}", text_en=f"no {name} yet")
    age_s = (at - newest_at).total_seconds()
    level = Level.OK if age_s <= FRESH_READING_S else Level.BAD
    return Row(
        kind="figure", name=name, level=level, text_zh=f"最新{zh}{age_s:.0f}秒前", text_en=f"newest {age_s:.0f} s ago"
    )


def _count(name: str, count: int, zh: str, en: str, level: Level) -> Row:
    return Row(
        kind="figure",
        name=name,
        level=level if count else Level.OK,
        text_zh=zh.format(count),
        text_en=en.format(count),
    )


def read_processes(data: Path | None) -> list[Mapping[str, Any]]:
    """Return the supervisor's states of a data folder; empty where none runs there."""
    named = os.environ.get("HUANGYU_STATUS_FILE")
    path = data / "run" / "status.json" if data is not None else Path(named) if named else None
    if path is None:
        return []
    try:
        states = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    return [state for state in states if isinstance(state, dict)] if isinstance(states, list) else []


def worst_level(rows: Sequence[Row]) -> Level:
    """Return the gravest level of a report."""
    order = [Level.OK, Level.WARN, Level.BAD]
    return max((row.level for row in rows), key=order.index, default=Level.OK)


def as_json(rows: Sequence[Row]) -> str:
    """Return the report as one JSON object."""
    return json.dumps({"level": worst_level(rows), "rows": [asdict(row) for row in rows]}, ensure_ascii=False)
