"""Every text has its Chinese, and nothing in the dashboard's folder hides a standard or top-level module."""

import re
import string
import sys
from pathlib import Path

import pytest

from dashboard import extract
from dashboard.i18n import Words

FOLDER = Path(extract.__file__).parent
TOP = {p.parent.name for p in FOLDER.parent.glob("*/__init__.py")}


def test_catalogue_zh_has_every_text_and_no_other() -> None:
    assert extract.missing("zh") == {}
    assert extract.unused("zh") == []


def test_catalogue_zh_keeps_every_placeholder() -> None:
    def names(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    wrong = [str(m.id) for m in extract.catalogue("zh") if m.id and names(str(m.id)) != names(str(m.string))]
    assert wrong == []


def test_catalogue_zh_is_chinese_wherever_words_are() -> None:
    chinese = re.compile(r"[\u4e00-\u9fff，。：；]")
    plain = [str(m.id) for m in extract.catalogue("zh") if m.id and not chinese.search(str(m.string))]
    assert plain == []


def test_message_ids_are_english() -> None:
    allowed = {"Suspected unregistered (三无)"}
    assert [t for t in extract.used() if re.search(r"[\u4e00-\u9fff]", t) and t not in allowed] == []


def test_words_fill_placeholders_in_both_languages() -> None:
    assert Words("zh")("{n} min", n=3) == "3 分钟"
    assert Words("en")("{n} min", n=3) == "3 min"


def test_words_of_an_unknown_locale_are_chinese() -> None:
    assert Words("fr")("Cage") == "网箱"


@pytest.mark.parametrize(
    "entry", sorted(p.stem for p in FOLDER.iterdir() if p.suffix == ".py" or (p / "__init__.py").exists())
)
def test_no_module_of_the_dashboard_hides_another(entry: str) -> None:
    if entry not in {"__init__", "__main__"}:
        assert entry not in TOP and entry not in sys.stdlib_module_names


def test_no_screen_uses_the_toast_that_readers_cannot_name() -> None:
    assert [p.name for p in FOLDER.rglob("*.py") if "st.toast(" in p.read_text(encoding="utf-8")] == []
