// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <memory>
#include <utility>

#include "base/error.h"
#include "train/rank_run.h"

namespace moneta {

/// The passes of the linear layers of the head for one micro-batch, in order.
enum class HeadPass { hidden_forward, output_forward, output_backward, hidden_backward };

/// A point of a run. All numbers count from 0.
struct RunPoint {
  /// An `update` that means the validation; its batches have the two forward passes.
  static constexpr std::size_t validation = 8;

  std::size_t epoch = 0;  ///< over all coins: with two coins, 1 is the first epoch of the second
  std::size_t update = 0;
  std::size_t batch = 0;  ///< micro-batch of the update, or batch of the validation, of this rank
  HeadPass pass = HeadPass::hidden_forward;
};

/// RankRun with a NarrowBackend.
class NarrowRun : public RankRun {
 protected:
  void SetUp() override {
    RankRun::SetUp();
    config_.model.hidden = 48;  // parameters need as much memory as activations
    config_.train.epochs = 2;
    make_backend_ = [this] {
      auto backend = std::make_unique<NarrowBackend>(budget_);
      backend->before_linear = before_linear_;
      backend->before_lstm_backward = before_lstm_backward_;
      return backend;
    };
  }

  /// At this point the device runs out of memory. From then on its size is `share` of what is
  /// allocated at that time. This rank has `micro_batches` per update.
  void run_out_at(RunPoint const& point, double share, std::size_t micro_batches = 4) {
    fail_at(point, micro_batches, [=, this] {
      budget_.total = static_cast<std::size_t>(share * static_cast<double>(budget_.used));
      throw OutOfMemory("another process took memory.");
    });
  }

  /// Calls `fail`, which throws, at this point.
  void fail_at(RunPoint const& point, std::size_t micro_batches, std::function<void()> fail) {
    constexpr std::size_t passes = 4, validation_batches = 4, validation_passes = 2;
    std::size_t const update_passes = micro_batches * passes;
    std::size_t const epoch_passes =
        RunPoint::validation * update_passes + validation_batches * validation_passes;
    std::size_t const batch_passes =
        point.update == RunPoint::validation ? validation_passes : passes;
    std::size_t const failing_call = point.epoch * epoch_passes + point.update * update_passes +
                                     point.batch * batch_passes +
                                     static_cast<std::size_t>(point.pass);
    before_linear_ = [failing_call, fail = std::move(fail)](std::size_t call) {
      if (call == failing_call) fail();
    };
  }

  /// The largest difference of a parameter.
  double distance(SavedCheckpoint const& a, SavedCheckpoint const& b) const {
    CoinState const one = read(a), other = read(b);
    double largest = 0;
    for (std::size_t i = 0; i < one.params.size(); ++i) {
      largest = std::max(largest, std::abs(double{one.params[i]} - double{other.params[i]}));
    }
    return largest;
  }

  /// The same at a backward pass of an LSTM layer, with the number of earlier ones. A micro-batch
  /// has one for each layer.
  void run_out_at_lstm_backward(std::size_t failing_call, double share) {
    before_lstm_backward_ = [=, this](std::size_t call) {
      if (call != failing_call) return;
      budget_.total = static_cast<std::size_t>(share * static_cast<double>(budget_.used));
      throw OutOfMemory("another process took memory.");
    };
  }

  std::function<void(std::size_t)> before_linear_, before_lstm_backward_;
};

}  // namespace moneta
