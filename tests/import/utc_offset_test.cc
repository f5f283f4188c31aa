// SPDX-License-Identifier: Apache-2.0
#include "import/utc_offset.h"

#include <gtest/gtest.h>

#include "support/expect_error.h"

namespace moneta {
namespace {

TEST(UtcOffset, IsSignedHoursAndMinutesOrAName) {
  std::pair<char const*, std::int64_t> const cases[] = {
      {"UTC", 0},     {"GMT", 0},      {"Z", 0},        {"KST", 540}, {"+09:00", 540},
      {"+0900", 540}, {"+09", 540},    {"+9", 540},     {"-5", -300}, {"-03:30", -210},
      {"+00:00", 0},  {"+05:45", 345}, {"+14:00", 840}, {"-14", -840}};
  for (auto const& [text, minutes] : cases) EXPECT_EQ(parse_utc_offset(text), minutes) << text;
}

TEST(UtcOffset, IsNothingElse) {
  for (char const* const text :
       {"", "+", "9", "09:00", "Asia/Seoul", "EST", "+9:00", "+15", "+14:01", "+09:60", "+0a:00",
        "+090", "+09:000", "+1:2:3", "--5"}) {
    expect_error(ErrorKind::config,
                 "the time zone '" + std::string(text) +
                     "' is not an offset such as +09:00, UTC or KST, up to 14 hours",
                 [&] { parse_utc_offset(text); });
  }
}

TEST(UtcOffset, IsShownWithSignHoursAndMinutes) {
  std::pair<std::int64_t, char const*> const cases[] = {
      {0, "+00:00"}, {540, "+09:00"}, {-210, "-03:30"}};
  for (auto const& [minutes, text] : cases) EXPECT_EQ(utc_offset_text(minutes), text);
}

}  // namespace
}  // namespace moneta
