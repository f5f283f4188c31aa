// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace moneta {

/// How a GPU's library goes through the steps of an LSTM layer; the results differ in rounding. A
/// CPU has one way, whatever is asked for.
enum class LstmAlgorithm {
  standard,    ///< one product after the other; for all sizes
  persistent,  ///< one kernel for all steps that keeps the recurrent weights on the chip
};

inline char const* to_string(LstmAlgorithm algorithm) {
  return algorithm == LstmAlgorithm::standard ? "standard" : "persistent";
}

/// Those of a model: its first layer has other inputs than those above it.
struct LstmAlgorithms {
  LstmAlgorithm first = LstmAlgorithm::standard, above = LstmAlgorithm::standard;
  bool operator==(LstmAlgorithms const&) const = default;
};

/// "standard" and "persistent" for all layers; "standard, persistent" names the first layer's
/// first.
inline std::string to_string(LstmAlgorithms const& algorithms) {
  std::string const first = to_string(algorithms.first);
  return algorithms.first == algorithms.above ? first : first + ", " + to_string(algorithms.above);
}
/// What `to_string` made of it; nothing for any other text.
inline std::optional<LstmAlgorithms> lstm_algorithms_named(std::string_view name) {
  for (auto const first : {LstmAlgorithm::standard, LstmAlgorithm::persistent}) {
    for (auto const above : {LstmAlgorithm::standard, LstmAlgorithm::persistent}) {
      if (to_string(LstmAlgorithms{first, above}) == name) return LstmAlgorithms{first, above};
    }
  }
  return {};
}

}  // namespace moneta
