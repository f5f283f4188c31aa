// SPDX-License-Identifier: Apache-2.0
#include "telemetry/logging/not_finite.h"

#include <cmath>
#include <utility>

#include "base/error.h"

namespace moneta {

std::optional<EventRecord> NotFiniteRule::event_for(EpochRecord const& record) {
  std::pair<char const*, double> const numbers[] = {
      {"train_loss", record.train_loss},
      {"valid_loss", record.valid_loss},
      {"best_valid_loss", record.best_valid_loss},
      {"learning_rate", record.learning_rate},
      {"gradient_norm_mean", record.gradient_norm_mean},
      {"gradient_norm_max", record.gradient_norm_max}};
  Json names = Json::array();
  std::string text;
  for (auto const& [name, value] : numbers) {
    if (std::isfinite(value)) continue;
    names.push_back(name);
    text += fmt::format("{}{} ({:g})", text.empty() ? "" : ", ", name, value);
  }
  if (names.empty()) return {};
  {
    std::lock_guard const lock(mutex_);
    auto const [reported, is_new] = reported_.try_emplace(record.coin, record.epoch);
    if (!is_new && std::exchange(reported->second, record.epoch) == record.epoch) return {};
  }
  return EventRecord{.severity = Severity::warning,
                     .event = Event::not_finite,
                     .message = fmt::format(
                         "epoch {} has numbers that are not finite: {}. They are null in the log",
                         record.epoch, text),
                     .coin = record.coin,
                     .rank = record.rank,
                     .details = {{"epoch", record.epoch}, {"numbers", names}}};
}

}  // namespace moneta
