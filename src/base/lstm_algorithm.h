// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace moneta {

/// How the GPU library computes the time steps of an LSTM layer. The results differ by rounding.
/// CPUs have only one algorithm and ignore this.
enum class LstmAlgorithm {
  standard,    ///< one matrix product per step; supports all sizes
  persistent,  ///< one kernel for all steps, which keeps the recurrent weights on the chip
};

inline char const* to_string(LstmAlgorithm algorithm) {
  return algorithm == LstmAlgorithm::standard ? "standard" : "persistent";
}

/// The algorithms of a model. The first layer has inputs of another size than the layers above it.
struct LstmAlgorithms {
  LstmAlgorithm first = LstmAlgorithm::standard, above = LstmAlgorithm::standard;
  bool operator==(LstmAlgorithms const&) const = default;
};

/// "standard" or "persistent" if all layers use the same algorithm; otherwise the algorithm of the
/// first layer comes first, as in "standard, persistent".
inline std::string to_string(LstmAlgorithms const& algorithms) {
  std::string const first = to_string(algorithms.first);
  return algorithms.first == algorithms.above ? first : first + ", " + to_string(algorithms.above);
}
/// The inverse of `to_string`; nothing for any other text.
inline std::optional<LstmAlgorithms> lstm_algorithms_named(std::string_view name) {
  for (auto const first : {LstmAlgorithm::standard, LstmAlgorithm::persistent}) {
    for (auto const above : {LstmAlgorithm::standard, LstmAlgorithm::persistent}) {
      if (to_string(LstmAlgorithms{first, above}) == name) return LstmAlgorithms{first, above};
    }
  }
  return {};
}

}  // namespace moneta
