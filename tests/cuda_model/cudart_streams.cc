// SPDX-License-Identifier: Apache-2.0
// The entry points of the runtime for streams and events.
#include <fmt/format.h>

#include "cuda_model/call_sites.h"
#include "cuda_model/capture.h"
#include "cuda_model/entry_point.h"
#include "cuda_model/streams.h"

using namespace cuda_model;

namespace {

/// Streams that wait for the default stream are refused: nothing uses that one.
cudaError_t create_stream(char const* call, cudaStream_t* stream, unsigned flags) {
  return entry(call, [&] {
    if (flags != cudaStreamNonBlocking) {
      misuse(call, fmt::format("flags {}: only cudaStreamNonBlocking is modeled", flags));
    }
    *stream = make_stream(current_device());
    return cudaSuccess;
  });
}

constexpr unsigned known_event_flags = cudaEventBlockingSync | cudaEventDisableTiming;

}  // namespace

extern "C" {

cudaError_t cudaStreamCreateWithFlags(cudaStream_t* stream, unsigned flags) {
  return create_stream(__func__, stream, flags);
}
/// "These are hints": the model orders streams by its seed whatever their priority.
cudaError_t cudaStreamCreateWithPriority(cudaStream_t* stream, unsigned flags, int /*priority*/) {
  return create_stream(__func__, stream, flags);
}
cudaError_t cudaDeviceGetStreamPriorityRange(int* least, int* greatest) {
  return entry(__func__, [&] {
    *least = 0;
    *greatest = -5;
    return cudaSuccess;
  });
}
/// "The function will return immediately and the resources [...] will be released asynchronously
/// once the device has completed all work."
cudaError_t cudaStreamDestroy(cudaStream_t handle) {
  return entry(__func__, [&] {
    CUstream_st& stream = checked("cudaStreamDestroy", handle);
    if (stream.capture) misuse("cudaStreamDestroy", "the stream is being captured");
    destroy_stream(&stream);
    return cudaSuccess;
  });
}

cudaError_t cudaStreamSynchronize(cudaStream_t handle) {
  return entry(__func__, [&] {
    CUstream_st& stream = checked("cudaStreamSynchronize", handle);
    cudaError_t const refused = refuse_captured(stream);
    if (refused != cudaSuccess) return refused;
    if (!is_omitted("cudaStreamSynchronize")) synchronize("cudaStreamSynchronize", stream);
    return sticky_error(stream.device);
  });
}

cudaError_t cudaStreamQuery(cudaStream_t handle) {
  return entry(__func__, [&] {
    CUstream_st& stream = checked("cudaStreamQuery", handle);
    cudaError_t const refused = refuse_captured(stream);
    if (refused != cudaSuccess) return refused;
    if (!stream.entries.empty()) run_a_little({&stream});
    if (!stream.entries.empty()) return first_error(sticky_error(stream.device), cudaErrorNotReady);
    note_host_chain(stream.chain);
    return sticky_error(stream.device);
  });
}

/// "Can apply to streams and events of different devices."
cudaError_t cudaStreamWaitEvent(cudaStream_t handle, cudaEvent_t awaited, unsigned flags) {
  return entry(__func__, [&] {
    CUstream_st& stream = checked("cudaStreamWaitEvent", handle);
    CUevent_st& event = checked("cudaStreamWaitEvent", awaited);
    if (flags != 0) misuse("cudaStreamWaitEvent", fmt::format("flags {} are not modeled", flags));
    cudaError_t const status = capture_status(stream);
    if (status != cudaSuccess || is_omitted("cudaStreamWaitEvent")) return status;
    return wait_for(stream, event);
  });
}

cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned flags) {
  return entry(__func__, [&] {
    if ((flags & ~known_event_flags) != 0) {
      misuse("cudaEventCreateWithFlags", fmt::format("flags {} are not modeled", flags));
    }
    *event = make_event(current_device(), (flags & cudaEventDisableTiming) == 0);
    return cudaSuccess;
  });
}
/// "The function does not wait": what waits for the event goes on waiting.
cudaError_t cudaEventDestroy(cudaEvent_t event) {
  return entry(__func__, [&] {
    destroy_event(&checked("cudaEventDestroy", event));
    return cudaSuccess;
  });
}

/// CUDA returns an error if the devices differ; a program that meets it is wrong.
cudaError_t cudaEventRecord(cudaEvent_t recorded, cudaStream_t handle) {
  return entry(__func__, [&] {
    CUstream_st& stream = checked("cudaEventRecord", handle);
    CUevent_st& event = checked("cudaEventRecord", recorded);
    if (event.device != stream.device) {
      misuse("cudaEventRecord",
             fmt::format("the event belongs to device {}, the stream to device {}", event.device,
                         stream.device));
    }
    cudaError_t const status = capture_status(stream);
    if (status == cudaSuccess && !is_omitted("cudaEventRecord")) record(event, stream);
    return status;
  });
}

cudaError_t cudaEventSynchronize(cudaEvent_t awaited) {
  return entry(__func__, [&] {
    CUevent_st& event = checked("cudaEventSynchronize", awaited);
    cudaError_t const refused = refuse_captured(event);
    if (refused != cudaSuccess || is_omitted("cudaEventSynchronize")) return refused;
    synchronize("cudaEventSynchronize", event);
    return sticky_error(event.device);
  });
}

cudaError_t cudaEventQuery(cudaEvent_t queried) {
  return entry(__func__, [&] {
    CUevent_st& event = checked("cudaEventQuery", queried);
    cudaError_t const refused = refuse_captured(event);
    auto const latest = event.latest;
    if (refused != cudaSuccess || !latest) return refused;
    if (!latest->is_done) run_a_little({latest->stream});
    if (!latest->is_done) return first_error(sticky_error(event.device), cudaErrorNotReady);
    note_host_chain(latest->chain);
    return sticky_error(event.device);
  });
}

cudaError_t cudaEventElapsedTime(float* milliseconds, cudaEvent_t begin, cudaEvent_t end) {
  return entry(__func__, [&] {
    CUevent_st const& first = checked("cudaEventElapsedTime", begin);
    CUevent_st const& last = checked("cudaEventElapsedTime", end);
    bool const is_measured = first.has_time && last.has_time && first.latest && last.latest;
    if (!is_measured || first.device != last.device) return cudaErrorInvalidResourceHandle;
    if (!first.latest->is_done || !last.latest->is_done) return cudaErrorNotReady;
    *milliseconds = static_cast<float>(last.latest->time_ms - first.latest->time_ms);
    return cudaSuccess;
  });
}

}  // extern "C"
