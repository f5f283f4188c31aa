// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "telemetry/run_view.h"
#include "telemetry/sink.h"

namespace moneta {

/// A sink and the RunView that it reads. Like the fan-out, it updates the view with a record before
/// it passes the record to the sink.
template <class T>
struct FedSink {
  /// `make` returns the sink for a view.
  template <class Make>
  FedSink(std::vector<std::string> const& coins, std::int64_t epochs, std::function<double()> clock,
          Make const& make)
      : clock_s(std::move(clock)),
        view(coins, epochs, clock_s()),
        sink(make(std::as_const(view))) {}

  void on(ProgressTick const& tick) {
    view.on(tick, clock_s());
    sink.on(tick);
  }
  template <class Record>
  void on(Record const& record) {
    view.on(record);
    sink.on(record);
  }

  std::function<double()> clock_s;
  RunView view;
  T sink;
};

}  // namespace moneta
