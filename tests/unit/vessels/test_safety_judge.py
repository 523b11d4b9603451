"""The thin loop over the rules: memory, announced alarms, hysteresis through open keys."""

from dataclasses import replace
from datetime import datetime

import pytest

from core.finding import Condition, Finding
from services.judges import JudgeContext
from services.judges.safety import DistressJudge, SafetyJudge
from vessels.distress_signals import Signal

from .safety_helpers import AT, RULES_DIR, CalmStore, boat, merchant, minutes


async def look(judge: SafetyJudge | DistressJudge, store: CalmStore, at: datetime, *open_keys: str) -> list[Finding]:
    return await judge(JudgeContext(store=store, rules_dir=RULES_DIR, at=at, open_keys=frozenset(open_keys)))


@pytest.mark.parametrize("kind", [SafetyJudge, DistressJudge])
async def test_judge_sart_is_one_alarm_and_stays_silent_after_closing(
    kind: type[SafetyJudge] | type[DistressJudge],
) -> None:
    store, judge = CalmStore(), kind()
    store.safety.signals = [Signal(device="970010119", observed_at=AT, lat_deg=27.9, lon_deg=121.4, nav_status=14)]
    (raised,) = await look(judge, store, AT)
    assert raised.rule == "vessels.distress"
    store.safety.signals.append(replace(store.safety.signals[0], observed_at=AT + minutes(1)))
    (kept,) = await look(judge, store, AT + minutes(1), raised.key)
    assert kept.key == raised.key
    store.safety.signals.append(replace(store.safety.signals[0], observed_at=AT + minutes(2)))
    assert await look(judge, store, AT + minutes(2)) == []  # a person closed it
    assert await look(kind(), store, AT + minutes(3)) == []  # also after a restart


async def test_judge_message_delivered_hours_late_still_alarms() -> None:
    store = CalmStore()
    store.safety.signals = [Signal(device="972010119", observed_at=AT, lat_deg=27.9, lon_deg=121.4)]
    assert len(await look(SafetyJudge(), store, AT + minutes(180))) == 1
    assert await look(SafetyJudge(), CalmStore(), AT) == []


async def test_judge_collision_is_raised_kept_and_cleared_once() -> None:
    store, judge = CalmStore(), SafetyJudge()
    pair = [merchant(477000001, 27.5, 121.8, 14.0, 0.0), boat(412300001, 27.52, 121.8, 4.0, 180.0)]
    store.safety.targets = pair
    (raised,) = await look(judge, store, AT)
    assert raised.rule == "vessels.collision"
    conditions = []
    for minute in range(1, 8):
        at = AT + minutes(minute)
        store.safety.targets = [replace(t, observed_at=at, lon_deg=t.lon_deg + 0.2 * (t is pair[0])) for t in pair]
        open_keys = (raised.key,) if Condition.CLEARED not in conditions else ()
        conditions += [f.condition for f in await look(judge, store, at, *open_keys)]
    assert conditions == [Condition.CLEARED]
