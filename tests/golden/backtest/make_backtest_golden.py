# SPDX-License-Identifier: Apache-2.0
"""Writes golden_backtest.json: what backtest_reference.py says about small cases, for tests.

Constructed cases can be checked by hand: what a hand calculation gives is asserted here before it is
written. The candles and forecasts of the larger cases are the golden_*.csv beside this script: two
artificial markets (one of pure bid-ask bounce, one with a planted signal) and a piece of two real ones.

usage: make_backtest_golden.py [FOLDER]      (the folder of the csv files and of the result; else this script's)
"""
import json
import math
import sys
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pandas as pd

import backtest_reference as ref

START = 1759276800  # 2025-10-01T00:00:00Z
CONFIG = replace(ref.Config(), fee_bp=10.0, half_spread_ticks=0.0, replicates=50, least_days=2)


def plain(x):
    """JSON's own types; NaN and infinity must not get out."""
    if isinstance(x, dict):
        return {str(k): plain(v) for k, v in x.items()}
    if isinstance(x, (list, tuple)):
        return [plain(v) for v in x]
    if isinstance(x, np.ndarray):
        return plain(x.tolist())
    if isinstance(x, (bool, np.bool_)):
        return bool(x)
    if isinstance(x, (int, np.integer)):
        return int(x)
    if isinstance(x, (float, np.floating)):
        assert math.isfinite(x), x
        return float(x)
    return x


def near(a, b, tolerance=1e-12):
    assert abs(a - b) <= tolerance * max(1, abs(b)), (a, b)


def candles(closes, opens=None, highs=None, lows=None, volume=1000.0, missing=(), start=START):
    """One row a minute from `start` on; without `opens` a minute opens at the close before it."""
    opens = opens or [closes[0]] + list(closes[:-1])
    rows = [(1000 * (start + 60 * i), o, max(o, c) if highs is None else highs[i],
             min(o, c) if lows is None else lows[i], c, volume)
            for i, (o, c) in enumerate(zip(opens, closes)) if i not in missing]
    return pd.DataFrame(rows, columns=["timestamp", "open", "high", "low", "close", "volume"])


def run(name, note, frame, minutes, predictions, config, ticks=None):
    """A case of one backtest: forecasts at START + 60 * minutes."""
    market, ticks = ref.Market(frame), ticks or {}
    time, p = START + 60 * np.array(minutes), np.array(predictions, float)
    events = ref.schedule(market, time, p, config)
    numbers, path = ref.backtest(market, events, config, ticks)
    return {"name": name, "note": note, "config": asdict(config),
            "candles": frame.to_numpy().tolist(), "ticks": [[m, b, t] for (m, b), t in ticks.items()],
            "forecasts": [[int(t), float(v)] for t, v in zip(time, p)],
            "expected": {"events": events, "path": path, "numbers": numbers}}


