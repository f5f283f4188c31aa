// SPDX-License-Identifier: Apache-2.0
#include "engine/gradient_all_reduce.h"

#include <algorithm>
#include <vector>

#include "backend/gpus.h"
#include "backend/require.h"
#include "base/error.h"
#include "engine/gpu_sharing.h"

namespace moneta {
namespace {

class HostSum : public GradientSum {
 public:
  HostSum(Team& team, Backend& backend, std::size_t count)
      : team_(team), backend_(backend), count_(count), buffer_(team.size() > 1 ? count : 0) {}

  std::string description() const override { return "MPI"; }

  void sum(DeviceSpan<float> values) override {
    require_size("sum over a team", "values", values.size(), count_);
    if (team_.size() == 1) return;
    backend_.download(buffer_.data(), values.data(), count_ * sizeof(float));
    team_.sum(buffer_);
    backend_.upload(values.data(), buffer_.data(), count_ * sizeof(float));
  }

 private:
  Team& team_;
  Backend& backend_;
  std::size_t count_;
  std::vector<float> buffer_;
};

/// The id that the leader makes, on every member.
GpuTeamId share_id(Team& team) {
  std::string own;
  if (team.leads()) {
    GpuTeamId const made = make_gpu_team_id();
    own.assign(reinterpret_cast<char const*>(made.data()), made.size());
  }
  std::string const shared = team.from_every_member(own).front();
  GpuTeamId id{};
  MONETA_REQUIRE(shared.size() == id.size(), internal, "the id of a team of GPUs has ",
                 shared.size(), " bytes (", id.size(), " are due)");
  std::transform(shared.begin(), shared.end(), id.begin(),
                 [](char each) { return static_cast<std::byte>(each); });
  return id;
}

}  // namespace

std::unique_ptr<GradientSum> make_team_sum(Team& team, Backend& backend, std::string const& gpu,
                                           std::size_t count) {
  if (!can_sum_between_gpus(team.from_every_member(gpu))) {
    return make_host_sum(team, backend, count);
  }
  return make_gpu_sum(backend, {share_id(team), team.size(), team.index()}, count,
                      [&team] { team.idle(); });
}

std::unique_ptr<GradientSum> make_host_sum(Team& team, Backend& backend, std::size_t count) {
  return std::make_unique<HostSum>(team, backend, count);
}

}  // namespace moneta
