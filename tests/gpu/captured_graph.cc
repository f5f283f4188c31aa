// SPDX-License-Identifier: Apache-2.0
#include "captured_graph.h"

#include "backend/cuda/handles.h"
#include "backend/cuda/owns_stream.h"
#include "base/error.h"

namespace moneta {
namespace cuda {
namespace {

using Graph = Handle<cudaGraph_t, cudaGraphDestroy>;
using GraphExec = Handle<cudaGraphExec_t, cudaGraphExecDestroy>;

/// Ends the capture of a stream in any case, so that the stream can run again.
class Capture {
 public:
  explicit Capture(Streams& streams) : streams_(streams) {
    MONETA_CUDA(cudaStreamBeginCapture(streams_.compute(), cudaStreamCaptureModeRelaxed));
  }
  Capture(Capture const&) = delete;
  Capture& operator=(Capture const&) = delete;
  ~Capture() {
    if (is_over_) return;
    cudaGraph_t made = nullptr;
    (void)cudaStreamEndCapture(streams_.compute(), &made);
    Graph const unfinished(made);
    (void)cudaGetLastError();  // the failed capture is reported already
  }
  Graph end() {
    is_over_ = true;
    cudaGraph_t made = nullptr;
    // The side stream joins the compute stream first, as the end of a capture requires.
    MONETA_CUDA(cudaStreamEndCapture(streams_.compute(), &made));
    return Graph(made);
  }

 private:
  Streams& streams_;
  bool is_over_ = false;
};

class CudaGraph : public CapturedGraph {
 public:
  CudaGraph(Streams& streams, std::function<void()> const& work) : streams_(streams) {
    Capture capture(streams);
    work();
    Graph const graph = capture.end();
    cudaGraphExec_t made = nullptr;
    MONETA_CUDA(cudaGraphInstantiateWithFlags(&made, graph, 0));
    graph_ = GraphExec(made);
  }
  void launch() override { MONETA_CUDA(cudaGraphLaunch(graph_, streams_.compute())); }

 private:
  Streams& streams_;
  GraphExec graph_;
};

}  // namespace
}  // namespace cuda

std::unique_ptr<CapturedGraph> capture(Backend& backend, std::function<void()> const& work) {
  auto* const owner = dynamic_cast<cuda::OwnsStream*>(&backend);
  MONETA_REQUIRE(owner, device,
                 "the calls of this backend cannot be captured ({}, not a GPU). Use --device cuda?",
                 backend.description());
  return std::make_unique<cuda::CudaGraph>(owner->streams(), work);
}

}  // namespace moneta
