# SPDX-License-Identifier: Apache-2.0
"""Compares a run with PyTorch: predict_with_pytorch.py SHARDS RUN TOLERANCE

Builds the test windows of every coin from the shards, loads the checkpoint's weights by name into
nn.LSTM and nn.Linear, and compares with RUN/predictions; computes the metrics of
RUN/evaluation.json again with numpy.
"""
import csv
import datetime
import glob
import json
import sys

import h5py
import numpy as np
import torch
from safetensors import safe_open


def load(path):
    with safe_open(path, "pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}
        return tensors, json.loads(file.metadata()["scaler"])


def lstm_of(tensors, prefix, model):
    """An nn.LSTM with exactly the checkpoint's parameters, as the README loads them."""
    lstm = torch.nn.LSTM(23, model["hidden"], model["layers"], batch_first=True,
                         bidirectional=model["bidirectional"])
    lstm.load_state_dict({name.removeprefix(prefix): tensor for name, tensor in tensors.items()
                          if name.startswith(prefix)})
    return lstm


@torch.no_grad()
def predict(tensors, scaler, config, windows):
    """windows: {timeframe: float32 [S, T, 23]}, not scaled. Returns log returns [S]."""
    hidden = config["model"]["hidden"]
    states = []
    for k, timeframe in enumerate(scaler["timeframes"]):
        mean = torch.tensor(scaler["feature_mean"][k])
        deviation = torch.tensor(scaler["feature_deviation"][k])
        x = ((torch.tensor(windows[timeframe]) - mean) / deviation).clamp(-10, 10)
        y, _ = lstm_of(tensors, f"encoder.{timeframe}.", config["model"])(x)
        states += [y[:, -1, :hidden]]
        if config["model"]["bidirectional"]:
            states += [y[:, 0, hidden:]]
    z = torch.nn.functional.linear(torch.cat(states, 1), tensors["head.hidden.weight"],
                                   tensors["head.hidden.bias"]).relu()
    z = torch.nn.functional.linear(z, tensors["head.output.weight"], tensors["head.output.bias"])
    return z[:, 0].numpy() * scaler["target_deviation"]


def read_windows(folder, coin, config, times):
    """The windows that end at these decision times, in their order."""
    found = {}
    for path in sorted(glob.glob(f"{folder}/{coin}/*.h5")):
        with h5py.File(path) as file:
            features = {t: file[f"{t}/features"][:] for t in config["data"]["timeframes"]}
            ends = {t: file[f"samples/end_{t}"][:] for t in features}
            for i, time in enumerate(file["samples/time"][:]):
                found[int(time)] = {t: features[t][ends[t][i] + 1 - steps:ends[t][i] + 1]
                                    for t, steps in config["data"]["timeframes"].items()}
    return {t: np.stack([found[time][t] for time in times]) for t in config["data"]["timeframes"]}


def ranks(values):
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return ((last - counts + 1 + last) / 2)[inverse]


def main(shards, run, tolerance):
    config = json.load(open(f"{run}/config.json"))
    evaluation = json.load(open(f"{run}/evaluation.json"))
    assert len(evaluation["coins"]) == len(config["coins"])
    for result in evaluation["coins"]:
        coin = result["coin"]
        rows = list(csv.DictReader(open(f"{run}/predictions/{coin}.csv")))
        times = [int(datetime.datetime.fromisoformat(r["time"].replace("Z", "+00:00")).timestamp())
                 for r in rows]
        target = np.array([float(r["target"]) for r in rows])
        ours = np.array([float(r["prediction"]) for r in rows])

        tensors, scaler = load(f"{run}/checkpoints/{result['checkpoint']}")
        theirs = predict(tensors, scaler, config, read_windows(shards, coin, config, times))
        worst = np.abs(ours - theirs).max() / ours.std()
        assert worst < float(tolerance), f"{coin}: PyTorch's predictions differ by {worst:.2g} of their spread"

        moved = target != 0
        again = {
            "samples": len(rows),
            "mse": np.mean((ours - target) ** 2),
            "no_change_mse": np.mean(target**2),
            "r2": 1 - np.sum((ours - target) ** 2) / np.sum(target**2),
            "direction": np.mean(np.sign(ours[moved]) == np.sign(target[moved])),
            "ic": np.corrcoef(ours, target)[0, 1],
            "rank_ic": np.corrcoef(ranks(ours), ranks(target))[0, 1],
        }
        for name, value in again.items():
            scale = max(abs(value), 1e-3 if name in ("r2", "ic", "rank_ic") else 0)
            assert abs(result[name] - value) <= 1e-4 * scale, (coin, name, result[name], value)
        print(f"{coin}: {len(rows)} predictions agree to {worst:.1g} of their spread")


if __name__ == "__main__":
    main(*sys.argv[1:])
