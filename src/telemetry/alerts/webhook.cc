// SPDX-License-Identifier: Apache-2.0
#include "telemetry/alerts/webhook.h"

#include <curl/curl.h>

#include <memory>
#include <optional>

#include "base/error.h"
#include "base/url.h"

namespace moneta {
namespace {

constexpr long max_redirects = 3;
constexpr int poll_ms = 50;

// Two classes, since CURL and CURLM are both void.
struct Easy {
  std::unique_ptr<CURL, void (*)(CURL*)> handle{curl_easy_init(), curl_easy_cleanup};
};
struct Multi {
  std::unique_ptr<CURLM, CURLMcode (*)(CURLM*)> handle{curl_multi_init(), curl_multi_cleanup};
};

std::size_t discard(char* /*data*/, std::size_t size, std::size_t count, void* /*nothing*/) {
  return size * count;
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

void set_options(CURL* easy, std::string const& url, std::string const& body,
                 WebhookTimeouts const& timeouts) {
  curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
  curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body.c_str());
  curl_easy_setopt(easy, CURLOPT_USERAGENT, "moneta");
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, discard);
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
std::optional<CURLcode> perform(CURLM* multi, GiveUp const& give_up) {
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

SendResult result_of(CURL* easy, CURLcode code) {
  if (code != CURLE_OK) {
    bool const is_permanent = code == CURLE_UNSUPPORTED_PROTOCOL ||
                              code == CURLE_TOO_MANY_REDIRECTS || code == CURLE_URL_MALFORMAT ||
                              code == CURLE_PEER_FAILED_VERIFICATION;
    return {false, !is_permanent,
            code == CURLE_UNSUPPORTED_PROTOCOL ? "redirected to another scheme"
                                               : curl_easy_strerror(code)};
  }
  long status = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  bool const is_rejected = status >= 300 && status < 500 && status != 408 && status != 429;
  return {status >= 200 && status < 300, !is_rejected, fmt::format("HTTP status {}", status)};
}

}  // namespace

void prepare_webhooks() {
  static CURLcode const status = curl_global_init(CURL_GLOBAL_DEFAULT);
  MONETA_REQUIRE(status == CURLE_OK, internal,
                 "cannot initialize libcurl ({}). Set alert.webhook_url to null to run without it?",
                 curl_easy_strerror(status));
}

SendResult post_json(std::string const& url, std::string const& body,
                     WebhookTimeouts const& timeouts, GiveUp const& give_up) {
  auto const parsed = parse_url(url);
  if (!parsed) return {false, false, "not an http or https URL"};
  struct FreeList {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };
  Easy const easy;
  Multi const multi;
  std::unique_ptr<curl_slist, FreeList> headers(
      curl_slist_append(nullptr, "Content-Type: application/json"));
  // Without this, a long body waits for a "100 Continue" response.
  if (!headers || !easy.handle || !multi.handle ||
      curl_slist_append(headers.get(), "Expect:") == nullptr) {
    return {false, true, "out of memory"};
  }
  set_options(easy.handle.get(), url, body, timeouts);
  allow_only(easy.handle.get(), parsed->scheme);
  curl_easy_setopt(easy.handle.get(), CURLOPT_HTTPHEADER, headers.get());
  curl_multi_add_handle(multi.handle.get(), easy.handle.get());
  auto const code = perform(multi.handle.get(), give_up);
  SendResult result =
      code ? result_of(easy.handle.get(), *code) : SendResult{false, false, "the run ended first"};
  curl_multi_remove_handle(multi.handle.get(), easy.handle.get());
  return result;
}

}  // namespace moneta
