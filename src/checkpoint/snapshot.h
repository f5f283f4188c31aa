// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "checkpoint/state.h"

namespace moneta {

/// The state of a coin at one moment, on its way to a file. Its arrays may still be being copied
/// from a device while the training continues.
struct Snapshot {
  CoinHeader header;
  /// Waits until the arrays are complete and returns them. They stay as they are until the snapshot
  /// has been written. Called by the writer's thread. Throws Error (device) if the copy has failed.
  std::function<CoinArrays()> arrays;
};

}  // namespace moneta
