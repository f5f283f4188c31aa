// SPDX-License-Identifier: Apache-2.0
#include "telemetry/alerts/alerts.h"

#include <mutex>
#include <utility>

#include "base/alert_template.h"
#include "base/clock.h"
#include "base/host.h"
#include "base/url.h"
#include "telemetry/alerts/alert_command.h"
#include "telemetry/alerts/alert_sender.h"
#include "telemetry/alerts/webhook.h"

namespace moneta {
namespace {

AlertTarget webhook_target(AlertSettings const& settings, AlertOrigin const& origin) {
  Webhook const webhook = parse_webhook(*settings.webhook_url, settings.webhook_template);
  prepare_http();
  return {public_url(*settings.webhook_url), "Is alert.webhook_url correct, and is the network up?",
          [=, timeouts = settings.times.webhook](Alert const& alert, GiveUp const& give_up) {
            return post_alert(webhook.address,
                              webhook_body(alert, origin, webhook.body, webhook.chat_id), timeouts,
                              give_up);
          }};
}

AlertTarget command_target(AlertSettings const& settings, AlertOrigin const& origin) {
  auto const command = std::make_shared<AlertCommand>(*settings.command, settings.times.command);
  return {"alert.command", "Does the command work in a shell, with JSON on its standard input?",
          [=](Alert const& alert, GiveUp const& give_up) {
            return command->run(to_string(alert.record.event), alert_json(alert, origin) + '\n',
                                give_up);
          }};
}

}  // namespace

struct Alerts::State {
  State(AlertSettings const& settings, std::function<void(EventRecord)> const& report)
      : times(settings.times), filter(settings.events, settings.limits) {
    AlertOrigin const origin{settings.run, settings.host.empty() ? host_name() : settings.host};
    std::vector<AlertTarget> targets;
    if (settings.webhook_url) targets.push_back(webhook_target(settings, origin));
    if (settings.command) targets.push_back(command_target(settings, origin));
    for (AlertTarget& target : targets) {
      senders.push_back(std::make_unique<AlertSender>(std::move(target), times.pauses, report));
    }
  }

  AlertTimes const times;
  std::mutex mutex;
  AlertFilter filter;
  std::vector<std::unique_ptr<AlertSender>> senders;
};

Alerts::Alerts(AlertSettings settings, std::function<void(EventRecord)> const& report) {
  if (!settings.times.now_s) settings.times.now_s = steady_clock_s;
  if (!settings.times.time_s) settings.times.time_s = now_s;
  state_ = std::make_unique<State>(settings, report);
}

Alerts::~Alerts() { end_senders(); }

void Alerts::on(EventRecord const& record) noexcept {
  if (state_->senders.empty()) return;
  try {
    std::lock_guard const lock(state_->mutex);
    auto const alert = state_->filter.admit(record, state_->times.now_s(), state_->times.time_s());
    if (!alert) return;
    for (auto const& sender : state_->senders) sender->push(*alert);
  } catch (...) {
    // Out of memory: the event is in the log, and training continues.
  }
}

void Alerts::close(RunEnd const& /*end*/) { end_senders(); }

void Alerts::end_senders() {
  auto const close_by = std::chrono::steady_clock::now() + state_->times.close;
  for (auto const& sender : state_->senders) sender->close(close_by);
  for (auto const& sender : state_->senders) sender->join();
}

}  // namespace moneta
