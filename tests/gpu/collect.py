# SPDX-License-Identifier: Apache-2.0
"""The result file of runs on a GPU, and whether it is good:
collect.py WORK RESULT | --check RESULT | --best-peer WORK

Puts GoogleTest's reports and the measured lines of WORK into RESULT; the phases that WORK has begun
take the place of what RESULT holds of them. Environment: COMMIT, DEVICE. Prints the problems and
fails if there are any. --check fails if RESULT is of another commit or device. --best-peer prints the
precision in which PyTorch was fastest.
"""
import datetime
import glob
import json
import os
import subprocess
import sys

MEMORY_OFF_PLAN = 0.03  # of the plan, up or down
SIZE_OFF_FORMULA = 0.1  # cuDNN's sizes of a training layer; plans for absent GPUs are as far off
CURVE_OFF = {"f32": 1e-3, "bf16": 2e-2}  # of a loss of the reference: float32 on the CPU
GROWTH = 0.01  # of memory, from the first third after the first epoch to the last third
GROWTH_BYTES = 16 << 20  # less is noise
WAIT_SHARE = 0.01  # of the training's time
STOPPED = 75


def passed(test):
    """cuDNN may not offer its persistent algorithm, there may be one GPU, and a CPU may lack the
    instructions for bf16; nothing else may be skipped."""
    may_be_skipped = ("Persistent" in test["name"] or "OfTwoGpus" in test["name"] or
                      (os.environ.get("DEVICE") == "cpu" and "bf16" in test["name"].lower()))
    return ("failures" not in test and
            (test["result"] == "COMPLETED" or (test["result"] == "SKIPPED" and may_be_skipped)))


def tests_of(path):
    report = json.load(open(path))
    return [{"name": f"{suite['name']}.{test['name']}", "seconds": test["time"],
             "skipped": test["result"] == "SKIPPED", "passed": passed(test)}
            for suite in report["testsuites"] for test in suite["testsuite"]]


def card():
    fields = "name,driver_version,memory.total,power.limit"
    try:
        line = subprocess.run(["nvidia-smi", f"--query-gpu={fields}", "--format=csv,noheader"],
                              capture_output=True, text=True, check=True).stdout.splitlines()[0]
    except (OSError, subprocess.CalledProcessError, IndexError):
        return None
    return dict(zip(fields.split(","), (part.strip() for part in line.split(","))))


def versions_of(lines):
    every = [line.get("figures", {}) for line in lines]
    return {"device": sorted({figures["device"] for figures in every
                              if "flops_per_update" in figures}),
            "torch": sorted({figures["torch"] for figures in every if "torch" in figures})}


def memory_problems(line, device):
    figures = line["figures"]
    planned, measured = figures.get("planned_bytes"), figures.get("measured_bytes")
    if planned is None or line["phase"] not in ("memory", "speed"):
        return
    if measured is None:
        if device == "cuda":
            yield "no memory was measured"
        return
    line["memory_off_plan"] = off = measured / planned - 1
    if abs(off) > MEMORY_OFF_PLAN:
        yield f"memory is {100 * off:+.1f} % off its plan"
    if measured > figures.get("limit_bytes", measured):
        yield f"it took {measured >> 20} MiB and may take {figures['limit_bytes'] >> 20} MiB"


def size_problems(line, device):
    if line["name"] != "sizes" or device != "cuda":
        return
    for layer in line["figures"]["layers"]:
        which = f"{layer['precision']}, {layer['inputs']} inputs, {layer['batch']} windows"
        if "refused" in layer:
            yield f"{which}: {layer['refused']}"
        elif layer["training"] and abs(layer["difference"]) > SIZE_OFF_FORMULA:
            yield f"{which}: cuDNN's sizes are {100 * layer['difference']:+.1f} % off the formulas"


def training_problems(line):
    figures, name = line["figures"], line["name"]
    wanted = STOPPED if name.startswith("long") else 0
    if figures["status"] != wanted:
        yield f"it ended with status {figures['status']} instead of {wanted}"
    for action in ("coin_failed", "save_failed", "restarted", "rolled_back"):
        if figures["events"].get(action):
            yield f"the log has {figures['events'][action]} events {action}"
    if not figures["epochs"] and name != "long-resumed":
        yield "it finished no epoch"


def growth_problems(figures, device):
    for what in ("device_growth", "resident_growth"):
        ends = figures[what]
        if ends is None:
            if what == "resident_growth" or device == "cuda":
                yield f"{what}: too few samples after the first epoch"
        elif ends["last"] - ends["first"] > max(GROWTH * ends["first"], GROWTH_BYTES):
            yield f"{what}: from {ends['first'] >> 20} to {ends['last'] >> 20} MiB"


def long_problems(lines, device):
    named = {line["name"]: line["figures"] for line in lines
             if line["phase"] == "long" and "figures" in line}
    if "long" not in named:
        return
    figures = named["long"]
    yield from growth_problems(figures, device)
    waited = sum(epoch["wait_seconds"] for epoch in figures["epochs"])
    trained = sum(epoch["train_seconds"] for epoch in figures["epochs"])
    figures["wait_share"] = waited / trained if trained else None
    if trained and waited > WAIT_SHARE * trained:
        yield f"it waited {100 * waited / trained:.2f} % of its time for data"
    resumed = named.get("long-resumed")
    if resumed and not resumed["events"].get("run_resumed"):
        yield "the second start did not resume the run"
    if resumed and resumed["updates_saved"] <= figures["updates_saved"]:
        yield "the resumed run made no update"


