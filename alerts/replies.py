"""What a person's reply means: "1" acknowledges, "退订" opts out; anything else is for a person to read. Pure."""

import re
import unicodedata
from enum import StrEnum


class Meaning(StrEnum):
    """What a reply says."""

    RECEIVED = "received"
    OPT_OUT = "opt_out"
    OPT_IN = "opt_in"
    WORDS = "words"


_RECEIVED = frozenset({"1", "一", "收到", "已收到", "好", "好的", "知道了", "ok", "yes", "y", "received"})
_OPT_OUT = frozenset({"td", "t", "退订", "stop", "unsubscribe", "n"})
_OPT_IN = frozenset({"订阅", "恢复", "start"})
_EDGES = re.compile(r"^[\s。.,，!！、\"'“”【】\[\]()（）]+|[\s。.,，!！、\"'“”【】\[\]()（）]+$")


def meaning(text: str) -> Meaning:
    """Return what a reply means; width, case and punctuation around it do not matter (１。 is a 1)."""
    word = _EDGES.sub("", unicodedata.normalize("NFKC", text)).casefold()
    if word in _RECEIVED:
        return Meaning.RECEIVED
    if word in _OPT_OUT:
        return Meaning.OPT_OUT
    return Meaning.OPT_IN if word in _OPT_IN else Meaning.WORDS


def plain_number(address: str) -> str:
    """Return a mainland mobile number without country code and signs: +86 199-0000-0001 -> 19900000001."""
    digits = re.sub(r"[^\d+]", "", address)
    for prefix in ("+86", "0086", "86"):
        if digits.startswith(prefix) and len(digits) - len(prefix) == 11:
            return digits.removeprefix(prefix)
    return digits
