"""Which texts the screens use: read from the code and the templates, compared with the catalogues.

``python -m dashboard.extract`` prints every text that a catalogue lacks or has too many, ready to paste.
"""

import ast
import re
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from dashboard.i18n import CATALOGUES

ROOT = Path(__file__).parent
_IN_TEMPLATE = re.compile(r"""_\(\s*"((?:[^"\\]|\\.)*)\"""")


def used() -> dict[str, str]:
    """Return every message id used on a screen, with one place where it stands."""
    found: dict[str, str] = {}
    for path in sorted(ROOT.rglob("*.py")):
        for text in _texts_of(ast.parse(path.read_text(encoding="utf-8"))):
            found.setdefault(text, str(path.relative_to(ROOT)))
    for path in sorted((ROOT / "templates").rglob("*.html")):
        for text in _IN_TEMPLATE.findall(path.read_text(encoding="utf-8")):
            found.setdefault(text, str(path.relative_to(ROOT)))
    return found


def _texts_of(tree: ast.AST) -> list[str]:
    """Return the literal first arguments of ``words("…")``, ``mark("…")`` and ``…\u200b.words("…")``."""
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args or not _is_words(node.func):
            continue
        first = node.args[0]
        if isinstance(first, ast.Constant) and isinstance(first.value, str):
            found.append(first.value)
    return found


def _is_words(function: ast.expr) -> bool:
    if isinstance(function, ast.Name):
        return function.id in {"words", "mark", "_"}
    return isinstance(function, ast.Attribute) and function.attr == "words"


def catalogue(locale: str) -> Catalog:
    """Return the catalogue of a locale as parsed."""
    with (CATALOGUES / locale / "LC_MESSAGES" / "huangyu.po").open("rb") as source:
        return read_po(source, locale=locale)


def missing(locale: str) -> dict[str, str]:
    """Return the used texts that the catalogue lacks or leaves empty."""
    known = {str(m.id): m.string for m in catalogue(locale) if m.id}
    return {text: where for text, where in used().items() if not known.get(text)}


def unused(locale: str) -> list[str]:
    """Return the catalogue's texts that no screen uses any more."""
    return sorted({str(m.id) for m in catalogue(locale) if m.id} - set(used()))


if __name__ == "__main__":
    for text, where in missing("zh").items():
        print(f'\n#: {where}\nmsgid "{text}"\nmsgstr ""')
    for text in unused("zh"):
        print(f"# unused: {text}")
