// SPDX-License-Identifier: Apache-2.0
#include "plan/plan.h"

#include <algorithm>
#include <cmath>
#include <iomanip>
#include <sstream>

#include "base/error.h"

namespace moneta {
namespace {

/// A costlier lever is pulled for no less than this: the seconds are estimates.
constexpr double worthwhile = 0.98;
constexpr std::size_t arrays_per_state = 3;  // parameters, m, v

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
  return cat(grouped(number), " ", noun, number == 1 ? "" : "s");
}

std::string mib(std::size_t bytes) {
  double const value = static_cast<double>(bytes) / (1024.0 * 1024.0);
  if (value >= 10) return grouped(static_cast<std::size_t>(std::llround(value))) + " MiB";
  std::ostringstream text;
  text << std::fixed << std::setprecision(1) << value << " MiB";
  return std::move(text).str();
}

std::size_t mib_rounded_up(std::size_t bytes) { return (bytes + (1u << 20) - 1) >> 20; }

std::size_t arrays(PlanRequest const& request, std::size_t count) {
  return count * request.parameters * sizeof(float);
}

/// Coins whose state lies on the device.
std::size_t coins_there(PlanRequest const& request, Levers const& levers) {
  return levers.offload ? std::min<std::size_t>(request.coins, 1) : request.coins;
}

std::size_t state_bytes(PlanRequest const& request, Levers const& levers) {
  return arrays(request, arrays_per_state * coins_there(request, levers));
}

std::size_t snapshot_bytes(PlanRequest const& request) {
  return arrays(request, arrays_per_state * request.snapshots);
}

/// Gradients, which all coins use in turn.
std::size_t shared_bytes(PlanRequest const& request) {
  return arrays(request, 1 + request.team_buffers);
}

/// What is there whatever the batch sizes are.
std::size_t constant_bytes(PlanRequest const& request, Levers const& levers) {
  return request.fixed_bytes + request.row_bytes + state_bytes(request, levers) +
         shared_bytes(request) + snapshot_bytes(request);
}

std::size_t first_evaluation_batch(PlanRequest const& request, std::size_t micro_batch) {
  return std::min(micro_batch, request.evaluation_batch);
}

/// Bytes with this micro-batch and an evaluation batch that is no larger.
std::size_t needed_bytes(PlanRequest const& request, std::size_t micro_batch,
                         Levers const& levers) {
  return constant_bytes(request, levers) + request.training_bytes(micro_batch, levers) +
         request.evaluation_bytes(first_evaluation_batch(request, micro_batch));
}

std::size_t next_divisor(std::size_t number, std::size_t at_most) {
  std::size_t divisor = std::min(number, at_most);
  while (number % divisor != 0) --divisor;
  return divisor;
}

void check(PlanRequest const& request) {
  MONETA_REQUIRE(request.effective_batch > 0 && request.evaluation_batch > 0 &&
                     request.largest_micro_batch > 0,
                 config, "a batch size is 0 (train.batch x train.accumulate is ",
                 request.effective_batch, ", device.batch is ", request.evaluation_batch,
                 ", the largest micro-batch is ", request.largest_micro_batch,
                 "). Set it to 1 or more?");
  MONETA_REQUIRE(request.training_bytes && request.evaluation_bytes && request.update_seconds &&
                     !request.levers.empty(),
                 internal,
                 "a plan needs the bytes of the training and of the evaluating model, and the "
                 "seconds of an update");
}

/// `least` are the levers that need the fewest bytes.
[[noreturn]] void refuse(PlanRequest const& request, Levers const& least) {
  std::size_t const constant = constant_bytes(request, least);
  std::size_t const needed = needed_bytes(request, 1, least);
  std::size_t const state = state_bytes(request, least) + shared_bytes(request);
  std::size_t const missing = mib_rounded_up(needed - request.limit_bytes);
  std::ostringstream text;
  text << "the model does not fit into memory: even one sequence at a time";
  if (request.levers.size() > 1) text << " (" << to_text(least) << ")";
  text << " needs " << mib(needed) << " and this rank may take " << mib(request.limit_bytes) << ", "
       << grouped(missing) << " MiB too few (" << mib(needed - constant)
       << " for the model with one sequence, " << mib(state)
       << " for parameters, gradients and optimizer of "
       << count(coins_there(request, least), "coin") << ", " << mib(snapshot_bytes(request))
       << " for checkpoints being written, " << mib(request.row_bytes) << " for rows, "
       << mib(request.fixed_bytes) << " for libraries). ";
  if (constant > request.limit_bytes && request.row_bytes > state) {
    text << "Lower data.days, give this rank fewer coins (placement, or more ranks)";
  } else if (constant > request.limit_bytes) {
    text << "Lower model.hidden or model.layers, give this rank fewer coins (placement, or more "
            "ranks)";
  } else {
    text << "Lower model.hidden, model.layers or the steps in data.timeframes";
  }
  text << ", or raise device.memory_limit_mib or device.memory_fraction?";
  throw Error(ErrorKind::device, std::move(text).str());
}

/// The largest micro-batch that fits, 0 if none does.
std::size_t largest_micro_batch(PlanRequest const& request, Levers const& levers) {
  std::size_t at_most = std::min(request.largest_micro_batch, request.micro_batch_at_most);
  while (at_most > 0) {
    std::size_t const divisor = next_divisor(request.effective_batch, at_most);
    if (needed_bytes(request, divisor, levers) <= request.limit_bytes) return divisor;
    at_most = divisor - 1;
  }
  return 0;
}

PlanChoice look_at(PlanRequest const& request, Levers const& levers) {
  PlanChoice choice;
  choice.levers = levers;
  choice.micro_batch = largest_micro_batch(request, levers);
  if (choice.micro_batch > 0) {
    choice.update_seconds = request.update_seconds(choice.micro_batch, levers);
  } else {
    choice.missing_bytes = needed_bytes(request, 1, levers) - request.limit_bytes;
  }
  return choice;
}

/// The fastest that fits; throws if none does.
PlanChoice choose(PlanRequest const& request, std::vector<PlanChoice> const& choices) {
  PlanChoice const* best = nullptr;
  PlanChoice const* least = &choices.front();
  for (PlanChoice const& each : choices) {
    if (each.micro_batch == 0) {
      if (each.missing_bytes < least->missing_bytes) least = &each;
    } else if (!best || each.update_seconds < worthwhile * best->update_seconds) {
      best = &each;
    }
  }
  if (!best) refuse(request, least->levers);
  return *best;
}

std::size_t choose_evaluation_batch(PlanRequest const& request, std::size_t micro_batch,
                                    Levers const& levers) {
  std::size_t const others =
      constant_bytes(request, levers) + request.training_bytes(micro_batch, levers);
  std::size_t batch = first_evaluation_batch(request, micro_batch);
  while (batch <= request.evaluation_batch / 2 &&
         others + request.evaluation_bytes(2 * batch) <= request.limit_bytes) {
    batch *= 2;
  }
  return batch;
}

/// Why not a larger micro-batch.
std::string explain(PlanRequest const& request, std::size_t micro_batch, Levers const& levers) {
  std::size_t const effective = request.effective_batch;
  std::string const cut = cat("one update is ", grouped(effective / micro_batch), " x ",
                              count(micro_batch, "sequence"), ": ");
  std::size_t const best = next_divisor(effective, request.largest_micro_batch);
  if (micro_batch < best) {
    std::size_t larger = micro_batch + 1;
    while (effective % larger != 0) ++larger;
    std::size_t const needed = needed_bytes(request, larger, levers);
    if (needed <= request.limit_bytes) return cut + "as all ranks and earlier starts of the run";
    std::size_t const missing = needed - request.limit_bytes;
    return cat(cut, "the next larger divisor of ", grouped(effective), ", ", grouped(larger),
               ", needs ", grouped(mib_rounded_up(missing)), " MiB more than there is");
  }
  if (micro_batch == effective) return cut + "the whole update fits at once";
  if (micro_batch == request.largest_micro_batch) return cut + "more does not run faster here";
  std::string text = cat(cut, "the largest divisor of ", grouped(effective), " up to ",
                         grouped(request.largest_micro_batch));
  if (2 * micro_batch < request.largest_micro_batch) {
    text += "; a train.batch x train.accumulate with more divisors would run faster";
  }
  return text;
}

}  // namespace

