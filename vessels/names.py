"""Names of fishing boats: from 浙洞渔12345 to ZHEDONGYU12345 and back, and how alike two names are.

The grammar (province, county, type, digits) is data: ``config/rules/names.toml``. A near match is a question to a
person, never a verdict. Leading zeros are significant: 0666 is not 666.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from itertools import product
from pathlib import Path

from pypinyin import Style, pinyin
from rapidfuzz.distance import Levenshtein

from core.settings import build, load_toml


class NameMatch(StrEnum):
    """How alike two names are."""

    SAME = "same"
    NEAR = "near"
    OTHER = "other"


@dataclass(frozen=True, kw_only=True)
class ShortForm:
    """A Chinese short form and its readings on AIS; `province` and `place` for counties."""

    zh: str
    readings: tuple[str, ...]
    province: str = ""
    place: str = ""


@dataclass(frozen=True, kw_only=True)
class NameRules:
    """The grammar's data, see ``config/rules/names.toml``."""

    version: str
    source: str
    digits_min: int
    digits_max: int
    placeholders: tuple[str, ...]
    nameless: tuple[str, ...]
    province: tuple[ShortForm, ...]
    county: tuple[ShortForm, ...]
    type: tuple[ShortForm, ...]

    @cached_property
    def fillers(self) -> frozenset[str]:
        """Return the names that are no name, normalised."""
        return frozenset(normalise(word) for word in self.placeholders)

    @cached_property
    def no_names(self) -> tuple[re.Pattern[str], ...]:
        """Return the patterns of texts that name no boat."""
        return tuple(re.compile(text) for text in self.nameless)

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Return the grammar of a normalised AIS name."""
        provinces = "|".join(sorted({r for p in self.province for r in p.readings}, key=len, reverse=True))
        types = "|".join(sorted({r for t in self.type for r in t.readings}, key=len, reverse=True))
        return re.compile(
            rf"(?P<province>{provinces})(?P<county>[A-Z]{{0,12}}?)(?P<type>{types})"
            rf"(?P<digits>\d{{{self.digits_min},{self.digits_max}}})(?P<rest>[A-Z]{{0,2}})"
        )

    @cached_property
    def chinese(self) -> re.Pattern[str]:
        """Return the grammar of a Chinese name."""
        provinces = "".join(p.zh for p in self.province)
        types = "|".join(t.zh for t in self.type)
        return re.compile(
            rf"(?P<province>[{provinces}])(?P<county>[^\d]{{0,2}}?)(?P<type>{types})"
            rf"(?P<digits>\d{{{self.digits_min},{self.digits_max}}})"
        )


@dataclass(frozen=True, kw_only=True)
class BoatName:
    """A fishing boat's name taken apart; `counties` are the Chinese short forms that the letters may stand for."""

    text: str
    letters: str
    digits: str
    province: str
    counties: tuple[str, ...]
    type: str
    places: tuple[str, ...] = field(default=())


def load_rules(rules_dir: Path) -> NameRules:
    """Return the grammar of ``names.toml`` in the rules folder."""
    path = rules_dir / "names.toml"
    return build(NameRules, load_toml(path), where=str(path))


def normalise(text: str) -> str:
    """Return a name without blanks and signs, in capitals, full-width characters made plain."""
    plain = unicodedata.normalize("NFKC", text).upper()
    return "".join(character for character in plain if character.isalnum())


def is_name(text: str | None, rules: NameRules) -> bool:
    """Return whether a text can be a name at all: not empty, no factory setting, not one character repeated."""
    word = normalise(text or "")
    if word in rules.fillers or len(set(word)) < 2 or not any(c.isalpha() for c in word):
        return False
    return not any(pattern.match(word) for pattern in rules.no_names)


def parse(text: str, rules: NameRules) -> BoatName | None:
    """Return a fishing boat's name taken apart, Chinese or as sent on AIS; None when it is not one."""
    word = normalise(text)
    found = rules.chinese.fullmatch(word)
    if found:
        counties = tuple(c for c in rules.county if c.zh == found["county"] and c.province == found["province"])
        return BoatName(
            text=word, letters=word[: -len(found["digits"])], digits=found["digits"], province=found["province"],
            counties=(found["county"],), type=found["type"], places=tuple(c.place for c in counties),
        )  # fmt: skip
    found = rules.pattern.fullmatch(word)
    return None if found is None else _from_pinyin(word, found, rules)


def _from_pinyin(word: str, found: re.Match[str], rules: NameRules) -> BoatName | None:
    province = next(p.zh for p in rules.province if found["province"] in p.readings)
    counties = tuple(c for c in rules.county if c.province == province and found["county"] in c.readings)
    kind = next(t.zh for t in rules.type if found["type"] in t.readings)
    return BoatName(
        text=word, letters=word[: found.end("type")], digits=found["digits"], province=province,
        counties=tuple(c.zh for c in counties), type=kind, places=tuple(c.place for c in counties),
    )  # fmt: skip


def readings(name_zh: str, rules: NameRules) -> frozenset[str]:
    """Return every normalised AIS form of a Chinese name; a name already in letters is its own reading."""
    word = normalise(name_zh)
    if word.isascii():
        return frozenset({word})
    found = rules.chinese.fullmatch(word)
    if found is None:
        return frozenset(_spelled(word))
    province = next(p.readings for p in rules.province if p.zh == found["province"])
    kind = next(t.readings for t in rules.type if t.zh == found["type"])
    own = [c.readings for c in rules.county if c.zh == found["county"] and c.province == found["province"]]
    county = own[0] if own else _spelled(found["county"])
    return frozenset("".join(parts) + found["digits"] for parts in product(province, county, kind))


def _spelled(word: str, limit: int = 16) -> tuple[str, ...]:
    """Return the readings of any Chinese text by pypinyin, all heteronyms, at most `limit`."""
    syllables = pinyin(word, style=Style.NORMAL, heteronym=True)
    choices = [sorted({normalise(s.replace("ü", "v")) for s in options}) for options in syllables]
    found: list[str] = []
    for parts in product(*choices):
        found.append("".join(parts))
        if len(found) >= limit:
            break
    return tuple(found)


def compare(one: str, other: str, rules: NameRules) -> NameMatch:
    """Return how alike two names are, each Chinese or as sent on AIS."""
    first, second = readings(one, rules), readings(other, rules)
    if first & second:
        return NameMatch.SAME
    near = any(near_text(a, b) for a in first for b in second)
    return NameMatch.NEAR if near else NameMatch.OTHER


def split(word: str) -> tuple[str, str]:
    """Return (letters, digits) of a normalised name that ends in digits."""
    letters = word.rstrip("0123456789")
    return letters, word[len(letters) :]


def near_text(one: str, other: str) -> bool:
    """Return whether two normalised names differ as a slip of the pen does.

    One digit lost, added or changed with the same letters; or the same digits with at most two letters different
    (an ambiguous reading, a dropped G). Names with fewer than three digits need to differ by one letter only.
    """
    letters, digits = split(one)
    other_letters, other_digits = split(other)
    if letters == other_letters:
        return len(digits) >= 3 and Levenshtein.distance(digits, other_digits, score_cutoff=1) <= 1
    allowed = 2 if len(digits) >= 3 and min(len(letters), len(other_letters)) >= 6 else 1
    if len(letters) < 4:
        return False
    return digits == other_digits and Levenshtein.distance(letters, other_letters, score_cutoff=allowed) <= allowed
