// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstring>

#include "backend/copy_stream.h"

namespace moneta::cpu {

/// Every copy is done when its call returns.
class HostCopyQueue : public CopyQueue {
 public:
  void upload(void* device, void const* host, std::size_t bytes) override {
    if (bytes > 0) std::memcpy(device, host, bytes);
  }
  void download(void* host, void const* device, std::size_t bytes) override {
    if (bytes > 0) std::memcpy(host, device, bytes);
  }
  void after_computing() override {}
  void before_computing() override {}
  void wait() override {}
};

}  // namespace moneta::cpu
