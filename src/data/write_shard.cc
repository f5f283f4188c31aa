// SPDX-License-Identifier: Apache-2.0
#include "data/write_shard.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <functional>
#include <span>

#include "base/clock.h"
#include "base/shape.h"
#include "base/time.h"
#include "base/version.h"
#include "io/commit_file.h"
#include "market/features.h"

namespace moneta {
namespace {

constexpr std::size_t chunk_rows = 8192;

/// Sets the attributes that describe an array to readers of h5dump output.
void describe(H5File const& file, std::string const& name, std::string const& text,
              std::string const& units) {
  auto const attributes = file.attributes(name);
  attributes.set_text("description", text);
  attributes.set_text("units", units);
}

template <class T>
H5Dataset write_column(H5File const& file, std::string const& name, std::vector<T> const& values,
                       std::string const& text, std::string const& units) {
  auto dataset = file.create_dataset(name, h5_type_of<T>, {values.size()}, {chunk_rows});
  dataset.write(std::span<T const>(values));
  describe(file, name, text, units);
  return dataset;
}

void write_timeframe(H5File const& file, ShardTimeframe const& frame) {
  std::string const group = "/" + frame.name;
  file.create_group(group);
  auto const attributes = file.attributes(group);
  attributes.set_text(
      "description",
      fmt::format(
          "Bars of {0}, oldest first, without holes. A sample's window is the window_steps rows that end with row /samples/end_{0}.",
          frame.name));
  attributes.set_integer("minutes", frame.minutes);
  attributes.set_integer("window_steps", static_cast<std::int64_t>(frame.steps));
  auto const time = write_column(file, group + "/time", frame.time_s, "Start of the bar",
                                 "seconds since 1970-01-01 UTC");
  time.make_scale("time");

  auto const whole_windows = frame.steps * std::max<std::size_t>(1, chunk_rows / frame.steps);
  auto const features =
      file.create_dataset(group + "/features", H5Type::float32, {frame.rows(), feature_count},
                          {whole_windows, feature_count});
  features.write(std::span<float const>(frame.features));
  describe(file, group + "/features",
           "Features of the bar, not scaled; the root's feature_names names the columns",
           "1 (ratios and log returns)");
  features.label_axis(0, "time");
  features.label_axis(1, "feature");
  features.attach_scale(0, time);

  auto const filled =
      write_column(file, group + "/filled", frame.filled,
                   "1 where no trade happened in the whole bar (flat at the previous close)", "1");
  filled.label_axis(0, "time");
  filled.attach_scale(0, time);
}

void write_samples(H5File const& file, Shard const& shard) {
  file.create_group("/samples");
  file.attributes("/samples")
      .set_text("description", "Decision times: what is known at each, and what happened after it");
  auto const time =
      write_column(file, "/samples/time", shard.time_s, "Decision time: close of a 1m bar",
                   "seconds since 1970-01-01 UTC");
  time.make_scale("time");
  auto const add = [&](std::string const& name, auto const& values, std::string const& text,
                       std::string const& units) {
    auto const column = write_column(file, "/samples/" + name, values, text, units);
    column.label_axis(0, "time");
    column.attach_scale(0, time);
  };
  if (shard.layout == ShardLayout::compact) {
    for (auto const& frame : shard.timeframes) {
      add("end_" + frame.name, frame.ends,
          "Row of /" + frame.name + " with the window's last bar, complete at the decision time",
          "row");
    }
  }
  add("close", shard.close, "Close at the decision time", "quote currency");
  add("target", shard.target, "Log return from the decision time to horizon_minutes later",
      "1 (natural logarithm)");
}

}  // namespace

void write_shard_frame(H5File const& file, Shard const& shard) {
  auto const root = file.attributes("/");
  root.set_text("format", shard_format);
  root.set_integer("version", shard_version);
  root.set_text("layout", to_string(shard.layout));
  root.set_text("market", shard.coin);
  root.set_text("month", shard.month);
  root.set_text("created_utc", utc_text(now_s()));
  root.set_text("generator", "moneta prepare " + version_text());
  root.set_texts("feature_names", {feature_names.begin(), feature_names.end()});
  root.set_integer("horizon_minutes", shard.horizon_minutes);
  root.set_text("source_digest", shard.source_digest);
  std::vector<std::string> names;
  for (auto const& frame : shard.timeframes) names.push_back(frame.name);
  root.set_texts("timeframes", names);
  root.set_text("description",
                "Training samples of one market and calendar month (UTC) of decision times");
  write_samples(file, shard);
}

WrittenFile commit_shard(std::filesystem::path const& path,
                         std::function<void(H5File const&)> const& write) {
  // The file is built in memory, because HDF5 1.10 crashes at exit after hitting a full disk.
  auto const file = H5File::create_in_memory(path);
  write(file);
  auto const image = file.image();
  std::array<std::span<std::byte const>, 1> const pieces = {image};
  return {commit_bytes_verified(path, pieces), image.size()};
}

WrittenFile write_shard(std::filesystem::path const& path, Shard const& shard) {
  return commit_shard(path, [&](H5File const& file) {
    write_shard_frame(file, shard);
    for (auto const& frame : shard.timeframes) write_timeframe(file, frame);
  });
}

}  // namespace moneta
