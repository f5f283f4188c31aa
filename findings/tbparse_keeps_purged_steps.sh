#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# tbparse 0.0.9 with tensorboard 2.21.0: after a resumed run it returns steps that TensorBoard has removed.
#
# Guess: tbparse uses TensorBoard's own reader, so both have the same points.
# Seen: a resumed training begins a second file with a START at its step. TensorBoard drops the points from
# that step on that the first file has. tbparse opens each file alone, where nothing is to be dropped, and
# returns two values for these steps, sorted into one another, and unless extra_columns asks for it without a
# column that tells the file.
# Why it matters: a mean, a minimum or a plot of the loss over the steps mixes the abandoned attempt with the
# one that counts. Keep the last of each step by wall time, or read the folder with TensorBoard's reader.
source "$(dirname "$0")/lib.sh"
packages tensorboard==2.21.0 tbparse==0.0.9 protobuf==7.36.2 pandas==3.1.1 numpy==2.4.6

observe <<'PYTHON'
import logging
import os
from finding import expect
from tbparse import SummaryReader
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter

logging.disable(logging.WARNING)

def write(start_time, steps, offset, *first):
    points = [
        Event(wall_time=start_time + step, step=step,
              summary=Summary(value=[Summary.Value(tag="loss", simple_value=offset + step)]))
        for step in steps
    ]
    with open(f"run/events.out.tfevents.{start_time}.host", "wb") as file:
        writer = RecordWriter(file)
        for event in (Event(wall_time=start_time, file_version="brain.Event:2"), *first, *points):
            writer.write(event.SerializeToString())

os.mkdir("run")
write(1_704_000_000, range(0, 6), 0)
start = Event(wall_time=1_704_001_000, step=3, session_log=SessionLog(status=SessionLog.START))
write(1_704_001_000, range(3, 8), 10, start)

accumulator = EventAccumulator("run", size_guidance={"scalars": 0})
accumulator.Reload()
shown = [(point.step, point.value) for point in accumulator.Scalars("loss")]
resumed = [(0, 0), (1, 1), (2, 2), (3, 13), (4, 14), (5, 15), (6, 16), (7, 17)]
expect(shown == resumed, "points of TensorBoard", shown)

scalars = SummaryReader("run").scalars
parsed = [(int(step), float(value)) for step, value in zip(scalars["step"], scalars["value"])]
expect(len(parsed) == 11, "points of tbparse", parsed)
expect({(3, 3), (3, 13)} <= set(parsed), "values of step 3", 3, 13)
PYTHON
