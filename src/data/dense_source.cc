// SPDX-License-Identifier: Apache-2.0
#include "data/dense_source.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "base/error.h"
#include "base/shape.h"

namespace moneta {
namespace {

constexpr std::size_t block_bytes = std::size_t{16} << 20;
/// Enough for a coin's year; many coins must not run out of file descriptors.
constexpr std::size_t max_open_files = 16;

}  // namespace

DenseSource::DenseSource(std::vector<TimeframeConfig> const& timeframes)
    : timeframes_(timeframes), buffers_(timeframes.size()) {}

void DenseSource::add(std::filesystem::path const& path, std::size_t samples) {
  auto const first = parts_.empty() ? 0 : parts_.back().first + parts_.back().samples;
  parts_.push_back({path, first, samples});
}

std::size_t DenseSource::window_size(std::size_t k) const {
  return timeframes_[k].steps * feature_count;
}

std::size_t DenseSource::part_of(std::size_t sample) const {
  auto const after =
      std::upper_bound(parts_.begin(), parts_.end(), sample,
                       [](std::size_t value, Part const& part) { return value < part.first; });
  MONETA_REQUIRE(after != parts_.begin(), internal, "no shard was added");
  auto const part = static_cast<std::size_t>(after - parts_.begin()) - 1;
  MONETA_REQUIRE(sample < parts_[part].first + parts_[part].samples, internal,
                 "there is no sample {}", sample);
  return part;
}

DenseSource::OpenPart& DenseSource::open(std::size_t part) {
  auto const found = std::find_if(open_.begin(), open_.end(),
                                  [part](OpenPart const& each) { return each.part == part; });
  if (found != open_.end()) {
    open_.splice(open_.begin(), open_, found);
    return open_.front();
  }
  if (open_.size() == max_open_files) open_.pop_back();
  auto file = H5File::open(parts_[part].path);
  std::vector<H5Dataset> frames;
  for (auto const& timeframe : timeframes_) {
    frames.push_back(file.dataset("/sequences/" + timeframe.name));
    frames.back().expect(H5Type::float32, {parts_[part].samples, timeframe.steps, feature_count});
  }
  open_.push_front({part, std::move(file), std::move(frames)});
  return open_.front();
}

void DenseSource::read(std::size_t part, std::size_t k, std::size_t first, std::size_t count,
                       std::span<float> into) {
  open(part).frames[k].read({first, 0, 0}, {count, timeframes_[k].steps, feature_count}, into);
}

std::vector<float> DenseSource::last_rows(std::size_t k) {
  auto const window = window_size(k);
  auto const block = std::max<std::size_t>(1, block_bytes / (window * sizeof(float)));
  std::vector<float> rows, windows;
  for (std::size_t part = 0; part < parts_.size(); ++part) {
    for (std::size_t first = 0; first < parts_[part].samples; first += block) {
      auto const count = std::min(block, parts_[part].samples - first);
      windows.resize(count * window);
      read(part, k, first, count, windows);
      auto const bad = std::find_if(windows.begin(), windows.end(),
                                    [](float value) { return !std::isfinite(value); });
      MONETA_REQUIRE(
          bad == windows.end(), data,
          "'{}', dataset '/sequences/{}': the window of sample {} has a number that is not finite",
          parts_[part].path.string(), timeframes_[k].name,
          first + static_cast<std::size_t>(bad - windows.begin()) / window);
      for (std::size_t n = 0; n < count; ++n) {
        auto const* end = windows.data() + (n + 1) * window;
        rows.insert(rows.end(), end - feature_count, end);
      }
    }
  }
  return rows;
}

WindowRows DenseSource::windows(std::size_t k, std::span<std::size_t const> samples) {
  auto const window = window_size(k);
  auto& buffer = buffers_.at(k);
  buffer.rows.resize(samples.size() * window);
  buffer.ends.resize(samples.size());
  for (std::size_t n = 0; n < samples.size(); ++n) {
    buffer.ends[n] = static_cast<std::int64_t>((n + 1) * timeframes_[k].steps) - 1;
  }
  // Samples are read in file order, so that each file is opened and each chunk unpacked once.
  std::vector<std::size_t> order(samples.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return samples[a] < samples[b]; });
  for (auto const n : order) {
    auto const part = part_of(samples[n]);
    read(part, k, samples[n] - parts_[part].first, 1,
         std::span(buffer.rows).subspan(n * window, window));
  }
  return {buffer.rows, buffer.ends};
}

}  // namespace moneta
