// SPDX-License-Identifier: Apache-2.0
#include "config/load.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <map>
#include <sstream>

#include "base/error.h"
#include "base/url.h"
#include "config/key_hint.h"
#include "config/keys.h"
#include "config/validate.h"
#include "config/yaml.h"

namespace moneta {
namespace fs = std::filesystem;
namespace {

/// A configuration while it is read: the values so far and the location of each.
class Draft {
 public:
  explicit Draft(std::string origin) : origin_(std::move(origin)) {}

  /// Sets the key `name`, or the keys in the section `name` that the value contains.
  void apply(std::string const& name, std::string const& location, Value const& value) {
    if (ConfigKey const* const key = find_key(name)) {
      key->set(config_, value);
      locations_[name] = value.location;
    } else {
      MONETA_REQUIRE(is_section(name), config,
                     "{}: {} is not a key {}. configs/README.md lists all keys", location,
                     printable_name(name), key_hint(name));
      apply_section(name, value);
    }
  }

  Config finish() const {
    validate_config(config_, [this](std::string const& key) {
      auto const location = locations_.find(key);
      return location == locations_.end() ? origin_ : location->second;
    });
    return config_;
  }

 private:
  static std::string printable_name(std::string const& name) {
    std::string const text = quoted(name);
    return text.substr(1, text.size() - 2);
  }

  void apply_section(std::string const& name, Value const& value) {
    if (value.kind == Value::Kind::null) return;  // all of its keys may be commented out
    MONETA_REQUIRE(value.kind == Value::Kind::map, config,
                   "{}: {}{} is not a map of keys {}. Write them as key: value", value.location,
                   name.empty() ? "" : name + ": ", describe_value(value), list_keys_in(name));
    for (ValueEntry const& entry : value.entries) {
      std::string const full = name.empty() ? entry.key : name + '.' + entry.key;
      if (full == version_key && entry.value.kind != Value::Kind::map) continue;
      MONETA_REQUIRE(
          entry.key.find('.') == std::string::npos, config,
          "{}: {} is written with dots (the keys in a file are nested). Write the part before the dot followed by a colon, and the rest indented on the next line",
          entry.location, printable_name(full));
      apply(full, entry.location, entry.value);
    }
  }

  std::string origin_;
  Config config_;
  std::map<std::string, std::string> locations_;  ///< by key
};

std::string read_text(fs::path const& path) {
  constexpr std::size_t largest_bytes = 1 << 20;
  std::error_code ignored;
  MONETA_REQUIRE(!fs::is_directory(path, ignored), config,
                 "cannot read the configuration '{}' (it is a folder). Pass the YAML file",
                 path.string());
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  MONETA_REQUIRE(
      file, config,
      "cannot read the configuration '{}' ({}). Is the path correct? configs/ contains examples",
      path.string(), std::strerror(errno));
  std::string text(largest_bytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  MONETA_REQUIRE(text.size() <= largest_bytes, config,
                 "'{}' is larger than 1 MiB (no configuration is). Is it the right file?",
                 path.string());
  return text;
}

void apply_override(Draft& draft, std::string const& text) {
  std::size_t const equals = text.find('=');
  bool const may_hold_secret = text.find("webhook_url") != std::string::npos;
  std::string const origin =
      "override " + quoted(may_hold_secret ? text.substr(0, equals) + "=..." : text);
  MONETA_REQUIRE(equals != std::string::npos && equals > 0, config,
                 "{}: not of the form key=value. Write, for example, model.hidden=512", origin);
  Value value = read_yaml(text.substr(equals + 1), origin, YamlLocation::none);
  value.location = origin;
  draft.apply(text.substr(0, equals), origin, value);
}

}  // namespace

Config load_config(fs::path const& path, std::span<std::string const> overrides) {
  std::string const origin = path.string();
  Draft draft(origin);
  draft.apply("", origin, read_yaml(read_text(path), origin, YamlLocation::line));
  for (std::string const& text : overrides) apply_override(draft, text);
  return draft.finish();
}

Json config_to_json(Config const& config) {
  Json json = Json::object();
  for (ConfigKey const& key : config_keys()) {
    Json* node = &json;
    std::istringstream words(key.name);
    for (std::string word; std::getline(words, word, '.');) node = &(*node)[word];
    *node = key.get(config);
  }
  return json;
}

Config config_from_json(Json const& json, std::string const& origin) {
  MONETA_REQUIRE(json.is_object(), config,
                 "{}: not a configuration (its JSON is not an object). Is it the right file?",
                 origin);
  Draft draft(origin);
  draft.apply("", origin, value_from_json(json, origin));
  return draft.finish();
}

std::vector<ConfigDifference> compare_configs(Config const& was, Config const& is) {
  auto const text = [](ConfigKey const& key, Json const& value) {
    if (!value.is_string()) return value.dump();
    return key.secret ? public_url(value.get<std::string>()) : value.get<std::string>();
  };
  std::vector<ConfigDifference> differences;
  for (ConfigKey const& key : config_keys()) {
    Json const before = key.get(was), after = key.get(is);
    if (before != after) {
      differences.push_back({key.name, text(key, before), text(key, after), key.immutable});
    }
  }
  return differences;
}

}  // namespace moneta
