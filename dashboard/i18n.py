"""Words of the screens: English message ids in the code, Chinese in a gettext catalogue, chosen per person."""

import gettext
import io
from functools import cache
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

CATALOGUES = Path(__file__).parent / "catalogues"
LOCALES = ("zh", "en")


@cache
def translations(locale: str) -> gettext.NullTranslations:
    """Return the words of a locale; English is the message ids themselves."""
    path = CATALOGUES / locale / "LC_MESSAGES" / "huangyu.po"
    if not path.exists():
        return gettext.NullTranslations()
    with path.open("rb") as source:
        catalogue = read_po(source, locale=locale)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


class Words:
    """The words of one locale: ``words("Cages")``, with ``{placeholders}`` filled by keyword."""

    def __init__(self, locale: str) -> None:
        self.locale = locale if locale in LOCALES else "zh"
        self._translations = translations(self.locale)

    def __call__(self, message: str, **values: object) -> str:
        """Return the message in this locale."""
        text = self._translations.gettext(message)
        return text.format(**values) if values else text

    def pick(self, zh: str | None, en: str | None) -> str:
        """Return whichever of two ready texts fits, falling back on the other when one is missing."""
        first, second = (zh, en) if self.locale == "zh" else (en, zh)
        return first or second or ""

    @property
    def is_zh(self) -> bool:
        """Return whether this is Chinese."""
        return self.locale == "zh"


def mark(message: str) -> str:
    """Return the message unchanged: marks a text in a table for the catalogue."""
    return message
