// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "base/url.h"

namespace moneta {

/// The format of the body that a webhook receives; `automatic` depends on the host of its URL.
enum class AlertTemplate { automatic, json, slack, discord, telegram };

/// `wanted`, or for `automatic` the format of the service at `url`: json for unknown hosts.
AlertTemplate resolve_template(AlertTemplate wanted, Url const& url);

}  // namespace moneta
