// SPDX-License-Identifier: Apache-2.0
#include "plan/text.h"

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <sstream>

#include "base/error.h"
#include "plan/budget.h"

namespace moneta {
namespace {

using namespace budget;

std::string grouped(std::size_t number) {  // 12345 -> "12,345"
  std::string const digits = std::to_string(number);
  std::string text;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) text += ',';
    text += digits[i];
  }
  return text;
}

std::string count(std::size_t number, char const* noun) {
  return fmt::format("{} {}{}", grouped(number), noun, number == 1 ? "" : "s");
}

std::string mib(std::size_t bytes) {
  double const value = static_cast<double>(bytes) / (1024.0 * 1024.0);
  if (value >= 10) return grouped(static_cast<std::size_t>(std::llround(value))) + " MiB";
  std::ostringstream text;
  text << std::fixed << std::setprecision(1) << value << " MiB";
  return std::move(text).str();
}

std::size_t mib_rounded_up(std::size_t bytes) { return (bytes + (1u << 20) - 1) >> 20; }

/// "lower this, or that": what helps against too much of everything but activations.
char const* advice_on_constants(PlanRequest const& request, std::size_t state) {
  return request.row_bytes > state
             ? "Lower data.days, give this rank fewer coins (placement, or more ranks)"
             : "Lower model.hidden or model.layers, give this rank fewer coins (placement, or more "
               "ranks)";
}

std::string too_little_of_the_host(PlanRequest const& request, PlanChoice const& least) {
  std::size_t const needed = host_bytes(request, least.memory_options);
  return fmt::format(
      "the model does not fit into memory: the device would have room for it ({}), but of the host's memory {} are needed and this rank may take {}, {} MiB too few ({} for the state of coins, {} for checkpoints being written, {} for rows). Give this rank fewer coins (placement, or more machines), lower model.hidden or model.layers, or raise device.memory_fraction?",
      to_text(least.memory_options), mib(needed), mib(request.host->limit_bytes),
      grouped(mib_rounded_up(least.missing_host_bytes)),
      mib(host_state_bytes(request, least.memory_options)), mib(snapshot_bytes(request)),
      mib(request.host->row_bytes));
}

std::string too_little_of_the_device(PlanRequest const& request, MemoryOptions const& least) {
  std::size_t const constant = constant_bytes(request, least);
  std::size_t const needed = needed_bytes(request, 1, least);
  std::size_t const state = state_bytes(request, least) + shared_bytes(request);
  std::ostringstream text;
  text << "the model does not fit into memory: even one sequence at a time";
  if (request.memory_options.size() > 1) text << " (" << to_text(least) << ")";
  text << " needs " << mib(needed) << " and this rank may take " << mib(request.limit_bytes) << ", "
       << grouped(mib_rounded_up(needed - request.limit_bytes)) << " MiB too few ("
       << mib(needed - constant) << " for the model with one sequence, " << mib(state)
       << " for parameters, gradients and optimizer of "
       << count(coins_there(request, least), "coin") << ", ";
  if (!request.host) text << mib(snapshot_bytes(request)) << " for checkpoints being written, ";
  text << mib(request.row_bytes) << " for rows, " << mib(request.fixed_bytes)
       << " for libraries). ";
  if (request.wide_activations) text << "Set train.precision=bf16, or: ";
  if (constant > request.limit_bytes) {
    text << advice_on_constants(request, state);
  } else {
    text << "Lower model.hidden, model.layers or the steps in data.timeframes";
  }
  text << ", or raise device.memory_limit_mib or device.memory_fraction?";
  return std::move(text).str();
}

PlanLine state_line(PlanRequest const& request, MemoryOptions const& memory_options) {
  std::size_t const there = coins_there(request, memory_options);
  std::string const coins = fmt::format(" ({})", count(there, "coin"));
  std::string why =
      fmt::format("{} x {} of {}", count(there, "coin"),
                  count(arrays_there(memory_options), "array"), count(request.parameters, "float"));
  if (memory_options.offload_optimizer)
    why += fmt::format(", {} for passing moments", mib(request.moment_stream_bytes));
  return {(memory_options.offload_optimizer ? "parameters" : "parameters, optimizer") + coins,
          state_bytes(request, memory_options), why};
}

}  // namespace

