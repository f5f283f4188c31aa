// SPDX-License-Identifier: Apache-2.0
// The entry points of the runtime for graphs.
#include <fmt/format.h>

#include "cuda_model/capture.h"
#include "cuda_model/entry_point.h"

using namespace cuda_model;

extern "C" {

cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode mode) {
  return entry(__func__,
               [&] { return begin_capture(checked("cudaStreamBeginCapture", stream), mode); });
}

cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t* graph) {
  return entry(__func__, [&] {
    *graph = nullptr;
    return end_capture(checked("cudaStreamEndCapture", stream), graph);
  });
}

cudaError_t cudaStreamIsCapturing(cudaStream_t handle, cudaStreamCaptureStatus* status) {
  return entry(__func__, [&] {
    CUstream_st const& stream = checked("cudaStreamIsCapturing", handle);
    *status = !stream.capture              ? cudaStreamCaptureStatusNone
              : stream.capture->is_invalid ? cudaStreamCaptureStatusInvalidated
                                           : cudaStreamCaptureStatusActive;
    return cudaSuccess;
  });
}

cudaError_t cudaGraphInstantiateWithFlags(cudaGraphExec_t* executable, cudaGraph_t graph,
                                          unsigned long long flags) {
  return entry(__func__, [&] {
    if (flags != 0) {
      misuse("cudaGraphInstantiateWithFlags", fmt::format("flags {} are not modeled", flags));
    }
    return instantiate(executable, graph);
  });
}

cudaError_t cudaGraphLaunch(cudaGraphExec_t executable, cudaStream_t handle) {
  return entry(__func__, [&] {
    CUstream_st& stream = checked("cudaGraphLaunch", handle);
    if (stream.capture) misuse("cudaGraphLaunch", "a launch in a capture is not modeled");
    if (stream.device != current_device()) {
      misuse("cudaGraphLaunch",
             fmt::format("the stream belongs to device {}, but device {} is current", stream.device,
                         current_device()));
    }
    launch(executable, stream);
    return cudaSuccess;
  });
}

cudaError_t cudaGraphDestroy(cudaGraph_t graph) {
  return entry(__func__, [&] {
    if (graph == nullptr) return cudaErrorInvalidValue;
    destroy(graph);
    return cudaSuccess;
  });
}

cudaError_t cudaGraphExecDestroy(cudaGraphExec_t executable) {
  return entry(__func__, [&] {
    destroy(executable);
    return cudaSuccess;
  });
}

}  // extern "C"
