"""Any CSV as an hourly table, in whatever encoding, separator and way of writing times it was left in."""

from pathlib import Path
from typing import Any

from core.errors import ConfigError

ENCODINGS = ("utf-8-sig", "gb18030")
"""Of files, tried in turn: Excel in China saves CSV in GBK."""
SEPARATORS = (";", "\t", "|")
EPOCH_S = (1e8, 4e9)
"""Numbers between these are Unix seconds, a thousand times as large milliseconds: 1973 to 2096. [s]"""


def read_table(file: Path, *, time: str, column: str, covariates: str) -> Any:
    """Return a CSV as an hourly table with columns ``y`` and the covariates; what is no number counts as missing.

    Raises
    ------
    ConfigError
        No such file or column, times that cannot be read, or no number at all in the column.
    """
    import pandas as pd  # noqa: PLC0415

    raw = _raw(file)
    absent = [name for name in (time, column) if name not in raw.columns]
    if absent:
        raise ConfigError(
            f"没有这一列。{file}: no column {', '.join(absent)}; it has {', '.join(map(str, raw.columns))[:300]}. "
            "Name them with --time and --column."
        )
    wanted = [c for c in raw.columns if c not in (time, column)] if covariates == "all" else covariates.split(",")
    unknown = [name for name in wanted if name and name not in raw.columns]
    if unknown:
        raise ConfigError(f"没有这一列。--covariates names {', '.join(unknown)}, which is no column of {file.name}.")
    values = {"y": _numbers(raw[column])}
    if not values["y"].notna().any():
        raise ConfigError(f"这一列没有数值。{file}: column {column!r} holds no number; name another with --column.")
    values |= {name: _numbers(raw[name]) for name in wanted if name}
    table = pd.DataFrame({name: column.to_numpy(dtype=float) for name, column in values.items()})
    table.index = _times(raw[time], file)
    return table[table.index.notna()].sort_index().resample("1h").mean()


def _raw(file: Path) -> Any:
    """Return the file as pandas reads it, in the first encoding and with the first separator that fit."""
    import pandas as pd  # noqa: PLC0415

    reason = ""
    for encoding in ENCODINGS:
        try:
            found = pd.read_csv(file, encoding=encoding)
            if len(found.columns) == 1:
                found = next((t for s in SEPARATORS if len((t := _split(file, encoding, s)).columns) > 1), found)
            return found.rename(columns=str.strip)
        except FileNotFoundError as exc:
            raise ConfigError(f"没有这个文件。{file}: no such file; give the path of a CSV.") from exc
        except UnicodeDecodeError as exc:
            reason = f"neither UTF-8 nor GBK text: {exc.reason}"
        except (OSError, ValueError, EOFError, AttributeError, TypeError) as exc:
            raise ConfigError(f"不是能读的 CSV。{file}: cannot be read as CSV ({str(exc).strip()}).") from exc
    raise ConfigError(f"不是能读的 CSV。{file}: cannot be read as CSV ({reason}).")


def _split(file: Path, encoding: str, separator: str) -> Any:
    import pandas as pd  # noqa: PLC0415

    return pd.read_csv(file, encoding=encoding, sep=separator, decimal="," if separator == ";" else ".")


def _numbers(column: Any) -> Any:
    import pandas as pd  # noqa: PLC0415

    return pd.to_numeric(column, errors="coerce")


def _times(column: Any, file: Path) -> Any:
    """Return times as UTC: Unix seconds or milliseconds, ISO 8601, or as Excel writes them (2026/1/5 8:00)."""
    import pandas as pd  # noqa: PLC0415

    numbers = pd.to_numeric(column, errors="coerce")
    middle = float(numbers.median()) if numbers.notna().mean() > 0.5 else 0.0
    for unit, scale in (("s", 1.0), ("ms", 1e3)):
        if EPOCH_S[0] * scale <= middle <= EPOCH_S[1] * scale:
            return pd.DatetimeIndex(pd.to_datetime(numbers, unit=unit, utc=True, errors="coerce"))
    times = pd.to_datetime(column.astype(str), utc=True, format="mixed", errors="coerce")
    wrong = column[times.isna()]
    if len(wrong) > len(column) / 2:
        raise ConfigError(
            f"时间格式不对。{file}: {wrong.iloc[0]!r} is no time; write times as 2026-01-05T08:00Z, 2026-01-05 08:00 "
            "or Unix seconds."
        )
    return pd.DatetimeIndex(times)
