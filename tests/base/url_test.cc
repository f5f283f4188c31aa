// SPDX-License-Identifier: Apache-2.0
#include "base/url.h"

#include <gtest/gtest.h>

#include <vector>

namespace moneta {
namespace {

struct UrlCase {
  char const *name, *text, *shown;

  friend void PrintTo(UrlCase const& c, std::ostream* out) { *out << c.name; }
};

class PublicUrls : public testing::TestWithParam<UrlCase> {};

TEST_P(PublicUrls, ShowSchemeAndHostOnly) {
  EXPECT_EQ(public_url(GetParam().text), GetParam().shown);
  EXPECT_EQ(parse_url(GetParam().text).has_value(), std::string(GetParam().shown) != "a URL");
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, PublicUrls, testing::ValuesIn(std::vector<UrlCase>{
    {"Path",             "https://hooks.slack.com/services/secret", "https://hooks.slack.com/..."},
    {"HostAlone",        "http://host",                             "http://host/..."},
    {"QueryAfterHost",   "http://host?secret",                      "http://host/..."},
    {"Fragment",         "http://host#secret",                      "http://host/..."},
    {"UserAndPassword",  "https://secret:secret@host/",             "https://host/..."},
    {"TwoAtSigns",       "https://secret@secret@host/",             "https://host/..."},
    {"AtSignInPath",     "https://host/secret@secret",              "https://host/..."},
    {"ColonInPath",      "https://host/bot1:secret/x",              "https://host/..."},
    {"Port",             "http://host:8080/secret",                 "http://host/..."},
    {"AddressVersion6",  "http://[::1]:8080/secret",                "http://[::1]/..."},
    {"CapitalLetters",   "HTTPS://Host/Secret",                     "https://host/..."},
    {"PortWithLetters",   "http://host:secret/",                     "a URL"},
    {"OtherScheme",      "ftp://host/secret",                       "a URL"},
    {"File",             "file:///etc/secret",                      "a URL"},
    {"NoScheme",         "host/secret",                             "a URL"},
    {"NoHost",           "http:///secret",                          "a URL"},
    {"PortWithoutHost",  "http://:80/secret",                       "a URL"},
    {"UserWithoutHost",  "http://secret@/",                         "a URL"},
    {"Empty",            "",                                        "a URL"},
    {"SchemeAlone",      "http://",                                 "a URL"},
    {"Blank",            "http://host/se cret",                     "a URL"},
    {"LineEnd",          "http://host/secret\n",                    "a URL"},
    {"Backslash",        "http://host\\@secret/",                   "a URL"},
}), [](auto const& each) { return std::string(each.param.name); });
// clang-format on

TEST(ParseUrl, SplitsAUrlIntoItsParts) {
  auto const url = parse_url("HTTPS://user@API.telegram.org:443/bot1:x/send?a=1&b=2#c?d=3");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->scheme, "https");
  EXPECT_EQ(url->host, "api.telegram.org");
  EXPECT_EQ(url->before_query, "HTTPS://user@API.telegram.org:443/bot1:x/send");
  EXPECT_EQ(url->query, "a=1&b=2");
}

TEST(QueryValue, DecodesTheFirstParameterWithTheName) {
  EXPECT_EQ(query_value("chat_id=%40Moneta%2b+x%4&chat_id=2", "chat_id"), "@Moneta+ x%4");
  EXPECT_EQ(query_value("xchat_id=1&chat_id", "chat_id"), "");
  EXPECT_EQ(query_value("a=1&&b=%zz", "b"), "%zz");
  EXPECT_EQ(query_value("a=1", "chat_id"), std::nullopt);
  EXPECT_EQ(query_value("", "chat_id"), std::nullopt);
}

TEST(WithoutQueryValue, KeepsTheOtherParameters) {
  auto const without = [](char const* text) {
    return without_query_value(*parse_url(text), "chat_id");
  };
  EXPECT_EQ(without("http://h/p?chat_id=1"), "http://h/p");
  EXPECT_EQ(without("http://h/p?a=%20&chat_id=1&b=2&chat_id=3"), "http://h/p?a=%20&b=2");
  EXPECT_EQ(without("http://h/p"), "http://h/p");
}

}  // namespace
}  // namespace moneta
