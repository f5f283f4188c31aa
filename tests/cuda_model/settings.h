// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "cuda_model/model.h"

namespace cuda_model {

/// The text in an environment variable; empty if it is unset.
std::string text_setting(char const* name);

/// Which stream runs next; CUDA_MODEL_SEED modulo 4.
enum class Policy {
  eager,    ///< operations run as soon as their events allow, like on a GPU that is faster than the
            ///< host
  uniform,  ///< any stream that can run, each with the same probability
  priorities,  ///< streams and the host have random priorities, which change now and then; the
               ///< highest runs
  lazy,        ///< operations run only when the host waits, and no more of them than it waits for
};

std::uint64_t seed();
Policy policy();
char const* policy_name();

}  // namespace cuda_model
