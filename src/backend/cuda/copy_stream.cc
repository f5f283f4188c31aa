// SPDX-License-Identifier: Apache-2.0
#include "backend/cuda/copy_stream.h"

#include "base/error.h"

namespace moneta::cuda {
namespace {

class CudaCopyStream : public CopyStream {
 public:
  explicit CudaCopyStream(Streams& streams)
      : streams_(streams), copies_(make_stream()), copied_(make_event()) {}
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
  void wait() override { MONETA_CUDA(cudaStreamSynchronize(copies_)); }

 private:
  void copy(void* to, void const* from, std::size_t bytes, cudaMemcpyKind kind) {
    if (bytes == 0) return;
    MONETA_CUDA(cudaMemcpyAsync(to, from, bytes, kind, copies_), fmt::format("{} bytes", bytes));
  }

  Streams& streams_;
  Stream copies_;
  Event copied_;
};

}  // namespace

std::unique_ptr<CopyStream> make_copy_stream(Streams& streams) {
  return std::make_unique<CudaCopyStream>(streams);
}

}  // namespace moneta::cuda
