// SPDX-License-Identifier: Apache-2.0
// A plan has the bytes that a rank allocates from its backend, not one more or less.
#include <gtest/gtest.h>

#include <map>
#include <optional>

#include "engine/plan_inputs.h"
#include "train/narrow_run.h"

namespace moneta {
namespace {

/// Rows that are read for every batch, as from dense shards: the windows of a batch follow one
/// another.
class StreamedRows : public WindowSource {
 public:
  explicit StreamedRows(std::unique_ptr<WindowSource> resident) : resident_(std::move(resident)) {}
  bool rows_are_resident() const override { return false; }
  std::span<float const> resident_rows(std::size_t /*k*/) const override { return {}; }
  WindowRows windows(std::size_t k, std::span<std::size_t const> samples) override {
    WindowRows const all = resident_->windows(k, samples);
    Batch& batch = batches_[k];
    batch = {};
    for (std::int64_t const end : all.ends) {
      auto const first = (static_cast<std::size_t>(end) + 1 - steps) * feature_count;
      auto const window = all.rows.subspan(first, steps * feature_count);
      batch.rows.insert(batch.rows.end(), window.begin(), window.end());
      batch.ends.push_back(static_cast<std::int64_t>(batch.rows.size() / feature_count) - 1);
    }
    return {batch.rows, batch.ends};
  }

 private:
  struct Batch {
    std::vector<float> rows;
    std::vector<std::int64_t> ends;
  };
  std::unique_ptr<WindowSource> resident_;
  std::map<std::size_t, Batch> batches_;  // of each timeframe
};

struct PlannedBytesCase {
  char const* name;
  MemoryOptions memory_options = {};
  RowPlacement rows = RowPlacement::resident;
  std::size_t timeframes = 1;
  bool own_memory = true;  ///< false: a device that computes in host memory
  std::size_t team_size = 1, team_index = 0;
  friend void PrintTo(PlannedBytesCase const& each, std::ostream* out) { *out << each.name; }
};

/// A device that computes in host memory, with the same accounts.
class CpuWithAccounts : public NarrowBackend {
 public:
  using NarrowBackend::NarrowBackend;
  std::optional<DeviceMemoryUse> memory_use() const override { return {}; }
};

class PlannedBytes : public NarrowRun, public testing::WithParamInterface<PlannedBytesCase> {
 protected:
  void SetUp() override {
    NarrowRun::SetUp();
    config_.data.timeframes.resize(GetParam().timeframes, {"5m", 5, steps});
    for (std::string const& coin : config_.coins) {
      coins_.push_back(make_dataset(coin));
      CoinDataset& dataset = coins_.back();
      dataset.steps.resize(GetParam().timeframes, dataset.steps[0]);
      dataset.scaler.mean.resize(GetParam().timeframes, dataset.scaler.mean[0]);
      dataset.scaler.stddev.resize(GetParam().timeframes, dataset.scaler.stddev[0]);
      if (!are_resident()) {
        dataset.source = std::make_unique<StreamedRows>(std::move(dataset.source));
      }
      work().coins.push_back(work().coins.size());
      std::size_t const rows = are_resident() ? sample_count + steps : 0;
      sizes_.push_back({coin, sample_count, std::vector(GetParam().timeframes, rows), ""});
    }
    work().team_size = GetParam().team_size;
    work().team_index = GetParam().team_index;
  }
  bool are_resident() const { return GetParam().rows == RowPlacement::resident; }
  RankWork& work() { return planned_work_; }

  std::unique_ptr<Backend> make_backend() {
    if (GetParam().own_memory) {
      return std::make_unique<NarrowBackend>(budget_, make_cpu_backend(1), &host_budget_);
    }
    return std::make_unique<CpuWithAccounts>(budget_, make_cpu_backend(1), &host_budget_);
  }
  Plan plan(Backend const& backend) {
    BatchLimits limits;
    limits.micro_batch = 8;
    limits.evaluation_batch = 16;
    limits.memory_options = GetParam().memory_options;
    return plan_rank(config_, backend, Precision::f32, sizes_, planned_work_, {}, limits);
  }
  /// Trains every coin for an epoch and validates it, with two snapshots of each. The root of a
  /// team saves.
  void train(TrainingDevice& device, Team& team) {
    std::optional<SnapshotBuffers> snapshots;
    if (work().team_index == 0) snapshots.emplace(device.backend(), device.layout().size);
    std::vector<std::unique_ptr<CoinTrainer>> trainers;
    for (CoinDataset& each : coins_) {
      auto const dataset = std::make_shared<CoinDataset>(std::move(each));
      trainers.push_back(std::make_unique<CoinTrainer>(
          config_, device, team, dataset,
          initial_state(config_, device.layout(), *dataset, Precision::f32, 8)));
    }
    for (auto const& trainer : trainers) {
      trainer->activate();
      while (!trainer->epoch_is_trained()) trainer->train_update({});
      EXPECT_TRUE(trainer->finish_epoch());
      for (int i = 0; i < 2 && snapshots; ++i) trainer->snapshot(snapshots->next());
      trainer->deactivate();
    }
    used_ = budget_.used;
    host_used_ = host_budget_.used;
  }

