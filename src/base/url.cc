// SPDX-License-Identifier: Apache-2.0
#include "base/url.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <functional>

namespace moneta {
namespace {

std::string lower_case(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

bool is_allowed_in_url(char character) {
  auto const code = static_cast<unsigned char>(character);
  return code > 0x20 && code != 0x7f && character != '\\';
}

/// The host of "user:password@host:port"; empty if it is absent.
std::string host_in(std::string_view authority) {
  std::size_t const at = authority.rfind('@');
  if (at != std::string_view::npos) authority.remove_prefix(at + 1);
  std::size_t const bracket = authority.rfind(']');
  std::size_t const colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  if (colon != std::string_view::npos) {
    std::string_view const port = authority.substr(colon + 1);
    if (!std::all_of(port.begin(), port.end(), [](char c) { return c >= '0' && c <= '9'; })) {
      return "";
    }
  }
  return lower_case(authority.substr(0, colon));
}

/// Calls visit(name, value, whole) for every parameter "name=value" of a query.
void each_parameter(
    std::string_view query,
    std::function<void(std::string_view, std::string_view, std::string_view)> const& visit) {
  while (!query.empty()) {
    std::string_view const whole = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), whole.size() + 1));
    std::size_t const equals = whole.find('=');
    std::string_view const value =
        equals == std::string_view::npos ? std::string_view() : whole.substr(equals + 1);
    visit(whole.substr(0, equals), value, whole);
  }
}

std::string decoded(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned code = 0;
    bool const escape = text[i] == '%' && i + 2 < text.size();
    if (escape) {
      auto const [stop, problem] = std::from_chars(&text[i + 1], &text[i] + 3, code, 16);
      if (problem == std::errc() && stop == &text[i] + 3) {
        plain += static_cast<char>(code);
        i += 2;
        continue;
      }
    }
    plain += text[i] == '+' ? ' ' : text[i];
  }
  return plain;
}

}  // namespace

std::optional<Url> parse_url(std::string_view text) {
  if (!std::all_of(text.begin(), text.end(), is_allowed_in_url)) return std::nullopt;
  std::size_t const scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos) return std::nullopt;
  Url url;
  url.scheme = lower_case(text.substr(0, scheme_end));
  if (url.scheme != "http" && url.scheme != "https") return std::nullopt;
  text = text.substr(0, text.find('#'));
  std::string_view const rest = text.substr(std::min(text.size(), scheme_end + 3));
  url.host = host_in(rest.substr(0, rest.find_first_of("/?")));
  if (url.host.empty()) return std::nullopt;
  std::size_t const query = text.find('?');
  url.before_query = text.substr(0, query);
  if (query != std::string_view::npos) url.query = text.substr(query + 1);
  return url;
}

std::string public_url(std::string_view text) {
  auto const url = parse_url(text);
  return url ? url->scheme + "://" + url->host + "/..." : "a URL";
}

std::optional<std::string> query_value(std::string_view query, std::string_view name) {
  std::optional<std::string> found;
  each_parameter(query, [&](std::string_view key, std::string_view value, std::string_view) {
    if (key == name && !found) found = decoded(value);
  });
  return found;
}

std::string without_query_value(Url const& url, std::string_view name) {
  std::string query;
  each_parameter(url.query, [&](std::string_view key, std::string_view, std::string_view whole) {
    if (key == name) return;
    if (!query.empty()) query += '&';
    query += whole;
  });
  return query.empty() ? url.before_query : url.before_query + '?' + query;
}

}  // namespace moneta
