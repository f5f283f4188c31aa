# SPDX-License-Identifier: Apache-2.0
"""Another tool's dense shards: make_dense.py FROM TO

Reads the compact shards of FROM with h5py alone, by the names and attributes they carry, writes
every sample's windows to TO in the dense layout of data/README.md, and lists them there.
"""
import hashlib
import json
import os
import sys

import h5py
import numpy as np


def write(compact, path):
    with h5py.File(path, "w") as dense:
        dense.attrs.update(compact.attrs)
        dense.attrs["layout"] = "dense"
        dense.attrs["generator"] = "make_dense.py"
        dense.attrs.pop("text_crc32", None)  # of other texts
        for name in ("time", "close", "target"):
            dense[f"samples/{name}"] = compact[f"samples/{name}"][:]
        for timeframe in compact.attrs["timeframes"].split(","):
            rows = compact[f"{timeframe}/features"][:]
            steps = int(compact[timeframe].attrs["window_steps"])
            ends = compact[f"samples/end_{timeframe}"][:]
            windows = rows[ends[:, None] + np.arange(1 - steps, 1)]
            sequences = dense.create_dataset(f"sequences/{timeframe}", data=windows,
                                             chunks=(1, *windows.shape[1:]), fletcher32=True)
            sequences.attrs["minutes"] = compact[timeframe].attrs["minutes"]
            sequences.attrs["window_steps"] = np.int64(steps)


def main(source, target):
    manifest = json.load(open(f"{source}/manifest.json"))
    manifest["layout"] = "dense"
    for shard in manifest["shards"]:
        path = f"{target}/{shard['file']}"
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with h5py.File(f"{source}/{shard['file']}") as compact:
            write(compact, path)
        content = open(path, "rb").read()
        shard["sha256"] = hashlib.sha256(content).hexdigest()
        shard["bytes"] = len(content)
        shard["rows"] = dict.fromkeys(shard["rows"], 0)
    json.dump(manifest, open(f"{target}/manifest.json", "w"), indent=1)


if __name__ == "__main__":
    main(*sys.argv[1:])
