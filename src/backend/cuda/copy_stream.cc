// SPDX-License-Identifier: Apache-2.0
#include "backend/cuda/copy_stream.h"

#include "base/error.h"

namespace moneta::cuda {
namespace {

class StreamCopyQueue : public CopyStream {
 public:
  explicit StreamCopyQueue(cudaStream_t computing)
      : computing_(computing),
        copying_(make_stream()),
        computed_(make_event()),
        copied_(make_event()) {}
  /// The memory it copies is freed after it.
  ~StreamCopyQueue() override { (void)cudaStreamSynchronize(copying_); }

  void upload(void* device, void const* host, std::size_t bytes) override {
    copy(device, host, bytes, cudaMemcpyHostToDevice);
  }
  void download(void* host, void const* device, std::size_t bytes) override {
    copy(host, device, bytes, cudaMemcpyDeviceToHost);
  }
  void wait_for_compute() override { let_wait(copying_, computing_, computed_); }
  void block_compute() override { let_wait(computing_, copying_, copied_); }
  void wait() override { MONETA_CUDA(cudaStreamSynchronize(copying_)); }

 private:
  void copy(void* to, void const* from, std::size_t bytes, cudaMemcpyKind kind) {
    if (bytes == 0) return;
    MONETA_CUDA(cudaMemcpyAsync(to, from, bytes, kind, copying_), fmt::format("{} bytes", bytes));
  }
  /// `later` waits for what is queued on `first` now. An event may be recorded anew at once: a wait
  /// is for the state of the event when it was called.
  static void let_wait(cudaStream_t later, cudaStream_t first, cudaEvent_t event) {
    MONETA_CUDA(cudaEventRecord(event, first));
    MONETA_CUDA(cudaStreamWaitEvent(later, event, 0));
  }

  cudaStream_t computing_;
  Stream copying_;
  Event computed_, copied_;
};

}  // namespace

std::unique_ptr<CopyStream> make_copy_stream(cudaStream_t computing) {
  return std::make_unique<StreamCopyQueue>(computing);
}

}  // namespace moneta::cuda
