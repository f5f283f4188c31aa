# SPDX-License-Identifier: Apache-2.0
"""Reference for the evaluation of forecasts: baselines, uncertainty, backtest, leak statistics.

Plain numpy and pandas, float64, deterministic; slow and obvious on purpose.
Times are seconds UTC; a decision time t is the close of the minute that starts at t - 60, so the first
price after t is in the candle that starts at t. Returns are logarithms, a bp is 1e-4, money is a fraction
of the starting equity 1. What is not defined is None (JSON null), never 0 and never NaN.
"""
import math
from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np
import pandas as pd

LAGS, DAY, NORMAL, TINY = (1, 2, 3, 5, 10, 20), 86400, NormalDist(), 1e-12  # TINY: what rounding may do to an equity
constant = lambda x: len(x) < 2 or x.max() == x.min()
ranks = lambda x: pd.Series(x).rank().to_numpy()  # from 1; ties share the mean rank
month = lambda time: str(np.datetime64(int(time), "s"))[:7]

@dataclass(frozen=True)
class Config:
    horizon_minutes: int = 15
    stride_minutes: int = 5
    fee_bp: float = 5.0             # a side, of the traded value
    half_spread_ticks: float = 0.5
    half_spread_bp: float = 0.0     # floor of the half-spread; evaluate_coin raises it to EDGE / 2
    fill: str = "next_close"        # or next_open, next_mid
    side: str = "long_flat"         # or long_short
    sizing: str = "sign"            # or proportional, vol_target
    threshold: float = 0.0          # trade where |prediction| is above it
    scale: float = 1.0              # proportional: prediction / scale, at most 1
    target_vol: float = 0.4         # vol_target: a year
    holding: str = "ladder"         # or signal, hysteresis
    volume_share: float = 0.025     # of a minute's traded value, for the capacity
    least_days: int = 30            # daily returns that ratios a year need
    replicates: int = 1000
    seed: int = 1

    @property
    def overlap(self):              # H: forecasts that are alive at once
        return -(-self.horizon_minutes // self.stride_minutes)

class Market:  # minutes without a gap; a missing one is flat at the previous close, with volume 0
    def __init__(self, frame):
        start = frame["timestamp"].to_numpy() // 1000
        self.t0, count = int(start[0]), int(start[-1] - start[0]) // 60 + 1
        row, number = (start - self.t0) // 60, np.arange(count)
        self.traded = np.zeros(count, bool)
        self.traded[row] = True
        last = np.maximum.accumulate(np.where(self.traded, number, 0))
        full = {c: np.zeros(count) for c in ("open", "high", "low", "close", "volume")}
        for c in full:
            full[c][row] = frame[c]
        self.close, self.volume = full["close"][last], full["volume"]
        self.open, self.high, self.low = (np.where(self.traded, full[c], self.close)
                                          for c in ("open", "high", "low"))
        self.middle, self.log = (self.high + self.low) / 2, np.log(self.close)
        self.next_traded = np.minimum.accumulate(np.where(self.traded, number, count)[::-1])[::-1]

    def minute(self, time):  # index of the minute that starts at `time`
        return (np.asarray(time) - self.t0) // 60

def read_predictions(source):  # (time, target, prediction) of the rows that are finite, and how many are not
    f = source if isinstance(source, pd.DataFrame) else pd.read_csv(source)
    time = (pd.to_datetime(f["time"], utc=True) - pd.Timestamp(0, tz="UTC")) // pd.Timedelta("1s")
    y, p = f["target"].to_numpy(float), f["prediction"].to_numpy(float)
    good = np.isfinite(y) & np.isfinite(p)
    return (time.to_numpy()[good], y[good], p[good]), int((~good).sum())

def correlation(a, b):
    c, d = a - a.mean(), b - b.mean()
    return None if constant(a) or constant(b) else float(c @ d / math.sqrt((c @ c) * (d @ d)))

def point_metrics(y, p):
    moved, base = y != 0, float(y @ y)
    return {"samples": len(y), "r2": 1 - float((y - p) @ (y - p)) / base if base > 0 else None,
            "hit_rate": float((np.sign(y) == np.sign(p))[moved].mean()) if moved.any() else None,
            "ic": correlation(y, p), "rank_ic": correlation(ranks(y), ranks(p))}

def dependence(n, overlap):  # lags of the long-run variance, and mean block length: max(2 H, n^(1/3)), at most n / 2
    root = next(c for c in range(1, n + 2) if c**3 >= n)
    return max(1, min(max(2 * overlap, root), n // 2))

def hac_mean(x, overlap):  # mean, its standard error and their ratio: Newey and West 1987, autocovariances over n
    n = len(x)
    if n < 2:
        return float(x[0]) if n else None, None, None
    lags, c, mean = dependence(n, overlap), x - x.mean(), float(x.mean())
    variance = float(c @ c + 2 * sum((1 - k / (lags + 1)) * (c[k:] @ c[:-k]) for k in range(1, lags + 1))) / n
    error = math.sqrt(variance / n) if variance > 1e-14 * float(x @ x) / n else None
    return mean, error, mean / error if error else None

def ic_t(y, p, overlap):  # HAC t-value of the correlation, by its influence function
    ic = correlation(y, p)
    if ic is None:
        return None
    a, b = (y - y.mean()) / y.std(), (p - p.mean()) / p.std()
    error = hac_mean(a * b - ic / 2 * (a * a + b * b), overlap)[1]
    return ic / error if error else None

def t_p_value(t, freedom):  # two-sided p-value of Student's t: Simpson's rule on [0, |t|]
    x = np.linspace(0, abs(t), 20001)
    peak = math.exp(math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2)) / math.sqrt(freedom * math.pi)
    f = peak * np.exp(-(freedom + 1) / 2 * np.log1p(x * x / freedom))
    return max(0.0, 1 - 2 * float(x[1] / 3 * (f[0] + f[-1] + 4 * f[1:-1:2].sum() + 2 * f[2:-1:2].sum())))

def diebold_mariano(y, p, other, overlap):
    """Of squared errors, positive if p is better; Harvey, Leybourne, Newbold 1997; t(n - 1)."""
    n = len(y)
    gain, _, t = hac_mean((y - other) ** 2 - (y - p) ** 2, overlap)
    factor = (n + 1 - 2 * overlap + overlap * (overlap - 1) / n) / n
    t = t * math.sqrt(factor) if t is not None and factor > 0 else None
    return {"gain": gain, "t": t, "p": None if t is None else t_p_value(t, n - 1)}

def calibration(y, p, overlap):  # y = intercept + slope p; the slope is 1 if calibrated, below 1 if forecasts are too large
    c, variance = p - p.mean(), float(p.var())
    if constant(p):
        return {"intercept": None, "slope": None, "error": None}
    slope = float(c @ y) / len(y) / variance
    error = hac_mean(c * (y - y.mean() - slope * c) / variance, overlap)[1]
    return {"intercept": float(y.mean() - slope * p.mean()), "slope": slope, "error": error}

def philox(key, high, low):  # Philox4x32-10 (Salmon et al. 2011): four arrays of 32-bit words
    mask, half = np.uint64(0xFFFFFFFF), np.uint64(32)
    low, high = np.asarray(low, np.uint64), np.asarray(high, np.uint64)
    c0, c1, c2, c3, k0, k1 = low & mask, low >> half, high & mask, high >> half, key & 0xFFFFFFFF, key >> 32
    for _ in range(10):
        p0, p1 = np.uint64(0xD2511F53) * c0, np.uint64(0xCD9E8D57) * c2
        c0, c1, c2, c3 = ((p1 >> half) ^ c1 ^ np.uint64(k0), p1 & mask, (p0 >> half) ^ c3 ^ np.uint64(k1), p0 & mask)
        k0, k1 = (k0 + 0x9E3779B9) & 0xFFFFFFFF, (k1 + 0xBB67AE85) & 0xFFFFFFFF
    return c0, c1, c2, c3

def resample(n, block, replicate, seed):  # stationary bootstrap (Politis and Romano 1994): n row numbers, circular
    uniform = lambda a, b: (((a << np.uint64(20)) ^ (b >> np.uint64(12))).astype(float) + 0.5) * 2.0**-52
    i, w = np.arange(n), philox(seed, replicate, np.arange(n))
    fresh = uniform(w[0], w[1]) < 1 / block
    fresh[0] = True
    start = np.maximum.accumulate(np.where(fresh, i, 0))
    return (np.floor(uniform(w[2], w[3]) * n).astype(int)[start] + i - start) % n

def intervals(n, statistics, cfg):
    """95 % percentile intervals of statistics(rows) -> dict, all from the same rows; None if n < 30."""
    if n < 30:
        return None
    draws = [statistics(resample(n, dependence(n, cfg.overlap), b, cfg.seed)) for b in range(cfg.replicates)]
    values = {k: [d[k] for d in draws if d[k] is not None] for k in draws[0] if k != "samples"}
    enough = lambda v: [float(q) for q in np.quantile(v, (0.025, 0.975))] if len(v) >= 0.9 * len(draws) else None
    return {k: enough(v) for k, v in values.items()}

def bounce_features(market, time):  # known at t: past returns, and where the last trade lies among the trades before it
    i, log, middle = market.minute(time) - 1, market.log, np.log(market.middle)
    mean = lambda x, n: np.mean([x[i - k] for k in range(n)], axis=0)
    displaced = [log[i] - middle[i], log[i] - mean(middle, 5), log[i] - mean(log, 15)]
    return np.column_stack([log[i] - log[i - k] for k in LAGS] + displaced)

def fit_linear(x, y):  # least squares on standardised columns, with a ridge of 1e-9 so that it is always unique
    centre, scale = x.mean(axis=0), x.std(axis=0)
    scale = np.where(scale > 1e-12, scale, np.inf)  # a column that does not vary counts as 0
    z = (x - centre) / scale
    w = np.linalg.solve(z.T @ z / len(z) + 1e-9 * np.eye(x.shape[1]), z.T @ (y - y.mean()) / len(z))
    return lambda other: y.mean() + (other - centre) / scale @ w

def fit_baselines(market, first, last, cfg):  # fitted on every stride-aligned time of the train part [first, last]
    step = cfg.stride_minutes * 60
    time = np.arange(-(-first // step) * step, last + 1, step)
    i = market.minute(time) - 1
    keep = (i >= max(LAGS)) & (i + cfg.horizon_minutes < len(market.log))
    time, i = time[keep], i[keep]
    y = market.log[i + cfg.horizon_minutes] - market.log[i]
    bounce = fit_linear(bounce_features(market, time), y)
    return {"no_change": lambda t: np.zeros(len(t)), "drift": lambda t: np.full(len(t), y.mean()),
            "bounce": lambda t: bounce(bounce_features(market, t))}

def minute_profile(market, time, y, p, cfg):
    """The IC as a sum over minutes, metrics a minute late, gain of the sign by fill (bp, without drift)."""
    i, ahead, log, s = market.minute(time) - 1, cfg.horizon_minutes, market.log, np.sign(p)
    late = log[i + ahead] - log[i + 1]
    out = {"minutes": None, "late": {**point_metrics(late, p), "ic_t": ic_t(late, p, cfg.overlap)}, "edge_bp": {}}
    if not constant(p) and not constant(y):
        weight = (p - p.mean()) / p.std() / y.std() / len(p)
        out["minutes"] = [float(weight @ (log[i + k] - log[i + k - 1])) for k in range(1, ahead + 1)]
    for name, price, k in (("last_close", market.close, 0), ("next_open", market.open, 1),
                           ("next_close", market.close, 1), ("next_mid", market.middle, 1)):
        rows = i + k + ahead < len(price)
        r = np.log(price[i[rows] + k + ahead] / price[i[rows] + k])
        out["edge_bp"][name] = float((s[rows] * r).mean() - s[rows].mean() * r.mean()) * 1e4 if rows.any() else None
    return out

def quantile_table(y, p, buckets=10):  # rows by rising prediction; equal predictions share a bucket
    which = np.minimum(buckets - 1, np.floor((ranks(p) - 0.5) * buckets / len(p)).astype(int))
    bp = lambda x, b: float(x[which == b].mean() * 1e4) if (which == b).any() else None
    rows = [{"samples": int((which == b).sum()), "prediction_bp": bp(p, b), "realised_bp": bp(y, b)} for b in range(buckets)]
    means = np.array([r["realised_bp"] for r in rows if r["samples"]])
    return {"rows": rows, "monotonicity": correlation(ranks(np.arange(len(means))), ranks(means))}

def by_group(keys, y, p, least=30):
    keys = np.asarray(keys)
    group = {str(k): point_metrics(y[keys == k], p[keys == k]) for k in np.unique(keys)}
    return {k: m if m["samples"] >= least else {"samples": m["samples"]} for k, m in group.items()}

def past_volatility(market, time, minutes):  # root mean square of the last one-minute log returns, a minute
    square, i = np.append(0.0, np.diff(market.log) ** 2), market.minute(time) - 1
    return np.array([math.sqrt(square[max(1, k - minutes + 1):k + 1].mean()) if k > 0 else 0.0 for k in i])

def band(price):  # number of the band of the price: [1, 2), [2, 5), [5, 10) of every decade
    decade = math.floor(math.log10(price) + 1e-12)
    return 3 * decade + (price >= 1.999999999 * 10.0**decade) + (price >= 4.999999999 * 10.0**decade)

def tick_table(market, share=0.995, least=200, distinct=5):
    """(month, band) -> coarsest 1, 2 or 5 x 10^k that `share` of the prices lie on (not the gcd: old orders trade off the grid)."""
    groups, table = {}, {}
    for i in np.flatnonzero(market.traded):
        for price in (market.open[i], market.high[i], market.low[i], market.close[i]):
            groups.setdefault((month(market.t0 + 60 * i), band(price)), []).append(price)
    for key, price in groups.items():
        price = np.array(price)
        if len(price) < least or len(np.unique(price)) < distinct:
            continue
        for power in range(key[1], key[1] - 40, -1):  # coarse to fine, none above the price
            tick = (1, 2, 5)[power % 3] * 10.0 ** (power // 3)
            if (np.abs(price / tick - np.round(price / tick)) < 1e-9 * price / tick + 1e-6).mean() >= share:
                table[key] = tick
                break
    return table

def tick_of(table, time, price):  # of the nearest band, then month, that has one; 0 if none has
    number = lambda text: int(text[:4]) * 12 + int(text[5:])
    here, now = band(price), number(month(time))
    return table[min(table, key=lambda k: (abs(k[1] - here), abs(number(k[0]) - now), k))] if table else 0.0

def edge_spread(market, first, last):  # EDGE (Ardia, Guidotti, Kroencke, JFE 2024) as a share of the price; times
    rows = np.flatnonzero(market.traded)
    rows = rows[(rows >= market.minute(first)) & (rows < market.minute(last))]
    if len(rows) < 3:
        return None
    o, h, l, c = (np.log(x[rows]) for x in (market.open, market.high, market.low, market.close))
    m = (h + l) / 2
    h1, l1, c1, m1, o, h, l, m = h[:-1], l[:-1], c[:-1], m[:-1], o[1:], h[1:], l[1:], m[1:]
    moved = ((h != l) | (l != c1)) * 1.0
    at_open = (moved * (o != h)).mean() + (moved * (o != l)).mean()
    at_close = (moved * (c1 != h1)).mean() + (moved * (c1 != l1)).mean()
    if moved.sum() < 2 or at_open == 0 or at_close == 0:
        return None
    a, b, d = (r - moved * r.mean() / moved.mean() for r in (m - o, m - c1, o - c1))
    x1 = -4 / at_open * a * (o - m1) - 4 / at_close * b * (c1 - m1)
    x2 = -4 / at_open * a * (o - c1) - 4 / at_close * d * (c1 - m1)
    v1, v2 = x1.var(), x2.var()
    square = (v2 * x1.mean() + v1 * x2.mean()) / (v1 + v2) if v1 + v2 > 0 else (x1.mean() + x2.mean()) / 2
    return math.sqrt(max(0.0, square))

def sizes(market, time, p, cfg):  # wanted position of each forecast, from -1 to 1, before the threshold
    size = np.clip(p / cfg.scale, -1, 1) if cfg.sizing == "proportional" else np.sign(p)
    if cfg.sizing == "vol_target":
        yearly = past_volatility(market, time, 1440) * math.sqrt(365 * 1440)
        size = size * np.minimum(1, cfg.target_vol / np.maximum(yearly, 1e-12))
    return np.maximum(size, 0) if cfg.side == "long_flat" else size

def schedule(market, time, p, cfg):  # [(time, target exposure)], times rising: no position outlives the forecast it rests on
    size, active = sizes(market, time, p, cfg), np.abs(p) > cfg.threshold
    time, life, out, held = [int(t) for t in time], cfg.horizon_minutes * 60, [], 0.0
    if cfg.holding == "ladder":  # every forecast holds 1/H of the equity for the horizon
        size = np.where(active, size, 0.0)
        for point in sorted(set(time) | {t + life for t in time}):
            old, new = np.searchsorted(time, (point - life, point), "right")
            out.append((point, float(size[old:new].sum()) / cfg.overlap))
        return out
    for i, t in enumerate(time):
        held = float(size[i]) if active[i] else held if cfg.holding == "hysteresis" else 0.0
        out.append((t, held))
        if i + 1 == len(time) or time[i + 1] > t + life:
            held, out = 0.0, out + [(t + life, 0.0)]
    return out

def simulate(market, events, cfg, ticks, flat_cost=None):  # equity at every minute's end, path[0] = 1 at the first event
    cash, units, held, fees, spread, turnover, fills, trips, trip = 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, [], [], None
    count = len(market.close)
    first, end = int(market.minute(events[0][0])), min(int(market.minute(events[-1][0])), count - 1)
    prices = {"next_open": market.open, "next_close": market.close, "next_mid": market.middle}[cfg.fill]
    for j, (time, want) in enumerate(events):
        i = int(market.minute(time))
        i = int(market.next_traded[i]) if i < count else count
        if abs(want - held) <= 1e-12 or (j + 1 < len(events) and i >= market.minute(events[j + 1][0])):
            continue  # nothing to do, or nothing was traded before the next event, which decides then
        i, price = (i, float(prices[i])) if i < count else (count - 1, float(market.close[-1]))
        equity, before, end = cash + units * price, units * price, max(end, i)
        if equity <= 0:
            break
        sign = 1.0 if want * equity > before else -1.0
        half = max(cfg.half_spread_ticks * tick_of(ticks, market.t0 + 60 * i, price) / price, cfg.half_spread_bp * 1e-4)
        half, fee = (half, cfg.fee_bp * 1e-4 * (1 + sign * half)) if flat_cost is None else (0.0, flat_cost)
        change = (want * equity - before) / (1 + sign * want * (half + fee))  # want = position / equity after costs
        size, cost = abs(change), (half + fee) * abs(change)
        closing = size if want == 0 else min(size, abs(before)) if before * change < 0 else 0.0
        if closing > 0:  # round trips go from flat to flat; a flip closes one and opens another
            trip["flow"] += math.copysign(closing, before) - cost * closing / size
            if want * before <= 0:
                trips, trip = trips + [trip], None
        if size > closing:
            trip = trip or {"flow": 0.0, "entry": 0.0}
            trip["flow"] -= math.copysign(size - closing, change) + cost * (size - closing) / size
            trip["entry"] += size - closing
        cash, units, held = cash - change - cost, (before + change) / price if want else 0.0, want
        fees, spread, turnover = fees + fee * size, spread + half * size, turnover + size / equity
        fills.append((i, cash, units, size / equity))
    minutes = np.arange(first, end + 1)
    state = np.array([(1.0, 0.0)] + [f[1:3] for f in fills])[np.searchsorted([f[0] for f in fills], minutes, "right")]
    value = state[:, 1] * market.close[minutes]
    path = np.append(1.0, state[:, 0] + value)
    path[np.minimum.accumulate(path) <= 0] = 0.0  # ruined: stays at 0
    exposure, days = value / np.maximum(path[1:], 1e-300), 60 * len(minutes) / DAY
    move = market.close[minutes[1:]] / market.close[minutes[:-1]] - 1
    room = [market.volume[f[0]] * market.close[f[0]] / f[3] for f in fills]
    return {"first": events[0][0], "path": path, "trades": [t["flow"] / t["entry"] for t in trips], "fills": len(fills),
            "fees": fees, "spread": spread, "turnover_per_day": turnover / days, "exposure": float(np.abs(exposure).mean()),
            "timing_per_day": float((exposure[:-1] - exposure[:-1].mean()) @ move) / days if len(move) else None,
            "capacity": cfg.volume_share * float(np.quantile(room, 0.05)) if fills else None}

def drawdown(path, first):  # largest loss from a peak (the start counts) and the times of peak, trough and recovery
    peak = np.maximum.accumulate(path)
    trough = int(np.argmin(path / peak))
    level = peak[trough] * (1 - TINY)
    if path[trough] >= level:
        return {"depth": 0.0, "peak": None, "trough": None, "recovered": None}
    top, back, at = np.flatnonzero(path[:trough] >= level)[-1], path[trough:] >= level, lambda i: int(first + 60 * i)
    return {"depth": float(path[trough] / peak[trough] - 1), "peak": at(top), "trough": at(trough),
            "recovered": at(trough + np.argmax(back)) if back.any() else None}

def daily_returns(path, first):  # of UTC days, by the start of a minute; the first and last may be short
    day = (first + 60 * np.arange(len(path) - 1)) // DAY
    close = np.append(1.0, path[1:][np.append(np.flatnonzero(np.diff(day)), len(day) - 1)])
    return np.diff(close) / np.maximum(close[:-1], 1e-300)

def sharpe_probability(r, hurdle=0.0):  # PSR, Bailey, Lopez de Prado 2012; a day; kurtosis is 3 if normal
    if len(r) < 3 or r.std() < TINY:
        return None
    z, ratio = (r - r.mean()) / r.std(), float(r.mean() / r.std(ddof=1))
    spread = 1 - float((z**3).mean()) * ratio + (float((z**4).mean()) - 1) / 4 * ratio**2
    return NORMAL.cdf((ratio - hurdle) * math.sqrt((len(r) - 1) / spread)) if spread > 0 else None

def expected_best_sharpe(trials, deviation):  # of the best of `trials` strategies without skill: Bailey, Lopez de Prado 2014
    g, z = 0.5772156649015329, NORMAL.inv_cdf
    return deviation * ((1 - g) * z(1 - 1 / trials) + g * z(1 - 1 / (trials * math.e))) if trials > 1 else 0.0

def performance(path, first, cfg, trials=1):  # what the equity alone says
    days, r, fall = (len(path) - 1) / 1440, daily_returns(path, first), drawdown(path, first)
    enough = len(r) >= cfg.least_days
    deviation = float(r.std(ddof=1)) if enough and len(r) > 1 and r.std() > TINY else None
    below = math.sqrt(float((np.minimum(r, 0) ** 2).mean()))
    cagr = float(path[-1] ** (365 / days) - 1) if enough else None
    marks = path[np.unique(np.append(np.arange(0, len(path), cfg.stride_minutes), len(path) - 1))]
    step = np.diff(marks) / np.maximum(marks[:-1], 1e-300)
    spread = intervals(len(step), lambda rows: {"x": float(step[rows].sum()) / days}, cfg)
    hurdle = expected_best_sharpe(trials, 1 / math.sqrt(max(1, len(r) - 1)))
    return {"return": float(path[-1] - 1), "days": days, "daily_returns": len(r), "per_day": float(step.sum()) / days,
            "per_day_95": spread["x"] if spread else None, "cagr": cagr,
            "volatility": deviation * math.sqrt(365) if deviation else None,
            "sharpe": float(r.mean()) / deviation * math.sqrt(365) if deviation else None,
            "sortino": float(r.mean()) / below * math.sqrt(365) if deviation and below > TINY else None,
            "calmar": cagr / -fall["depth"] if cagr is not None and fall["depth"] else None,
            "max_drawdown": fall, "psr": sharpe_probability(r) if enough else None,
            "dsr": sharpe_probability(r, hurdle) if enough else None}

def backtest(market, events, cfg, ticks, trials=1):
    run, free = simulate(market, events, cfg, ticks), simulate(market, events, cfg, ticks, 0.0)
    low, high = 0.0, 0.1
    for _ in range(60 if free["path"][-1] > 1 + TINY else 0):  # the cost a side that eats the gain
        middle = (low + high) / 2
        low, high = (middle, high) if simulate(market, events, cfg, ticks, middle)["path"][-1] > 1 else (low, middle)
    trades, path = np.array(run.pop("trades")), run.pop("path")
    return {**performance(path, run["first"], cfg, trials), **run, "gross_return": float(free["path"][-1] - 1),
            "break_even_bp": low * 1e4, "trades": len(trades), "trade_hit_rate": float((trades > TINY).mean()) if len(trades)
            else None, "trade_net_bp": float(trades.mean() * 1e4) if len(trades) else None}, path

def choose_threshold(market, time, p, cfg, ticks, least_trades=10):  # largest net return on VALID; inf: do not trade
    best, chosen, tries = 1.0, math.inf, []
    for threshold in sorted({0.0} | {float(q) for q in np.quantile(np.abs(p), (0.5, 0.8, 0.9, 0.95, 0.99))}):
        one = replace(cfg, threshold=threshold)
        run = simulate(market, schedule(market, time, p, one), one, ticks)
        tries.append({"threshold": threshold, "return": float(run["path"][-1] - 1), "trades": len(run["trades"])})
        if len(run["trades"]) >= least_trades and run["path"][-1] >= best and run["path"][-1] > 1 + TINY:
            best, chosen = run["path"][-1], threshold
    return chosen, tries

def portfolio(paths, weights):  # {coin: (first, path)} -> (first, path): never rebalanced, cash before and after
    first = min(f for f, _ in paths.values())
    length = max((f - first) // 60 + len(p) for f, p in paths.values())
    pad = lambda f, p: np.concatenate([np.ones((f - first) // 60), p, np.full(length - (f - first) // 60 - len(p), p[-1])])
    return first, sum(weights[coin] * pad(*paths[coin]) for coin in sorted(paths))

def shift_test(y, p, overlap):  # share of the circular shifts of the forecasts whose IC is at least the true one
    n, edge, ic = len(y), dependence(len(y), overlap), correlation(y, p)
    if ic is None or n < 4 * edge:
        return None
    shifted = [correlation(y, np.roll(p, k)) for k in range(edge, n - edge + 1)]
    return (1 + sum(s >= ic for s in shifted)) / (1 + len(shifted))

def depends_on_future(compute, frame, time):  # whether what compute(frame) knows at `time` changes with later candles
    changed = frame.copy()
    for c in ("open", "high", "low", "close", "volume"):
        changed[c] = np.where(frame["timestamp"] >= time * 1000, frame[c] * 1.37, frame[c])
    return np.asarray(compute(frame)).tobytes() != np.asarray(compute(changed)).tobytes()

def evaluate_forecasts(market, rows, baselines, volatility_edges, cfg):
    time, y, p = rows
    i, other = market.minute(time) - 1, {name: predict(time) for name, predict in baselines.items()}
    if np.abs(market.log[i + cfg.horizon_minutes] - market.log[i] - y).max() > 1e-6:
        raise ValueError("the targets are not those of these candles")
    error = lambda q, r: float(((y[r] - q[r]) ** 2).sum())
    skill = lambda q, r=slice(None): 1 - error(p, r) / error(q, r) if error(q, r) > 0 else None
    b, up, moved = other["bounce"] - other["bounce"].mean(), int((y > 0).sum()), int((y != 0).sum())
    rest = lambda x: x - x.mean() - b * (b @ (x - x.mean())) / max(1e-300, b @ b)
    return {"model": point_metrics(y, p), "zero_targets": float((y == 0).mean()),
            "commoner_sign": max(up, moved - up) / moved if moved else None,
            "baselines": {k: {**point_metrics(y, q), "skill_over": skill(q),
                              "diebold_mariano": diebold_mariano(y, p, q, cfg.overlap)} for k, q in other.items()},
            "ic_beyond_bounce": correlation(rest(y), rest(p)), "ic_t": ic_t(y, p, cfg.overlap),
            "clark_west_t": hac_mean(y * p, cfg.overlap)[2], "shift_p": shift_test(y, p, cfg.overlap),
            "intervals_95": intervals(len(y), lambda r: {**point_metrics(y[r], p[r]), "skill_over_bounce":
                                                         skill(other["bounce"], r)}, cfg),
            "calibration": calibration(y, p, cfg.overlap), "quantiles": quantile_table(y, p),
            "profile": minute_profile(market, time, y, p, cfg),
            "by_hour_utc": by_group(time // 3600 % 24, y, p), "by_month": by_group([month(t) for t in time], y, p),
            "by_volatility": by_group(np.searchsorted(volatility_edges, past_volatility(market, time, 60)), y, p)}

def evaluate_coin(market, test, valid, train_first, train_last, cfg):  # parts: (time, target, prediction); report and paths
    baselines, ticks = fit_baselines(market, train_first, train_last, cfg), tick_table(market)
    spread = edge_spread(market, train_first, int(test[0][0]))
    cfg = replace(cfg, half_spread_bp=max(cfg.half_spread_bp, (spread or 0.0) / 2 * 1e4))
    grid = np.arange(train_first, train_last + 1, cfg.stride_minutes * 60)
    edges = np.quantile(past_volatility(market, grid, 60), (1 / 3, 2 / 3))
    time, _, p = test
    price = float(np.median(market.close[market.minute(time) - 1]))
    tick = tick_of(ticks, int(time[0]), price)
    side = cfg.fee_bp + max(cfg.half_spread_ticks * tick / price * 1e4, cfg.half_spread_bp)
    report = {"forecast": evaluate_forecasts(market, test, baselines, edges, cfg), "strategies": {},
              "costs": {"tick": tick, "tick_bp": tick / price * 1e4, "edge_spread_bp": spread and spread * 1e4,
                        "a_side_bp": side, "forecasts_above_cost": float((np.abs(p) > 2e-4 * side).mean())}}
    hold = [(int(time[0]), 1.0), (int(time[-1]) + cfg.horizon_minutes * 60, 0.0)]
    runs = {"hold": (backtest(market, hold, cfg, ticks), None)}
    for name, q, v in (("model", p, valid[2]), ("bounce", baselines["bounce"](time), baselines["bounce"](valid[0]))):
        chosen, tries = choose_threshold(market, valid[0], v, cfg, ticks)
        for label, threshold in (("always", 0.0), ("chosen", chosen)):
            one = replace(cfg, threshold=threshold)
            runs[f"{name}_{label}"] = backtest(market, schedule(market, time, q, one), one, ticks, len(tries)), threshold
    for name, ((numbers, _), threshold) in runs.items():
        report["strategies"][name] = {**numbers, "threshold": None if threshold == math.inf else threshold}
    return report, {name: (numbers["first"], path) for name, ((numbers, path), _) in runs.items()}
