// SPDX-License-Identifier: Apache-2.0
#include "io/json_file.h"

#include <cmath>
#include <limits>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/text.h"
#include "io/file.h"

namespace moneta {

namespace {

/// Checks while the library parses, which itself accepts repeated keys and any depth.
class StrictWatcher {
 public:
  explicit StrictWatcher(std::string const& what) : what_(what) {}

  void operator()(int depth, Json::parse_event_t event, Json const& parsed) {
    using Event = Json::parse_event_t;
    if (event == Event::object_start || event == Event::array_start) {
      MONETA_REQUIRE(depth < max_depth, data,
                     "{} is nested too deeply (more than {} levels). Is it the right file?", what_,
                     max_depth);
    }
    if (event == Event::object_start) keys_.emplace_back();
    if (event == Event::object_end) keys_.pop_back();
    if (event == Event::key) add_key(parsed.get_ref<std::string const&>());
  }

 private:
  void add_key(std::string const& key) {
    MONETA_REQUIRE(keys_.back().insert(key).second, data,
                   "{} has the key '{}' twice (the result would be ambiguous). Is it damaged?",
                   what_, sanitized(key));
    // An object stores its keys in a list that is searched for every key: millions of keys in one
    // object, or thousands in each of many, would take forever.
    MONETA_REQUIRE(keys_.back().size() <= max_keys, data,
                   "{} has an object with more than {} keys (too many). Is it the right file?",
                   what_, max_keys);
    comparisons_ += keys_.back().size();
    MONETA_REQUIRE(
        comparisons_ <= max_keys * max_keys, data,
        "{} has many objects with thousands of keys (too many together). Is it the right file?",
        what_);
  }

  static constexpr int max_depth = 32;
  static constexpr std::size_t max_keys = 20'000;
  std::string const& what_;
  std::vector<std::unordered_set<std::string>> keys_;
  std::size_t comparisons_ = 0;  ///< of keys, by all objects together
};

/// The library's message without its "[json.exception...]".
std::string reason(Json::exception const& error) {
  std::string_view text = error.what();
  if (auto const end = text.find("] "); end != std::string_view::npos) text.remove_prefix(end + 2);
  return sanitized(text);
}

}  // namespace

Json parse_json(std::string_view text, std::string const& what) {
  StrictWatcher watch(what);
  try {
    return Json::parse(text, [&watch](int depth, Json::parse_event_t event, Json& parsed) {
      watch(depth, event, parsed);
      return true;
    });
  } catch (Json::exception const& error) {
    throw Error(ErrorKind::data,
                fmt::format("{} is not valid JSON ({}). Is it damaged?", what, reason(error)));
  }
}

Json read_json(std::filesystem::path const& path, std::size_t limit_bytes) {
  return parse_json(read_file(path, limit_bytes), fmt::format("'{}'", path.string()));
}

Json json_number(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  return value;
}

JsonFields::JsonFields(Json const& object, std::string what)
    : object_(object), what_(std::move(what)) {
  MONETA_REQUIRE(object.is_object(), data, "{} is not an object ('{}'). Is it damaged?", what_,
                 sanitized(object.type_name()));
}

Json const& JsonFields::member(std::string const& key) {
  auto const found = object_.find(key);
  MONETA_REQUIRE(found != object_.end(), data, "{} lacks the field '{}'. Is it damaged?", what_,
                 key);
  taken_.insert(key);
  return *found;
}

std::string JsonFields::text(std::string const& key) {
  Json const& value = member(key);
  MONETA_REQUIRE(value.is_string(), data,
                 "{} has the field '{}' as {} (a string is expected). Is it damaged?", what_, key,
                 value.type_name());
  return value.get<std::string>();
}

bool JsonFields::flag(std::string const& key) {
  Json const& value = member(key);
  MONETA_REQUIRE(value.is_boolean(), data,
                 "{} has the field '{}' as {} (true or false is expected). Is it damaged?", what_,
                 key, value.type_name());
  return value.get<bool>();
}

std::int64_t JsonFields::count(std::string const& key) {
  constexpr std::uint64_t limit = std::uint64_t{1} << 53;
  Json const& value = member(key);
  MONETA_REQUIRE(
      value.is_number_unsigned() && value.get<std::uint64_t>() <= limit, data,
      "{} has the field '{}' as {} (a whole number from 0 to 2^53 is expected). Is it damaged?",
      what_, key, sanitized(value.dump()));
  return static_cast<std::int64_t>(value.get<std::uint64_t>());
}

double JsonFields::number(std::string const& key) {
  Json const& value = member(key);
  if (value.is_number()) return value.get<double>();
  if (value == "nan") return std::numeric_limits<double>::quiet_NaN();
  if (value == "inf") return std::numeric_limits<double>::infinity();
  if (value == "-inf") return -std::numeric_limits<double>::infinity();
  throw Error(ErrorKind::data,
              fmt::format("{} has the field '{}' as {} (a number is expected). Is it damaged?",
                          what_, key, sanitized(value.dump())));
}

void JsonFields::finish() const {
  for (auto const& [key, value] : object_.items()) {
    MONETA_REQUIRE(
        taken_.count(key) > 0, data,
        "{} has the field '{}' (unknown to this version). Was it written by a newer one?", what_,
        sanitized(key));
  }
}

}  // namespace moneta
