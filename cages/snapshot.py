"""What is known of one cage at one moment: the newest samples of each of its series, with flag and age."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from core.finding import Place, Subject, SubjectKind
from core.qc import QcFlag
from core.reading import SeriesKey


@dataclass(frozen=True, kw_only=True, slots=True)
class Sample:
    """One value of a series; `value` is None where the instrument had none."""

    observed_at: datetime
    value: float | None
    qc: QcFlag


@dataclass(frozen=True, kw_only=True)
class SeriesWindow:
    """The last samples of one series, oldest first; `depth_m` below the surface where it has one. [m]"""

    key: SeriesKey
    samples: tuple[Sample, ...]
    depth_m: float | None = None

    def good_values(self, *, since: datetime, until: datetime) -> list[float]:
        """Return the values flagged GOOD in a time span, oldest first: only these may decide anything."""
        return [
            sample.value
            for sample in self.samples
            if sample.value is not None and sample.qc is QcFlag.GOOD and since <= sample.observed_at <= until
        ]

    @property
    def newest(self) -> Sample | None:
        """Return the last sample, whatever its flag."""
        return self.samples[-1] if self.samples else None


@dataclass(frozen=True, kw_only=True)
class CageSnapshot:
    """One cage as the rules see it.

    Parameters
    ----------
    cage, name, farm
        Ids, and what people call it.
    windows
        Series of this cage by key.
    place
        Where it is moored.
    """

    cage: str
    name: str
    farm: str
    windows: Mapping[SeriesKey, SeriesWindow]
    place: Place | None = None
    attributes: Mapping[str, float | str | None] = field(default_factory=dict)

    @property
    def subject(self) -> Subject:
        """Return the cage as the subject of a finding."""
        return Subject(kind=SubjectKind.CAGE, id=self.cage, name=self.name)

    def of_quantity(self, quantity: str) -> list[SeriesWindow]:
        """Return the windows of a quantity at every point, by point."""
        return list(self._by_quantity.get(quantity, ()))

    @cached_property
    def _by_quantity(self) -> Mapping[str, list[SeriesWindow]]:
        groups: dict[str, list[SeriesWindow]] = {}
        for key in sorted(self.windows, key=lambda k: (k.cage, k.point)):
            groups.setdefault(key.quantity, []).append(self.windows[key])
        return groups
