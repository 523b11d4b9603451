"""What a reader relies on: each command, setting, rule file and topic is documented; nothing private slipped in."""

import dataclasses
import re
import subprocess
import typing
from pathlib import Path

import pytest

from core import topics
from core.topics import Stream
from services.cli.main import SUBCOMMANDS
from services.settings import ShoreSettings

ROOT = Path(__file__).parents[2]
DOCS = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs").rglob("*.md")))
README = (ROOT / "README.md").read_text(encoding="utf-8")
PACKAGES = (
    "core", "cages", "vessels", "forecasting", "alerts", "store", "gateway", "services", "dashboard", "firmware_sim",
)  # fmt: skip


def tracked_files() -> list[Path]:
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True).stdout.decode()
    return [ROOT / name for name in names.split("\0") if name and (ROOT / name).is_file()]


def setting_names() -> list[str]:
    names = []
    for table in dataclasses.fields(ShoreSettings):
        kind = typing.get_type_hints(ShoreSettings)[table.name]
        names.append(table.name)
        if dataclasses.is_dataclass(kind):
            names += [field.name for field in dataclasses.fields(kind)]
    return names


@pytest.mark.parametrize("name", setting_names())
def test_setting_is_documented(name: str) -> None:
    assert f"`{name}`" in DOCS or f"`[{name}]`" in DOCS


@pytest.mark.parametrize("path", sorted((ROOT / "config" / "rules").glob("*.toml")), ids=lambda p: p.name)
def test_rule_file_is_documented_and_has_a_version(path: Path) -> None:
    assert path.name in DOCS
    assert re.search(r'^version = "', path.read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("path", sorted((ROOT / "config" / "profiles").glob("*.toml")), ids=lambda p: p.name)
def test_instrument_profile_is_documented(path: Path) -> None:
    assert path.stem in DOCS


@pytest.mark.parametrize("row", SUBCOMMANDS, ids=lambda row: row.name)
def test_command_is_documented(row: object) -> None:
    assert f"huangyu {row.name}" in DOCS + README  # type: ignore[attr-defined]


def test_topics_are_documented() -> None:
    for topic in (
        topics.up("{gateway}", Stream.READING).replace("reading", "{stream}"), topics.ack("{gateway}"),
        topics.status("{gateway}"), topics.command("{gateway}", "{id}"), topics.command_result("{gateway}", "{id}"),
        topics.config("{gateway}"),
    ):  # fmt: skip
        assert f"`{topic}`" in DOCS
    for stream in Stream:
        assert f"`{stream}`" in DOCS


def test_links_in_readme_and_docs_lead_somewhere() -> None:
    for page in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_dashboard_has_no_module_that_would_shadow_a_package() -> None:
    names = {path.stem for path in (ROOT / "dashboard").iterdir()}
    assert not names & set(PACKAGES)


def test_tracked_text_names_no_private_place() -> None:
    private = re.compile(r"\.\./shared|/work/main|/root/|/\.library")
    for path in tracked_files():
        if path.suffix in {".py", ".md", ".toml", ".sql", ".sh", ".txt", ".lock", ""} and path != Path(__file__):
            text = path.read_text(encoding="utf-8", errors="ignore")
            assert not private.search(text), path.relative_to(ROOT)
