// SPDX-License-Identifier: Apache-2.0
#include "base/alert_template.h"

#include <gtest/gtest.h>

namespace moneta {
namespace {

TEST(ResolveTemplate, DependsOnTheHostIfItIsAutomatic) {
  auto const by_host = [](char const* text) {
    return resolve_template(AlertTemplate::automatic, *parse_url(text));
  };
  EXPECT_EQ(by_host("https://hooks.slack.com/services/x"), AlertTemplate::slack);
  EXPECT_EQ(by_host("https://Discord.com/api/webhooks/x"), AlertTemplate::discord);
  EXPECT_EQ(by_host("https://discordapp.com:443/api"), AlertTemplate::discord);
  EXPECT_EQ(by_host("https://api.telegram.org/botx/sendMessage"), AlertTemplate::telegram);
  EXPECT_EQ(by_host("https://hooks.slack.com.example/x"), AlertTemplate::json);
  EXPECT_EQ(by_host("https://slack@example/discord.com"), AlertTemplate::json);
  EXPECT_EQ(resolve_template(AlertTemplate::json, *parse_url("https://discord.com/x")),
            AlertTemplate::json);
}

}  // namespace
}  // namespace moneta
