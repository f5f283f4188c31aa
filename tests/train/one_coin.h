// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "checkpoint/load.h"
#include "train/narrow_run.h"

namespace moneta {

/// A failure that concerns one coin.
enum class Trouble {
  none,
  nan_gradient,
  nan_loss,         ///< the forecast is NaN, and so are loss and gradient
  huge_loss,        ///< finite, and so is the gradient
  nan_parameters,   ///< after the update
  unreadable_data,  ///< as thrown by the source of a streamed shard
  no_memory
};

/// Calls a function before each batch is read, with its number from 0.
class WatchedSource : public WindowSource {
 public:
  WatchedSource(std::unique_ptr<WindowSource> inner, std::function<void(std::size_t)> before)
      : inner_(std::move(inner)), before_(std::move(before)) {}
  bool rows_are_resident() const override { return inner_->rows_are_resident(); }
  std::span<float const> resident_rows(std::size_t k) const override {
    return inner_->resident_rows(k);
  }
  WindowRows windows(std::size_t k, std::span<std::size_t const> samples) override {
    before_(batches_++);
    return inner_->windows(k, samples);
  }

 private:
  std::unique_ptr<WindowSource> inner_;
  std::function<void(std::size_t)> before_;
  std::size_t batches_ = 0;
};

/// A device that computes wrong results while there is trouble.
class WrongBackend : public NarrowBackend {
 public:
  WrongBackend(MemoryBudget& budget, Trouble const& now) : NarrowBackend(budget), now_(now) {}
  void linear(DeviceSpan<float const> x, DeviceSpan<float const> w, DeviceSpan<float const> b,
              DeviceSpan<float> y) override {
    NarrowBackend::linear(x, w, b, y);
    if (now_ == Trouble::nan_loss) spoil(y, std::numeric_limits<float>::quiet_NaN());
    if (now_ == Trouble::huge_loss) spoil(y, 1e15f);
  }
  void linear_backward(DeviceSpan<float const> x, DeviceSpan<float const> w,
                       DeviceSpan<float const> dy, DeviceSpan<float> dx, DeviceSpan<float> dw,
                       DeviceSpan<float> db, InputGradient mode) override {
    NarrowBackend::linear_backward(x, w, dy, dx, dw, db, mode);
    if (now_ == Trouble::nan_gradient) spoil(dw, std::numeric_limits<float>::quiet_NaN());
  }
  void adamw(AdamwStep const& step, DeviceSpan<float> params, DeviceSpan<float> m,
             DeviceSpan<float> v, DeviceSpan<float const> gradients) override {
    NarrowBackend::adamw(step, params, m, v, gradients);
    if (now_ == Trouble::nan_parameters) spoil(params, std::numeric_limits<float>::quiet_NaN());
  }

 private:
  void spoil(DeviceSpan<float> values, float value) {
    inner_.upload(values.data(), &value, sizeof value);
  }
  Trouble const& now_;
};

/// Eight coins on one rank, one of which gets into trouble.
class EightCoins : public NarrowRun {
 protected:
  static constexpr char const* victim = "D";
  /// An epoch has 8 updates of 4 micro-batches and 4 batches of the validation.
  static constexpr std::size_t update = 4, training = 8 * update, epoch = training + 4;
  static constexpr std::size_t mid_of_second_epoch = epoch + 4 * update + 2;

  void SetUp() override {
    NarrowRun::SetUp();
    config_.coins = {"A", "B", "C", "D", "E", "F", "G", "H"};
    config_.model.hidden = 6;
    config_.train.epochs = 3;
    make_backend_ = [this] { return std::make_unique<WrongBackend>(budget_, now_); };
  }

  /// The datasets of the coins. `before` selects the trouble of each batch of the victim.
  std::vector<CoinDataset> watched(std::function<Trouble(std::size_t batch)> const& before) {
    std::vector<CoinDataset> made = datasets(config_.coins);
    for (CoinDataset& each : made) {
      bool const hit = each.coin == victim;
      each.source = std::make_unique<WatchedSource>(
          std::move(each.source), [this, before, hit](std::size_t batch) {
            now_ = hit ? before(batch) : Trouble::none;
            if (now_ == Trouble::unreadable_data) {
              throw Error(ErrorKind::data, "cannot read 'D/2025-01.h5', dataset '/sequences/1m'");
            }
            if (now_ == Trouble::no_memory) throw OutOfMemory("another process took memory.");
          });
    }
    return made;
  }

  /// A run whose victim has trouble at one batch, or at that and all later ones.
  Outcome run_with(Trouble trouble, std::size_t at, bool to_the_end) {
    return run(watched([=](std::size_t batch) {
      bool const hit = to_the_end ? batch >= at : batch == at;
      return hit ? trouble : Trouble::none;
    }));
  }

  /// Starts again from the last checkpoints of `earlier`, without trouble.
  Outcome resume(Outcome const& earlier) {
    std::vector<CoinState> states;
    for (std::string const& coin : config_.coins) {
      SavedCheckpoint const last = earlier.last(coin);
      states.push_back(last.file.empty() ? first_state(coin) : load_checkpoint(folder_, last));
    }
    return run(datasets(config_.coins), 8, std::move(states));
  }

  CoinState first_state(std::string const& coin) {
    TrainingDevice device(make_cpu_backend(1), nullptr, config_, Precision::f32);
    return initial_state(config_, device.layout(), make_dataset(coin), Precision::f32, 8);
  }

  /// Digests of all checkpoints of a coin, oldest first.
  static std::vector<std::string> digests(Outcome const& outcome, std::string const& coin) {
    std::vector<std::string> found;
    for (SavedCheckpoint const& each : outcome.saved) {
      if (each.coin == coin) found.push_back(each.sha256);
    }
    return found;
  }

  void expect_others_equal(Outcome const& outcome, Outcome const& clean) const {
    for (std::string const& coin : config_.coins) {
      if (coin == victim) continue;
      EXPECT_EQ(digests(outcome, coin), digests(clean, coin)) << coin;
      for (EventRecord const& event : outcome.events) {
        if (event.coin != coin) continue;
        EXPECT_EQ(event.event, Event::model_saved) << coin << ": " << event.message;
      }
    }
  }

  Trouble now_ = Trouble::none;
};

}  // namespace moneta
