// SPDX-License-Identifier: Apache-2.0
#include "telemetry/record.h"

#include <type_traits>

#include "base/error.h"
#include "base/text.h"
#include "telemetry/read_record.h"

namespace moneta {
namespace {

/// The value whose name `from_name` looks up. Throws Error if there is none.
template <class FromName>
auto value_of(char const* what, std::string const& name, FromName const& from_name) {
  auto const value = from_name(name);
  MONETA_REQUIRE(value, internal, "there is no {} '{}'", what, sanitized(name));
  return *value;
}

/// Calls visit(key, member) for every member, in the order in which the log writes them.
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

ResumePoint resume_point(EventRecord const& record) {
  ResumePoint point;
  if (!record.details.is_object()) return point;
  auto const epoch = record.details.find("epoch");
  auto const finished = record.details.find("finished");
  if (epoch != record.details.end() && epoch->is_number_integer()) {
    point.epoch = epoch->get<std::int64_t>();
  }
  point.finished = finished != record.details.end() && *finished == true;
  return point;
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
          {"action", to_string(record.event)},
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
    record.severity =
        value_of("severity", json.at("severity").get<std::string>(), severity_from_name);
    record.event = value_of("event", json.at("action").get<std::string>(), event_from_name);
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

Json to_json(DeviceSample const& sample) {
  return {{"rank", sample.rank}, {"reading", sample.reading}};
}

Json to_json(SplitRecord const& record) {
  return {{"coin", record.coin}, {"rank", record.rank}, {"dates", to_json(record.dates)}};
}

SplitRecord split_record_from(Json const& json) {
  return read_record("the dates of a coin", json, [&] {
    return SplitRecord{json.at("coin").get<std::string>(), json.at("rank").get<std::size_t>(),
                       split_dates_from(json.at("dates"))};
  });
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

DeviceSample device_sample_from(Json const& json) {
  return read_record("a device sample", json, [&] {
    return DeviceSample{json.at("rank").get<std::size_t>(), json.at("reading")};
  });
}

}  // namespace moneta
