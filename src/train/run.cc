// SPDX-License-Identifier: Apache-2.0
#include "train/run.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/stop_signal.h"
#include "base/version.h"
#include "checkpoint/index.h"
#include "comm/team.h"
#include "coord/device_sampler.h"
#include "coord/rank0_service.h"
#include "coord/rank_link.h"
#include "engine/assign_coins.h"
#include "engine/prepare_device.h"
#include "engine/start_stages.h"
#include "run/run_folder.h"
#include "train/coin_loader.h"
#include "train/oom_recovery.h"
#include "train/rank_training.h"
#include "train/start_coin.h"

namespace moneta {
namespace {

/// The run as a rank opened it.
struct Start {
  RunFolder folder;
  OpenedRun opened = {};               // on rank 0
  std::unique_ptr<RunLock> lock = {};  // on the other ranks; that of rank 0 is in `opened`
  CheckpointIndex index = {};
  std::vector<CoinSizes> sizes = {};
  RankWork work = {};
};

Start open(MpiSession& session, Config const& config) {
  Start start{.folder = RunFolder(config)};
  session.collective([&] {
    if (session.rank() != 0) return;
    check_shards(config);
    start.opened = open_run(config);
  });
  session.collective([&] {
    if (session.rank() > 0) start.lock = std::make_unique<RunLock>(start.folder, session.rank());
    start.sizes = check_shards(config);
    start.index = read_index(start.folder.checkpoints());
    start.work = assign_coins(config, start.sizes, session.size())[session.rank()];
  });
  return start;
}

/// Creates the service on rank 0 and delivers the events of opening the run to it; null on the
/// other ranks.
std::unique_ptr<Rank0Service> open_rank0_service(MpiSession& session, Config const& config,
                                                 Start const& start) {
  std::unique_ptr<Rank0Service> rank0_service;
  session.collective([&] {
    if (session.rank() == 0)
      rank0_service = std::make_unique<Rank0Service>(config, start.index, session.size());
  });
  if (!rank0_service) return nullptr;
  for (std::string const& change : start.opened.changes) {
    rank0_service->deliver(
        EventRecord{.severity = Severity::warning,
                    .event = Event::config_changed,
                    .message = "a setting has changed since the last start: " + change});
  }
  for (std::string const& coin : start.opened.restarted) {
    rank0_service->deliver(EventRecord{
        .severity = Severity::warning,
        .event = Event::restarted,
        .message = "its checkpoint folder no longer exists: it starts from the beginning",
        .coin = coin});
  }
  return rank0_service;
}

using Post = std::function<void(RankMessage const&)>;

/// "2 coins, 4 ranks, NVIDIA H100, bf16, micro-batch 512, gradients summed by NCCL"
std::string start_message(Team const& team, Config const& config, PreparedDevice const& prepared) {
  TrainingDevice const& device = *prepared.device;
  std::string text = fmt::format("{} coins, {} ranks, {}, {}, micro-batch {}", config.coins.size(),
                                 prepared.gpus.size(), device.backend().description(),
                                 to_string(device.precision()), device.plan().micro_batch);
  if (team.size() > 1) {
    text += fmt::format(", gradients summed by {}", device.gradient_all_reduce().description());
  }
  for (std::string const& note : prepared.notes) text += fmt::format(" ({})", note);
  return text;
}

/// The events of the run as a whole; from rank 0.
void report_start(Post const& post, Team const& team, Config const& config,
                  PreparedDevice const& prepared, bool resumed) {
  Plan const& plan = prepared.device->plan();
  post(EventRecord{.event = resumed ? Event::run_resumed : Event::run_started,
                   .message = start_message(team, config, prepared),
                   .details = {{"version", version_text()},
                               {"planned_bytes", plan.total_bytes},
                               {"limit_bytes", plan.limit_bytes},
                               {"micro_batch", plan.micro_batch},
                               {"memory_options", to_text(plan.memory_options)}}});
  for (std::string const& reason : prepared.lstm.reasons) {
    post(EventRecord{.severity = prepared.lstm.kept ? Severity::info : Severity::warning,
                     .event = Event::lstm_algorithm,
                     .message = reason});
  }
  if (std::size_t const sharing = ranks_that_share(prepared.gpus); sharing > 0) {
    post(EventRecord{
        .severity = Severity::warning,
        .event = Event::gpu_shared,
        .message = fmt::format(
            "{} of {} ranks share their GPU with another rank: they compute alternately and share its memory. Start one rank per GPU?",
            sharing, prepared.gpus.size())});
  }
}

/// The plans of this rank whose memory was not available before the first update; `then` says what
/// happened after them.
void report_shortages(Post const& post, std::size_t rank, PreparedDevice const& prepared,
                      std::string const& then) {
  for (std::string const& shortage : prepared.shortages) {
    post(EventRecord{.severity = Severity::warning,
                     .event = Event::out_of_memory,
                     .message = fmt::format("{} {}", shortage, then),
                     .rank = rank});
  }
}

/// What a rank uses from the start of its device to the end of its training. An error is reported
/// before this is destroyed, because closing a broken GPU may take forever.
struct RankResources {
  PreparedDevice prepared = {};
  std::optional<DeviceSampler> sampler = {};
  std::optional<RankTraining> training = {};
  std::vector<CoinStart> coins = {};
};

/// Loads the coins of this rank into `used.coins`. `smaller` is OomRecovery::Hooks::smaller_plan.
void load_coins(
    Config const& config, Start const& start, Team& team, RankResources& used, std::size_t rank,
    Post const& post,
    std::function<Plan(Plan const& failed, PlanReduction const& reduction)> const& smaller,
    std::function<void()> const& between_batches) {
  TrainingDevice& device = *used.prepared.device;
  CoinLoader loader(config, start.index, start.folder.checkpoints(), device, team, rank, post,
                    between_batches);
  OomRecovery oom_recovery(device, team, used.coins,
                           {.smaller_plan = smaller, .post = [&](EventRecord event) {
                              event.rank = rank;
                              post(std::move(event));
                            }});
  for (std::size_t const coin : start.work.coins) {
    used.coins.push_back(start_coin(config, device, team, oom_recovery,
                                    loader.load(config.coins[coin]), between_batches));
    between_batches();
  }
}

/// Loads and trains the coins of this rank. Returns the exit status of the run.
int train(MpiSession& session, Config const& config, Start const& start, Team& team,
          RankResources& used, RankLink& link) {
  PreparedDevice const& prepared = used.prepared;
  TrainingDevice& device = *prepared.device;
  std::size_t const rank = session.rank();
  // Stored in `used` and `team`: they refer to nothing that ends with this function.
  auto const post = [&link](RankMessage const& message) { link.post(message); };
  used.sampler.emplace(config, rank, prepared.gpus, device.plan());
  auto const between_batches = [&link, &sampler = *used.sampler, post] {
    sampler.poll(post);
    link.poll();
  };
  team.while_waiting(between_batches);
  auto const smaller = [&prepared, &config, &start](Plan const& failed,
                                                    PlanReduction const& reduction) {
    return smaller_plan(*prepared.device, config, start.sizes, start.work, prepared.sharing, failed,
                        reduction);
  };
  link.begin_stage("allocates its snapshots");
  used.training.emplace(
      config, start.folder.checkpoints(), rank, device, team,
      RankTraining::Hooks{
          .post = post,
          .between_updates = between_batches,
          .stop_requested = [&link] { return stop_requested() || link.stop_request_received(); },
          .smaller_plan = smaller,
          .device_summary = [&sampler = *used.sampler] { return sampler.take_summary(); }});
  if (link.is_rank_0()) report_start(post, team, config, prepared, start.opened.resumed);
  Plan const& plan = device.plan();
  report_shortages(post, rank, prepared,
                   fmt::format("A smaller plan is used: micro-batch {}, {}", plan.micro_batch,
                               to_text(plan.memory_options)));
  link.begin_stage("loads its coins");
  load_coins(config, start, team, used, rank, post, smaller, between_batches);
  link.begin_stage("");
  post(RankFinished{used.training->run(std::move(used.coins))});
  return link.finish();
}

}  // namespace

int run_training(MpiSession& session, Config const& config, OpenBackend const& open_device) {
  Start const start = open(session, config);
  Team team(session, start.work);
  Team all_ranks(session, all_ranks_of(session));
  RankLink link(session, open_rank0_service(session, config, start),
                config.run.watchdog_minutes * 60);
  auto const poll = [&link] { link.poll(); };
  team.while_waiting(poll);
  all_ranks.while_waiting(poll);
  StartStages const stages(session, all_ranks,
                           [&link](std::string const& stage) { link.begin_stage(stage); });
  RankResources used;
  try {
    prepare_device(used.prepared, stages, team, config, start.sizes, start.work, start.index,
                   open_device);
    stages.begin("writes config.json");
    stages.collective([&] {
      if (session.rank() == 0) commit_config(config);
    });
    return train(session, config, start, team, used, link);
  } catch (CollectiveError const& failure) {
    report_shortages([&link](RankMessage const& message) { link.post(message); }, session.rank(),
                     used.prepared, "The run could not be started with a smaller plan");
    link.fail_together(failure);
    throw RunFailed(failure, failure.rank());
  } catch (std::exception const& failure) {
    Error const error = as_error(failure);
    link.fail(error.exit_status(), error.what());
    throw;
  }
}

}  // namespace moneta
