// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstring>
#include <deque>
#include <functional>
#include <memory>
#include <utility>

#include "backend/cpu/make.h"
#include "base/error.h"
#include "support/wrapped_backend.h"

namespace moneta {

/// The memory of a device that other processes leave free.
struct MemoryBudget {
  std::size_t total = std::size_t{1} << 40, used = 0, peak = 0;

  void take(std::size_t bytes) {
    if (used + bytes > total) throw OutOfMemory(fmt::format("no memory for {} bytes.", bytes));
    used += bytes;
    peak = std::max(peak, used);
  }
};

/// Copies as late as the contract of CopyStream allows.
class LateCopyStream : public CopyStream {
 public:
  ~LateCopyStream() override { copy_all(); }
  void upload(void* device, void const* host, std::size_t bytes) override {
    pending_.push_back([=] { std::memcpy(device, host, bytes); });
  }
  void download(void* host, void const* device, std::size_t bytes) override {
    pending_.push_back([=] { std::memcpy(host, device, bytes); });
  }
  void wait_for_compute() override {}
  void block_compute() override { copy_all(); }
  void wait() override { copy_all(); }

 private:
  void copy_all() {
    for (auto const& copy : std::exchange(pending_, {})) copy();
  }
  std::deque<std::function<void()>> pending_;
};

/// The CPU as a device with its own memory, whose size is limited, and with a hook for failures.
class NarrowBackend : public WrappedBackend {
 public:
  explicit NarrowBackend(MemoryBudget& budget, std::unique_ptr<Backend> cpu = make_cpu_backend(1))
      : WrappedBackend(*cpu), cpu_(std::move(cpu)), budget_(budget) {}

  /// Called before each forward and backward pass of a linear layer, with the number of earlier
  /// passes. Only the head of a model has linear layers.
  std::function<void(std::size_t)> before_linear;

  std::string description() const override { return "a narrow device"; }
  std::optional<DeviceMemoryUse> memory_use() const override {
    return DeviceMemoryUse{std::size_t{1} << 40, 0};
  }
  std::unique_ptr<DeviceMemory> allocate(std::size_t bytes) override {
    return std::make_unique<CountedMemory>(budget_, bytes, WrappedBackend::allocate(bytes));
  }
  std::unique_ptr<LstmLayer> make_lstm(LstmShape const& shape) override {
    return std::make_unique<CountedLayer>(budget_, lstm_bytes(shape).packed_weights,
                                          WrappedBackend::make_lstm(shape));
  }
  std::unique_ptr<CopyStream> make_copy_stream() override {
    return std::make_unique<LateCopyStream>();
  }
  void linear(DeviceSpan<float const> x, DeviceSpan<float const> w, DeviceSpan<float const> b,
              DeviceSpan<float> y) override {
    if (before_linear) before_linear(linear_calls_++);
    WrappedBackend::linear(x, w, b, y);
  }
  void linear_backward(DeviceSpan<float const> x, DeviceSpan<float const> w,
                       DeviceSpan<float const> dy, DeviceSpan<float> dx, DeviceSpan<float> dw,
                       DeviceSpan<float> db) override {
    if (before_linear) before_linear(linear_calls_++);
    WrappedBackend::linear_backward(x, w, dy, dx, dw, db);
  }

 private:
  /// A part of the budget, while it exists.
  struct Share {
    Share(MemoryBudget& of, std::size_t size) : budget(of), bytes(size) { budget.take(bytes); }
    Share(Share const&) = delete;
    Share& operator=(Share const&) = delete;
    ~Share() { budget.used -= bytes; }
    MemoryBudget& budget;
    std::size_t bytes;
  };
  class CountedMemory : public DeviceMemory {
   public:
    CountedMemory(MemoryBudget& budget, std::size_t bytes, std::unique_ptr<DeviceMemory> memory)
        : share_(budget, bytes), memory_(std::move(memory)) {}
    void* data() override { return memory_->data(); }
    std::size_t bytes() const override { return memory_->bytes(); }

   private:
    Share share_;
    std::unique_ptr<DeviceMemory> memory_;
  };
  class CountedLayer : public LstmLayer {
   public:
    CountedLayer(MemoryBudget& budget, std::size_t bytes, std::unique_ptr<LstmLayer> layer)
        : share_(budget, bytes), layer_(std::move(layer)) {}
    void load_parameters(DeviceSpan<float const> parameters) override {
      layer_->load_parameters(parameters);
    }
    void forward(Activations x, Activations y, DeviceSpan<std::byte> workspace,
                 DeviceSpan<std::byte> scratch) override {
      layer_->forward(x, y, workspace, scratch);
    }
    void backward(Activations x, Activations y, Activations dy, DeviceSpan<std::byte> workspace,
                  DeviceSpan<std::byte> scratch, Activations dx,
                  DeviceSpan<float> d_parameters) override {
      layer_->backward(x, y, dy, workspace, scratch, dx, d_parameters);
    }

   private:
    Share share_;
    std::unique_ptr<LstmLayer> layer_;
  };

  std::unique_ptr<Backend> cpu_;
  MemoryBudget& budget_;
  std::size_t linear_calls_ = 0;
};

}  // namespace moneta
