"""``huangyu evidence``: make the bundle of an alert, and verify one."""

import asyncio
import getpass
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from typer.core import TyperGroup

from services.evidence_bundle import Check, EvidenceError, verify
from services.settings import CONFIG_DIR, load_shore
from store.database import Database
from store.store import Store

MAX_BESIDE = 5
"""Files with the name of the bundle before that are looked at."""


class _MakeByDefault(TyperGroup):
    """``huangyu evidence ALERT_ID`` means ``huangyu evidence make ALERT_ID``."""

    def resolve_command(self, ctx: object, args: list[str]) -> object:  # type: ignore[override]
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            args = ["make", *args]
        return super().resolve_command(ctx, args)  # type: ignore[arg-type]


app = typer.Typer(
    cls=_MakeByDefault, add_completion=False, help="证据包：制作、校验。Evidence bundles.", no_args_is_help=True
)
Dsn = Annotated[str, typer.Option("--dsn", envvar="HUANGYU_DSN", help="数据库连接串。Database.")]
Config = Annotated[Path | None, typer.Option("--config", help="岸端设置。Shore settings.")]
Json = Annotated[bool, typer.Option("--json", help="输出 JSON。Print JSON.")]


@app.command("make")
def make_bundle(
    alert_id: Annotated[str, typer.Argument(help="告警编号。Alert.")],
    out: Annotated[Path, typer.Option(help="输出目录。Output folder.")] = Path("evidence"),
    rules: Annotated[Path, typer.Option(help="规则目录。Rule files.")] = CONFIG_DIR / "rules",
    config: Config = None,
    dsn: Dsn = "",
    as_json: Json = False,
) -> None:
    """制作一条告警的证据包（ZIP：PDF、网页、原始报文、解码表、规则、清单）。"""
    path, number, digest = asyncio.run(_make(alert_id, out, rules, dsn or load_shore(config).dsn()))
    if as_json:
        typer.echo(json.dumps({"file": str(path), "bundle_no": number, "manifest_sha256": digest}))
    else:
        typer.echo(f"证据包 {number}: {path}\n清单 SHA-256: {digest}")


async def _make(alert_id: str, out: Path, rules: Path, dsn: str) -> tuple[Path, int, str]:
    from services.evidence import make  # noqa: PLC0415 - fonts and coast only when a bundle is made

    async with Database.session(dsn, application="evidence") as database:
        path, bundle = await make(
            Store(database), alert_id, rules_dir=rules, at=datetime.now(UTC), actor=getpass.getuser(), out=out
        )
    return path, bundle.bundle_no, bundle.manifest_sha256


@app.command("verify")
def verify_bundle(
    file: Annotated[Path, typer.Argument(help="证据包 ZIP。Bundle.")],
    chain: Annotated[bool, typer.Option("--chain", help="同时核对数据库中的链。Check the chain too.")] = False,
    config: Config = None,
    dsn: Dsn = "",
    as_json: Json = False,
) -> None:
    """校验证据包：任何改动都会列出，退出码 1。"""
    try:
        check = verify(file.read_bytes())
    except OSError as exc:
        raise EvidenceError(f"{file}: 无法读取（{exc}）。Cannot be read.") from exc
    problems = list(check.problems)
    beside = previous_beside(file, check)
    if beside is not None:
        problems += beside[1]
    if chain:
        problems += asyncio.run(_chain_problems(check, dsn or load_shore(config).dsn()))
    _say(file, check, problems, chain, as_json, beside[0] if beside else None)
    if problems:
        raise typer.Exit(1)


def previous_beside(file: Path, check: Check) -> tuple[str, list[str]] | None:
    """Return the name of the bundle before, where it stands beside this one, and what is wrong between the two."""
    if check.bundle_no is None or check.bundle_no < 2:
        return None
    for other in sorted(file.parent.glob(f"evidence-{check.bundle_no - 1:06d}-*.zip"))[:MAX_BESIDE]:
        before = verify(other.read_bytes())
        if before.bundle_no != check.bundle_no - 1:
            continue
        if before.manifest_sha256 == check.previous_sha256:
            return other.name, []
        return other.name, [f"与前一包 {other.name} 不连。It does not chain to the bundle before it."]
    return None


async def _chain_problems(check: Check, dsn: str) -> list[str]:
    async with Database.session(dsn, application="evidence") as database:
        store = Store(database)
        found = await store.evidence.problems()
        known = {b.bundle_no: b for b in await store.evidence.bundles()}
    link = known.get(check.bundle_no or 0)
    if link is None:
        found.append("数据库中没有这个证据包。The database knows no such bundle.")
    elif (link.manifest_sha256, link.previous_sha256) != (check.manifest_sha256, check.previous_sha256):
        found.append("清单与数据库记录不符。The manifest is not the one that the database recorded.")
    return found


def _say(file: Path, check: Check, problems: list[str], chain: bool, as_json: bool, beside: str | None) -> None:
    if as_json:
        figures = {
            "file": str(file), "whole": not problems, "problems": problems, "bundle_no": check.bundle_no,
            "alert_id": check.alert_id, "manifest_sha256": check.manifest_sha256, "chain_checked": chain,
            "previous_checked": beside,
        }  # fmt: skip
        typer.echo(json.dumps(figures, ensure_ascii=False))
        return
    for problem in problems:
        typer.echo(f"× {problem}", err=True)
    if not problems:
        more = f"，与前一包 {beside} 相连 and chained to it" if beside else ""
        more += (
            "，与数据库链一致 and chained in the database"
            if chain
            else "；未核对数据库中的链，整包重做不会发现：加 --chain"
            " (the chain was NOT checked: a bundle rewritten as a whole passes; add --chain)"
        )
        typer.echo(f"完好 whole: 证据包 {check.bundle_no}，清单 {check.manifest_sha256}{more}")
