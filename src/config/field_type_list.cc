// SPDX-License-Identifier: Apache-2.0
#include "config/field_type_list.h"

#include <algorithm>

#include "base/error.h"

namespace moneta::field {
namespace {

constexpr std::size_t most_coins = 1000;

void add_once(std::vector<std::string>& list, Value const& item, std::string const& key,
              std::string const& text) {
  MONETA_REQUIRE(std::find(list.begin(), list.end(), text) == list.end(), config,
                 "{}: {}: {} is listed twice. Remove one of them", item.location, key,
                 quoted(text));
  list.push_back(text);
}

}  // namespace

void Coins::read(Value const& value, std::string const& key, std::vector<std::string>& into) const {
  if (value.kind != Value::Kind::list) reject(value, key, describe());
  if (value.items.empty() || value.items.size() > most_coins) {
    reject(value, key, fmt::format("{} (it has {})", describe(), value.items.size()));
  }
  into.clear();
  for (Value const& item : value.items) {
    std::string coin;
    Name{}.read(item, key, coin);
    add_once(into, item, key, coin);
  }
}

void Placement::read(Value const& value, std::string const& key,
                     std::vector<std::vector<std::string>>& into) const {
  into.clear();
  if (value.kind == Value::Kind::null) return;
  if (value.kind != Value::Kind::list) reject(value, key, describe());
  for (Value const& rank : value.items) {
    if (rank.kind != Value::Kind::list) reject(rank, key, describe());
    std::vector<std::string>& coins = into.emplace_back();
    for (Value const& item : rank.items) Name{}.read(item, key, coins.emplace_back());
  }
}

void Subset::read(Value const& value, std::string const& key,
                  std::vector<std::string>& into) const {
  if (value.kind != Value::Kind::list) reject(value, key, describe());
  into.clear();
  for (Value const& item : value.items) {
    std::string word;
    element.read(item, key, word);
    add_once(into, item, key, word);
  }
}

}  // namespace moneta::field
