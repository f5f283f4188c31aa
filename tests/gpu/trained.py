# SPDX-License-Identifier: Apache-2.0
"""Trains as a user does and watches the memory; one JSON line: trained.py MONETA CONFIG [KEY=VALUE...]

The line holds the run's plan, epochs and events from its log, the exit status, and the memory that
the card and the process took. Runs `moneta train` under mpirun in the current folder.
  --stop-after S   send SIGUSR1 after so many seconds; the run must then end by itself
  --interval S     seconds between two looks at the memory (0.2)
  --gpu            the card must tell its memory; without it those figures are null
"""
import argparse
import calendar
import glob
import gzip
import json
import os
import signal
import subprocess
import sys
import tempfile
import time

SECONDS_TO_SAVE = 60  # after SIGUSR1: the update is finished and everything saved
EPOCH_KEYS = ("coin", "epoch", "update", "train_loss", "valid_loss", "train_seconds",
              "valid_seconds", "wait_seconds", "sequences_per_second")


def nvidia_smi(query):
    """The numbers that nvidia-smi gives in MiB, in bytes; what it does not know is left out."""
    try:
        text = subprocess.run(["nvidia-smi", query, "--format=csv,noheader,nounits"],
                              capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        sys.exit(f"nvidia-smi does not tell the card's memory ({error}). Is the driver installed?")
    return [int(line) << 20 for line in text.split("\n") if line.strip().isdigit()]


def card_bytes():
    """What the first card has taken, and what processes have of it where the driver tells."""
    processes = nvidia_smi("--query-compute-apps=used_memory")
    return nvidia_smi("--query-gpu=memory.used")[0], sum(processes) if processes else None


def resident_bytes(pid):
    """Resident memory of the largest process that `pid` has started."""
    parents, sizes = {}, {}
    for path in glob.glob("/proc/[0-9]*/stat"):
        try:
            fields = open(path).read().rsplit(")", 1)[1].split()
        except OSError:
            continue  # it has ended
        own = int(path.split("/")[2])
        parents[own], sizes[own] = int(fields[1]), int(fields[21])
    below = {pid}
    while more := {each for each, parent in parents.items() if parent in below} - below:
        below |= more
    return max((sizes[each] for each in below - {pid}), default=0) * os.sysconf("SC_PAGE_SIZE")


def watch(command, arguments):
    """Runs `command`; its exit status, output and samples (time, card, processes, resident)."""
    start, told = time.time(), None
    samples = [(start, *(card_bytes() if arguments.gpu else (None, None)), 0)]
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
        try:
            while process.poll() is None:
                time.sleep(arguments.interval)
                card, own = card_bytes() if arguments.gpu else (None, None)
                samples.append((time.time(), card, own, resident_bytes(process.pid)))
                if not told and arguments.stop_after and time.time() > start + arguments.stop_after:
                    process.send_signal(signal.SIGUSR1)
                    told = time.time()
                if told and time.time() > told + SECONDS_TO_SAVE:
                    sys.exit(f"it did not stop within {SECONDS_TO_SAVE} s of SIGUSR1")
        finally:
            if process.poll() is None:
                process.terminate()
        output.seek(0)
        return process.returncode, output.read(), samples


def read_log(name, since):
    """Lines of the run's log that were written since then, with their time in seconds."""
    lines = []
    for path in glob.glob(f"{name}-*.jsonl") + glob.glob(f"{name}-*.jsonl.gz"):
        with gzip.open(path, "rt") if path.endswith(".gz") else open(path) as file:
            records = [json.loads(line) for line in file]
        for line in records:
            whole, fraction = line["@timestamp"].rstrip("Z").split(".")
            at = calendar.timegm(time.strptime(whole, "%Y-%m-%dT%H:%M:%S")) + float("0." + fraction)
            if at >= since:
                lines.append((at, line))
    return sorted(lines, key=lambda each: each[0])


def largest(values):
    return max((value for value in values if value is not None), default=None)


def growth(samples, epochs, coins, column, choose):
    """`choose` of the first and of the last third of the samples in which nothing should grow: from
    when every coin has had its first turn to the end of the last epoch."""
    if len(epochs) < coins:
        return None
    values = [each[column] for each in samples if epochs[coins - 1][0] <= each[0] <= epochs[-1][0]]
    third = len(values) // 3
    if third == 0 or None in values:
        return None
    return {"first": choose(values[:third]), "last": choose(values[-third:])}


def thinned(samples):
    step = max(1, len(samples) // 40)
    return [[round(at - samples[0][0], 1), card, resident] for at, card, _, resident in
            samples[::step]]


def figures(status, samples, run, coins):
    start = samples[0][0]
    epochs = read_log(f"{run}/log/epochs", start)
    events = [event for _, event in read_log(f"{run}/log/events", start)]
    begun = next(event for event in events if event["event.action"] in ("run_started", "run_resumed"))
    counts = {}
    for event in events:
        counts[event["event.action"]] = counts.get(event["event.action"], 0) + 1
    index = json.load(open(f"{run}/checkpoints/index.json"))["coins"]
    return {"status": status, "device": begun["message"], **begun["moneta"],
            "seconds": samples[-1][0] - samples[0][0], "events": counts,
            "idle_bytes": samples[0][1], "measured_bytes": largest(s[1] for s in samples),
            "process_bytes": largest(s[2] for s in samples),
            "resident_bytes": largest(s[3] for s in samples),
            "device_growth": growth(samples, epochs, coins, 1, max),
            # Checkpoints on their way come and go: what stays is the least.
            "resident_growth": growth(samples, epochs, coins, 3, min),
            "updates_saved": sum(max(each["update"] for each in coin["checkpoints"])
                                 for coin in index.values()),
            "samples": thinned(samples),
            "epochs": [{key: line[key] for key in EPOCH_KEYS} for _, line in epochs]}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("moneta")
    parser.add_argument("config")
    parser.add_argument("override", nargs="*")
    parser.add_argument("--stop-after", type=float)
    parser.add_argument("--interval", type=float, default=0.2)
    parser.add_argument("--gpu", action="store_true")
    arguments = parser.parse_intermixed_args()
    command = ["mpirun", "--quiet", "-np", "1", "--bind-to", "none", arguments.moneta, "train",
               arguments.config, *arguments.override]
    status, output, samples = watch(command, arguments)
    overrides = dict(each.split("=", 1) for each in arguments.override)
    if status not in (0, 75):
        sys.stderr.write(output)
        sys.exit(f"moneta train ended with status {status}")
    coins = overrides["coins"].count(",") + 1
    print(json.dumps(figures(status, samples, f"runs/{overrides['run.name']}", coins)))


if __name__ == "__main__":
    main()
