"""Secrets of channels: from the environment or from a file, never from the settings."""

import os
from collections.abc import Mapping
from pathlib import Path

from core.errors import ConfigError


def read_secret(variable: str, path: Path | None, where: str, environment: Mapping[str, str] = os.environ) -> str:
    """Return the secret; ConfigError says where it was looked for."""
    if environment.get(variable):
        return environment[variable]
    if path is None:
        raise ConfigError(f"{where}: no secret; set {variable} in the environment or name a file.")
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError as exc:
        raise ConfigError(f"{where}: {path} cannot be read ({exc}); create it or set {variable}.") from exc
