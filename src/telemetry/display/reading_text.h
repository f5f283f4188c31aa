// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/json.h"

namespace moneta {

/// A device reading in a few words: "62 C 310/345 W 9.7/12.0 GiB 98 %". Takes the members of
/// GpuReading and HostReading; those that are missing or not numbers are left out.
std::string reading_text(Json const& reading);

}  // namespace moneta
