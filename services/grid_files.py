"""Files of gridded forecasts: NetCDF, Zarr and GRIB as xarray Datasets; no content of a file can stop a service."""

import json
import os
import subprocess
import sys
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from forecasting.grids.nwp import FURTHEST_M, SURFACE_M, Box, GridError, GridRun, read_run

LONGEST_REASON = 160
"""Libraries tell whole pages of what they tried; people read a line. [characters]"""
GRIB_SUFFIXES = (".grib", ".grib2", ".grb", ".grb2")
SUFFIXES = (".nc", ".nc4", *GRIB_SUFFIXES, ".zarr")
GRIB_TAIL = 64
"""A GRIB field ends with 7777; bulletins add a few marks of their own. [B]"""
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
"""Every thread of the linear algebra reserves memory at its start, which the reader's limit would count."""
READ_S = 300.0
"""A GRIB file that takes longer than this is given up. [s]"""


def read_file(path: Path, box: Box, init_at: datetime | None = None) -> GridRun:
    """Return the run in a file, cut to our sea.

    GRIB is read by a process of its own: its library ends the whole process on a few flipped bits, or never comes back.

    Raises
    ------
    GridError
        See `open_grid` and `forecasting.grids.nwp.read_run`.
    """
    if path.suffix.lower() in GRIB_SUFFIXES:
        return _read_apart(path, box, init_at)
    with open_grid(path) as dataset:
        return read_run(dataset, box, init_at)


def _read_apart(path: Path, box: Box, init_at: datetime | None) -> GridRun:
    """Return what `services.grid_apart` reads."""
    if path.is_file() and b"7777" not in _last_bytes(path, GRIB_TAIL):
        raise GridError(f"{path}: the end of its last field is missing: it was cut off or is no GRIB; fetch it again.")
    with tempfile.TemporaryDirectory(prefix="huangyu-grib-") as folder:
        out = Path(folder) / "run.npz"
        asked = {"path": str(path), "out": str(out), "box": asdict(box), "init_at": init_at and init_at.isoformat()}
        command = [sys.executable, "-m", "services.grid_apart", json.dumps(asked)]
        try:
            done = subprocess.run(
                command, capture_output=True, timeout=READ_S, check=False, env=os.environ | ONE_THREAD
            )
        except subprocess.TimeoutExpired as exc:
            raise GridError(f"{path}: not read within {READ_S:.0f} s; fetch it again or ask for less.") from exc
        if done.returncode == 1 and done.stdout:
            raise GridError(done.stdout.decode().strip())
        if done.returncode:
            raise GridError(f"{path}: its content breaks the GRIB library ({done.returncode}); fetch it again.")
        return load_run(out)


def save_run(run: GridRun, out: Path) -> None:
    """Write a run as a file of plain arrays."""
    head = json.dumps({"init_at": run.init_at.isoformat(), "missing": run.missing})
    arrays: dict[str, Any] = {f"value_{name}": values for name, values in run.values.items()}
    arrays |= {"head": np.array(head), "lat_deg": run.lat_deg, "lon_deg": run.lon_deg, "lead_h": run.lead_h}
    np.savez(out, allow_pickle=False, **arrays)


def load_run(out: Path) -> GridRun:
    """Return a run written by `save_run`."""
    with np.load(out, allow_pickle=False) as stored:
        head = json.loads(str(stored["head"]))
        names = [name for name in stored.files if name.startswith("value_")]
        return GridRun(
            init_at=datetime.fromisoformat(head["init_at"]),
            lat_deg=stored["lat_deg"],
            lon_deg=stored["lon_deg"],
            lead_h=stored["lead_h"],
            values={name.removeprefix("value_"): stored[name] for name in names},
            missing=tuple(head["missing"]),
        )


@contextmanager
def open_grid(path: Path) -> Iterator[Any]:
    """Give a file as an xarray Dataset from which only what is asked for is read.

    Raises
    ------
    GridError
        No such file, a damaged file, or a format whose library is missing (GRIB: extra `grib`, Zarr: extra `zarr`);
        also when the damage only shows on reading.
    """
    suffix = path.suffix.lower()
    if not path.exists():
        raise GridError(f"没有这个文件。{path}: no such file; give the path of a NetCDF, GRIB or Zarr run.")
    form = "zarr" if suffix == ".zarr" else "grib" if suffix in GRIB_SUFFIXES else "shore"
    try:
        with _open_grib(path) if form == "grib" else _open_plain(path, form) as dataset:
            yield dataset
    except ModuleNotFoundError as exc:
        raise GridError(f"{path}: reading this format needs {exc.name}: install huangyu[{form}].") from exc
    except _damages(form) as exc:
        reason = next(iter(str(exc).splitlines()), type(exc).__name__)[:LONGEST_REASON]
        raise GridError(
            f"不是能读的数值预报文件。{path}: cannot be read as a grid ({reason}); fetch it again."
        ) from exc


def _open_plain(path: Path, form: str) -> Any:
    import xarray  # noqa: PLC0415  (heavy, and only wanted where grids are)

    if form != "zarr":
        return xarray.open_dataset(path)
    import zarr as _  # noqa: F401, PLC0415  (extra; xarray without it names no package)

    # A Zarr folder on disk need not be consolidated, and looking for that only warns.
    return xarray.open_dataset(path, engine="zarr", backend_kwargs={"consolidated": False})


def _open_grib(path: Path) -> Any:
    """Return the fields of a GRIB file on one grid, whatever level each is given at; no index file is left beside it.

    Raises
    ------
    ValueError
        Nothing in the file can be read.
    """
    import xarray  # noqa: PLC0415
    from cfgrib import open_datasets  # noqa: PLC0415  (extra)

    parts = [part for part in open_datasets(str(path), backend_kwargs={"indexpath": ""}) if _is_surface(part)]
    if not parts:
        raise ValueError("no field near the surface in it")
    # Waves are given at the surface and wind at 10 m: the level is a number beside each part and would clash.
    levels = [[n for n, c in part.coords.items() if not c.ndim and n not in ("time", "number")] for part in parts]
    plain = [part.drop_vars(names) for part, names in zip(parts, levels, strict=True)]
    return xarray.merge(plain, compat="override", join="outer", combine_attrs="drop_conflicts")


def _last_bytes(path: Path, count: int) -> bytes:
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - count))
        return file.read()


def _is_surface(part: Any) -> bool:
    """Return whether a part of a GRIB file is given at the surface or near the height of measured wind."""
    height = part.coords.get("heightAboveGround")
    aloft = height is not None and float(np.abs(np.ravel(height.values) - SURFACE_M).min()) > FURTHEST_M
    return not aloft and not any(str(name).startswith("isobaric") for name in part.coords)


def _damages(form: str) -> tuple[type[Exception], ...]:
    """Return everything that the libraries raise on files that were cut off, mixed up or made to harm."""
    known = (OSError, ValueError, LookupError, TypeError, AttributeError, RuntimeError, EOFError, MemoryError,
             ArithmeticError, zlib.error)  # fmt: skip
    if form != "grib":
        return known
    from eccodes import CodesInternalError  # noqa: PLC0415  (extra)

    return (*known, CodesInternalError)
