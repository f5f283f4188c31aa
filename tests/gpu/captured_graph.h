// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>

#include "backend/backend.h"

namespace moneta {

/// A CUDA graph: calls to a GPU's backend that were captured once and are launched again together.
/// It uses the memory that the calls were captured with, which must outlive it.
class CapturedGraph {
 public:
  CapturedGraph() = default;
  CapturedGraph(CapturedGraph const&) = delete;
  CapturedGraph& operator=(CapturedGraph const&) = delete;
  virtual ~CapturedGraph() = default;
  /// Queues all calls; does not wait.
  virtual void launch() = 0;
};

/// Captures what `work` queues on `backend` instead of running it. Throws Error (device) if this
/// build has no CUDA, the backend does not use a GPU, or a call cannot be captured: one that waits,
/// or one of a library that does not support it.
std::unique_ptr<CapturedGraph> capture(Backend& backend, std::function<void()> const& work);

}  // namespace moneta