std::string to_text(Levers const& levers) {
  std::string text;
  if (levers.layers || levers.timeframes) {
    text = cat(levers.layers ? "layers" : "", levers.layers && levers.timeframes ? " and " : "",
               levers.timeframes ? "timeframes" : "", " computed again");
  }
  if (levers.offload) text += cat(text.empty() ? "" : ", ", "idle coins in the host's memory");
  return text.empty() ? "everything kept" : text;
}

Plan make_plan(PlanRequest const& request) {
  check(request);
  Plan plan;
  for (Levers const& levers : request.levers) plan.choices.push_back(look_at(request, levers));
  PlanChoice const choice = choose(request, plan.choices);
  plan.levers = choice.levers;
  plan.micro_batch = choice.micro_batch;
  plan.update_seconds = choice.update_seconds;
  plan.evaluation_batch = choose_evaluation_batch(request, plan.micro_batch, plan.levers);
  plan.limit_bytes = request.limit_bytes;
  plan.reason = explain(request, plan.micro_batch, plan.levers);

  std::string const coins = cat(" (", count(request.coins, "coin"), ")");
  std::size_t const there = coins_there(request, plan.levers);
  plan.lines = {
      {"libraries", request.fixed_bytes, "program, runtime and libraries"},
      {"rows" + coins, request.row_bytes, "features, targets and times of all samples"},
      {cat("parameters, optimizer (", count(there, "coin"), ")"), state_bytes(request, plan.levers),
       cat(count(there, "coin"), " x ", arrays_per_state, " arrays of ",
           count(request.parameters, "float"))},
      {"gradients", shared_bytes(request), "one array that all coins use in turn"},
      {"checkpoints being written", snapshot_bytes(request),
       cat(count(request.snapshots, "snapshot"), " of parameters and optimizer")},
      {"training model", request.training_bytes(plan.micro_batch, plan.levers),
       cat("forward and backward of ", count(plan.micro_batch, "sequence"), " at a time, ",
           to_text(plan.levers))},
      {"evaluating model", request.evaluation_bytes(plan.evaluation_batch),
       cat("forward of ", count(plan.evaluation_batch, "sequence"), " at a time")},
  };
  for (PlanLine const& line : plan.lines) plan.total_bytes += line.bytes;
  return plan;
}

}  // namespace moneta
