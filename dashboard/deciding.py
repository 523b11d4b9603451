"""People's steps on alerts, as every page offers them: which fit now, and taking one."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from alerts import handling
from alerts.model import Actor, Alert, Outcome, StepRefusedError
from alerts.policy import Policies
from alerts.rules import load
from core.errors import StoreError
from dashboard.i18n import Words, mark
from dashboard.recent import RECENT
from dashboard.state import Shared
from dashboard.views.limits import RULES
from store.access import Person
from store.alerts import AlertConflictError
from store.deciding import decide
from store.reader import AlertRow
from store.scoped import DatabaseAwayError, ForbiddenError

OPEN_STATES = ("raised", "notified", "acknowledged", "in_disposal", "disposed")


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A step that a person may take now; `key` is its keyboard shortcut."""

    name: str
    word: str
    key: str
    needs_text: bool = False


CHOICES = {
    "acknowledge": Choice(name="acknowledge", word=mark("Acknowledge"), key="a"),
    "take": Choice(name="take", word=mark("Take over"), key="t"),
    "dispose": Choice(name="dispose", word=mark("Record disposal"), key="d", needs_text=True),
    "close": Choice(name="close", word=mark("Close alert"), key="f"),
    "shelve": Choice(name="shelve", word=mark("Put aside"), key="s", needs_text=True),
    "unshelve": Choice(name="unshelve", word=mark("Take up again"), key="s"),
    "reopen": Choice(name="reopen", word=mark("Not enough, reopen"), key="d", needs_text=True),
    "propose": Choice(name="propose", word=mark("Propose recognition"), key="p", needs_text=True),
    "confirm": Choice(name="confirm", word=mark("Confirm recognition"), key="y"),
    "reject": Choice(name="reject", word=mark("Send back"), key="x", needs_text=True),
    "note": Choice(name="note", word=mark("Add note"), key="m", needs_text=True),
}


@cache
def policies() -> Policies:
    """Return the alert policies of the rule files."""
    return load(RULES).policies


def choices(alert: AlertRow, person: Person) -> list[Choice]:
    """Return the steps that fit the alert's state and the person's role; the step itself checks again."""
    if alert.closed_at is not None:
        return []
    found = []
    if alert.handling in {"raised", "notified"}:
        found.append("acknowledge")
    if person.has("regulator"):
        found += _of_officer(alert, person)
    found.append("note")
    return [CHOICES[name] for name in found]


def _of_officer(alert: AlertRow, person: Person) -> list[str]:
    mine = alert.assignee == person.login
    found = []
    if alert.handling in {"raised", "notified", "acknowledged"} and (mine or alert.assignee is None):
        found.append("take")
    if alert.handling == "in_disposal" and mine:
        found.append("dispose")
    if may_close(alert):
        found.append("close")
    if alert.handling == "disposed":
        found.append("reopen")
    aside = alert.shelved_until is not None and alert.shelved_until > datetime.now(UTC)
    return [*found, "unshelve" if aside else "shelve"]


def may_close(alert: AlertRow) -> bool:
    """Return whether closing fits: seen, disposed of where its rule or its condition asks, no recognition undecided."""
    if alert.handling in {"raised", "notified"} or waits_for_review(alert):
        return False
    disposed = alert.handling == "disposed"
    return disposed or (not policies().of(alert.rule).needs_disposal and alert.condition != "active")


def waits_for_review(alert: AlertRow) -> bool:
    """Return whether a proposed recognition (认定) waits for a second officer."""
    return alert.recognition is not None and alert.recognition.get("state") == "proposed"


def recognition_choices(alert: AlertRow, person: Person) -> list[Choice]:
    """Return the steps of a recognition (认定) that this officer may take: propose, or decide what another proposed."""
    if alert.closed_at is not None or not person.has("regulator") or not policies().of(alert.rule).recognition:
        return []
    if not waits_for_review(alert):
        return [CHOICES["propose"]]
    assert alert.recognition is not None  # it waits
    own = alert.recognition.get("proposed_by") == person.login
    return [] if own else [CHOICES["confirm"], CHOICES["reject"]]


def actor_of(person: Person) -> Actor:
    """Return the person as the alert's history names them, with the most responsible role."""
    role = next((r for r in ("regulator", "farmer", "technician", "administrator") if r in person.roles), "farmer")
    return Actor(id=person.login, name=person.name_zh, role=role)


def step_of(
    name: str, person: Person, *, text: str = "", until_h: int = 4, false_alarm: bool = False, result: str = ""
) -> Callable[[Alert], Outcome]:
    """Return the pure step that a button stands for."""
    actor, at = actor_of(person), datetime.now(UTC)
    steps: dict[str, Callable[[Alert], Outcome]] = {
        "acknowledge": lambda a: handling.acknowledge(a, actor=actor, at=at, policies=policies(), note=text),
        "take": lambda a: handling.take(a, actor=actor, at=at, note=text),
        "dispose": lambda a: handling.dispose(a, actor=actor, at=at, done=text, false_alarm=false_alarm),
        "close": lambda a: handling.close(a, actor=actor, at=at, policies=policies(), note=text),
        "shelve": lambda a: handling.shelve(a, actor=actor, at=at, until=at + timedelta(hours=until_h), reason=text),
        "unshelve": lambda a: handling.unshelve(a, actor=actor, at=at, note=text),
        "reopen": lambda a: handling.reopen(a, actor=actor, at=at, note=text),
        "propose": lambda a: handling.propose_recognition(
            a, actor=actor, at=at, result=result, basis=text, policies=policies()
        ),
        "confirm": lambda a: handling.confirm_recognition(a, actor=actor, at=at, note=text),
        "reject": lambda a: handling.reject_recognition(a, actor=actor, at=at, note=text),
        "note": lambda a: handling.add_note(a, actor=actor, at=at, text=text),
    }
    return steps[name]


def hand_over_step(person: Person, to: Actor) -> Callable[[Alert], Outcome]:
    """Return the step that gives an alert to a colleague at the change of shift."""
    actor, at = actor_of(person), datetime.now(UTC)
    return lambda a: handling.hand_over(a, actor=actor, to=to, at=at)


_BOTH = re.compile(r"(?P<zh>[^。]*。)\s*(?P<en>.*)", re.DOTALL)


def in_one_language(text: str, words: Words) -> str:
    """Return the reader's half of a sentence that says it in Chinese, then in English."""
    found = _BOTH.fullmatch(text)
    return text if found is None else words.pick(found["zh"], found["en"])


def take_step(
    process: Shared, token: str, alert_id: str, version: int | None, step: Callable[[Alert], Outcome], words: Words
) -> str:
    """Take the step; return '' when it is kept, else a sentence that says why not."""
    try:
        decide(process.dsn, token, alert_id, step, version=version)
    except StepRefusedError as refused:
        return in_one_language(str(refused), words)
    except AlertConflictError:
        return words("Somebody else moved this alert on. Look at it again.")
    except ForbiddenError:
        return words("Your account may not do that.")
    except DatabaseAwayError:
        return words("The database does not answer. Please try again in a minute.")
    except StoreError:
        return words("There is no such alert for you.")
    RECENT.forget()
    return ""
