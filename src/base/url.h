// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/alert.h"

namespace moneta {

/// The parts of an http or https URL.
struct Url {
  std::string scheme;        ///< "http" or "https"
  std::string host;          ///< in small letters, without user and port
  std::string before_query;  ///< everything up to the '?'
  std::string query;         ///< between '?' and '#', without either
};

/// Nothing for what is not http or https, has no host, or holds blanks, control characters or
/// backslashes.
std::optional<Url> parse_url(std::string_view text);

/// "https://hooks.slack.com/...": what may be shown of a URL whose user, path or query is a secret;
/// "a URL" if it is none.
std::string public_url(std::string_view text);

/// The first value of `name` in a query, with its %XX resolved.
std::optional<std::string> query_value(std::string_view query, std::string_view name);

/// The URL, less every `name=...` of its query.
std::string without_query_value(Url const& url, std::string_view name);

/// What `automatic` stands for with this URL; any other template as it is.
AlertTemplate resolve_template(AlertTemplate wanted, Url const& url);

}  // namespace moneta
