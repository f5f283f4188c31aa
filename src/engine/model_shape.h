// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "config/config.h"
#include "model/forecaster.h"
#include "plan/memory_options.h"

namespace moneta {

/// What a forecaster is built for.
enum class ModelUse { training, evaluation };

/// The parameters of the model that the configuration describes.
ParameterLayout layout_of(Config const& config);

/// The shape of that model for a batch of `batch` windows, without recomputation and with the
/// standard LSTM algorithm.
ForecasterShape forecaster_shape(Config const& config, Precision precision, std::size_t batch,
                                 ModelUse use);

/// The shape for training with the memory options that concern the model.
ForecasterShape training_shape(Config const& config, Precision precision, std::size_t batch,
                               MemoryOptions const& options);

}  // namespace moneta
