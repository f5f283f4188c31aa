// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "base/error.h"

namespace moneta {

/// The text of an error that ends the program: an internal error gets a request to report it with
/// the version of the program.
std::string final_text(Error const& error);

}  // namespace moneta
