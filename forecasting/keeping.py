"""A fitted model as bytes, small enough to keep one for every series."""

import io
from typing import cast, get_args

import numpy as np

from core.errors import AppError
from forecasting.engine import MODEL_VERSION, Model
from forecasting.history import Kind
from forecasting.ridge import Ridge


class StateError(AppError):
    """Kept bytes are not a model of this version: fit it anew."""


def to_bytes(model: Model) -> bytes:
    """Return a model as a compressed archive of single-precision arrays."""
    out = io.BytesIO()
    np.savez_compressed(
        out,
        version=np.array(MODEL_VERSION),
        kind=np.array(model.kind),
        seasonal=np.array(model.seasonal),
        names=np.array(model.names),
        centre=model.linear.centre.astype(np.float32),
        spread=model.linear.spread.astype(np.float32),
        offset=model.linear.offset.astype(np.float32),
        slope=model.linear.slope.astype(np.float32),
        table=model.table.astype(np.float32),
        ranks=np.round(model.ranks * 255).astype(np.uint8),
    )
    return out.getvalue()


def from_bytes(raw: bytes) -> Model:
    """Return the model that `to_bytes` kept; StateError when the bytes are something else."""
    try:
        with np.load(io.BytesIO(raw), allow_pickle=False) as kept:
            if str(kept["version"]) != MODEL_VERSION or str(kept["kind"]) not in get_args(Kind):
                raise StateError("The kept model is of another version: it will be fitted anew.")
            single = {name: kept[name].astype(np.float64) for name in ("centre", "spread", "offset", "slope", "table")}
            return Model(
                kind=cast(Kind, str(kept["kind"])),
                seasonal=bool(kept["seasonal"]),
                names=tuple(str(name) for name in kept["names"]),
                linear=Ridge(
                    centre=single["centre"], spread=single["spread"], offset=single["offset"], slope=single["slope"]
                ),
                table=single["table"],
                ranks=kept["ranks"].astype(np.float32) / 255,
            )
    except StateError:
        raise
    except Exception as exc:
        raise StateError("The kept model cannot be read: it will be fitted anew.") from exc
