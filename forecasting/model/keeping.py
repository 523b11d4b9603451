"""A fitted model as bytes, small enough to keep one for every series."""

from typing import cast, get_args

import numpy as np

from core.errors import AppError
from forecasting.model.analogs import Library
from forecasting.model.calibration import Remap
from forecasting.model.engine import MODEL_VERSION, Model
from forecasting.model.known_ahead import KnownAhead
from forecasting.model.packing import Array, PackError, packed, unpacked
from forecasting.model.ridge import Ridge
from forecasting.model.spread import Spread
from forecasting.series.harmonics import Floats
from forecasting.series.history import Kind

UNKNOWN = -128
"""Stands for an unknown error among eight-bit ones."""
TOP = 127
FAITHFUL = 0.005
"""A slope is kept as a product of few columns and rows that differs from it by at most this share."""
Arrays = dict[str, Array]


class StateError(AppError):
    """Kept bytes are not a model of this version: fit it anew."""


def to_bytes(model: Model) -> bytes:
    """Return a model as compressed bytes: half precision, few-column products for slopes, eight bits for analogs."""
    texts = {"version": MODEL_VERSION, "kind": model.kind, "names": "\n".join(model.names)}
    arrays: Arrays = {
        "flags": np.array([model.seasonal, model.ahead is not None, model.book.neighbours], dtype=np.int16),
        "believed": np.array([model.believed], dtype=np.float32),
        "centre": model.linear.centre.astype(np.float32),
        "spread": model.linear.spread.astype(np.float32),
        "offset": model.linear.offset.astype(np.float32),
        **_product("slope", model.linear.slope),
        "width_columns": np.array(model.width.columns, dtype=np.int16),
        "width_centre": model.width.centre.astype(np.float32),
        "width_spread": model.width.spread.astype(np.float32),
        **_product("width_slope", model.width.slope),
        "table": model.table.astype(np.float16),
        "share": model.share.astype(np.float16),
        "remap": model.remap.level.astype(np.float16),
        **_book_arrays(model.book),
    }
    if model.ahead is not None:
        texts["ahead_names"] = "\n".join(model.ahead.names)
        arrays |= _ahead_arrays(model.ahead)
    return packed(texts, arrays)


def _product(name: str, slope: Floats) -> Arrays:
    """Return a matrix as the shortest product of two that is `FAITHFUL` to it."""
    left, size, right = np.linalg.svd(slope, full_matrices=False)
    lost = np.sqrt(np.cumsum(np.square(size)[::-1])[::-1])
    rank = max(1, int((lost > FAITHFUL * max(float(lost[0]), 1e-12)).sum()))
    root = np.sqrt(size[:rank])
    return {
        f"{name}_left": (left[:, :rank] * root).astype(np.float16),
        f"{name}_right": (root[:, None] * right[:rank]).astype(np.float16),
    }


def _book_arrays(book: Library) -> Arrays:
    """Return analogs in eight bits; of errors the root, finest near zero where most lie, as steps from lead to lead."""
    largest = np.nanmax(np.abs(book.coordinates), axis=0, initial=1e-6)
    unit = np.nanmax(np.abs(book.error), axis=0, initial=1e-6)
    root = np.sign(book.error) * np.sqrt(np.abs(book.error) / unit)
    coded = np.where(np.isfinite(root), np.round(TOP * root), UNKNOWN).astype(np.int16)
    return {
        "hours": book.hours.astype(np.float32),
        "largest": largest.astype(np.float32),
        "coordinates": np.round(TOP * book.coordinates / largest).astype(np.int8),
        "scale": book.scale.astype(np.float32),
        "unit": unit.astype(np.float32),
        "error_steps": np.diff(coded, axis=1, prepend=np.int16(0)).astype(np.int8),
    }


def _ahead_arrays(ahead: KnownAhead) -> Arrays:
    return {
        "ahead_centre": ahead.centre.astype(np.float16),
        "ahead_spread": ahead.spread.astype(np.float16),
        "ahead_slope": ahead.slope.astype(np.float16),
        "ahead_offset": ahead.offset.astype(np.float32),
        "ahead_reach": ahead.reach.astype(np.float32),
        "ahead_risen": ahead.risen.astype(np.float32),
    }


def from_bytes(raw: bytes) -> Model:
    """Return the model that `to_bytes` kept; StateError when the bytes are something else."""
    try:
        texts, arrays = unpacked(raw)
        if texts["version"] != MODEL_VERSION or texts["kind"] not in get_args(Kind):
            raise StateError("The kept model is of another version: it will be fitted anew.")
        return _model(texts, arrays)
    except (PackError, KeyError, ValueError, IndexError) as exc:
        raise StateError("The kept model cannot be read: it will be fitted anew.") from exc


def _model(texts: dict[str, str], kept: Arrays) -> Model:
    real = {name: array.astype(np.float64) for name, array in kept.items()}
    seasonal, told, neighbours = (int(flag) for flag in kept["flags"])
    kind = cast(Kind, texts["kind"])
    return Model(
        kind=kind,
        seasonal=bool(seasonal),
        names=tuple(texts["names"].split("\n")),
        linear=Ridge(
            centre=real["centre"],
            spread=real["spread"],
            offset=real["offset"],
            slope=real["slope_left"] @ real["slope_right"],
        ),
        width=Spread(
            columns=tuple(int(c) for c in kept["width_columns"]),
            centre=real["width_centre"],
            spread=real["width_spread"],
            slope=real["width_slope_left"] @ real["width_slope_right"],
        ),
        table=real["table"],
        book=_book(kept, real, neighbours),
        share=real["share"],
        remap=Remap(level=real["remap"]),
        believed=float(real["believed"][0]),
        ahead=_ahead(kind, texts["ahead_names"], real) if told else None,
    )


def _book(kept: Arrays, real: dict[str, Floats], neighbours: int) -> Library:
    coded = np.cumsum(kept["error_steps"], axis=1, dtype=np.int8)
    root = coded / TOP
    return Library(
        hours=real["hours"],
        coordinates=real["coordinates"] * real["largest"] / TOP,
        scale=real["scale"],
        error=np.where(coded == UNKNOWN, np.nan, root * np.abs(root) * real["unit"]),
        neighbours=neighbours,
    )


def _ahead(kind: Kind, names: str, real: dict[str, Floats]) -> KnownAhead:
    return KnownAhead(
        kind=kind,
        names=tuple(names.split("\n")),
        centre=real["ahead_centre"],
        spread=real["ahead_spread"],
        slope=real["ahead_slope"],
        offset=real["ahead_offset"],
        reach=real["ahead_reach"],
        risen=real["ahead_risen"],
    )
