// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "backend/backend.h"
#include "checkpoint/index.h"
#include "comm/session.h"
#include "config/config.h"
#include "model/forecaster.h"

namespace moneta {

/// By which algorithms the LSTM layers are trained, and why.
struct LstmSelection {
  LstmAlgorithms algorithms;
  /// For people, one for the first layer and one for those above; none where the device has no
  /// choice.
  std::vector<std::string> reasons;
  bool kept = true;  ///< false: not those of the earlier start; what follows is rounded otherwise
};

/// Asks every rank whether a layer is persistent there; true if it is on all of them.
using OnAllRanks = std::function<bool(bool)>;

/// The decision for training of this shape. Without an earlier start a layer is persistent where
/// every rank's trial finds it equal and faster. One that goes on keeps what it began with, because
/// timings may come out otherwise each time; only if that cannot be had, or the config forbids it,
/// a layer turns to the standard algorithm. `together` runs what may throw.
LstmSelection select_lstm(LstmAlgorithmChoice wanted, Backend& backend,
                          ForecasterShape const& shape,
                          std::optional<LstmAlgorithms> const& earlier,
                          std::function<void(std::function<void()> const&)> const& collective,
                          OnAllRanks const& on_all_ranks);

/// The same for the ranks of a session, with the algorithms that a checkpoint was made with.
LstmSelection select_lstm_on_all_ranks(MpiSession& session, LstmAlgorithmChoice wanted,
                                       Backend& backend, ForecasterShape const& shape,
                                       std::optional<SavedCheckpoint> const& earlier);

}  // namespace moneta
