// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <dlfcn.h>
#include <unistd.h>

#include <cstdint>
#include <stdexcept>
#include <string>

#include "telemetry/monitor/fake_nvml.h"

namespace moneta {

inline constexpr std::uint64_t gib = std::uint64_t{1} << 30;

/// Loads the fake NVML library, resets it and gives access to its results.
class WithFakeNvml {
 public:
  explicit WithFakeNvml(char const* library = MONETA_FAKE_NVML)
      : library_(library), handle_(::dlopen(library, RTLD_NOW | RTLD_LOCAL)) {
    if (!handle_) throw std::runtime_error(::dlerror());
    card_ = reinterpret_cast<FakeNvml* (*)()>(::dlsym(handle_, "fake_nvml"))();
    *card_ = FakeNvml();
    add_process(static_cast<unsigned>(::getpid()), 11ULL << 30);
  }
  WithFakeNvml(WithFakeNvml const&) = delete;
  WithFakeNvml& operator=(WithFakeNvml const&) = delete;
  ~WithFakeNvml() { ::dlclose(handle_); }

  std::string const& library() const { return library_; }
  FakeNvml* operator->() const { return card_; }

  void add_process(unsigned pid, unsigned long long bytes) {
    card_->processes[card_->process_count++] = {pid, bytes};
  }

 private:
  std::string library_;
  void* handle_;
  FakeNvml* card_;
};

}  // namespace moneta
