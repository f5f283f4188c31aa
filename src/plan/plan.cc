// SPDX-License-Identifier: Apache-2.0
#include "plan/plan.h"

#include <algorithm>

#include "base/error.h"
#include "plan/budget.h"
#include "plan/plan_text.h"

namespace moneta {
namespace {

using namespace budget;

/// A later choice must be faster than the best one so far by this factor, because the seconds are
/// estimates.
constexpr double worthwhile = 0.98;

void check(PlanRequest const& request) {
  MONETA_REQUIRE(
      request.effective_batch > 0 && request.evaluation_batch > 0 &&
          request.largest_micro_batch > 0,
      config,
      "a batch size is 0 (train.batch x train.accumulate is {}, device.batch is {}, the largest micro-batch is {}). Set it to 1 or more?",
      request.effective_batch, request.evaluation_batch, request.largest_micro_batch);
  MONETA_REQUIRE(
      request.training_bytes && request.evaluation_bytes && request.update_seconds &&
          !request.memory_options.empty(),
      internal,
      "a plan request lacks memory options, the bytes of a model or the seconds of an update");
}

/// The largest micro-batch that fits, 0 if none does.
std::size_t largest_micro_batch(PlanRequest const& request, MemoryOptions const& options) {
  std::size_t limit = std::min(request.largest_micro_batch, request.micro_batch_at_most);
  while (limit > 0) {
    std::size_t const divisor = largest_divisor(request.effective_batch, limit);
    if (needed_bytes(request, divisor, options) <= request.limit_bytes) return divisor;
    limit = divisor - 1;
  }
  return 0;
}

PlanChoice choice_with(PlanRequest const& request, MemoryOptions const& options) {
  PlanChoice choice;
  choice.memory_options = options;
  std::size_t const micro_batch = largest_micro_batch(request, options);
  if (micro_batch == 0) {
    choice.missing_bytes = needed_bytes(request, 1, options) - request.limit_bytes;
  }
  std::size_t const host = request.host ? host_bytes(request, options) : 0;
  if (request.host && host > request.host->limit_bytes) {
    choice.missing_host_bytes = host - request.host->limit_bytes;
  }
  if (choice.missing_bytes == 0 && choice.missing_host_bytes == 0) {
    choice.micro_batch = micro_batch;
    choice.update_seconds = request.update_seconds(micro_batch, options);
  }
  return choice;
}

/// The fastest of the choices that fits; throws if none does.
PlanChoice& fastest(PlanRequest const& request, std::vector<PlanChoice>& choices) {
  PlanChoice* best = nullptr;
  for (PlanChoice& each : choices) {
    if (each.micro_batch == 0) continue;
    bool const kept = each.micro_batch == request.micro_batch_at_most;
    bool const best_is_kept = best && best->micro_batch == request.micro_batch_at_most;
    bool const faster = !best || each.update_seconds < worthwhile * best->update_seconds;
    if (kept != best_is_kept ? kept : faster) best = &each;
  }
  if (!best) plan_text::throw_does_not_fit(request, choices);
  return *best;
}

std::size_t choose_evaluation_batch(PlanRequest const& request, std::size_t micro_batch,
                                    MemoryOptions const& options) {
  std::size_t batch = first_evaluation_batch(request, micro_batch);
  if (options.share_model) return batch;
  while (batch <= request.evaluation_batch / 2 &&
         needed_bytes(request, micro_batch, 2 * batch, options) <= request.limit_bytes) {
    batch *= 2;
  }
  return batch;
}

/// Whether the memory that a plan leaves is sufficient to overlap gradients of weights.
bool can_overlap(PlanRequest const& request, Plan const& plan) {
  MemoryOptions options = plan.memory_options;
  options.overlap_weight_gradients = true;
  return request.may_overlap_weight_gradients && !options.recompute.layers &&
         needed_bytes(request, plan.micro_batch, plan.evaluation_batch, options) <=
             request.limit_bytes;
}

}  // namespace

Plan make_plan(PlanRequest const& request) {
  check(request);
  Plan plan;
  for (MemoryOptions const& options : request.memory_options) {
    plan.choices.push_back(choice_with(request, options));
  }
  PlanChoice& choice = fastest(request, plan.choices);
  plan.memory_options = choice.memory_options;
  plan.micro_batch = choice.micro_batch;
  plan.update_seconds = choice.update_seconds;
  plan.evaluation_batch = choose_evaluation_batch(request, plan.micro_batch, plan.memory_options);
  plan.reason = plan_text::reason(request, plan.micro_batch, plan.memory_options);
  plan.memory_options.overlap_weight_gradients = can_overlap(request, plan);
  choice.memory_options = plan.memory_options;
  plan.limit_bytes = request.limit_bytes;
  plan.lines = plan_text::device_lines(request, plan);
  for (PlanLine const& line : plan.lines) plan.total_bytes += line.bytes;
  plan.unchangeable_bytes = request.fixed_bytes + request.row_bytes;
  plan.host_lines = plan_text::host_lines(request, plan);
  for (PlanLine const& line : plan.host_lines) plan.host_bytes += line.bytes;
  return plan;
}

}  // namespace moneta
