// SPDX-License-Identifier: Apache-2.0
#include "plan/plan.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>

#include "cli/commands.h"
#include "comm/session.h"
#include "data/load_dataset.h"
#include "train/setup.h"

namespace moneta {
namespace {

struct PlanArguments : ConfigArguments {
  std::size_t ranks = 2;
};

double mib(std::size_t bytes) { return static_cast<double>(bytes) / (1 << 20); }

void print_coins(Config const& config, std::vector<CoinSizes> const& sizes,
                 std::vector<RankWork> const& work) {
  std::printf("%-5s %-12s %10s %10s %14s\n", "rank", "coin", "windows", "train", "updates/epoch");
  for (std::size_t rank = 0; rank < work.size(); ++rank) {
    for (std::size_t const coin : work[rank].coins) {
      std::size_t const train = load_split(config, sizes[coin].coin).train.size();
      std::printf("%-5zu %-12s %10zu %10zu %14zu", rank, sizes[coin].coin.c_str(),
                  sizes[coin].samples, train, train / config.train.effective_batch());
      if (work[rank].team_size > 1) {
        std::printf("   team %zu, member %zu of %zu", work[rank].team, work[rank].team_index + 1,
                    work[rank].team_size);
      }
      std::printf("\n");
    }
  }
}

void print_plan(std::size_t rank, Plan const& plan) {
  std::printf("\nrank %zu: micro-batch %zu (%s), evaluation in batches of %zu\n", rank,
              plan.micro_batch, plan.reason.c_str(), plan.evaluation_batch);
  for (PlanLine const& line : plan.lines) {
    std::printf("  %-34s %10.1f MiB   %s\n", line.what.c_str(), mib(line.bytes), line.why.c_str());
  }
  std::printf("  %-34s %10.1f MiB   of %.1f MiB that it may take\n", "total", mib(plan.total_bytes),
              mib(plan.limit_bytes));
}

int print(PlanArguments const& arguments) {
  Config const config = arguments.load();
  auto const sizes = check_shards(config);
  auto const work = place(config, sizes, arguments.ranks);
  auto const backend = make_backend(config.device, {0, arguments.ranks});
  Precision const precision = choose_precision(config.train.precision, *backend);
  std::printf("%s; %s; effective batch %zu\n", backend->description().c_str(), to_string(precision),
              config.train.effective_batch());
  print_coins(config, sizes, work);
  auto const plan = [&](std::size_t rank, BatchLimits const& limits) {
    return plan_rank(config, *backend, precision, sizes, work[rank], arguments.ranks, limits);
  };
  BatchLimits const limits = common_batches({}, [&](BatchLimits const& within) {
    BatchLimits smallest;
    for (std::size_t rank = 0; rank < work.size(); ++rank) {
      Plan const own = plan(rank, within);
      smallest = {std::min(smallest.micro_batch, own.micro_batch),
                  std::min(smallest.evaluation_batch, own.evaluation_batch)};
    }
    return smallest;
  });
  for (std::size_t rank = 0; rank < work.size(); ++rank) print_plan(rank, plan(rank, limits));
  return 0;
}

}  // namespace

void add_plan(CLI::App& program, Command& chosen) {
  CLI::App* const command = program.add_subcommand(
      "plan", "what would run where, and the memory it takes; allocates and writes nothing");
  command->footer("Example:\n  moneta plan configs/upbit8.yaml --ranks 2 model.hidden=512");
  auto const arguments = std::make_shared<PlanArguments>();
  add_config_arguments(*command, *arguments);
  command
      ->add_option("--ranks", arguments->ranks,
                   "processes of mpirun, all on this machine; 2 unless told")
      ->check(CLI::Range(std::size_t{1}, std::size_t{4096}));
  command->callback([arguments, &chosen] { chosen = [arguments] { return print(*arguments); }; });
}

}  // namespace moneta
