// SPDX-License-Identifier: Apache-2.0
#include "import/json_table.h"

#include <simdjson.h>

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/text.h"

namespace moneta {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr std::size_t most_depth = 8;  // of objects around the rows

/// A scalar as it is written, without quotes; empty for null, arrays and objects.
std::string_view cell_of(ondemand::value value) {
  std::string_view token = value.raw_json_token();
  token = token.substr(0, token.find_last_not_of(" \t\r\n") + 1);
  if (token.size() >= 2 && token.front() == '"' && token.back() == '"') {
    token = token.substr(1, token.size() - 2);
  }
  bool const is_scalar = !token.empty() && token.front() != '[' && token.front() != '{';
  return is_scalar && token != "null" ? token : std::string_view{};
}

class JsonTable : public TextTable {
 public:
  JsonTable(std::string_view text, std::string name) : text_(text), name_(std::move(name)) {
    is_json = true;
    guarded([this] { find_rows(); });
  }

  void visit_rows(std::function<bool(TableRow const&)> const& visit) const override {
    guarded([&] { visit_elements(visit); });
  }

  std::string place_text(std::size_t place) const override {
    return fmt::format("candle {}", place);
  }

 private:
  template <class Call>
  void guarded(Call const& call) const {
    try {
      call();
    } catch (simdjson::simdjson_error const& error) {
      throw Error(
          ErrorKind::data,
          fmt::format(
              "'{}' is not valid JSON ({}). Is the file damaged, or was its download cut off?",
              name_, error.what()));
    }
  }

  void find_rows() {
    ondemand::document document = parser_.iterate(text_);
    ondemand::json_type const type = document.type();
    if (type == ondemand::json_type::array) {
      note_rows(document.get_array());
    } else if (type == ondemand::json_type::object) {
      search(document.get_object(), {});
    }
    require_rows();
    read_header();
  }

  /// Notes scalars, and the first array that contains arrays or objects.
  void search(ondemand::object object, std::vector<std::string> const& at) {
    MONETA_REQUIRE(at.size() < most_depth, data,
                   "'{}' has more than {} objects inside each other (candles have few). Is it a "
                   "reply with candles?",
                   name_, most_depth);
    for (auto field : object) {
      std::string const key(std::string_view(field.unescaped_key()));
      ondemand::value value = field.value();
      ondemand::json_type const type = value.type();
      auto inside = at;
      inside.push_back(key);
      if (type == ondemand::json_type::object) {
        search(value.get_object(), inside);
      } else if (type == ondemand::json_type::array) {
        if (!found_ && note_rows(value.get_array())) path = inside;
        if (!found_) facts.emplace(key, "[...]");
      } else {
        std::string_view text = cell_of(value);
        if (type == ondemand::json_type::string) text = value.get_string();  // without escapes
        facts.emplace(key, std::string(text));
      }
    }
  }

  /// True if the elements are arrays or objects: the rows.
  bool note_rows(ondemand::array array) {
    for (auto element : array) {
      ondemand::json_type const type = element.type();
      has_objects_ = type == ondemand::json_type::object;
      found_ = has_objects_ || type == ondemand::json_type::array;
      break;
    }
    return found_;
  }

  void require_rows() const {
    if (found_) return;
    for (char const* key : {"msg", "retMsg", "message", "error_message", "error"}) {
      auto const fact = facts.find(key);
      if (fact == facts.end() || fact->second.empty() || fact->second == "OK") continue;
      if (fact->second == "[...]") continue;
      throw Error(ErrorKind::data,
                  fmt::format("'{}' is the reply to a request that failed ({}: '{}'). Download the "
                              "candles again?",
                              name_, key, sanitized(fact->second)));
    }
    throw Error(ErrorKind::data,
                fmt::format("'{}' is JSON without an array of candles (neither arrays nor objects "
                            "are in one). Is it an empty reply?",
                            name_));
  }

  /// The names of the columns are the keys of the first object.
  void read_header() {
    if (has_objects_) {
      ondemand::document document = parser_.iterate(text_);
      for (auto element : rows_of(document)) {
        for (auto field : element.get_object()) {
          header.emplace_back(std::string_view(field.unescaped_key()));
        }
        break;
      }
      columns = header.size();
      return;
    }
    visit_elements([this](TableRow const& row) {
      columns = row.cells.size();
      return false;
    });
  }

  ondemand::array rows_of(ondemand::document& document) const {
    if (path.empty()) return document.get_array();
    ondemand::value value = document.find_field_unordered(path[0]);
    for (std::size_t i = 1; i < path.size(); ++i) {
      ondemand::value inner = value.find_field_unordered(path[i]);
      value = inner;
    }
    return value.get_array();
  }

  void visit_elements(std::function<bool(TableRow const&)> const& visit) const {
    ondemand::document document = parser_.iterate(text_);
    std::vector<std::string_view> cells;
    std::size_t place = 0;
    for (auto element : rows_of(document)) {
      if (has_objects_) {
        read_object(element.get_object(), cells);
      } else {
        cells.clear();
        for (auto value : element.get_array()) cells.push_back(cell_of(value.value()));
      }
      if (!visit({++place, cells})) return;
    }
    char const* next = nullptr;
    bool const is_end = document.current_location().get(next) == simdjson::OUT_OF_BOUNDS;
    MONETA_REQUIRE(!path.empty() || is_end, data,
                   "'{}' contains more after its array of candles (one JSON value is needed). Are "
                   "several replies joined?",
                   name_);
  }

  /// Cells in the order of the header, whatever the order of the keys.
  void read_object(ondemand::object object, std::vector<std::string_view>& cells) const {
    cells.assign(header.size(), {});
    std::size_t expected = 0;
    for (auto field : object) {
      std::string_view const key = field.unescaped_key();
      if (expected >= header.size() || header[expected] != key) {
        expected =
            static_cast<std::size_t>(std::find(header.begin(), header.end(), key) - header.begin());
      }
      if (expected < header.size()) cells[expected++] = cell_of(field.value());
    }
  }

  simdjson::padded_string text_;
  std::string name_;
  mutable ondemand::parser parser_;
  bool found_ = false;
  bool has_objects_ = false;
};

}  // namespace

std::unique_ptr<TextTable> make_json_table(std::string_view text, std::string const& name) {
  return std::make_unique<JsonTable>(text, name);
}

}  // namespace moneta