  std::vector<CoinDataset> coins_;
  std::vector<CoinSizes> sizes_;
  RankWork planned_work_;
  MemoryBudget host_budget_;
  std::size_t used_ = 0, host_used_ = 0;  // at the end of the epoch
};

TEST_P(PlannedBytes, AreThoseThatTheRankAllocates) {
  Team team(session(), work_);
  auto backend = make_backend();
  Plan const planned = plan(*backend);
  ASSERT_EQ(planned.memory_options, GetParam().memory_options);
  auto sum = make_host_all_reduce(team, *backend, layout_of(config_).size);
  TrainingDevice device(std::move(backend), std::move(sum), config_, Precision::f32);
  device.build(planned);
  train(device, team);

  // Not from the backend: libraries, rows and states as they are loaded, and the buffer of MPI.
  std::size_t const array_bytes = device.layout().size * sizeof(float);
  std::size_t const state_bytes = 3 * array_bytes;
  std::size_t const team_bytes = GetParam().team_size > 1 ? array_bytes : 0;
  std::size_t const row_bytes = plan_inputs::host_row_bytes(config_, sizes_, planned_work_);
  ASSERT_EQ(planned.lines[0].what, "libraries");
  std::size_t const device_bytes = planned.total_bytes - planned.lines[0].bytes;
  if (GetParam().own_memory) {
    EXPECT_EQ(used_, device_bytes);
    ASSERT_EQ(planned.host_lines[0].what, "libraries");
    EXPECT_EQ(host_used_, planned.host_bytes - planned.host_lines[0].bytes - row_bytes -
                              state_bytes - team_bytes);
  } else {
    EXPECT_EQ(used_ + host_used_, device_bytes - row_bytes - state_bytes - team_bytes);
  }
  EXPECT_EQ(budget_.peak, used_) << "more was allocated for a time";
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, PlannedBytes, testing::ValuesIn(std::vector<PlannedBytesCase>{
    {"Kept"},
    {"TwoTimeframes",          {}, RowPlacement::resident, 2},
    {"Streamed",               {}, RowPlacement::streamed},
    {"StreamedTwoTimeframes",  {}, RowPlacement::streamed, 2},
    {"OneModel",               {.share_model = true}},
    {"OneModelStreamed",       {.share_model = true}, RowPlacement::streamed, 2},
    {"RecomputeLayers",        {.recompute = {.layers = true}}},
    {"RecomputeTimeframes",    {.recompute = {.timeframes = true}}, RowPlacement::resident, 2},
    {"RecomputeBoth",          {.recompute = {.layers = true, .timeframes = true}}, RowPlacement::resident, 2},
    {"OffloadInactive",        {.offload_inactive = true}},
    {"OffloadMoments",         {.offload_optimizer = true}},
    {"OffloadBoth",            {.offload_inactive = true, .offload_optimizer = true}},
    {"Everything",             {.recompute = {.layers = true, .timeframes = true}, .offload_inactive = true,
                                .share_model = true, .offload_optimizer = true}, RowPlacement::streamed, 2},
    {"RootOfATeam",            {}, RowPlacement::resident, 1, true, 2, 0},
    {"MemberOfATeam",          {.offload_inactive = true}, RowPlacement::resident, 1, true, 2, 1},
    {"Cpu",                    {}, RowPlacement::resident, 2, false},
    {"CpuStreamed",            {}, RowPlacement::streamed, 2, false},
    {"CpuOneModel",            {.recompute = {.layers = true}, .share_model = true}, RowPlacement::resident, 1, false},
    {"CpuMemberOfATeam",       {}, RowPlacement::resident, 1, false, 2, 1},
}), [](auto const& each) { return each.param.name; });
// clang-format on

/// A batch has as many bytes as its arrays, each rounded up to 256 bytes.
TEST(BatchBuilderBytes, AreThoseOfItsBlockAndItsStagingBuffers) {
  std::vector<std::size_t> const lengths{8, 3};
  EXPECT_EQ(BatchBuilder::bytes(1, lengths, RowPlacement::resident), 4u * 256);
  EXPECT_EQ(BatchBuilder::bytes(128, lengths, RowPlacement::resident), 128u * (8 + 2 * 8 + 4));
  EXPECT_EQ(BatchBuilder::bytes(128, lengths, RowPlacement::streamed),
            128u * (8 + 2 * 8 + 4 + (8 + 3) * feature_count * sizeof(float)));
}

/// Every batch is uploaded with one call, and one for each timeframe whose rows are streamed.
TEST_P(PlannedBytes, ABatchIsOneUpload) {
  class UploadCounter : public WrappedBackend {
   public:
    using WrappedBackend::WrappedBackend;
    void upload(void* device, void const* host, std::size_t bytes) override {
      ++uploads;
      WrappedBackend::upload(device, host, bytes);
    }
    std::size_t uploads = 0;
  };
  auto const cpu = make_cpu_backend(1);
  UploadCounter backend(*cpu);
  DeviceRows const rows(backend, coins_[0]);
  BatchBuilder builder(backend, 4, coins_[0].steps);
  backend.uploads = 0;
  std::vector<std::size_t> const samples{7, 250, 3};
  std::vector<std::uint64_t> const keys{1, 2, 3};
  DeviceBatch const batch = builder.build(rows, samples, keys);
  EXPECT_EQ(backend.uploads, are_resident() ? 1 : 1 + GetParam().timeframes);
  for (std::size_t n = 0; n < 4; ++n) {
    std::size_t const sample = samples[std::min<std::size_t>(n, 2)];
    EXPECT_EQ(batch.samples.data()[n], keys[std::min<std::size_t>(n, 2)]);
    EXPECT_EQ(batch.target.data()[n], coins_[0].target[sample]);
    for (DeviceWindows const& windows : batch.windows) {
      auto const last = static_cast<std::size_t>(windows.ends.data()[n]) * feature_count;
      EXPECT_EQ(windows.rows.data()[last], coins_[0].target[sample]);
    }
  }
}

}  // namespace
}  // namespace moneta
