"""Safety at sea: reads the live picture, asks the pure rules of `vessels`, returns their findings."""

from dataclasses import replace
from datetime import timedelta

from core.finding import Finding
from services.judges import JudgeContext
from services.judges.safety_memory import Memory, SafetyRules
from vessels import collision, distress, motion
from vessels.distress import Activation
from vessels.fleet import Fleet


class SafetyJudge:
    """All safety rules on one picture; keeps only what it can make anew from the store."""

    def __init__(self) -> None:
        self._memory = Memory()

    async def __call__(self, context: JudgeContext) -> list[Finding]:
        """Return the findings of one look."""
        rules = self._memory.rules_of(context.rules_dir)
        fleet = await self._memory.fleet(context.store, context.at)
        findings = await judge_distress(context, rules, fleet, self._memory)
        findings += await self._collisions(context, rules, fleet)
        return findings

    async def _collisions(self, context: JudgeContext, rules: SafetyRules, fleet: Fleet) -> list[Finding]:
        tracks = await self._memory.recent_tracks(context.store, fleet)
        findings, self._memory.last_danger_s = collision.judge(
            fleet,
            motion.estimate(fleet, tracks),
            rules.collision,
            context.open_keys,
            last_danger_s=self._memory.last_danger_s,
        )
        return findings


class DistressJudge:
    """Only distress, for the moment when ingest says that a distress message was committed."""

    def __init__(self) -> None:
        self._memory = Memory()

    async def __call__(self, context: JudgeContext) -> list[Finding]:
        """Return the findings about distress devices."""
        rules = self._memory.rules_of(context.rules_dir)
        fleet = await self._memory.fleet(context.store, context.at)
        return await judge_distress(context, rules, fleet, self._memory)


async def judge_distress(context: JudgeContext, rules: SafetyRules, fleet: Fleet, memory: Memory) -> list[Finding]:
    """Return the findings of distress devices after their newest messages, and keep their activations."""
    store, at = context.store, context.at
    live_from = at - timedelta(seconds=rules.distress.live_for_s)
    known = await store.safety.activations(live_from - timedelta(seconds=rules.distress.new_activation_after_s))
    signals = await store.safety.distress_signals(live_from)
    fresh = [s for s in signals if s.device not in known or s.observed_at > known[s.device].last_at]
    followed = distress.follow(known, fresh, rules.distress)
    marked = {device: _mark_announced(a, context.open_keys) for device, a in followed.items()}
    await store.safety.save_activations(a for device, a in marked.items() if a != known.get(device))
    return distress.judge(marked.values(), fleet, memory.refuges, rules.distress, context.open_keys, at=at)


def _mark_announced(activation: Activation, open_keys: frozenset[str]) -> Activation:
    return replace(activation, announced=True) if activation.key in open_keys else activation


async def judge(context: JudgeContext) -> list[Finding]:
    """Return the findings of one look at the whole sea (all safety rules)."""
    return await _SAFETY(context)


async def distress_judge(context: JudgeContext) -> list[Finding]:
    """Return the findings about distress alone: cheap, for an immediate call."""
    return await _DISTRESS(context)


_SAFETY = SafetyJudge()
_DISTRESS = DistressJudge()
