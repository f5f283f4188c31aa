// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "backend/gpus.h"

namespace moneta {

/// Calls set_cuda_environment before `main` of every test program that includes this: before there
/// are other threads.
inline bool const cuda_environment_is_set = [] {
  set_cuda_environment();
  return true;
}();

}  // namespace moneta
