// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace moneta {

/// What happens when a row of raw candles is invalid.
enum class BadRows {
  error,  ///< reading fails
  skip,   ///< the row is left out and counted
};

}  // namespace moneta
