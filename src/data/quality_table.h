// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "data/quality.h"

namespace moneta {

/// A table for people, with one line per coin.
std::string quality_table(std::vector<CoinQuality> const& coins);

/// The warnings and problems of all coins, each with the name of its coin, except of those that
/// failed.
std::vector<std::string> quality_warnings(std::vector<CoinQuality> const& coins);

/// The name and the problem of every coin that failed.
std::vector<std::string> quality_failures(std::vector<CoinQuality> const& coins);

}  // namespace moneta
