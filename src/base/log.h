// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace moneta {

/// Lines for people on standard error: "moneta: text", "moneta: warning: text" and
/// "moneta: error: text". From any thread.
void log_info(std::string const& text);
void log_warning(std::string const& text);
void log_error(std::string const& text);

}  // namespace moneta
