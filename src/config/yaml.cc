// SPDX-License-Identifier: Apache-2.0
#include "config/yaml.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <optional>
#include <sstream>

#include "base/error.h"
#include "base/json.h"

namespace moneta {
namespace {

/// Far more than any key needs; yaml-cpp itself fails at about 500 levels with "bad file".
constexpr std::size_t deepest_level = 16;

class Locations {
 public:
  Locations(std::string origin, YamlLocation shown) : origin_(std::move(origin)), shown_(shown) {}

  std::string at(std::size_t line) const {
    return shown_ == YamlLocation::line ? fmt::format("{}:{}", origin_, line) : origin_;
  }
  /// yaml-cpp counts lines from 0; -1 means unknown.
  std::string at(YAML::Mark const& mark) const {
    return mark.line < 0 ? origin_ : at(static_cast<std::size_t>(mark.line) + 1);
  }

 private:
  std::string origin_;
  YamlLocation shown_;
};

/// Every configuration is written to a run's config.json, and JSON requires UTF-8.
bool is_utf8(std::string const& text) {
  try {
    return !Json(text).dump().empty();
  } catch (Json::exception const&) {
    return false;
  }
}

/// Builds the tree from the parser's events. yaml-cpp's own nodes would hide duplicate keys,
/// aliases and tags.
class TreeBuilder : public YAML::EventHandler {
 public:
  explicit TreeBuilder(Locations const& locations) : locations_(locations) {}

  Value take_root() { return std::move(root_); }

  void OnDocumentStart(YAML::Mark const&) override {}
  void OnDocumentEnd() override {}

  void OnNull(YAML::Mark const& mark, YAML::anchor_t anchor) override {
    Value value;
    start(value, mark, "", anchor);
    finish(std::move(value));
  }

  void OnAlias(YAML::Mark const& mark, YAML::anchor_t) override {
    reject_anchor(locations_.at(mark));
  }

  void OnScalar(YAML::Mark const& mark, std::string const& tag, YAML::anchor_t anchor,
                std::string const& text) override {
    Value value;
    start(value, mark, tag, anchor);
    bool const plain = tag != "!";
    bool const null = plain && (text.empty() || text == "~" || text == "null");
    if (!null) value.kind = plain ? Value::Kind::plain : Value::Kind::quoted;
    value.text = text;
    finish(std::move(value));
  }

  void OnSequenceStart(YAML::Mark const& mark, std::string const& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(Value::Kind::list, mark, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(YAML::Mark const& mark, std::string const& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(Value::Kind::map, mark, tag, anchor);
  }
  void OnMapEnd() override { close(); }

 private:
  /// A list or map that has not ended yet; `entry` has a key whose value has not been read yet.
  struct Open {
    Value value;
    std::optional<ValueEntry> entry;
  };

  [[noreturn]] static void reject_anchor(std::string const& location) {
    throw Error(
        ErrorKind::config,
        fmt::format(
            "{}: anchors (&) and aliases (*) are not supported. Write the value out, and quote it if it is a string that starts with & or *",
            location));
  }

  void start(Value& value, YAML::Mark const& mark, std::string const& tag, YAML::anchor_t anchor) {
    value.location = locations_.at(mark);
    if (anchor != 0) reject_anchor(value.location);
    MONETA_REQUIRE(tag.empty() || tag == "?" || tag == "!", config,
                   "{}: the tag {} is not supported. Write the value without it", value.location,
                   quoted(tag));
  }

  void open(Value::Kind kind, YAML::Mark const& mark, std::string const& tag,
            YAML::anchor_t anchor) {
    Value value;
    start(value, mark, tag, anchor);
    value.kind = kind;
    MONETA_REQUIRE(
        open_.size() < deepest_level, config,
        "{}: more than {} levels of lists and maps (no key has that many). Is a bracket missing?",
        value.location, deepest_level);
    open_.push_back({std::move(value), std::nullopt});
  }

  void close() {
    Value value = std::move(open_.back().value);
    open_.pop_back();
    finish(std::move(value));
  }

  void finish(Value value) {
    if (open_.empty()) {
      root_ = std::move(value);
      return;
    }
    Open& parent = open_.back();
    if (parent.value.kind == Value::Kind::list) {
      parent.value.items.push_back(std::move(value));
    } else if (!parent.entry) {
      parent.entry = key(parent.value, value);
    } else {
      parent.entry->value = std::move(value);
      parent.value.entries.push_back(*std::move(parent.entry));
      parent.entry.reset();
    }
  }

  ValueEntry key(Value const& map, Value const& name) const {
    MONETA_REQUIRE(name.kind == Value::Kind::plain || name.kind == Value::Kind::quoted, config,
                   "{}: {} cannot be a key (a key is a name)", name.location, describe_value(name));
    MONETA_REQUIRE(name.text != "<<", config,
                   "{}: merge keys (<<) are not supported. Write the keys out", name.location);
    MONETA_REQUIRE(
        name.text.find(':') == std::string::npos, config,
        "{}: the key {} contains a colon (in YAML, a colon ends a key only if a space follows). Write the space, as in 1m: 240",
        name.location, quoted(name.text));
    auto const twin = std::find_if(map.entries.begin(), map.entries.end(),
                                   [&](auto const& entry) { return entry.key == name.text; });
    MONETA_REQUIRE(twin == map.entries.end(), config,
                   "{}: the key {} occurs twice (first at {}). Remove one of them", name.location,
                   quoted(name.text), twin->location);
    return {name.text, name.location, {}};
  }

  Locations const& locations_;
  std::vector<Open> open_;
  Value root_;
};

/// Rejects text that yaml-cpp would misread, or reject with an unclear message.
void check_characters(std::string const& text, Locations const& locations) {
  std::istringstream lines(text);
  std::string line;
  for (std::size_t number = 1; std::getline(lines, line); ++number) {
    MONETA_REQUIRE(line.find('\0') == std::string::npos, config,
                   "{}: contains a zero byte (so this is not a text file). Is it the right file?",
                   locations.at(number));
    MONETA_REQUIRE(
        is_utf8(line), config,
        "{}: contains bytes that are not UTF-8 (they would be misread). Save the text as UTF-8",
        locations.at(number));
    std::size_t const indentation = line.find_first_not_of(" \t");
    MONETA_REQUIRE(line.substr(0, indentation).find('\t') == std::string::npos ||
                       indentation == std::string::npos,
                   config,
                   "{}: indented with a tab (YAML requires spaces). Replace the tab with spaces",
                   locations.at(number));
  }
}

}  // namespace

Value read_yaml(std::string const& text, std::string const& origin, YamlLocation location) {
  Locations const locations(origin, location);
  check_characters(text, locations);
  std::istringstream stream(text);
  TreeBuilder builder(locations);
  try {
    YAML::Parser parser(stream);
    if (!parser.HandleNextDocument(builder)) return {};
    Value root = builder.take_root();
    TreeBuilder rest(locations);
    MONETA_REQUIRE(!parser.HandleNextDocument(rest), config,
                   "{}: more than one YAML document (separated by '---' or '...'). Keep one",
                   origin);
    return root;
  } catch (YAML::Exception const& error) {
    throw Error(
        ErrorKind::config,
        fmt::format(
            "{}: invalid YAML ({}). Check the indentation, the colons and the brackets there",
            locations.at(error.mark), error.msg));
  }
}

}  // namespace moneta
