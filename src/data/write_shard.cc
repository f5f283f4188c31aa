// SPDX-License-Identifier: Apache-2.0
#include "data/write_shard.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/shape.h"
#include "base/text.h"
#include "base/time.h"
#include "base/version.h"
#include "io/checksum.h"
#include "market/features.h"

namespace moneta {
namespace {

constexpr std::size_t most_chunk_rows = 8192;

/// Rows of a chunk that holds whole groups of `group` rows, so that the chunks are almost equal:
/// every chunk is stored with its full size.
std::size_t chunk_rows(std::size_t rows, std::size_t group = 1) {
  auto const chunks = (rows + most_chunk_rows - 1) / most_chunk_rows;
  return (rows + chunks * group - 1) / (chunks * group) * group;
}

/// Sets the attributes that describe an array to readers of h5dump output.
void describe(H5File const& file, std::string const& name, std::string const& text,
              std::string const& units) {
  auto const attributes = file.attributes(name);
  attributes.set_text("description", text);
  attributes.set_text("units", units);
}

template <class T>
H5Dataset write_column(H5File const& file, std::string const& name, std::span<T const> values,
                       std::string const& text, std::string const& units) {
  auto dataset =
      file.create_dataset(name, h5_type_of<T>, {values.size()}, {chunk_rows(values.size())});
  dataset.write(values);
  describe(file, name, text, units);
  return dataset;
}

std::vector<std::string> feature_texts() { return {feature_names.begin(), feature_names.end()}; }

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
  auto const time = write_column(file, group + "/time", std::span(frame.time_s), "Start of the bar",
                                 "seconds since 1970-01-01 UTC");
  time.make_scale("time");
  auto const feature = file.create_texts(group + "/feature", feature_texts());
  describe(file, group + "/feature", "Names of the columns of features", "1");
  feature.make_scale("feature");

  auto const features =
      file.create_dataset(group + "/features", H5Type::float32, {frame.rows(), feature_count},
                          {chunk_rows(frame.rows(), frame.steps), feature_count});
  features.write(std::span<float const>(frame.features));
  describe(file, group + "/features", "Features of the bar, not scaled; feature names the columns",
           "1 (ratios and log returns)");
  features.label_axis(0, "time");
  features.label_axis(1, "feature");
  features.attach_scale(0, time);
  features.attach_scale(1, feature);

  // R has no type for unsigned bytes.
  std::vector<std::int8_t> const flags(frame.filled.begin(), frame.filled.end());
  auto const filled =
      write_column(file, group + "/filled", std::span(flags),
                   "1 where no trade happened in the whole bar (flat at the previous close)", "1");
  filled.label_axis(0, "time");
  filled.attach_scale(0, time);
}

void write_samples(H5File const& file, Shard const& shard) {
  file.create_group("/samples");
  file.attributes("/samples")
      .set_text("description", "Decision times: what is known at each, and what happened after it");
  auto const time =
      write_column(file, "/samples/time", std::span(shard.time_s),
                   "Decision time: close of a 1m bar", "seconds since 1970-01-01 UTC");
  time.make_scale("time");
  auto const add = [&](std::string const& name, auto const& values, std::string const& text,
                       std::string const& units) {
    auto const column = write_column(file, "/samples/" + name, std::span(values), text, units);
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

/// The file is built in memory, because HDF5 1.10 crashes at exit after hitting a full disk; by one
/// thread at a time, because HDF5 can be built without support for threads.
std::unique_ptr<H5Image const> build_image(std::filesystem::path const& path,
                                           std::function<void(H5File const&)> const& write) {
  static std::mutex one_thread;
  std::lock_guard const lock(one_thread);
  auto file = H5File::create_in_memory(path);
  write(file);
  return std::move(file).close();
}

}  // namespace

void write_shard_frame(H5File const& file, Shard const& shard) {
  auto const root = file.attributes("/");
  auto const created = utc_text(now_s());
  auto const generator = "moneta prepare " + version_text();
  std::vector<std::string> names;
  for (auto const& frame : shard.timeframes) names.push_back(frame.name);
  auto const timeframes = joined(names, ",");
  root.set_text("format", shard_format);
  root.set_integer("version", shard_version);
  root.set_text("layout", to_string(shard.layout));
  root.set_text("market", shard.coin);
  root.set_text("month", shard.month);
  root.set_text("created_utc", created);
  root.set_text("generator", generator);
  root.set_texts("feature_names", feature_texts());
  root.set_integer("horizon_minutes", shard.horizon_minutes);
  root.set_text("source_digest", shard.source_digest);
  root.set_text("timeframes", timeframes);
  root.set_integer("text_crc32", crc32_of_lines({shard.coin, shard.month, created, generator,
                                                 shard.source_digest, timeframes}));
  root.set_text("description",
                "Training samples of one market and calendar month (UTC) of decision times");
  write_samples(file, shard);
}

WrittenFile commit_shard(std::filesystem::path const& path, CommitBatch& batch,
                         std::function<void(H5File const&)> const& write) {
  auto const image = build_image(path, write);
  return {batch.add(path, image->bytes()), image->bytes().size()};
}

WrittenFile write_shard(std::filesystem::path const& path, Shard const& shard, CommitBatch& batch) {
  return commit_shard(path, batch, [&](H5File const& file) {
    write_shard_frame(file, shard);
    for (auto const& frame : shard.timeframes) write_timeframe(file, frame);
  });
}

WrittenFile write_shard(std::filesystem::path const& path, Shard const& shard) {
  CommitBatch batch;
  auto written = write_shard(path, shard, batch);
  batch.commit();
  return written;
}

}  // namespace moneta
