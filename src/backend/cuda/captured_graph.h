// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>

#include "backend/backend.h"

namespace moneta {

/// Calls of a GPU's backend, recorded once and queued again as one launch: a CUDA graph. It reads
/// and writes the memory that the calls were recorded with, which must outlive it.
class CapturedGraph {
 public:
  CapturedGraph() = default;
  CapturedGraph(CapturedGraph const&) = delete;
  CapturedGraph& operator=(CapturedGraph const&) = delete;
  virtual ~CapturedGraph() = default;
  /// Queues all calls; does not wait.
  virtual void replay() = 0;
};

/// Records what `work` queues on `backend` instead of running it. Throws Error (device) if the
/// backend is not of a GPU, or a call cannot be recorded: one that waits, or one of a library that
/// does not allow it.
std::unique_ptr<CapturedGraph> record(Backend& backend, std::function<void()> const& work);

}  // namespace moneta
