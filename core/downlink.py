"""What the shore says to a gateway: the messages of the command and the config topic, and what a config may hold."""

import hashlib
import json
import tomllib

LOCAL_ONLY = ("gateway", "broker", "spool", "clock", "http", "command", "platform")
"""Sections of a gateway's settings that no message from shore may change: who it is, whom it obeys, what it may do."""
MAX_CONFIG_BYTES = 262_144


def command_message(name: str, value: int, *, by: str, issued_at_s: float, expires_at_s: float) -> bytes:
    """Return the message of a command; times are Unix seconds."""
    told = {"command": name, "value": value, "by": by, "issued_at": issued_at_s, "expires_at": expires_at_s}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def config_message(version: int, text: str) -> bytes:
    """Return the message of a configuration (TOML), with its hash; ValueError for lone surrogates."""
    told = {"version": version, "toml": text, "sha256": hashlib.sha256(text.encode()).hexdigest()}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


def config_problems(text: str) -> list[str]:
    """Return why no gateway can take a configuration, as far as that can be told without its own file."""
    try:
        table = tomllib.loads(text)
        size = len(config_message(1, text))
    except (ValueError, RecursionError) as exc:
        return [f"not valid TOML ({exc})."]
    problems = []
    if size > MAX_CONFIG_BYTES:
        problems.append(f"too long: {size} bytes of at most {MAX_CONFIG_BYTES}.")
    if not table:
        problems.append("empty: a configuration names at least one bus, unit or input.")
    if forbidden := [key for key in LOCAL_ONLY if key in table]:
        problems.append(f"may not contain [{'], ['.join(forbidden)}]; those stay local.")
    return problems
