// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstring>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
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

/// Copies that nobody has waited for yet, in order. Any thread may wait for them.
class LateCopies {
 public:
  void queue(std::function<void()> copy) {
    std::lock_guard const lock(mutex_);
    pending_.push_back(std::move(copy));
    ++queued_;
  }
  std::size_t queued() const {
    std::lock_guard const lock(mutex_);
    return queued_;
  }
  /// Performs the first `count` copies, except those that have been performed.
  void copy_first(std::size_t count) {
    std::lock_guard const lock(mutex_);
    while (queued_ - pending_.size() < count) {
      pending_.front()();
      pending_.pop_front();
    }
  }

 private:
  mutable std::mutex mutex_;
  std::deque<std::function<void()>> pending_;  // the mutex guards this and the member below
  std::size_t queued_ = 0;
};

/// Copies as late as the contract of CopyStream allows.
class LateCopyStream : public CopyStream {
 public:
  ~LateCopyStream() override { copy_all(); }
  void upload(void* device, void const* host, std::size_t bytes) override {
    copies_->queue([=] { std::memcpy(device, host, bytes); });
  }
  void download(void* host, void const* device, std::size_t bytes) override {
    copies_->queue([=] { std::memcpy(host, device, bytes); });
  }
  void wait_for_compute() override {}
  void block_compute() override { copy_all(); }
  std::unique_ptr<CopyEvent> record() override { return std::make_unique<LateCopyEvent>(copies_); }
  void wait() override { copy_all(); }

 private:
  class LateCopyEvent : public CopyEvent {
   public:
    explicit LateCopyEvent(std::shared_ptr<LateCopies> copies)
        : copies_(std::move(copies)), count_(copies_->queued()) {}
    void wait() override { copies_->copy_first(count_); }

   private:
    std::shared_ptr<LateCopies> copies_;
    std::size_t count_;
  };
  void copy_all() { copies_->copy_first(copies_->queued()); }

  std::shared_ptr<LateCopies> copies_ = std::make_shared<LateCopies>();
};

/// The CPU as a device with its own memory, whose size is limited, and with a hook for failures.
/// Memory of `allocate_on_host` is limited too, if it has a budget.
class NarrowBackend : public WrappedBackend {
 public:
  explicit NarrowBackend(MemoryBudget& budget, std::unique_ptr<Backend> cpu = make_cpu_backend(1),
                         MemoryBudget* host_budget = nullptr)
      : WrappedBackend(*cpu), cpu_(std::move(cpu)), budget_(budget), host_budget_(host_budget) {}

  /// Called before each forward and backward pass of a linear layer, with the number of earlier
  /// passes. Only the head of a model has linear layers.
  std::function<void(std::size_t)> before_linear;
  /// The same for the backward passes of LSTM layers.
  std::function<void(std::size_t)> before_lstm_backward;

  std::string description() const override { return "a narrow device"; }
  std::string rounding_identity() const override { return description(); }
  std::optional<DeviceMemoryUse> memory_use() const override {
    return DeviceMemoryUse{std::size_t{1} << 40, 0};
  }
  std::unique_ptr<DeviceMemory> allocate(std::size_t bytes) override {
    return std::make_unique<CountedMemory>(budget_, bytes, WrappedBackend::allocate(bytes));
  }
  std::unique_ptr<DeviceMemory> allocate_on_host(std::size_t bytes) override {
    auto memory = WrappedBackend::allocate_on_host(bytes);
    if (!host_budget_) return memory;
    return std::make_unique<CountedMemory>(*host_budget_, bytes, std::move(memory));
  }
  std::unique_ptr<LstmLayer> make_lstm(LstmShape const& shape) override {
    return std::make_unique<CountedLayer>(*this, lstm_bytes(shape).packed_weights,
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
                       DeviceSpan<float> db, InputGradient mode) override {
    if (before_linear) before_linear(linear_calls_++);
    WrappedBackend::linear_backward(x, w, dy, dx, dw, db, mode);
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
    CountedLayer(NarrowBackend& device, std::size_t bytes, std::unique_ptr<LstmLayer> layer)
        : device_(device), share_(device.budget_, bytes), layer_(std::move(layer)) {}
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
      if (device_.before_lstm_backward) {
        device_.before_lstm_backward(device_.lstm_backward_calls_++);
      }
      layer_->backward(x, y, dy, workspace, scratch, dx, d_parameters);
    }

   private:
    NarrowBackend& device_;
    Share share_;
    std::unique_ptr<LstmLayer> layer_;
  };

  std::unique_ptr<Backend> cpu_;
  MemoryBudget& budget_;
  MemoryBudget* host_budget_;
  std::size_t linear_calls_ = 0, lstm_backward_calls_ = 0;
};

}  // namespace moneta
