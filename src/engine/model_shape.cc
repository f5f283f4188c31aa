// SPDX-License-Identifier: Apache-2.0
#include "engine/model_shape.h"

#include <string>
#include <vector>

namespace moneta {

ParameterLayout layout_of(Config const& config) {
  std::vector<std::string> names;
  for (TimeframeConfig const& timeframe : config.data.timeframes) names.push_back(timeframe.name);
  return make_layout(config.model, names);
}

ForecasterShape forecaster_shape(Config const& config, Precision precision, std::size_t batch,
                                 ModelUse use) {
  ForecasterShape shape;
  shape.model = config.model;
  shape.timeframes = config.data.timeframes;
  shape.batch = batch;
  shape.precision = precision;
  shape.training = use == ModelUse::training;
  shape.loss = config.train.loss;
  shape.huber_delta = static_cast<float>(config.train.huber_delta);
  return shape;
}

ForecasterShape training_shape(Config const& config, Precision precision, std::size_t batch,
                               MemoryOptions const& options) {
  ForecasterShape shape = forecaster_shape(config, precision, batch, ModelUse::training);
  shape.recompute = options.recompute;
  shape.overlap_weight_gradients = options.overlap_weight_gradients;
  return shape;
}

}  // namespace moneta
