# SPDX-License-Identifier: Apache-2.0
"""A table from the JSON lines of bench_training and torch_trainer.py: compare.py < LINES

Per setting the median sequences/s of each program and precision, and how many times PyTorch's
faster precision ours is in its faster one.
"""
import collections
import json
import statistics
import sys

PRECISIONS = {"f32": "f32", "fp32": "f32", "bf16": "bf16"}


def read(lines):
    speeds, outside = collections.defaultdict(list), collections.defaultdict(list)
    for line in lines:
        if not line.startswith("{"):
            continue
        result = json.loads(line)
        theirs = "torch" in result
        steps = int(result["timeframes"].split(":")[1]) if theirs else result["steps"]
        setting = (result["layers"], result["hidden"], steps, result["batch"])
        precision = PRECISIONS[result["precision"]]
        if "sequences_per_second" in result:
            speeds[setting, theirs, precision].append(result["sequences_per_second"])
        if "share_outside_lstm_and_products" in result:
            outside[setting, precision].append(result["share_outside_lstm_and_products"])
    return speeds, outside


def main():
    speeds, outside = read(sys.stdin)
    print(f"{'layers x H, T, N':<20} {'Moneta f32':>11} {'bf16':>8} {'outside the LSTM':>17} "
          f"{'PyTorch f32':>12} {'bf16':>8} {'faster':>8}   (sequences/s, medians)")
    for setting in sorted({key[0] for key in speeds}):
        ours, theirs = ({p: statistics.median(speeds[setting, who, p]) for p in ("f32", "bf16")
                         if speeds.get((setting, who, p))} for who in (False, True))
        number = lambda of, p: f"{of[p]:.0f}" if p in of else "-"
        best = max(ours, key=ours.get)
        share = f"{100 * statistics.median(outside[setting, best]):.1f} % ({best})"
        ratio = f"{max(ours.values()) / max(theirs.values()):.2f} x" if theirs else "-"
        layers, hidden, steps, batch = setting
        print(f"{f'{layers} x {hidden}, {steps}, {batch}':<20} {number(ours, 'f32'):>11} "
              f"{number(ours, 'bf16'):>8} {share:>17} {number(theirs, 'f32'):>12} "
              f"{number(theirs, 'bf16'):>8} {ratio:>8}")


if __name__ == "__main__":
    main()
