// SPDX-License-Identifier: Apache-2.0
#include "plan/plan.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "backend/analytic_gpu.h"
#include "backend/gpus.h"
#include "base/error.h"
#include "base/time.h"
#include "cli/commands.h"
#include "comm/session.h"
#include "data/load_dataset.h"
#include "engine/setup.h"

namespace moneta {
namespace {

struct PlanArguments : ConfigArguments {
  std::size_t ranks = 2;
};

double mib(std::size_t bytes) { return static_cast<double>(bytes) / (1 << 20); }
std::size_t grouped_mib(std::size_t bytes) { return (bytes + (1u << 20) - 1) >> 20; }

/// Which rank trains what, and how long one of its coins' epochs takes on it.
void print_coins(Config const& config, std::vector<CoinSizes> const& sizes,
                 std::vector<RankWork> const& work, std::vector<Plan> const& plans) {
  std::printf("%-5s %-12s %10s %10s %14s %16s\n", "rank", "coin", "windows", "train",
              "updates/epoch", "about, an epoch");
  for (std::size_t rank = 0; rank < work.size(); ++rank) {
    for (std::size_t const coin : work[rank].coins) {
      std::size_t const train = load_split(config, sizes[coin].coin).train.size();
      std::size_t const updates = train / config.train.effective_batch();
      double const seconds = static_cast<double>(updates) * plans[rank].update_seconds /
                             static_cast<double>(work[rank].team_size);
      std::printf("%-5zu %-12s %10zu %10zu %14zu %16s", rank, sizes[coin].coin.c_str(),
                  sizes[coin].samples, train, updates, duration_text(seconds).c_str());
      if (work[rank].team_size > 1) {
        std::printf("   team %zu, member %zu of %zu", work[rank].team, work[rank].team_index + 1,
                    work[rank].team_size);
      }
      std::printf("\n");
    }
  }
}

/// A row of the table of memory.
std::string row(std::string const& what, std::size_t bytes, std::string const& why) {
  char text[256];
  std::snprintf(text, sizeof text, "  %-34s %10.1f MiB   %s\n", what.c_str(), mib(bytes),
                why.c_str());
  return text;
}

std::string update_text(double seconds) {
  return seconds < 1 ? fmt::format("{:g} ms", std::ceil(1e3 * seconds)) : duration_text(seconds);
}

std::string table(Plan const& plan) {
  std::string text = fmt::format("micro-batch {} ({}), evaluation in batches of {}\n",
                                 plan.micro_batch, plan.reason, plan.evaluation_batch);
  for (PlanChoice const& choice : plan.choices) {
    std::string found = fmt::format("micro-batch {}, about {} an update", choice.micro_batch,
                                    update_text(choice.update_seconds));
    if (choice.missing_bytes > 0) {
      found = fmt::format("does not fit: {} MiB too few", grouped_mib(choice.missing_bytes));
    } else if (choice.missing_host_bytes > 0) {
      found = fmt::format("does not fit: {} MiB of the host's memory too few",
                          grouped_mib(choice.missing_host_bytes));
    }
    std::string memory_options = to_text(choice.memory_options);
    memory_options.resize(std::max<std::size_t>(memory_options.size(), 83), ' ');
    text += fmt::format("  {} {} {}\n", choice.memory_options == plan.memory_options ? '>' : ' ',
                        memory_options, found);
  }
  for (PlanLine const& line : plan.lines) text += row(line.what, line.bytes, line.why);
  char limit[64];
  std::snprintf(limit, sizeof limit, "of %.1f MiB that it may take", mib(plan.limit_bytes));
  text += row("total", plan.total_bytes, limit);
  if (plan.host_lines.empty()) return text;
  text += "in the host's memory\n";
  for (PlanLine const& line : plan.host_lines) text += row(line.what, line.bytes, line.why);
  return text + row("total", plan.host_bytes, "");
}

/// Ranks whose plans are alike are told once.
void print_plans(std::vector<Plan> const& plans) {
  std::vector<std::pair<std::string, std::vector<std::string>>> tables;
  for (std::size_t rank = 0; rank < plans.size(); ++rank) {
    std::string const text = table(plans[rank]);
    auto const same = std::find_if(tables.begin(), tables.end(),
                                   [&](auto const& each) { return each.first == text; });
    if (same == tables.end()) {
      tables.push_back({text, {std::to_string(rank)}});
    } else {
      same->second.push_back(std::to_string(rank));
    }
  }
  for (auto const& [text, ranks] : tables) {
    std::string list;
    for (std::string const& rank : ranks) list += (list.empty() ? "" : ", ") + rank;
    std::printf("\n%s %s: %s", ranks.size() == 1 ? "rank" : "each of ranks", list.c_str(),
                text.c_str());
  }
}

/// The device that would train; a GPU that is asked for and not here is calculated.
std::unique_ptr<DeviceFacts> facts_of_device(DeviceConfig const& device, std::size_t ranks) {
  GpuCount const gpus = count_gpus();
  if (device.kind != DeviceKind::cuda || gpus.count > 0) return make_backend(device, {0, ranks});
  MONETA_REQUIRE(
      device.memory_limit_mib, config,
      "there is no GPU to ask for its memory ({}). Say how much the planned one has, for example device.memory_limit_mib=12288, or set device.kind=cpu?",
      gpus.why_none);
  return std::make_unique<AnalyticGpu>(*device.memory_limit_mib << 20);
}

/// Of ranks on one machine that take its GPUs in turn; of calculated GPUs there is one for each.
DeviceShare share_of(DeviceFacts const& device, std::size_t ranks) {
  std::size_t const gpus =
      device.is_present() ? std::max<std::size_t>(count_gpus().count, 1) : ranks;
  return {ranks, (ranks + gpus - 1) / gpus};
}

/// For who wonders why the plan is not for a GPU.
std::string hint(DeviceConfig const& device) {
  if (device.kind != DeviceKind::automatic) return "";
  std::string const why_none = count_gpus().why_none;
  return why_none.empty() ? "" : fmt::format("\n({}; device.kind=cuda plans for one)", why_none);
}

int print(PlanArguments const& arguments) {
  Config const config = arguments.load();
  auto const sizes = check_shards(config);
  auto const work = place(config, sizes, arguments.ranks);
  auto const device = facts_of_device(config.device, arguments.ranks);
  Precision const precision = choose_precision(config.train.precision, *device);
  std::printf("%s; %s; effective batch %zu%s\n", device->description().c_str(),
              to_string(precision), config.train.effective_batch(), hint(config.device).c_str());
  std::fflush(stdout);  // before an error that says why it does not fit
  DeviceShare const share = share_of(*device, arguments.ranks);
  auto const plan = [&](std::size_t rank, BatchLimits const& limits) {
    return plan_rank(config, *device, precision, sizes, work[rank], share, limits);
  };
  BatchLimits const limits = common_batches({}, [&](BatchLimits const& within) {
    BatchLimits smallest;
    for (std::size_t rank = 0; rank < work.size(); ++rank) {
      Plan const own = plan(rank, within);
      smallest.micro_batch = std::min(smallest.micro_batch, own.micro_batch);
      smallest.evaluation_batch = std::min(smallest.evaluation_batch, own.evaluation_batch);
    }
    return smallest;
  });
  std::vector<Plan> plans;
  for (std::size_t rank = 0; rank < work.size(); ++rank) plans.push_back(plan(rank, limits));
  print_coins(config, sizes, work, plans);
  print_plans(plans);
  return 0;
}

}  // namespace

void add_plan(CLI::App& program, Command& chosen) {
  CLI::App* const command = program.add_subcommand(
      "plan", "what would run where, and the memory it takes; allocates and writes nothing");
  command->footer(
      "Example:\n  moneta plan configs/upbit8.yaml --ranks 2 model.hidden=512\n"
      "For a GPU that is not here:\n"
      "  moneta plan configs/upbit8.yaml device.kind=cuda device.memory_limit_mib=12288");
  auto const arguments = std::make_shared<PlanArguments>();
  add_config_arguments(*command, *arguments);
  command
      ->add_option("--ranks", arguments->ranks,
                   "processes of mpirun, all on this machine; 2 unless told")
      ->check(CLI::Range(std::size_t{1}, std::size_t{4096}));
  command->callback([arguments, &chosen] { chosen = [arguments] { return print(*arguments); }; });
}

}  // namespace moneta
