// SPDX-License-Identifier: Apache-2.0
#include "http/http_client.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <csignal>
#include <utility>

#include "support/http_server.h"

namespace moneta {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t limit_bytes = 1000;

class HttpClientTest : public testing::Test {
 protected:
  HttpClientTest() {
    ::setenv("no_proxy", "*", 1);
    std::signal(SIGPIPE, SIG_IGN);
    prepare_http();
  }

  HttpResult get(
      std::string const& url, milliseconds total = milliseconds(10'000),
      HttpClient::GiveUp const& give_up = [] { return false; }) {
    return client_.get(url, limit_bytes, {total, total}, give_up);
  }

  HttpClient client_;
};

TEST_F(HttpClientTest, ReturnsStatusHeadersAndBody) {
  HttpServer server{{404, "Remaining-Req:  group=candles; sec=9 \r\nX-A: 1\r\nx-a: 2\r\n", "none"}};
  HttpResult const result = get(server.url("/v1?market=A"));
  EXPECT_EQ(result.end, HttpEnd::response);
  EXPECT_EQ(result.status, 404);
  EXPECT_EQ(result.body, "none");
  EXPECT_EQ(result.headers.at("remaining-req"), "group=candles; sec=9");
  EXPECT_EQ(result.headers.at("x-a"), "2");
  auto const requests = server.wait_for(1);
  EXPECT_EQ(requests[0].method, "GET");
  EXPECT_EQ(requests[0].path, "/v1?market=A");
  EXPECT_NE(requests[0].headers.at("accept-encoding").find("gzip"), std::string::npos);
}

TEST_F(HttpClientTest, GetsAfterItHasPosted) {
  HttpServer server{{200}};
  auto const never = [] { return false; };
  EXPECT_EQ(client_.post_json(server.url("/"), "{}", {}, never).body, "") << "it is discarded";
  EXPECT_EQ(get(server.url("/")).body, "ok");
  auto const requests = server.wait_for(2);
  EXPECT_EQ(requests[0].headers.at("content-type"), "application/json");
  EXPECT_EQ(requests[1].method, "GET");
  EXPECT_EQ(requests[1].body, "");
}

TEST_F(HttpClientTest, ForgetsTheHeadersOfARedirect) {
  HttpServer server{{302, "Location: /b\r\nX-A: 1\r\n"}, {200}};
  HttpResult const result = get(server.url("/a"));
  EXPECT_EQ(result.status, 200);
  EXPECT_EQ(result.headers.count("x-a"), 0u);
}

TEST_F(HttpClientTest, AcceptsABodyUpToTheLimit) {
  HttpServer server{{200, "", std::string(limit_bytes, 'x')}};
  EXPECT_EQ(get(server.url("/")).body.size(), limit_bytes);
}

struct FailureCase {
  char const* name;
  HttpServer::Answer answer;
  HttpEnd end;
  char const* problem;

  friend void PrintTo(FailureCase const& c, std::ostream* out) { *out << c.name; }
};

class HttpFailure : public HttpClientTest, public testing::WithParamInterface<FailureCase> {};

TEST_P(HttpFailure, IsNamed) {
  HttpServer server{GetParam().answer};
  HttpResult const result = get(server.url("/"), milliseconds(300));
  EXPECT_EQ(result.end, GetParam().end);
  EXPECT_EQ(result.problem, GetParam().problem);
  EXPECT_FALSE(result.detail.empty());
  EXPECT_EQ(result.status, 0);
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, HttpFailure, testing::Values(
    FailureCase{"ClosesEarly", {HttpServer::close_early}, HttpEnd::failed, "Server returned nothing (no headers, no data)"},
    FailureCase{"Hangs",       {HttpServer::hang},        HttpEnd::failed, "Timeout was reached"},
    FailureCase{"IsTooLong",   {200, "", std::string(limit_bytes + 1, 'x')}, HttpEnd::refused, "the response is longer than 1000 bytes"},
    FailureCase{"ToAFile",     {302, "Location: file:///etc/hostname\r\n"}, HttpEnd::refused, "redirected to another scheme"},
    FailureCase{"InCircles",   {302, "Location: /\r\n"},  HttpEnd::refused, "Number of redirects hit maximum amount"}
), [](auto const& each) { return std::string(each.param.name); });
// clang-format on

TEST_F(HttpClientTest, FailsIfTheServerDoesNotEncrypt) {
  HttpServer server{{200}};
  std::string url = server.url("/");
  url.replace(0, 4, "https");
  HttpResult const result = get(url, milliseconds(300));
  EXPECT_NE(result.end, HttpEnd::response);
  EXPECT_FALSE(result.detail.empty());
}

TEST_F(HttpClientTest, RefusesWhatIsNoUrl) {
  EXPECT_EQ(get("file:///etc/hostname").end, HttpEnd::refused);
  EXPECT_EQ(get("file:///etc/hostname").problem, "not an http or https URL");
}

TEST_F(HttpClientTest, IsInterrupted) {
  HttpServer server{{HttpServer::hang}};
  HttpResult const result = get(server.url("/"), milliseconds(60'000), [] { return true; });
  EXPECT_EQ(result.end, HttpEnd::interrupted);
}

TEST(HttpDate, IsReadInTheFormsOfTheStandard) {
  for (auto const& [text, time_s] : std::vector<std::pair<std::string, std::int64_t>>{
           {"Wed, 11 Mar 2026 14:40:59 GMT", 1'773'240'059},
           {"Sunday, 06-Nov-94 08:49:37 GMT", 784'111'777},
           {"Sun Nov  6 08:49:37 1994", 784'111'777}}) {
    EXPECT_EQ(http_date_s(text), time_s) << text;
  }
  for (char const* const text : {"", "soon", "Wed, 99 Mar 2026 14:40:59 GMT"}) {
    EXPECT_EQ(http_date_s(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace moneta
