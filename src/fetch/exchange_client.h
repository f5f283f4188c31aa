// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <random>
#include <string>

#include "base/json.h"
#include "config/config.h"
#include "fetch/exchange.h"
#include "fetch/pauses.h"
#include "http/http_client.h"

namespace moneta {

/// What the client reads from a clock, and whom it tells that it waits.
struct ClientHooks {
  std::function<bool()> stop_requested;          ///< checked every few hundredths of a second
  std::function<void(std::string const&)> note;  ///< a sentence about a pause or another attempt
  std::function<void(std::string const&)> warn;  ///< a sentence about something that is wrong
};

/// A reply of the exchange.
struct ExchangeReply {
  Json body;
  std::int64_t date_s = 0;  ///< the exchange's clock when it replied
};

/// Sends requests to an exchange, one after the other, within the number of requests that it
/// allows, and tries again after failures that may pass: no response, HTTP status 408, 418, 429 or
/// 5xx, or a body that is not JSON.
class ExchangeClient {
 public:
  /// `exchange` must outlive this. Throws Error (internal) if libcurl cannot start.
  ExchangeClient(Exchange const& exchange, FetchConfig const& settings, ClientHooks hooks);

  /// The base URL that requests go to.
  std::string const& url() const { return url_; }

  /// GETs the path for the market and waits for the reply, which may take minutes; nothing if
  /// `stop_requested` ended it. Throws Error (data) that names the reason if the exchange does not
  /// know the market, refuses the request, demands a pause of more than 10 minutes, or does not
  /// reply properly in any attempt. After it has not been reached in all attempts of a request,
  /// each later request has one attempt until one succeeds.
  std::optional<ExchangeReply> get(std::string const& path, std::string const& market);

 private:
  /// Why an attempt failed although another one may succeed.
  struct Failure {
    std::string problem;
    double pause_s;  ///< until the next attempt, at least
  };
  struct Attempt {
    std::optional<ExchangeReply> reply;
    std::optional<Failure> failure;  ///< neither: interrupted
  };

  Attempt attempt(std::string const& path, std::string const& market);
  Attempt read_response(HttpResult const& result, std::string const& market);
  Failure limit(HttpResult const& result, std::int64_t date_s);
  bool wait_for_budget();
  void check_clock(std::int64_t date_s);
  double random();

  Exchange const& exchange_;
  FetchConfig const settings_;
  std::string const url_;
  ClientHooks const hooks_;
  HttpClient http_;
  RequestBudget budget_;
  bool is_unreachable_ = false;
  bool clock_was_checked_ = false;
  std::minstd_rand random_{std::random_device{}()};
};

}  // namespace moneta
