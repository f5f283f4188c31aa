#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Trains in turn with something and without: paired_cost.py [--pairs N] WHAT MONETA CONFIG

WHAT is telemetry (all of it, or as little as can be configured) or checkpoints (one more in every
epoch, or only that at its end). Prints, per pair, seconds and CPU seconds (user and system, of
mpirun and all ranks) of both and their ratio; the median ratio with its order-statistic interval;
and, from /proc while it trains, the CPU time of each thread of the ranks with it.
"""
import argparse
import collections
import math
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import time

TELEMETRY_ON = ["log.tensorboard=true", "log.prometheus=true", "log.compress=true", "log.backup_folder=backup",
      "alert.command=cat >>alerts.jsonl",
      "alert.events=[error, coin_failed, slow, gpu, stalled, model_saved, best_so_far, finished]"]
TELEMETRY_OFF = ["log.tensorboard=false", "log.prometheus=false", "log.compress=false",
                 "log.backup_folder=null", "alert.command=null"]
# What to compare: settings with it, settings without, the threads that do it.
COMPARED = {
    "telemetry": (TELEMETRY_ON, TELEMETRY_OFF,
                  ("rank0-service", "log_archive", "alert_sender", "device_monitor")),
    "checkpoints": (["checkpoint.every_minutes={minutes}"], ["checkpoint.every_minutes=1000"],
                    ("checkpoints",)),
}
BETWEEN_SAMPLES_S = 0.2


def thread_seconds(pid):
    """CPU seconds by thread of a process: {(name, thread): seconds}; empty once it has ended."""
    seconds = {}
    for task in pathlib.Path(f"/proc/{pid}/task").glob("*"):
        try:
            name = (task / "comm").read_text().strip()
            nanoseconds = int((task / "schedstat").read_text().split()[0])
        except (OSError, IndexError):
            continue
        if name == "moneta":
            name = "training" if task.name == str(pid) else "OpenMP's and MPI's"
        seconds[name, task.name] = nanoseconds * 1e-9
    return seconds


def children(pid):
    listed = pathlib.Path(f"/proc/{pid}/task/{pid}/children")
    try:
        return [int(child) for child in listed.read_text().split()]
    except OSError:
        return []


class Sampler:
    """CPU time of the ranks' threads from the first sample in which a rank trains to the last; of
    other threads than the training's from their start."""

    def __init__(self):
        self.first, self.last = {}, {}
        self.started_s = self.ended_s = 0.0

    def sample(self, mpirun):
        for rank in children(mpirun):
            threads = thread_seconds(rank)
            if "checkpoints" not in {name for name, _ in threads}:
                continue  # it still starts, or has ended
            self.ended_s = time.monotonic()
            self.started_s = self.started_s or self.ended_s
            for (name, thread), seconds in threads.items():
                before = seconds if name == "training" else 0.0
                self.first.setdefault((rank, name, thread), before)
                self.last[rank, name, thread] = seconds

    def by_name(self):
        """{name: seconds} for each rank, in the order in which they were started."""
        ranks = collections.defaultdict(collections.Counter)
        for key, seconds in self.last.items():
            ranks[key[0]][key[1]] += seconds - self.first[key]
        return [ranks[rank] for rank in sorted(ranks)]


def train(moneta, config, settings):
    """One run: seconds, CPU seconds, and its sampler."""
    for folder in ("runs", "backup"):
        shutil.rmtree(folder, ignore_errors=True)
    command = ["mpirun", "--quiet", "--oversubscribe", "--bind-to", "none", "-np", "2", moneta,
               "train", config] + settings
    sampler, start = Sampler(), time.monotonic()
    with open("out.txt", "w") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT)
        while True:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if pid != 0:
                break
            sampler.sample(process.pid)
            time.sleep(BETWEEN_SAMPLES_S)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"FAILED: {' '.join(command)}\n{pathlib.Path('out.txt').read_text()}")
    return time.monotonic() - start, usage.ru_utime + usage.ru_stime, sampler


def median_interval(values):
    """Order statistics around the median, and the confidence that it lies between them: of those
    with at least 95 % the narrowest, else the smallest and the largest value."""
    values, n = sorted(values), len(values)
    outside = lambda k: 2 * sum(math.comb(n, i) for i in range(k + 1)) / 2**n
    k = max((k for k in range(n // 2) if outside(k) <= 0.05), default=0)
    return values[k], values[n - 1 - k], max(0.0, 1 - outside(k))


def report_ratios(name, ratios):
    low, high, confidence = median_interval(ratios)
    print(f"{name}, on / off: median {statistics.median(ratios):.4f}, {low:.4f} to {high:.4f} "
          f"({confidence:.0%} confidence), {len(ratios)} pairs")


def report_threads(what, threads, samplers):
    """Per rank and thread the CPU seconds of all runs with `what`, and the share of its threads."""
    print(f"\n{'CPU seconds while training':<28}{'rank 0':>11}{'rank 1':>11}{'share of both':>15}")
    runs = [sampler.by_name() for sampler in samplers]
    ranks = [sum((run[rank] for run in runs), collections.Counter()) for rank in (0, 1)]
    total = sum(sum(rank.values()) for rank in ranks)
    for name in sorted(set(ranks[0]) | set(ranks[1]), key=lambda name: -(ranks[0] + ranks[1])[name]):
        share = sum(rank[name] for rank in ranks) / total
        print(f"{name:<28}{ranks[0][name]:>11.3f}{ranks[1][name]:>11.3f}{share:>14.3%}")
    for name in threads:
        if ranks[0][name] == 0:
            sys.exit(f"FAILED: rank 0 has no thread {name}")
    seconds = sum(rank[name] for rank in ranks for name in threads)
    # Most of it goes by the clock: where other programs take the cores, its share looks larger.
    wall = sum(sampler.ended_s - sampler.started_s for sampler in samplers)
    print(f"for {what}: {seconds / total:.3%} of all CPU time, and {seconds / wall:.3%} of one "
          f"core's; the ranks had {total / wall:.2f} cores")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--pairs", type=int, default=6)
    parser.add_argument("--minutes", type=float, default=0.06, help="until the checkpoint in an epoch")
    parser.add_argument("what", choices=COMPARED)
    parser.add_argument("moneta")
    parser.add_argument("config")
    given = parser.parse_args()
    on, off, threads = COMPARED[given.what]
    on = [setting.replace("{minutes}", str(given.minutes)) for setting in on]
    print(f"{'pair':<6}{'s on':>9}{'s off':>9}{'ratio':>9}{'CPU s on':>11}{'CPU s off':>11}"
          f"{'ratio':>9}")
    walls, cpus, samplers = [], [], []
    for pair in range(1, given.pairs + 1):
        measured = {}
        for kind, settings in [("on", on), ("off", off)][:: 1 if pair % 2 else -1]:
            measured[kind] = train(given.moneta, given.config, settings)
        (wall_on, cpu_on, sampler), (wall_off, cpu_off, _) = measured["on"], measured["off"]
        walls.append(wall_on / wall_off)
        cpus.append(cpu_on / cpu_off)
        samplers.append(sampler)
        print(f"{pair:<6}{wall_on:>9.2f}{wall_off:>9.2f}{walls[-1]:>9.4f}{cpu_on:>11.2f}"
              f"{cpu_off:>11.2f}{cpus[-1]:>9.4f}", flush=True)
    report_ratios("seconds", walls)
    report_ratios("CPU seconds", cpus)
    report_threads(given.what, threads, samplers)


main()
