"""People's steps on alerts, as every page offers them: which fit now, and taking one."""

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
        if alert.handling in {"raised", "notified", "acknowledged"} and alert.assignee in {None, person.login}:
            found.append("take")
        if alert.handling == "in_disposal" and alert.assignee == person.login:
            found.append("dispose")
        found.append("close")
        found.append("shelve")
    found.append("note")
    return [CHOICES[name] for name in found]


def actor_of(person: Person) -> Actor:
    """Return the person as the alert's history names them, with the most responsible role."""
    role = next((r for r in ("regulator", "farmer", "technician", "administrator") if r in person.roles), "farmer")
    return Actor(id=person.login, name=person.name_zh, role=role)


def step_of(
    name: str, person: Person, *, text: str = "", until_h: int = 4, false_alarm: bool = False
) -> Callable[[Alert], Outcome]:
    """Return the pure step that a button stands for."""
    actor, at = actor_of(person), datetime.now(UTC)
    steps: dict[str, Callable[[Alert], Outcome]] = {
        "acknowledge": lambda a: handling.acknowledge(a, actor=actor, at=at, policies=policies(), note=text),
        "take": lambda a: handling.take(a, actor=actor, at=at, note=text),
        "dispose": lambda a: handling.dispose(a, actor=actor, at=at, done=text, false_alarm=false_alarm),
        "close": lambda a: handling.close(a, actor=actor, at=at, policies=policies(), note=text),
        "shelve": lambda a: handling.shelve(a, actor=actor, at=at, until=at + timedelta(hours=until_h), reason=text),
        "note": lambda a: handling.add_note(a, actor=actor, at=at, text=text),
    }
    return steps[name]


def hand_over_step(person: Person, to: Actor) -> Callable[[Alert], Outcome]:
    """Return the step that gives an alert to a colleague at the change of shift."""
    actor, at = actor_of(person), datetime.now(UTC)
    return lambda a: handling.hand_over(a, actor=actor, to=to, at=at)


def take_step(
    process: Shared, token: str, alert_id: str, version: int | None, step: Callable[[Alert], Outcome], words: Words
) -> str:
    """Take the step; return '' when it is kept, else a sentence that says why not."""
    try:
        decide(process.dsn, token, alert_id, step, version=version)
    except StepRefusedError as refused:
        return str(refused)
    except AlertConflictError:
        return words("Somebody else moved this alert on. Look at it again.")
    except ForbiddenError:
        return words("Your account may not do that.")
    except DatabaseAwayError:
        return words("The database does not answer. Please try again in a minute.")
    except StoreError:
        return words("There is no such alert for you.")
    return ""
