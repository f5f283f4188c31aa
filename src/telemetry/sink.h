// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "telemetry/record.h"
#include "telemetry/run_state.h"

namespace moneta {

/// A receiver of a run's telemetry on rank 0: a log, a display, or a file for another program. The
/// fan-out (coord/telemetry_fanout.h) calls every sink, always from one thread. A sink overrides
/// the functions it needs; the others do nothing. A failure of a disk, a network or a terminal
/// never raises an exception here: the sink reports it as an event.
class Sink {
 public:
  Sink() = default;
  Sink(Sink const&) = delete;
  Sink& operator=(Sink const&) = delete;
  virtual ~Sink() = default;

  virtual void on(EpochRecord const& /*record*/) {}
  virtual void on(EventRecord const& /*record*/) {}
  virtual void on(ProgressTick const& /*tick*/) {}
  virtual void on(DeviceSample const& /*sample*/) {}
  /// Called about once a second, whether or not records arrive.
  virtual void tick() {}
  /// Called once, after the last record. Ends the sink's threads and writes its files for the last
  /// time.
  virtual void close(RunEnd const& /*end*/) {}
};

}  // namespace moneta
