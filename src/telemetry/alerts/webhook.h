// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>

#include "telemetry/alerts/alert_sender.h"

namespace moneta {

/// The time limits of a request.
struct WebhookTimeouts {
  std::chrono::milliseconds connect{5'000}, total{10'000};
};

/// Initializes libcurl once per process. Throws Error (internal) if that fails.
void prepare_webhooks();

/// POSTs JSON to an http or https URL and waits for the response, whose body is discarded; 2xx is
/// success. Follows at most 3 redirects, as POST requests and only within the scheme of the URL.
/// The problem in the result contains no part of the URL. Call `prepare_webhooks` first. The
/// calling thread must block SIGPIPE.
SendResult post_json(std::string const& url, std::string const& body,
                     WebhookTimeouts const& timeouts, GiveUp const& give_up);

}  // namespace moneta
