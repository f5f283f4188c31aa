// SPDX-License-Identifier: Apache-2.0
#include "data/read_shard.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/shape.h"
#include "base/text.h"
#include "base/time.h"
#include "io/checksum.h"
#include "market/features.h"

namespace moneta {
namespace {

/// The file and the dataset that an error is about.
std::string location(H5File const& file, std::string const& name) {
  return fmt::format("'{}', dataset '{}'", file.path(), name);
}

template <class T>
void require_finite(H5File const& file, std::string const& name, std::vector<T> const& values,
                    T above) {
  for (std::size_t i = 0; i < values.size(); ++i) {
    MONETA_REQUIRE(std::isfinite(values[i]) && values[i] > above, data,
                   "{}: element {} is {:g} (a finite number{} is needed)", location(file, name), i,
                   values[i], above >= 0 ? " above 0" : "");
  }
}

/// True for up to 20 letters and digits: "5m".
bool is_plain_name(std::string const& name) {
  auto const plain = [](char each) {
    return ('0' <= each && each <= '9') || ('a' <= each && each <= 'z') ||
           ('A' <= each && each <= 'Z');
  };
  return !name.empty() && name.size() <= 20 && std::all_of(name.begin(), name.end(), plain);
}

std::size_t positive(H5File const& file, std::string const& object, std::string const& attribute) {
  auto const value = file.attributes(object).read_integer(attribute);
  MONETA_REQUIRE(value > 0 && value <= 1'000'000, data,
                 "'{}', object '{}', attribute '{}' is {} (1 to 1000000 is needed)", file.path(),
                 object, attribute, value);
  return static_cast<std::size_t>(value);
}

/// Reads a one-dimensional dataset of `count` elements, by default of any number above 0.
template <class T>
std::vector<T> read_column(H5File const& file, std::string const& name,
                           std::optional<std::size_t> count = {}) {
  auto const dataset = file.dataset(name);
  auto const& shape = dataset.shape();
  MONETA_REQUIRE(shape.size() == 1 && shape[0] > 0, data,
                 "{} has shape {} (one axis that is not empty is needed)", location(file, name),
                 to_string(shape));
  dataset.expect(h5_type_of<T>, {count.value_or(shape[0])});
  return dataset.template read<T>();
}

void check_grid(H5File const& file, std::string const& name, ShardTimeframe const& frame) {
  auto const step = frame.minutes * seconds_per_minute;
  for (std::size_t i = 0; i < frame.rows(); ++i) {
    auto const time = frame.time_s[i];
    bool const aligned = time > 0 && time < year_10000_s && time % step == 0;
    MONETA_REQUIRE(
        aligned && (i == 0 || time - step == frame.time_s[i - 1]), data,
        "{}: row {} is {} (bars must follow each other every {} s, aligned to the clock)",
        location(file, name), i, time, step);
  }
}

/// How many of the first i rows contain a number that is not finite, [R + 1].
std::vector<std::size_t> count_bad_rows(ShardTimeframe const& frame) {
  std::vector<std::size_t> bad(frame.rows() + 1, 0);
  for (std::size_t row = 0; row < frame.rows(); ++row) {
    bool finite = true;
    for (std::size_t f = 0; f < feature_count; ++f) {
      finite = finite && std::isfinite(frame.features[row * feature_count + f]);
    }
    bad[row + 1] = bad[row] + (finite ? 0 : 1);
  }
  return bad;
}

void check_windows(H5File const& file, Shard const& shard, ShardTimeframe const& frame) {
  auto const name = "/samples/end_" + frame.name;
  auto const bad = count_bad_rows(frame);
  auto const length = frame.minutes * seconds_per_minute;
  for (std::size_t i = 0; i < shard.samples(); ++i) {
    auto const end = frame.ends[i];
    auto const first = static_cast<std::int64_t>(frame.steps) - 1;
    auto const last = static_cast<std::int64_t>(frame.rows()) - 1;
    MONETA_REQUIRE(first <= end && end <= last, data,
                   "{}: element {} is {} (a window of {} rows must end in rows {} to {})",
                   location(file, name), i, end, frame.steps, first, last);
    auto const row = static_cast<std::size_t>(end);
    auto const age = shard.time_s[i] - (frame.time_s[row] + length);
    MONETA_REQUIRE(0 <= age && age < length, data,
                   "{}: element {} is the bar that starts at {} (not the last one complete at {})",
                   location(file, name), i, utc_text(frame.time_s[row]), utc_text(shard.time_s[i]));
    MONETA_REQUIRE(bad[row + 1] == bad[row + 1 - frame.steps], data,
                   "{}: the window of sample {}, rows {} to {}, has a number that is not finite",
                   location(file, "/" + frame.name + "/features"), i, row + 1 - frame.steps, row);
  }
}

void read_timeframe(H5File const& file, Shard const& shard, ShardTimeframe& frame) {
  std::string const group = "/" + frame.name;
  frame.time_s = read_column<std::int64_t>(file, group + "/time");
  check_grid(file, group + "/time", frame);
  if (shard.version == 1) {
    frame.filled = read_column<std::uint8_t>(file, group + "/filled", frame.rows());
  } else {
    auto const flags = read_column<std::int8_t>(file, group + "/filled", frame.rows());
    frame.filled.assign(flags.begin(), flags.end());
  }
  for (std::size_t i = 0; i < frame.rows(); ++i) {
    MONETA_REQUIRE(frame.filled[i] <= 1, data, "{}: row {} is {} (0 or 1 is needed)",
                   location(file, group + "/filled"), i, int{frame.filled[i]});
  }
  auto const features = file.dataset(group + "/features");
  features.expect(H5Type::float32, {frame.rows(), feature_count});
  frame.features = features.read<float>();
  frame.ends = read_column<std::int64_t>(file, "/samples/end_" + frame.name, shard.samples());
  check_windows(file, shard, frame);
}

void read_samples(H5File const& file, Shard& shard) {
  shard.time_s = read_column<std::int64_t>(file, "/samples/time");
  for (std::size_t i = 0; i < shard.samples(); ++i) {
    auto const time = shard.time_s[i];
    bool const fits = time > 0 && time < year_10000_s && time % seconds_per_minute == 0;
    MONETA_REQUIRE(fits && (i == 0 || shard.time_s[i - 1] < time), data,
                   "{}: element {} is {} (whole minutes in increasing order are needed)",
                   location(file, "/samples/time"), i, time);
    MONETA_REQUIRE(utc_month(time) == shard.month, data,
                   "{}: element {} is {} (the month of the file is {})",
                   location(file, "/samples/time"), i, utc_text(time), sanitized(shard.month));
  }
  if (shard.version == 1) {
    auto const close = read_column<float>(file, "/samples/close", shard.samples());
    shard.close.assign(close.begin(), close.end());
  } else {
    shard.close = read_column<double>(file, "/samples/close", shard.samples());
  }
  require_finite(file, "/samples/close", shard.close, 0.0);
  shard.target = read_column<float>(file, "/samples/target", shard.samples());
  require_finite(file, "/samples/target", shard.target, -std::numeric_limits<float>::infinity());
}

/// Checks what identifies the file as a shard that this program can read. Returns its version.
std::int64_t read_version(H5File const& file) {
  auto const root = file.attributes("/");
  bool const known = root.has("format") && root.read_text("format") == shard_format;
  MONETA_REQUIRE(
      known, data,
      "'{}' is not a shard (its root has no attribute format = '{}'). Is it the right file?",
      file.path(), shard_format);
  auto const version = root.read_integer("version");
  MONETA_REQUIRE(
      oldest_shard_version <= version && version <= shard_version, data,
      "'{}' is a shard of version {} (this program reads versions {} to {}). Run 'moneta prepare' again?",
      file.path(), version, oldest_shard_version, shard_version);
  auto const names = root.read_texts("feature_names");
  bool const same =
      std::equal(names.begin(), names.end(), feature_names.begin(), feature_names.end());
  MONETA_REQUIRE(
      same, data,
      "'{}' has different features (attribute 'feature_names' does not list the {} of this program in their order). Run 'moneta prepare' again?",
      file.path(), feature_count);
  return version;
}

/// The names of the timeframes: a list in version 1, and a text "1m,5m" since then. `text` is that
/// text.
std::vector<std::string> read_timeframe_names(H5Attributes const& root, std::int64_t version,
                                              std::string& text) {
  if (version == 1) return root.read_texts("timeframes");
  text = root.read_text("timeframes");
  std::vector<std::string> names;
  for (std::size_t begin = 0; begin < text.size();) {
    auto const end = std::min(text.find(',', begin), text.size());
    names.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return names;
}

/// Checks the texts, for which HDF5 keeps no checksum; files of other tools may lack this one.
void check_texts(H5File const& file, Shard const& shard, std::string const& timeframes) {
  auto const root = file.attributes("/");
  if (!root.has("text_crc32")) return;
  auto const checksum = crc32_of_lines({shard.coin, shard.month, shard.created_utc, shard.generator,
                                        shard.source_digest, timeframes});
  MONETA_REQUIRE(
      root.read_integer("text_crc32") == checksum, data,
      "'{}' is damaged (the texts in the attributes of its root do not have the checksum of attribute 'text_crc32'). Copy it again from its source?",
      file.path());
}

}  // namespace

Shard read_shard_frame(H5File const& file) {
  Shard shard;
  shard.version = read_version(file);
  auto const root = file.attributes("/");
  auto const layout = root.read_text("layout");
  MONETA_REQUIRE(layout == "compact" || layout == "dense", data,
                 "'{}', attribute 'layout' is '{}' (compact or dense is needed)", file.path(),
                 sanitized(layout));
  shard.layout = layout == "dense" ? ShardLayout::dense : ShardLayout::compact;
  shard.coin = root.read_text("market");
  shard.month = root.read_text("month");
  shard.source_digest = root.read_text("source_digest");
  shard.generator = root.read_text("generator");
  shard.created_utc = root.read_text("created_utc");
  shard.horizon_minutes = static_cast<std::int64_t>(positive(file, "/", "horizon_minutes"));
  std::string timeframes;
  auto const names = read_timeframe_names(root, shard.version, timeframes);
  check_texts(file, shard, timeframes);
  for (auto const& name : names) {
    ShardTimeframe frame;
    frame.name = name;
    auto const group = (shard.layout == ShardLayout::dense ? "/sequences/" : "/") + name;
    MONETA_REQUIRE(is_plain_name(name) && file.has(group), data,
                   "'{}' has no '{}' (attribute 'timeframes' lists it)", file.path(),
                   sanitized(group));
    frame.minutes = static_cast<std::int64_t>(positive(file, group, "minutes"));
    frame.steps = positive(file, group, "window_steps");
    shard.timeframes.push_back(std::move(frame));
  }
  MONETA_REQUIRE(!shard.timeframes.empty(), data,
                 "'{}', attribute 'timeframes' is empty (one is needed)", file.path());
  read_samples(file, shard);
  return shard;
}

Shard read_shard(std::filesystem::path const& path) {
  auto const file = H5File::open(path);
  Shard shard = read_shard_frame(file);
  for (auto& frame : shard.timeframes) {
    if (shard.layout == ShardLayout::compact) {
      read_timeframe(file, shard, frame);
    } else {
      auto const sequences = file.dataset("/sequences/" + frame.name);
      sequences.expect(H5Type::float32, {shard.samples(), frame.steps, feature_count});
    }
  }
  return shard;
}

}  // namespace moneta
