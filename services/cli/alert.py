"""``huangyu alert``: the queue, a person's steps, messages and dead letters, campaigns, previews, CAP files."""

import asyncio
import getpass
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.table import Table

from alerts import handling
from alerts.directory import LOCAL
from alerts.model import Actor, Alert, Outcome
from alerts.rules import AlertRules, load
from alerts.segments import bill, measure, split
from core.errors import AppError, ConfigError, DecodeError
from core.finding import Severity
from services import campaigns, cap_xml
from services.channels.base import mask
from services.demo_parts import read_dsn_file
from services.settings import CONFIG_DIR, load_shore
from store.database import Database
from store.store import Store

app = typer.Typer(add_completion=False, no_args_is_help=True, help="告警、短信、叫应。Alerts, messages, campaigns.")
T = TypeVar("T")
Config = Annotated[Path | None, typer.Option(help="岸端设置文件。Shore settings.")]
Data = Annotated[Path | None, typer.Option(help="演示的数据目录。Data folder of a demo.")]
AsJson = Annotated[bool, typer.Option("--json", help="输出 JSON。Print JSON.")]
_STYLE = {1: "blue", 2: "yellow", 3: "dark_orange", 4: "red"}


@app.command("list")
def list_alerts(
    config: Config = None, data: Data = None, everything: Annotated[bool, typer.Option("--all")] = False,
    limit: int = 100, as_json: AsJson = False,
) -> None:  # fmt: skip
    """列出未办结的告警。List open alerts; --all also those that are closed."""

    async def ask(store: Store) -> list[Alert]:
        return await (store.alerts.queue(limit=limit) if everything else store.alerts.open_alerts())

    alerts = _with_store(config, data, ask)[:limit]
    if as_json:
        typer.echo(json.dumps([_plain(alert) for alert in alerts], ensure_ascii=False))
        return
    table = Table("编号", "颜色", "状态", "对象", "情况", "发现", "处置人")
    for alert in alerts:
        raised = alert.raised_at.astimezone(LOCAL).strftime("%m-%d %H:%M") if alert.raised_at else ""
        state = alert.handling.zh + ("（已恢复）" if alert.condition == "cleared" else "")
        name, colour = alert.subject.name or alert.subject.id, _STYLE[alert.severity]
        table.add_row(
            alert.alert_id[:8], f"[{colour}]{alert.severity.zh}[/]", state, name, alert.reason_zh, raised,
            alert.assignee_name or "",
        )  # fmt: skip
    Console().print(table)


@app.command()
def ack(alert_id: str, config: Config = None, data: Data = None, by: str = "", note: str = "") -> None:
    """确认一条告警。Acknowledge an alert (its id or the first 8 characters of it)."""
    rules = _rules(config)

    def step(alert: Alert) -> Outcome:
        actor = _actor(by)
        return handling.acknowledge(alert, actor=actor, at=datetime.now(UTC), policies=rules.policies, note=note)

    _step(config, data, alert_id, step)


@app.command()
def close(
    alert_id: str, done: Annotated[str, typer.Option(help="处置情况。What was done.")] = "",
    config: Config = None, data: Data = None, by: str = "", false_alarm: bool = False,
) -> None:  # fmt: skip
    """处置并办结一条告警。Dispose of an alert (with --done) and close it."""
    rules, actor, at = _rules(config), _actor(by), datetime.now(UTC)
    if done:
        _step(config, data, alert_id, lambda alert: handling.take(alert, actor=actor, at=at), quiet=True)
        _step(
            config, data, alert_id,
            lambda alert: handling.dispose(alert, actor=actor, at=at, done=done, false_alarm=false_alarm), quiet=True,
        )  # fmt: skip
    _step(config, data, alert_id, lambda alert: handling.close(alert, actor=actor, at=at, policies=rules.policies))


