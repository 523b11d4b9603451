"""A gateway on a Raspberry Pi carries nothing heavy, and never sees the store."""

import dataclasses
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

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
