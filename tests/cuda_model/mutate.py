#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Mutation check of the tests that run on the model of CUDA; README.md describes it.

mutate.py BUILD: BUILD is a build folder of this repository with CUDA and tests. Prints every mutation
with the first run that noticed it, then the score. The exit status is 1 if a mutation survived.
"""
import argparse
import collections
import concurrent.futures
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import threading
import time

from read_report import tensors_of

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.path.dirname(os.path.dirname(HERE))
LAYERS = ("optim", "model", "engine", "train", "backend")  # the fastest first
# With --limit-mib, the card has room for neither moments nor inactive coins, so that other copies are made.
TRAINING = ("data.days=3 data.stride_minutes=15 train.epochs=2 device.kind=cuda device.threads=1 "
            "coins=[KRW-BTC,KRW-ETH]").split()
HELPERS = ("::order(",)
SMALLEST_LIMIT_S = 60
Outcome = collections.namedtuple("Outcome", "noticed how seconds report")


class Bench:
    """Programs, their undisturbed results, and what a run under a mutation does."""

    def __init__(self, build, work, limit_mib):
        self.build, self.work = build, work
        self.training = TRAINING + ([f"device.memory_limit_mib={limit_mib}"] if limit_mib else [])
        self.limits, self.expected = {}, None
        self.lock, self.number = threading.Lock(), 0

    def program(self, workload):
        if workload == "training":
            return os.path.join(self.build, "moneta")
        return os.path.join(self.build, "tests", workload, f"{workload}_tests")

    def fresh(self):
        with self.lock:
            self.number += 1
            folder = os.path.join(self.work, str(self.number))
        os.mkdir(folder)
        return folder

    def environment(self, seed, **more):
        return {**os.environ, "CUDA_MODEL_SEED": str(seed), "CUDA_MODEL_DEVICES": "2",
                "CUDA_MODEL_STRICT_LEAKS": "1", "OMP_NUM_THREADS": "1",
                "LD_LIBRARY_PATH": os.path.join(self.build, "tests", "cuda_model", "lib") + ":" +
                os.environ.get("LD_LIBRARY_PATH", ""), **more}

    def prepare(self):
        """Creates the data for training."""
        self.market = self.fresh()
        shutil.copy(os.path.join(SOURCE, "tests", "system", "small.yaml"), self.market)
        for command in ("synth", "prepare"):
            subprocess.run([self.program("training"), command, "small.yaml", *TRAINING],
                           cwd=self.market, check=True, stdout=subprocess.DEVNULL)

    def run(self, workload, seed, program=None, omit=""):
        """One run; noticed if it fails, hangs, or trains other parameters."""
        folder = self.fresh()
        command = [program or self.program(workload)]
        if workload == "training":
            for name in ("small.yaml", "shards"):
                os.symlink(os.path.join(self.market, name), os.path.join(folder, name))
            command += ["train", "small.yaml", *self.training, "run.name=run"]
        else:
            command += ["--gtest_filter=*Cuda*", "--gtest_brief=1", "--gtest_fail_fast"]
        report = os.path.join(folder, "report.json")
        environment = self.environment(seed, CUDA_MODEL_REPORT=report, CUDA_MODEL_OMIT=omit)
        start, how = time.monotonic(), None
        try:
            done = subprocess.run(command, cwd=folder, env=environment, text=True, errors="replace",
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  timeout=self.limits.get(workload, 3600))
            if done.returncode:
                lines = [line for line in done.stdout.split("\n")
                         if re.search(r"CUDA model: |Failure|moneta: error", line)]
                how = lines[0][:150] if lines else f"status {done.returncode}"
        except subprocess.TimeoutExpired:
            how = "it hangs"
        if not how and workload == "training":
            found = self.tensors(folder)
            if self.expected is None:
                self.expected = found
            elif found != self.expected:
                how = "other parameters"
        found = None
        if os.path.exists(report):
            with open(report) as file:
                found = json.load(file)
        shutil.rmtree(folder)
        return Outcome(bool(how), how, time.monotonic() - start, found)

    @staticmethod
    def tensors(folder):
        found = {}
        for where, _, names in os.walk(os.path.join(folder, "runs", "run", "checkpoints")):
            for name in names:
                if name.endswith(".safetensors"):
                    path = os.path.join(where, name)
                    found[os.path.relpath(path, folder)] = tensors_of(path)
        return found


def undisturbed(bench, workloads, seeds):
    """Runs everything once; the places that order work, by the function that contains them: {place:
    {workload: [CALL@KEY]}}. A place that is linked into several programs, or called from several
    functions, is one; only for helpers, the caller counts too."""
    places = collections.defaultdict(lambda: collections.defaultdict(set))
    for workload in workloads:
        slowest = 0
        for seed in seeds:
            outcome = bench.run(workload, seed)
            if outcome.noticed:
                sys.exit(f"{workload} fails without a mutation (seed {seed}): {outcome.how}")
            slowest = max(slowest, outcome.seconds)
            for site in outcome.report["call_sites"] if outcome.report else []:
                functions = [re.sub(r" \([^()]*\)$", "", each) for each in site["functions"]]
                is_helper = any(helper in functions[0] for helper in HELPERS)
                place = (site["call"], " < ".join(functions[:2 if is_helper else 1]))
                places[place][workload].add(f"{site['call']}@{site['key']}")
        bench.limits[workload] = max(SMALLEST_LIMIT_S, 10 * slowest)
        print(f"{workload}: {slowest:.1f} s without a mutation", flush=True)
    return places


def first_notice(bench, workloads, seeds, program=None, omit=None):
    """The first run that notices a mutation."""
    for workload in workloads:
        for seed in seeds:
            outcome = bench.run(workload, seed, program and program(workload),
                                ",".join(sorted(omit[workload])) if omit else "")
            if outcome.noticed:
                return f"{workload}, seed {seed}: {outcome.how}"
    return None


def mutated_source(mutation, folder):
    """A copy of the file of a mutation, with its edits."""
    with open(os.path.join(SOURCE, mutation["file"])) as file:
        text = file.read()
    for old, new in mutation["edits"]:
        if old not in text:
            sys.exit(f"mutations.json: {mutation['file']} no longer contains '{old}'")
        text = text.replace(old, new)
    path = os.path.join(folder, os.path.basename(mutation["file"]))
    with open(path, "w") as file:
        file.write(text)
    return path


def compile_mutation(bench, mutation, folder):
    """Compiles the mutated file, or the unit of several files that contains it."""
    original = os.path.join(SOURCE, mutation["file"])
    mutated = mutated_source(mutation, folder)
    with open(os.path.join(bench.build, "compile_commands.json")) as file:
        entries = json.load(file)
    for entry in entries:
        unit = os.path.join(entry["directory"], entry["file"])
        if os.path.realpath(unit) == os.path.realpath(original):
            replaced = mutated
        elif "unity" in os.path.basename(unit) and original in open(unit).read():
            replaced = os.path.join(folder, "unit.cc")
            with open(unit) as file, open(replaced, "w") as copy:
                copy.write(file.read().replace(original, mutated))
        else:
            continue
        command = shlex.split(entry["command"])
        command[command.index("-o") + 1] = target = os.path.join(folder, "mutated.o")
        command = [replaced if word == entry["file"] else word for word in command]
        # Headers next to the original.
        command.insert(1, f"-iquote{os.path.dirname(original)}")
        subprocess.run(command, cwd=entry["directory"], check=True)
        return target
    sys.exit(f"no command compiles {mutation['file']}")


def link_mutation(bench, workload, target, folder):
    """Links a program with the mutated object before all libraries."""
    linked = os.path.join(folder, f"{workload}.mutated")
    if os.path.exists(linked):
        return linked
    name = os.path.relpath(bench.program(workload), bench.build)
    commands = subprocess.run(["ninja", "-C", bench.build, "-t", "commands", name], check=True,
                              text=True, stdout=subprocess.PIPE).stdout.strip().split("\n")
    command, count = re.subn(r" -o \S+ ", f" {target} -Wl,--allow-multiple-definition -o {linked} ",
                             commands[-1], count=1)
    if not count:
        sys.exit(f"the command that links {name} has no output: {commands[-1]}")
    command = re.sub(r"^: && | && :$", "", command)
    subprocess.run(command, shell=True, cwd=bench.build, check=True)
    return linked


def check_source_mutation(bench, mutation, workloads, seeds):
    folder = bench.fresh()
    target = compile_mutation(bench, mutation, folder)
    # Programs of lower layers do not contain the file.
    own = [each for each in workloads if each in mutation.get("workloads", workloads)]
    notice = first_notice(bench, own, seeds,
                          program=lambda each: link_mutation(bench, each, target, folder))
    shutil.rmtree(folder)
    return notice


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build")
    parser.add_argument("--jobs", type=int, default=2, help="mutations at once (2)")
    parser.add_argument("--seeds", type=int, default=4, help="orders of the streams (4)")
    parser.add_argument("--only", default="", help="mutations whose description contains this")
    parser.add_argument("--workloads", default=",".join(("training", *LAYERS)))
    parser.add_argument("--limit-mib", type=int, help="device.memory_limit_mib of the training")
    parser.add_argument("--json", help="file for the result")
    arguments = parser.parse_args()
    workloads, seeds = arguments.workloads.split(","), range(arguments.seeds)
    results = {}
    with tempfile.TemporaryDirectory() as work, \
            concurrent.futures.ThreadPoolExecutor(arguments.jobs) as pool:
        bench = Bench(os.path.abspath(arguments.build), work, arguments.limit_mib)
        bench.prepare()
        places = undisturbed(bench, workloads, seeds)
        with open(os.path.join(HERE, "mutations.json")) as file:
            mutations = json.load(file)
        work_of = {}
        for (call, functions), omit in sorted(places.items()):
            name = f"without {call} in {functions}"
            if arguments.only in name:
                own = [each for each in workloads if each in omit]
                work_of[pool.submit(first_notice, bench, own, seeds, None, omit)] = name
        for mutation in mutations:
            if arguments.only in mutation["what"]:
                work_of[pool.submit(check_source_mutation, bench, mutation, workloads,
                                    seeds)] = mutation["what"]
        for done in concurrent.futures.as_completed(work_of):
            results[work_of[done]] = done.result()
            print(f"{'noticed ' if done.result() else 'SURVIVED'} {work_of[done]}"
                  f"{': ' + done.result() if done.result() else ''}", flush=True)
    survivors = sorted(name for name, notice in results.items() if not notice)
    print(f"score: {len(results) - len(survivors)} of {len(results)} mutations noticed")
    for name in survivors:
        print(f"survived: {name}")
    if arguments.json:
        with open(arguments.json, "w") as file:
            json.dump({"noticed": len(results) - len(survivors), "all": len(results),
                       "survivors": survivors, "mutations": results}, file, indent=1)
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
