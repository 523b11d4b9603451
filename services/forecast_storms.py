"""Typhoons in forecasts of waves and wind where no grid covers: a parametric storm as the least that is expected."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from forecasting.model.predictive import LEVELS, Predictive
from forecasting.series.harmonics import Floats
from forecasting.series.scale import to_model
from services.forecast_grids import GRIDDED
from services.forecast_inputs import Place, hour_start
from services.storms import TyphoonRules, concerns, load_typhoon_rules, local_members, nearby, storms_now

Key = tuple[str, str, str]
MODEL_ERROR = 0.2
"""Spread of a parametric storm's wind and waves around the truth at a known track, as share of them (ours; scatter
indices of parametric winds at buoys are 0.15 to 0.25)."""
SEED = 8


@dataclass(frozen=True, kw_only=True)
class StormCourse:
    """What equally likely storms bring to one place, shape ``(member, lead)``, in the quantity's unit."""

    values: Floats
    notice: tuple[str, str]

    def floor(self, predictive: Predictive) -> Predictive:
        """Return a forecast in which no quantile lies below the storm's own: the sea without it is the least."""
        leads = min(predictive.horizon, self.values.shape[1])
        random = np.random.default_rng(SEED)
        scatter = np.exp(MODEL_ERROR * random.standard_normal((len(self.values), 1)))
        storm = np.quantile(to_model(self.values[:, :leads] * scatter, predictive.kind), LEVELS, axis=0)
        table = predictive.table.copy()
        table[:, :leads] = np.maximum(table[:, :leads], storm)
        return Predictive(kind=predictive.kind, table=table, ranks=predictive.ranks)


async def storm_courses(
    store: Any, places: Sequence[Place], covered: Collection[Key], rules_dir: Path, at: datetime
) -> Mapping[Key, StormCourse]:
    """Return the storm's course at every place of waves or wind that it concerns and no grid covers."""
    rules = load_typhoon_rules(rules_dir)
    storms = await storms_now(store, rules, at)
    courses: dict[Key, StormCourse] = {}
    for place in places if storms else ():
        if place.quantity in GRIDDED and place.key not in covered:
            course = _course(place, storms, rules, at)
            if course is not None:
                courses[place.key] = course
    return courses


def _course(place: Place, storms: Sequence[Any], rules: TyphoonRules, at: datetime) -> StormCourse | None:
    if place.lat_deg is None or place.lon_deg is None:
        return None
    lat_deg, lon_deg = nearby(place.lat_deg), nearby(place.lon_deg)
    near = [storm for storm in storms if concerns(storm, lat_deg, lon_deg, rules)]
    if not near:
        return None
    fields = [local_members(s, lat_deg, lon_deg, hour_start(at), rules.reach_h, rules.members) for s in near]
    each = [np.stack([m.hs_m if place.quantity == "hs_m" else m.wind_mps for m in members]) for members in fields]
    names_zh = "、".join(s.called_zh for s in near)
    names_en = ", ".join(s.called_en for s in near)
    return StormCourse(
        values=np.max(each, axis=0),
        notice=(
            f"没有覆盖本站的数值预报，台风{names_zh}的影响按路径预报估算",
            f"no grid covers this place: typhoon {names_en} is estimated from its forecast track",
        ),
    )
