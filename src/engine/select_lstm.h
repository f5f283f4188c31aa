// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "backend/backend.h"
#include "checkpoint/index.h"
#include "config/config.h"
#include "engine/start_stages.h"
#include "model/forecaster.h"

namespace moneta {

/// The algorithms with which the LSTM layers are trained, and why.
struct LstmSelection {
  LstmAlgorithms algorithms;
  /// Messages: one for the first layer and one for the layers above it. None on a device that has
  /// only one algorithm, unless a resumed run used another one before.
  std::vector<std::string> reasons;
  /// False if a resumed run cannot keep its algorithms, so that its rounding changes.
  bool kept = true;
};

/// How select_lstm calls the other ranks: the functions of StartStages.
struct SelectionRanks {
  std::function<void(std::function<void()> const& work)> collective;
  std::function<std::uint64_t(std::uint64_t value)> all_reduce_min;
  /// Called while this rank waits for a benchmark. Returns false if the run is to stop.
  KeepWaiting keep_waiting;
};

/// Selects the algorithms for a training model of this shape. Collective: all ranks call it.
///
/// Without an `earlier` start, a layer uses the persistent algorithm if benchmarks on every rank
/// find it correct and faster. They measure time, so two new runs with the same seed may select
/// different algorithms, whose results differ by rounding: the same bytes are promised only for
/// runs with the same algorithms, such as a run and its resumptions, or runs with
/// device.lstm_algorithm=standard.
///
/// A resumed run keeps its `earlier` algorithms. A layer changes to the standard algorithm only if
/// the configuration excludes the persistent one, or if a device no longer supports it, that is, if
/// its benchmark fails twice. If the run is to stop meanwhile, benchmarks are given up: a resumed
/// run then keeps the algorithm untested, and a new one uses the standard algorithm.
LstmSelection select_lstm(LstmAlgorithmChoice wanted, Backend& backend,
                          ForecasterShape const& shape,
                          std::optional<LstmAlgorithms> const& earlier,
                          SelectionRanks const& ranks);

/// The same for all ranks of a start; `earlier` is a checkpoint of the run that is resumed.
LstmSelection select_lstm_on_all_ranks(StartStages const& stages, LstmAlgorithmChoice wanted,
                                       Backend& backend, ForecasterShape const& shape,
                                       std::optional<SavedCheckpoint> const& earlier);

}  // namespace moneta
