// SPDX-License-Identifier: Apache-2.0
#include "model/forecaster.h"

#include "base/error.h"
#include "model/dropout_masks.h"
#include "model/encoder.h"
#include "model/gradient_parts.h"
#include "model/head.h"
#include "model/memory.h"

namespace moneta {
namespace {

std::byte* bytes_of(DeviceMemory& memory) { return static_cast<std::byte*>(memory.data()); }

}  // namespace

std::vector<std::string> timeframe_names(ForecasterShape const& shape) {
  std::vector<std::string> names;
  for (TimeframeConfig const& timeframe : shape.timeframes) names.push_back(timeframe.name);
  return names;
}

struct Forecaster::State {
  /// Allocates an arena if `given` is null.
  State(Backend& device, ForecasterShape const& planned, DeviceMemory* given)
      : backend(device),
        shape(planned),
        layout(make_layout(planned.model, timeframe_names(planned))),
        parts(moneta::gradient_parts(planned)),
        plan(plan_memory(device, planned)),
        memory(given ? nullptr : device.allocate(plan.arena_bytes)),
        arena(bytes_of(given ? *given : *memory)),
        head(device, planned, plan.head, arena) {
    MONETA_REQUIRE(!given || given->bytes() >= plan.arena_bytes, internal,
                   "a forecaster got an arena of {} bytes (it needs {})", given->bytes(),
                   plan.arena_bytes);
    for (std::size_t k = 0; k < shape.timeframes.size(); ++k) {
      encoders.emplace_back(backend, shape, k, plan.encoders[k], arena);
    }
  }

  template <class T>
  DeviceSpan<T> slice(DeviceSpan<T> values, char const* name) const {
    ParameterSlice const& found = layout.at(name);
    return values.subspan(found.offset, found.size);
  }

  template <class T>
  HeadParameters<T> head_parameters(DeviceSpan<T> values) const {
    return {slice(values, "head.hidden.weight"), slice(values, "head.hidden.bias"),
            slice(values, "head.output.weight"), slice(values, "head.output.bias")};
  }

  std::size_t encoder_parameters() const {
    std::size_t sum = 0;
    for (Encoder const& encoder : encoders) sum += encoder.parameters();
    return sum;
  }

  StateColumns columns_of(std::size_t k) const {
    return {head.columns(), k * (head.columns() / encoders.size())};
  }

  void check(DeviceBatch const& batch, DropoutMasks const& masks) const {
    MONETA_REQUIRE(params.size() == layout.size, internal,
                   "the forecaster is used before its parameters were loaded");
    MONETA_REQUIRE(batch.windows.size() == encoders.size(), internal,
                   "a batch with windows of {} timeframes (the model has {})", batch.windows.size(),
                   encoders.size());
    MONETA_REQUIRE(batch.valid_count <= shape.batch, internal,
                   "a batch with {} valid windows (the forecaster is planned for {})",
                   batch.valid_count, shape.batch);
    for (DeviceWindows const& windows : batch.windows) {
      MONETA_REQUIRE(windows.ends.size() == shape.batch, internal,
                     "a batch with {} windows (the forecaster is planned for {})",
                     windows.ends.size(), shape.batch);
    }
    MONETA_REQUIRE(!masks.on() || batch.samples.size() == shape.batch, internal,
                   "a batch with dropout keys for {} windows (the forecaster is planned for {})",
                   batch.samples.size(), shape.batch);
  }

  void forward(DeviceBatch const& batch, DropoutMasks const& masks) {
    check(batch, masks);
    for (std::size_t k = 0; k < encoders.size(); ++k) {
      encoders[k].forward(batch.windows[k], masks, head.states(), columns_of(k));
    }
    head.forward(head_parameters(params), masks);
  }

  /// Calls the callback, if there is one, for a part of the gradients.
  static void report(GradientPartReady const& part_ready, GradientPart part) {
    if (part_ready) part_ready(part);
  }

