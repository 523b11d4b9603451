"""The systemd unit, asked of systemd itself: it parses whole, and what it may touch stays little."""

import re
import subprocess
from pathlib import Path

UNIT = Path("deploy/systemd/huangyu-gateway.service")
MOST_EXPOSURE = 2.5


def analyze(*arguments: str) -> str:
    done = subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True, timeout=30, check=False)
    return done.stdout + done.stderr


def test_unit_is_sound_and_exposes_little(tmp_path: Path) -> None:
    copy = tmp_path / UNIT.name
    copy.write_text(UNIT.read_text(encoding="utf-8").replace("/opt/huangyu/bin/huangyu", "/bin/true"), encoding="utf-8")
    about = [line for line in analyze("verify", "--man=no", str(copy)).splitlines() if UNIT.name in line]
    assert about == []
    told = analyze("security", "--offline=true", "--no-pager", str(copy))
    level = re.search(r"exposure level for .*: ([0-9.]+)", told)
    assert level is not None, told
    assert float(level[1]) <= MOST_EXPOSURE
