// SPDX-License-Identifier: Apache-2.0
#include "base/event.h"
#include "config/scratch.h"

namespace moneta {
namespace {

std::string const any_event =
    "error, gpu, disk, finished, coin_failed, slow, stalled, watchdog, run_failed, throttled, hot, "
    "gpu_lost, "
    "power_limit, memory_near_limit, other_process, gpu_shared, disk_low, save_failed, "
    "index_not_written, log_not_written, run_finished, run_started, run_resumed, resumed, "
    "restarted, early_stop, "
    "update_skipped, rolled_back, out_of_memory, checkpoint_rejected, config_changed, "
    "lstm_algorithm, model_saved, not_finite, recovered, no_gpu_telemetry, log_rotated, "
    "log_archive_failed, status_not_written, tensorboard_not_written, prometheus_not_written, "
    "best_so_far, split_dates, test_parts_differ.";
std::string const no_url =
    "alert.webhook_url: the value is not a URL that starts with http:// or https://, without "
    "spaces or backslashes (it may contain a secret, so it is not shown)";
std::string const no_chat = " has no chat_id (Telegram requires one). Append ?chat_id=... to it";

struct AlertCase {
  std::string name, text, expected;
};

void PrintTo(AlertCase const& test, std::ostream* out) { *out << test.name; }

class BadAlert : public testing::TestWithParam<AlertCase> {};

TEST_P(BadAlert, IsRejectedWithoutShowingItsSecret) {
  std::string const text =
      config_error([] { load_text("alert:\n  " + GetParam().text, {"model.hidden=3"}); });
  EXPECT_EQ(text, GetParam().expected);
  EXPECT_EQ(text.find("secret/"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(
    All, BadAlert,
    testing::Values(
        AlertCase{"UnknownEvent", "events: [fire]",
                  "x.yaml:2: alert.events: 'fire' is not one of " + any_event},
        AlertCase{"EventAboutAlerts", "events: [alert_failed]",
                  "x.yaml:2: alert.events: 'alert_failed' is not one of " + any_event},
        AlertCase{"EventTwice", "events: [gpu, gpu]",
                  "x.yaml:2: alert.events: 'gpu' is listed twice. Remove one of them"},
        AlertCase{"EventsThatAreAString", "events: gpu",
                  "x.yaml:2: alert.events: 'gpu' is not a list of any of " + any_event},
        AlertCase{"UnknownTemplate", "template: teams",
                  "x.yaml:2: alert.template: 'teams' is not one of auto, json, slack, discord, "
                  "telegram."},
        AlertCase{"UrlOfAnotherScheme", "webhook_url: ftp://host/secret/", "x.yaml:2: " + no_url},
        AlertCase{"UrlWithoutAHost", "webhook_url: https:///secret/", "x.yaml:2: " + no_url},
        AlertCase{"UrlWithASpace", "webhook_url: https://host/secret/ x", "x.yaml:2: " + no_url},
        AlertCase{"EmptyUrl", "webhook_url: ''", "x.yaml:2: " + no_url},
        AlertCase{"TelegramWithoutAChat",
                  "webhook_url: https://api.telegram.org/secret/sendMessage",
                  "x.yaml:2: alert.webhook_url: https://api.telegram.org/..." + no_chat},
        AlertCase{"OwnTelegramWithoutAChat",
                  "webhook_url: http://bots.example/secret/?chat_id=\n  template: telegram",
                  "x.yaml:2: alert.webhook_url: http://bots.example/..." + no_chat}),
    [](auto const& test) { return test.param.name; });

TEST(AlertConfig, OverrideWithAUrlIsNotShown) {
  EXPECT_EQ(config_error([] { load_text("", {"alert.webhook_url=ftp://host/secret/"}); }),
            "override 'alert.webhook_url=...': " + no_url);
  EXPECT_EQ(config_error([] { load_text("", {"alert={webhook_url: 'ftp://host/secret/'}"}); }),
            "override 'alert=...': " + no_url);
}

TEST(AlertConfig, AcceptsEveryEventThatCanAlert) {
  for (std::string const& name : alert_event_names()) {
    EXPECT_EQ(load_text("alert: {events: [" + name + "]}").alert.events,
              std::vector<std::string>{name});
  }
}

TEST(AlertConfig, AcceptsATelegramUrlWithAChat) {
  Config const config =
      load_text("alert: {webhook_url: 'https://api.telegram.org/bot1:x/sendMessage?chat_id=-5'}");
  EXPECT_EQ(config.alert.webhook_url, "https://api.telegram.org/bot1:x/sendMessage?chat_id=-5");
  EXPECT_EQ(config.alert.webhook_template, AlertTemplate::automatic);
}

TEST(AlertConfig, ChangeOfTheUrlIsReportedWithoutItsSecret) {
  auto const differences =
      compare_configs(load_text("alert: {webhook_url: 'https://u:secret@hooks.slack.com/secret'}"),
                      load_text("alert: {webhook_url: 'https://discord.com/secret?secret'}"));
  ASSERT_EQ(differences.size(), 1u);
  EXPECT_EQ(differences[0].was, "https://hooks.slack.com/...");
  EXPECT_EQ(differences[0].is, "https://discord.com/...");
}

}  // namespace
}  // namespace moneta
