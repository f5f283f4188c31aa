// SPDX-License-Identifier: Apache-2.0
#include "train/run.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <optional>
#include <thread>
#include <utility>

#include "base/error.h"
#include "base/log.h"
#include "checkpoint/index.h"
#include "comm/mailbox.h"
#include "comm/team.h"
#include "train/collector.h"
#include "train/identity.h"
#include "train/rank.h"
#include "train/run_folder.h"
#include "train/setup.h"
#include "train/stop.h"

namespace moneta {
namespace {

using std::chrono::milliseconds;

/// What all ranks find out before the first update.
struct Start {
  RunFolder folder;
  OpenedRun opened;
  CheckpointIndex index;
  std::vector<CoinSizes> sizes;
  RankWork work;
  std::unique_ptr<RunLock> lock;  // rank 0
};

Start open(MpiSession& session, Config const& config) {
  Start start{RunFolder(config), {}, {}, {}, {}, nullptr};
  session.together([&] {
    if (session.rank() != 0) return;
    check_shards(config);
    start.opened = open_run(config);
    start.lock = std::make_unique<RunLock>(start.folder);
  });
  session.together([&] {
    start.sizes = check_shards(config);
    start.index = read_index(start.folder.checkpoints());
    start.work = place(config, start.sizes, session.size())[session.rank()];
  });
  return start;
}

/// A coin's dataset and its state: the newest sound checkpoint, else a new start.
class CoinLoader {
 public:
  CoinLoader(Config const& config, Start const& start, TrainingDevice device, Precision precision,
             RankTraining& rank, std::function<void(Report)> post, std::size_t rank_number)
      : config_(config),
        start_(start),
        device_(device),
        precision_(precision),
        rank_(rank),
        post_(std::move(post)),
        rank_number_(rank_number) {}

  CoinStart load(std::string const& coin) {
    CoinStart result{coin, nullptr, ""};
    try {
      CoinDataset dataset = load_dataset(config_, coin);
      CoinState state = restore(dataset);
      result.trainer =
          std::make_unique<CoinTrainer>(config_, device_, std::move(dataset), std::move(state));
    } catch (Error const& error) {
      if (error.kind() == ErrorKind::internal) throw;
      result.failure = error.what();
    }
    double failures[] = {result.trainer ? 0.0 : 1.0};
    device_.team.sum(failures);
    if (failures[0] > 0 && result.trainer) {
      result.trainer.reset();
      result.failure = "another rank of its team could not load it";
    }
    return result;
  }

 private:
  CoinState restore(CoinDataset const& dataset) {
    auto loaded = load_newest(start_.folder.checkpoints(), start_.index, dataset.coin);
    if (!loaded) {
      return initial_state(config_, device_.training.layout(), dataset, precision_,
                           device_.training.shape().batch);
    }
    for (std::string const& message : loaded->rejected) {
      event(Severity::warning, "checkpoint_rejected", message, dataset.coin);
    }
    CoinState& state = loaded->state;
    MONETA_REQUIRE(state.config_digest == identity_digest(config_), config, "its checkpoint '",
                   loaded->from.file,
                   "' was made with other settings. Start another run with "
                   "run.name=...");
    MONETA_REQUIRE(state.data_digest == dataset.digest, data,
                   "its shards are not those that "
                   "its checkpoint '",
                   loaded->from.file,
                   "' was trained on. Prepare the same "
                   "data again, or start another run with run.name=...");
    // More epochs than before, or more patience: a finished coin may have work again.
    state.progress.finished = is_finished(state.progress);
    rank_.remember_restored(loaded->from);
    event(Severity::info, "resumed", where_it_stands(state.progress, loaded->from.file),
          dataset.coin, {{"epoch", state.progress.epoch}, {"finished", state.progress.finished}});
    return std::move(state);
  }

  static std::string where_it_stands(CoinProgress const& progress, std::string const& file) {
    if (progress.finished) return cat("is finished after epoch ", progress.epoch, " (", file, ")");
    if (progress.update_in_epoch == 0) {
      return cat("goes on after epoch ", progress.epoch, " (", file, ")");
    }
    return cat("goes on in epoch ", progress.epoch + 1, " after update ", progress.update_in_epoch,
               " (", file, ")");
  }

  bool is_finished(CoinProgress const& progress) const {
    auto const patience = static_cast<std::int64_t>(config_.train.early_stop.patience);
    return progress.epoch >= static_cast<std::int64_t>(config_.train.epochs) ||
           (progress.update_in_epoch == 0 && patience > 0 && progress.stale_epochs >= patience);
  }

  void event(Severity severity, std::string action, std::string message, std::string const& coin,
             Json details = Json::object()) {
    if (!device_.team.leads()) return;
    post_(EventRecord{severity, std::move(action), std::move(message), coin, rank_number_,
                      std::move(details)});
  }

