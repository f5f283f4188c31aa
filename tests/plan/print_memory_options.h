// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ostream>

#include "plan/memory_options.h"

namespace moneta {

/// How GoogleTest prints them.
inline void PrintTo(MemoryOptions const& options, std::ostream* out) { *out << to_text(options); }

}  // namespace moneta
