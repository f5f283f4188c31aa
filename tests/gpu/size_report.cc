// SPDX-License-Identifier: Apache-2.0
#include "size_report.h"

#include "backend/analytic_gpu.h"
#include "model/memory.h"

namespace moneta {
namespace {

Json bytes_json(LstmBytes const& bytes) {
  return {{"packed_weights", bytes.packed_weights},
          {"workspace", bytes.workspace},
          {"scratch", bytes.scratch}};
}

/// How far the library's sizes are from the analytic ones, relative to the latter.
double difference(LstmBytes const& actual, LstmBytes const& planned) {
  auto const sum = [](LstmBytes const& bytes) {
    return static_cast<double>(bytes.packed_weights + bytes.workspace + bytes.scratch);
  };
  return sum(actual) / sum(planned) - 1;
}

Json entry(Backend const& backend, LstmShape const& layer) {
  AnalyticGpu const analytic(std::size_t{80} << 30);
  Json json = {{"inputs", layer.inputs},
               {"batch", layer.batch},
               {"training", layer.training},
               {"overlap", layer.overlap_weight_gradients},
               {"precision", to_string(layer.precision)}};
  LstmBytes const planned = analytic.lstm_bytes(layer);
  json["analytic"] = bytes_json(planned);
  try {
    LstmBytes const actual = backend.lstm_bytes(layer);
    json["library"] = bytes_json(actual);
    json["difference"] = difference(actual, planned);
  } catch (Error const& error) {
    json["refused"] = error.what();
  }
  return json;
}

}  // namespace

Json size_report(Backend const& backend, BenchSetting const& setting) {
  Json layers = Json::array();
  for (std::size_t const batch : {std::size_t{1}, std::size_t{8}}) {
    for (bool const training : {true, false}) {
      ForecasterShape shape = shape_of(setting);
      shape.batch = batch * setting.batch;
      shape.training = training;
      for (std::size_t l = 0; l < std::min<std::size_t>(shape.model.layers, 2); ++l) {
        LstmShape layer = layer_shape(shape, 0, l);
        layers.push_back(entry(backend, layer));
        if (!training) continue;
        layer.overlap_weight_gradients = true;
        layers.push_back(entry(backend, layer));
      }
    }
  }
  return {{"device", backend.description()},
          {"hidden", setting.hidden},
          {"steps", setting.steps},
          {"layers", layers}};
}

}  // namespace moneta
