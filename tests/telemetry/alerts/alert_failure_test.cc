// SPDX-License-Identifier: Apache-2.0
#include "telemetry/alerts/alerts.h"

#include "telemetry/alerts/alerts_fixture.h"

namespace moneta {
namespace {

using std::chrono::milliseconds;

TEST_F(AlertsTest, RetryUntilAnAlertIsSent) {
  HttpServer server{{500}, {HttpServer::close_early}, {429}, {204}};
  Alerts alerts(webhook(server), events_.receiver());
  alerts.on(event(Event::slow));
  auto const requests = server.wait_for(4);
  ASSERT_EQ(requests.size(), 4u);
  EXPECT_EQ(requests[3].body, requests[0].body);
  alerts.close({});
  EXPECT_EQ(server.count(), 4u);
  EXPECT_TRUE(events_.wait_for(0).empty()) << "it was sent in the end";
}

TEST_F(AlertsTest, ReportAnUnreachableWebhookOnceAndItsRecovery) {
  // One alert with four attempts, two with one attempt each, and two that are sent.
  HttpServer server{{500}, {500}, {500}, {500}, {500}, {500}, {200}, {200}};
  Alerts alerts(webhook(server), events_.receiver());
  for (char const* const coin : {"A", "B", "C", "D", "E"}) alerts.on(event(Event::slow, coin));
  auto const requests = server.wait_for(8);
  ASSERT_EQ(requests.size(), 8u);
  alerts.close({});
  auto const events = events_.wait_for(2);
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].event, Event::alert_failed);
  EXPECT_EQ(events[0].severity, Severity::warning);
  EXPECT_TRUE(events[0].message.starts_with(
      "alerts do not reach http://127.0.0.1/... (HTTP status 500). The run continues"))
      << events[0].message;
  EXPECT_NE(events[0].message.find("alert.webhook_url"), std::string::npos) << events[0].message;
  EXPECT_EQ(events[1].event, Event::alert_recovered);
  EXPECT_EQ(events[1].severity, Severity::info);
  EXPECT_EQ(events[1].details["target"], "http://127.0.0.1/...");
  EXPECT_EQ(events[1].details["lost"], 3);
  EXPECT_EQ(Json::parse(requests[6].body)["unsent"], 3);
  EXPECT_FALSE(Json::parse(requests[7].body).contains("unsent"));
}

struct FailureCase {
  char const* name;
  HttpServer::Answer answer;
  std::size_t attempts;
  char const* problem;

  friend void PrintTo(FailureCase const& c, std::ostream* out) { *out << c.name; }
};

class AlertFailure : public AlertsTest, public testing::WithParamInterface<FailureCase> {};

TEST_P(AlertFailure, IsReportedOnceWithoutTheSecret) {
  HttpServer server{GetParam().answer};
  AlertSettings all = webhook(server);
  all.webhook_url->replace(0, 7, "http://user:secret@");
  bool const hangs = GetParam().answer.status == HttpServer::hang;
  all.times.webhook.total = milliseconds(hangs ? 200 : 10'000);
  Alerts alerts(all, events_.receiver());
  alerts.on(event(Event::slow));
  auto const events = events_.wait_for(1);
  alerts.close({});
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].details["problem"], GetParam().problem);
  EXPECT_EQ(events[0].details["target"], "http://127.0.0.1/...");
  EXPECT_EQ(to_json(events[0]).dump().find("secret"), std::string::npos);
  EXPECT_EQ(server.count(), GetParam().attempts);
  EXPECT_EQ(events_.wait_for(1).size(), 1u);
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, AlertFailure, testing::Values(
    FailureCase{"Busy",           {503},                     4, "HTTP status 503"},
    FailureCase{"Refused",        {404},                     1, "HTTP status 404"},
    FailureCase{"ClosesEarly",    {HttpServer::close_early}, 4, "Server returned nothing (no headers, no data)"},
    FailureCase{"Hangs",          {HttpServer::hang},        4, "Timeout was reached"},
    FailureCase{"ToAnotherScheme", {302, "Location: ftp://127.0.0.1/secret\r\n"}, 1, "redirected to another scheme"},
    FailureCase{"ToHttps",        {302, "Location: https://127.0.0.1/secret\r\n"}, 1, "redirected to another scheme"},
    FailureCase{"ToAFile",        {302, "Location: file:///etc/hostname\r\n"}, 1, "redirected to another scheme"},
    FailureCase{"InCircles",      {307, "Location: /secret\r\n"}, 4, "Number of redirects hit maximum amount"}
), [](auto const& each) { return std::string(each.param.name); });
// clang-format on

TEST_F(AlertsTest, DoNotSendPlainTextToHttps) {
  HttpServer server{{200}};
  AlertSettings all = webhook(server);
  all.webhook_url->replace(0, 4, "https");
  all.times.webhook = {milliseconds(300), milliseconds(300)};
  all.times.pauses = {};
  Alerts alerts(all, events_.receiver());
  alerts.on(event(Event::slow));
  auto const events = events_.wait_for(1);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].details["target"], "https://127.0.0.1/...");
  EXPECT_EQ(server.count(), 0u);
}

TEST_F(AlertsTest, DropTheOldestAlertIfTheQueueIsFull) {
  HttpServer server{{HttpServer::hang}, {200}};
  AlertSettings all = webhook(server);
  all.limits.max_alerts = 1000;
  all.times.pauses = {};
  all.times.webhook = {milliseconds(1000), milliseconds(1000)};
  Alerts alerts(all, events_.receiver());
  alerts.on(event(Event::slow, "first"));
  server.wait_for(1);
  for (int i = 0; i < 103; ++i) alerts.on(event(Event::slow, std::to_string(i)));
  auto const requests = server.wait_for(101);
  ASSERT_EQ(requests.size(), 101u);
  EXPECT_EQ(Json::parse(requests[1].body)["coin"], "3");
  EXPECT_EQ(Json::parse(requests[1].body)["unsent"], 4);
  EXPECT_EQ(Json::parse(requests[100].body)["coin"], "102");
}

TEST_F(AlertsTest, ContinueIfTheReceiverOfEventsThrows) {
  HttpServer server{{404}, {200}};
  Alerts alerts(webhook(server), [](EventRecord const&) { throw std::runtime_error("no"); });
  alerts.on(event(Event::slow));
  alerts.on(event(Event::slow));
  alerts.close({});
  EXPECT_EQ(server.count(), 2u);
}

}  // namespace
}  // namespace moneta
