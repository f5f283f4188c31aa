// SPDX-License-Identifier: Apache-2.0
#include "train/snapshot_buffers.h"

#include <utility>

#include "base/error.h"
#include "base/log.h"

namespace moneta {

SnapshotBuffer::SnapshotBuffer(Backend& backend, std::size_t parameters) : parameters_(parameters) {
  try {
    for (auto& array : pinned_) array = backend.allocate_on_host(parameters * sizeof(float));
  } catch (Error const& error) {
    pinned_ = {};
    pageable_ = std::make_unique_for_overwrite<float[]>(3 * parameters);
    log_warning(fmt::format(
        "training will wait while a checkpoint is copied from the device, through memory that is not pinned ({})",
        error.what()));
  }
}

SnapshotBuffer::~SnapshotBuffer() {
  try {
    (void)wait();
  } catch (Error const&) {
    // The device has failed, so its copies have ended.
  }
}

std::span<float> SnapshotBuffer::array(std::size_t i) {
  if (pageable_) return {pageable_.get() + i * parameters_, parameters_};
  return {static_cast<float*>(pinned_[i]->data()), parameters_};
}

CoinArrays SnapshotBuffer::wait() {
  if (copied_) copied_->wait();
  return {array(0), array(1), array(2)};
}

SnapshotBuffers::SnapshotBuffers(Backend& backend, std::size_t parameters)
    : buffers_{{{backend, parameters}, {backend, parameters}}} {}

SnapshotBuffer& SnapshotBuffers::next() { return buffers_[used_++ % buffers_.size()]; }

}  // namespace moneta
