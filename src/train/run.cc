// SPDX-License-Identifier: Apache-2.0
#include "train/run.h"

#include <functional>
#include <memory>
#include <utility>

#include "backend/gpus.h"
#include "base/error.h"
#include "base/log.h"
#include "base/stop_signal.h"
#include "checkpoint/index.h"
#include "comm/team.h"
#include "coord/device_sampler.h"
#include "coord/rank0_service.h"
#include "coord/rank_link.h"
#include "engine/prepare_device.h"
#include "run/run_folder.h"
#include "train/coin_loader.h"
#include "train/rank_training.h"

namespace moneta {
namespace {

/// What all ranks find out before the first update.
struct Start {
  RunFolder folder;
  OpenedRun opened;               // rank 0
  std::unique_ptr<RunLock> lock;  // the others
  CheckpointIndex index;
  std::vector<CoinSizes> sizes;
  RankWork work;
};

Start open(MpiSession& session, Config const& config) {
  Start start{RunFolder(config), {}, {}, {}, {}, {}};
  session.collective([&] {
    if (session.rank() != 0) return;
    check_shards(config);
    start.opened = open_run(config);
  });
  session.collective([&] {
    if (session.rank() > 0) start.lock = std::make_unique<RunLock>(start.folder, session.rank());
    start.sizes = check_shards(config);
    start.index = read_index(start.folder.checkpoints());
    start.work = place(config, start.sizes, session.size())[session.rank()];
  });
  return start;
}

/// Rank 0: opens the display and the logs, and takes in what arrives.
std::unique_ptr<Rank0Service> open_rank0_service(MpiSession& session, Config const& config,
                                                 Start const& start) {
  std::unique_ptr<Rank0Service> rank0_service;
  session.collective([&] {
    if (session.rank() == 0)
      rank0_service = std::make_unique<Rank0Service>(config, start.index, session.size());
  });
  if (!rank0_service) return nullptr;
  for (std::string const& change : start.opened.changes) {
    rank0_service->deliver(EventRecord{Severity::warning, "config_changed",
                                       "a setting is not that of the last start: " + change, "", 0,
                                       Json::object()});
  }
  for (std::string const& coin : start.opened.restarted) {
    rank0_service->deliver(
        EventRecord{Severity::warning, "restarted",
                    "its folder of checkpoints is gone: it starts from the beginning", coin, 0,
                    Json::object()});
  }
  return rank0_service;
}

void report_start(std::function<void(RankMessage const&)> const& post, Team const& team,
                  Config const& config, ReadyDevice const& ready, bool resumed) {
  TrainingDevice const& device = *ready.device;
  std::string text = fmt::format("{} coins, {} ranks, {}, {}, micro-batch {}", config.coins.size(),
                                 ready.gpus.size(), device.backend().description(),
                                 to_string(device.precision()), device.plan().micro_batch);
  if (team.size() > 1)
    text += fmt::format(", sums with {}", device.gradient_all_reduce().description());
  GpuCount const gpus = config.device.kind == DeviceKind::cpu ? GpuCount{} : count_gpus();
  if (!gpus.why_none.empty()) text += fmt::format(" ({})", gpus.why_none);
  post(EventRecord{Severity::info,
                   resumed ? "run_resumed" : "run_started",
                   text,
                   "",
                   0,
                   {{"planned_bytes", device.plan().total_bytes},
                    {"limit_bytes", device.plan().limit_bytes},
                    {"micro_batch", device.plan().micro_batch},
                    {"memory_options", to_text(device.plan().memory_options)}}});
  for (std::string const& reason : ready.lstm.reasons) {
    post(EventRecord{ready.lstm.kept ? Severity::info : Severity::warning, "lstm_algorithm", reason,
                     "", 0, Json::object()});
  }
  if (std::size_t const sharing = ranks_that_share(ready.gpus); sharing > 0) {
    post(EventRecord{
        Severity::warning, "gpu_shared",
        fmt::format(
            "{} of {} ranks share their GPU with another: they take turns and share its memory. Start one rank per GPU?",
            sharing, ready.gpus.size()),
        "", 0, Json::object()});
  }
}

/// What happened to a rank before its first update.
void report_shortages(std::function<void(RankMessage const&)> const& post, std::size_t rank,
                      ReadyDevice const& ready) {
  for (std::string const& shortage : ready.shortages) {
    post(EventRecord{
        Severity::warning, "out_of_memory",
        fmt::format("{} Planned again for less: micro-batch {}, {}", shortage,
                    ready.device->plan().micro_batch, to_text(ready.device->plan().memory_options)),
        "", rank, Json::object()});
  }
}

/// This rank's coins from here to the end; the exit status of the run.
int train(MpiSession& session, Config const& config, Start const& start, Team& team,
          ReadyDevice const& ready, RankLink& link) {
  TrainingDevice& device = *ready.device;
  auto const post = [&link](RankMessage const& report) { link.post(report); };
  auto const plan_smaller = [&](Plan const& failed, std::size_t micro_batch_at_most) {
    return smaller_plan(device, config, start.sizes, start.work, ready.share, failed,
                        micro_batch_at_most);
  };
  DeviceSampler watch(config, session.rank(), ready.gpus, device.plan());
  auto const between_batches = [&] {
    watch.post_news(post);
    link.poll();
  };
  team.while_waiting(between_batches);
  RankTraining rank(
      config, start.folder.checkpoints(), session.rank(), device, team,
      {post, between_batches, [&link] { return stop_requested() || link.stop_request_received(); },
       plan_smaller, [&watch] { return watch.take_summary(); }});
  if (link.is_rank_0()) report_start(post, team, config, ready, start.opened.resumed);
  report_shortages(post, session.rank(), ready);
  CoinLoader loader(config, start.index, start.folder.checkpoints(), device, team, rank, post,
                    between_batches);
  std::vector<CoinStart> coins;
  for (std::size_t const coin : start.work.coins) {
    coins.push_back(loader.load(config.coins[coin]));
    between_batches();
  }
  post(RankFinished{rank.run(std::move(coins))});
  return link.finish();
}

}  // namespace

int run_training(MpiSession& session, Config const& config) {
  Start const start = open(session, config);
  Team team(session, start.work);
  ReadyDevice const ready = make_training_device(session, config, start.sizes, start.work,
                                                 start.index, open_device(session, team, config));
  session.collective([&] {
    if (session.rank() == 0) commit_config(config);
  });
  RankLink link(session, open_rank0_service(session, config, start),
                config.run.watchdog_minutes * 60);
  try {
    return train(session, config, start, team, ready, link);
  } catch (SharedError const&) {
    throw;
  } catch (std::exception const& failure) {
    Error const error = as_error(failure);
    link.fail(error.exit_status(), error.what());
    throw;
  }
}

}  // namespace moneta
