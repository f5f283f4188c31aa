// SPDX-License-Identifier: Apache-2.0
#include "http/http_client.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <ctime>
#include <string_view>

#include "base/error.h"
#include "base/url.h"

namespace moneta {
namespace {

constexpr long max_redirects = 3;
constexpr int poll_ms = 50;
/// More is not a header that anything here reads.
constexpr std::size_t max_header_bytes = 4096, max_headers = 200;

struct FreeList {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using HeaderList = std::unique_ptr<curl_slist, FreeList>;

/// What libcurl's callbacks fill in.
struct Incoming {
  HttpResult* result;
  std::optional<std::size_t> limit_bytes;  ///< none: the body is discarded
  bool is_too_long = false;
};

std::size_t take_body(char* data, std::size_t size, std::size_t count, void* incoming) {
  auto& into = *static_cast<Incoming*>(incoming);
  std::size_t const bytes = size * count;
  if (!into.limit_bytes) return bytes;
  if (bytes > *into.limit_bytes - into.result->body.size()) {
    into.is_too_long = true;
    return 0;  // ends the transfer
  }
  into.result->body.append(data, bytes);
  return bytes;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  std::size_t const begin = text.find_first_not_of(blanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

/// Called for each line of the headers, also of those of redirects.
std::size_t take_header(char* data, std::size_t size, std::size_t count, void* incoming) {
  auto& headers = static_cast<Incoming*>(incoming)->result->headers;
  std::string_view const line(data, size * count);
  if (line.starts_with("HTTP/")) headers.clear();
  std::size_t const colon = line.find(':');
  if (colon == std::string_view::npos || line.size() > max_header_bytes ||
      headers.size() >= max_headers) {
    return line.size();
  }
  std::string name(line.substr(0, colon));
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  headers[name] = trimmed(line.substr(colon + 1));
  return line.size();
}

void allow_only(CURL* easy, std::string const& scheme) {
#if LIBCURL_VERSION_NUM >= 0x075500  // 7.85
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, scheme.c_str());
  curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS_STR, scheme.c_str());
#else
  long const protocol = scheme == "https" ? CURLPROTO_HTTPS : CURLPROTO_HTTP;
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS, protocol);
  curl_easy_setopt(easy, CURLOPT_REDIR_PROTOCOLS, protocol);
#endif
}

void set_options(CURL* easy, std::string const& url, HttpTimeouts const& timeouts,
                 Incoming& incoming) {
  curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy, CURLOPT_USERAGENT, "moneta");
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, &incoming);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, &incoming);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);  // required with several threads
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(timeouts.connect.count()));
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(timeouts.total.count()));
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 1L);
  curl_easy_setopt(easy, CURLOPT_MAXREDIRS, max_redirects);
  curl_easy_setopt(easy, CURLOPT_POSTREDIR, static_cast<long>(CURL_REDIR_POST_ALL));
#if LIBCURL_VERSION_NUM >= 0x075700                // 7.87
  curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);  // giving up does not wait for DNS
#endif
}

/// The code of the finished transfer; nothing if `give_up` ended it.
std::optional<CURLcode> perform(CURLM* multi, HttpClient::GiveUp const& give_up) {
  for (int running = 1;;) {
    if (curl_multi_perform(multi, &running) != CURLM_OK) return CURLE_FAILED_INIT;
    if (running == 0) break;
    if (give_up()) return std::nullopt;
    curl_multi_poll(multi, nullptr, 0, poll_ms, nullptr);
  }
  int left = 0;
  CURLMsg const* const message = curl_multi_info_read(multi, &left);
  return message != nullptr ? message->data.result : CURLE_FAILED_INIT;
}

/// Whether another attempt would fail in the same way.
bool is_permanent(CURLcode code) {
  return code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_TOO_MANY_REDIRECTS ||
         code == CURLE_URL_MALFORMAT || code == CURLE_PEER_FAILED_VERIFICATION;
}

