// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "evaluate/evaluate.h"

namespace moneta {

/// The evaluation as a human-readable table.
std::string evaluation_table(Evaluation const& evaluation);

}  // namespace moneta
