// SPDX-License-Identifier: Apache-2.0
#include "engine/select_lstm.h"

#include <algorithm>

#include "backend/lstm_benchmark.h"
#include "base/error.h"
#include "model/memory.h"

namespace moneta {
namespace {

/// The layer in the timeframe with the most steps, where most of the time goes. The others differ
/// in their steps alone.
LstmShape longest(ForecasterShape const& shape, std::size_t layer) {
  auto const& all = shape.timeframes;
  auto const most = std::max_element(
      all.begin(), all.end(), [](auto const& a, auto const& b) { return a.steps < b.steps; });
  return layer_shape(shape, static_cast<std::size_t>(most - all.begin()), layer);
}

std::string name_of(LstmShape const& layer, std::size_t number, std::size_t layers) {
  std::string const which = number == 0   ? "LSTM layer 1"
                            : layers == 2 ? "LSTM layer 2"
                                          : fmt::format("LSTM layers 2 to {}", layers);
  return fmt::format("{} ({} windows, {} inputs, H {}{}{}): ", which, layer.batch, layer.inputs,
                     layer.hidden,
                     layer.directions == 2 ? ", both directions, " : ", one direction, ",
                     to_string(layer.precision));
}

/// What this rank would do. Nothing is said on a device without a choice.
LstmChoice own_choice(LstmAlgorithmChoice wanted, Backend& backend, LstmShape const& layer,
                      std::optional<LstmAlgorithm> begun) {
  if (wanted == LstmAlgorithmChoice::standard) {
    bool const turns = begun == LstmAlgorithm::persistent;
    return {LstmAlgorithm::standard, turns ? "standard (device.lstm_algorithm says so)" : ""};
  }
  if (begun == LstmAlgorithm::standard) return {};
  auto const benchmark = backend.try_persistent_lstm(layer);
  if (benchmark) {
    return choose_lstm_algorithm(*benchmark, layer.precision,
                                 begun.value_or(LstmAlgorithm::standard));
  }
  return {LstmAlgorithm::standard, begun ? "standard (this device has no other)" : ""};
}

}  // namespace

LstmSelection select_lstm(LstmAlgorithmChoice wanted, Backend& backend,
                          ForecasterShape const& shape,
                          std::optional<LstmAlgorithms> const& earlier,
                          std::function<void(std::function<void()> const&)> const& collective,
                          OnAllRanks const& on_all_ranks) {
  LstmSelection selection;
  std::size_t const layers = shape.model.layers;
  for (std::size_t l = 0; l < std::min<std::size_t>(layers, 2); ++l) {
    auto& algorithm = l == 0 ? selection.algorithms.first : selection.algorithms.above;
    std::optional<LstmAlgorithm> begun;
    if (earlier) begun = l == 0 ? earlier->first : earlier->above;
    LstmShape const layer = longest(shape, l);
    LstmChoice own;
    collective([&] { own = own_choice(wanted, backend, layer, begun); });
    bool const is_persistent = own.algorithm == LstmAlgorithm::persistent;
    bool const all = on_all_ranks(is_persistent);
    if (is_persistent && !all) own.why = "standard (another rank uses it)";
    algorithm = all ? LstmAlgorithm::persistent : LstmAlgorithm::standard;
    if (begun && *begun != algorithm) {
      own.why += "; the run was begun with the other, and is rounded otherwise from here on";
      selection.kept = false;
    }
    if (!own.why.empty()) selection.reasons.push_back(name_of(layer, l, layers) + own.why);
  }
  return selection;
}

LstmSelection select_lstm_on_all_ranks(MpiSession& session, LstmAlgorithmChoice wanted,
                                       Backend& backend, ForecasterShape const& shape,
                                       std::optional<SavedCheckpoint> const& earlier) {
  std::optional<LstmAlgorithms> begun;
  if (earlier) begun = lstm_algorithms_named(earlier->lstm_algorithm);
  return select_lstm(
      wanted, backend, shape, begun, [&](auto const& work) { session.collective(work); },
      [&](bool own) { return session.all_reduce_min(own ? 1 : 0) == 1; });
}

}  // namespace moneta
