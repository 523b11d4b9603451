"""What people do with an alert: every step checks the state and the person, and is refused with a sentence otherwise.

    notified -> acknowledged -> in_disposal -> disposed -> closed

An alert that needs a disposal cannot be closed without one; only its assignee disposes of it; 认定 needs two officers.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from alerts.lifecycle import move
from alerts.model import (
    OPEN,
    Actor,
    Alert,
    Disposal,
    Handling,
    NoticeKind,
    Outcome,
    Recognition,
    Step,
    StepRefusedError,
)
from alerts.policy import Policies
from core.finding import Condition

LONGEST_SHELF = timedelta(hours=24)
"""An alert may be put aside for at most a day (ISA-18.2 shelving needs an end; the day is ours)."""
OFFICERS = ("regulator", "administrator")
"""Roles that may recognise a boat and take a case from a colleague."""
RESULTS = ("三无", "非三无", "套牌", "误报")


def acknowledge(alert: Alert, *, actor: Actor, at: datetime, policies: Policies, note: str = "") -> Outcome:
    """Return the step "I have seen it"; stops the escalation where the next step may be stopped by this role."""
    _need_open(alert)
    if alert.handling not in (Handling.RAISED, Handling.NOTIFIED):
        raise _refuse(alert, "已有人确认过", "it is already acknowledged")
    keep_timer = not _stops(alert, actor, policies)
    timer = alert.escalate_at if keep_timer else None
    return move(alert, Step.ACKNOWLEDGED, at, to=Handling.ACKNOWLEDGED, actor=actor, note=note, escalate_at=timer)


def take(alert: Alert, *, actor: Actor, at: datetime, note: str = "") -> Outcome:
    """Return the step "I deal with it": the actor becomes the one assignee; a second officer is refused."""
    _need_open(alert)
    if alert.assignee is not None and alert.assignee != actor.id:
        raise _refuse(alert, f"已由{alert.assignee_name}处置", f"{alert.assignee_name} has it; ask for a hand-over")
    if alert.handling in (Handling.IN_DISPOSAL, Handling.DISPOSED):
        raise _refuse(alert, f"已在{alert.handling.zh}", "it is already being dealt with")
    return move(
        alert, Step.TAKEN, at, to=Handling.IN_DISPOSAL, actor=actor, note=note,
        assignee=actor.id, assignee_name=actor.name, escalate_at=None,
    )  # fmt: skip


def hand_over(alert: Alert, *, actor: Actor, to: Actor, at: datetime, note: str = "") -> Outcome:
    """Return the step that the assignee (or an administrator) gives the alert to a colleague."""
    _need(alert, Handling.IN_DISPOSAL)
    _need_assignee(alert, actor)
    detail = {"from": alert.assignee, "to": to.id}
    return move(
        alert, Step.HANDED_OVER, at, actor=actor, note=note, detail=detail, assignee=to.id, assignee_name=to.name
    )


def dispose(
    alert: Alert,
    *,
    actor: Actor,
    at: datetime,
    done: str,
    false_alarm: bool = False,
    attachments: tuple[str, ...] = (),
) -> Outcome:
    """Return the step that records what was done; the words are required, photos are references."""
    _need(alert, Handling.IN_DISPOSAL)
    _need_assignee(alert, actor)
    if not done.strip():
        raise _refuse(alert, "请写明处置情况", "say what was done")
    disposal = Disposal(
        done=done.strip(), by=actor.id, by_name=actor.name, at=at, false_alarm=false_alarm, attachments=attachments
    )
    detail = {"false_alarm": false_alarm, "attachments": list(attachments)}
    return move(
        alert, Step.DISPOSED, at, to=Handling.DISPOSED, actor=actor, note=done.strip(), detail=detail, disposal=disposal
    )


def reopen(alert: Alert, *, actor: Actor, at: datetime, note: str) -> Outcome:
    """Return the step that a disposal was not enough: back to its assignee."""
    _need(alert, Handling.DISPOSED)
    if not note.strip():
        raise _refuse(alert, "请写明退回原因", "say why it goes back")
    return move(alert, Step.REOPENED, at, to=Handling.IN_DISPOSAL, actor=actor, note=note.strip())


def close(alert: Alert, *, actor: Actor, at: datetime, policies: Policies, note: str = "") -> Outcome:
    """Return the last step; refused without a disposal where the rule needs one, or while a 认定 is undecided."""
    _need_open(alert)
    if policies.of(alert.rule).needs_disposal and alert.handling is not Handling.DISPOSED:
        raise _refuse(alert, "该告警须先处置再办结", "this alert needs a recorded disposal first")
    if alert.handling in (Handling.RAISED, Handling.NOTIFIED):
        raise _refuse(alert, "请先确认再办结", "acknowledge it first")
    if alert.recognition is not None and alert.recognition.state == "proposed":
        raise _refuse(alert, "认定尚未复核", "its recognition waits for a second officer")
    if alert.handling is Handling.IN_DISPOSAL:
        _need_assignee(alert, actor)
    if alert.condition is Condition.ACTIVE and alert.handling is not Handling.DISPOSED:
        raise _refuse(alert, "情况仍在持续，须先处置", "it is still so; dispose of it first")
    return move(alert, Step.CLOSED, at, to=Handling.CLOSED, actor=actor, note=note, closed_at=at, escalate_at=None)


def shelve(alert: Alert, *, actor: Actor, at: datetime, until: datetime, reason: str) -> Outcome:
    """Return the step that puts the alert aside until a time at most a day away, with a reason."""
    _need_open(alert)
    if not reason.strip():
        raise _refuse(alert, "搁置须写明原因", "give the reason for shelving")
    if not at < until <= at + LONGEST_SHELF:
        raise _refuse(alert, "搁置截止须在24小时以内", "a shelf ends within 24 hours from now")
    detail = {"until": until.isoformat()}
    why = reason.strip()
    return move(alert, Step.SHELVED, at, actor=actor, note=why, detail=detail, shelved_until=until, shelve_reason=why)


def unshelve(alert: Alert, *, actor: Actor, at: datetime, note: str = "") -> Outcome:
    """Return the step that takes the alert off the shelf before its time."""
    _need_open(alert)
    if not alert.is_shelved(at):
        raise _refuse(alert, "该告警未搁置", "it is not shelved")
    return move(alert, Step.UNSHELVED, at, actor=actor, note=note, shelved_until=None, shelve_reason="")


def retract(alert: Alert, *, actor: Actor, at: datetime, reason: str) -> Outcome:
    """Return the step that the alert was never so (late data, wrong input); those who were told are told that too."""
    _need_open(alert)
    if not reason.strip():
        raise _refuse(alert, "撤回须写明原因", "give the reason for retracting")
    notices = ((NoticeKind.RETRACTED, 0),) if alert.told_at is not None else ()
    return move(
        alert, Step.RETRACTED, at, to=Handling.RETRACTED, actor=actor, note=reason.strip(),
        notices=notices, closed_at=at, escalate_at=None,
    )  # fmt: skip


def merge(alert: Alert, *, actor: Actor, at: datetime, into: str, note: str = "") -> Outcome:
    """Return the step that this alert is the same case as the alert `into`, which carries it on."""
    _need_open(alert)
    if into == alert.alert_id:
        raise _refuse(alert, "不能并入自身", "an alert cannot be merged into itself")
    return move(
        alert, Step.MERGED, at, to=Handling.MERGED, actor=actor, note=note, detail={"into": into},
        merged_into=into, closed_at=at, escalate_at=None,
    )  # fmt: skip


def add_note(alert: Alert, *, actor: Actor, at: datetime, text: str) -> Outcome:
    """Return the step that somebody wrote something down; the state stays as it is."""
    if alert.handling is Handling.PENDING or not text.strip():
        raise _refuse(alert, "请填写内容", "write something")
    return move(alert, Step.NOTED, at, actor=actor, note=text.strip())


def propose_recognition(
    alert: Alert, *, actor: Actor, at: datetime, result: str, basis: str, policies: Policies
) -> Outcome:
    """Return the first half of 认定: an officer who boarded proposes a result and says on what basis."""
    _need_open(alert)
    _need_officer(alert, actor)
    if not policies.of(alert.rule).recognition:
        raise _refuse(alert, "该告警无需认定", "alerts of this rule are not recognised")
    if alert.recognition is not None and alert.recognition.state == "proposed":
        raise _refuse(alert, "已有认定待复核", "a recognition already waits for review")
    if result not in RESULTS or not basis.strip():
        raise _refuse(alert, f"认定结果须为{'、'.join(RESULTS)}之一并写明依据", "give one of the results and its basis")
    proposal = Recognition(result=result, basis=basis.strip(), proposed_by=actor.id, proposed_at=at)
    detail = {"result": result}
    return move(alert, Step.PROPOSED, at, actor=actor, note=basis.strip(), detail=detail, recognition=proposal)


def confirm_recognition(alert: Alert, *, actor: Actor, at: datetime, note: str = "") -> Outcome:
    """Return the second half of 认定, by another officer than the one who proposed it."""
    return _decide(alert, actor, at, "confirmed", Step.CONFIRMED, note)


def reject_recognition(alert: Alert, *, actor: Actor, at: datetime, note: str) -> Outcome:
    """Return the refusal of a proposed 认定 by another officer, with the reason."""
    if not note.strip():
        raise _refuse(alert, "退回须写明原因", "give the reason")
    return _decide(alert, actor, at, "rejected", Step.REJECTED, note)


def _decide(alert: Alert, actor: Actor, at: datetime, state: str, step: Step, note: str) -> Outcome:
    _need_open(alert)
    _need_officer(alert, actor)
    proposal = alert.recognition
    if proposal is None or proposal.state != "proposed":
        raise _refuse(alert, "没有待复核的认定", "no recognition waits for review")
    if proposal.proposed_by == actor.id:
        raise _refuse(alert, "认定须由另一名执法人员复核", "a second officer must decide, not the proposer")
    decided = replace(proposal, state=state, decided_by=actor.id, decided_at=at)
    return move(alert, step, at, actor=actor, note=note, detail={"result": proposal.result}, recognition=decided)


def _stops(alert: Alert, actor: Actor, policies: Policies) -> bool:
    steps = policies.steps_of(alert.rule, alert.severity)
    following = alert.escalation_level + 1
    if following >= len(steps):
        return True
    roles = steps[following].stopped_by
    return not roles or actor.role in roles


def _need_open(alert: Alert) -> None:
    if alert.handling not in OPEN:
        raise _refuse(alert, f"告警{alert.handling.zh}，不能再操作", f"it is {alert.handling}")


def _need(alert: Alert, handling: Handling) -> None:
    if alert.handling is not handling:
        raise _refuse(alert, f"告警{alert.handling.zh}，须为{handling.zh}", f"it is {alert.handling}, not {handling}")


def _need_assignee(alert: Alert, actor: Actor) -> None:
    if alert.assignee != actor.id and actor.role != "administrator":
        raise _refuse(alert, f"由{alert.assignee_name}处置", f"only {alert.assignee_name} may do that")


def _need_officer(alert: Alert, actor: Actor) -> None:
    if actor.role not in OFFICERS:
        raise _refuse(alert, "须由执法人员操作", "an enforcement officer must do that")


def _refuse(alert: Alert, zh: str, en: str) -> StepRefusedError:
    return StepRefusedError(f"{zh}。Not possible for {alert.subject.name or alert.subject.id}: {en}.")