std::string to_text(MemoryOptions const& memory_options) {
  std::string text;
  auto const add = [&](char const* part) {
    text += fmt::format("{}{}", text.empty() ? "" : ", ", part);
  };
  if (memory_options.recompute_layers && memory_options.recompute_timeframes) {
    add("recompute layers and timeframes");
  } else if (memory_options.recompute_layers) {
    add("recompute layers");
  } else if (memory_options.recompute_timeframes) {
    add("recompute timeframes");
  }
  if (memory_options.offload_inactive && memory_options.offload_optimizer) {
    add("offload inactive coins and moments");
  } else if (memory_options.offload_inactive) {
    add("offload inactive coins");
  } else if (memory_options.offload_optimizer) {
    add("offload moments");
  }
  if (memory_options.share_model) add("share one model");
  return text.empty() ? "keep everything" : text;
}

namespace plan_text {

std::string reason(PlanRequest const& request, std::size_t micro_batch,
                   MemoryOptions const& memory_options) {
  std::size_t const effective = request.effective_batch;
  std::string const cut = fmt::format("one update is {} x {}: ", grouped(effective / micro_batch),
                                      count(micro_batch, "sequence"));
  std::size_t const best = next_divisor(effective, request.largest_micro_batch);
  if (micro_batch < best) {
    std::size_t larger = micro_batch + 1;
    while (effective % larger != 0) ++larger;
    std::size_t const needed = needed_bytes(request, larger, memory_options);
    if (needed <= request.limit_bytes) return cut + "as all ranks and earlier starts of the run";
    std::size_t const missing = needed - request.limit_bytes;
    return fmt::format("{}the next larger divisor of {}, {}, needs {} MiB more than there is", cut,
                       grouped(effective), grouped(larger), grouped(mib_rounded_up(missing)));
  }
  if (micro_batch == effective) return cut + "the whole update fits at once";
  if (micro_batch == request.largest_micro_batch) return cut + "more does not run faster here";
  std::string text = fmt::format("{}the largest divisor of {} up to {}", cut, grouped(effective),
                                 grouped(request.largest_micro_batch));
  if (2 * micro_batch < request.largest_micro_batch) {
    text += "; a train.batch x train.accumulate with more divisors would run faster";
  }
  return text;
}

std::vector<PlanLine> device_lines(PlanRequest const& request, Plan const& plan) {
  std::string const coins = fmt::format(" ({})", count(request.coins, "coin"));
  Models const models =
      model_bytes(request, plan.micro_batch, plan.evaluation_batch, plan.memory_options);
  std::vector<PlanLine> lines = {
      {"libraries", request.fixed_bytes, "program, runtime and libraries"},
      {"rows" + coins, request.row_bytes, "features, targets and times of all samples"},
      state_line(request, plan.memory_options),
      {"gradients", shared_bytes(request), "one array that all coins use in turn"}};
  if (!request.host) {
    lines.push_back(
        {"checkpoints being written", snapshot_bytes(request),
         fmt::format("{} of parameters and optimizer", count(request.snapshots, "snapshot"))});
  }
  lines.push_back({"training model", models.training,
                   fmt::format("forward and backward of {} at a time, {}",
                               count(plan.micro_batch, "sequence"), to_text(plan.memory_options))});
  lines.push_back({"evaluating model", models.evaluation,
                   plan.memory_options.share_model
                       ? "shares the training model"
                       : fmt::format("forward of {} at a time, in the training model's memory",
                                     count(plan.evaluation_batch, "sequence"))});
  return lines;
}

std::vector<PlanLine> host_lines(PlanRequest const& request, Plan const& plan) {
  if (!request.host) return {};
  std::size_t const state = host_state_bytes(request, plan.memory_options);
  return {
      {"program, libraries", request.host->fixed_bytes, "resident before the first coin"},
      {"rows", request.host->row_bytes, "of all coins, as they were read"},
      {"parameters, optimizer", state,
       state == 0                              ? "on the device"
       : !plan.memory_options.offload_inactive ? "the moments of all coins, pinned"
                                               : "of all coins, pinned"},
      {"checkpoints being written", snapshot_bytes(request) + arrays(request, request.team_buffers),
       fmt::format("{} of parameters and optimizer{}", count(request.snapshots, "snapshot"),
                   request.team_buffers > 0 ? ", gradients for the team" : "")}};
}

void refuse(PlanRequest const& request, std::vector<PlanChoice> const& choices) {
  // The least that is missing on the device; if nothing is, then on the host.
  PlanChoice const& least = *std::min_element(
      choices.begin(), choices.end(), [](PlanChoice const& a, PlanChoice const& b) {
        return std::pair(a.missing_bytes, a.missing_host_bytes) <
               std::pair(b.missing_bytes, b.missing_host_bytes);
      });
  throw Error(ErrorKind::device, least.missing_bytes > 0
                                     ? too_little_of_the_device(request, least.memory_options)
                                     : too_little_of_the_host(request, least));
}

}  // namespace plan_text
}  // namespace moneta
