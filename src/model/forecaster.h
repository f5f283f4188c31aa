// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "backend/backend.h"
#include "backend/gradient_all_reduce.h"
#include "base/loss.h"
#include "base/recompute.h"
#include "config/config.h"
#include "model/parameters.h"

namespace moneta {

/// The sizes and options that a forecaster is planned for.
struct ForecasterShape {
  ModelConfig model;
  std::vector<TimeframeConfig> timeframes;  ///< K
  std::size_t batch = 0;                    ///< N: windows in one forward and backward pass
  Precision precision = Precision::f32;
  bool training = true;  ///< false: forward only
  Recompute recompute;
  LossFunction loss = LossFunction::mse;
  float huber_delta = 1;
  LstmAlgorithms algorithms;  ///< for training; evaluation uses the standard one
  /// Training computes the gradients of a layer's weights concurrently with the backward pass of
  /// the layer below, on devices that can. By design this changes no bit: every array is computed
  /// by the same algorithms in the same order. tests/backend/overlap_test.cc compares both on a
  /// GPU.
  bool overlap_weight_gradients = false;
};

/// The names of its timeframes [K].
std::vector<std::string> timeframe_names(ForecasterShape const& shape);

/// Device memory of a forecaster. The arena, one allocation of exactly arena() bytes, contains
/// `activations`, `workspace` and `scratch`; the layers own `packed_weights`.
struct ForecasterBytes {
  std::size_t activations = 0;  ///< x, y, gradients, head
  std::size_t workspace = 0;    ///< see LstmBytes; summed over the layers
  std::size_t scratch = 0;      ///< see LstmBytes; shared by all layers
  std::size_t packed_weights = 0;
  std::size_t arena() const { return activations + workspace + scratch; }
  std::size_t total() const { return arena() + packed_weights; }
};
ForecasterBytes forecaster_bytes(DeviceFacts const& device, ForecasterShape const& shape);

/// One timeframe of a batch on the device. data/dataset.h explains rows and ends.
struct DeviceWindows {
  DeviceSpan<float const> rows;            ///< [R,F]
  DeviceSpan<std::int64_t const> ends;     ///< [N]
  DeviceSpan<float const> mean;            ///< [F]
  DeviceSpan<float const> inverse_stddev;  ///< [F]
};

struct DeviceBatch {
  std::vector<DeviceWindows> windows;       ///< [K]
  DeviceSpan<float const> target;           ///< [N] scaled; may be empty for `predict`
  std::size_t valid_count = 0;              ///< the first windows; those after them are padding
  DeviceSpan<std::uint64_t const> samples;  ///< [N] key of each window, for its dropout masks
};

/// Called for a part of the gradient when all work that adds to it is queued on the backend.
using GradientPartReady = std::function<void(GradientPart)>;

/// The model for one batch size on one device: an Encoder for each timeframe, and a Head. It owns
/// layers, activations and workspaces, but nothing of a coin: the caller provides parameters and
/// gradients as flat arrays [P].
class Forecaster {
 public:
  Forecaster(Backend& backend, ForecasterShape const& shape);
  /// Uses an arena of at least forecaster_bytes().arena() bytes, which must outlive the forecaster.
  /// Several forecasters may share it, because no call depends on what an earlier call left there.
  Forecaster(Backend& backend, ForecasterShape const& shape, DeviceMemory& arena);
  Forecaster(Forecaster const&) = delete;
  Forecaster& operator=(Forecaster const&) = delete;
  ~Forecaster();

  ParameterLayout const& layout() const;
  ForecasterShape const& shape() const;
  /// gradient_parts of the shape.
  std::vector<GradientPart> const& gradient_parts() const;

  /// Loads parameters [P]; once per update, before the other calls. The array must stay valid and
  /// unchanged until the next call of load_parameters: the head reads it in place.
  void load_parameters(DeviceSpan<float const> params);

  /// Returns predictions [N] of the scaled target, without dropout. Valid until the next call.
  DeviceSpan<float const> predict(DeviceBatch const& batch);

  /// Forward pass with dropout, loss and backward pass. Adds d(scale * sum of the losses of the
  /// valid windows) / d params to gradients [P], and the summed loss to the backend's running sum.
  /// `dropout_key` selects the masks, see DropoutMasks. `part_ready`, if any, is called once for
  /// each of gradient_parts(), in that order, while later parts are still to be queued.
  void accumulate_gradient(DeviceBatch const& batch, std::uint64_t dropout_key, float scale,
                           DeviceSpan<float> gradients, GradientPartReady const& part_ready = {});

  /// Adds the summed loss of `predict` for the valid windows to the backend's running sum.
  void add_loss(DeviceBatch const& batch);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace moneta
