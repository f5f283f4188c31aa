// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "http/http_client.h"
#include "telemetry/alerts/alert_sender.h"

namespace moneta {

/// POSTs JSON to an http or https URL and waits for the response, whose body is discarded; 2xx is
/// success. Redirects are followed as HttpClient does. The problem in the result contains no part
/// of the URL. Call `prepare_http` first. The calling thread must block SIGPIPE.
SendResult post_alert(std::string const& url, std::string const& json, HttpTimeouts const& timeouts,
                      GiveUp const& give_up);

}  // namespace moneta
