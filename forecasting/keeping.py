"""A fitted model as bytes, small enough to keep one for every series."""

import io
from typing import Any, cast, get_args

import numpy as np

from core.errors import AppError
from forecasting.analogs import Library
from forecasting.calibration import Remap
from forecasting.engine import MODEL_VERSION, Model
from forecasting.history import Kind
from forecasting.known_ahead import KnownAhead
from forecasting.ridge import Ridge
from forecasting.spread import Spread

UNKNOWN = -128
"""Stands for an unknown error among eight-bit ones."""
TOP = 127


class StateError(AppError):
    """Kept bytes are not a model of this version: fit it anew."""


def to_bytes(model: Model) -> bytes:
    """Return a model as a compressed archive: half precision for slopes, eight bits for the analogs' errors.

    The eight bits hold the square root of an error's size, so that they are finest near zero, where most errors lie.
    """
    out = io.BytesIO()
    largest = np.nanmax(np.abs(model.book.error), axis=0)
    unit = np.where(np.isfinite(largest) & (largest > 0), largest, 1.0)
    root = np.sign(model.book.error) * np.sqrt(np.abs(model.book.error) / unit)
    error = np.where(np.isfinite(root), np.round(TOP * root), UNKNOWN).astype(np.int8)
    np.savez_compressed(
        out,
        version=np.array(MODEL_VERSION),
        kind=np.array(model.kind),
        seasonal=np.array(model.seasonal),
        names=np.array("\n".join(model.names)),
        centre=model.linear.centre.astype(np.float32),
        spread=model.linear.spread.astype(np.float32),
        offset=model.linear.offset.astype(np.float32),
        slope=model.linear.slope.astype(np.float16),
        width_columns=np.array(model.width.columns, dtype=np.int16),
        width_centre=model.width.centre.astype(np.float32),
        width_spread=model.width.spread.astype(np.float32),
        width_slope=model.width.slope.astype(np.float16),
        table=model.table.astype(np.float16),
        hours=model.book.hours.astype(np.float32),
        coordinates=model.book.coordinates.astype(np.float16),
        scale=model.book.scale.astype(np.float32),
        error=error,
        neighbours=np.array(model.book.neighbours),
        unit=unit.astype(np.float32),
        share=model.share.astype(np.float16),
        remap=model.remap.level.astype(np.float16),
        believed=np.array(model.believed),
        **_ahead_arrays(model.ahead),
    )
    return out.getvalue()


def _ahead_arrays(ahead: KnownAhead | None) -> dict[str, Any]:
    """Return a correction by what is known ahead as arrays, nothing where there is none."""
    if ahead is None:
        return {}
    return {
        "ahead_names": np.array("\n".join(ahead.names)),
        "ahead_centre": ahead.centre.astype(np.float32),
        "ahead_spread": ahead.spread.astype(np.float32),
        "ahead_slope": ahead.slope.astype(np.float16),
        "ahead_offset": ahead.offset.astype(np.float32),
        "ahead_reach": ahead.reach.astype(np.float32),
        "ahead_risen": ahead.risen.astype(np.float32),
    }


def from_bytes(raw: bytes) -> Model:
    """Return the model that `to_bytes` kept; StateError when the bytes are something else."""
    try:
        with np.load(io.BytesIO(raw), allow_pickle=False) as kept:
            if str(kept["version"]) != MODEL_VERSION or str(kept["kind"]) not in get_args(Kind):
                raise StateError("The kept model is of another version: it will be fitted anew.")
            return _model({name: kept[name] for name in kept.files})
    except StateError:
        raise
    except Exception as exc:
        raise StateError("The kept model cannot be read: it will be fitted anew.") from exc


def _model(kept: dict[str, Any]) -> Model:
    real = {name: array.astype(np.float64) for name, array in kept.items() if array.dtype.kind == "f"}
    root = kept["error"].astype(np.float64) / TOP
    error = np.where(kept["error"] == UNKNOWN, np.nan, root * np.abs(root) * real["unit"])
    return Model(
        kind=cast(Kind, str(kept["kind"])),
        seasonal=bool(kept["seasonal"]),
        names=tuple(str(kept["names"]).split("\n")),
        linear=Ridge(centre=real["centre"], spread=real["spread"], offset=real["offset"], slope=real["slope"]),
        width=Spread(
            columns=tuple(int(c) for c in kept["width_columns"]),
            centre=real["width_centre"],
            spread=real["width_spread"],
            slope=real["width_slope"],
        ),
        table=real["table"],
        book=Library(
            hours=real["hours"],
            coordinates=real["coordinates"],
            scale=real["scale"],
            error=error,
            neighbours=int(kept["neighbours"]),
        ),
        share=real["share"],
        remap=Remap(level=real["remap"]),
        believed=float(real["believed"]),
        ahead=_ahead(kept, real),
    )


def _ahead(kept: dict[str, Any], real: dict[str, Any]) -> KnownAhead | None:
    if "ahead_names" not in kept:
        return None
    return KnownAhead(
        kind=cast(Kind, str(kept["kind"])),
        names=tuple(str(kept["ahead_names"]).split("\n")),
        centre=real["ahead_centre"],
        spread=real["ahead_spread"],
        slope=real["ahead_slope"],
        offset=real["ahead_offset"],
        reach=real["ahead_reach"],
        risen=real["ahead_risen"],
    )
