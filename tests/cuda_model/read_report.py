# SPDX-License-Identifier: Apache-2.0
"""Reads what CUDA_MODEL_REPORT wrote: read_report.py COMMAND ARGUMENT...

  check REPORT...         fails unless each process used the model correctly and left nothing behind
  calls CALL REPORT       prints how often the process made a call; `allocation` as in CUDA_MODEL_FAIL
  devices N REPORT...     fails unless the processes used exactly N devices
  plan EVENTS REPORT      prints the planned bytes, the allocated bytes and the memory options of a run
                          of one rank
  tensors A B             fails unless all checkpoints of the runs A and B have the same tensors
"""
import glob
import json
import os
import sys

# DeviceMemoryUse::later_bytes, which a plan adds for each rank: src/backend/cuda/memory.cc.
ALLOWANCE_BYTES = 64 << 20
ALLOCATIONS = ("cudaMalloc", "cudaMallocHost", "cudaHostAlloc")


def read(path):
    with open(path) as file:
        return json.load(file)


def check(*paths):
    for path in paths:
        report = read(path)
        if report["misuse"]:
            sys.exit(f"{path}: {report['misuse']}")
        for leak in report["leaks"]:
            sys.exit(f"{path}: leaked {leak['kind']}: {leak['what']}")
        opened, closed = (report.get(f"NCCL communicators {what}", 0) for what in ("opened", "closed"))
        if opened != closed:
            sys.exit(f"{path}: {opened} NCCL communicators were opened and {closed} closed")


def calls(call, path):
    names = ALLOCATIONS if call == "allocation" else (call,)
    print(sum(read(path)["calls"].get(name, 0) for name in names))


def devices(count, *paths):
    used = {number for path in paths
            for number, device in enumerate(read(path)["devices"]) if device["context_bytes"]}
    if len(used) != int(count):
        sys.exit(f"the processes used the devices {sorted(used)} instead of {count}")


def plan(pattern, path):
    events = [json.loads(line) for name in sorted(glob.glob(pattern)) for line in open(name)]
    start = next(event["moneta"] for event in events if event["event.action"] == "run_started")
    device = read(path)["devices"][0]
    allocated = device["requested_peak_bytes"] + device["library_bytes"] + device["context_bytes"]
    print(start["planned_bytes"], allocated + ALLOWANCE_BYTES, start["memory_options"], sep=";")


def tensors_of(path):
    """The tensors of a safetensors file, by name: type, shape and bytes."""
    with open(path, "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        data = file.read()
    header.pop("__metadata__", None)
    return {name: (each["dtype"], each["shape"], data[slice(*each["data_offsets"])])
            for name, each in header.items()}


def tensors(a, b):
    names = [{os.path.relpath(path, run) for path in
              glob.glob(f"{run}/checkpoints/*/*.safetensors")} for run in (a, b)]
    if names[0] != names[1] or not names[0]:
        sys.exit(f"{a} and {b} do not have the same checkpoints: {sorted(names[0] ^ names[1])}")
    for name in sorted(names[0]):
        first, second = tensors_of(f"{a}/{name}"), tensors_of(f"{b}/{name}")
        differing = sorted(each for each in first.keys() | second.keys()
                           if first.get(each) != second.get(each))
        if differing:
            sys.exit(f"{name} of {a} and {b} differ in {', '.join(differing)}")


if __name__ == "__main__":
    commands = {each.__name__: each for each in (check, calls, devices, plan, tensors)}
    if len(sys.argv) < 2 or sys.argv[1] not in commands:
        sys.exit(__doc__)
    commands[sys.argv[1]](*sys.argv[2:])
