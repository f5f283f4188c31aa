// SPDX-License-Identifier: Apache-2.0
#include "train/coin_tensors.h"

#include <algorithm>
#include <cassert>

#include "base/error.h"

namespace moneta {
namespace {

constexpr std::size_t first_moment = 1;  // of params, m, v

template <class State>
auto vectors(State& state) {
  return std::array{&state.params, &state.m, &state.v};
}

}  // namespace

CoinTensors::CoinTensors(TrainingDevice& device) : device_(device) {
  move_to(device.plan().memory_options);
}

CoinTensors::~CoinTensors() {
  try {
    wait();                 // what is copied must stay until then
  } catch (Error const&) {  // a device that failed: nothing is copied any more
  }
}

void CoinTensors::place(Array& array, bool at_home) {
  std::size_t const bytes = device_.layout().size * sizeof(float);
  if (at_home && !array.home) {
    auto home = device_.backend().allocate_on_host(bytes);
    if (array.own) device_.backend().download(home->data(), array.own->data(), bytes);
    array.home = std::move(home);
    array.home_is_current = true;
    array.own.reset();
  } else if (!at_home && !array.own) {
    auto own = device_.backend().allocate(bytes);
    if (array.home) device_.backend().upload(own->data(), array.home->data(), bytes);
    array.own = std::move(own);
    array.home.reset();
  }
}

void CoinTensors::move_to(MemoryOptions const& memory_options) {
  assert(!has_turn_);
  wait();
  for (std::size_t i = 0; i < arrays_.size(); ++i) {
    place(arrays_[i], memory_options.offload_inactive ||
                          (memory_options.offload_optimizer && i >= first_moment));
  }
}

void CoinTensors::wait() {
  device_.copies().wait();
  if (device_.shared().moments) device_.shared().moments->wait();
}

DeviceMemory* CoinTensors::there(std::size_t i) {
  if (arrays_[i].own) return arrays_[i].own.get();
  SharedArrays const& shared = device_.shared();
  return std::array{shared.params.get(), shared.m.get(), shared.v.get()}[i];
}

void CoinTensors::set(CoinState const& state) {
  std::size_t const size = device_.layout().size;
  MONETA_REQUIRE(
      state.params.size() == size && state.m.size() == size && state.v.size() == size, data,
      "the checkpoint holds {} parameters (the model has {}). Is it from a run with another model?",
      state.params.size(), size);
  wait();
  for (std::size_t i = 0; i < arrays_.size(); ++i) {
    float const* const from = vectors(state)[i]->data();
    Array& array = arrays_[i];
    if (array.home) std::copy_n(from, size, static_cast<float*>(array.home->data()));
    array.home_is_current = array.home != nullptr;
    DeviceMemory* const memory = array.own || has_turn_ ? there(i) : nullptr;
    if (memory) device_.backend().upload(memory->data(), from, size * sizeof(float));
  }
}

void CoinTensors::get(CoinState& state) {
  std::size_t const size = device_.layout().size;
  wait();
  for (std::size_t i = 0; i < arrays_.size(); ++i) {
    std::vector<float>& to = *vectors(state)[i];
    to.resize(size);
    Array const& array = arrays_[i];
    if (array.home && array.home_is_current) {
      std::copy_n(static_cast<float const*>(array.home->data()), size, to.data());
    } else {
      device_.backend().download(to.data(), there(i)->data(), size * sizeof(float));
    }
  }
}

void CoinTensors::activate() {
  assert(!has_turn_);
  has_turn_ = true;
  CopyStream& copies = device_.copies();
  copies.wait_for_compute();  // the coin before may still be at work
  for (std::size_t i = 0; i < arrays_.size(); ++i) {
    DeviceMemory* const memory = there(i);
    if (!arrays_[i].home || !memory) continue;
    copies.upload(memory->data(), arrays_[i].home->data(), memory->bytes());
    if (i == 0) copies.block_compute();
    copies_run_ |= i >= first_moment;
  }
}

void CoinTensors::prefetch_writeback() {
  CopyStream& copies = device_.copies();
  copies.wait_for_compute();
  for (std::size_t i = first_moment; i < arrays_.size(); ++i) {
    Array& array = arrays_[i];
    if (!array.home || array.home_is_current) continue;
    copies.download(array.home->data(), there(i)->data(), array.home->bytes());
    array.home_is_current = true;
    copies_run_ = true;
  }
}

void CoinTensors::deactivate() {
  assert(has_turn_);
  prefetch_writeback();
  Array& params = arrays_[0];
  if (params.home && !params.home_is_current) {
    device_.copies().download(params.home->data(), there(0)->data(), params.home->bytes());
    params.home_is_current = true;
  }
  has_turn_ = copies_run_ = false;
}

DeviceSpan<float> CoinTensors::params() {
  assert(has_turn_);
  return span_of<float>(*there(0));
}

UpdateResult CoinTensors::update(OptimizerConfig const& config, double learning_rate,
                                 std::int64_t step) {
  SharedArrays const& shared = device_.shared();
  auto const gradients = span_of<float const>(*shared.gradients);
  PlannedUpdate const update =
      plan_update(device_.backend(), config, learning_rate, step, gradients);
  if (!update.result.applied) return update.result;
  arrays_[0].home_is_current = false;
  if (shared.moments) {
    shared.moments->update(update.adamw, params(), *arrays_[1].home, *arrays_[2].home, gradients);
    return update.result;
  }
  if (copies_run_) device_.copies().block_compute();
  copies_run_ = false;
  arrays_[1].home_is_current = arrays_[2].home_is_current = false;
  device_.backend().adamw(update.adamw, params(), span_of<float>(*there(1)),
                          span_of<float>(*there(2)), gradients);
  return update.result;
}

}  // namespace moneta
