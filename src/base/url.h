// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace moneta {

/// The parts of an http or https URL.
struct Url {
  std::string scheme;        ///< "http" or "https"
  std::string host;          ///< in lower case, without user and port
  std::string before_query;  ///< everything before the '?'
  std::string query;         ///< between the '?' and the '#', without them
};

/// The parts of `text`; nothing if the scheme is neither http nor https, if there is no host, or if
/// there are blanks, control characters or backslashes.
std::optional<Url> parse_url(std::string_view text);

/// "https://hooks.slack.com/...": the part of a URL that may be shown although its user, path or
/// query is a secret; "a URL" if `text` is not a URL.
std::string public_url(std::string_view text);

/// The first value of the parameter `name`, with %XX and + decoded; nothing if it is absent.
std::optional<std::string> query_value(std::string_view query, std::string_view name);

/// The URL without the parameters `name` of its query.
std::string without_query_value(Url const& url, std::string_view name);

}  // namespace moneta
