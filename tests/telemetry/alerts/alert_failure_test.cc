// SPDX-License-Identifier: Apache-2.0
#include "telemetry/alerts/alerts.h"

#include "telemetry/alerts/alerts_fixture.h"

namespace moneta {
namespace {

using std::chrono::milliseconds;

TEST_F(AlertsTest, TryAgainUntilItArrives) {
  HttpServer server{{500}, {HttpServer::close_early}, {429}, {204}};
  Alerts alerts(webhook(server), events_.taker());
  alerts.take(event("slow"));
  auto const requests = server.wait_for(4);
  ASSERT_EQ(requests.size(), 4u);
  EXPECT_EQ(requests[3].body, requests[0].body);
  alerts.close();
  EXPECT_EQ(server.count(), 4u);
  EXPECT_TRUE(events_.wait_for(0).empty()) << "it arrived in the end";
}

TEST_F(AlertsTest, ReportADeadWebhookOnceAndItsReturn) {
  // One alert with its tries, two with one try each, and two that arrive.
  HttpServer server{{500}, {500}, {500}, {500}, {500}, {500}, {200}, {200}};
  Alerts alerts(webhook(server), events_.taker());
  for (char const* const coin : {"A", "B", "C", "D", "E"}) alerts.take(event("slow", coin));
  auto const requests = server.wait_for(8);
  ASSERT_EQ(requests.size(), 8u);
  alerts.close();
  auto const events = events_.wait_for(2);
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0].action, "alert_failed");
  EXPECT_EQ(events[0].severity, Severity::warning);
  EXPECT_EQ(events[0].message,
            "alerts do not reach http://127.0.0.1/... (HTTP status 500). The run goes on and tries "
            "again with the next one. Is alert.webhook_url right, and the network up?");
  EXPECT_EQ(events[1].action, "alert_recovered");
  EXPECT_EQ(events[1].severity, Severity::info);
  EXPECT_EQ(events[1].message, "alerts reach http://127.0.0.1/... again (3 did not)");
  EXPECT_EQ(events[1].details["lost"], 3);
  EXPECT_EQ(Json::parse(requests[6].body)["unsent"], 3);
  EXPECT_FALSE(Json::parse(requests[7].body).contains("unsent"));
}

struct FailureCase {
  char const* name;
  HttpServer::Answer answer;
  std::size_t tries;
  char const* problem;
};

void PrintTo(FailureCase const& test, std::ostream* out) { *out << test.name; }

class AlertFailure : public AlertsTest, public testing::WithParamInterface<FailureCase> {};

TEST_P(AlertFailure, IsOneEventWithoutTheSecret) {
  HttpServer server{GetParam().answer};
  AlertSettings all = webhook(server);
  all.webhook_url->replace(0, 7, "http://user:secret@");
  bool const hangs = GetParam().answer.status == HttpServer::hang;
  all.times.webhook.total = milliseconds(hangs ? 200 : 10'000);
  Alerts alerts(all, events_.taker());
  alerts.take(event("slow"));
  auto const events = events_.wait_for(1);
  alerts.close();
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].details["problem"], GetParam().problem);
  EXPECT_EQ(events[0].details["target"], "http://127.0.0.1/...");
  EXPECT_EQ(to_json(events[0]).dump().find("secret"), std::string::npos);
  EXPECT_EQ(server.count(), GetParam().tries);
  EXPECT_EQ(events_.wait_for(1).size(), 1u);
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, AlertFailure, testing::Values(
    FailureCase{"Busy",           {503},                     4, "HTTP status 503"},
    FailureCase{"Refused",        {404},                     1, "HTTP status 404"},
    FailureCase{"ClosesEarly",    {HttpServer::close_early}, 4, "Server returned nothing (no headers, no data)"},
    FailureCase{"Hangs",          {HttpServer::hang},        4, "Timeout was reached"},
    FailureCase{"ToAnotherScheme", {302, "Location: ftp://127.0.0.1/secret\r\n"}, 1, "it redirects to another scheme"},
    FailureCase{"ToHttps",        {302, "Location: https://127.0.0.1/secret\r\n"}, 1, "it redirects to another scheme"},
    FailureCase{"ToAFile",        {302, "Location: file:///etc/hostname\r\n"}, 1, "it redirects to another scheme"},
    FailureCase{"InCircles",      {307, "Location: /secret\r\n"}, 4, "Number of redirects hit maximum amount"}
), [](auto const& each) { return std::string(each.param.name); });
// clang-format on

TEST_F(AlertsTest, DoNotSpeakPlainlyToHttps) {
  HttpServer server{{200}};
  AlertSettings all = webhook(server);
  all.webhook_url->replace(0, 4, "https");
  all.times.webhook = {milliseconds(300), milliseconds(300)};
  all.times.pauses = {};
  Alerts alerts(all, events_.taker());
  alerts.take(event("slow"));
  auto const events = events_.wait_for(1);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0].details["target"], "https://127.0.0.1/...");
  EXPECT_EQ(server.count(), 0u);
}

TEST_F(AlertsTest, LoseTheOldestWhenTheQueueIsFull) {
  HttpServer server{{HttpServer::hang}, {200}};
  AlertSettings all = webhook(server);
  all.limits.most = 1000;
  all.times.pauses = {};
  all.times.webhook = {milliseconds(1000), milliseconds(1000)};
  Alerts alerts(all, events_.taker());
  alerts.take(event("slow", "first"));
  server.wait_for(1);
  for (int i = 0; i < 103; ++i) alerts.take(event("slow", std::to_string(i)));
  auto const requests = server.wait_for(101);
  ASSERT_EQ(requests.size(), 101u);
  EXPECT_EQ(Json::parse(requests[1].body)["coin"], "3");
  EXPECT_EQ(Json::parse(requests[1].body)["unsent"], 4);
  EXPECT_EQ(Json::parse(requests[100].body)["coin"], "102");
}

TEST_F(AlertsTest, SurviveAReportThatThrows) {
  HttpServer server{{404}, {200}};
  Alerts alerts(webhook(server), [](EventRecord const&) { throw std::runtime_error("no"); });
  alerts.take(event("slow"));
  alerts.take(event("slow"));
  alerts.close();
  EXPECT_EQ(server.count(), 2u);
}

}  // namespace
}  // namespace moneta
