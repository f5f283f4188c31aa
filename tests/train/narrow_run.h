// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>

#include "base/error.h"
#include "train/rank_run.h"

namespace moneta {

/// RankRun on a device of the CPU that has little room.
class NarrowRun : public RankRun {
 protected:
  void SetUp() override {
    RankRun::SetUp();
    config_.model.hidden = 48;  // parameters weigh as much as activations
    config_.train.epochs = 2;
    make_backend_ = [this] {
      auto backend = std::make_unique<NarrowBackend>(room_);
      backend->before_product = before_product_;
      return backend;
    };
  }
  /// The device finds no memory at this product of a head, and from then on has only `share` of
  /// what is taken then.
  void run_out_at(std::size_t product, double share) {
    before_product_ = [=, this](std::size_t number) {
      if (number != product) return;
      room_.total = static_cast<std::size_t>(share * static_cast<double>(room_.used));
      throw OutOfMemory("another process took memory.");
    };
  }
  double distance(SavedCheckpoint const& a, SavedCheckpoint const& b) const {
    CoinState const one = read(a), other = read(b);
    double largest = 0;
    for (std::size_t i = 0; i < one.params.size(); ++i) {
      largest = std::max(largest, std::abs(double{one.params[i]} - double{other.params[i]}));
    }
    return largest;
  }

  std::function<void(std::size_t)> before_product_;
};

}  // namespace moneta
