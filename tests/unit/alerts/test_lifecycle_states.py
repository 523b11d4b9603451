"""Random findings, clocks and people on one key: no illegal state, no lost step, the audit chain verifies."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from alerts import audit, handling, lifecycle, rules
from alerts.model import FINAL, Actor, Alert, Event, Handling, Outcome, Step, StepRefusedError
from core.finding import Condition, Finding, Severity, Subject, SubjectKind

RULES = rules.load(Path(__file__).parents[3] / "config" / "rules").policies
ACTORS = [
    Actor(id="a", name="甲", role="regulator"),
    Actor(id="b", name="乙", role="regulator"),
    Actor(id="f", name="养殖户", role="farmer"),
    Actor(id="adm", name="管理员", role="administrator"),
]
H = Handling
# Written by hand from the model's table, not from the code: what each step may do to the handling.
ALLOWED = {
    Step.RAISED: {(H.PENDING, H.RAISED)},
    Step.NOTIFIED: {(H.RAISED, H.NOTIFIED)},
    Step.ACKNOWLEDGED: {(H.RAISED, H.ACKNOWLEDGED), (H.NOTIFIED, H.ACKNOWLEDGED)},
    Step.TAKEN: {(H.RAISED, H.IN_DISPOSAL), (H.NOTIFIED, H.IN_DISPOSAL), (H.ACKNOWLEDGED, H.IN_DISPOSAL)},
    Step.HANDED_OVER: {(H.IN_DISPOSAL, H.IN_DISPOSAL)},
    Step.DISPOSED: {(H.IN_DISPOSAL, H.DISPOSED)},
    Step.REOPENED: {(H.DISPOSED, H.IN_DISPOSAL)},
    Step.CLOSED: {(H.RAISED, H.CLOSED), (H.NOTIFIED, H.CLOSED), (H.ACKNOWLEDGED, H.CLOSED), (H.DISPOSED, H.CLOSED),
                  (H.IN_DISPOSAL, H.CLOSED)},
    Step.EXPIRED: {(H.RAISED, H.EXPIRED), (H.NOTIFIED, H.EXPIRED), (H.ACKNOWLEDGED, H.EXPIRED)},
}  # fmt: skip
OPEN = (H.RAISED, H.NOTIFIED, H.ACKNOWLEDGED, H.IN_DISPOSAL, H.DISPOSED)
SAME = {(h, h) for h in OPEN}
ALLOWED |= {
    Step.RECURRED: SAME | {(H.DISPOSED, H.NOTIFIED)},
    Step.RETRACTED: {(h, H.RETRACTED) for h in OPEN},
    Step.MERGED: {(h, H.MERGED) for h in OPEN},
}


class AlertMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.at = datetime(2026, 11, 23, tzinfo=UTC)
        self.rule = "cages.oxygen"
        self.alert: Alert | None = None
        self.log: dict[str, list[Event]] = {}
        self.spine = audit.GENESIS
        self.before: dict[str, str] = {}
        self.finished: list[Alert] = []
        self.notices = 0

    def keep(self, outcome: Outcome | None) -> None:
        if outcome is None or not outcome.changed:
            return
        alert = outcome.alert
        known = self.log.setdefault(alert.alert_id, [])
        assert outcome.before_version == (None if self.alert is None else self.alert.version)
        assert self.alert is None or self.alert.alert_id == alert.alert_id or alert.version == 1
        for event in outcome.events:
            head = known[-1].hash if known else self.spine
            if not known:
                self.before[alert.alert_id] = self.spine
            known += audit.seal([event], head)
            if len(known) == 1:
                self.spine = known[0].hash
            assert (event.from_handling, event.to_handling) in ALLOWED.get(event.step, SAME), event
        for notice in outcome.notices:
            assert known[notice.seq - 1].seq == notice.seq
        self.notices += len(outcome.notices)
        self.alert = alert
        if alert.handling in FINAL:
            self.finished.append(alert)
            self.alert = None
            self.at += timedelta(milliseconds=1)  # one key is raised at most once in one instant

    @rule(name=st.sampled_from(["cages.oxygen", "vessels.identity.unregistered", "gateway.offline", "waves.forecast"]))
    @precondition(lambda self: self.alert is None)
    def another_rule(self, name: str) -> None:
        self.rule = name

    @rule(
        condition=st.sampled_from(list(Condition)),
        severity=st.sampled_from(list(Severity)),
        retracts=st.booleans(),
        hours=st.none() | st.integers(-1, 6),
    )
    def find(self, condition: Condition, severity: Severity, retracts: bool, hours: int | None) -> None:
        found = Finding(
            key=f"{self.rule}:x", rule=self.rule, rule_version="1", condition=condition, severity=severity,
            subject=Subject(kind=SubjectKind.CAGE, id="x", name="x"), observed_at=self.at, reason_zh="因", reason_en="r",  # noqa: E501
            valid_until=None if hours is None else self.at + timedelta(hours=hours), values={"retracts": int(retracts)},
        )  # fmt: skip
        self.keep(lifecycle.step(self.alert, found, at=self.at, policies=RULES))

    @rule(seconds=st.sampled_from([1, 30, 130, 400, 700, 2000, 4000, 30000, 100000]))
    def wait(self, seconds: int) -> None:
        self.at += timedelta(seconds=seconds)
        if self.alert is not None:
            self.keep(lifecycle.tick(self.alert, at=self.at, policies=RULES))

    @rule(
        actor=st.sampled_from(ACTORS), other=st.sampled_from(ACTORS), text=st.sampled_from(["", "已查看"]),
        what=st.sampled_from(["acknowledge", "take", "hand_over", "dispose", "reopen", "close", "shelve", "unshelve",
                              "retract", "merge", "note", "propose", "confirm", "reject", "notified"]),
        hours=st.sampled_from([-1, 1, 24, 25]),
    )  # fmt: skip
    @precondition(lambda self: self.alert is not None)
    def person(self, actor: Actor, other: Actor, text: str, what: str, hours: int) -> None:
        alert, at = self.alert, self.at
        assert alert is not None
        steps = {
            "acknowledge": lambda: handling.acknowledge(alert, actor=actor, at=at, policies=RULES),
            "take": lambda: handling.take(alert, actor=actor, at=at),
            "hand_over": lambda: handling.hand_over(alert, actor=actor, to=other, at=at),
            "dispose": lambda: handling.dispose(alert, actor=actor, at=at, done=text),
            "reopen": lambda: handling.reopen(alert, actor=actor, at=at, note=text),
            "close": lambda: handling.close(alert, actor=actor, at=at, policies=RULES),
            "shelve": lambda: handling.shelve(
                alert, actor=actor, at=at, until=at + timedelta(hours=hours), reason=text
            ),
            "unshelve": lambda: handling.unshelve(alert, actor=actor, at=at),
            "retract": lambda: handling.retract(alert, actor=actor, at=at, reason=text),
            "merge": lambda: handling.merge(alert, actor=actor, at=at, into="other"),
            "note": lambda: handling.add_note(alert, actor=actor, at=at, text=text),
            "propose": lambda: handling.propose_recognition(
                alert, actor=actor, at=at, result="三无", basis=text, policies=RULES
            ),
            "confirm": lambda: handling.confirm_recognition(alert, actor=actor, at=at),
            "reject": lambda: handling.reject_recognition(alert, actor=actor, at=at, note=text),
            "notified": lambda: lifecycle.notified(alert, at=at, detail={}),
        }
        try:
            self.keep(steps[what]())
        except StepRefusedError as refused:
            assert "。" in str(refused), "a refusal is a sentence in both languages"

    @invariant()
    def nothing_lost(self) -> None:
        for alert in [*self.finished[-1:], *([self.alert] if self.alert else [])]:
            events = self.log[alert.alert_id]
            assert alert.version == len(events)
            if events:
                assert audit.check(events, self.before[alert.alert_id], alert.version) == []
                assert events[-1].to_handling == alert.handling

    @invariant()
    def rules_of_the_house(self) -> None:
        for alert in [*self.finished, *([self.alert] if self.alert else [])]:
            if alert.handling in (H.IN_DISPOSAL, H.DISPOSED):
                assert alert.assignee is not None
            if alert.handling is H.CLOSED and RULES.of(alert.rule).needs_disposal:
                assert alert.disposal is not None
            if alert.recognition is not None and alert.recognition.state != "proposed":
                assert alert.recognition.decided_by != alert.recognition.proposed_by
            assert (alert.handling in FINAL) == (alert.closed_at is not None)
            assert (alert.handling is H.PENDING) == (alert.raised_at is None)
            if alert.handling in FINAL:
                assert alert.escalate_at is None

    @invariant()
    def every_altered_event_is_seen(self) -> None:
        for alert_id, events in list(self.log.items())[-1:]:
            if events:
                forged = [*events[:-1], replace(events[-1], note=events[-1].note + "!")]
                assert audit.check(forged, self.before[alert_id]) != []


AlertMachine.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestAlertMachine = AlertMachine.TestCase