def curve_problems(lines):
    curves = {line["name"].removeprefix("curve-"): line for line in lines
              if line["phase"] == "curves" and "figures" in line}
    if "reference" not in curves:
        return
    reference = curves["reference"]["figures"]["epochs"]
    for name, tolerance in CURVE_OFF.items():
        if name not in curves:
            continue
        epochs = {(e["coin"], e["epoch"]): e for e in curves[name]["figures"]["epochs"]}
        worst = 0
        for each in reference:
            other = epochs.get((each["coin"], each["epoch"]))
            if other is None:
                yield f"{name}: {each['coin']} has no epoch {each['epoch']}"
                continue
            for loss in ("train_loss", "valid_loss"):
                if other[loss] is None or each[loss] is None:
                    yield f"{name}: {each['coin']}, epoch {each['epoch']}: {loss} is not finite"
                    continue
                off = abs(other[loss] / each[loss] - 1)
                worst = max(worst, off)
                if off > tolerance:
                    yield (f"{name}: {each['coin']}, epoch {each['epoch']}: {loss} is {off:.2e} off "
                           f"the reference (tolerance {tolerance:g})")
        curves[name]["off_reference"], curves[name]["tolerance"] = worst, tolerance


def share_of_card(lines):
    """What part of the card's measured rate of products the updates in bf16 reach."""
    rates = [line["figures"]["flops_per_second"] for line in lines
             if line["name"] == "matmul-rate" and "figures" in line]
    for line in lines:
        figures = line.get("figures", {})
        if rates and "flops_per_update" in figures and figures["precision"] == "bf16":
            line["share_of_measured_rate"] = figures["flops_per_second"] / rates[0]


def peers(lines):
    return [line["figures"] for line in lines if line["phase"] == "speed" and line["name"] == "pytorch"
            and "sequences_per_second" in line.get("figures", {})]


def best_peer(lines):
    return max(peers(lines), key=lambda figures: figures["sequences_per_second"], default=None)


def times_best_peer(lines):
    """How many times as fast as PyTorch in its best precision and micro-batch: lines of one timeframe."""
    best = best_peer(lines)
    for line in lines:
        figures = line.get("figures", {})
        if best and line["name"] == "moneta" and len(figures.get("steps", [])) == 1:
            line["times_best_pytorch"] = (figures["sequences_per_second"] /
                                          best["sequences_per_second"])


def problems_of(result):
    tests, lines, device = result["tests"], result["measured"], result["device"]
    problems = [f"{test['name']} failed" for test in tests if not test["passed"]]
    if "tests" in result["phases"] and all(test["skipped"] for test in tests):
        problems.append("no test ran")
    if device == "cuda" and result["card"] is None:
        problems.append("nvidia-smi does not tell the card")
    for line in lines:
        found = []
        if "error" in line and not line["name"].startswith("pytorch"):
            found.append(line["error"])
        if "figures" in line:
            found += memory_problems(line, device)
            found += size_problems(line, device)
            if "epochs" in line["figures"]:
                found += training_problems(line)
        problems += [f"{line['name']}: {each}" for each in found]
    problems += [f"curve {each}" for each in curve_problems(lines)]
    problems += [f"long: {each}" for each in long_problems(lines, device)]
    share_of_card(lines)
    times_best_peer(lines)
    return problems


def read(path):
    if os.path.exists(path):
        return json.load(open(path))
    return {"commit": os.environ["COMMIT"], "device": os.environ["DEVICE"], "phases": [],
            "tests": [], "measured": []}


def lines_of(work):
    with open(f"{work}/lines.json") as file:
        return [json.loads(line) for line in file]


def print_best_peer(work):
    best = best_peer(lines_of(work))
    if best is None:
        print("PyTorch has given no figures", file=sys.stderr)
        return 1
    print(best["precision"])
    return 0


def check(path):
    result = read(path)
    for key in ("commit", "device"):
        if result[key] != os.environ[key.upper()]:
            print(f"'{path}' holds figures of {key} {result[key]} (these are of "
                  f"{os.environ[key.upper()]}). Name another file?", file=sys.stderr)
            return 1
    return 0


def main(work, path):
    result = read(path)
    begun = open(f"{work}/phases.txt").read().split()
    if "tests" in begun:
        result["tests"] = [test for report in sorted(glob.glob(f"{work}/*_tests.json"))
                           for test in tests_of(report)]
    result["phases"] += [phase for phase in begun if phase not in result["phases"]]
    result["measured"] = [line for line in result["measured"] if line["phase"] not in begun]
    result["measured"] += lines_of(work)
    result["date"], result["card"] = datetime.date.today().isoformat(), card()
    result["versions"] = versions_of(result["measured"])
    result["problems"] = problems_of(result)
    with open(path + ".tmp", "w") as file:
        json.dump(result, file, indent=1)
        file.write("\n")
    os.replace(path + ".tmp", path)
    print(f"{len(result['tests'])} tests, {len(result['measured'])} measurements, "
          f"{len(result['problems'])} problems: {path}")
    for problem in result["problems"]:
        print(problem, file=sys.stderr)
    return 1 if result["problems"] else 0


if __name__ == "__main__":
    modes = {"--check": check, "--best-peer": print_best_peer}
    sys.exit(modes[sys.argv[1]](sys.argv[2]) if sys.argv[1] in modes else main(*sys.argv[1:]))
