# SPDX-License-Identifier: Apache-2.0
"""`tensorboard_oracle.py FOLDER EXPECTED`: what TensorBoard reads from the event files of a run is
what EXPECTED holds, {coin: {tag: [[step, value], ...]}}, to the last bit, and nothing else."""
import json
import logging
import pathlib
import struct
import sys

from tensorboard.backend.event_processing import event_accumulator

logging.disable()  # it logs every point that it drops
folder, expected_path = map(pathlib.Path, sys.argv[1:])
expected = json.loads(expected_path.read_text())
assert sorted(expected) == sorted(each.name for each in folder.iterdir()), list(folder.iterdir())
for coin, curves in expected.items():
    reader = event_accumulator.EventAccumulator(
        str(folder / coin), size_guidance={event_accumulator.SCALARS: 0})
    reader.Reload()
    assert sorted(reader.Tags()["scalars"]) == sorted(curves), (coin, reader.Tags())
    for tag, points in curves.items():
        read = [[each.step, each.value] for each in reader.Scalars(tag)]
        wanted = [[step, struct.unpack("<f", struct.pack("<f", value))[0]] for step, value in points]
        assert read == wanted, (coin, tag, read, wanted)
        times = [each.wall_time for each in reader.Scalars(tag)]
        assert times == sorted(times) and 1617233400 < times[0] < 1617243400, times
