// SPDX-License-Identifier: Apache-2.0
#include "cli/error_report.h"

#include "base/version.h"

namespace moneta {

std::string final_text(Error const& error) {
  std::string text = error.what();
  if (error.kind() != ErrorKind::internal) return text;
  if (!text.ends_with('.') && !text.ends_with('?')) text += '.';
  return fmt::format(
      "{} This is a mistake in the program; please report it with the version, moneta {}", text,
      version_text());
}

}  // namespace moneta
