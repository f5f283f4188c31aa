// SPDX-License-Identifier: Apache-2.0
#include "backend/cuda/copy_stream.h"

#include "base/error.h"

namespace moneta::cuda {
namespace {

class CudaCopyEvent : public CopyEvent {
 public:
  CudaCopyEvent(cudaStream_t copies, int ordinal)
      : ordinal_(ordinal), copied_(make_event(cudaEventDisableTiming | cudaEventBlockingSync)) {
    MONETA_CUDA(cudaEventRecord(copied_, copies));
  }
  void wait() override {
    // In a thread that has selected no device, the runtime would create a context on device 0.
    MONETA_CUDA(cudaSetDevice(ordinal_));
    MONETA_CUDA(cudaEventSynchronize(copied_));
  }

 private:
  int ordinal_;
  Event copied_;
};

class CudaCopyStream : public CopyStream {
 public:
  CudaCopyStream(Streams& streams, int ordinal)
      : streams_(streams), ordinal_(ordinal), copies_(make_stream()), copied_(make_event()) {}
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
  void wait_for_compute() override { streams_.make_wait(copies_); }
  void block_compute() override {
    MONETA_CUDA(cudaEventRecord(copied_, copies_));
    MONETA_CUDA(cudaStreamWaitEvent(streams_.compute(), copied_, 0));
  }
  std::unique_ptr<CopyEvent> record() override {
    return std::make_unique<CudaCopyEvent>(copies_, ordinal_);
  }
  void wait() override { MONETA_CUDA(cudaStreamSynchronize(copies_)); }

 private:
  void copy(void* to, void const* from, std::size_t bytes, cudaMemcpyKind kind) {
    if (bytes == 0) return;
    MONETA_CUDA(cudaMemcpyAsync(to, from, bytes, kind, copies_), fmt::format("{} bytes", bytes));
  }

  Streams& streams_;
  int ordinal_;
  Stream copies_;
  Event copied_;
};

}  // namespace

std::unique_ptr<CopyStream> make_copy_stream(Streams& streams, int ordinal) {
  return std::make_unique<CudaCopyStream>(streams, ordinal);
}

}  // namespace moneta::cuda
