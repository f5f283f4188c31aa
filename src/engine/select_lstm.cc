// SPDX-License-Identifier: Apache-2.0
#include "engine/select_lstm.h"

#include <algorithm>

#include "backend/lstm_benchmark.h"
#include "base/error.h"
#include "base/stop_signal.h"
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

/// What the benchmark of a layer tells about the persistent algorithm, which a run was started
/// with; nothing on a device that does not have it.
std::optional<LstmChoice> choice_to_keep(Backend& backend, LstmShape const& layer,
                                         KeepWaiting const& keep_waiting) {
  std::optional<LstmChoice> choice;
  constexpr int tries = 2;  // another process may have used the GPU during the first one
  for (int i = 0; i < tries && (!choice || choice->algorithm != LstmAlgorithm::persistent); ++i) {
    auto const benchmark = backend.benchmark_persistent_lstm(layer, keep_waiting);
    if (!benchmark) return {};
    if (benchmark->given_up) {
      return LstmChoice{
          LstmAlgorithm::persistent,
          fmt::format("persistent, because the run was started with it ({})", benchmark->refused)};
    }
    choice = choose_lstm_algorithm(*benchmark, layer.precision, LstmAlgorithm::persistent);
  }
  return choice;
}

/// What this rank would select. The reason is empty if there is no choice.
LstmChoice own_choice(LstmAlgorithmChoice wanted, Backend& backend, LstmShape const& layer,
                      std::optional<LstmAlgorithm> earlier, KeepWaiting const& keep_waiting) {
  if (wanted == LstmAlgorithmChoice::standard) {
    bool const changes = earlier == LstmAlgorithm::persistent;
    return {LstmAlgorithm::standard, changes ? "standard (device.lstm_algorithm=standard)" : ""};
  }
  if (earlier == LstmAlgorithm::standard) return {};
  if (earlier) {
    return choice_to_keep(backend, layer, keep_waiting)
        .value_or(
            LstmChoice{LstmAlgorithm::standard, "standard (this device has no other algorithm)"});
  }
  auto const benchmark = backend.benchmark_persistent_lstm(layer, keep_waiting);
  return benchmark ? choose_lstm_algorithm(*benchmark, layer.precision) : LstmChoice{};
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
    ranks.collective([&] { own = own_choice(wanted, backend, layer, before, ranks.keep_waiting); });
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
                      [&](std::uint64_t value) { return stages.all_reduce_min(value); },
                      [&] {
                        stages.idle();
                        return !stop_requested();
                      }});
}

}  // namespace moneta
