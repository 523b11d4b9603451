"""The demo's processes as a table: what runs, with which settings, and how one knows that it answers."""

import json
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from services.demo_plan import GATEWAY, REPLAY_GATEWAY, DemoPlan, console_script
from services.supervisor import Part, http_ready

SHORE_LOOPS = ("ingest", "watch", "forecast", "sms")
_ROLE_OF = {"ingest": "huangyu_ingest", "dashboard": "huangyu_reader"}


def database_part(plan: DemoPlan) -> Part:
    """Return the embedded PostgreSQL."""
    dsn_file = plan.path("run", "dsn.json")
    command = (
        sys.executable, "-m", "services.database_process", "--home", str(plan.path("postgres")),
        "--port", str(plan.ports.database), "--dsn-file", str(dsn_file),
    )  # fmt: skip
    return Part(
        name="database",
        command=command,
        ready_line="database ready",
        ready_s=240,
        stop_s=70,
        death_signal=signal.SIGTERM,
    )


def broker_part(plan: DemoPlan) -> Part:
    """Return the embedded MQTT broker; its user file is written here (mode 600)."""
    users = plan.path("run", "mqtt-users")
    users.touch(mode=0o600)
    names = (GATEWAY, REPLAY_GATEWAY, "shore")
    users.write_text("".join(f"{name}:{plan.mqtt_password}\n" for name in names), encoding="utf-8")
    command = (sys.executable, "-m", "services.broker", "--port", str(plan.ports.broker), "--users", str(users))
    return Part(name="broker", command=command, ready_line="broker ready")


def simulator_part(plan: DemoPlan) -> Part:
    """Return the simulated instruments and boats."""
    devices = plan.path("run", "devices.json")
    devices.unlink(missing_ok=True)
    command = (
        *console_script(), "simulate", plan.options.scenario, "--seed", str(plan.options.seed),
        "--anchor", plan.anchor.isoformat(), "--devices", str(devices), "--run-dir", str(plan.path("run", "serial")),
        "--port-base", str(plan.ports.simulator), "--register", str(plan.path("register.csv")),
        "--grids", str(plan.path("grids")), "--truth", str(plan.path("truth")),
    )  # fmt: skip
    return Part(name="simulator", command=command, ready=file_ready(devices), ready_s=120)


def gateway_part(plan: DemoPlan) -> Part:
    """Return the edge gateway; its settings file must have been written."""
    command = (
        *console_script(), "gateway", "run", "--config", str(plan.path("gateway.toml")),
        "--spool", str(plan.path("gateway", "spool.sqlite")),
    )  # fmt: skip
    plan.path("gateway").mkdir(exist_ok=True)
    return Part(
        name="gateway",
        command=command,
        env={"HUANGYU_MQTT_PASSWORD": plan.mqtt_password},
        ready=http_ready(f"http://127.0.0.1:{plan.ports.gateway}/healthz"),
    )


def shore_part(plan: DemoPlan, name: str, dsns: Mapping[str, str]) -> Part:
    """Return one of the shore's loops."""
    env = {
        "HUANGYU_DSN": dsns[_ROLE_OF.get(name, "huangyu_services")],
        "HUANGYU_MQTT_PASSWORD": plan.mqtt_password,
        "HUANGYU_DATA": str(plan.data),
    }
    command = (*console_script(), name, "--config", str(plan.path("shore.toml")))
    return Part(name=name, command=command, env=env)


def dashboard_part(plan: DemoPlan, dsns: Mapping[str, str]) -> Part:
    """Return the web dashboard."""
    command = (
        *console_script(), "dashboard", "--config", str(plan.path("shore.toml")),
        "--host", plan.options.host, "--port", str(plan.ports.dashboard),
    )  # fmt: skip
    env = {
        "HUANGYU_DSN": dsns[_ROLE_OF["dashboard"]],
        "HUANGYU_SERVICES_DSN": dsns["huangyu_services"],  # for the CAP feed and receipts only
        "HUANGYU_DATA": str(plan.data),
    }
    return Part(
        name="dashboard",
        command=command,
        env=env,
        ready=http_ready(f"http://{plan.options.host}:{plan.ports.dashboard}/healthz"),
        ready_s=120,
    )


def shore_settings(plan: DemoPlan) -> str:
    """Return the demo's shore settings as TOML; no secret stands in it."""
    return "\n".join(
        (
            "# Written by huangyu demo at each start; change the demo's options instead.",
            "[broker]",
            'host = "127.0.0.1"',
            f"port = {plan.ports.broker}",
            'username = "shore"',
            "[watch]",
            "period_s = 3.0",
            "[forecast]",
            "period_s = 600.0",
            f"grid_folder = {json.dumps(str(plan.path('grids')))}",
            "[sms]",
            'channels = ["recorder"]',
            "",
        )
    )


def read_dsns(plan: DemoPlan) -> dict[str, str]:
    """Return the connection strings by role that the database process wrote."""
    dsns: dict[str, str] = json.loads(plan.path("run", "dsn.json").read_text(encoding="utf-8"))
    return dsns


def read_dsn_file(data: Path, role: str = "huangyu_admin") -> str:
    """Return a role's connection string of the demo that runs in a data folder; empty when none runs."""
    try:
        dsns = json.loads((data / "run" / "dsn.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ""
    return str(dsns.get(role, ""))


def file_ready(path: Path) -> Callable[[], Awaitable[bool]]:
    """Return a readiness test: the file exists."""

    async def ready() -> bool:
        return path.exists()

    return ready
