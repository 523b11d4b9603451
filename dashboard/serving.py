"""The process: Streamlit's options, the socket, uvicorn, and the garbage collector kept out of people's way."""

import contextlib
import gc
import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import uvicorn
from streamlit import config as streamlit_config

from core.errors import StartError
from dashboard.settings import DashboardSettings

ASSETS = Path(__file__).parent / "assets"
COLLECT_EVERY_S = 20.0
"""Streamlit collects after every rerun (65-90 ms under the lock); one timer for all sessions costs 1 % instead."""
FONT = "'PingFang SC','HarmonyOS Sans SC','Microsoft YaHei','Noto Sans CJK SC','Noto Sans SC',system-ui,sans-serif"


def options(settings: DashboardSettings) -> dict[str, object]:
    """Return the Streamlit options of this product, dotted names."""
    return {
        "global.developmentMode": False,
        "server.headless": True,
        "server.address": settings.host,
        "server.port": settings.port,
        "server.fileWatcherType": "none",
        "server.runOnSave": False,
        "server.enableAgentApi": False,
        "server.enableStaticServing": False,
        "server.maxUploadSize": 5,
        "server.disconnectedSessionTTL": 60,
        "server.allowedHosts": list(settings.allowed_hosts),
        "browser.gatherUsageStats": False,
        "client.toolbarMode": "minimal",
        "client.showErrorDetails": "none",
        "client.showErrorLinks": False,
        "runner.postScriptGC": False,
        "runner.magicEnabled": False,
        "theme.base": "light",
        "theme.primaryColor": "#0b4f7a",
        "theme.backgroundColor": "#f3f6f8",
        "theme.secondaryBackgroundColor": "#ffffff",
        "theme.textColor": "#10243a",
        "theme.linkColor": "#0b4f7a",
        "theme.borderColor": "#cfdae2",
        "theme.showWidgetBorder": True,
        "theme.font": FONT,
        "theme.headingFont": FONT,
        "theme.headingFontWeights": [700, 700, 600, 600, 600, 600],
        "theme.headingFontSizes": ["1.6rem", "1.3rem", "1.1rem", "1rem", "0.95rem", "0.9rem"],
        "theme.baseFontSize": 16,
        "theme.baseRadius": "0.6rem",
        "theme.chartCategoricalColors": [
            "#0b4f7a",
            "#c2571a",
            "#17703f",
            "#7a3fa0",
            "#a3123a",
            "#5b6b7a",
            "#0f8b8d",
            "#8a6d00",
        ],
    }


def apply_options(settings: DashboardSettings) -> None:
    """Set the Streamlit options; unknown ones raise, so an upgrade that drops one is seen."""
    for name, value in options(settings).items():
        if name not in streamlit_config._config_options_template:
            raise StartError(f"This Streamlit has no option {name}: install the version that pyproject.toml pins.")
        streamlit_config.set_option(name, value)


def bind(host: str, port: int) -> socket.socket:
    """Return a listening socket; StartError says what to do when the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as exc:
        listener.close()
        raise StartError(
            f"The dashboard cannot listen on {host}:{port} ({os.strerror(exc.errno or 0)}): "
            "stop what uses that port or choose another with --port."
        ) from exc
    listener.listen(512)
    return listener


@contextlib.contextmanager
def calm_collector() -> Iterator[None]:
    """Freeze what is loaded, and collect on a timer instead of after every rerun."""
    gc.collect()
    gc.freeze()
    stop = threading.Event()

    def collect() -> None:
        while not stop.wait(COLLECT_EVERY_S):
            gc.collect()

    threading.Thread(target=collect, name="collector", daemon=True).start()
    try:
        yield
    finally:
        stop.set()


def serve(app: object, listener: socket.socket) -> None:
    """Serve until SIGTERM or SIGINT."""
    configuration = uvicorn.Config(
        app,  # type: ignore[arg-type]
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips="127.0.0.1",
        ws_ping_interval=30,
        ws_ping_timeout=30,
        ws_max_size=8 * 1024 * 1024,
        timeout_graceful_shutdown=3,
    )
    uvicorn.Server(configuration).run(sockets=[listener])
