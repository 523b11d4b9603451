"""``huangyu backtest FILE.csv``: rolling origins over any hourly series, next to references, with table and plots."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Column, Table

from core.errors import ConfigError
from services.cli.csv_table import read_table

if TYPE_CHECKING:
    from forecasting.series.history import Kind

app = typer.Typer(add_completion=False)
KINDS = ("oxygen", "wave", "wind")
Mapper = Callable[[Callable[[int], Any], Sequence[int]], Iterable[Any]]


@app.command()
def backtest(
    file: Annotated[Path, typer.Argument(help="CSV 文件，含时间列和数值列，可为 .gz。CSV with a time column.")],
    column: Annotated[str, typer.Option(help="要预报的列。Column to forecast.")] = "y",
    time: Annotated[str, typer.Option(help="时间列，无时区按 UTC。Time column, UTC where it says no zone.")] = "time",
    kind: Annotated[str, typer.Option(help="oxygen、wave 或 wind。")] = "oxygen",
    covariates: Annotated[str, typer.Option(help="协变量列，逗号分隔；all 为全部，留空不用。Covariates.")] = "all",
    known_ahead: Annotated[str, typer.Option(help="可预知的协变量列。Covariates known ahead.")] = "",
    origins: Annotated[int, typer.Option(min=1, max=2000, help="起报次数。Rolling origins.")] = 40,
    horizon: Annotated[int, typer.Option(min=1, max=240, help="预报时效，小时。Hours ahead.")] = 48,
    out: Annotated[Path | None, typer.Option(help="结果目录。Folder of results.")] = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="并行进程数。Processes.")] = 1,
    cluster: Annotated[str | None, typer.Option(help="Dask 调度器地址。Address of a Dask scheduler.")] = None,
    autoarima: Annotated[
        bool,
        typer.Option(
            help="加入 AutoARIMA（近 28 天，搜索从简，较慢）。Also AutoARIMA on 28 days, its search cut short."
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="输出 JSON。Print JSON.")] = False,
) -> None:
    """对任意 CSV 回测：进度条、成绩表、可靠性图。Backtest any CSV: progress, a table, reliability plots."""
    from forecasting import backtest as engine  # noqa: PLC0415  (pandas and scipy are heavy)
    from services.backtest_report import as_plain, methods_for, write_report  # noqa: PLC0415

    if kind not in KINDS:
        raise ConfigError(f"没有这个类别。--kind {kind!r} is unknown: use one of {', '.join(KINDS)}.")
    table = read_table(file, time=time, column=column, covariates=covariates)
    ahead = tuple(name for name in known_ahead.split(",") if name)
    missing = [name for name in ahead if name not in table.columns]
    if missing:
        raise ConfigError(f"没有这一列。--known-ahead names {', '.join(missing)}, which is no column of {file.name}.")
    what = engine.plan(table, origins, horizon, cast("Kind", kind), ahead)
    task = partial(engine.run_case, table, what, methods=methods_for(autoarima=autoarima))
    with mapper(workers, cluster) as run:
        cases = list(_shown(run(task, what.origins), len(what.origins), quiet=as_json))
    summary = engine.summarise(cases, what)
    if out is not None:
        write_report(out, table, what, cases, summary)
    if as_json:
        typer.echo(json.dumps(as_plain(summary), ensure_ascii=False))
    else:
        _print(summary, what, out)


@contextmanager
def mapper(workers: int, cluster: str | None) -> Iterator[Mapper]:
    """Yield a way to run all origins: here, in processes, or on a Dask cluster."""
    if cluster is not None:
        try:
            from distributed import Client  # noqa: PLC0415  (extra)
        except ModuleNotFoundError as exc:
            raise ConfigError("--cluster needs Dask: install huangyu[cluster].") from exc
        try:
            connect: Any = Client  # Dask says nothing of its types
            with connect(cluster, timeout=10) as client:
                yield lambda task, items: (future.result() for future in client.map(task, items, pure=False))
        except OSError as exc:
            raise ConfigError(f"No Dask scheduler answers at {cluster}: start one, or leave --cluster out.") from exc
    elif workers > 1:
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_one_thread) as pool:
            yield pool.map
    else:
        _one_thread()
        yield map


def _one_thread() -> None:
    """Keep linear algebra on one thread: a second one doubles what a fit costs."""
    from threadpoolctl import threadpool_limits  # noqa: PLC0415

    threadpool_limits(limits=1)


def _shown(cases: Iterable[Any], total: int, *, quiet: bool) -> Iterator[Any]:
    """Yield the cases behind a progress bar on stderr."""
    columns = (TextColumn("回测 backtest"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), disable=quiet, transient=True) as bar:
        yield from bar.track(cases, total=total)


METHODS = {
    "huangyu": "本预报",
    "persistence": "持续性",
    "seasonal_naive": "昨日同时",
    "climatology": "气候态",
    "autoregression": "自回归",
    "autoarima": "28天",
}
"""What people call the methods of a backtest."""


def _named(method: str) -> str:
    return f"{METHODS[method]} {method}" if method in METHODS else method


def _table(title: str, heads: list[str]) -> Table:
    """Return an empty table narrow enough for a terminal of 80 columns."""
    return Table(*(Column(text, no_wrap=True) for text in ("方法 method", *heads)), title=title, padding=(0, 0))


def _print(summary: Any, what: Any, out: Path | None) -> None:
    """Print losses and coverage by lead, the best method first, and how the chances of the event came true."""
    leads = sorted(next(iter(summary.pinball_by_lead.values())))
    order = sorted(summary.pinball, key=lambda name: summary.pinball[name])
    console = Console()
    losses = _table("分位损失，小为好 pinball", ["全部 all", *(f"{lead} h" for lead in leads)])
    covers = _table("80% 区间覆盖率 coverage", [f"{lead} h" for lead in leads])
    for name in order:
        by_lead, cover = summary.pinball_by_lead[name], summary.coverage80[name]
        losses.add_row(_named(name), f"{summary.pinball[name]:.4f}", *(f"{by_lead[lead]:.3f}" for lead in leads))
        covers.add_row(_named(name), *(f"{cover[lead]:.2f}" for lead in leads))
    console.print(losses, covers)
    side, sign = ("低于", "<") if what.event_below else ("高于", ">")
    console.print(f"越限：{side} {what.event_limit:.2f}；event: y {sign} {what.event_limit:.2f}")
    for window, score in summary.brier.items():
        events = summary.events[window]
        console.print(f"{window} h 内越限 Brier {score:.3f}（{summary.cases} 次起报中 {events} 次发生 events）")
    if out is not None:
        console.print(f"结果 results: {out}")
