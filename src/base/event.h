// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace moneta {

enum class Severity { info, warning, error };
char const* to_string(Severity severity);
/// The severity with this name, or nothing.
std::optional<Severity> severity_from_name(std::string_view name);

/// Something that happened in a run. `event_table` has one row for each value.
enum class Event {
  coin_failed,
  slow,
  stalled,
  watchdog,
  run_failed,
  throttled,
  hot,
  gpu_lost,
  power_limit,
  memory_near_limit,
  other_process,
  gpu_shared,
  disk_low,
  save_failed,
  index_not_written,
  log_not_written,
  run_finished,
  run_started,
  run_resumed,
  resumed,
  restarted,
  early_stop,
  update_skipped,
  rolled_back,
  out_of_memory,
  checkpoint_rejected,
  config_changed,
  lstm_algorithm,
  model_saved,
  not_finite,
  recovered,
  no_gpu_telemetry,
  log_rotated,
  log_archive_failed,
  status_not_written,
  tensorboard_not_written,
  prometheus_not_written,
  best_so_far,
  split_dates,
  test_parts_differ,
  alert_failed,
  alert_recovered,
};

/// What the receivers of events need to know about an event.
struct EventInfo {
  Event event;
  std::string_view name;   ///< event.action in the log (ECS); a value of alert.events
  std::string_view group;  ///< the group of alert.events that contains it; "" if none does
  Severity severity;       ///< the usual severity
  Severity worst;          ///< the highest severity; differs only for events with grades
  bool on_terminal;        ///< shown on the terminal even with severity info
  bool counter;            ///< its counters in Prometheus exist from the start, with value 0
  bool can_alert = true;   ///< false for the events that alerts themselves cause
};

// clang-format off
inline constexpr EventInfo event_table[] = {
    {Event::coin_failed,             "coin_failed",             "",         Severity::error,   Severity::error,   false, true},
    {Event::slow,                    "slow",                    "",         Severity::warning, Severity::warning, false, true},
    {Event::stalled,                 "stalled",                 "",         Severity::error,   Severity::error,   false, true},
    {Event::watchdog,                "watchdog",                "",         Severity::error,   Severity::error,   false, true},
    {Event::run_failed,              "run_failed",              "",         Severity::error,   Severity::error,   false, true},
    {Event::throttled,               "throttled",               "gpu",      Severity::warning, Severity::warning, false, true},
    {Event::hot,                     "hot",                     "gpu",      Severity::warning, Severity::warning, false, true},
    {Event::gpu_lost,                "gpu_lost",                "gpu",      Severity::error,   Severity::error,   false, true},
    {Event::power_limit,             "power_limit",             "gpu",      Severity::warning, Severity::warning, false, true},
    {Event::memory_near_limit,       "memory_near_limit",       "gpu",      Severity::warning, Severity::warning, false, false},
    {Event::other_process,           "other_process",           "gpu",      Severity::warning, Severity::warning, false, false},
    {Event::gpu_shared,              "gpu_shared",              "gpu",      Severity::warning, Severity::warning, false, false},
    {Event::disk_low,                "disk_low",                "disk",     Severity::warning, Severity::error,   false, true},
    {Event::save_failed,             "save_failed",             "disk",     Severity::error,   Severity::error,   false, true},
    {Event::index_not_written,       "index_not_written",       "disk",     Severity::error,   Severity::error,   false, true},
    {Event::log_not_written,         "log_not_written",         "disk",     Severity::warning, Severity::warning, false, false},
    {Event::run_finished,            "run_finished",            "finished", Severity::info,    Severity::error,   false, false},
    {Event::run_started,             "run_started",             "",         Severity::info,    Severity::info,    true,  false},
    {Event::run_resumed,             "run_resumed",             "",         Severity::info,    Severity::info,    true,  false},
    {Event::resumed,                 "resumed",                 "",         Severity::info,    Severity::info,    true,  false},
    {Event::restarted,               "restarted",               "",         Severity::warning, Severity::warning, false, false},
    {Event::early_stop,              "early_stop",              "",         Severity::info,    Severity::info,    true,  false},
    {Event::update_skipped,          "update_skipped",          "",         Severity::warning, Severity::warning, false, true},
    {Event::rolled_back,             "rolled_back",             "",         Severity::warning, Severity::warning, false, true},
    {Event::out_of_memory,           "out_of_memory",           "",         Severity::warning, Severity::warning, false, true},
    {Event::checkpoint_rejected,     "checkpoint_rejected",     "",         Severity::warning, Severity::warning, false, true},
    {Event::config_changed,          "config_changed",          "",         Severity::warning, Severity::warning, false, false},
    {Event::lstm_algorithm,          "lstm_algorithm",          "",         Severity::info,    Severity::warning, false, false},
    {Event::model_saved,             "model_saved",             "",         Severity::info,    Severity::info,    false, false},
    {Event::not_finite,              "not_finite",              "",         Severity::warning, Severity::warning, false, false},
    {Event::recovered,               "recovered",               "",         Severity::info,    Severity::info,    false, false},
    {Event::no_gpu_telemetry,        "no_gpu_telemetry",        "",         Severity::info,    Severity::info,    false, false},
    {Event::log_rotated,             "log_rotated",             "",         Severity::info,    Severity::info,    false, false},
    {Event::log_archive_failed,      "log_archive_failed",      "",         Severity::warning, Severity::warning, false, false},
    {Event::status_not_written,      "status_not_written",      "",         Severity::warning, Severity::warning, false, false},
    {Event::tensorboard_not_written, "tensorboard_not_written", "",         Severity::warning, Severity::warning, false, false},
    {Event::prometheus_not_written,  "prometheus_not_written",  "",         Severity::warning, Severity::warning, false, false},
    {Event::best_so_far,             "best_so_far",             "",         Severity::info,    Severity::info,    false, false},
    {Event::split_dates,             "split_dates",             "",         Severity::info,    Severity::info,    true,  false},
    {Event::test_parts_differ,       "test_parts_differ",       "",         Severity::warning, Severity::warning, false, false},
    {Event::alert_failed,            "alert_failed",            "",         Severity::warning, Severity::warning, false, false, false},
    {Event::alert_recovered,         "alert_recovered",         "",         Severity::info,    Severity::info,    false, false, false},
};
// clang-format on

/// The groups of alert.events; "error" stands for every event of severity error.
inline constexpr std::string_view event_groups[] = {"error", "gpu", "disk", "finished"};

constexpr EventInfo const& info(Event event) {
  return event_table[static_cast<std::size_t>(event)];
}

constexpr std::string_view to_string(Event event) { return info(event).name; }

/// The event with this name, or nothing.
std::optional<Event> event_from_name(std::string_view name);

/// The values that alert.events accepts: the groups, then the events that can alert.
std::vector<std::string> alert_event_names();

}  // namespace moneta
