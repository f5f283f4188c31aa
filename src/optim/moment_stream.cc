// SPDX-License-Identifier: Apache-2.0
#include "optim/moment_stream.h"

#include <algorithm>

#include "base/error.h"

namespace moneta {
namespace {

/// In floats. Large enough for the full speed of the bus, small compared with the memory of a GPU.
constexpr std::size_t largest_chunk = std::size_t{4} << 20;

std::size_t chunk_of(std::size_t parameters) { return std::min(parameters, largest_chunk); }

}  // namespace

std::size_t MomentStream::bytes(std::size_t parameters) {
  return 2 * 2 * chunk_of(parameters) * sizeof(float);
}

MomentStream::MomentStream(Backend& backend, std::size_t parameters)
    : backend_(backend), chunk_(chunk_of(parameters)) {
  for (Buffers& buffers : buffers_) {
    buffers.m = backend.allocate(chunk_ * sizeof(float));
    buffers.v = backend.allocate(chunk_ * sizeof(float));
    buffers.copies = backend.make_copy_stream();
  }
}

void MomentStream::update(AdamwStep const& step, DeviceSpan<float> params, DeviceMemory& m,
                          DeviceMemory& v, DeviceSpan<float const> gradients) {
  std::size_t const bytes = params.size() * sizeof(float);
  MONETA_REQUIRE(m.bytes() == bytes && v.bytes() == bytes && gradients.size() == params.size(),
                 internal, "moments of {} and {} bytes and {} gradients for {} parameters",
                 m.bytes(), v.bytes(), gradients.size(), params.size());
  auto* const m_values = static_cast<float*>(m.data());
  auto* const v_values = static_cast<float*>(v.data());
  for (std::size_t first = 0, chunk = 0; first < params.size(); first += chunk_, ++chunk) {
    std::size_t const count = std::min(chunk_, params.size() - first);
    std::size_t const chunk_bytes = count * sizeof(float);
    Buffers& buffers = buffers_[chunk % buffers_.size()];
    CopyStream& copies = *buffers.copies;
    copies.upload(buffers.m->data(), m_values + first, chunk_bytes);
    copies.upload(buffers.v->data(), v_values + first, chunk_bytes);
    copies.block_compute();
    backend_.adamw(step, params.subspan(first, count), span_of<float>(*buffers.m).subspan(0, count),
                   span_of<float>(*buffers.v).subspan(0, count), gradients.subspan(first, count));
    copies.wait_for_compute();
    copies.download(m_values + first, buffers.m->data(), chunk_bytes);
    copies.download(v_values + first, buffers.v->data(), chunk_bytes);
  }
}

void MomentStream::wait() {
  for (Buffers& buffers : buffers_) buffers.copies->wait();
}

}  // namespace moneta
