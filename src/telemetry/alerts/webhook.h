// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <string>

#include "telemetry/alerts/alert_sender.h"

namespace moneta {

/// How long a webhook may take.
struct WebhookTimeouts {
  std::chrono::milliseconds connect{5'000}, total{10'000};
};

/// Readies libcurl, once per process. Throws Error (internal) if it cannot.
void prepare_webhooks();

/// POSTs JSON to an http or https URL and waits for the answer, which is thrown away; 2xx is
/// success. Redirects are followed as POSTs, 3 at most, and only within the URL's scheme. The
/// problem in the result holds no part of the URL. Needs `prepare_webhooks` and a thread that
/// blocks SIGPIPE.
SendResult post_json(std::string const& url, std::string const& body,
                     WebhookTimeouts const& timeouts, GiveUp const& give_up);

}  // namespace moneta
