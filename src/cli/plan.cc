// SPDX-License-Identifier: Apache-2.0
#include "plan/plan.h"

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
#include "base/log.h"
#include "base/split_dates.h"
#include "base/text.h"
#include "base/time.h"
#include "cli/commands.h"
#include "cli/dates_warning.h"
#include "data/load_dataset.h"
#include "data/ready_coins.h"
#include "engine/assign_coins.h"
#include "engine/plan_rank.h"
#include "engine/select_device.h"

namespace moneta {
namespace {

/// "2,929.9": MiB with one decimal.
std::string mib_column(std::size_t bytes) {
  std::string const number = fmt::format("{:.1f}", static_cast<double>(bytes) / (1 << 20));
  std::size_t const point = number.find('.');
  return grouped(std::stoull(number.substr(0, point))) + number.substr(point);
}

/// "28,828 MiB"; rounded up, so that a plan with that much more memory fits.
std::string missing_text(std::size_t bytes) { return grouped(mib_rounded_up(bytes)) + " MiB"; }

std::string update_text(double seconds) {
  return seconds < 1 ? fmt::format("{:g} ms", std::ceil(1e3 * seconds)) : duration_text(seconds);
}

/// Which rank trains which coins, and how long an epoch of each coin takes there. `splits` are
/// those of the coins in `sizes`.
void print_coins(Config const& config, std::vector<CoinSizes> const& sizes,
                 std::vector<DatedSplit> const& splits, std::vector<RankWork> const& work,
                 std::vector<Plan> const& plans) {
  fmt::print("{:<5} {:<12} {:>10} {:>10} {:>14} {:>16}\n", "rank", "coin", "samples", "train",
             "updates/epoch", "est. epoch time");
  for (std::size_t rank = 0; rank < work.size(); ++rank) {
    for (std::size_t const coin : work[rank].coins) {
      std::size_t const train = splits[coin].split.train.size();
      std::size_t const updates = train / config.train.effective_batch();
      double const seconds = static_cast<double>(updates) * plans[rank].update_seconds /
                             static_cast<double>(work[rank].team_size);
      fmt::print("{:<5} {:<12} {:>10} {:>10} {:>14} {:>16}", rank, sizes[coin].coin,
                 grouped(sizes[coin].samples), grouped(train), grouped(updates),
                 duration_text(seconds));
      if (work[rank].team_size > 1) {
        fmt::print("   team {}, member {} of {}", work[rank].team, work[rank].team_index + 1,
                   work[rank].team_size);
      }
      fmt::print("\n");
    }
  }
}

/// From when to when each coin is trained, validated and tested.
void print_dates(std::vector<CoinDates> const& coins) {
  fmt::print("\n{:<12}  {:<36}  {:<36}  {}\n", "coin", "train (UTC)", "valid", "test");
  for (auto const& [coin, dates] : coins) {
    fmt::print("{:<12}  {:<36}  {:<36}  {}\n", coin, to_text(dates.train), to_text(dates.valid),
               to_text(dates.test));
  }
}

std::string choice_text(PlanChoice const& choice) {
  if (choice.missing_bytes > 0) {
    return fmt::format("does not fit: needs {} more", missing_text(choice.missing_bytes));
  }
  if (choice.missing_host_bytes > 0) {
    return fmt::format("does not fit: needs {} more host memory",
                       missing_text(choice.missing_host_bytes));
  }
  return fmt::format("micro-batch {}, about {} per update", grouped(choice.micro_batch),
                     update_text(choice.update_seconds));
}

/// All memory options that were considered, with '>' in front of the ones that were chosen.
std::string choices_table(Plan const& plan) {
  std::size_t width = 0;
  for (PlanChoice const& each : plan.choices) {
    width = std::max(width, to_text(each.memory_options).size());
  }
  std::string text;
  for (PlanChoice const& each : plan.choices) {
    text += fmt::format("  {} {:<{}}  {}\n", each.memory_options == plan.memory_options ? '>' : ' ',
                        to_text(each.memory_options), width, choice_text(each));
  }
  return text;
}

/// A row of a memory table.
std::string memory_row(std::string const& what, std::size_t bytes, std::string const& why) {
  return fmt::format("  {:<34} {:>10} MiB{}{}\n", what, mib_column(bytes), why.empty() ? "" : "   ",
                     why);
}

std::string plan_table(Plan const& plan) {
  std::string text =
      fmt::format("micro-batch {} ({}), evaluation batch {}\n", grouped(plan.micro_batch),
                  plan.reason, grouped(plan.evaluation_batch));
  text += choices_table(plan);
  for (PlanLine const& line : plan.lines) text += memory_row(line.what, line.bytes, line.why);
  text += memory_row("total", plan.total_bytes,
                     fmt::format("of {} MiB that the rank may use", mib_column(plan.limit_bytes)));
  if (plan.host_lines.empty()) return text;
  text += "host memory\n";
  for (PlanLine const& line : plan.host_lines) text += memory_row(line.what, line.bytes, line.why);
  return text + memory_row("total", plan.host_bytes, "");
}

/// Prints each table once, with the ranks that it applies to.
void print_plans(std::vector<Plan> const& plans) {
  std::vector<std::pair<std::string, std::vector<std::string>>> tables;
  for (std::size_t rank = 0; rank < plans.size(); ++rank) {
    std::string const text = plan_table(plans[rank]);
    auto const same = std::find_if(tables.begin(), tables.end(),
                                   [&](auto const& each) { return each.first == text; });
    if (same == tables.end()) {
      tables.push_back({text, {std::to_string(rank)}});
    } else {
      same->second.push_back(std::to_string(rank));
    }
  }
  for (auto const& [text, ranks] : tables) {
    fmt::print("\n{} {}: {}", ranks.size() == 1 ? "rank" : "each of the ranks", joined(ranks),
               text);
  }
}

/// The device that would train. A GPU that the configuration asks for and this machine does not
/// have is modeled.
std::unique_ptr<DeviceFacts> device_to_plan_for(DeviceConfig const& device, std::size_t ranks) {
  GpuCount const gpus = count_gpus();
  if (device.kind != DeviceKind::cuda || gpus.count > 0) return make_backend(device, {0, ranks});
  MONETA_REQUIRE(
      device.memory_limit_mib, config,
      "the memory of the GPU to plan for is unknown ({}). Set it, for example device.memory_limit_mib=12288, or set device.kind=cpu?",
      gpus.why_none);
  return std::make_unique<AnalyticGpu>(*device.memory_limit_mib << 20);
}

/// For ranks on one machine, which are assigned to its GPUs round-robin. Each rank has a modeled
/// GPU of its own.
ResourceSharing sharing_of(DeviceFacts const& device, std::size_t ranks) {
  std::size_t const gpus =
      device.is_present() ? std::max<std::size_t>(count_gpus().count, 1) : ranks;
  return {ranks, (ranks + gpus - 1) / gpus};
}

/// Why the plan is not for a GPU, unless the configuration decided that.
std::string no_gpu_hint(DeviceConfig const& device) {
  if (device.kind != DeviceKind::automatic) return "";
  std::string const why_none = count_gpus().why_none;
  if (why_none.empty()) return "";
  return fmt::format("\n({}; device.kind=cuda plans for a GPU)", why_none);
}

}  // namespace

int plan_command(PlanOptions const& options) {
  Config config = options.load();
  for (auto const& sentence : leave_out_unready_coins(config)) log_warning(sentence);
  auto const sizes = check_shards(config);
  auto const work = assign_coins(config, sizes, options.ranks);
  auto const device = device_to_plan_for(config.device, options.ranks);
  Precision const precision = choose_precision(config.train.precision, *device);
  fmt::print("{}; {}; effective batch {}{}\n", device->description(), to_string(precision),
             grouped(config.train.effective_batch()), no_gpu_hint(config.device));
  std::fflush(stdout);  // so that it precedes the error of a model that does not fit
  ResourceSharing const sharing = sharing_of(*device, options.ranks);
  auto const plan = [&](std::size_t rank, BatchLimits const& limits) {
    return plan_rank(config, *device, precision, sizes, work[rank], sharing, limits);
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
  std::vector<DatedSplit> splits;
  std::vector<CoinDates> dates;
  for (CoinSizes const& each : sizes) {
    splits.push_back(load_split(config, each.coin));
    dates.push_back({each.coin, splits.back().dates});
  }
  print_coins(config, sizes, splits, work, plans);
  print_dates(dates);
  print_plans(plans);
  warn_of_different_test_parts(dates);
  return 0;
}

}  // namespace moneta
