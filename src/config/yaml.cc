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

namespace moneta {
namespace {

/// Far more than any key needs; yaml-cpp itself fails at some 500 with "bad file".
constexpr std::size_t deepest_level = 16;

class Places {
 public:
  Places(std::string origin, YamlPlace lines) : origin_(std::move(origin)), lines_(lines) {}

  std::string at(std::size_t line) const {
    return lines_ == YamlPlace::line ? fmt::format("{}:{}", origin_, line) : origin_;
  }
  /// yaml-cpp counts lines from 0; -1 is "unknown".
  std::string at(YAML::Mark const& mark) const {
    return mark.line < 0 ? origin_ : at(static_cast<std::size_t>(mark.line) + 1);
  }

 private:
  std::string origin_;
  YamlPlace lines_;
};

/// JSON can write nothing else, and every configuration becomes a run's config.json.
bool is_utf8(std::string const& text) {
  try {
    return !Json(text).dump().empty();
  } catch (Json::exception const&) {
    return false;
  }
}

/// Builds the tree from the parser's events. yaml-cpp's own nodes would hide repeated keys,
/// aliases and tags.
class TreeBuilder : public YAML::EventHandler {
 public:
  explicit TreeBuilder(Places const& places) : places_(places) {}

  Value take_root() { return std::move(root_); }

  void OnDocumentStart(YAML::Mark const&) override {}
  void OnDocumentEnd() override {}

  void OnNull(YAML::Mark const& mark, YAML::anchor_t anchor) override {
    Value value;
    start(value, mark, "", anchor);
    finish(std::move(value));
  }

  void OnAlias(YAML::Mark const& mark, YAML::anchor_t) override { refuse_anchor(places_.at(mark)); }

  void OnScalar(YAML::Mark const& mark, std::string const& tag, YAML::anchor_t anchor,
                std::string const& text) override {
    Value value;
    start(value, mark, tag, anchor);
    bool const plain = tag != "!";
    bool const null = plain && (text.empty() || text == "~" || text == "null");
    if (!null) value.kind = plain ? Value::Kind::plain : Value::Kind::text;
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
  /// A list or map whose end has not come yet, and the key that waits for its value.
  struct Open {
    Value value;
    std::optional<ValueEntry> entry;
  };

  [[noreturn]] static void refuse_anchor(std::string const& place) {
    throw Error(ErrorKind::config,
                place +
                    ": anchors (&) and aliases (*) are not read here. Write the value out, in "
                    "quotes if it is a text that starts with one of them");
  }

  void start(Value& value, YAML::Mark const& mark, std::string const& tag, YAML::anchor_t anchor) {
    value.place = places_.at(mark);
    if (anchor != 0) refuse_anchor(value.place);
    MONETA_REQUIRE(tag.empty() || tag == "?" || tag == "!", config,
                   "{}: the tag {} is not read here. Write the value without it", value.place,
                   quoted(tag));
  }

  void open(Value::Kind kind, YAML::Mark const& mark, std::string const& tag,
            YAML::anchor_t anchor) {
    Value value;
    start(value, mark, tag, anchor);
    value.kind = kind;
    MONETA_REQUIRE(
        open_.size() < deepest_level, config,
        "{}: more than {} levels of lists and maps (no key has so many). Is a bracket missing?",
        value.place, deepest_level);
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
    MONETA_REQUIRE(name.kind == Value::Kind::plain || name.kind == Value::Kind::text, config,
                   "{}: {} stands where a key should (a key is a name)", name.place,
                   sanitized(name));
    MONETA_REQUIRE(name.text != "<<", config,
                   "{}: merge keys (<<) are not read here. Write the keys out", name.place);
    auto const twin = std::find_if(map.entries.begin(), map.entries.end(),
                                   [&](auto const& entry) { return entry.key == name.text; });
    MONETA_REQUIRE(twin == map.entries.end(), config,
                   "{}: the key {} is there twice (first at {}). Remove one of them", name.place,
                   quoted(name.text), twin->place);
    return {name.text, name.place, {}};
  }

  Places const& places_;
  std::vector<Open> open_;
  Value root_;
};

/// What yaml-cpp would take for something else, or answer with a riddle.
void check_characters(std::string const& text, Places const& places) {
  std::istringstream lines(text);
  std::string line;
  for (std::size_t number = 1; std::getline(lines, line); ++number) {
    MONETA_REQUIRE(line.find('\0') == std::string::npos, config,
                   "{}: a zero byte (this is not a text file). Is it the right file?",
                   places.at(number));
    MONETA_REQUIRE(
        is_utf8(line), config,
        "{}: bytes that are not UTF-8 (they would be read as something else). Save the text as UTF-8",
        places.at(number));
    std::size_t const indentation = line.find_first_not_of(" \t");
    MONETA_REQUIRE(line.substr(0, indentation).find('\t') == std::string::npos ||
                       indentation == std::string::npos,
                   config, "{}: indented with a tab (YAML wants spaces). Replace the tab by spaces",
                   places.at(number));
  }
}

}  // namespace

Value read_yaml(std::string const& text, std::string const& origin, YamlPlace lines) {
  Places const places(origin, lines);
  check_characters(text, places);
  std::istringstream stream(text);
  TreeBuilder builder(places);
  try {
    YAML::Parser parser(stream);
    if (!parser.HandleNextDocument(builder)) return {};
    Value root = builder.take_root();
    TreeBuilder rest(places);
    MONETA_REQUIRE(!parser.HandleNextDocument(rest), config,
                   "{}: more than one YAML document (divided by '---' or '...'). Keep one", origin);
    return root;
  } catch (YAML::Exception const& error) {
    throw Error(ErrorKind::config,
                places.at(error.mark) + ": not YAML (" + error.msg +
                    "). Look at the indentation, the colons and the brackets there");
  }
}

}  // namespace moneta