@app.command()
def messages(
    config: Config = None, data: Data = None, dead: bool = False, limit: int = 50, as_json: AsJson = False
) -> None:
    """列出短信；--dead 只列未送达的。List messages; --dead only those that reached nobody."""

    async def ask(store: Store) -> list[Any]:
        return await (store.outbox.dead_letters(limit) if dead else store.outbox.recent(limit=limit))

    rows = _with_store(config, data, ask)
    if as_json:
        plain = [asdict(row) | {"address": mask(row.address)} for row in rows]
        typer.echo(json.dumps(plain, ensure_ascii=False, default=str))
        return
    table = Table("时间", "收件人", "号码", "状态", "条数", "内容", "问题")
    for row in rows:
        when = row.created_at.astimezone(LOCAL).strftime("%m-%d %H:%M:%S")
        state = row.state + ("（可能重复）" if row.possible_repeat else "")
        table.add_row(when, row.contact_name, mask(row.address), state, str(row.segments), row.text, row.last_error)
    Console().print(table)


@app.command()
def verify(config: Config = None, data: Data = None) -> None:
    """校验审计链。Verify the hash chain of the audit log."""

    async def ask(store: Store) -> list[Any]:
        return await store.alerts.verify_chain()

    problems = _with_store(config, data, ask)
    if problems:
        lines = "\n".join(f"{p.alert_id} #{p.seq}: {p.text}" for p in problems)
        raise AppError(f"审计链不完整。The audit log was tampered with or is damaged:\n{lines}")
    typer.echo("审计链完整。The audit log is whole.")


@app.command()
def preview(
    text: str, recipients: int = 1, price: Annotated[float, typer.Option(help="每条单价。Price of a segment.")] = 0.05,
    drill: bool = False, config: Config = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """发送前看短信的条数与费用。Show a text's parts and cost before anything is sent."""
    wording = _rules(config).wording
    whole = f"【{wording.signature_zh}】{wording.drill_zh if drill else ''}{text}"
    length, cost = measure(whole), bill([whole] * recipients, price)
    if as_json:
        figures = {"text": whole, "characters": length.units, "segments": length.segments, **asdict(cost)}
        typer.echo(json.dumps(figures, ensure_ascii=False))
        return
    for number, part in enumerate(split(whole), start=1):
        typer.echo(f"{number}/{length.segments}  {part}")
    typer.echo(
        f"{length.units} 字，{length.segments} 条；{recipients} 人共 {cost.segments} 条，约 {cost.cost:.2f} 元。"
        f"{length.segments} segment(s) each, {cost.segments} in all, about {cost.cost:.2f}."
    )


@app.command()
def call(
    name: str, text: str, district: str = "dongtou", colour: str = "red", drill: bool = False,
    config: Config = None, data: Data = None, by: str = "", as_json: AsJson = False,
) -> None:  # fmt: skip
    """向全区叫应；--drill 为演练。Call everyone of a district (a storm campaign); --drill is an exercise."""
    severity = {one.name.lower(): one for one in Severity}.get(colour)
    if severity is None:
        raise AppError(f"{colour}: 颜色须为 blue、yellow、orange、red 之一。Use blue, yellow, orange or red.")
    wording = _rules(config).wording

    async def begin(store: Store) -> Any:
        campaign = await campaigns.begin(
            store, wording, name_zh=name, district_id=district, severity=severity, text_zh=text, text_en=text,
            by=_actor(by).id, at=datetime.now(UTC), drill=drill,
        )  # fmt: skip
        return campaign.campaign_id, await store.campaigns.tally(campaign.campaign_id)

    campaign_id, tally = _with_store(config, data, begin)
    if as_json:
        typer.echo(json.dumps({"campaign_id": campaign_id, **asdict(tally)}))
        return
    told = f"共 {tally.total}，无号码 {tally.no_number}。"
    typer.echo(f"{campaign_id}: {told}{tally.total} to tell, {tally.no_number} without a number.")


@app.command()
def campaign(
    campaign_id: str,
    phone_list: Annotated[Path | None, typer.Option(help="未应答名单 CSV。Who is left, as CSV.")] = None,
    config: Config = None, data: Data = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """看叫应进度，导出未应答名单。Show how far a campaign is; export who is left for phoning."""

    async def ask(store: Store) -> Any:
        return await store.campaigns.tally(campaign_id), await store.campaigns.left(campaign_id)

    tally, left = _with_store(config, data, ask)
    if phone_list is not None:
        phone_list.write_text(campaigns.phone_list(left), encoding="utf-8")
    if as_json:
        typer.echo(json.dumps(asdict(tally)))
        return
    typer.echo(
        f"共 {tally.total}：已发 {tally.told}，送达 {tally.delivered}，应答 {tally.answered}，电话叫通 {tally.called}，"
        f"未叫应 {tally.left}。{tally.left} of {tally.total} left."
    )


@app.command("cap-check")
def cap_check(files: list[Path], as_json: AsJson = False) -> None:
    """检查 CAP 文件。Check CAP files by the OASIS schema; exit code 1 when one is refused."""
    rows = [_check(path) for path in files]
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False))
    else:
        for row in rows:
            typer.echo(f"{'ok' if row['ok'] else 'NO'}  {row['file']}: {row['text']}")
    if not all(row["ok"] for row in rows):
        raise typer.Exit(1)


