// SPDX-License-Identifier: Apache-2.0
#include "fetch/exchange_client.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <thread>
#include <utility>

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "base/time.h"
#include "io/json_file.h"

namespace moneta {
namespace {

/// A page has at most 200 KB.
constexpr std::size_t limit_bytes = std::size_t{2} << 20;
/// A longer pause is the end of the download, which can be continued later.
constexpr double longest_pause_s = 600;
/// Status 418 says that an address was blocked because it ignored status 429.
constexpr double pause_of_blocked_s = 60;
/// Shorter pauses are not worth a message.
constexpr double mentioned_pause_s = 3;
constexpr std::int64_t tolerated_clock_error_s = 60;

HttpTimeouts timeouts_of(FetchConfig const& settings) {
  auto const total = std::chrono::milliseconds(std::llround(settings.timeout_s * 1000));
  return {std::min(total, std::chrono::milliseconds(10'000)), total};
}

std::optional<std::int64_t> date_of(HttpResult const& result) {
  auto const date = result.headers.find("date");
  return date == result.headers.end() ? std::nullopt : http_date_s(date->second);
}

bool is_transient(long status) { return status == 408 || status >= 500; }

bool is_limited(long status) { return status == 429 || status == 418; }

/// The body as JSON; nothing if it is not.
std::optional<Json> parsed(std::string const& body) {
  try {
    return parse_json(body, "the reply");
  } catch (Error const&) {
    return std::nullopt;
  }
}

}  // namespace

ExchangeClient::ExchangeClient(Exchange const& exchange, FetchConfig const& settings,
                               ClientHooks hooks)
    : exchange_(exchange),
      settings_(settings),
      url_(settings.url.value_or(exchange.public_url())),
      hooks_(std::move(hooks)) {
  prepare_http();
}

double ExchangeClient::random() { return std::uniform_real_distribution<double>(0, 1)(random_); }

/// Warns once if the clock of this machine is wrong; nothing depends on it.
void ExchangeClient::check_clock(std::int64_t date_s) {
  if (std::exchange(clock_was_checked_, true)) return;
  std::int64_t const ahead_s = now_s() - date_s;
  if (std::abs(ahead_s) <= tolerated_clock_error_s) return;
  hooks_.warn(fmt::format(
      "the clock of this machine is {} {} the clock of {}, which is used instead. Is it set?",
      duration_text(static_cast<double>(std::abs(ahead_s))), ahead_s > 0 ? "ahead of" : "behind",
      exchange_.name()));
}

/// Returns false if `stop_requested` ended the wait.
bool ExchangeClient::wait_for_budget() {
  double const pause_s = budget_.wait_s(steady_clock_s());
  MONETA_REQUIRE(
      pause_s <= longest_pause_s, data,
      "{} accepts no requests from this address for another {} (too many were sent). Start again after that?",
      exchange_.name(), duration_text(pause_s));
  if (pause_s > mentioned_pause_s) {
    hooks_.note(fmt::format("waits {} before the next request to {}", duration_text(pause_s),
                            exchange_.name()));
  }
  for (;;) {
    if (hooks_.stop_requested()) return false;
    double const left_s = budget_.wait_s(steady_clock_s());
    if (left_s <= 0) return true;
    std::this_thread::sleep_for(std::chrono::duration<double>(std::min(left_s, 0.05)));
  }
}

/// The pause after a response that says that there were too many requests.
ExchangeClient::Failure ExchangeClient::limit(HttpResult const& result, std::int64_t date_s) {
  double const least_s = result.status == 418 ? pause_of_blocked_s : 0;
  return {fmt::format("HTTP status {}: too many requests", result.status),
          retry_after_s(result.headers, date_s).value_or(least_s)};
}

ExchangeClient::Attempt ExchangeClient::read_response(HttpResult const& result,
                                                      std::string const& market) {
  auto const date_s = date_of(result);
  if (date_s) budget_.pause(steady_clock_s(), exchange_.pause_s(result.headers, *date_s));
  if (is_limited(result.status)) return {{}, limit(result, date_s.value_or(now_s()))};
  if (is_transient(result.status)) {
    double const pause_s = retry_after_s(result.headers, date_s.value_or(now_s())).value_or(0);
    return {{}, Failure{fmt::format("HTTP status {}", result.status), pause_s}};
  }
  auto body = parsed(result.body);
  if (result.status < 200 || result.status > 299) {
    Refusal const refusal = exchange_.parse_refusal(result.status, body.value_or(Json()));
    MONETA_REQUIRE(!refusal.unknown_market, data,
                   "{} has no market '{}' (its reply: {}). Is the coin's name right?",
                   exchange_.name(), market, refusal.message);
    throw Error(
        ErrorKind::data,
        fmt::format(
            "{} refused the request for {} with HTTP status {} ({}). Is fetch.url right, and may this address use it?",
            url_, market, result.status,
            refusal.message.empty() ? "it gave no reason" : refusal.message));
  }
  if (!body) {
    return {{},
            Failure{fmt::format("a reply of {} bytes that is not JSON and begins with '{}'",
                                result.body.size(), sanitized(result.body, 40)),
                    0}};
  }
  MONETA_REQUIRE(
      date_s, data,
      "{} sent a reply without a valid Date header (which says what minutes are complete). Does a proxy remove it?",
      url_);
  check_clock(*date_s);
  return {ExchangeReply{std::move(*body), *date_s}, {}};
}

ExchangeClient::Attempt ExchangeClient::attempt(std::string const& path,
                                                std::string const& market) {
  if (!wait_for_budget()) return {};
  HttpResult const result =
      http_.get(url_ + path, limit_bytes, timeouts_of(settings_), hooks_.stop_requested);
  switch (result.end) {
    case HttpEnd::interrupted:
      return {};
    case HttpEnd::failed:
      return {{}, Failure{sanitized(result.detail, 300), 0}};
    case HttpEnd::refused:
      throw Error(
          ErrorKind::data,
          fmt::format(
              "cannot download from {} ({}). Is fetch.url right, and can this machine verify the certificate?",
              url_, sanitized(result.detail, 300)));
    case HttpEnd::response:
      break;
  }
  return read_response(result, market);
}

std::optional<ExchangeReply> ExchangeClient::get(std::string const& path,
                                                 std::string const& market) {
  std::size_t const attempts = is_unreachable_ ? 1 : settings_.attempts;
  for (std::size_t number = 1;; ++number) {
    Attempt result = attempt(path, market);
    if (!result.failure) {
      if (result.reply) is_unreachable_ = false;
      return std::move(result.reply);
    }
    std::string const& problem = result.failure->problem;
    double const pause_s = std::max(result.failure->pause_s, backoff_s(number, random()));
    budget_.pause(steady_clock_s(), pause_s);
    if (number >= attempts) is_unreachable_ = true;
    MONETA_REQUIRE(
        number < attempts, data,
        "{} did not reply properly in {} attempts (the last one: {}). Is the network up? Start again to continue where it ended",
        url_, attempts, problem);
    hooks_.note(fmt::format("attempt {} of {} failed ({}); the next one follows in {}", number,
                            attempts, problem, duration_text(pause_s)));
  }
}

}  // namespace moneta
