"""From a TOML file to frozen settings: every problem at once, each with file and key."""

import dataclasses
import math
import tomllib
import types
import typing
from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

from core.errors import ConfigError

T = TypeVar("T")


def load_toml(path: Path) -> dict[str, Any]:
    """Return the parsed file; ConfigError says why it cannot be read."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as exc:
        raise ConfigError(f"{path}: no such file; give the path of an existing TOML file.") from exc
    except (OSError, UnicodeDecodeError) as exc:
        raise ConfigError(f"{path}: cannot be read ({exc}); it must be a UTF-8 text file.") from exc
    except tomllib.TOMLDecodeError as exc:
        raise ConfigError(f"{path}: not valid TOML ({exc}); correct that line.") from exc


def build(kind: type[T], table: Mapping[str, Any], *, where: str) -> T:
    """Return `kind` (a frozen dataclass) filled from a TOML table, nested dataclasses and tuples included.

    Raises
    ------
    ConfigError
        With one sentence per unknown key, missing key and wrong type; a ValueError of ``__post_init__``
        is a problem of its table.
    """
    problems: list[str] = []
    value = _table(kind, table, where, problems)
    if problems:
        raise ConfigError(*problems)
    return typing.cast(T, value)


def _table(kind: type, table: object, where: str, problems: list[str]) -> object:
    if not isinstance(table, Mapping):
        problems.append(f"{where}: needs a table.")
        return None
    hints = typing.get_type_hints(kind)
    fields = {f.name: f for f in dataclasses.fields(kind)}
    problems.extend(
        f"{where}: unknown key {key!r}; known are {', '.join(sorted(fields))}." for key in table if key not in fields
    )
    before, values = len(problems), {}
    for name, spec in fields.items():
        if name in table:
            values[name] = _value(hints[name], table[name], f"{where}.{name}", problems)
        elif spec.default is dataclasses.MISSING and spec.default_factory is dataclasses.MISSING:
            problems.append(f"{where}: key {name!r} is missing.")
    if len(problems) > before:
        return None
    try:
        return kind(**values)
    except ValueError as exc:
        problems.append(f"{where}: {exc}")
        return None


def _value(hint: Any, raw: object, where: str, problems: list[str]) -> object:
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        options = [a for a in args if a is not type(None)]
        return _value(options[0], raw, where, problems) if len(options) == 1 else raw
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return _table(hint, raw, where, problems)
    if origin is typing.Literal:
        return _one_of(args, raw, where, problems)
    if origin is tuple:
        return _tuple(args, raw, where, problems)
    if origin in (dict, Mapping):
        return _mapping(args, raw, where, problems)
    return _scalar(hint, raw, where, problems)


def _one_of(choices: tuple[Any, ...], raw: object, where: str, problems: list[str]) -> object:
    if not isinstance(raw, str) or raw not in choices:
        problems.append(f"{where}: {raw!r} is not one of {', '.join(map(str, choices))}.")
    return raw


def _tuple(args: tuple[Any, ...], raw: object, where: str, problems: list[str]) -> object:
    if not isinstance(raw, list):
        problems.append(f"{where}: needs a list.")
        return ()
    if len(args) == 2 and args[1] is Ellipsis:
        return tuple(_value(args[0], item, f"{where}[{i}]", problems) for i, item in enumerate(raw))
    if len(args) != len(raw):
        problems.append(f"{where}: needs exactly {len(args)} items.")
        return ()
    return tuple(_value(a, item, f"{where}[{i}]", problems) for i, (a, item) in enumerate(zip(args, raw, strict=True)))


def _mapping(args: tuple[Any, ...], raw: object, where: str, problems: list[str]) -> object:
    if not isinstance(raw, Mapping):
        problems.append(f"{where}: needs a table.")
        return {}
    return {key: _value(args[1], item, f"{where}.{key}", problems) for key, item in raw.items()}


def _finite(raw: float, where: str, problems: list[str]) -> float:
    try:
        number = float(raw)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        problems.append(f"{where}: needs a finite number.")
    return number


def _scalar(hint: Any, raw: object, where: str, problems: list[str]) -> object:
    if hint is Any or hint is object:
        return raw
    if hint is float and isinstance(raw, int | float) and not isinstance(raw, bool):
        return _finite(raw, where, problems)
    if hint is Path and isinstance(raw, str):
        return Path(raw)
    if isinstance(hint, type) and isinstance(raw, hint) and not (hint in (int, float) and isinstance(raw, bool)):
        return raw
    if isinstance(hint, type) and issubclass(hint, Enum):
        try:
            return hint(raw)
        except ValueError:
            choices = ", ".join(str(member.value) for member in hint)
            problems.append(f"{where}: {raw!r} is not one of {choices}.")
            return None
    problems.append(f"{where}: needs {getattr(hint, '__name__', hint)}, got {raw!r}.")
    return None
