"""Settings of the shore: one TOML file to frozen types; secrets come from the environment or from files."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from core.errors import ConfigError
from core.settings import build, load_toml
from services.ingest_settings import IngestSettings

CONFIG_DIR = Path(__file__).resolve().parent.parent / "config"
"""Where the shipped settings, profiles and rules stand."""


@dataclass(frozen=True, kw_only=True)
class DatabaseSettings:
    """Where the database is; an empty `dsn` is taken from ``HUANGYU_DSN``."""

    dsn: str = ""


@dataclass(frozen=True, kw_only=True)
class BrokerSettings:
    """The MQTT broker; the password is in ``HUANGYU_MQTT_PASSWORD`` or in `password_file`.

    Parameters
    ----------
    tls_ca, tls_cert, tls_key
        PEM files; `tls_ca` turns TLS on, the other two add a client certificate.
    client_id
        Kept over restarts: the broker holds the session of a dead ingester under it.
    share
        Name of the shared subscription when several ingesters run; empty for a plain one.
    """

    host: str = "127.0.0.1"
    port: int = 1883
    username: str = "shore"
    password_file: Path | None = None
    tls_ca: Path | None = None
    tls_cert: Path | None = None
    tls_key: Path | None = None
    client_id: str = "huangyu-ingest-1"
    share: str = ""

    def __post_init__(self) -> None:
        if not 0 < self.port < 65536:
            raise ValueError(f"port {self.port} is not between 1 and 65535.")

    def password(self, environment: Mapping[str, str] = os.environ) -> str:
        """Return the secret; ConfigError when it is nowhere."""
        if "HUANGYU_MQTT_PASSWORD" in environment:
            return environment["HUANGYU_MQTT_PASSWORD"]
        if self.password_file is None:
            return ""
        try:
            return self.password_file.read_text(encoding="utf-8").strip()
        except OSError as exc:
            raise ConfigError(f"broker.password_file: cannot be read ({exc}); create it or correct the path.") from exc


@dataclass(frozen=True, kw_only=True)
class WatchSettings:
    """How often the rules look, and where they are. [s]"""

    period_s: float = 5.0
    rules_dir: Path = CONFIG_DIR / "rules"

    def __post_init__(self) -> None:
        if not 0.2 <= self.period_s <= 600:
            raise ValueError("period_s is not between 0.2 and 600 s.")


@dataclass(frozen=True, kw_only=True)
class ForecastSettings:
    """How often forecasts are issued, and the folder and feed that gridded forecasts come from. [s]"""

    period_s: float = 3600.0
    grid_folder: Path | None = None
    grid_feed: str = ""

    def __post_init__(self) -> None:
        if not 5 <= self.period_s <= 86400:
            raise ValueError("period_s is not between 5 and 86400 s.")
        if self.grid_feed and "{init" not in self.grid_feed and not self.grid_feed.startswith("s3://"):
            raise ValueError("grid_feed is neither an address with {init:%Y%m%d%H} nor an s3:// prefix.")


@dataclass(frozen=True, kw_only=True)
class SmsSettings:
    """How messages leave: channel names in order of preference, each with its own table under ``[sms.<name>]``."""

    period_s: float = 1.0
    drill: bool = False
    channels: tuple[str, ...] = ("recorder",)
    options: dict[str, dict[str, object]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ShoreSettings:
    """Everything the shore's processes need to know."""

    database: DatabaseSettings = field(default_factory=DatabaseSettings)
    broker: BrokerSettings = field(default_factory=BrokerSettings)
    watch: WatchSettings = field(default_factory=WatchSettings)
    forecast: ForecastSettings = field(default_factory=ForecastSettings)
    sms: SmsSettings = field(default_factory=SmsSettings)
    ingest: IngestSettings = field(default_factory=IngestSettings)
    dashboard: dict[str, object] = field(default_factory=dict)

    def dsn(self, environment: Mapping[str, str] = os.environ) -> str:
        """Return the database to use: ``HUANGYU_DSN`` before the file; ConfigError when neither names one."""
        dsn = environment.get("HUANGYU_DSN") or self.database.dsn
        if not dsn:
            raise ConfigError(
                "没有数据库地址。No database is named: set HUANGYU_DSN or [database] dsn in the shore settings, "
                "or run  huangyu demo  which brings its own."
            )
        return dsn


def load_shore(path: Path | None) -> ShoreSettings:
    """Return the settings of a file, or the defaults when none is given; ConfigError lists every problem."""
    if path is None:
        return ShoreSettings()
    return build(ShoreSettings, load_toml(path), where=str(path))
