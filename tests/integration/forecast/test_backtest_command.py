"""`huangyu backtest` as people call it: a CSV, its references and peers, in this process or on a Dask cluster."""

import json
from pathlib import Path

import pytest
from distributed import LocalCluster
from typer.testing import CliRunner

from services.cli.main import app
from tests.unit.forecasting.test_api import tidal

QUICK = ["--origins", "2", "--horizon", "12"]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "oxygen.csv.gz"
    tidal(2000).rename(columns={"y": "do"}).rename_axis("when").to_csv(path)
    return path


def call(*words: str) -> str:
    done = CliRunner().invoke(app, ["backtest", *words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_backtest_writes_scores_forecasts_and_plots_next_to_every_peer(table: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    shown = call(str(table), "--column", "do", "--time", "when", *QUICK, "--known-ahead", "temp", "--autoarima",
                 "--out", str(out))  # fmt: skip
    scores = json.loads((out / "scores.json").read_text())
    methods = {"huangyu", "persistence", "seasonal_naive", "climatology", "autoregression", "autoarima"}
    assert set(scores["pinball"]) == methods
    assert all(name in shown for name in methods)
    assert {p.name for p in out.iterdir()} == {"scores.json", "forecasts.csv", "calibration.svg", "events.svg"}
    assert len((out / "forecasts.csv").read_text().splitlines()) == 1 + 2 * 12
    assert (out / "calibration.svg").read_text().startswith("<svg")


def test_backtest_on_a_cluster_and_in_this_process_agree(table: Path) -> None:
    words = [str(table), "--column", "do", "--time", "when", *QUICK, "--json"]
    with LocalCluster(n_workers=1, processes=False, dashboard_address=None) as cluster:
        assert json.loads(call(*words, "--cluster", cluster.scheduler_address)) == json.loads(call(*words))
