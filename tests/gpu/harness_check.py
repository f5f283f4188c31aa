# SPDX-License-Identifier: Apache-2.0
"""Checks a good result of run.sh, and that collect.py sees what may go wrong in one:
harness_check.py RESULT PHASE...
"""
import copy
import json
import sys

import collect

PARTS = {"copies", "gather", "head", "lstm_backward", "lstm_forward", "lstm_weights", "optimizer",
         "pointwise", "zero"}


def figures(result, name):
    return next(line["figures"] for line in result["measured"] if line["name"] == name)


def check_structure(result, phases):
    assert result["phases"] == phases and result["problems"] == [], result["problems"]
    assert result["commit"] == "tried" and result["device"] == "cpu" and result["date"]
    assert result["versions"]["device"] and result["tests"]
    assert {line["phase"] for line in result["measured"]} == set(phases) - {"tests"}
    sizes = figures(result, "sizes")["layers"]
    assert len(sizes) == 12 and all(layer["library"]["scratch"] >= 0 for layer in sizes), sizes
    errors = figures(result, "long-memory")["HasABoundedErrorInEveryPrecision/CpuOneThread"]
    assert "y " in errors["f32"], errors
    assert figures(result, "moneta-persistent")["lstm_algorithm"] == "standard"
    moneta = figures(result, "moneta")
    assert set(moneta["parts"]["seconds"]) == PARTS, moneta["parts"]
    assert moneta["flops_per_second"] > 0 and moneta["planned_bytes"] > 0
    assert "not a GPU" in figures(result, "moneta-graph")["graph"]["refused"] or \
        "no CUDA" in figures(result, "moneta-graph")["graph"]["refused"]
    assert figures(result, "moneta-three-timeframes")["steps"] == [12, 8, 6]
    for name in ("memory-2x16", "memory-3x24-bf16", "memory-3x24-f32"):
        assert {"planned_bytes", "limit_bytes", "micro_batch", "memory_options"} <= set(figures(result, name))
        assert len(figures(result, name)["epochs"]) == 4
    for name in ("reference", "f32", "bf16"):
        assert len(figures(result, f"curve-{name}")["epochs"]) == 8
    long, resumed = figures(result, "long"), figures(result, "long-resumed")
    assert long["status"] == 75 and long["resident_growth"] and len(long["epochs"]) > 4
    assert resumed["updates_saved"] > long["updates_saved"] > 0


def change_loss(result, name, factor):
    figures(result, f"curve-{name}")["epochs"][5]["valid_loss"] *= factor


def take_memory(result, name, share, limit=None):
    taken = figures(result, name)
    taken["measured_bytes"] = int(share * taken["planned_bytes"])
    if limit:
        taken["limit_bytes"] = limit


def on_gpu(result):
    result["device"] = "cuda"


def change_sizes(result, **changes):
    on_gpu(result)
    figures(result, "sizes")["layers"][0].update(changes)


def add_peers(result):
    for precision, speed in (("tf32", 2.0), ("fp16", 4.0), ("bf16", 3.0)):
        result["measured"].append({"phase": "speed", "name": "pytorch", "figures": {
            "precision": precision, "sequences_per_second": speed}})


# What is done to a good result, and a part of the problem that must be found then.
BREAKAGES = {
    "a test fails": (lambda r: r["tests"][0].update(passed=False), " failed"),
    "no test": (lambda r: r["tests"].clear(), "no test ran"),
    "f32 is off": (lambda r: change_loss(r, "f32", 1.0011), "curve f32: B, epoch 3: valid_loss"),
    "bf16 is off": (lambda r: change_loss(r, "bf16", 1.03), "curve bf16: B, epoch 3: valid_loss"),
    "an epoch is missing": (lambda r: figures(r, "curve-f32")["epochs"].pop(), "no epoch"),
    "no finite loss": (lambda r: figures(r, "curve-f32")["epochs"][0].update(train_loss=None),
                       "train_loss is not finite"),
    "too much memory": (lambda r: take_memory(r, "memory-2x16", 1.04), "+4.0 % off its plan"),
    "too little memory": (lambda r: take_memory(r, "moneta", 0.96), "-4.0 % off its plan"),
    "above the limit": (lambda r: take_memory(r, "memory-2x16", 1.0, 1 << 20), "may take 1 MiB"),
    "no memory on a GPU": (on_gpu, "no memory was measured"),
    "larger layers": (lambda r: change_sizes(r, difference=0.2), "sizes are +20.0 % off"),
    "no such layer": (lambda r: change_sizes(r, refused="cuDNN refuses it"), "cuDNN refuses it"),
    "no card": (on_gpu, "nvidia-smi does not tell the card"),
    "an error": (lambda r: r["measured"][0].update(error="it broke"), "it broke"),
    "no stop": (lambda r: figures(r, "long").update(status=0), "status 0 instead of 75"),
    "a failed coin": (lambda r: figures(r, "long")["events"].update(coin_failed=1), "coin_failed"),
    "a leak": (lambda r: figures(r, "long").update(
        resident_growth={"first": 4 << 30, "last": 5 << 30}), "from 4096 to 5120 MiB"),
    "waiting": (lambda r: figures(r, "long")["epochs"][0].update(wait_seconds=1e3), "it waited"),
    "no resume": (lambda r: figures(r, "long-resumed")["events"].pop("run_resumed"),
                  "did not resume"),
    "no progress": (lambda r: figures(r, "long-resumed").update(updates_saved=1), "made no update"),
}


def main(path, *phases):
    result = json.load(open(path))
    result["card"] = None
    check_structure(result, list(phases))
    for what, (change, expected) in BREAKAGES.items():
        broken = copy.deepcopy(result)
        change(broken)
        found = collect.problems_of(broken)
        assert any(expected in problem for problem in found), f"{what}: {found}"
    # Without PyTorch nothing is missing but its figures; a rate makes the share of the card.
    result["measured"].append({"phase": "speed", "name": "matmul-rate",
                               "figures": {"flops_per_second": 1e15}})
    assert collect.problems_of(result) == []
    moneta = next(line for line in result["measured"] if line["name"] == "moneta")
    assert 0 < moneta["share_of_measured_rate"] < 1
    add_peers(result)
    assert collect.problems_of(result) == []
    assert moneta["times_best_pytorch"] == moneta["figures"]["sequences_per_second"] / 4.0
    assert collect.best_peer(result["measured"])["precision"] == "fp16"


if __name__ == "__main__":
    main(*sys.argv[1:])
