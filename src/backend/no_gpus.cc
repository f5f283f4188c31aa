// SPDX-License-Identifier: Apache-2.0
// Implements benchmark_child.h, gpus.h and gpu_all_reduce.h in a build without CUDA, as far as they
// need it.
#include "backend/benchmark_child.h"
#include "backend/gpu_all_reduce.h"
#include "backend/gpus.h"
#include "base/error.h"

namespace moneta {
namespace {

[[noreturn]] void refuse(std::string const& what) {
  throw Error(
      ErrorKind::device,
      fmt::format(
          "{} (this build has no CUDA). Set device.kind=cpu, or build on a machine with CUDA, cuDNN and NCCL?",
          what));
}

}  // namespace

GpuCount count_gpus() { return {0, "this build has no CUDA", {}}; }

std::string gpu_identity(std::size_t number) { refuse(fmt::format("there is no GPU {}", number)); }

std::unique_ptr<Backend> make_cuda_backend(std::size_t number) {
  refuse(fmt::format("there is no GPU {}", number));
}

LstmBenchmark persistent_benchmark_here(std::size_t gpu, LstmShape const&) {
  refuse(fmt::format("there is no GPU {}", gpu));
}

GpuTeamId make_gpu_team_id() { refuse("gradients cannot be summed between GPUs"); }

// NOLINTBEGIN(performance-unnecessary-value-param): the parameters are those of the declaration.
std::unique_ptr<GradientAllReduce> make_gpu_all_reduce(Backend&, GpuTeamMember const&,
                                                       std::vector<GradientPart> const&,
                                                       std::function<void()>,
                                                       std::chrono::milliseconds) {
  refuse("gradients cannot be summed between GPUs");
}
// NOLINTEND(performance-unnecessary-value-param)

}  // namespace moneta