def constructed():
    cases = []
    f = 0.001
    up = [100.0] * 5 + [110.0] * 6
    one = replace(CONFIG, horizon_minutes=5, stride_minutes=5, holding="signal")

    case = run("round_trip", "Bought at 100, sold 5 minutes later at 110, 10 bp a side: 1.1 (1 - f) / (1 + f).",
               candles(up), [2], [0.01], one)
    near(case["expected"]["path"][-1], 1.1 * (1 - f) / (1 + f))
    near(case["expected"]["numbers"]["fees"], f / (1 + f) + 1.1 * f / (1 + f))
    near(case["expected"]["numbers"]["trade_net_bp"], 1e4 * (1.1 * (1 - f) - (1 + f)))
    cases.append(case)

    spread = replace(one, half_spread_ticks=0.5)
    case = run("tick_spread", "The same with a tick of 1: bought at 100.5, sold at 109.5, fees of those values.",
               candles(up), [2], [0.01], spread, {("2025-10", 6): 1.0})
    near(case["expected"]["path"][-1], 109.5 * (1 - f) / (100.5 * (1 + f)))
    cases.append(case)

    for fill, price in (("next_open", 100.0), ("next_mid", 101.0), ("next_close", 102.0)):
        frame = candles([100.0, 100.0, 102.0] + [102.0] * 4 + [104.0] * 3,
                        opens=[100.0] * 3 + [102.0] * 4 + [104.0] * 3)
        case = run("fill_" + fill, "The minute of the fill opens at 100 and closes at 102; sold at 104.",
                   frame, [2], [0.01], replace(one, fill=fill, fee_bp=0.0))
        near(case["expected"]["path"][-1], 104 / price)
        cases.append(case)

    case = run("flat_costs", "A price that never moves, four round trips: ((1 - f) / (1 + f))^4.",
               candles([50.0] * 45), [2, 12, 22, 32], [1.0] * 4, one)
    near(case["expected"]["path"][-1], ((1 - f) / (1 + f)) ** 4)
    near(case["expected"]["numbers"]["trades"], 4)
    cases.append(case)

    ladder = replace(CONFIG, fee_bp=0.0)
    case = run("ladder", "Forecasts + + - + every 5 minutes for 15: 1/3, 2/3, 2/3, 2/3, 1/3, 1/3, 0 of the equity.",
               candles([100.0] * 40), [5, 10, 15, 20], [1.0, 1.0, -1.0, 1.0], ladder)
    assert [round(3 * w) for _, w in case["expected"]["events"]] == [1, 2, 2, 2, 1, 1, 0]
    assert [(t - START) // 60 for t, _ in case["expected"]["events"]] == [5, 10, 15, 20, 25, 30, 35]
    assert case["expected"]["numbers"]["fills"] == 4
    near(case["expected"]["numbers"]["turnover_per_day"], 4 / 3 / (31 / 1440))
    cases.append(case)

    case = run("ladder_short", "The same long and short: 1/3, 2/3, 1/3, 1/3, 0, 1/3, 0.",
               candles([100.0] * 40), [5, 10, 15, 20], [1.0, 1.0, -1.0, 1.0], replace(ladder, side="long_short"))
    assert [round(3 * w) for _, w in case["expected"]["events"]] == [1, 2, 1, 1, 0, 1, 0]
    cases.append(case)

    prices = [100.0] * 4 + [110.0] * 5 + [99.0] * 5
    flip = replace(one, side="long_short")
    case = run("flip", "Long from 100 to 110, then short to 99: two round trips; a flip pays for both sides.",
               candles(prices), [3, 8], [1.0, -1.0], flip)
    equity = 1 / (1 + f)  # units x 100 after costs
    held = 1.1 * equity  # before the flip: all in the coin
    short = held - f * (2 * held) / (1 + f)  # change = 2 held / (1 + f): position = - equity after costs
    near(case["expected"]["path"][6], short, 1e-9)
    near(case["expected"]["path"][-1], 2 * short - short * 0.9 * (1 + f), 1e-9)
    assert case["expected"]["numbers"]["trades"] == 2
    cases.append(case)

    case = run("missing_minute", "No trade in the minute after the forecast: filled a minute later, at 103.",
               candles([100.0, 100.0, 101.0, 103.0, 103.0, 103.0, 103.0, 105.0, 105.0, 105.0], missing=(2,)),
               [2], [0.01], replace(one, fee_bp=0.0))
    near(case["expected"]["path"][-1], 105 / 103)
    cases.append(case)

    case = run("missing_all", "No trade until the next forecast, which says flat: no trade at all.",
               candles([100.0] * 20, missing=tuple(range(2, 9))), [2, 7], [0.01, -0.01], one)
    assert case["expected"]["numbers"]["fills"] == 0
    cases.append(case)

    case = run("expired", "Hysteresis keeps a position, but a gap in the forecasts ends it after the horizon.",
               candles([100.0] * 3 + [101.0] * 5 + [120.0] * 30), [2, 30], [0.01, 0.0],
               replace(one, holding="hysteresis", fee_bp=0.0))
    near(case["expected"]["path"][-1], 101 / 100)  # sold at minute 7, not at 120
    cases.append(case)

    case = run("hysteresis", "Bought, kept while |forecast| is within the threshold, sold at the opposite.",
               candles([100.0] * 8 + [105.0] * 5 + [107.0] * 10), [2, 7, 12], [0.01, 0.0, -0.01],
               replace(one, holding="hysteresis", threshold=0.005, fee_bp=0.0))
    near(case["expected"]["path"][-1], 1.05)
    assert case["expected"]["numbers"]["trades"] == 1
    cases.append(case)

    case = run("no_trade", "A threshold that no forecast passes: equity 1, everything undefined is null.",
               candles([100.0, 103.0] * 20), [2, 7, 12], [0.001] * 3, replace(one, threshold=0.01))
    assert case["expected"]["numbers"]["return"] == 0 and case["expected"]["numbers"]["trade_net_bp"] is None
    cases.append(case)

    case = run("end_of_data", "The candles end before the exit: sold at the last close, with costs.",
               candles([100.0] * 4 + [108.0] * 2), [3], [1.0], replace(one, fee_bp=0.0, fill="next_open"))
    near(case["expected"]["path"][-1], 1.08)
    cases.append(case)

    case = run("ruin", "Short at 100, the price goes to 250: the equity is 0 and stays there.",
               candles([100.0] * 4 + [150.0, 250.0, 90.0, 90.0, 90.0, 90.0]), [3], [-1.0], replace(flip, fee_bp=0.0))
    assert case["expected"]["path"][-1] == 0 and case["expected"]["numbers"]["return"] == -1
    cases.append(case)

    case = run("proportional", "Position = forecast / 0.02, at most 1: 1/4, 1, 0 (long or flat).",
               candles([100.0] * 4 + [101.0] * 5 + [102.0] * 12), [3, 8, 13], [0.005, 0.05, -0.05],
               replace(one, sizing="proportional", scale=0.02))
    near(case["expected"]["events"][0][1], 0.25)
    near(case["expected"]["events"][1][1], 1.0)
    cases.append(case)

    wobble = [100.0 * (1.001 if i % 2 else 1.0) for i in range(60)]
    case = run("vol_target", "One-minute moves of ln 1.001: 0.4 / (ln 1.001 sqrt(525600)) of the equity.",
               candles(wobble), [40], [1.0], replace(one, sizing="vol_target"))
    near(case["expected"]["events"][0][1], 0.4 / (math.log(1.001) * math.sqrt(525600)), 1e-9)
    cases.append(case)
    return cases


def functions():
    """Single functions on short inputs."""
    out = []

    def add(function, arguments, expected):
        out.append({"function": function, "arguments": plain(arguments), "expected": plain(expected)})
        return expected

    key = (0x299F31D0 << 32) | 0xA4093822, (0x03707344 << 32) | 0x13198A2E, (0x85A308D3 << 32) | 0x243F6A88
    for k, high, low, words in ((0, 0, 0, [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]),
                                (*key, [0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1])):
        assert [int(w) for w in ref.philox(k, high, low)] == words  # the vectors of Random123
        out.append({"function": "philox", "arguments": {"key": str(k), "high": str(high), "low": str(low)},
                    "expected": words})
    for n, block, replicate, seed in ((12, 4, 0, 1), (12, 4, 1, 1), (20, 6, 7, 12345)):
        add("resample", {"n": n, "block": block, "replicate": replicate, "seed": seed},
            ref.resample(n, block, replicate, seed))
    for n, overlap, want in ((1, 3, 1), (2, 3, 1), (10, 3, 5), (100, 1, 5), (1278, 3, 11), (1331, 3, 11),
                             (1332, 3, 12), (1278, 12, 24)):
        assert add("dependence", {"n": n, "overlap": overlap}, ref.dependence(n, overlap)) == want

    y = np.array([2.0, -1.0, 0.0, 3.0, -2.0, 1.0, 0.0, -3.0, 2.0, 1.0]) * 1e-3
    p = np.array([1.0, 0.0, 1.0, 2.0, -1.0, -1.0, 1.0, -2.0, 1.0, 2.0]) * 1e-3
    zero, other = np.zeros(10), np.full(10, 2e-4)
    m = add("point_metrics", {"y": y, "p": p}, ref.point_metrics(y, p))
    near(m["r2"], 1 - 13 / 33)  # squared errors 1+1+1+1+1+4+1+1+1+1 = 13; squared targets 33
    near(m["hit_rate"], 6 / 8)  # 8 targets moved; the zero forecast and one wrong sign do not count
    for name, a, b in (("constant forecast", y, other), ("constant target", zero, p), ("one sample", y[:1], p[:1])):
        m = add("point_metrics", {"note": name, "y": a, "p": b}, ref.point_metrics(a, b))
        assert m["ic"] is None and m["rank_ic"] is None
    mean, error, t = add("hac_mean", {"x": y, "overlap": 1}, ref.hac_mean(y, 1))
    add("hac_mean", {"x": y, "overlap": 3}, ref.hac_mean(y, 3))
    assert add("hac_mean", {"x": other, "overlap": 3}, ref.hac_mean(other, 3))[1] is None
    add("hac_mean", {"x": y[:1], "overlap": 3}, ref.hac_mean(y[:1], 3))
    add("ic_t", {"y": y, "p": p, "overlap": 3}, ref.ic_t(y, p, 3))
    near(add("t_p_value", {"t": 2.0, "freedom": 9}, ref.t_p_value(2.0, 9)), 0.0765523, 1e-6)
    near(add("t_p_value", {"t": 0.0, "freedom": 9}, ref.t_p_value(0.0, 9)), 1.0)
    add("diebold_mariano", {"y": y, "p": p, "other": zero, "overlap": 3}, ref.diebold_mariano(y, p, zero, 3))
    same = add("diebold_mariano", {"y": y, "p": p, "other": p, "overlap": 3}, ref.diebold_mariano(y, p, p, 3))
    assert same["gain"] == 0 and same["t"] is None
    add("calibration", {"y": y, "p": p, "overlap": 3}, ref.calibration(y, p, 3))
    assert ref.calibration(y, other, 3)["slope"] is None
    add("quantile_table", {"y": y, "p": p, "buckets": 4}, ref.quantile_table(y, p, 4))
    add("shift_test", {"y": np.tile(y, 4), "p": np.tile(p, 4) + np.arange(40) * 1e-6, "overlap": 1},
        ref.shift_test(np.tile(y, 4), np.tile(p, 4) + np.arange(40) * 1e-6, 1))

    r = np.array([0.01, -0.02, 0.015, 0.03, -0.01, 0.005])
    add("sharpe_probability", {"r": r, "hurdle": 0.0}, ref.sharpe_probability(r))
    add("sharpe_probability", {"r": r, "hurdle": 0.2}, ref.sharpe_probability(r, 0.2))
    assert add("sharpe_probability", {"r": other, "hurdle": 0.0}, ref.sharpe_probability(other)) is None
    assert add("expected_best_sharpe", {"trials": 1, "deviation": 0.5}, ref.expected_best_sharpe(1, 0.5)) == 0
    near(add("expected_best_sharpe", {"trials": 10, "deviation": 0.5}, ref.expected_best_sharpe(10, 0.5)), 0.78730, 1e-4)

    # Three days by hand: 1 -> 0.9 (a loss on the first day counts), 0.9 -> 1.08, 1.08 -> 1.026.
    first = START + 12 * 3600
    path = np.concatenate([[1.0], np.full(719, 1.0), [0.9], np.full(1440, 1.08), np.full(600, 1.026)])
    d = add("daily_returns", {"path": "1 once, 1 x 719, 0.9, 1.08 x 1440, 1.026 x 600", "first": first},
            ref.daily_returns(path, first))
    np.testing.assert_allclose(d, [-0.1, 0.2, -0.05])
    fall = add("drawdown", {"path": "as above", "first": first}, ref.drawdown(path, first))
    near(fall["depth"], -0.1)
    assert fall["trough"] == first + 60 * 720 and fall["peak"] == first + 60 * 719
    assert fall["recovered"] == first + 60 * 721
    numbers = add("performance", {"path": "as above", "first": first, "config": asdict(CONFIG), "trials": 5},
                  ref.performance(path, first, CONFIG, 5))
    near(numbers["sharpe"], np.mean(d) / np.std(d, ddof=1) * math.sqrt(365))
    near(numbers["sortino"], np.mean(d) / math.sqrt((0.01 + 0.0025) / 3) * math.sqrt(365))
    near(numbers["cagr"], 1.026 ** (365 / (2760 / 1440)) - 1, 1e-9)
    assert ref.performance(path, first, replace(CONFIG, least_days=30), 5)["sharpe"] is None
    total = add("portfolio", {"paths": {"A": [START, [1.0, 1.1, 1.2]], "B": [START + 120, [1.0, 0.5]]},
                              "weights": {"A": 0.25, "B": 0.75}},
                ref.portfolio({"A": (START, np.array([1.0, 1.1, 1.2])), "B": (START + 120, np.array([1.0, 0.5]))},
                              {"A": 0.25, "B": 0.75}))
    np.testing.assert_allclose(total[1], [1.0, 1.025, 1.05, 0.675])

    # Prices on a grid of 1, and 1 in 200 older orders off it: the gcd of the differences would be 0.1.
    prices = [340.0 + i % 7 for i in range(300)]
    prices[100] = 341.7
    table = ref.tick_table(ref.Market(candles(prices, opens=prices)))
    assert table == {("2025-10", 7): 1.0}
    add("tick_table", {"closes": prices, "opens": "the closes", "first": START}, [[m, b, t] for (m, b), t in table.items()])
    for price, want in ((1.0, 0), (1.99, 0), (2.0, 1), (4.99, 1), (5.0, 2), (9.99, 2), (10.0, 3), (340.0, 7),
                        (163000000.0, 24), (0.05, -4)):
        assert add("band", {"price": price}, ref.band(price)) == want
    assert ref.tick_of({}, START, 340.0) == 0.0
    two = {("2025-09", 7): 1.0, ("2025-10", 9): 5.0}  # the nearest band, then the nearest month
    for price, want in ((450.0, 1.0), (600.0, 5.0), (3000.0, 5.0), (20.0, 1.0)):
        assert add("tick_of", {"table": [[m, b, t] for (m, b), t in two.items()], "time": START, "price": price},
                   ref.tick_of(two, START, price)) == want

    frame = candles([100.0 + i % 3 for i in range(60)])
    inside = lambda f: ref.bounce_features(ref.Market(f), np.array([START + 1800]))
    ahead = lambda f: ref.Market(f).log[ref.Market(f).minute(START + 1800)]
    assert not ref.depends_on_future(inside, frame, START + 1800) and ref.depends_on_future(ahead, frame, START + 1800)
    table = pd.DataFrame({"time": ["2025-10-01T00:00:00Z"] * 4, "target": [1e-3, np.nan, 2e-3, 0.0],
                          "prediction": [1e-3, 1e-3, np.inf, 0.0]})
    rows, left_out = ref.read_predictions(table)
    assert len(rows[0]) == 2 and left_out == 2  # a row that is not finite is left out and counted
    return out


def is_bounce(forecast):
    """The forecasts are right mainly before a trade is possible."""
    model, profile = forecast["model"], forecast["profile"]
    if model["r2"] is None or profile["late"]["r2"] is None or profile["minutes"] is None:
        return False
    first = profile["minutes"][0] > model["ic"] / 2 and (forecast["ic_t"] or 0) > 2
    return first or profile["late"]["r2"] < 0 < model["r2"]


def headline(coin, name, report, first):
    """What a day would have brought, in one sentence."""
    strategies, flag = report["strategies"], is_bounce(report["forecast"])
    numbers, hold = strategies[name], strategies["hold"]["per_day"]
    if numbers["fills"] == 0:
        return f"{coin}: on the validation part no threshold earned its costs, so the rule does not trade."
    value, (low, high) = 1e2 * numbers["per_day"], (1e2 * x for x in numbers["per_day_95"])
    rival = max(hold, strategies[name.replace("model", "bounce")]["per_day"])
    if high < 0:
        text = f"lost {-value:.2f} % per day"
    elif low > 0:
        sure = not flag and numbers["per_day"] > rival and (numbers["dsr"] or 0) >= 0.95
        text = f"made {value:.2f} % per day" + ("" if sure else " (not enough to rely on)")
    else:
        text = f"changed the money by {value:+.2f} % per day, which cannot be told from zero"
    return (f"{coin}: after fees and spread this model would have {text}, 95 % interval {low:+.2f} to {high:+.2f}, "
            f"{numbers['days']:.1f} days from {str(pd.Timestamp(first, unit='s'))[:10]}; holding the coin: "
            f"{1e2 * hold:+.2f} % per day.")


def market_case(folder, name, note, train_first, train_last, config):
    frame = pd.read_csv(folder / f"golden_{name}_candles.csv.gz")
    test, valid = (ref.read_predictions(folder / f"golden_{name}_{part}.csv")[0] for part in ("test", "valid"))
    market = ref.Market(frame)
    report, paths = ref.evaluate_coin(market, test, valid, train_first, train_last, config)
    tries = {"model": ref.choose_threshold(market, valid[0], valid[2], config, ref.tick_table(market))[1]}
    lines = {k: headline(name, k, report, test[0][0]) for k in ("model_always", "model_chosen")}
    return {"name": name, "note": note, "config": asdict(config), "train_first": train_first, "train_last": train_last,
            "files": {part: f"golden_{name}_{part}.csv" for part in ("candles", "test", "valid")},
            "expected": {"report": report, "thresholds_tried_without_edge_spread": tries, "headlines": lines, "bounce_flag": is_bounce(report["forecast"]),
                         "hourly_path": {k: [f, p[::60]] for k, (f, p) in paths.items()}}}


def main():
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent
    both = replace(ref.Config(), replicates=100, least_days=2)
    cases = constructed()
    day = START - 86400
    made = (day + 1800, day + 880 * 60)
    real = (1758889800, 1759039200)  # 2025-09-26T12:30 to 2025-09-28T06:00
    markets = [
        market_case(folder, "bounce", "A random walk seen through trades at bid and ask one tick apart: R2 and IC are "
                    "good, a minute later nothing is left, and trading loses the spread.", *made,
                    replace(both, side="long_short")),
        market_case(folder, "signal", "A drift that lasts, tick 1 bp, fee 0.5 bp: good a minute later as well, and "
                    "trading pays.", *made, replace(both, side="long_short", fee_bp=0.5)),
        market_case(folder, "doge", "KRW-DOGE, price about 335, tick 1: real forecasts.", *real, both),
        market_case(folder, "sol", "KRW-SOL, price about 300000, tick 100: real forecasts.", *real,
                    replace(both, side="long_short", holding="hysteresis")),
    ]
    report = {m["name"]: m["expected"]["report"] for m in markets}
    late = lambda name: report[name]["forecast"]["profile"]["late"]["r2"]
    assert report["bounce"]["forecast"]["model"]["r2"] > 0.05 and late("bounce") < 0 and late("signal") > 0.1
    assert report["bounce"]["strategies"]["model_chosen"]["fills"] == 0  # VALID says: do not trade
    assert report["signal"]["strategies"]["model_chosen"]["return"] > 0
    golden = {"format": "moneta-evaluation-golden", "version": 1,
              "tolerance": "1e-9 of the value or 1e-12, break_even_bp 1e-6; whole numbers, times and null exactly",
              "functions": functions(), "backtests": cases, "markets": markets}
    text = json.dumps(plain(golden), separators=(",", ":")).replace('{"name":', '\n{"name":').replace('{"function":', '\n{"function":')
    (folder / "golden_backtest.json").write_text(text + "\n")
    print(f"{len(golden['functions'])} function cases, {len(cases)} backtests, {len(markets)} markets, {len(text)} bytes")


if __name__ == "__main__":
    main()
