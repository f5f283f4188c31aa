// SPDX-License-Identifier: Apache-2.0
#include "import/csv_table.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "import/column_role.h"
#include "import/parse_cell.h"

namespace moneta {
namespace {

/// Lines before the first row that may be a header or a note about the source.
constexpr std::size_t most_leading_lines = 12;

std::string_view trimmed(std::string_view cell) {
  constexpr std::string_view blanks = " \t\r";
  std::size_t const first = cell.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return cell.substr(first, cell.find_last_not_of(blanks) - first + 1);
}

/// Returns the lines of a text, without their ends.
class Lines {
 public:
  explicit Lines(std::string_view text)
      : rest_(text), end_(text.find('\n') == std::string_view::npos ? '\r' : '\n') {}

  bool next(std::string_view& line) {
    if (rest_.empty()) return false;
    std::size_t const end = rest_.find(end_);
    line = rest_.substr(0, end);
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
    while (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    ++number_;
    return true;
  }
  std::size_t number() const { return number_; }

 private:
  std::string_view rest_;
  char end_;
  std::size_t number_ = 0;
};

void split(std::string_view line, char separator, std::vector<std::string_view>& cells) {
  cells.clear();
  for (;;) {
    std::size_t from = 0;
    if (!line.empty() && line.front() == '"') from = line.find('"', 1);
    std::size_t const end = line.find(separator, from);
    auto cell = trimmed(line.substr(0, end));
    if (cell.size() >= 2 && cell.front() == '"' && cell.back() == '"') {
      cell = trimmed(cell.substr(1, cell.size() - 2));
    }
    cells.push_back(cell);
    if (end == std::string_view::npos) return;
    line.remove_prefix(end + 1);
  }
}

/// The separator of a line: the first of tab, semicolon and bar that makes enough cells for a
/// candle, or the comma.
char separator_of(std::string_view line) {
  for (char const each : {'\t', ';', '|'}) {
    if (std::count(line.begin(), line.end(), each) >= 4) return each;
  }
  return ',';
}

/// A line with a time or a number in it is a row, not a header.
bool is_row(std::vector<std::string_view> const& cells) {
  return std::any_of(cells.begin(), cells.end(), [](std::string_view cell) {
    return parse_number(cell).has_value() || parse_time(cell).has_value();
  });
}

/// pandas writes ",0,1,2,3" above columns without names.
bool counts_columns(std::vector<std::string_view> const& cells) {
  if (cells.size() < 5) return false;
  std::size_t const skipped = cells[0].empty() ? 1 : 0;
  for (std::size_t i = skipped; i < cells.size(); ++i) {
    if (cells[i] != std::to_string(i - skipped)) return false;
  }
  return true;
}

std::size_t known_names(std::vector<std::string_view> const& cells) {
  return static_cast<std::size_t>(
      std::count_if(cells.begin(), cells.end(), [](std::string_view cell) {
        Role const role = role_of_name(cell).role;
        return role != Role::none && role != Role::index_or_time;
      }));
}

class CsvTable : public TextTable {
 public:
  CsvTable(std::string_view text, std::string name) : text_(text), name_(std::move(name)) {
    read_leading_lines();
  }

  void visit_rows(std::function<bool(TableRow const&)> const& visit) const override {
    Lines lines(text_);
    std::string_view line;
    std::vector<std::string_view> cells;
    while (lines.next(line)) {
      if (lines.number() < first_row_ || line.empty()) continue;
      if (!header_line_.empty() && line == header_line_) continue;  // files joined into one
      split(line, separator_, cells);
      while (cells.size() > columns && columns > 0 && cells.back().empty()) cells.pop_back();
      if (cells.size() == 1 && cells[0].empty()) continue;
      if (!visit({lines.number(), cells})) return;
    }
  }

  std::string place_text(std::size_t place) const override { return fmt::format("line {}", place); }

 private:
  struct Leading {
    std::string_view line;
    std::vector<std::string_view> cells;
  };

  void read_leading_lines() {
    Lines lines(text_);
    std::string_view line;
    std::vector<Leading> leading;
    std::vector<std::string_view> cells;
    while (first_row_ == 0 && lines.next(line) && leading.size() <= most_leading_lines) {
      if (trimmed(line).empty()) continue;
      separator_ = separator_of(line);
      split(line, separator_, cells);
      if (counts_columns(cells)) continue;
      if (is_row(cells)) {
        first_row_ = lines.number();
        columns = cells.size();
        ends_empty_ = cells.back().empty();
      } else {
        leading.push_back({line, cells});
      }
    }
    MONETA_REQUIRE(
        first_row_ > 0, data,
        "'{}' contains no row with numbers (it begins with '{}'). Is it a file of candles?", name_,
        sanitized(leading.empty() ? text_ : leading[0].line, 60));
    choose_header(leading);
  }

  /// The header is the leading line with the most known names.
  void choose_header(std::vector<Leading> const& leading) {
    std::size_t best = leading.size();
    for (std::size_t i = 0; i < leading.size(); ++i) {
      std::size_t const known = known_names(leading[i].cells);
      if (known > 0 && (best == leading.size() || known > known_names(leading[best].cells))) {
        best = i;
      }
    }
    for (std::size_t i = 0; i < leading.size(); ++i) {
      if (i != best) preamble.emplace_back(leading[i].line);
    }
    if (best == leading.size()) return;
    header_line_ = leading[best].line;
    header.assign(leading[best].cells.begin(), leading[best].cells.end());
    // R names no column of row names; some programs end each row with a separator.
    if (columns == header.size() + 1 && !ends_empty_) header.insert(header.begin(), "");
    columns = ends_empty_ ? header.size() : std::max(columns, header.size());
    name_first_column(leading);
  }

  /// pandas writes the name of an index below the header of columns that have two levels.
  void name_first_column(std::vector<Leading> const& leading) {
    if (header[0] != "Price") return;
    for (auto const& each : leading) {
      if (each.cells[0] != "Price" && role_of_name(each.cells[0]).role == Role::time) {
        header[0] = each.cells[0];
      }
    }
  }

  std::string_view text_;
  std::string name_;
  std::string_view header_line_;
  char separator_ = ',';
  std::size_t first_row_ = 0;
  bool ends_empty_ = false;  ///< the last cell of the first row is empty
};

}  // namespace

std::unique_ptr<TextTable> make_csv_table(std::string_view text, std::string const& name) {
  return std::make_unique<CsvTable>(text, name);
}

}  // namespace moneta
