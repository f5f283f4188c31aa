// SPDX-License-Identifier: Apache-2.0
#include "train/coin_trainer.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "base/error.h"
#include "base/philox.h"
#include "engine/sample_order.h"
#include "market/features.h"
#include "optim/optimizer.h"
#include "optim/schedule.h"
#include "run/identity.h"

namespace moneta {
namespace {

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// The first message of a member of the team that is not empty.
std::string first_message(Team& team, std::string const& own) {
  for (std::string& text : team.all_gather(own)) {
    if (!text.empty()) return std::move(text);
  }
  return own;
}

}  // namespace

CoinState initial_state(Config const& config, ParameterLayout const& layout,
                        CoinDataset const& dataset, Precision precision, std::size_t micro_batch) {
  CoinState state;
  CoinHeader& header = state.header;
  header.coin = dataset.coin;
  header.slices = layout.slices;
  for (TimeframeConfig const& timeframe : config.data.timeframes) {
    header.timeframes.push_back(timeframe.name);
  }
  header.feature_names.assign(feature_names.begin(), feature_names.end());
  header.feature_mean = dataset.scaler.mean;
  header.feature_stddev = dataset.scaler.stddev;
  header.target_stddev = dataset.scaler.target_stddev;
  header.config_digest = identity_digest(config);
  header.data_digest = dataset.digest;
  header.precision = to_string(precision);
  header.micro_batch = micro_batch;
  if (precision == Precision::fp16) header.loss_scaler = LossScalerState{};
  state.params = initial_parameters(layout, config.run.seed, dataset.coin);
  state.m.assign(layout.size, 0);
  state.v.assign(layout.size, 0);
  return state;
}

CoinTrainer::CoinTrainer(Config const& config, TrainingDevice& device, Team& team,
                         std::shared_ptr<CoinDataset> dataset, CoinState const& state,
                         std::function<void()> between_batches)
    : config_(config),
      device_(device),
      team_(team),
      between_batches_(std::move(between_batches)),
      dataset_(std::move(dataset)),
      rows_(device.backend(), *dataset_),
      tensors_(device),
      updates_per_epoch_(static_cast<std::int64_t>(dataset_->split.train.size() /
                                                   config.train.effective_batch())) {
  MONETA_REQUIRE(
      updates_per_epoch_ > 0, data,
      "the train part has {} samples (one update takes train.batch x train.accumulate = {}). Lower train.batch or train.accumulate, or prepare more days?",
      dataset_->split.train.size(), config.train.effective_batch());
  tensors_.set(state);
  header_ = state.header;
  if (device.precision() == Precision::fp16) {
    // The state of a run that has changed its precision to fp16 has no scaler.
    loss_scaler_.emplace(header_.loss_scaler.value_or(LossScalerState{}));
  }
}

TeamVotes CoinTrainer::train_update(TeamVotes own_votes) {
  auto const start = std::chrono::steady_clock::now();
  CoinProgress& progress = header_.progress;
  if (order_epoch_ != progress.epoch) {
    order_ = sample_order(random_key(config_.run.seed, coin(), RandomPurpose::sample_order),
                          progress.epoch, dataset_->split.train);
    order_epoch_ = progress.epoch;
  }
  std::size_t const count = config_.train.effective_batch();
  auto const first = static_cast<std::size_t>(progress.update_in_epoch) * count;
  TeamGradientSum gradient_sum(device_.gradient_all_reduce(),
                               span_of<float>(*device_.shared().gradients),
                               device_.training().gradient_parts());
  TeamSums const sums = sum_over_team(
      [&] { accumulate_effective_batch(std::span(order_).subspan(first, count), gradient_sum); },
      own_votes, [&] { gradient_sum.finish(); });
  double const rate =
      progress.learning_rate_factor *
      learning_rate_at(config_.train, updates_per_epoch_,
                       progress.epoch * updates_per_epoch_ + progress.update_in_epoch);
  UpdateResult const result =
      tensors_.update(config_.train.optimizer, rate, progress.applied_updates + 1, loss_scale());
  if (loss_scaler_) loss_scaler_->update(result.applied);
  skipped_last_update_ = !result.applied;
  if (result.applied) {
    ++progress.applied_updates;
    progress.skipped_in_a_row = 0;
    progress.epoch_loss_sum += sums.loss;
    progress.epoch_norm_sum += result.gradient_norm;
    progress.epoch_norm_max = std::max(progress.epoch_norm_max, result.gradient_norm);
  } else {
    if (!loss_scaler_ || loss_scaler_->is_exhausted()) ++progress.skipped_in_a_row;
    ++progress.skipped_updates;
    ++progress.epoch_skipped;
  }
  ++progress.update_in_epoch;
  ++progress.update;
  ++timed_updates_;
  train_seconds_ += seconds_since(start);
  wait_seconds_ += device_.training_batches().take_wait_seconds();
  return sums.votes;
}

CoinTrainer::TeamSums CoinTrainer::sum_over_team(std::function<void()> const& work,
                                                 TeamVotes own_votes,
                                                 std::function<void()> const& join) {
  std::string no_memory, no_data;
  try {
    work();
  } catch (OutOfMemory const& error) {
    no_memory = error.what();
  } catch (Error const& error) {
    if (error.kind() != ErrorKind::data) throw;
    no_data = error.what();
  }
  join();
  // The loss sum is taken even after an error, so that none of it is left for the next coin. All
  // members reach the all-reduce even if one of them has failed.
  double sums[] = {device_.backend().take_loss_sum(), no_memory.empty() ? 0.0 : 1.0,
                   no_data.empty() ? 0.0 : 1.0, own_votes.stop ? 1.0 : 0.0,
                   own_votes.save ? 1.0 : 0.0};
  team_.all_reduce_sum(sums);
  if (sums[2] > 0) throw Error(ErrorKind::data, first_message(team_, no_data));
  if (sums[1] > 0) {
    throw OutOfMemory(no_memory.empty() ? "another rank of the coin's team is out of memory."
                                        : no_memory);
  }
  return {.loss = sums[0], .votes = {.stop = sums[3] > 0, .save = sums[4] > 0}};
}

void CoinTrainer::accumulate_effective_batch(std::span<std::size_t const> samples,
                                             TeamGradientSum& gradient_sum) {
  std::size_t const micro_batch = device_.training().shape().batch;
  std::uint64_t const dropout_key = random_key(config_.run.seed, coin(), RandomPurpose::dropout,
                                               static_cast<std::uint64_t>(progress().update));
  auto const scale = static_cast<float>(loss_scale() / static_cast<double>(samples.size()));
  DeviceMemory& gradients = *device_.shared().gradients;
  device_.training().load_parameters(tensors_.params());
  device_.backend().zero(gradients.data(), gradients.bytes());
  // The blocks of a persistent LSTM kernel wait for each other on the GPU, and so do those of an
  // all-reduce. Side by side, neither may get all of its blocks onto the GPU, and both would wait
  // forever. Then the sum begins after the last of them.
  GradientPartReady begin_sum;
  if (device_.algorithms() == LstmAlgorithms{}) {
    begin_sum = [&](GradientPart part) { gradient_sum.begin(part); };
  }
  std::vector<std::uint64_t> positions;
  std::size_t const micro_batches = (samples.size() + micro_batch - 1) / micro_batch;
  for (std::size_t i = team_.index(); i < micro_batches; i += team_.size()) {
    bool const is_last = i + team_.size() >= micro_batches;  // of this member
    std::size_t const first = i * micro_batch;
    std::size_t const count = std::min(micro_batch, samples.size() - first);
    positions.clear();
    for (std::size_t n = 0; n < count; ++n) positions.push_back(first + n);
    DeviceBatch const batch =
        device_.training_batches().build(rows_, samples.subspan(first, count), positions);
    device_.training().accumulate_gradient(batch, dropout_key, scale, span_of<float>(gradients),
                                           is_last ? begin_sum : GradientPartReady{});
    between_batches_();
  }
}

void CoinTrainer::add_losses(SampleRange range) {
  // That of the team, which a model shared with the training may exceed.
  std::size_t const batch = device_.plan().evaluation_batch;
  device_.evaluation().load_parameters(tensors_.params());
  std::vector<std::size_t> samples;
  for (std::size_t first = range.begin, i = 0; first < range.end; first += batch, ++i) {
    if (i % team_.size() != team_.index()) continue;
    samples.clear();
    for (std::size_t s = first; s < std::min(first + batch, range.end); ++s) samples.push_back(s);
    std::vector<std::uint64_t> const keys(samples.size());
    device_.evaluation().add_loss(device_.evaluation_batches().build(rows_, samples, keys));
    between_batches_();
  }
}

double CoinTrainer::mean_loss(SampleRange range) {
  TeamSums const sums = sum_over_team([&] { add_losses(range); }, {});
  return sums.loss / static_cast<double>(range.size());
}

std::optional<EpochRecord> CoinTrainer::finish_epoch() {
  auto const start = std::chrono::steady_clock::now();
  tensors_.prefetch_writeback();
  double const valid_loss = mean_loss(dataset_->split.valid);
  device_.evaluation_batches().take_wait_seconds();
  CoinProgress& progress = header_.progress;
  double const speed = sequences_per_second();
  auto const applied = static_cast<double>(applied_in_epoch());
  if (applied == 0 || !std::isfinite(valid_loss)) return {};
  EpochRecord record;
  record.coin = coin();
  record.learning_rate = progress.learning_rate_factor *
                         learning_rate_at(config_.train, updates_per_epoch_,
                                          (progress.epoch + 1) * updates_per_epoch_ - 1);
  record.gradient_norm_mean = progress.epoch_norm_sum / applied;
  record.gradient_norm_max = progress.epoch_norm_max;
  record.skipped_updates = progress.epoch_skipped;
  progress.train_loss = mean_loss_so_far();
  note_validation(valid_loss);

  record.epoch = progress.epoch;
  record.epochs = static_cast<std::int64_t>(config_.train.epochs);
  record.update = progress.update;
  record.train_loss = progress.train_loss;
  record.valid_loss = progress.valid_loss;
  record.best_valid_loss = progress.best_valid_loss;
  record.best_epoch = progress.best_epoch;
  record.finished = progress.finished;
  record.train_seconds = std::exchange(train_seconds_, 0);
  record.wait_seconds = std::exchange(wait_seconds_, 0);
  record.sequences_per_second = speed;
  timed_updates_ = 0;
  record.valid_seconds = seconds_since(start);
  return record;
}

bool CoinTrainer::needs_smaller_loss_scale() const {
  return applied_in_epoch() == 0 && loss_scaler_ && !loss_scaler_->is_exhausted();
}

void CoinTrainer::repeat_epoch() {
  CoinProgress& progress = header_.progress;
  progress.update -= progress.update_in_epoch;
  begin_epoch();
}

void CoinTrainer::begin_epoch() {
  CoinProgress& progress = header_.progress;
  progress.update_in_epoch = 0;
  progress.epoch_loss_sum = progress.epoch_norm_sum = progress.epoch_norm_max = 0;
  progress.epoch_skipped = 0;
}

void CoinTrainer::note_validation(double valid_loss) {
  CoinProgress& progress = header_.progress;
  ++progress.epoch;
  begin_epoch();
  progress.valid_loss = valid_loss;
  EarlyStopConfig const& early = config_.train.early_stop;
  if (progress.best_epoch == 0 || valid_loss < progress.best_valid_loss - early.min_delta) {
    progress.best_valid_loss = valid_loss;
    progress.best_epoch = progress.epoch;
    progress.stale_epochs = 0;
  } else {
    ++progress.stale_epochs;
  }
  bool const stale =
      early.patience > 0 && progress.stale_epochs >= static_cast<std::int64_t>(early.patience);
  progress.finished = stale || progress.epoch >= static_cast<std::int64_t>(config_.train.epochs);
}

CoinState CoinTrainer::first_state() const {
  return initial_state(config_, device_.layout(), *dataset_, device_.precision(),
                       device_.plan().micro_batch);
}

Snapshot CoinTrainer::snapshot(SnapshotBuffer& buffer) {
  Snapshot snapshot{header_, [&buffer] { return buffer.wait(); }};
  // The settings that the next updates are computed with.
  snapshot.header.precision = to_string(device_.precision());
  snapshot.header.micro_batch = device_.plan().micro_batch;
  snapshot.header.lstm_algorithm = to_string(device_.algorithms());
  snapshot.header.device = device_.rounding();
  snapshot.header.loss_scaler.reset();
  if (loss_scaler_) snapshot.header.loss_scaler = loss_scaler_->state();
  tensors_.copy_to(buffer);
  return snapshot;
}

void CoinTrainer::roll_back(CoinState const& state) {
  tensors_.set(state);
  if (loss_scaler_) loss_scaler_->roll_back(state.header.loss_scaler.value_or(LossScalerState{}));
  std::int64_t const rollbacks = progress().rollbacks + 1;
  double const factor = progress().learning_rate_factor / 2;
  header_.progress = state.header.progress;
  header_.progress.rollbacks = rollbacks;
  header_.progress.learning_rate_factor = factor;
}

double CoinTrainer::mean_loss_so_far() const {
  CoinProgress const& progress = header_.progress;
  std::int64_t const applied = applied_in_epoch();
  return applied == 0
             ? 0
             : progress.epoch_loss_sum / (static_cast<double>(applied) *
                                          static_cast<double>(config_.train.effective_batch()));
}

double CoinTrainer::sequences_per_second() const {
  return train_seconds_ == 0
             ? 0
             : static_cast<double>(timed_updates_) *
                   static_cast<double>(config_.train.effective_batch()) / train_seconds_;
}

}  // namespace moneta
