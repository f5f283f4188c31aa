// SPDX-License-Identifier: Apache-2.0
#include "backend/cuda/captured_graph.h"

#include "backend/cuda/handles.h"
#include "backend/cuda/owns_stream.h"
#include "base/error.h"

namespace moneta {
namespace cuda {
namespace {

using Graph = Handle<cudaGraph_t, cudaGraphDestroy>;
using GraphExec = Handle<cudaGraphExec_t, cudaGraphExecDestroy>;

/// Ends the recording of a stream whatever happens, so that the stream runs again.
class Recording {
 public:
  explicit Recording(cudaStream_t stream) : stream_(stream) {
    MONETA_CUDA(cudaStreamBeginCapture(stream, cudaStreamCaptureModeRelaxed));
  }
  Recording(Recording const&) = delete;
  Recording& operator=(Recording const&) = delete;
  ~Recording() {
    if (is_over_) return;
    cudaGraph_t made = nullptr;
    (void)cudaStreamEndCapture(stream_, &made);
    Graph const unfinished(made);
    (void)cudaGetLastError();  // that the recording was broken is known
  }
  Graph end() {
    is_over_ = true;
    cudaGraph_t made = nullptr;
    MONETA_CUDA(cudaStreamEndCapture(stream_, &made));
    return Graph(made);
  }

 private:
  cudaStream_t stream_;
  bool is_over_ = false;
};

class RecordedGraph : public CapturedGraph {
 public:
  RecordedGraph(cudaStream_t stream, std::function<void()> const& work) : stream_(stream) {
    Recording recording(stream);
    work();
    Graph const graph = recording.end();
    cudaGraphExec_t made = nullptr;
    MONETA_CUDA(cudaGraphInstantiateWithFlags(&made, graph, 0));
    graph_ = GraphExec(made);
  }
  void replay() override { MONETA_CUDA(cudaGraphLaunch(graph_, stream_)); }

 private:
  cudaStream_t stream_;
  GraphExec graph_;
};

}  // namespace
}  // namespace cuda

std::unique_ptr<CapturedGraph> record(Backend& backend, std::function<void()> const& work) {
  auto const* const queue = dynamic_cast<cuda::OwnsStream const*>(&backend);
  MONETA_REQUIRE(
      queue, device,
      "the calls of this backend cannot be recorded ({}, not a GPU). Set device.kind=cuda?",
      backend.description());
  return std::make_unique<cuda::RecordedGraph>(queue->stream(), work);
}

}  // namespace moneta
