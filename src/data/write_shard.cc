// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <functional>
#include <span>

#include "base/shape.h"
#include "base/time.h"
#include "data/shard.h"
#include "io/commit_file.h"
#include "market/features.h"

namespace moneta {
namespace {

constexpr std::size_t chunk_rows = 8192;

/// What h5dump shows beside an array.
void describe(H5File const& file, std::string const& name, std::string const& text,
              std::string const& units) {
  file.set_text(name, "description", text);
  file.set_text(name, "units", units);
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
  file.set_text(group, "description",
                "Bars of " + frame.name +
                    ", oldest first, without holes. A sample's window is the "
                    "window_steps rows that end with row /samples/end_" +
                    frame.name + ".");
  file.set_integer(group, "minutes", frame.minutes);
  file.set_integer(group, "window_steps", static_cast<std::int64_t>(frame.steps));
  auto const time = write_column(file, group + "/time", frame.time_s, "Start of the bar",
                                 "seconds since 1970-01-01 UTC");
  file.make_scale(time, "time");

  auto const whole_windows = frame.steps * std::max<std::size_t>(1, chunk_rows / frame.steps);
  auto const features =
      file.create_dataset(group + "/features", H5Type::float32, {frame.rows(), feature_count},
                          {whole_windows, feature_count});
  features.write(std::span<float const>(frame.features));
  describe(file, group + "/features",
           "Features of the bar, not scaled; the root's feature_names names the columns",
           "1 (ratios and log returns)");
  file.label_axis(features, 0, "time");
  file.label_axis(features, 1, "feature");
  file.attach_scale(features, 0, time);

  auto const filled =
      write_column(file, group + "/filled", frame.filled,
                   "1 where no trade happened in the whole bar (flat at the previous close)", "1");
  file.label_axis(filled, 0, "time");
  file.attach_scale(filled, 0, time);
}

void write_samples(H5File const& file, Shard const& shard) {
  file.create_group("/samples");
  file.set_text("/samples", "description",
                "Decision times: what is known at each, and what happened after it");
  auto const time =
      write_column(file, "/samples/time", shard.time_s, "Decision time: close of a 1m bar",
                   "seconds since 1970-01-01 UTC");
  file.make_scale(time, "time");
  auto const add = [&](std::string const& name, auto const& values, std::string const& text,
                       std::string const& units) {
    auto const column = write_column(file, "/samples/" + name, values, text, units);
    file.label_axis(column, 0, "time");
    file.attach_scale(column, 0, time);
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
  file.set_text("/", "format", shard_format);
  file.set_integer("/", "version", shard_version);
  file.set_text("/", "layout", to_string(shard.layout));
  file.set_text("/", "market", shard.coin);
  file.set_text("/", "month", shard.month);
  file.set_text("/", "created_utc", utc_text(now_s()));
  file.set_text("/", "generator", "moneta prepare");
  file.set_texts("/", "feature_names", {feature_names.begin(), feature_names.end()});
  file.set_integer("/", "horizon_minutes", shard.horizon_minutes);
  file.set_text("/", "source_digest", shard.source_digest);
  std::vector<std::string> names;
  for (auto const& frame : shard.timeframes) names.push_back(frame.name);
  file.set_texts("/", "timeframes", names);
  file.set_text("/", "description",
                "Training samples of one market and calendar month (UTC) of decision times");
  write_samples(file, shard);
}

WrittenFile commit_shard(std::filesystem::path const& path,
                         std::function<void(H5File const&)> const& write) {
  // Built in memory, where HDF5 1.10 cannot meet a full disk: it crashes at exit after one.
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
