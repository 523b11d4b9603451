"""Named arrays and texts as a few compressed bytes and back; nothing in the bytes is ever run."""

import json
import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAGIC = b"HYM1"
MOST_BYTES = 4_000_000
"""Unpacked bytes beyond this are refused: no model is that large, and a bomb is."""
DTYPES = frozenset({"<f2", "<f4", "|i1", "<i2"})
Array = NDArray[Any]


class PackError(ValueError):
    """Bytes are not what `packed` makes."""


def packed(texts: Mapping[str, str], arrays: Mapping[str, Array]) -> bytes:
    """Return texts and arrays (half, single, one- and two-byte integers) as bytes."""
    shapes = [[name, array.dtype.newbyteorder("<").str, list(array.shape)] for name, array in arrays.items()]
    head = json.dumps({"texts": dict(texts), "arrays": shapes}).encode()
    body = b"".join(np.ascontiguousarray(a, dtype=a.dtype.newbyteorder("<")).tobytes() for a in arrays.values())
    return MAGIC + zlib.compress(len(head).to_bytes(4, "little") + head + body, 9)


def unpacked(raw: bytes) -> tuple[dict[str, str], dict[str, Array]]:
    """Return what was packed; PackError for anything else."""
    if not raw.startswith(MAGIC):
        raise PackError("not a packed model")
    try:
        engine = zlib.decompressobj()
        whole = engine.decompress(raw[len(MAGIC) :], MOST_BYTES)
        if not engine.eof:
            raise PackError("cut short or too large")
        size = int.from_bytes(whole[:4], "little")
        head = json.loads(whole[4 : 4 + size])
        return {str(k): str(v) for k, v in head["texts"].items()}, _arrays(head["arrays"], whole[4 + size :])
    except (zlib.error, ValueError, KeyError, TypeError, AttributeError, RecursionError) as exc:
        raise PackError(str(exc)) from exc


def _arrays(shapes: list[tuple[str, str, list[int]]], body: bytes) -> dict[str, Array]:
    found: dict[str, Array] = {}
    at = 0
    for name, kind, shape in shapes:
        if kind not in DTYPES or any(side < 0 for side in shape):
            raise PackError(f"an array of {kind} and {shape} is none of ours")
        dtype = np.dtype(kind)
        count = int(np.prod(shape, dtype=np.int64))
        found[name] = np.frombuffer(body, dtype=dtype, count=count, offset=at).reshape(shape)
        at += count * dtype.itemsize
    return found
