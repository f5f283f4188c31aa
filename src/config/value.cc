// SPDX-License-Identifier: Apache-2.0
#include "config/value.h"

#include "base/error.h"
#include "base/json.h"

namespace moneta {
namespace {

std::string printable(std::string text) {
  constexpr std::size_t longest = 80;
  if (text.size() > longest) text = text.substr(0, longest) + "...";
  for (char& character : text) {
    auto const code = static_cast<unsigned char>(character);
    if (code < 0x20 || code == 0x7f) character = '?';
  }
  return text;
}

}  // namespace

std::string quoted(std::string const& text) { return fmt::format("'{}'", printable(text)); }

std::string describe_value(Value const& value) {
  switch (value.kind) {
    case Value::Kind::null:
      return "null";
    case Value::Kind::plain:
    case Value::Kind::literal:
      return quoted(value.text);
    case Value::Kind::quoted:
      return fmt::format("\"{}\" (a quoted string)", printable(value.text));
    case Value::Kind::list:
      return "a list";
    case Value::Kind::map:
      return "a map";
  }
  return "null";
}

Value value_from_json(Json const& json, std::string const& origin) {
  Value value;
  value.location = origin;
  if (json.is_object()) {
    value.kind = Value::Kind::map;
    for (auto const& [key, member] : json.items()) {
      value.entries.push_back({key, origin, value_from_json(member, origin)});
    }
  } else if (json.is_array()) {
    value.kind = Value::Kind::list;
    for (Json const& item : json) value.items.push_back(value_from_json(item, origin));
  } else if (json.is_string()) {
    value.kind = Value::Kind::quoted;
    value.text = json.get<std::string>();
  } else if (!json.is_null()) {
    value.kind = Value::Kind::literal;
    value.text = json.dump();
  }
  return value;
}

}  // namespace moneta
