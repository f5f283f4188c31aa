// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstring>
#include <memory>

#include "backend/copy_stream.h"

namespace moneta::cpu {

/// Copies that were finished when they were queued.
class FinishedCopies : public CopyEvent {
 public:
  void wait() override {}
};

/// Copies synchronously: every copy is finished when its call returns.
class HostCopyStream : public CopyStream {
 public:
  void upload(void* device, void const* host, std::size_t bytes) override {
    if (bytes > 0) std::memcpy(device, host, bytes);
  }
  void download(void* host, void const* device, std::size_t bytes) override {
    if (bytes > 0) std::memcpy(host, device, bytes);
  }
  void wait_for_compute() override {}
  void block_compute() override {}
  std::unique_ptr<CopyEvent> record() override { return std::make_unique<FinishedCopies>(); }
  void wait() override {}
};

}  // namespace moneta::cpu
