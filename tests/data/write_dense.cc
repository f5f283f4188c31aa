// SPDX-License-Identifier: Apache-2.0
#include "data/write_dense.h"

#include <algorithm>

#include "base/error.h"
#include "base/shape.h"
#include "data/manifest.h"
#include "data/read_shard.h"
#include "data/write_shard.h"
#include "io/file.h"

namespace moneta {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t block_windows = 64;

void write_sequences(H5File const& file, ShardTimeframe const& frame) {
  auto const samples = frame.ends.size();
  auto const name = "/sequences/" + frame.name;
  // Each chunk is one window, because samples are read in random order.
  auto const sequences =
      file.create_dataset(name, H5Type::float32, {samples, frame.steps, feature_count},
                          {1, frame.steps, feature_count});
  auto const attributes = file.attributes(name);
  attributes.set_integer("minutes", frame.minutes);
  attributes.set_integer("window_steps", static_cast<std::int64_t>(frame.steps));
  attributes.set_text("description",
                      "Features of each sample's window, oldest bar first, not scaled");
  attributes.set_text("units", "1 (ratios and log returns)");
  sequences.label_axis(0, "time");
  sequences.label_axis(1, "step");
  sequences.label_axis(2, "feature");
  sequences.attach_scale(0, file.dataset("/samples/time"));
  std::vector<float> block;
  for (std::size_t first = 0; first < samples; first += block_windows) {
    auto const count = std::min(block_windows, samples - first);
    block.clear();
    for (std::size_t n = first; n < first + count; ++n) {
      auto const* end =
          frame.features.data() + (static_cast<std::size_t>(frame.ends[n]) + 1) * feature_count;
      block.insert(block.end(), end - frame.steps * feature_count, end);
    }
    sequences.write({first, 0, 0}, {count, frame.steps, feature_count},
                    std::span<float const>(block));
  }
}

}  // namespace

WrittenFile write_dense_shard(fs::path const& path, Shard const& shard) {
  CommitBatch batch;
  auto const written = commit_shard(path, batch, [&](H5File const& file) {
    Shard frame = shard;
    frame.layout = ShardLayout::dense;
    write_shard_frame(file, frame);
    file.create_group("/sequences");
    for (auto const& timeframe : shard.timeframes) write_sequences(file, timeframe);
  });
  batch.commit();
  return written;
}

void convert_to_dense(fs::path const& from, fs::path const& to) {
  auto const compact = read_manifest(from);
  MONETA_REQUIRE(compact.layout == ShardLayout::compact, data,
                 "the shards in '{}' are already dense", from.string());
  Manifest dense;
  dense.layout = ShardLayout::dense;
  dense.settings = compact.settings;
  for (auto const& entry : compact.shards) {
    auto const shard = read_shard(from / entry.file);
    create_folder((to / entry.file).parent_path());
    auto const written = write_dense_shard(to / entry.file, shard);
    dense.shards.push_back(make_entry(entry.file, shard, written));
    auto& rows = dense.shards.back().rows;
    std::fill(rows.begin(), rows.end(), 0);
  }
  write_manifest(to, std::move(dense));
}

}  // namespace moneta
