// SPDX-License-Identifier: Apache-2.0
#include "base/alert_template.h"

namespace moneta {

AlertTemplate resolve_template(AlertTemplate wanted, Url const& url) {
  if (wanted != AlertTemplate::automatic) return wanted;
  if (url.host == "hooks.slack.com") return AlertTemplate::slack;
  if (url.host == "discord.com" || url.host == "discordapp.com") return AlertTemplate::discord;
  if (url.host == "api.telegram.org") return AlertTemplate::telegram;
  return AlertTemplate::json;
}

}  // namespace moneta
