// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace moneta {

/// What a webhook is sent; `automatic` goes by the host of its URL.
enum class AlertTemplate { automatic, json, slack, discord, telegram };

/// An event that can alert, and the group of alert.events that it belongs to ("": none).
struct AlertEvent {
  std::string_view action, group;
};

/// Every action that an event may have, but for those of the alerts themselves.
inline constexpr AlertEvent alert_events[] = {
    {"coin_failed", ""},
    {"slow", ""},
    {"stalled", ""},
    {"watchdog", ""},
    {"run_failed", ""},
    {"throttled", "gpu"},
    {"hot", "gpu"},
    {"gpu_lost", "gpu"},
    {"power_limit", "gpu"},
    {"memory_near_limit", "gpu"},
    {"other_process", "gpu"},
    {"gpu_shared", "gpu"},
    {"disk_low", "disk"},
    {"save_failed", "disk"},
    {"index_not_written", "disk"},
    {"log_not_written", "disk"},
    {"run_finished", "finished"},
    {"run_started", ""},
    {"run_resumed", ""},
    {"resumed", ""},
    {"restarted", ""},
    {"early_stop", ""},
    {"update_skipped", ""},
    {"rolled_back", ""},
    {"out_of_memory", ""},
    {"checkpoint_rejected", ""},
    {"config_changed", ""},
    {"lstm_algorithm", ""},
    {"model_saved", ""},
    {"not_finite", ""},
    {"recovered", ""},
    {"no_gpu_telemetry", ""},
    {"log_rotated", ""},
    {"log_archive_failed", ""},
    {"status_not_written", ""},
    {"tensorboard_not_written", ""},
    {"prometheus_not_written", ""},
    {"best_so_far", ""},
};

/// "error" is every event of severity error; the others are the groups above.
inline constexpr std::string_view alert_groups[] = {"error", "gpu", "disk", "finished"};

/// What alert.events may hold: the groups, then the actions.
inline std::vector<std::string> alert_event_names() {
  std::vector<std::string> names(std::begin(alert_groups), std::end(alert_groups));
  for (AlertEvent const& event : alert_events) names.emplace_back(event.action);
  return names;
}

}  // namespace moneta
