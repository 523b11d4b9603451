"""The demo: everything on one machine, started in order, watched, told to a person, stopped cleanly."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from alerts.directory import LOCAL
from firmware_sim.scenario import load_scenario
from gateway.adopt import config_text
from services import demo_parts as parts
from services.demo_fill import fill
from services.demo_plan import GATEWAY, REPLAY_GATEWAY, DemoOptions, DemoPlan, make_plan, take_folder
from services.loop import stop_on_signals
from services.settings import CONFIG_DIR
from services.supervisor import Supervisor

log = logging.getLogger(__name__)

Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Running:
    """A demo that answers: where, and with which accounts (login, password, role)."""

    plan: DemoPlan
    address: str
    accounts: tuple[tuple[str, str, str], ...]
    ready_s: float


async def run_demo(options: DemoOptions, say: Say) -> None:
    """Bring everything up, tell what happens, and run until SIGINT or SIGTERM.

    Raises
    ------
    AppError
        Wrong scenario, folder in use, port in use, no disk, or a part that does not start: one clear text.
    """
    load_scenario(options.scenario)
    lock = take_folder(options.data)
    try:
        with stop_on_signals(asyncio.get_running_loop()) as stop:
            async with demo(make_plan(options), say) as running:
                _introduce(running, say)
                follower = asyncio.create_task(follow_messages(running.plan.path("sms.jsonl"), say))
                await stop.wait()
                follower.cancel()
                say("正在停止… Stopping.")
        say(f"已停止，数据保存在 {options.data}。Stopped; the data stay in {options.data}.")
    finally:
        lock.close()


@asynccontextmanager
async def demo(plan: DemoPlan, say: Say) -> AsyncIterator[Running]:
    """Yield the running system; everything is stopped at the end, also after an error."""
    clock = asyncio.get_running_loop().time
    began = clock()
    supervisor = Supervisor(plan.data)
    try:
        accounts = await _start_all(supervisor, plan, say)
        address = f"http://{plan.options.host}:{plan.ports.dashboard}/"
        yield Running(plan=plan, address=address, accounts=accounts, ready_s=clock() - began)
    finally:
        await supervisor.stop()


async def _start_all(supervisor: Supervisor, plan: DemoPlan, say: Say) -> tuple[tuple[str, str, str], ...]:
    say("启动数据库和消息中心… Starting the database and the broker.")
    await _together(
        supervisor.start(parts.database_part(plan)),
        supervisor.start(parts.broker_part(plan)),
        supervisor.start(parts.simulator_part(plan)),
    )
    dsns = parts.read_dsns(plan)
    plan.path("shore.toml").write_text(parts.shore_settings(plan), encoding="utf-8")
    _write_gateway_settings(plan)
    accounts = await fill(plan, dsns["huangyu_admin"], say)
    say("启动网关、岸端服务和看板… Starting gateway, shore services and dashboard.")
    await _together(
        supervisor.start(parts.gateway_part(plan)),
        supervisor.start(parts.dashboard_part(plan, dsns)),
        *(supervisor.start(parts.shore_part(plan, name, dsns)) for name in parts.SHORE_LOOPS),
    )
    return accounts


async def _together(*starts: object) -> None:
    """Await all starts; the first failure is raised after all have settled, so that all can be stopped."""
    results = await asyncio.gather(*starts, return_exceptions=True)  # type: ignore[call-overload]
    for result in results:
        if isinstance(result, BaseException):
            raise result


def _write_gateway_settings(plan: DemoPlan) -> None:
    devices = json.loads(plan.path("run", "devices.json").read_text(encoding="utf-8"))
    text = config_text(
        devices,
        gateway=GATEWAY,
        broker_host="127.0.0.1",
        broker_port=plan.ports.broker,
        username=GATEWAY,
        profiles=CONFIG_DIR / "profiles",
        http_port=plan.ports.gateway,
    )
    plan.path("gateway.toml").write_text(text, encoding="utf-8")
    secret = plan.path("run", "mqtt-password")
    secret.touch(mode=0o600)
    secret.write_text(plan.mqtt_password, encoding="utf-8")
    plan.path("replay.toml").write_text(_replay_settings(plan, secret), encoding="utf-8")


def _replay_settings(plan: DemoPlan, secret: Path) -> str:
    """Return settings with which ``huangyu replay FILE --config replay.toml`` puts a recording into this demo."""
    return (
        "# Written by huangyu demo: for huangyu replay FILE --config replay.toml --spool replay.sqlite --stamp shift\n"
        f'[gateway]\nid = "{REPLAY_GATEWAY}"\n'
        f'[broker]\nhost = "127.0.0.1"\nport = {plan.ports.broker}\n'
        f'username = "{REPLAY_GATEWAY}"\npassword_file = {json.dumps(str(secret))}\n'
    )


def _introduce(running: Running, say: Say) -> None:
    say("")
    say(f"黄鱼已就绪（{running.ready_s:.0f} 秒）。Ready in {running.ready_s:.0f} s.")
    say(f"  看板 dashboard  {running.address}")
    say("  演示账号 demo accounts（账号 / 密码 / 角色）")
    for login, password, role in running.accounts:
        say(f"    {login.ljust(10)} {password}  {role}")
    say(f"  数据目录 data  {running.plan.data}")
    say("  按 Ctrl-C 停止。Ctrl-C stops everything.")
    say("")


async def follow_messages(path: Path, say: Say) -> None:
    """Say each message that the recorder writes, as a skipper would read it; runs until cancelled."""
    position = path.stat().st_size if path.exists() else 0
    while True:
        if path.exists():
            with path.open("rb") as file:
                file.seek(position)
                while (line := file.readline()).endswith(b"\n"):
                    position = file.tell()
                    _say_message(json.loads(line), say)
        await asyncio.sleep(0.5)


def _say_message(message: Mapping[str, object], say: Say) -> None:
    at = datetime.fromisoformat(str(message["at"])).astimezone(LOCAL)
    say(f"短信 SMS {at:%H:%M:%S} → {message.get('contact', '')} {message.get('to', '')}")
    say(f"  {message['text']}")
