// SPDX-License-Identifier: Apache-2.0
#include "plan/plan_text.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "plan/budget.h"

namespace moneta::plan_text {
namespace {

using namespace budget;

/// "1 coin", "1,024 sequences"
std::string counted(std::size_t number, char const* noun) {
  return fmt::format("{} {}{}", grouped(number), noun, number == 1 ? "" : "s");
}

std::string does_not_fit_on_device(PlanRequest const& request, MemoryOptions const& options) {
  std::size_t const constant = constant_bytes(request, options);
  std::size_t const needed = needed_bytes(request, 1, options);
  std::size_t const state = state_bytes(request, options) + shared_bytes(request);
  std::string parts =
      fmt::format("{} for the model with one sequence", mib_text(needed - constant));
  parts += fmt::format(", {} for parameters, gradients and moments of {}", mib_text(state),
                       counted(coins_on_device(request, options), "coin"));
  if (!request.host) {
    parts += fmt::format(", {} for checkpoints being written or read",
                         mib_text(checkpoint_bytes(request)));
  }
  parts += fmt::format(", {} for rows, {} for libraries", mib_text(request.row_bytes),
                       mib_text(request.fixed_bytes));

  std::string const chosen =
      request.memory_options.size() > 1 ? fmt::format(" ({})", to_text(options)) : "";
  // The advice names what takes most of the memory.
  std::string advice = "model.hidden, model.layers or the steps in data.timeframes";
  if (constant > request.limit_bytes) {
    advice = request.row_bytes > state ? "data.days" : "model.hidden or model.layers";
    advice += ", assign fewer coins to this rank (placement, or more ranks)";
  }
  return fmt::format(
      "the model does not fit into memory: even a micro-batch of one sequence{} needs {}, {} MiB more than the {} that this rank may use ({}). {} {}, or raise device.memory_limit_mib or device.memory_fraction?",
      chosen, mib_text(needed), grouped(mib_rounded_up(needed - request.limit_bytes)),
      mib_text(request.limit_bytes), parts,
      request.wide_activations ? "Set train.precision=bf16, lower" : "Lower", advice);
}

std::string does_not_fit_on_host(PlanRequest const& request, PlanChoice const& choice) {
  MemoryOptions const& options = choice.memory_options;
  return fmt::format(
      "the model does not fit into host memory: it would fit on the device ({}), but needs {} of host memory, {} MiB more than the {} that this rank may use ({} for the state of coins, {} for checkpoints being written or read, {} for rows). Assign fewer coins to this rank (placement, or more machines), lower model.hidden or model.layers, or raise device.memory_fraction?",
      to_text(options), mib_text(host_bytes(request, options)),
      grouped(mib_rounded_up(choice.missing_host_bytes)), mib_text(request.host->limit_bytes),
      mib_text(offloaded_bytes(request, options)), mib_text(checkpoint_bytes(request)),
      mib_text(request.host->row_bytes));
}

PlanLine state_line(PlanRequest const& request, MemoryOptions const& options) {
  std::string const coins = counted(coins_on_device(request, options), "coin");
  PlanLine line;
  line.what = fmt::format("{} ({})",
                          options.offload_optimizer ? "parameters" : "parameters, moments", coins);
  line.bytes = state_bytes(request, options);
  line.why = fmt::format("{} x {} of {}", coins, counted(arrays_on_device(options), "array"),
                         counted(request.parameters, "float"));
  if (options.offload_optimizer) {
    line.why += fmt::format(", {} to stream moments", mib_text(request.moment_stream_bytes));
  }
  return line;
}

std::string checkpoints_text(PlanRequest const& request) {
  std::string text =
      fmt::format("{} of parameters and moments", counted(request.snapshots, "snapshot"));
  if (request.loaded_states > 0) text += ", and those of a coin that is loaded";
  return text;
}

}  // namespace

std::string reason(PlanRequest const& request, std::size_t micro_batch,
                   MemoryOptions const& options) {
  std::size_t const effective = request.effective_batch;
  std::string const division =
      fmt::format("one update is {} x {}; ", grouped(effective / micro_batch),
                  counted(micro_batch, "sequence"));
  if (micro_batch < largest_divisor(effective, request.largest_micro_batch)) {
    std::size_t larger = micro_batch + 1;
    while (effective % larger != 0) ++larger;
    std::size_t const needed = needed_bytes(request, larger, options);
    if (needed <= request.limit_bytes) {
      return division + "other ranks or an earlier start of the run limit it";
    }
    return fmt::format("{}the next larger divisor of {} is {}, which needs {} MiB more", division,
                       grouped(effective), grouped(larger),
                       grouped(mib_rounded_up(needed - request.limit_bytes)));
  }
  if (micro_batch == effective) return division + "the whole update fits at once";
  if (micro_batch == request.largest_micro_batch) {
    return division + "a larger one does not run faster on this device";
  }
  std::string text = fmt::format("{}the largest divisor of {} up to {}", division,
                                 grouped(effective), grouped(request.largest_micro_batch));
  if (2 * micro_batch < request.largest_micro_batch) {
    text += "; a train.batch x train.accumulate with more divisors would run faster";
  }
  return text;
}

std::vector<PlanLine> device_lines(PlanRequest const& request, Plan const& plan) {
  Models const models =
      model_bytes(request, plan.micro_batch, plan.evaluation_batch, plan.memory_options);
  std::vector<PlanLine> lines = {
      {"libraries", request.fixed_bytes, "program, runtime and libraries"},
      {fmt::format("rows ({})", counted(request.coins, "coin")), request.row_bytes,
       "features, targets and times of all samples"},
      state_line(request, plan.memory_options),
      {"gradients", shared_bytes(request), "one array for all coins"}};
  if (!request.host) {
    lines.push_back({"checkpoints being written or read", checkpoint_bytes(request),
                     checkpoints_text(request)});
  }
  lines.push_back(
      {"training model", models.training,
       fmt::format("forward and backward pass of {}, {}", counted(plan.micro_batch, "sequence"),
                   to_text(plan.memory_options))});
  lines.push_back({"evaluation model", models.evaluation,
                   plan.memory_options.share_model
                       ? "shared with the training model"
                       : fmt::format("forward pass of {}, in the memory of the training model",
                                     counted(plan.evaluation_batch, "sequence"))});
  return lines;
}

std::vector<PlanLine> host_lines(PlanRequest const& request, Plan const& plan) {
  if (!request.host) return {};
  MemoryOptions const& options = plan.memory_options;
  char const* offloaded = "kept on the device";
  if (options.offload_inactive) {
    offloaded = "of all coins, in pinned memory";
  } else if (options.offload_optimizer) {
    offloaded = "moments of all coins, in pinned memory";
  }
  return {
      {"libraries", request.host->fixed_bytes, "program, runtime and libraries"},
      {"rows", request.host->row_bytes, "of all coins, as loaded from the shards"},
      {"parameters, moments", offloaded_bytes(request, options), offloaded},
      {"checkpoints being written or read",
       checkpoint_bytes(request) + array_bytes(request, request.team_buffers),
       checkpoints_text(request) + (request.team_buffers > 0 ? ", gradients of the team" : "")}};
}

void throw_does_not_fit(PlanRequest const& request, std::vector<PlanChoice> const& choices) {
  // The choice that lacks least on the device; if some fit there, the one that lacks least on the
  // host.
  PlanChoice const& closest = *std::min_element(
      choices.begin(), choices.end(), [](PlanChoice const& a, PlanChoice const& b) {
        return std::pair(a.missing_bytes, a.missing_host_bytes) <
               std::pair(b.missing_bytes, b.missing_host_bytes);
      });
  throw Error(ErrorKind::device, closest.missing_bytes > 0
                                     ? does_not_fit_on_device(request, closest.memory_options)
                                     : does_not_fit_on_host(request, closest));
}

}  // namespace moneta::plan_text
