"""The peers that `benchmarks/forecast_skill.py` runs next to huangyu, each in its own usual form.

- ar: AR(26) with diel and M2, O1, N2, M4 harmonics, least squares, Gaussian fan (as statsmodels ``AutoReg``);
- ridge: direct ridge for each lead on 48 lags, covariates and the same harmonics, fan from its residuals;
- lightgbm: one quantile model for each decile over lags, rolling means, covariates, lead and clock of the target;
- persistence: last value with the spread of past changes.
"""

import lightgbm
import numpy as np
import pandas as pd
from scipy.stats import norm

DECILES = np.arange(1, 10) / 10
TIDES_H = (12.4206012, 25.8193417, 12.6583482, 6.2103006)
YEAR_H = 8766.0


def hours(index):
    return np.asarray((index - pd.Timestamp("2000-01-01", tz="UTC")) / pd.Timedelta("1h"), dtype=float)


def harmonics(time_h, periods):
    return np.column_stack([f(2 * np.pi * time_h / p) for p in periods for f in (np.sin, np.cos)])


def scaled(history, kind):
    y = history["y"].to_numpy(dtype=float)
    return np.log(np.maximum(y, 0.05)) if kind == "wave" else y


def unscaled(table, kind):
    return np.exp(table) if kind == "wave" else table


def bridged(values):
    return pd.Series(values).interpolate(limit_direction="both").to_numpy()


def ar_fit(history, horizon, kind, order):
    """Return constant-and-lag slopes, what the harmonics add ahead, the noise, and the newest values, oldest first."""
    y = scaled(history, kind)
    known, filled, time_h, n = ~np.isnan(y), bridged(y), hours(history.index), len(y)
    periods = (24.0, 12.0, *TIDES_H)
    lags = [filled[order - k : n - k] for k in range(1, order + 1)]
    x = np.column_stack([np.ones(n - order), *lags, harmonics(time_h[order:], periods)])
    rows = (np.convolve(known, np.ones(order + 1), "valid") >= 0.8 * order) & known[order:]
    slope = np.linalg.lstsq(x[rows], filled[order:][rows], rcond=None)[0]
    noise = (filled[order:] - x @ slope)[rows]
    ahead = harmonics(time_h[-1] + 1 + np.arange(horizon), periods) @ slope[order + 1 :]
    return slope[: order + 1], ahead, noise, filled[-order:]


def ar(history, horizon, kind, order=26):
    slope, ahead, noise, newest = ar_fit(history, horizon, kind, order)
    past, middle = list(newest), []
    for h in range(horizon):
        middle.append(slope[0] + np.dot(slope[1:], past[::-1][:order]) + ahead[h])
        past.append(middle[-1])
    psi = np.zeros(horizon)
    psi[0] = 1
    for j in range(1, horizon):
        psi[j] = sum(slope[k] * psi[j - k] for k in range(1, min(j, order) + 1))
    spread = noise.std() * np.sqrt(np.cumsum(psi**2))
    return unscaled(np.array(middle)[:, None] + spread[:, None] * norm.ppf(DECILES), kind)


def ar_paths(history, horizon, kind, count, seed, order=26):
    """Return joint futures of the same autoregression, its noise drawn from the past, shape ``(count, horizon)``."""
    slope, ahead, noise, newest = ar_fit(history, horizon, kind, order)
    shocks = np.random.default_rng(seed).choice(noise, (count, horizon))
    past = np.tile(newest, (count, 1))
    for h in range(horizon):
        value = slope[0] + past[:, : -order - 1 : -1] @ slope[1:] + ahead[h] + shocks[:, h]
        past = np.column_stack([past, value])
    return unscaled(past[:, order:], kind)


def ridge(history, horizon, kind, penalty=30.0, lags=48):
    y = scaled(history, kind)
    filled, time_h, n = bridged(y), hours(history.index), len(y)
    columns = [filled[lags - k : n - k] for k in range(lags)]
    columns += [bridged(history[c].to_numpy(dtype=float))[lags:] for c in history.columns if c != "y"]
    columns += list(harmonics(time_h[lags:], (24.0, 12.0, *TIDES_H, YEAR_H)).T)
    x = np.column_stack(columns)
    x = (x - x.mean(axis=0)) / (x.std(axis=0) + 1e-9)
    target, m, out = y[lags:], len(x), []
    for h in range(1, horizon + 1):
        rows = ~np.isnan(target[h:]) & ~np.isnan(target[: m - h])
        a, b = x[: m - h][rows], target[h:][rows]
        slope = np.linalg.solve(a.T @ a + penalty * np.eye(a.shape[1]), a.T @ (b - b.mean()))
        left = b - b.mean() - a @ slope
        out.append(b.mean() + x[-1] @ slope + np.quantile(left, DECILES))
    return unscaled(np.array(out), kind)


def tree_features(history, kind):
    y = scaled(history, kind)
    s = pd.Series(bridged(y))
    columns = [s.shift(k) for k in (0, 1, 2, 3, 6, 12, 13, 24, 25, 48)]
    columns += [s.rolling(w).mean() for w in (6, 24, 72, 168)]
    columns += [s.rolling(24).std(), s.rolling(24).min(), s.rolling(24).max()]
    columns += [pd.Series(bridged(history[c].to_numpy(dtype=float))) for c in history.columns if c != "y"]
    return np.column_stack(columns), y, hours(history.index)


def target_clock(time_h):
    return harmonics(time_h, (24.0, 12.0, *TIDES_H[:2], YEAR_H))


def fit_lightgbm(history, horizon, kind, seed=0, origins=3000, rounds=150):
    x, y, time_h = tree_features(history, kind)
    rng = np.random.default_rng(seed)
    starts = np.arange(170, len(y) - horizon)
    starts = rng.choice(starts, min(len(starts), origins), replace=False)
    rows, truth = [], []
    for first in range(1, horizon + 1, 3):
        lead = np.minimum(first + rng.integers(0, 3, len(starts)), horizon)
        rows.append(np.column_stack([x[starts], lead, target_clock(time_h[starts + lead])]))
        truth.append(y[starts + lead])
    a, b = np.vstack(rows), np.concatenate(truth)
    known = ~np.isnan(b)
    fixed = {"objective": "quantile", "num_leaves": 31, "learning_rate": 0.06, "min_data_in_leaf": 50, "verbose": -1}
    fixed |= {"num_threads": 1, "seed": 1, "feature_fraction": 0.8}
    return [lightgbm.train({**fixed, "alpha": q}, lightgbm.Dataset(a[known], b[known]), rounds) for q in DECILES]


def predict_lightgbm(models, history, horizon, kind):
    x, _, time_h = tree_features(history.iloc[-200:], kind)
    lead = np.arange(1, horizon + 1)
    rows = np.column_stack([np.repeat(x[-1:], horizon, axis=0), lead, target_clock(time_h[-1] + lead)])
    return unscaled(np.sort(np.column_stack([m.predict(rows, num_threads=1) for m in models]), axis=1), kind)


def persistence(history, horizon, kind):
    y = scaled(history, kind)
    last = y[~np.isnan(y)][-1]
    change = [y[h:] - y[:-h] for h in range(1, horizon + 1)]
    return unscaled(np.array([last + np.nanquantile(c, DECILES) for c in change]), kind)
