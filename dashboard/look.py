"""How states, classes and severities look: always a word, a shape and a colour together, contrast AA or better."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from markupsafe import Markup

from core.finding import Severity
from dashboard.i18n import Words, mark

STYLE = f"<style>{Path(__file__).with_name('look.css').read_text(encoding='utf-8')}</style>"


class State(StrEnum):
    """How a cage, sensor or gateway is, worst first."""

    RED = "red"
    ORANGE = "orange"
    YELLOW = "yellow"
    BLUE = "blue"
    UNKNOWN = "unknown"
    GOOD = "good"


@dataclass(frozen=True, kw_only=True)
class Look:
    """Word, shape (one character of every text font) and colours: strong for marks, ink and wash for text on tint."""

    word: str
    shape: str
    strong: str
    ink: str
    wash: str


STATES: dict[State, Look] = {
    State.RED: Look(word=mark("Emergency"), shape="■", strong="#b3121d", ink="#7c0d15", wash="#fdeaea"),
    State.ORANGE: Look(word=mark("Alarm"), shape="◆", strong="#b84a00", ink="#6e2c00", wash="#fff0e4"),
    State.YELLOW: Look(word=mark("Warning"), shape="▲", strong="#8a6500", ink="#544000", wash="#fff7d6"),
    State.BLUE: Look(word=mark("Notice"), shape="●", strong="#1a5cb8", ink="#123f80", wash="#e8f1fd"),
    State.UNKNOWN: Look(word=mark("No data"), shape="?", strong="#56646f", ink="#3a4650", wash="#eceff2"),
    State.GOOD: Look(word=mark("Well"), shape="✓", strong="#17703f", ink="#0f4d2b", wash="#e6f4ec"),
}
ORDER = {state: rank for rank, state in enumerate(State)}
_BY_SEVERITY = {
    Severity.RED: State.RED,
    Severity.ORANGE: State.ORANGE,
    Severity.YELLOW: State.YELLOW,
    Severity.BLUE: State.BLUE,
}


def state_of(severity: int | None) -> State:
    """Return the state that an open alert's severity means; None is well."""
    return State.GOOD if severity is None else _BY_SEVERITY[Severity(severity)]


@dataclass(frozen=True, kw_only=True)
class ClassLook:
    """A class of target on the map: its word, colour and the name of its icon in the atlas."""

    word: str
    colour: str
    icon: str


CLASSES: dict[str, ClassLook] = {
    "distress": ClassLook(word=mark("Distress"), colour="#d1001c", icon="cross"),
    "unregistered": ClassLook(word=mark("Suspected unregistered (三无)"), colour="#c2185b", icon="diamond"),
    "borrowed_identity": ClassLook(word=mark("Borrowed identity"), colour="#9c1fb0", icon="diamond"),
    "shared_mmsi": ClassLook(word=mark("Several boats, one number"), colour="#7a3fa0", icon="diamond"),
    "several_mmsi": ClassLook(word=mark("One boat, several numbers"), colour="#7a3fa0", icon="diamond"),
    "unidentified": ClassLook(word=mark("Unidentified target"), colour="#b84a00", icon="square"),
    "misconfigured": ClassLook(word=mark("Misconfigured AIS"), colour="#8a6500", icon="boat"),
    "gear_buoy": ClassLook(word=mark("Gear buoy"), colour="#8a6500", icon="ring"),
    "registered": ClassLook(word=mark("Registered fishing boat"), colour="#17703f", icon="boat"),
    "exempt": ClassLook(word=mark("Exempt boat"), colour="#2e7d6b", icon="boat"),
    "merchant": ClassLook(word=mark("Merchant ship"), colour="#1a5cb8", icon="ship"),
    "foreign": ClassLook(word=mark("Foreign vessel"), colour="#0f6a8b", icon="ship"),
    "sar_aircraft": ClassLook(word=mark("Rescue aircraft"), colour="#d1001c", icon="ring"),
    "aton": ClassLook(word=mark("Navigation mark"), colour="#56646f", icon="ring"),
    "base_station": ClassLook(word=mark("Base station"), colour="#56646f", icon="square"),
    "unknown": ClassLook(word=mark("Not judged yet"), colour="#56646f", icon="boat"),
}
CLASS_ORDER = {name: rank for rank, name in enumerate(CLASSES)}

HANDLING: dict[str, str] = {
    "raised": mark("Raised"),
    "notified": mark("Notified"),
    "acknowledged": mark("Acknowledged"),
    "in_disposal": mark("Being handled"),
    "disposed": mark("Disposed"),
    "closed": mark("Closed"),
    "retracted": mark("Retracted"),
    "expired": mark("Expired"),
    "merged": mark("Merged"),
}
STEP_WORDS: dict[str, str] = {
    "raised": mark("Raised"),
    "worsened": mark("Got worse"),
    "eased": mark("Eased"),
    "cleared": mark("Condition over"),
    "recurred": mark("Came back"),
    "notified": mark("People told"),
    "escalated": mark("Escalated"),
    "inhibited": mark("Held back by a graver alert"),
    "released": mark("No longer held back"),
    "acknowledged": mark("Acknowledged"),
    "taken": mark("Taken"),
    "handed_over": mark("Handed over"),
    "disposed": mark("Disposed"),
    "reopened": mark("Reopened"),
    "closed": mark("Closed"),
    "shelved": mark("Put aside"),
    "unshelved": mark("Taken up again"),
    "retracted": mark("Retracted"),
    "expired": mark("Expired"),
    "merged": mark("Merged"),
    "noted": mark("Note"),
    "proposed": mark("Recognition proposed"),
    "confirmed": mark("Recognition confirmed"),
    "rejected": mark("Recognition rejected"),
}
ROLE_WORDS: dict[str, str] = {
    "farmer": mark("Farmer"),
    "regulator": mark("Duty officer"),
    "technician": mark("Technician"),
    "administrator": mark("Administrator"),
}


def badge(state: State, words: Words, text: str | None = None) -> Markup:
    """Return the state as shape and word on a tint; `text` replaces the word."""
    look = STATES[state]
    return Markup(
        '<span class="hy-badge" style="color:{};background:{};border-color:{}"><i aria-hidden="true">{}</i>{}</span>'
    ).format(look.ink, look.wash, look.strong, look.shape, words(look.word) if text is None else text)


def severity_badge(severity: int, words: Words) -> Markup:
    """Return an alert's colour word as a badge: 红 ■ / Red."""
    names = {1: mark("Blue"), 2: mark("Yellow"), 3: mark("Orange"), 4: mark("Red")}
    return badge(state_of(severity), words, words(names[severity]))


def class_mark(name: str, words: Words) -> Markup:
    """Return a target's class as a coloured shape and its word."""
    look = CLASSES.get(name, CLASSES["unknown"])
    shapes = {"boat": "▲", "ship": "▬", "diamond": "◆", "ring": "○", "square": "■", "cross": "✚"}
    return Markup('<span class="hy-class"><i aria-hidden="true" style="color:{}">{}</i>{}</span>').format(
        look.colour, shapes[look.icon], words(look.word)
    )
