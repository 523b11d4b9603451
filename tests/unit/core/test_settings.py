"""Settings: every problem at once, each with file and key."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Literal

import pytest

from core.errors import ConfigError
from core.settings import build, load_toml


class Mode(StrEnum):
    FAST = "fast"
    SLOW = "slow"


@dataclass(frozen=True, kw_only=True)
class Port:
    host: str
    port: int = 502

    def __post_init__(self) -> None:
        if not 0 < self.port < 65536:
            raise ValueError(f"port {self.port} is not between 1 and 65535.")


@dataclass(frozen=True, kw_only=True)
class Plant:
    name: str
    ports: tuple[Port, ...]
    mode: Mode = Mode.FAST
    kind: Literal["oxygen", "wave"] = "oxygen"
    period_s: float = 1.0
    folder: Path | None = None
    limits: dict[str, float] | None = None


def test_build_full_table_fills_nested_types() -> None:
    table = {
        "name": "a", "ports": [{"host": "h"}, {"host": "i", "port": 1502}], "mode": "slow", "kind": "wave",
        "period_s": 2, "folder": "/tmp", "limits": {"do": 4},
    }  # fmt: skip
    assert build(Plant, table, where="x.toml") == Plant(
        name="a", ports=(Port(host="h"), Port(host="i", port=1502)), mode=Mode.SLOW, kind="wave",
        period_s=2.0, folder=Path("/tmp"), limits={"do": 4.0},
    )  # fmt: skip


def test_build_bad_table_reports_every_problem_with_its_key() -> None:
    table = {"nmae": 1, "ports": [{"host": 5}, {"host": "h", "port": 70000}], "mode": "warp", "period_s": "2"}
    with pytest.raises(ConfigError) as error:
        build(Plant, table, where="x.toml")
    text = str(error.value)
    for part in ("'nmae'", "'name' is missing", "ports[0].host", "ports[1]", "70000", "x.toml.mode", "x.toml.period_s"):
        assert part in text
    assert len(error.value.problems) == 6


@pytest.mark.parametrize("value", ["Wave", "", None, 1, True, ["wave"], {}])
def test_build_word_that_is_no_choice_is_refused_with_the_choices(value: object) -> None:
    with pytest.raises(ConfigError, match=r"x\.kind: .* is not one of oxygen, wave"):
        build(Plant, {"name": "a", "ports": [], "kind": value}, where="x")


@pytest.mark.parametrize("value", [True, "1", None, [1], {}])
def test_build_number_of_wrong_type_is_refused(value: object) -> None:
    with pytest.raises(ConfigError):
        build(Port, {"host": "h", "port": value}, where="x")


@pytest.mark.parametrize(("case", "content"), [("broken", b"a = ["), ("not UTF-8", b"a = '\xff'")])
def test_load_toml_unreadable_file_is_a_clear_error(tmp_path: Path, case: str, content: bytes) -> None:
    path = tmp_path / "x.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"x\.toml"):
        load_toml(path)


def test_load_toml_absent_file_names_it(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no such file"):
        load_toml(tmp_path / "none.toml")
