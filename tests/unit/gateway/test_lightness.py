"""A gateway on a Raspberry Pi carries nothing heavy, and never sees the store."""

import dataclasses
import json
import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement

from core import profiles
from gateway import config

HEAVY = {"numpy", "pandas", "streamlit", "psycopg", "scipy", "xarray", "pymodbus", "amqtt", "sqlalchemy", "store"}


def test_running_gateway_imports_nothing_heavy() -> None:
    program = (
        "import json, sys; import services.cli.gateway, services.cli.replay; "
        "print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert HEAVY.isdisjoint(json.loads(done.stdout))


def test_gateway_extra_names_nothing_heavy() -> None:
    extra = tomllib.loads(Path("pyproject.toml").read_text())["project"]["optional-dependencies"]["gateway"]
    names = {re.split(r"[<>=\[ ]", line)[0].lower() for line in extra}
    assert names.isdisjoint(HEAVY)


def test_nothing_that_the_gateway_extra_pulls_is_heavy() -> None:
    """As pip resolves it: the extra's requirements, theirs, and so on, read from what is installed here."""
    project = tomllib.loads(Path("pyproject.toml").read_text())["project"]
    waiting = [Requirement(line) for line in [*project["dependencies"], *project["optional-dependencies"]["gateway"]]]
    pulled: set[str] = set()
    while waiting:
        wanted = waiting.pop()
        if wanted.name.lower() in pulled:
            continue
        pulled.add(wanted.name.lower())
        extras = [{"extra": extra} for extra in ("", *wanted.extras)]
        for line in metadata.requires(wanted.name) or ():
            needed = Requirement(line)
            if needed.marker is None or any(needed.marker.evaluate(extra) for extra in extras):
                waiting.append(needed)
    assert {"aiomqtt", "pyserial"} <= pulled
    assert HEAVY.isdisjoint(pulled)


def test_every_gateway_setting_and_profile_key_is_in_the_guide() -> None:
    guide = Path("docs/gateway.md").read_text(encoding="utf-8")
    kinds = [getattr(config, name) for name in dir(config) if name.endswith("Section")]
    kinds += [config.Tls, profiles.Register, profiles._ProfileHead]
    missing = {
        f"{kind.__name__}.{field.name}"
        for kind in kinds
        for field in dataclasses.fields(kind)
        if field.name not in guide
    }
    assert missing == set()