def _check(path: Path) -> dict[str, Any]:
    try:
        message = cap_xml.read(path.read_bytes())
    except (DecodeError, OSError) as exc:
        return {"file": str(path), "ok": False, "text": str(exc)}
    text = f"{message.msg_type} {message.identifier} {message.severity.zh} {len(message.infos)} info"
    return {"file": str(path), "ok": True, "text": text}


def _step(
    config: Path | None, data: Path | None, alert_id: str, step: Callable[[Alert], Outcome], *, quiet: bool = False
) -> None:
    async def take(store: Store) -> Alert:
        return await store.alerts.decide(await _whole_id(store, alert_id), step)

    alert = _with_store(config, data, take)
    if not quiet:
        typer.echo(f"{alert.subject.name or alert.subject.id}: {alert.handling.zh} {alert.handling}")


async def _whole_id(store: Store, start: str) -> str:
    found = [alert.alert_id for alert in await store.alerts.queue(limit=10_000) if alert.alert_id.startswith(start)]
    if len(found) != 1:
        count = "没有" if not found else "不止一条"
        raise AppError(f"{start}: {count}这样的告警。{len(found)} alerts begin so: give more of the id.")
    return found[0]


def _with_store(config: Path | None, data: Path | None, ask: Callable[[Store], Awaitable[T]]) -> T:
    dsn = read_dsn_file(data, "huangyu_services") if data is not None else load_shore(config).dsn()
    if not dsn:
        raise ConfigError(f"{data}: 没有运行中的演示。No demo runs on that folder: start one or give --config.")

    async def run() -> T:
        async with Database.session(dsn, application="alert") as database:
            return await ask(Store(database))

    return asyncio.run(run())


def _rules(config: Path | None) -> AlertRules:
    return load(load_shore(config).watch.rules_dir if config else CONFIG_DIR / "rules")


def _actor(by: str) -> Actor:
    login = by or getpass.getuser()
    return Actor(id=f"cli:{login}", name=login, role="administrator")


def _plain(alert: Alert) -> dict[str, Any]:
    return {
        "alert_id": alert.alert_id, "key": alert.key, "rule": alert.rule, "severity": alert.severity.name.lower(),
        "condition": str(alert.condition), "handling": str(alert.handling), "subject": alert.subject.id,
        "name": alert.subject.name, "reason_zh": alert.reason_zh, "reason_en": alert.reason_en,
        "raised_at": alert.raised_at.isoformat() if alert.raised_at else None, "farm_id": alert.farm_id,
        "district_id": alert.district_id, "assignee": alert.assignee, "version": alert.version,
    }  # fmt: skip
