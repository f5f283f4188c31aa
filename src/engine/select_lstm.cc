// SPDX-License-Identifier: Apache-2.0
#include "engine/select_lstm.h"

#include <algorithm>

#include "backend/lstm_benchmark.h"
#include "base/error.h"
#include "model/memory.h"

namespace moneta {
namespace {

/// A layer of the timeframe with the most time steps, where most of the time is spent. The layers
/// of the other timeframes differ only in their number of steps.
LstmShape longest(ForecasterShape const& shape, std::size_t layer) {
  auto const& all = shape.timeframes;
  auto const most = std::max_element(
      all.begin(), all.end(), [](auto const& a, auto const& b) { return a.steps < b.steps; });
  return layer_shape(shape, static_cast<std::size_t>(most - all.begin()), layer);
}

/// "LSTM layers 2 to 4 (64 windows, 2048 inputs, H 1024, both directions, bf16)"; `index` is 0 for
/// the first layer and 1 for the layers above it.
std::string layers_text(LstmShape const& layer, std::size_t index, std::size_t layers) {
  std::string which = fmt::format("LSTM layer {}", index + 1);
  if (index == 1 && layers > 2) which = fmt::format("LSTM layers 2 to {}", layers);
  return fmt::format("{} ({} windows, {} inputs, H {}, {}, {})", which, layer.batch, layer.inputs,
                     layer.hidden, layer.directions == 2 ? "both directions" : "one direction",
                     to_string(layer.precision));
}

/// What this rank would select. The reason is empty if there is no choice.
LstmChoice own_choice(LstmAlgorithmChoice wanted, Backend& backend, LstmShape const& layer,
                      std::optional<LstmAlgorithm> earlier) {
  if (wanted == LstmAlgorithmChoice::standard) {
    bool const changes = earlier == LstmAlgorithm::persistent;
    return {LstmAlgorithm::standard, changes ? "standard (device.lstm_algorithm=standard)" : ""};
  }
  if (earlier == LstmAlgorithm::standard) return {};
  auto const benchmark = backend.benchmark_persistent_lstm(layer);
  if (benchmark) {
    return choose_lstm_algorithm(*benchmark, layer.precision,
                                 earlier.value_or(LstmAlgorithm::standard));
  }
  return {LstmAlgorithm::standard, earlier ? "standard (this device has no other algorithm)" : ""};
}

}  // namespace

LstmSelection select_lstm(LstmAlgorithmChoice wanted, Backend& backend,
                          ForecasterShape const& shape,
                          std::optional<LstmAlgorithms> const& earlier,
                          SelectionRanks const& ranks) {
  LstmSelection selection;
  std::size_t const layers = shape.model.layers;
  for (std::size_t l = 0; l < std::min<std::size_t>(layers, 2); ++l) {
    auto& selected = l == 0 ? selection.algorithms.first : selection.algorithms.above;
    std::optional<LstmAlgorithm> before;
    if (earlier) before = l == 0 ? earlier->first : earlier->above;
    LstmShape const layer = longest(shape, l);
    LstmChoice own;
    ranks.collective([&] { own = own_choice(wanted, backend, layer, before); });
    bool const is_persistent = own.algorithm == LstmAlgorithm::persistent;
    bool const all_persistent = ranks.all_reduce_min(is_persistent ? 1 : 0) == 1;
    if (is_persistent && !all_persistent) own.why = "standard (another rank uses it)";
    selected = all_persistent ? LstmAlgorithm::persistent : LstmAlgorithm::standard;
    if (before && *before != selected) {
      own.why += fmt::format("; the run was started with the {} algorithm, so its rounding changes",
                             to_string(*before));
      selection.kept = false;
    }
    if (!own.why.empty()) {
      selection.reasons.push_back(fmt::format("{}: {}", layers_text(layer, l, layers), own.why));
    }
  }
  return selection;
}

LstmSelection select_lstm_on_all_ranks(StartStages const& stages, LstmAlgorithmChoice wanted,
                                       Backend& backend, ForecasterShape const& shape,
                                       std::optional<SavedCheckpoint> const& earlier) {
  std::optional<LstmAlgorithms> before;
  if (earlier) before = lstm_algorithms_named(earlier->lstm_algorithm);
  return select_lstm(wanted, backend, shape, before,
                     {[&](auto const& work) { stages.collective(work); },
                      [&](std::uint64_t value) { return stages.all_reduce_min(value); }});
}

}  // namespace moneta
