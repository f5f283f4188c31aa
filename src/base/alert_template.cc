// SPDX-License-Identifier: Apache-2.0
#include "base/alert_template.h"

#include "base/error.h"

namespace moneta {

AlertTemplate resolve_template(AlertTemplate wanted, Url const& url) {
  if (wanted != AlertTemplate::automatic) return wanted;
  if (url.host == "hooks.slack.com") return AlertTemplate::slack;
  if (url.host == "discord.com" || url.host == "discordapp.com") return AlertTemplate::discord;
  if (url.host == "api.telegram.org") return AlertTemplate::telegram;
  return AlertTemplate::json;
}

Webhook parse_webhook(std::string const& url, AlertTemplate wanted) {
  auto const parts = parse_url(url);
  MONETA_REQUIRE(
      parts, config,
      "alert.webhook_url is not a URL that starts with http:// or https:// (the value is not shown, as it may be a secret). Correct it?");
  Webhook webhook{.body = resolve_template(wanted, *parts), .address = url, .chat_id = ""};
  if (webhook.body != AlertTemplate::telegram) return webhook;
  webhook.chat_id = query_value(parts->query, "chat_id").value_or("");
  MONETA_REQUIRE(
      !webhook.chat_id.empty(), config,
      "alert.webhook_url: {} has no chat_id (Telegram requires one). Append ?chat_id=... to it",
      public_url(url));
  webhook.address = without_query_value(*parts, "chat_id");
  return webhook;
}

}  // namespace moneta
