// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace moneta {

/// The time limits of a request.
struct HttpTimeouts {
  std::chrono::milliseconds connect{5'000}, total{10'000};
};

/// What became of a request.
enum class HttpEnd {
  response,     ///< a response arrived completely, whatever its status
  failed,       ///< the connection or the transfer failed; another attempt may succeed
  refused,      ///< another attempt would fail as well: the certificate, the URL, a redirect
  interrupted,  ///< `give_up` ended it
};

/// The result of a request. `problem` contains no part of the URL; `detail` may name the host.
struct HttpResult {
  HttpEnd end = HttpEnd::failed;
  std::string problem = {};  ///< why there is no response: "Timeout was reached"
  std::string detail = {};   ///< the same with what libcurl adds, for example the TLS error
  long status = 0;           ///< of the response, after redirects
  std::map<std::string, std::string> headers = {};  ///< by name in lower case; the last of each
  std::string body = {};
};

/// Initializes libcurl once per process. Throws Error (internal) if that fails.
void prepare_http();

/// Sends requests, one after the other, over connections that it keeps open. Follows at most 3
/// redirects, only within the scheme of the URL, and POST requests remain POST requests. The proxy
/// variables of the environment (https_proxy, no_proxy and so on) are respected. Call
/// `prepare_http` first. The calling thread must block or ignore SIGPIPE. One thread at a time may
/// use it.
class HttpClient {
 public:
  /// Returns true if a request must end at once; called every few hundredths of a second.
  using GiveUp = std::function<bool()>;

  HttpClient();
  HttpClient(HttpClient const&) = delete;
  HttpClient& operator=(HttpClient const&) = delete;
  ~HttpClient();

  /// GETs an http or https URL and waits for the response, which may be compressed on its way. A
  /// body of more than `limit_bytes` ends the request as refused.
  HttpResult get(std::string const& url, std::size_t limit_bytes, HttpTimeouts const& timeouts,
                 GiveUp const& give_up);

  /// POSTs JSON and waits for the response, whose body is discarded.
  HttpResult post_json(std::string const& url, std::string const& json,
                       HttpTimeouts const& timeouts, GiveUp const& give_up);

 private:
  struct Handles;
  std::unique_ptr<Handles> handles_;
};

/// Seconds since 1970-01-01 UTC, from the date of an HTTP header, "Wed, 11 Mar 2026 14:40:59 GMT";
/// nothing if it is not one.
std::optional<std::int64_t> http_date_s(std::string const& text);

}  // namespace moneta