void set_failure(HttpResult& result, CURLcode code, std::string const& detail,
                 Incoming const& incoming) {
  result.end = is_permanent(code) || incoming.is_too_long ? HttpEnd::refused : HttpEnd::failed;
  result.problem = code == CURLE_UNSUPPORTED_PROTOCOL ? "redirected to another scheme"
                                                      : curl_easy_strerror(code);
  if (incoming.is_too_long) {
    result.problem = fmt::format("the response is longer than {} bytes", *incoming.limit_bytes);
  }
  bool const has_detail = !incoming.is_too_long && !detail.empty();
  result.detail = has_detail ? detail : result.problem;
}

}  // namespace

// Two classes, since CURL and CURLM are both void.
struct HttpClient::Handles {
  std::unique_ptr<CURL, void (*)(CURL*)> easy{curl_easy_init(), curl_easy_cleanup};
  std::unique_ptr<CURLM, CURLMcode (*)(CURLM*)> multi{curl_multi_init(), curl_multi_cleanup};

  bool are_valid() const { return easy && multi; }

  /// Sends the request for which options beyond these have been set.
  HttpResult send(std::string const& url, std::optional<std::size_t> limit_bytes,
                  HttpTimeouts const& timeouts, GiveUp const& give_up) const {
    auto const parsed = parse_url(url);
    if (!parsed) return {HttpEnd::refused, "not an http or https URL", "not an http or https URL"};
    HttpResult result;
    Incoming incoming{&result, limit_bytes};
    std::array<char, CURL_ERROR_SIZE> detail{};
    set_options(easy.get(), url, timeouts, incoming);
    curl_easy_setopt(easy.get(), CURLOPT_ERRORBUFFER, detail.data());
    allow_only(easy.get(), parsed->scheme);
    curl_multi_add_handle(multi.get(), easy.get());
    auto const code = perform(multi.get(), give_up);
    curl_multi_remove_handle(multi.get(), easy.get());
    if (!code) {
      result.end = HttpEnd::interrupted;
    } else if (*code != CURLE_OK) {
      set_failure(result, *code, detail.data(), incoming);
    } else {
      result.end = HttpEnd::response;
      curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &result.status);
    }
    curl_easy_reset(easy.get());  // keeps the connections
    return result;
  }
};

void prepare_http() {
  static CURLcode const status = curl_global_init(CURL_GLOBAL_DEFAULT);
  MONETA_REQUIRE(
      status == CURLE_OK, internal,
      "cannot initialize libcurl ({}). For a run, set alert.webhook_url to null to do without it?",
      curl_easy_strerror(status));
}

HttpClient::HttpClient() : handles_(std::make_unique<Handles>()) {}

HttpClient::~HttpClient() = default;

HttpResult HttpClient::get(std::string const& url, std::size_t limit_bytes,
                           HttpTimeouts const& timeouts, GiveUp const& give_up) {
  if (!handles_->are_valid()) return {HttpEnd::failed, "out of memory", "out of memory"};
  curl_easy_setopt(handles_->easy.get(), CURLOPT_HTTPGET, 1L);
  curl_easy_setopt(handles_->easy.get(), CURLOPT_ACCEPT_ENCODING, "");  // what libcurl can unpack
  return handles_->send(url, limit_bytes, timeouts, give_up);
}

HttpResult HttpClient::post_json(std::string const& url, std::string const& json,
                                 HttpTimeouts const& timeouts, GiveUp const& give_up) {
  HeaderList headers(curl_slist_append(nullptr, "Content-Type: application/json"));
  // Without this, a long body waits for a "100 Continue" response.
  if (!headers || !handles_->are_valid() ||
      curl_slist_append(headers.get(), "Expect:") == nullptr) {
    return {HttpEnd::failed, "out of memory", "out of memory"};
  }
  CURL* const easy = handles_->easy.get();
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, static_cast<long>(json.size()));
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, json.c_str());
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers.get());
  return handles_->send(url, std::nullopt, timeouts, give_up);
}

std::optional<std::int64_t> http_date_s(std::string const& text) {
  std::time_t const time_s = curl_getdate(text.c_str(), nullptr);
  if (time_s < 0) return std::nullopt;
  return time_s;
}

}  // namespace moneta
