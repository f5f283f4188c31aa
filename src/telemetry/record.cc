// SPDX-License-Identifier: Apache-2.0
#include "telemetry/record.h"

#include <array>
#include <cmath>
#include <limits>
#include <type_traits>

#include "base/error.h"
#include "telemetry/read_record.h"

namespace moneta {
namespace {

constexpr std::array<char const*, 3> severity_names = {"info", "warning", "error"};

Severity severity_from(std::string const& name) {
  for (std::size_t i = 0; i < severity_names.size(); ++i) {
    if (name == severity_names[i]) return static_cast<Severity>(i);
  }
  throw Error(ErrorKind::internal, "there is no severity '" + name + "'");
}

/// Calls visit(key, member) for every member, in the order of the log.
template <class Record, class Visit>
void each_member(Record& record, Visit const& visit) {
  visit("coin", record.coin);
  visit("rank", record.rank);
  visit("epoch", record.epoch);
  visit("epochs", record.epochs);
  visit("finished", record.finished);
  visit("update", record.update);
  visit("train_loss", record.train_loss);
  visit("valid_loss", record.valid_loss);
  visit("best_valid_loss", record.best_valid_loss);
  visit("best_epoch", record.best_epoch);
  visit("learning_rate", record.learning_rate);
  visit("gradient_norm_mean", record.gradient_norm_mean);
  visit("gradient_norm_max", record.gradient_norm_max);
  visit("skipped_updates", record.skipped_updates);
  visit("train_seconds", record.train_seconds);
  visit("valid_seconds", record.valid_seconds);
  visit("sequences_per_second", record.sequences_per_second);
  visit("wait_seconds", record.wait_seconds);
  visit("host_memory_bytes", record.host_memory_bytes);
  visit("device", record.device);
}

}  // namespace

char const* to_string(Severity severity) {
  return severity_names.at(static_cast<std::size_t>(severity));
}

Json number_or_null(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

double number_from(Json const& json) {
  return json.is_null() ? std::numeric_limits<double>::quiet_NaN() : json.get<double>();
}

Json to_json(EpochRecord const& record) {
  Json json = Json::object();
  each_member(record, [&]<class Member>(char const* key, Member const& member) {
    if constexpr (std::is_same_v<Member, double>) {
      json[key] = number_or_null(member);
    } else {
      json[key] = member;
    }
  });
  return json;
}

Json to_json(EventRecord const& record) {
  return {{"severity", to_string(record.severity)},
          {"action", record.action},
          {"message", record.message},
          {"coin", record.coin},
          {"rank", record.rank},
          {"details", record.details}};
}

EpochRecord epoch_record_from(Json const& json) {
  return read_record("an epoch record", json, [&] {
    EpochRecord record;
    each_member(record, [&]<class Member>(char const* key, Member& member) {
      if constexpr (std::is_same_v<Member, double>) {
        member = number_from(json.at(key));
      } else if constexpr (std::is_same_v<Member, Json>) {
        if (json.contains(key)) member = json.at(key);
      } else {
        member = json.at(key).get<Member>();
      }
    });
    return record;
  });
}

EventRecord event_record_from(Json const& json) {
  return read_record("an event record", json, [&] {
    EventRecord record;
    record.severity = severity_from(json.at("severity").get<std::string>());
    json.at("action").get_to(record.action);
    json.at("message").get_to(record.message);
    json.at("coin").get_to(record.coin);
    json.at("rank").get_to(record.rank);
    record.details = json.at("details");
    return record;
  });
}

Json to_json(ProgressTick const& tick) {
  return {{"coin", tick.coin},
          {"rank", tick.rank},
          {"epoch", tick.epoch},
          {"fraction", tick.fraction},
          {"train_loss", number_or_null(tick.train_loss)},
          {"sequences_per_second", number_or_null(tick.sequences_per_second)}};
}

ProgressTick progress_tick_from(Json const& json) {
  return read_record("a progress tick", json, [&] {
    ProgressTick tick;
    json.at("coin").get_to(tick.coin);
    json.at("rank").get_to(tick.rank);
    json.at("epoch").get_to(tick.epoch);
    json.at("fraction").get_to(tick.fraction);
    tick.train_loss = number_from(json.at("train_loss"));
    tick.sequences_per_second = number_from(json.at("sequences_per_second"));
    return tick;
  });
}

}  // namespace moneta
