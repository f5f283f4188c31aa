// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "config/config.h"
#include "config/field_type.h"

namespace moneta::field {

/// The bars of each timeframe and the number of them in a window: {1m: 240, 5m: 144}. The result is
/// ordered by the length of the bars.
struct Timeframes {
  std::string describe() const {
    return "a map like {5m: 144}: minutes that divide 1440, and 1 to 5000 steps";
  }
  void read(Value const& value, std::string const& key, std::vector<TimeframeConfig>& into) const;
  Json write(std::vector<TimeframeConfig> const& from) const;
};

/// A minute in UTC, stored as seconds since 1970.
struct Minute {
  std::string describe() const {
    return "a date like 2025-01-31 or a minute like 2025-01-31T12:30:00Z, in UTC, from 1970 to "
           "2199";
  }
  void read(Value const& value, std::string const& key, std::int64_t& into) const;
  Json write(std::int64_t from) const;
};

/// Where the minutes that are used end: a word, or a minute in UTC.
struct End {
  std::string describe() const {
    return "common, each, or a date like 2025-01-31 or a minute like 2025-01-31T12:30:00Z, in UTC, "
           "from 1970 to 2199";
  }
  void read(Value const& value, std::string const& key, DataEnd& into) const;
  Json write(DataEnd const& from) const;
};

}  // namespace moneta::field
