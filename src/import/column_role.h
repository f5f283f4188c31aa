// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace moneta {

/// What the cells of a column mean.
enum class Role : std::uint8_t {
  none,
  index_or_time,  ///< a column without a name, which pandas uses for both
  time,           ///< start of the bar
  close_time,     ///< end of the bar
  open,
  high,
  low,
  close,
  volume,        ///< in the base coin, unless the numbers say otherwise
  other_volume,  ///< in the base coin, in the quote currency, or a count; the numbers decide
  quote_volume,  ///< in the quote currency, unless the numbers say otherwise
  market,        ///< the symbol
  confirm,       ///< 0 or false for a bar that has not ended
  unit,          ///< minutes of the bar
};

/// The meaning of a column's name.
struct NamedRole {
  Role role = Role::none;
  std::optional<std::int64_t> utc_offset_minutes;  ///< the zone that the name of a time states
};

/// Compares names without case, blanks and punctuation. English, Chinese and Korean names are
/// known, and those of the exchanges.
NamedRole role_of_name(std::string_view name);

/// A name in lower case without blanks and punctuation: "Volume_(BTC)" is "volumebtc".
std::string plain_name(std::string_view name);

/// The roles that --columns gives. Throws Error (config) if a word is not known, `columns` is not
/// their number, or a time, a price or a volume is missing.
std::vector<Role> roles_of_option(std::vector<std::string> const& words, std::size_t columns,
                                  std::string const& file);

/// The column with this role, if there is one.
std::optional<std::size_t> column_of(std::vector<Role> const& roles, Role role);

}  // namespace moneta