  void loss(DeviceBatch const& batch, float scale) {
    MONETA_REQUIRE(batch.target.size() == shape.batch, internal,
                   "a batch with {} targets (the forecaster is planned for {})",
                   batch.target.size(), shape.batch);
    backend.loss(shape.loss, shape.huber_delta, head.prediction(), batch.target, batch.valid_count,
                 scale, head.d_prediction());
  }

  Backend& backend;
  ForecasterShape shape;
  ParameterLayout layout;
  std::vector<GradientPart> parts;
  ForecasterMemory plan;
  std::unique_ptr<DeviceMemory> memory;  // null if the caller owns the arena
  Arena arena;
  std::vector<Encoder> encoders;  // [K]
  Head head;
  DeviceSpan<float const> params;  // the caller's
};

Forecaster::Forecaster(Backend& backend, ForecasterShape const& shape)
    : state_(std::make_unique<State>(backend, shape, nullptr)) {}
Forecaster::Forecaster(Backend& backend, ForecasterShape const& shape, DeviceMemory& arena)
    : state_(std::make_unique<State>(backend, shape, &arena)) {}
Forecaster::~Forecaster() = default;

ParameterLayout const& Forecaster::layout() const { return state_->layout; }
ForecasterShape const& Forecaster::shape() const { return state_->shape; }
std::vector<GradientPart> const& Forecaster::gradient_parts() const { return state_->parts; }

void Forecaster::load_parameters(DeviceSpan<float const> params) {
  MONETA_REQUIRE(params.size() == state_->layout.size, internal,
                 "{} parameters for a model with {}", params.size(), state_->layout.size);
  std::size_t offset = 0;
  for (Encoder& encoder : state_->encoders) {
    encoder.load_parameters(params.subspan(offset, encoder.parameters()));
    offset += encoder.parameters();
  }
  state_->params = params;
}

DeviceSpan<float const> Forecaster::predict(DeviceBatch const& batch) {
  state_->forward(batch, DropoutMasks{});
  return state_->head.prediction();
}

void Forecaster::accumulate_gradient(DeviceBatch const& batch, std::uint64_t dropout_key,
                                     float scale, DeviceSpan<float> gradients,
                                     GradientPartReady const& part_ready) {
  State& s = *state_;
  MONETA_REQUIRE(s.shape.training, internal,
                 "a forecaster that is planned for evaluation cannot compute a gradient");
  MONETA_REQUIRE(gradients.size() == s.layout.size, internal,
                 "{} gradients for a model with {} parameters", gradients.size(), s.layout.size);
  DropoutMasks const masks{dropout_key, s.shape.model.dropout, batch.samples};
  s.forward(batch, masks);
  s.loss(batch, scale);
  s.head.backward(s.head_parameters(s.params), masks, s.head_parameters(gradients));
  std::size_t end = s.encoder_parameters();
  s.report(part_ready, {end, s.layout.size - end});
  // Backward from the last timeframe: the activations of its forward pass are still present, so
  // they need no recomputation.
  std::size_t const last = s.encoders.size() - 1;
  for (std::size_t k = last + 1; k-- > 0;) {
    Encoder& encoder = s.encoders[k];
    bool const recompute = s.shape.recompute.timeframes && k < last;
    if (recompute) encoder.forward(batch.windows[k], masks, s.head.states(), s.columns_of(k));
    end -= encoder.parameters();
    encoder.backward(masks, s.head.d_states(), s.columns_of(k),
                     gradients.subspan(end, encoder.parameters()), recompute || k == last,
                     [&](GradientPart part) {
                       s.report(part_ready, {end + part.offset, part.count});
                     });
  }
}

void Forecaster::add_loss(DeviceBatch const& batch) {
  state_->forward(batch, DropoutMasks{});
  state_->loss(batch, 0.0f);
}

}  // namespace moneta
