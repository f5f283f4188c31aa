// SPDX-License-Identifier: Apache-2.0
// Raw candles as plain text.
#include "fuzz/candles.h"

namespace moneta::fuzz {

void try_bytes(std::string_view bytes) { try_candles("KRW-BTC.csv", bytes); }

}  // namespace moneta::fuzz
