// SPDX-License-Identifier: Apache-2.0
#include "plan/plan.h"

#include "base/error.h"
#include "plan/budget.h"
#include "plan/text.h"

namespace moneta {
namespace {

using namespace budget;

/// A costlier lever is pulled for no less than this: the seconds are estimates.
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
      "a plan needs the bytes of the training and of the evaluating model, and the seconds of an update");
}

/// The largest micro-batch that fits, 0 if none does.
std::size_t largest_micro_batch(PlanRequest const& request, MemoryOptions const& memory_options) {
  std::size_t at_most = std::min(request.largest_micro_batch, request.micro_batch_at_most);
  while (at_most > 0) {
    std::size_t const divisor = next_divisor(request.effective_batch, at_most);
    if (needed_bytes(request, divisor, memory_options) <= request.limit_bytes) return divisor;
    at_most = divisor - 1;
  }
  return 0;
}

PlanChoice look_at(PlanRequest const& request, MemoryOptions const& memory_options) {
  PlanChoice choice;
  choice.memory_options = memory_options;
  std::size_t const micro_batch = largest_micro_batch(request, memory_options);
  if (micro_batch == 0) {
    choice.missing_bytes = needed_bytes(request, 1, memory_options) - request.limit_bytes;
  }
  std::size_t const host = request.host ? host_bytes(request, memory_options) : 0;
  if (request.host && host > request.host->limit_bytes) {
    choice.missing_host_bytes = host - request.host->limit_bytes;
  }
  if (choice.missing_bytes == 0 && choice.missing_host_bytes == 0) {
    choice.micro_batch = micro_batch;
    choice.update_seconds = request.update_seconds(micro_batch, memory_options);
  }
  return choice;
}

/// The fastest that fits; throws if none does.
PlanChoice choose(PlanRequest const& request, std::vector<PlanChoice> const& choices) {
  PlanChoice const* best = nullptr;
  for (PlanChoice const& each : choices) {
    if (each.micro_batch == 0) continue;
    bool const kept = each.micro_batch == request.micro_batch_at_most;
    bool const best_is_kept = best && best->micro_batch == request.micro_batch_at_most;
    bool const faster = !best || each.update_seconds < worthwhile * best->update_seconds;
    if (kept != best_is_kept ? kept : faster) best = &each;
  }
  if (!best) plan_text::refuse(request, choices);
  return *best;
}

std::size_t choose_evaluation_batch(PlanRequest const& request, std::size_t micro_batch,
                                    MemoryOptions const& memory_options) {
  if (memory_options.share_model) return micro_batch;
  std::size_t batch = first_evaluation_batch(request, micro_batch);
  while (batch <= request.evaluation_batch / 2 &&
         needed_bytes(request, micro_batch, 2 * batch, memory_options) <= request.limit_bytes) {
    batch *= 2;
  }
  return batch;
}

}  // namespace

Plan make_plan(PlanRequest const& request) {
  check(request);
  Plan plan;
  for (MemoryOptions const& memory_options : request.memory_options)
    plan.choices.push_back(look_at(request, memory_options));
  PlanChoice const choice = choose(request, plan.choices);
  plan.memory_options = choice.memory_options;
  plan.micro_batch = choice.micro_batch;
  plan.update_seconds = choice.update_seconds;
  plan.evaluation_batch = choose_evaluation_batch(request, plan.micro_batch, plan.memory_options);
  plan.limit_bytes = request.limit_bytes;
  plan.reason = plan_text::reason(request, plan.micro_batch, plan.memory_options);
  plan.lines = plan_text::device_lines(request, plan);
  for (PlanLine const& line : plan.lines) plan.total_bytes += line.bytes;
  plan.host_lines = plan_text::host_lines(request, plan);
  for (PlanLine const& line : plan.host_lines) plan.host_bytes += line.bytes;
  return plan;
}

}  // namespace moneta
