"""Steps of the lifecycle by worded cases."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alerts import handling, lifecycle, rules
from alerts.model import Actor, Alert, Handling, NoticeKind, Outcome, Step, StepRefusedError
from core.finding import Condition, Finding, Severity, Subject, SubjectKind

RULES = rules.load(Path(__file__).parents[3] / "config" / "rules").policies
AT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
A = Actor(id="a", name="甲", role="regulator")
B = Actor(id="b", name="乙", role="regulator")
FARMER = Actor(id="f", name="养殖户", role="farmer")


def found(
    condition: Condition = Condition.ACTIVE,
    severity: Severity = Severity.ORANGE,
    rule: str = "cages.oxygen",
    **more: object,
) -> Finding:
    fields: dict[str, object] = {
        "key": f"{rule}:c1", "rule": rule, "rule_version": "1", "condition": condition, "severity": severity,
        "subject": Subject(kind=SubjectKind.CAGE, id="c1", name="1号网箱"), "observed_at": AT, "reason_zh": "溶氧低",
        "reason_en": "DO low",
    }  # fmt: skip
    return Finding(**(fields | more))  # type: ignore[arg-type]


def step(alert: Alert | None, finding: Finding, after_s: float = 0) -> Outcome | None:
    return lifecycle.step(alert, finding, at=AT + timedelta(seconds=after_s), policies=RULES)


def raised(**more: object) -> Alert:
    outcome = step(None, found(**more))  # type: ignore[arg-type]
    assert outcome is not None
    return outcome.alert


def test_step_first_active_raises_and_tells() -> None:
    outcome = step(None, found())
    assert outcome is not None
    assert (outcome.alert.handling, outcome.alert.version, outcome.before_version) == (Handling.RAISED, 1, None)
    assert [notice.kind for notice in outcome.notices] == [NoticeKind.RAISED]


@pytest.mark.parametrize("condition", [Condition.CLEARED, Condition.UNKNOWN])
def test_step_without_alert_nothing_to_clear(condition: Condition) -> None:
    assert step(None, found(condition)) is None


def test_step_delay_not_over_stays_pending_and_untold() -> None:
    first = step(None, found(rule="gateway.offline"))
    assert first is not None
    assert first.alert.handling is Handling.PENDING
    assert (first.events, first.notices) == ((), ())
    second = step(first.alert, found(rule="gateway.offline"), 61)
    assert second is not None
    assert second.alert.handling is Handling.RAISED
    assert second.alert.first_active_at == AT


def test_step_pending_interrupted_starts_the_delay_again() -> None:
    first = step(None, found(rule="gateway.offline"))
    assert first is not None
    gone = step(first.alert, found(Condition.CLEARED, rule="gateway.offline"), 30)
    assert gone is not None
    again = step(gone.alert, found(rule="gateway.offline"), 70)
    assert again is not None
    assert again.alert.handling is Handling.PENDING


def test_step_unknown_never_clears() -> None:
    alert = raised()
    for minute in range(0, 1440, 5):
        outcome = step(alert, found(Condition.UNKNOWN), minute * 60)
        alert = outcome.alert if outcome else alert
    assert alert.condition is Condition.ACTIVE
    assert alert.version == 1


def test_step_unknown_breaks_the_clearing_delay() -> None:
    alert = raised()
    for at_s, condition in ((60, Condition.CLEARED), (300, Condition.UNKNOWN), (700, Condition.CLEARED)):
        outcome = step(alert, found(condition), at_s)
        alert = outcome.alert if outcome else alert
    assert alert.condition is Condition.ACTIVE


def test_flapping_every_minute_for_a_day_one_alert_at_most_two_messages() -> None:
    alert, notices, raisings = None, 0, 0
    for minute in range(1440):
        condition = Condition.ACTIVE if minute % 2 == 0 else Condition.CLEARED
        outcome = step(alert, found(condition), minute * 60)
        if outcome is not None:
            alert = outcome.alert
            raisings += sum(event.step is Step.RAISED for event in outcome.events)
            notices += len(outcome.notices)
        assert alert is not None
        at = AT + timedelta(minutes=minute)
        ticked = lifecycle.tick(alert, at=at, policies=RULES)
        if ticked is not None and ticked.events[0].step is not Step.ESCALATED:
            alert = ticked.alert
    assert raisings == 1
    assert 1 <= notices <= 2


def test_step_worse_tells_again_and_better_does_not() -> None:
    alert = raised(severity=Severity.YELLOW)
    worse = step(alert, found(severity=Severity.RED), 60)
    assert worse is not None
    assert [notice.kind for notice in worse.notices] == [NoticeKind.WORSENED]
    better = step(worse.alert, found(severity=Severity.YELLOW), 120)
    assert better is not None
    assert (better.events[0].step, better.notices) == (Step.EASED, ())
    same_again = step(better.alert, found(severity=Severity.RED), 180)
    assert same_again is not None
    assert same_again.notices == (), "people know it as red already"


def test_step_of_another_key_is_the_callers_mistake() -> None:
    with pytest.raises(ValueError, match="does not belong"):
        step(raised(), found(key="other:c1"))


def test_tick_red_unacknowledged_escalates_at_5_15_30_minutes() -> None:
    alert, told = raised(severity=Severity.RED), []
    for minute in range(0, 61):
        outcome = lifecycle.tick(alert, at=AT + timedelta(minutes=minute), policies=RULES)
        if outcome is not None:
            alert = outcome.alert
            told.append((minute, outcome.events[0].detail["tell"]))
    assert told == [(5, ["next", "desk"]), (15, ["callers"]), (30, ["leader"])]


def test_acknowledged_by_a_farmer_stops_the_desk_but_a_leader_step_needs_the_desk() -> None:
    alert = raised(severity=Severity.RED)
    early = handling.acknowledge(alert, actor=FARMER, at=AT, policies=RULES).alert
    assert early.escalate_at is None
    for minute in (5, 15):
        outcome = lifecycle.tick(alert, at=AT + timedelta(minutes=minute), policies=RULES)
        assert outcome is not None
        alert = outcome.alert
    late = handling.acknowledge(alert, actor=FARMER, at=AT + timedelta(minutes=16), policies=RULES).alert
    assert late.escalate_at == AT + timedelta(minutes=30)
    officer = handling.acknowledge(alert, actor=A, at=AT + timedelta(minutes=16), policies=RULES).alert
    assert officer.escalate_at is None


def test_tick_forecast_window_over_expires() -> None:
    alert = raised(rule="waves.forecast", valid_until=AT + timedelta(hours=6))
    assert lifecycle.tick(alert, at=AT + timedelta(hours=5), policies=RULES) is None or alert.escalate_at
    outcome = lifecycle.tick(alert, at=AT + timedelta(hours=6, seconds=1), policies=RULES)
    assert outcome is not None
    assert outcome.alert.handling is Handling.EXPIRED


def test_take_second_officer_is_refused_with_the_first_ones_name() -> None:
    taken = handling.take(raised(), actor=A, at=AT).alert
    with pytest.raises(StepRefusedError, match="已由甲处置"):
        handling.take(taken, actor=B, at=AT)


def test_close_without_the_needed_disposal_is_refused() -> None:
    alert = handling.acknowledge(raised(rule="vessels.identity.unregistered"), actor=A, at=AT, policies=RULES).alert
    with pytest.raises(StepRefusedError, match="须先处置"):
        handling.close(alert, actor=A, at=AT, policies=RULES)


def test_recognition_needs_a_second_officer() -> None:
    alert = raised(rule="vessels.identity.unregistered")
    proposed = handling.propose_recognition(
        alert, actor=A, at=AT, result="三无", basis="登临检查，无船名无证书", policies=RULES
    ).alert
    with pytest.raises(StepRefusedError, match="另一名"):
        handling.confirm_recognition(proposed, actor=A, at=AT)
    with pytest.raises(StepRefusedError, match="执法人员"):
        handling.confirm_recognition(proposed, actor=FARMER, at=AT)
    confirmed = handling.confirm_recognition(proposed, actor=B, at=AT).alert
    assert confirmed.recognition is not None
    assert (confirmed.recognition.state, confirmed.recognition.decided_by) == ("confirmed", "b")


@pytest.mark.parametrize("hours", [0, -1, 24.01])
def test_shelve_without_a_proper_end_is_refused(hours: float) -> None:
    with pytest.raises(StepRefusedError, match="24小时"):
        handling.shelve(raised(), actor=A, at=AT, until=AT + timedelta(hours=hours), reason="检修")


def test_shelved_alert_neither_escalates_nor_worsens_aloud() -> None:
    alert = raised(severity=Severity.ORANGE)
    shelved = handling.shelve(alert, actor=A, at=AT, until=AT + timedelta(hours=2), reason="检修").alert
    assert lifecycle.tick(shelved, at=AT + timedelta(hours=1), policies=RULES) is None
    worse = step(shelved, found(severity=Severity.RED), 600)
    assert worse is not None
    assert worse.notices == ()
    back = lifecycle.tick(worse.alert, at=AT + timedelta(hours=2), policies=RULES)
    assert back is not None
    assert (back.events[0].step, len(back.notices)) == (Step.UNSHELVED, 1)


def test_cleared_alert_closes_by_itself_only_where_no_disposal_is_needed() -> None:
    for rule, closes in (("cages.oxygen", True), ("vessels.identity.unregistered", False)):
        alert = raised(rule=rule)
        for at_s in (60, 60 + 4000):
            outcome = step(alert, found(Condition.CLEARED, rule=rule), at_s)
            assert outcome is not None
            alert = outcome.alert
        assert alert.condition is Condition.CLEARED
        outcome = lifecycle.tick(alert, at=AT + timedelta(days=2), policies=RULES)
        assert (outcome is not None and outcome.alert.handling is Handling.CLOSED) == closes


def test_step_pending_after_the_clock_was_set_back_is_not_put_off() -> None:
    first = step(None, found(rule="gateway.offline"), 86400)
    assert first is not None
    second = step(first.alert, found(rule="gateway.offline"), 0)
    assert second is not None
    third = step(second.alert, found(rule="gateway.offline"), 61)
    assert third is not None
    assert third.alert.handling is Handling.RAISED


def test_step_finding_whose_time_is_over_raises_nothing() -> None:
    assert step(None, found(rule="waves.forecast", valid_until=AT - timedelta(seconds=1))) is None


def recurred_after_disposal() -> Alert:
    taken = handling.take(raised(), actor=A, at=AT).alert
    alert = handling.dispose(taken, actor=A, at=AT, done="已开增氧机").alert
    for at_s, condition in ((60, Condition.CLEARED), (4000, Condition.CLEARED), (5000, Condition.ACTIVE)):
        outcome = step(alert, found(condition), at_s)
        assert outcome is not None
        alert = outcome.alert
    return alert


def test_recurred_after_disposal_may_be_taken_by_whoever_is_there() -> None:
    alert = recurred_after_disposal()
    assert (alert.handling, alert.assignee, alert.disposal) == (Handling.NOTIFIED, None, None)
    assert handling.take(alert, actor=B, at=AT).alert.assignee == "b"


def test_close_while_it_is_so_needs_a_disposal_of_this_time() -> None:
    alert = handling.acknowledge(recurred_after_disposal(), actor=A, at=AT, policies=RULES).alert
    with pytest.raises(StepRefusedError, match="仍在持续"):
        handling.close(alert, actor=A, at=AT, policies=RULES)


def test_close_of_a_case_that_a_colleague_has_is_refused() -> None:
    taken = handling.take(raised(), actor=A, at=AT).alert
    with pytest.raises(StepRefusedError, match="由甲处置"):
        handling.close(taken, actor=B, at=AT, policies=RULES)
