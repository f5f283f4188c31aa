// SPDX-License-Identifier: Apache-2.0
#include "backend/cuda/copy_stream.h"

#include "base/error.h"

namespace moneta::cuda {
namespace {

class CudaCopyStream : public CopyStream {
 public:
  explicit CudaCopyStream(cudaStream_t compute)
      : compute_(compute), copies_(make_stream()), computed_(make_event()), copied_(make_event()) {}
  CudaCopyStream(CudaCopyStream const&) = delete;
  CudaCopyStream& operator=(CudaCopyStream const&) = delete;
  /// Waits, because the owner may free the memory afterwards.
  ~CudaCopyStream() override { (void)cudaStreamSynchronize(copies_); }

  void upload(void* device, void const* host, std::size_t bytes) override {
    copy(device, host, bytes, cudaMemcpyHostToDevice);
  }
  void download(void* host, void const* device, std::size_t bytes) override {
    copy(host, device, bytes, cudaMemcpyDeviceToHost);
  }
  void wait_for_compute() override { make_wait(copies_, compute_, computed_); }
  void block_compute() override { make_wait(compute_, copies_, copied_); }
  void wait() override { MONETA_CUDA(cudaStreamSynchronize(copies_)); }

 private:
  void copy(void* to, void const* from, std::size_t bytes, cudaMemcpyKind kind) {
    if (bytes == 0) return;
    MONETA_CUDA(cudaMemcpyAsync(to, from, bytes, kind, copies_), fmt::format("{} bytes", bytes));
  }
  /// Makes `later` wait for the work that is now queued on `first`. The event can be reused at
  /// once: a wait refers to the record that precedes it.
  static void make_wait(cudaStream_t later, cudaStream_t first, cudaEvent_t event) {
    MONETA_CUDA(cudaEventRecord(event, first));
    MONETA_CUDA(cudaStreamWaitEvent(later, event, 0));
  }

  cudaStream_t compute_;
  Stream copies_;
  Event computed_, copied_;
};

}  // namespace

std::unique_ptr<CopyStream> make_copy_stream(cudaStream_t compute) {
  return std::make_unique<CudaCopyStream>(compute);
}

}  // namespace moneta::cuda
