// SPDX-License-Identifier: Apache-2.0
#include "telemetry/alerts/alert_text.h"

#include <gtest/gtest.h>

namespace moneta {
namespace {

AlertOrigin const origin{"upbit8", "node1"};

Alert sample() {
  return {.record = {.severity = Severity::error,
                     .event = Event::coin_failed,
                     .message = "loss is not finite",
                     .coin = "KRW-BTC",
                     .rank = 1,
                     .details = {{"epoch", 3}}},
          .time_s = 1'735'689'600};
}

Json body(Alert const& alert, AlertTemplate kind, std::string const& chat = "") {
  return Json::parse(webhook_body(alert, origin, kind, chat));
}

std::string const sample_text =
    "[moneta upbit8 on node1] error: coin_failed KRW-BTC (rank 1, 2025-01-01T00:00:00Z): loss is "
    "not finite";

TEST(AlertText, HasOriginEventTimeAndCounts) {
  EXPECT_EQ(alert_text(sample(), origin), sample_text);
  Alert alert = sample();
  alert.record.coin = "";
  alert.suppressed = 1;
  alert.others_suppressed = 2;
  alert.unsent = 3;
  EXPECT_EQ(alert_text(alert, origin),
            "[moneta upbit8 on node1] error: coin_failed (rank 1, 2025-01-01T00:00:00Z): loss is "
            "not finite\n(1 similar alert was suppressed since the last one)\n(2 other alerts were "
            "suppressed by the rate limit)\n(3 earlier alerts could not be sent)");
}

TEST(AlertJson, HasTheRecordWithOriginTimeAndCounts) {
  EXPECT_EQ(alert_json(sample(), origin),
            R"({"time":"2025-01-01T00:00:00Z","run":"upbit8","host":"node1","severity":"error",)"
            R"("action":"coin_failed","message":"loss is not finite","coin":"KRW-BTC","rank":1,)"
            R"("details":{"epoch":3}})");
  Alert alert = sample();
  alert.suppressed = 1;
  alert.others_suppressed = 2;
  alert.unsent = 3;
  Json const json = Json::parse(alert_json(alert, origin));
  EXPECT_EQ(json["left_out"], 1);
  EXPECT_EQ(json["others_left_out"], 2);
  EXPECT_EQ(json["unsent"], 3);
}

TEST(WebhookBody, HasTheFormatOfTheService) {
  EXPECT_EQ(body(sample(), AlertTemplate::slack), (Json{{"text", sample_text}}));
  EXPECT_EQ(body(sample(), AlertTemplate::discord),
            Json::parse(R"({"content":")" + sample_text + R"(","allowed_mentions":{"parse":[]}})"));
  EXPECT_EQ(body(sample(), AlertTemplate::telegram, "-100"),
            (Json{{"chat_id", "-100"}, {"text", sample_text}}));
  EXPECT_EQ(webhook_body(sample(), origin, AlertTemplate::json, ""), alert_json(sample(), origin));
}

TEST(WebhookBody, KeepsSpecialCharacters) {
  Alert alert = sample();
  alert.record.message = "a \"quoted\" \\ line\nend\t\x01 비트코인 <!channel> & more";
  std::string const end = alert.record.message;
  EXPECT_TRUE(body(alert, AlertTemplate::discord)["content"].get<std::string>().ends_with(end));
  EXPECT_EQ(body(alert, AlertTemplate::json)["message"], end);
  EXPECT_TRUE(body(alert, AlertTemplate::slack)["text"].get<std::string>().ends_with(
      "비트코인 &lt;!channel&gt; &amp; more"));
}

TEST(WebhookBody, ReplacesBytesThatAreNotUtf8) {
  Alert alert = sample();
  alert.record.message = "a\xff z\xe2\x82";
  alert.record.details = {{"path", "\xfe"}};
  std::string const replaced = "a\xef\xbf\xbd z\xef\xbf\xbd";
  for (auto const kind : {AlertTemplate::slack, AlertTemplate::discord, AlertTemplate::telegram}) {
    EXPECT_NE(body(alert, kind).dump().find(replaced), std::string::npos);
  }
  EXPECT_EQ(body(alert, AlertTemplate::json)["message"], replaced);
  EXPECT_EQ(body(alert, AlertTemplate::json)["details"]["path"], "\xef\xbf\xbd");
}

TEST(CutCharacters, CountsUtf16UnitsAndCutsBetweenCharacters) {
  EXPECT_EQ(cut_characters("", 5), "");
  EXPECT_EQ(cut_characters("12345", 5), "12345");
  EXPECT_EQ(cut_characters("123456", 5), "12...");
  EXPECT_EQ(cut_characters("비트코인비", 5), "비트코인비");
  EXPECT_EQ(cut_characters("비트코인비트", 5), "비트...");
  EXPECT_EQ(cut_characters("\U0001F600\U0001F600", 4), "\U0001F600\U0001F600") << "two each";
  EXPECT_EQ(cut_characters("\U0001F600\U0001F600x", 4), "...");
  EXPECT_EQ(cut_characters("\U0001F600\U0001F600xyz", 6), "\U0001F600...");
}

TEST(WebhookBody, IsWithinTheLimitOfTheService) {
  Alert alert = sample();
  alert.record.message = std::string(10'000, 'x');
  EXPECT_EQ(body(alert, AlertTemplate::discord)["content"].get<std::string>().size(), 2000u);
  EXPECT_EQ(body(alert, AlertTemplate::telegram)["text"].get<std::string>().size(), 4096u);
  EXPECT_EQ(body(alert, AlertTemplate::slack)["text"].get<std::string>().size(), 4000u);
  EXPECT_EQ(body(alert, AlertTemplate::json)["message"], alert.record.message);
}

}  // namespace
}  // namespace moneta
