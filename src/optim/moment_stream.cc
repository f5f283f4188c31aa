// SPDX-License-Identifier: Apache-2.0
#include "optim/moment_stream.h"

#include <algorithm>

#include "base/error.h"

namespace moneta {
namespace {

/// Long enough for the full speed of the bus, short beside the memory of a card.
constexpr std::size_t largest_piece = std::size_t{4} << 20;

std::size_t piece_of(std::size_t parameters) { return std::min(parameters, largest_piece); }

}  // namespace

std::size_t MomentStream::bytes(std::size_t parameters) {
  return 2 * 2 * piece_of(parameters) * sizeof(float);
}

MomentStream::MomentStream(Backend& backend, std::size_t parameters)
    : backend_(backend), piece_(piece_of(parameters)) {
  for (Buffers& buffers : buffers_) {
    buffers.m = backend.allocate(piece_ * sizeof(float));
    buffers.v = backend.allocate(piece_ * sizeof(float));
    buffers.queue = backend.make_copy_stream();
  }
}

void MomentStream::update(AdamwStep const& step, DeviceSpan<float> params, DeviceMemory& m,
                          DeviceMemory& v, DeviceSpan<float const> gradients) {
  std::size_t const bytes = params.size() * sizeof(float);
  MONETA_REQUIRE(m.bytes() == bytes && v.bytes() == bytes && gradients.size() == params.size(),
                 internal, "moments of {} and {} bytes and {} gradients for {} parameters",
                 m.bytes(), v.bytes(), gradients.size(), params.size());
  auto* const m_at = static_cast<float*>(m.data());
  auto* const v_at = static_cast<float*>(v.data());
  for (std::size_t first = 0, turn = 0; first < params.size(); first += piece_, ++turn) {
    std::size_t const count = std::min(piece_, params.size() - first);
    std::size_t const piece_bytes = count * sizeof(float);
    Buffers& buffers = buffers_[turn % buffers_.size()];
    CopyStream& queue = *buffers.queue;
    queue.upload(buffers.m->data(), m_at + first, piece_bytes);
    queue.upload(buffers.v->data(), v_at + first, piece_bytes);
    queue.block_compute();
    backend_.adamw(step, params.subspan(first, count), span_of<float>(*buffers.m).subspan(0, count),
                   span_of<float>(*buffers.v).subspan(0, count), gradients.subspan(first, count));
    queue.wait_for_compute();
    queue.download(m_at + first, buffers.m->data(), piece_bytes);
    queue.download(v_at + first, buffers.v->data(), piece_bytes);
  }
}

void MomentStream::wait() {
  for (Buffers& buffers : buffers_) buffers.queue->wait();
}

}  // namespace moneta
