"""Quality flags of QARTOD, with the one rule by which several become one."""

from collections.abc import Iterable
from enum import IntEnum


class QcFlag(IntEnum):
    """Primary-level flags (IOOS QARTOD Manual for Flagging, 2020, table 1)."""

    GOOD = 1
    UNKNOWN = 2
    SUSPECT = 3
    FAIL = 4
    MISSING = 9


_RANK = {QcFlag.UNKNOWN: 0, QcFlag.GOOD: 1, QcFlag.SUSPECT: 2, QcFlag.FAIL: 3, QcFlag.MISSING: 4}


def worst(flags: Iterable[QcFlag]) -> QcFlag:
    """Return the gravest of `flags`; a test that could not judge (UNKNOWN) never outweighs one that did.

    An empty iterable gives UNKNOWN. Order as in ``ioos_qc.qartod.qartod_compare``.
    """
    return max(flags, key=_RANK.__getitem__, default=QcFlag.UNKNOWN)


def usable(flag: QcFlag) -> bool:
    """Return whether a decision may rest on a value with this flag (GOOD or not evaluated)."""
    return flag in (QcFlag.GOOD, QcFlag.UNKNOWN)
