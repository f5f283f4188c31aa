// SPDX-License-Identifier: Apache-2.0
#include "telemetry/logging/log_line.h"

#include "base/error.h"
#include "base/round.h"
#include "base/time.h"

namespace moneta {
namespace {

int significant_digits(std::string const& key) {
  if (key.ends_with("_loss") || key == "learning_rate") return 6;
  return key.ends_with("_percent") ? 2 : 3;
}

void round_measurements(Json& record) {
  for (auto const& [key, value] : record.items()) {
    if (value.is_object()) {
      round_measurements(value);
    } else if (value.is_number_float()) {
      value = round_to_significant(value.get<double>(), significant_digits(key));
    } else if (value.is_number_unsigned() && key.ends_with("_bytes") &&
               !key.ends_with("_total_bytes")) {
      constexpr std::uint64_t megabyte = 1'000'000;
      value = (value.get<std::uint64_t>() + megabyte / 2) / megabyte * megabyte;
    }
  }
}

/// "2021-03-31T23:30:00.250Z"
std::string timestamp(std::int64_t time_ms) {
  std::string text = utc_text(time_ms / 1000);
  text.pop_back();  // the Z
  return fmt::format("{}.{:03}Z", text, time_ms % 1000);
}

std::string line_of(Json const& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

std::string epoch_log_line(EpochRecord const& record, std::int64_t time_ms) {
  Json line = {{"@timestamp", timestamp(time_ms)}, {"event.action", "epoch"}};
  line.update(to_json(record));
  round_measurements(line);
  return line_of(line);
}

std::string event_log_line(EventRecord const& record, std::int64_t time_ms) {
  Json labels = Json::object();
  if (!record.coin.empty()) labels["coin"] = record.coin;
  labels["rank"] = record.rank;
  return line_of({{"@timestamp", timestamp(time_ms)},
                  {"log.level", to_string(record.severity)},
                  {"message", record.message},
                  {"event.action", to_string(record.event)},
                  {"event.dataset", "moneta.events"},
                  {"labels", labels},
                  {"moneta", record.details.is_null() ? Json::object() : record.details}});
}

}  // namespace moneta
