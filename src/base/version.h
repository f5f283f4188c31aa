// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

namespace moneta {

/// The version of the program: "0.1.0".
std::string const& version_number();

/// The version with the git revision that was built: "0.1.0 (git 1a2b3c4)", with "-dirty" after the
/// revision if tracked files had uncommitted changes, or "0.1.0" if the source was not in a git
/// repository.
std::string const& version_text();

}  // namespace moneta
