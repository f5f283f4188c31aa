// SPDX-License-Identifier: Apache-2.0
#include "telemetry/alerts/alerts.h"

#include <algorithm>

#include "support/expect_error.h"
#include "telemetry/alerts/alerts_fixture.h"
#include "telemetry/fresh_folder.h"

namespace moneta {
namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

TEST_F(AlertsTest, PostTheRecordAsJson) {
  HttpServer server{{200}};
  Alerts alerts(webhook(server), events_.receiver());
  alerts.on(event(Event::coin_failed));
  auto const requests = server.wait_for(1);
  ASSERT_EQ(requests.size(), 1u);
  EXPECT_EQ(requests[0].method, "POST");
  EXPECT_EQ(requests[0].path, secret_path);
  EXPECT_EQ(requests[0].headers.at("content-type"), "application/json");
  EXPECT_EQ(requests[0].headers.at("user-agent"), "moneta");
  EXPECT_EQ(requests[0].headers.count("expect"), 0u);
  EXPECT_EQ(Json::parse(requests[0].body),
            Json::parse(R"({"time":"2025-01-01T00:00:00Z","run":"demo","host":"node1",)"
                        R"("severity":"error","action":"coin_failed","message":"what happened",)"
                        R"("coin":"A","rank":1,"details":{}})"));
  alerts.close({});
  EXPECT_TRUE(events_.wait_for(0).empty());
}

TEST_F(AlertsTest, PostToTheTelegramChatOfTheUrl) {
  HttpServer server{{200}};
  AlertSettings all = settings();
  all.webhook_url = server.url("/bot1:x/sendMessage?chat_id=%2D100&disable_notification=true");
  all.webhook_template = AlertTemplate::telegram;
  Alerts alerts(all, events_.receiver());
  alerts.on(event(Event::slow));
  auto const requests = server.wait_for(1);
  ASSERT_EQ(requests.size(), 1u);
  EXPECT_EQ(requests[0].path, "/bot1:x/sendMessage?disable_notification=true");
  Json const body = Json::parse(requests[0].body);
  EXPECT_EQ(body["chat_id"], "-100");
  EXPECT_NE(body["text"].get<std::string>().find("slow A (rank 1"), std::string::npos);
}

TEST_F(AlertsTest, SendSelectedEventsOnly) {
  HttpServer server{{200}};
  AlertSettings all = webhook(server);
  all.events = {"gpu", "error"};
  Alerts alerts(all, events_.receiver());
  alerts.on(event(Event::slow, "A", Severity::warning));
  alerts.on(event(Event::alert_failed, "A", Severity::error));
  alerts.on(event(Event::hot, "A", Severity::warning));
  alerts.close({});
  auto const requests = server.wait_for(1);
  ASSERT_EQ(requests.size(), 1u);
  EXPECT_EQ(Json::parse(requests[0].body)["action"], "hot");
}

TEST_F(AlertsTest, PostAgainAfterARedirect) {
  HttpServer server{{301, "Location: /moved\r\n"}, {200}};
  Alerts alerts(webhook(server), events_.receiver());
  alerts.on(event(Event::slow));
  auto const requests = server.wait_for(2);
  ASSERT_EQ(requests.size(), 2u);
  EXPECT_EQ(requests[1].method, "POST");
  EXPECT_EQ(requests[1].path, "/moved");
  EXPECT_EQ(requests[1].body, requests[0].body);
  EXPECT_EQ(requests[1].headers.count("referer"), 0u) << "it would reveal the secret";
}

TEST_F(AlertsTest, IncludeTheNumberOfSuppressedAlerts) {
  HttpServer server{{200}};
  AlertSettings all = webhook(server);
  all.limits = {};
  Alerts alerts(all, events_.receiver());
  for (int i = 0; i < 4; ++i) alerts.on(event(Event::slow));
  now_s_ = 600;
  alerts.on(event(Event::slow));
  alerts.close({});
  auto const requests = server.wait_for(2);
  ASSERT_EQ(requests.size(), 2u);
  EXPECT_FALSE(Json::parse(requests[0].body).contains("left_out"));
  EXPECT_EQ(Json::parse(requests[1].body)["left_out"], 3);
}

TEST_F(AlertsTest, AcceptEventsWithoutWaitingIfTheServerHangs) {
  HttpServer server{{HttpServer::hang}};
  AlertSettings all = webhook(server);
  all.limits.max_alerts = 1'000'000;
  all.times.webhook = {milliseconds(60'000), milliseconds(60'000)};
  all.times.close = milliseconds(0);
  Alerts alerts(all, events_.receiver());
  alerts.on(event(Event::slow));
  server.wait_for(1);
  std::vector<Clock::duration> times;
  for (int i = 0; i < 501; ++i) {
    auto const start = Clock::now();
    alerts.on(event(Event::slow));
    times.push_back(Clock::now() - start);
  }
  std::nth_element(times.begin(), times.begin() + 250, times.end());
  EXPECT_LT(times[250], milliseconds(1));
  alerts.close({});
  EXPECT_EQ(events_.wait_for(1).size(), 1u);
}

TEST_F(AlertsTest, CloseWithinTheirTimeLimit) {
  HttpServer server{{HttpServer::hang}};
  AlertSettings all = webhook(server);
  all.command = "sleep 60";
  all.times.webhook = {milliseconds(60'000), milliseconds(60'000)};
  all.times.command = milliseconds(60'000);
  all.times.close = milliseconds(200);
  Alerts alerts(all, events_.receiver());
  alerts.on(event(Event::slow));
  alerts.on(event(Event::stalled));
  server.wait_for(1);
  auto const start = Clock::now();
  alerts.close({});
  auto const waited = Clock::now() - start;
  EXPECT_GE(waited, milliseconds(200));
  EXPECT_LT(waited, milliseconds(2000));
  auto const events = events_.wait_for(2);
  ASSERT_EQ(events.size(), 2u) << "one per target";
  EXPECT_EQ(events[0].details["problem"], "the run ended first");
  EXPECT_EQ(events[0].message.find("continues"), std::string::npos) << events[0].message;
  alerts.on(event(Event::slow));
  alerts.close({});
  EXPECT_EQ(events_.wait_for(2).size(), 2u) << "there are no events after close";
}

TEST_F(AlertsTest, SendQueuedAlertsInTheDestructor) {
  HttpServer server{{500}, {200}};
  {
    Alerts alerts(webhook(server), events_.receiver());
    for (char const* const coin : {"A", "B", "C"}) alerts.on(event(Event::slow, coin));
  }
  EXPECT_EQ(server.count(), 4u);
}

TEST_F(AlertsTest, SendAlertsThatWaitForARetryWhenTheyAreClosed) {
  HttpServer server{{500}, {200}, {200}};
  AlertSettings all = webhook(server);
  all.times.pauses = {std::chrono::minutes(1)};
  Alerts alerts(all, events_.receiver());
  alerts.on(event(Event::slow));
  server.wait_for(1);
  alerts.on(event(Event::run_finished));
  alerts.close({});
  EXPECT_EQ(server.count(), 3u);
  EXPECT_TRUE(events_.wait_for(0).empty()) << "it was sent in the end";
}

TEST_F(AlertsTest, RunTheCommandIfTheWebhookHangs) {
  HttpServer server{{HttpServer::hang}};
  FreshFolder const folder;
  std::string const out = (folder / "out").string();
  AlertSettings all = webhook(server);
  all.command = "cat >> " + out + "; echo $MONETA_ALERT_ACTION >> " + out + "; mv " + out + " " +
                out + "2; exit 7";
  all.times.pauses = {};
  all.times.close = milliseconds(0);
  Alerts alerts(all, events_.receiver());
  alerts.on(event(Event::slow));
  auto const events = events_.wait_for(1);
  ASSERT_GE(events.size(), 1u);
  EXPECT_TRUE(events[0].message.starts_with("alerts do not reach alert.command (exit status 7)"))
      << events[0].message;
  auto const lines = folder.lines("out2");
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(Json::parse(lines[0])["action"], "slow");
  EXPECT_EQ(lines[1], "slow");
}

TEST_F(AlertsTest, AllowACommandThatDoesNotReadALongRecord) {
  AlertSettings all = settings();
  all.command = "exit 0";
  Alerts alerts(all, events_.receiver());
  EventRecord record = event(Event::slow);
  record.message = std::string(200'000, 'x');  // more than a pipe holds: a write fails with SIGPIPE
  alerts.on(record);
  alerts.close({});
  EXPECT_TRUE(events_.wait_for(0).empty());
}

TEST_F(AlertsTest, MayHaveNoTargets) {
  Alerts alerts(settings(), events_.receiver());
  alerts.on(event(Event::slow));
  alerts.close({});
  EXPECT_TRUE(events_.wait_for(0).empty());
}

TEST_F(AlertsTest, RejectAnInvalidUrl) {
  AlertSettings all = settings();
  all.webhook_url = "https://api.telegram.org/botsecret/sendMessage";
  expect_error(ErrorKind::config, "has no chat_id", [&] { Alerts(all, {}); });
}

}  // namespace
}  // namespace moneta
