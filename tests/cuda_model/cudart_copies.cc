// SPDX-License-Identifier: Apache-2.0
// cudaMemcpyAsync and cudaMemsetAsync.
//
// When a copy returns, after "API synchronization behavior" in the documentation of the runtime and
// "Asynchronous Concurrent Execution" in the programming guide:
//   pinned memory, either direction       at once; host memory is accessed when the copy runs
//   pageable to device, up to 64 KiB      at once, after host memory was copied to a staging buffer
//   pageable to device, more              after it waited for the stream and filled a staging
//   buffer;
//                                         the device may get the data later
//   device to pageable                    when the copy has run
//   device to device                      at once
//   host to host                          when the copy has run
// A copy of pageable memory cannot be captured.
#include <fmt/format.h>

#include <cstring>

#include "cuda_model/capture.h"
#include "cuda_model/entry_point.h"
#include "cuda_model/memory.h"
#include "cuda_model/pinned_memory.h"
#include "cuda_model/streams.h"

using namespace cuda_model;

namespace {

constexpr char const* call = "cudaMemcpyAsync";

struct Copy {
  void* to;
  void const* from;
  std::size_t bytes;
};

/// "Calling it with pointers that do not match the direction results in an undefined behavior."
void require_direction(Copy const& copy, cudaMemcpyKind kind) {
  bool const from_device = is_device_memory(copy.from), to_device = is_device_memory(copy.to);
  cudaMemcpyKind const actual = from_device
                                    ? to_device ? cudaMemcpyDeviceToDevice : cudaMemcpyDeviceToHost
                                : to_device ? cudaMemcpyHostToDevice
                                            : cudaMemcpyHostToHost;
  if (kind != cudaMemcpyDefault && kind != actual) {
    misuse(call,
           fmt::format("cudaMemcpyKind {} for a copy from {} to {} memory", static_cast<int>(kind),
                       from_device ? "device" : "host", to_device ? "device" : "host"));
  }
  if (from_device) device_of_memory(call, "the source", copy.from, copy.bytes);
  if (to_device) device_of_memory(call, "the destination", copy.to, copy.bytes);
  auto const *to = static_cast<char const*>(copy.to), *from = static_cast<char const*>(copy.from);
  if (to < from + copy.bytes && from < to + copy.bytes) {
    misuse(call, "source and destination overlap");
  }
}

/// Adds the copy to the stream; `pinned` is host memory that it uses, or null.
void add_copy(CUstream_st& stream, char const* direction, void const* pinned, std::size_t bytes,
              Operation operation) {
  Entry entry;
  entry.call = call;
  entry.is_copy = true;
  entry.pinned = pinned;
  entry.operation = [bytes, direction, work = std::move(operation)] {
    work();
    count(std::string("copied_bytes/") + direction, bytes);
  };
  add(stream, std::move(entry));
}

Operation copier(Copy const& copy) {
  return [copy] { std::memcpy(copy.to, copy.from, copy.bytes); };
}

cudaError_t copy_to_device(Copy const& copy, CUstream_st& stream) {
  constexpr std::size_t most_without_wait = std::size_t{64} << 10;
  constexpr char const* direction = "host_to_device";
  if (is_pinned(call, copy.from, copy.bytes)) {
    add_copy(stream, direction, copy.from, copy.bytes, copier(copy));
    return cudaSuccess;
  }
  cudaError_t const refused = refuse_captured(stream);
  if (refused != cudaSuccess) return refused;
  if (copy.bytes > most_without_wait) synchronize(call, stream);
  auto const* const from = static_cast<char const*>(copy.from);
  auto const staged = std::make_shared<std::vector<char>>(from, from + copy.bytes);
  add_copy(stream, direction, nullptr, copy.bytes,
           [copy, staged] { std::memcpy(copy.to, staged->data(), copy.bytes); });
  return cudaSuccess;
}

cudaError_t copy_to_host(Copy const& copy, CUstream_st& stream) {
  constexpr char const* direction = "device_to_host";
  if (is_pinned(call, copy.to, copy.bytes)) {
    add_copy(stream, direction, copy.to, copy.bytes, copier(copy));
    return cudaSuccess;
  }
  cudaError_t const refused = refuse_captured(stream);
  if (refused != cudaSuccess) return refused;
  add_copy(stream, direction, nullptr, copy.bytes, copier(copy));
  synchronize(call, stream);
  return sticky_error(stream.device);
}

cudaError_t copy_on_host(Copy const& copy, CUstream_st& stream) {
  cudaError_t const refused = refuse_captured(stream);
  if (refused != cudaSuccess) return refused;
  add_copy(stream, "host_to_host", nullptr, copy.bytes, copier(copy));
  synchronize(call, stream);
  return sticky_error(stream.device);
}

}  // namespace

extern "C" {

/// "A memory copy will succeed even if it is issued to a stream that is not associated to the
/// current device."
cudaError_t cudaMemcpyAsync(void* to, void const* from, std::size_t bytes, cudaMemcpyKind kind,
                            cudaStream_t handle) {
  return entry(__func__, [&] {
    CUstream_st& stream = checked(call, handle);
    cudaError_t const status = capture_status(stream);
    if (status != cudaSuccess || bytes == 0) return status;
    if (to == nullptr || from == nullptr) return cudaErrorInvalidValue;
    Copy const copy{to, from, bytes};
    require_direction(copy, kind);
    if (!is_device_memory(from)) {
      return is_device_memory(to) ? copy_to_device(copy, stream) : copy_on_host(copy, stream);
    }
    if (!is_device_memory(to)) return copy_to_host(copy, stream);
    add_copy(stream, "device_to_device", nullptr, bytes, copier(copy));
    return cudaSuccess;
  });
}

cudaError_t cudaMemsetAsync(void* to, int value, std::size_t bytes, cudaStream_t handle) {
  return entry(__func__, [&] {
    CUstream_st& stream = checked("cudaMemsetAsync", handle);
    cudaError_t const status = capture_status(stream);
    if (status != cudaSuccess || bytes == 0) return status;
    if (to == nullptr) return cudaErrorInvalidValue;
    require_device_memory("cudaMemsetAsync", "the memory", to, bytes);
    enqueue(handle, "cudaMemsetAsync", [to, value, bytes] {
      std::memset(to, value, bytes);
      count("copied_bytes/set", bytes);
    });
    return cudaSuccess;
  });
}

}  // extern "C"
