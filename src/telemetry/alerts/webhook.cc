// SPDX-License-Identifier: Apache-2.0
#include "telemetry/alerts/webhook.h"

#include "base/error.h"

namespace moneta {

SendResult post_alert(std::string const& url, std::string const& json, HttpTimeouts const& timeouts,
                      GiveUp const& give_up) {
  HttpClient client;
  HttpResult const result = client.post_json(url, json, timeouts, give_up);
  if (result.end == HttpEnd::interrupted) return {false, false, "the run ended first"};
  if (result.end != HttpEnd::response) {
    return {false, result.end == HttpEnd::failed, result.problem};
  }
  long const status = result.status;
  bool const is_rejected = status >= 300 && status < 500 && status != 408 && status != 429;
  return {status >= 200 && status < 300, !is_rejected, fmt::format("HTTP status {}", status)};
}

}  // namespace moneta