  Config const& config_;
  Start const& start_;
  TrainingDevice device_;
  Precision precision_;
  RankTraining& rank_;
  std::function<void(Report)> post_;
  std::size_t rank_number_;
};

/// The micro-batch of an interrupted run, so that sums go on being rounded alike.
std::optional<std::size_t> earlier_micro_batch(Start const& start, Config const& config) {
  for (std::size_t const coin : start.work.coins) {
    auto const last = last_checkpoint(start.index, config.coins[coin]);
    if (last) return last->micro_batch;
  }
  return {};
}

/// Rank 0: opens the display and the logs, and takes in what arrives.
std::unique_ptr<Collector> open_collector(MpiSession& session, Config const& config,
                                          Start const& start) {
  std::unique_ptr<Collector> collector;
  session.together([&] {
    if (session.rank() == 0) collector = std::make_unique<Collector>(config, start.index);
  });
  if (!collector) return nullptr;
  for (std::string const& change : start.opened.changes) {
    collector->deliver(EventRecord{Severity::warning, "config_changed",
                                   "a setting is not that of the last start: " + change, "", 0,
                                   Json::object()});
  }
  return collector;
}

/// Who matters more when ranks end differently: disk, a stop, a failed coin, done.
int worse_of(int a, int b) {
  auto const weight = [](int status) {
    if (status == 0) return 0;
    if (status == static_cast<int>(ErrorKind::training)) return 1;
    if (status == exit_stopped) return 2;
    return 3;
  };
  return weight(b) > weight(a) ? b : a;
}

/// The device and what is planned for it.
struct Engines {
  std::unique_ptr<Backend> backend;
  Precision precision = Precision::f32;
  Plan plan;
  std::unique_ptr<Forecaster> training, evaluation;
  std::unique_ptr<BatchBuilder> training_batches, evaluation_batches;
};

Engines make_engines(MpiSession& session, Config const& config, Start const& start) {
  Engines engines;
  session.together([&] {
    engines.backend = make_backend(config.device, session.ranks_on_node());
    Backend& backend = *engines.backend;
    engines.precision = choose_precision(config.train.precision, backend);
    engines.plan = plan_rank(config, backend, engines.precision, start.sizes, start.work.coins,
                             session.ranks_on_node(), earlier_micro_batch(start, config));
    std::vector<std::size_t> steps;
    for (TimeframeConfig const& each : config.data.timeframes) steps.push_back(each.steps);
    auto const make = [&](std::size_t batch, bool for_training, auto& model, auto& batches) {
      model = std::make_unique<Forecaster>(
          backend, forecaster_shape(config, engines.precision, batch, for_training));
      batches = std::make_unique<BatchBuilder>(backend, batch, steps);
    };
    make(engines.plan.micro_batch, true, engines.training, engines.training_batches);
    make(engines.plan.evaluation_batch, false, engines.evaluation, engines.evaluation_batches);
  });
  return engines;
}

/// What rank 0 does between updates, and what the others do: moves mail on.
class Desk {
 public:
  Desk(MpiSession& session, std::unique_ptr<Collector> collector)
      : session_(session), mailbox_(session), collector_(std::move(collector)) {}

  bool is_rank_0() const { return collector_ != nullptr; }
  void post(Report const& report) { mailbox_.post(to_text(report)); }

  void poll() {
    for (Message const& message : mailbox_.poll()) {
      Report report = report_from_text(message.text);
      if (auto const* end = std::get_if<RankDone>(&report)) {
        ++ranks_done_;
        status_ = worse_of(status_, end->exit_status);
      } else {
        collector_->deliver(std::move(report));
      }
    }
  }

  /// Waits for all ranks; the exit status of the run, on every rank.
  int finish() {
    bool const rank_0 = is_rank_0();
    while (rank_0 ? ranks_done_ < session_.size() : !mailbox_.dismissed()) {
      poll();
      std::this_thread::sleep_for(milliseconds(rank_0 ? 2 : 10));
    }
    if (rank_0) {
      if (!collector_->close()) status_ = worse_of(status_, static_cast<int>(ErrorKind::disk));
      mailbox_.dismiss();
    }
    return std::stoi(session_.from_rank_0(std::to_string(status_)));
  }

 private:
  MpiSession& session_;
  Mailbox mailbox_;
  std::unique_ptr<Collector> collector_;
  std::size_t ranks_done_ = 0;
  int status_ = 0;
};

}  // namespace

int run_training(MpiSession& session, Config const& config) {
  Start const start = open(session, config);
  Engines const engines = make_engines(session, config, start);
  Desk desk(session, open_collector(session, config, start));
  Team team(session, start.work);
  auto const post = [&desk](Report const& report) { desk.post(report); };
  RankTraining rank(config, start.folder.checkpoints(), session.rank(), team,
                    {post, [&desk] { desk.poll(); }, stop_requested});
  if (desk.is_rank_0()) {
    post(EventRecord{Severity::info, start.opened.resumed ? "run_resumed" : "run_started",
                     cat(config.coins.size(), " coins, ", session.size(), " ranks, ",
                         engines.backend->description(), ", ", to_string(engines.precision),
                         ", micro-batch ", engines.plan.micro_batch),
                     "", 0, Json::object()});
  }
  TrainingDevice const device{
      *engines.backend,          *engines.training,           *engines.evaluation,
      *engines.training_batches, *engines.evaluation_batches, team};
  CoinLoader loader(config, start, device, engines.precision, rank, post, session.rank());
  std::vector<CoinStart> coins;
  for (std::size_t const coin : start.work.coins) {
    coins.push_back(loader.load(config.coins[coin]));
    desk.poll();
  }
  post(RankDone{rank.run(std::move(coins))});
  return desk.finish();
}

}  // namespace moneta
