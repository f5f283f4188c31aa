// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace moneta {

/// Writes a line to standard error: "moneta: text", "moneta: warning: text" or "moneta: error:
/// text". May be called from any thread.
void log_info(std::string const& text);
void log_warning(std::string const& text);
void log_error(std::string const& text);

}  // namespace moneta
