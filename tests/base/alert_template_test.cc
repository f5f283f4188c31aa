// SPDX-License-Identifier: Apache-2.0
#include "base/alert_template.h"

#include <gtest/gtest.h>

#include "support/expect_error.h"

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

TEST(ParseWebhook, TakesTheChatOfTelegramOutOfTheUrl) {
  Webhook const telegram = parse_webhook(
      "https://api.telegram.org/bot1:x/sendMessage?a=1&chat_id=%2D5", AlertTemplate::automatic);
  EXPECT_EQ(telegram.body, AlertTemplate::telegram);
  EXPECT_EQ(telegram.address, "https://api.telegram.org/bot1:x/sendMessage?a=1");
  EXPECT_EQ(telegram.chat_id, "-5");
  Webhook const other = parse_webhook("http://localhost/x?chat_id=5", AlertTemplate::automatic);
  EXPECT_EQ(other.body, AlertTemplate::json);
  EXPECT_EQ(other.address, "http://localhost/x?chat_id=5");
  EXPECT_EQ(other.chat_id, "");
}

TEST(ParseWebhook, RejectsUrlsWithoutShowingTheirSecrets) {
  expect_error(ErrorKind::config,
               "alert.webhook_url is not a URL that starts with http:// or https:// (the value is "
               "not shown",
               [] { parse_webhook("gopher://host/secret", AlertTemplate::automatic); });
  expect_error(ErrorKind::config,
               "alert.webhook_url: https://api.telegram.org/... has no chat_id (Telegram requires "
               "one). Append ?chat_id=... to it",
               [] {
                 parse_webhook("https://api.telegram.org/botsecret/send?chat_id=",
                               AlertTemplate::automatic);
               });
}

}  // namespace
}  // namespace moneta
