// SPDX-License-Identifier: Apache-2.0
#include "telemetry/export/tensorboard_event.h"

#include <bit>
#include <cmath>
#include <limits>
#include <string_view>

#include "telemetry/export/little_endian.h"
#include "telemetry/export/tfrecord.h"

namespace moneta {
namespace {

/// The encodings of protobuf fields, and the field numbers of TensorFlow's event.proto and
/// summary.proto.
enum WireType : unsigned { varint = 0, fixed64 = 1, text = 2, fixed32 = 5 };
namespace event {
constexpr unsigned wall_time = 1, step = 2, file_version = 3, summary = 5, session_log = 7;
}
namespace summary {
constexpr unsigned value = 1;
namespace value_of {
constexpr unsigned tag = 1, simple_value = 2;
}
}  // namespace summary
namespace session_log {
constexpr unsigned status = 1, start = 1;
}

void append_varint(std::string& message, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) message += static_cast<char>((value & 0x7F) | 0x80);
  message += static_cast<char>(value);
}

void append_key(std::string& message, unsigned field, WireType type) {
  append_varint(message, (field << 3) | type);
}

void append_text(std::string& message, unsigned field, std::string_view value) {
  append_key(message, field, text);
  append_varint(message, value.size());
  message += value;
}

std::string event_at(double time_s, std::int64_t step) {
  std::string message;
  append_key(message, event::wall_time, fixed64);
  append_little_endian(message, std::bit_cast<std::uint64_t>(time_s));
  if (step != 0) {
    append_key(message, event::step, varint);
    append_varint(message, static_cast<std::uint64_t>(step));
  }
  return message;
}

}  // namespace

std::string version_record(double time_s) {
  std::string message = event_at(time_s, 0);
  append_text(message, event::file_version, "brain.Event:2");
  return tfrecord(message);
}

std::string restart_record(double time_s, std::int64_t step) {
  std::string log;
  append_key(log, session_log::status, varint);
  append_varint(log, session_log::start);
  std::string message = event_at(time_s, step);
  append_text(message, event::session_log, log);
  return tfrecord(message);
}

std::string scalars_record(double time_s, std::int64_t step, Scalars const& scalars) {
  std::string values;
  for (auto const& [tag, number] : scalars) {
    if (!(std::abs(number) <= std::numeric_limits<float>::max())) continue;
    std::string value;
    append_text(value, summary::value_of::tag, tag);
    append_key(value, summary::value_of::simple_value, fixed32);
    append_little_endian(value, std::bit_cast<std::uint32_t>(static_cast<float>(number)));
    append_text(values, summary::value, value);
  }
  std::string message = event_at(time_s, step);
  append_text(message, event::summary, values);
  return tfrecord(message);
}

}  // namespace moneta
