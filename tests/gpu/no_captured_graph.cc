// SPDX-License-Identifier: Apache-2.0
// Implements captured_graph.h in a build without CUDA.
#include "base/error.h"
#include "captured_graph.h"

namespace moneta {

std::unique_ptr<CapturedGraph> capture(Backend& backend, std::function<void()> const& /*work*/) {
  throw Error(
      ErrorKind::device,
      fmt::format(
          "the calls of this backend cannot be captured ({}, and this build has no CUDA). Build on a machine with CUDA, cuDNN and NCCL?",
          backend.description()));
}

}  // namespace moneta
