// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "backend/backend.h"
#include "config/config.h"
#include "model/parameters.h"

namespace moneta {

/// What the backward pass computes again instead of keeping it. It costs time and changes no
/// number.
struct Recompute {
  bool layers = false;      ///< every layer's forward, from what the layer below gave
  bool timeframes = false;  ///< every timeframe's forward, from its windows
  bool operator==(Recompute const&) const = default;
};

/// What a forecaster is planned for.
struct ForecasterShape {
  ModelConfig model;
  std::vector<TimeframeConfig> timeframes;  ///< K
  std::size_t batch = 0;                    ///< N: windows in one forward (and backward)
  Precision precision = Precision::f32;
  bool training = true;  ///< false: forward only
  Recompute recompute;
  LossFunction loss = LossFunction::mse;
  float huber_delta = 1;
  LstmAlgorithms algorithms;  ///< for training; evaluation is by the standard one
};

/// Device memory a forecaster takes, without making it: `activations`, `workspace` and `scratch`
/// are one allocation of exactly this size.
struct ForecasterBytes {
  std::size_t activations = 0;  ///< x, y, gradients, head
  std::size_t workspace = 0;    ///< what LSTM layers keep from forward to backward
  std::size_t engines = 0;      ///< packed weights and gradients
  std::size_t scratch = 0;
  std::size_t arena() const { return activations + workspace + scratch; }
  std::size_t total() const { return arena() + engines; }
};
ForecasterBytes forecaster_bytes(DeviceFacts const& device, ForecasterShape const& shape);

/// One timeframe of a batch, on the device: see data/dataset.h for the meaning of rows and ends.
struct DeviceWindows {
  DeviceSpan<float const> rows;            ///< [R,F]
  DeviceSpan<std::int64_t const> ends;     ///< [N]
  DeviceSpan<float const> mean;            ///< [F]
  DeviceSpan<float const> inverse_stddev;  ///< [F]
};

struct DeviceBatch {
  std::vector<DeviceWindows> windows;       ///< [K]
  DeviceSpan<float const> target;           ///< [N] scaled; may be empty for `predict`
  std::size_t valid_count = 0;              ///< windows < N that count; the others are padding
  DeviceSpan<std::uint64_t const> samples;  ///< [N] key of each window's dropout masks
};

/// The model of design section 4 for one batch size on one device: owns engines, activations and
/// workspaces, nothing of a coin. Parameters and gradients come from the caller, flat [P].
class Forecaster {
 public:
  Forecaster(Backend& backend, ForecasterShape const& shape);
  /// In an arena of at least forecaster_bytes().arena() bytes that several models may use, each
  /// call for itself; it must outlive them.
  Forecaster(Backend& backend, ForecasterShape const& shape, DeviceMemory& arena);
  Forecaster(Forecaster const&) = delete;
  Forecaster& operator=(Forecaster const&) = delete;
  ~Forecaster();

  ParameterLayout const& layout() const;
  ForecasterShape const& shape() const;

  /// Takes over parameters [P]; once per update, before anything else. They must stay where and
  /// what they are until the next call: the head reads them in place.
  void load_parameters(DeviceSpan<float const> params);

  /// Predictions [N] of the scaled target, without dropout.
  DeviceSpan<float const> predict(DeviceBatch const& batch);

  /// Forward with dropout, loss, backward: adds d(scale * sum of losses of the counted windows) /
  /// d params to `gradients` [P] and the summed loss to the backend's running sum. DropoutMasks:
  /// philox(dropout_key + place, samples[n], element).
  void accumulate_gradient(DeviceBatch const& batch, std::uint64_t dropout_key, float scale,
                           DeviceSpan<float> gradients);

  /// Adds the loss of `predict` against the target to the backend's running sum.
  void add_loss(DeviceBatch const& batch);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace moneta
