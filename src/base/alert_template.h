// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/url.h"

namespace moneta {

/// The format of the body that a webhook receives; `automatic` depends on the host of its URL.
enum class AlertTemplate { automatic, json, slack, discord, telegram };

/// `wanted`, or for `automatic` the format of the service at `url`: json for unknown hosts.
AlertTemplate resolve_template(AlertTemplate wanted, Url const& url);

/// What `alert.webhook_url` and `alert.template` mean.
struct Webhook {
  AlertTemplate body = AlertTemplate::json;  ///< never `automatic`
  std::string address;                       ///< the URL to which alerts are posted
  std::string chat_id;                       ///< part of the body for Telegram, else empty
};

/// Throws Error (config), without the secrets in the URL, if it is not an http or https URL, or is
/// one of Telegram without the parameter chat_id.
Webhook parse_webhook(std::string const& url, AlertTemplate wanted);

}  // namespace moneta
