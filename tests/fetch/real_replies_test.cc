// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <filesystem>

#include "fetch/check_page.h"
#include "fetch/exchange.h"
#include "io/json_file.h"

namespace moneta {
namespace {

namespace fs = std::filesystem;

TEST(RealReplies, OfUpbitAreRead) {
  auto const upbit = make_upbit();
  std::size_t files = 0;
  for (auto const& entry : fs::directory_iterator(MONETA_REAL_REPLIES)) {
    if (entry.path().filename().string().find("upbit_1m") == std::string::npos) continue;
    ++files;
    auto const received = upbit->parse_page(read_json(entry.path()), "KRW-BTC");
    auto const page = check_page(received, BadRows::error);
    EXPECT_EQ(page.candles.size(), received.size()) << entry.path();
    EXPECT_EQ(page.candles.front(), received.back()) << "the newest comes first";
    EXPECT_EQ((page.candles.back().time_s - page.candles.front().time_s) / 60 + 1,
              static_cast<std::int64_t>(received.size()))
        << "there was a trade in every minute";
  }
  EXPECT_EQ(files, 2u);
}

TEST(RealReplies, OfLongerBarsAreRejected) {
  fs::path const path = MONETA_REAL_REPLIES "/smtm_upbit_3m_20200220_000000-20200220_100000.json";
  EXPECT_ANY_THROW(make_upbit()->parse_page(read_json(path), "KRW-BTC"));
}

}  // namespace
}  // namespace moneta
