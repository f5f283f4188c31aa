// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "import/candle_text.h"
#include "io/text_reader.h"

namespace moneta {
namespace {

namespace fs = std::filesystem;

std::string const expected_ending = ".expected.csv";

/// The real files of exchanges and tools that have expected candles beside them, in the folder next
/// to the checkout or that of MONETA_SHARED; none if neither exists.
std::vector<fs::path> samples() {
  char const* const set = std::getenv("MONETA_SHARED");
  fs::path const shared = set != nullptr ? fs::path(set) : fs::path(MONETA_SOURCE) / "../shared";
  std::vector<fs::path> paths;
  std::error_code missing;
  for (fs::recursive_directory_iterator entry(shared / "foreign", missing), end;
       !missing && entry != end; entry.increment(missing)) {
    if (fs::exists(entry->path().string() + expected_ending)) paths.push_back(entry->path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

std::string text_of(fs::path const& path) {
  TextReader reader(path);
  std::string text;
  std::vector<char> part(1 << 16);
  while (std::size_t const bytes = reader.read(part)) text.append(part.data(), bytes);
  return text;
}

/// The candles that a script, which says by hand what each column means, read from a sample.
std::vector<Candle> expected_of(fs::path const& sample) {
  std::istringstream lines(text_of(sample.string() + expected_ending));
  std::string line;
  std::getline(lines, line);
  EXPECT_EQ(line, "timestamp,open,high,low,close,volume");
  std::vector<Candle> candles;
  while (std::getline(lines, line)) {
    std::istringstream row(line);
    Candle candle;
    char comma = 0;
    row >> candle.time_s >> comma >> candle.open >> comma >> candle.high >> comma >> candle.low >>
        comma >> candle.close >> comma >> candle.volume;
    candle.time_s /= 1000;
    candles.push_back(candle);
  }
  return candles;
}

void expect_same(std::vector<Candle> const& read, std::vector<Candle> const& expected) {
  ASSERT_EQ(read.size(), expected.size());
  for (std::size_t i = 0; i < read.size(); ++i) {
    ASSERT_EQ(read[i].time_s, expected[i].time_s) << i;
    ASSERT_DOUBLE_EQ(read[i].open, expected[i].open) << i;
    ASSERT_DOUBLE_EQ(read[i].high, expected[i].high) << i;
    ASSERT_DOUBLE_EQ(read[i].low, expected[i].low) << i;
    ASSERT_DOUBLE_EQ(read[i].close, expected[i].close) << i;
    ASSERT_NEAR(read[i].volume, expected[i].volume, 1e-12 * expected[i].volume) << i;
  }
}

/// Samples of which only the user can say the zone of their times.
std::map<std::string, std::int64_t> const utc_offsets = {{"upbit_KRW-BTC_utc.csv", 0},
                                                         {"gemini_BTCUSD_2020_1min_excel.csv", 0}};

class SampleFile : public testing::TestWithParam<fs::path> {};
/// There may be no samples beside the checkout.
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(SampleFile);

TEST_P(SampleFile, GivesTheCandlesThatItsColumnsMean) {
  std::string const text = text_of(GetParam());
  std::string const name = GetParam().filename().string();
  std::string const ending = GetParam().extension().string();
  ImportOptions options;
  options.now_s = 1798761600;  // 2027-01-01
  options.any_interval = true;
  if (ending == ".feather" || ending == ".parquet" || ending == ".zip") {
    error_text(ErrorKind::data, [&] { read_source(text, name, options); });
    return;
  }
  if (auto const offset = utc_offsets.find(name); offset != utc_offsets.end()) {
    auto const question = error_text(ErrorKind::config, [&] { read_source(text, name, options); });
    EXPECT_TRUE(contains(question, "--time-zone")) << question;
    options.utc_offset_minutes = offset->second;
  }
  auto const read = read_one(text, name, options);
  expect_same(read.candles, expected_of(GetParam()));
  EXPECT_FALSE(read.form.empty());
}

std::string test_name(testing::TestParamInfo<fs::path> const& sample) {
  std::string name = sample.param.filename().string();
  std::replace_if(
      name.begin(), name.end(), [](unsigned char each) { return std::isalnum(each) == 0; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Shared, SampleFile, testing::ValuesIn(samples()), test_name);

}  // namespace
}  // namespace moneta
