// SPDX-License-Identifier: Apache-2.0
// Takes the place of cuda/ in a build without it.
#include "backend/cuda/captured_graph.h"
#include "backend/gpus.h"
#include "base/error.h"

namespace moneta {
namespace {

[[noreturn]] void refuse(std::string const& what) {
  throw Error(
      ErrorKind::device,
      fmt::format(
          "{} (this build has no CUDA). Set device.kind=cpu, or build where CUDA, cuDNN and NCCL are?",
          what));
}

}  // namespace

GpuCount count_gpus() { return {0, "this build has no CUDA"}; }

std::string gpu_identity(std::size_t number) { refuse(fmt::format("there is no GPU {}", number)); }

std::unique_ptr<Backend> make_cuda_backend(std::size_t number) {
  refuse(fmt::format("there is no GPU {}", number));
}

std::unique_ptr<CapturedGraph> record(Backend& backend, std::function<void()> const& /*work*/) {
  throw Error(
      ErrorKind::device,
      fmt::format(
          "the calls of this backend cannot be recorded ({}, and this build has no CUDA). Build where CUDA, cuDNN and NCCL are?",
          backend.description()));
}

GpuTeamId make_gpu_team_id() { refuse("there is no team of GPUs"); }

std::unique_ptr<GradientAllReduce> make_gpu_all_reduce(Backend&, GpuTeamMember const&, std::size_t,
                                                       std::function<void()>) {
  refuse("there is no team of GPUs");
}

}  // namespace moneta
