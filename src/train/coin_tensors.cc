// SPDX-License-Identifier: Apache-2.0
#include "train/coin_tensors.h"

#include <algorithm>
#include <cassert>
#include <span>
#include <utility>
#include <vector>

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
    wait();  // queued copies still use the arrays
  } catch (Error const&) {
    // The device has failed, so its copies have ended.
  }
}

void CoinTensors::move(Array& array, Location to) {
  std::size_t const bytes = device_.layout().size * sizeof(float);
  if (to == Location::host && !array.host) {
    auto host = device_.backend().allocate_on_host(bytes);
    if (array.device) device_.backend().download(host->data(), array.device->data(), bytes);
    array.host = std::move(host);
    array.host_is_current = true;
    array.device.reset();
  } else if (to == Location::device && !array.device) {
    auto memory = device_.backend().allocate(bytes);
    if (array.host) device_.backend().upload(memory->data(), array.host->data(), bytes);
    array.device = std::move(memory);
    array.host.reset();
  }
}

void CoinTensors::move_to(MemoryOptions const& memory_options) {
  assert(!is_active_);
  wait();
  for (std::size_t i = 0; i < arrays_.size(); ++i) {
    bool const is_offloaded =
        memory_options.offload_inactive || (memory_options.offload_optimizer && i >= first_moment);
    move(arrays_[i], is_offloaded ? Location::host : Location::device);
  }
}

void CoinTensors::wait() {
  device_.copies().wait();
  if (device_.shared().moments) device_.shared().moments->wait();
}

DeviceMemory* CoinTensors::on_device(std::size_t i) {
  if (arrays_[i].device) return arrays_[i].device.get();
  SharedArrays const& shared = device_.shared();
  return std::array{shared.params.get(), shared.m.get(), shared.v.get()}[i];
}

DeviceMemory* CoinTensors::content_on_device(std::size_t i) {
  return arrays_[i].device || is_active_ ? on_device(i) : nullptr;
}

void CoinTensors::set(CoinState const& state) {
  std::size_t const size = device_.layout().size;
  MONETA_REQUIRE(
      state.params.size() == size && state.m.size() == size && state.v.size() == size, data,
      "the checkpoint has {} parameters (the model has {}). Is it from a run with another model?",
      state.params.size(), size);
  wait();
  for (std::size_t i = 0; i < arrays_.size(); ++i) {
    float const* const from = vectors(state)[i]->data();
    Array& array = arrays_[i];
    if (array.host) std::copy_n(from, size, static_cast<float*>(array.host->data()));
    array.host_is_current = array.host != nullptr;
    DeviceMemory* const memory = content_on_device(i);
    if (memory) device_.backend().upload(memory->data(), from, size * sizeof(float));
  }
}

void CoinTensors::copy_to(SnapshotBuffer& snapshot) {
  bool all_on_device = true;
  for (std::size_t i = 0; i < arrays_.size(); ++i) all_on_device &= content_on_device(i) != nullptr;
  if (!all_on_device || !snapshot.is_pinned()) wait();
  CopyStream& copies = device_.copies();
  copies.wait_for_compute();
  for (std::size_t i = 0; i < arrays_.size(); ++i) {
    std::span<float> const to = snapshot.array(i);
    DeviceMemory* const from = content_on_device(i);
    if (!from) {
      std::copy_n(static_cast<float const*>(arrays_[i].host->data()), to.size(), to.data());
    } else if (snapshot.is_pinned()) {
      copies.download(to.data(), from->data(), to.size_bytes());
    } else {
      device_.backend().download(to.data(), from->data(), to.size_bytes());
    }
  }
  snapshot.complete_with(copies.record());
  is_copied_ = true;
}

void CoinTensors::activate() {
  assert(!is_active_);
  is_active_ = true;
  CopyStream& copies = device_.copies();
  copies.wait_for_compute();  // the previous coin may still be computing
  for (std::size_t i = 0; i < arrays_.size(); ++i) {
    DeviceMemory* const memory = on_device(i);
    if (!arrays_[i].host || !memory) continue;
    copies.upload(memory->data(), arrays_[i].host->data(), memory->bytes());
    if (i == 0) copies.block_compute();
    is_copied_ |= i >= first_moment;
  }
}

void CoinTensors::prefetch_writeback() {
  CopyStream& copies = device_.copies();
  copies.wait_for_compute();
  for (std::size_t i = first_moment; i < arrays_.size(); ++i) {
    Array& array = arrays_[i];
    if (!array.host || array.host_is_current) continue;
    copies.download(array.host->data(), on_device(i)->data(), array.host->bytes());
    array.host_is_current = true;
    is_copied_ = true;
  }
}

void CoinTensors::deactivate() {
  assert(is_active_);
  prefetch_writeback();
  Array& params = arrays_[0];
  if (params.host && !params.host_is_current) {
    device_.copies().download(params.host->data(), on_device(0)->data(), params.host->bytes());
    params.host_is_current = true;
  }
  is_active_ = false;
}

DeviceSpan<float> CoinTensors::params() {
  assert(is_active_);
  return span_of<float>(*on_device(0));
}

UpdateResult CoinTensors::update(OptimizerConfig const& config, double learning_rate,
                                 std::int64_t step, double loss_scale) {
  SharedArrays const& shared = device_.shared();
  auto const gradients = span_of<float const>(*shared.gradients);
  PlannedUpdate const update =
      plan_update(device_.backend(), config, learning_rate, step, gradients, loss_scale);
  if (!update.result.applied) return update.result;
  if (is_copied_) device_.copies().block_compute();
  is_copied_ = false;
  arrays_[0].host_is_current = false;
  if (shared.moments) {
    shared.moments->update(update.adamw, params(), *arrays_[1].host, *arrays_[2].host, gradients);
    return update.result;
  }
  arrays_[1].host_is_current = arrays_[2].host_is_current = false;
  device_.backend().adamw(update.adamw, params(), span_of<float>(*on_device(1)),
                          span_of<float>(*on_device(2)), gradients);
  return update.result;
}

}  // namespace moneta
