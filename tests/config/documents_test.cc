// SPDX-License-Identifier: Apache-2.0
// Checks that configs/README.md and the configurations in that folder agree with the code.
#include <sstream>

#include "config/keys.h"
#include "config/scratch.h"
#include "config/yaml.h"

namespace moneta {
namespace {

namespace fs = std::filesystem;

fs::path const configs = fs::path(MONETA_SOURCE) / "configs";

std::string text_of(fs::path const& path) {
  std::ifstream file(path);
  EXPECT_TRUE(file) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string trimmed(std::string const& text) {
  std::size_t const begin = text.find_first_not_of(" `");
  if (begin == std::string::npos) return "";
  return text.substr(begin, text.find_last_not_of(" `") - begin + 1);
}

struct Row {
  std::string key, value, range, meaning;
  bool immutable;
};

/// The table of keys: | `key` * | unit | `default` | range | meaning |
std::vector<Row> table_rows() {
  std::istringstream lines(text_of(configs / "README.md"));
  std::vector<Row> rows;
  bool in_table = false;
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("| key |")) in_table = true;
    if (!in_table || !line.starts_with("| `")) continue;
    std::istringstream stream(line.substr(1));
    std::vector<std::string> cells;
    for (std::string cell; std::getline(stream, cell, '|');) cells.push_back(trimmed(cell));
    EXPECT_EQ(cells.size(), 5u) << line;
    bool const immutable = cells[0].ends_with('*');
    if (immutable) cells[0] = trimmed(cells[0].substr(0, cells[0].size() - 1));
    rows.push_back({cells[0], cells[2], cells[3], cells[4], immutable});
  }
  return rows;
}

TEST(ConfigReadme, ListsEveryKeyWithItsRangeInTheOrderOfTheStructs) {
  auto const rows = table_rows();
  auto const& keys = config_keys();
  ASSERT_EQ(rows.size(), keys.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    EXPECT_EQ(rows[i].key, keys[i].name);
    EXPECT_EQ(rows[i].range, keys[i].range) << rows[i].key;
    EXPECT_EQ(rows[i].immutable, keys[i].immutable) << rows[i].key;
    EXPECT_FALSE(rows[i].meaning.empty()) << rows[i].key;
  }
}

TEST(ConfigReadme, ListsTheDefaultOfEveryKey) {
  for (Row const& row : table_rows()) {
    ConfigKey const* const key = find_key(row.key);
    ASSERT_NE(key, nullptr) << row.key;
    Config config;
    key->set(config, read_yaml(row.value, row.key, YamlLocation::none));
    EXPECT_EQ(key->get(config), key->get(default_config)) << row.key;
  }
}

TEST(Configs, AreAllValid) {
  std::size_t files = 0;
  for (auto const& entry : fs::directory_iterator(configs)) {
    if (entry.path().extension() != ".yaml") continue;
    EXPECT_NO_THROW(load_config(entry.path())) << entry.path();
    ++files;
  }
  EXPECT_GE(files, 3u);
}

void list_keys(std::string const& name, Value const& value, std::vector<std::string>& names) {
  if (find_key(name) != nullptr) {
    names.push_back(name);
    return;
  }
  for (ValueEntry const& entry : value.entries) {
    list_keys(name.empty() ? entry.key : name + '.' + entry.key, entry.value, names);
  }
}

TEST(Upbit8, ListsEveryKeyWithItsDefaultExceptPlacement) {
  fs::path const path = configs / "upbit8.yaml";
  auto const differences = compare_configs(default_config, load_config(path));
  ASSERT_EQ(differences.size(), 1u);
  EXPECT_EQ(differences[0].key, "placement");
  EXPECT_EQ(
      differences[0].is,
      R"([["KRW-BTC","KRW-XRP","KRW-ADA","KRW-AVAX"],["KRW-ETH","KRW-SOL","KRW-DOGE","KRW-DOT"]])");
  std::vector<std::string> written, known;
  list_keys("", read_yaml(text_of(path), "upbit8.yaml", YamlLocation::line), written);
  for (ConfigKey const& key : config_keys()) known.push_back(key.name);
  EXPECT_EQ(written, known);
}

TEST(Upbit8, HasACommentOnEveryKey) {
  std::istringstream lines(text_of(configs / "upbit8.yaml"));
  std::string before;
  for (std::string line; std::getline(lines, line); before = line) {
    bool const has_key = line.find(": ") != std::string::npos && !line.starts_with('#');
    if (has_key) {
      EXPECT_TRUE(line.find("# ") != std::string::npos || before.starts_with('#')) << line;
    }
  }
}

}  // namespace
}  // namespace moneta
