// SPDX-License-Identifier: Apache-2.0
#include "engine/gradient_all_reduce.h"

#include <algorithm>
#include <vector>

#include "backend/gpu_all_reduce.h"
#include "backend/require.h"
#include "base/error.h"
#include "engine/gpu_sharing.h"

namespace moneta {
namespace {

/// Sums in host memory with MPI.
class HostAllReduce : public GradientAllReduce {
 public:
  HostAllReduce(Team& team, Backend& backend, std::size_t count)
      : team_(team), backend_(backend), count_(count), buffer_(team.size() > 1 ? count : 0) {}

  std::string description() const override { return "MPI"; }

  void sum(DeviceSpan<float> values) override {
    require_size("sum over a team", "values", values.size(), count_);
    if (team_.size() == 1) return;
    backend_.download(buffer_.data(), values.data(), count_ * sizeof(float));
    team_.all_reduce_sum(buffer_);
    backend_.upload(values.data(), buffer_.data(), count_ * sizeof(float));
  }

 private:
  Team& team_;
  Backend& backend_;
  std::size_t count_;
  std::vector<float> buffer_;
};

/// Throws OutOfMemory on all members unless each of them can allocate `bytes`. If one of them
/// failed alone inside NCCL, the others would wait for it.
void require_memory(Team& team, Backend& backend, std::size_t bytes) {
  std::string shortage;
  try {
    backend.allocate(bytes);
  } catch (OutOfMemory const& error) {
    shortage = error.what();
  }
  if (team.all_reduce_min(shortage.empty() ? 1 : 0) == 1) return;
  throw OutOfMemory(shortage.empty()
                        ? "another rank of the team does not have memory for its gradients"
                        : shortage);
}

/// The id that the root of the team creates, on every member.
GpuTeamId share_id(Team& team) {
  std::string own;
  if (team.is_root()) {
    GpuTeamId const created = make_gpu_team_id();
    own.assign(reinterpret_cast<char const*>(created.data()), created.size());
  }
  std::string const shared = team.all_gather(own).front();
  GpuTeamId id{};
  MONETA_REQUIRE(shared.size() == id.size(), internal,
                 "the id of a team of GPUs has {} bytes ({} are expected)", shared.size(),
                 id.size());
  std::transform(shared.begin(), shared.end(), id.begin(),
                 [](char byte) { return static_cast<std::byte>(byte); });
  return id;
}

}  // namespace

std::unique_ptr<GradientAllReduce> make_gradient_all_reduce(
    Team& team, Backend& backend, std::string const& gpu, std::vector<GradientPart> const& parts) {
  std::size_t count = 0;
  for (GradientPart const& part : parts) count += part.count;
  if (!can_all_reduce_between_gpus(team.all_gather(gpu))) {
    return make_host_all_reduce(team, backend, count);
  }
  require_memory(team, backend, count * sizeof(float));
  return make_gpu_all_reduce(backend, {share_id(team), team.size(), team.index()}, parts,
                             [&team] { team.idle(); });
}

std::unique_ptr<GradientAllReduce> make_host_all_reduce(Team& team, Backend& backend,
                                                        std::size_t count) {
  return std::make_unique<HostAllReduce>(team, backend, count);
}

}  // namespace moneta
