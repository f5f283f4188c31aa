// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>

namespace moneta {

/// Size and time of modification of a file, by which a change is noticed without reading it.
struct FileStamp {
  std::size_t bytes = 0;
  std::int64_t modified_us = 0;  ///< since 1970

  bool operator==(FileStamp const&) const = default;
};

/// The clocks of file systems are coarse: files that were written within this time may have the
/// same time of modification.
inline constexpr std::chrono::milliseconds settling_time{50};

/// None if there is no such file.
std::optional<FileStamp> stamp_of(std::filesystem::path const& path);

/// What is known of a coin since it was prepared.
struct CoinStamp {
  std::string raw_file;
  FileStamp raw;
  std::string rules;                    ///< the program and the settings that it was prepared with
  std::int64_t first_s = 0, end_s = 0;  ///< of the candles of the raw file
  std::int64_t used_end_s = 0;          ///< where the minutes that were used end
  std::string shards = {};              ///< digest of the entries of its shards
};

/// `<shards>/stamps.json`: which files `moneta prepare` need not read again. It only saves time:
/// without it, or if it is damaged, everything is read, and training never uses it.
class FileStamps {
 public:
  explicit FileStamps(std::filesystem::path folder);

  /// True if the shard, relative to the folder, was known to match this digest and has not changed
  /// since.
  bool matches(std::string const& file, std::string const& sha256) const;
  /// Notes that the shard matches the digest now. Returns false and notes nothing if it was written
  /// less than `settling_time` ago: it might change again without another time.
  bool note(std::string const& file, std::string const& sha256);
  void forget(std::string const& file);

  std::optional<CoinStamp> coin(std::string const& coin) const;
  void note_coin(std::string const& coin, CoinStamp const& stamp);
  void forget_coin(std::string const& coin);

  /// Writes the file if something changed. Throws Error (disk).
  void write() const;

 private:
  struct ShardStamp {
    FileStamp stamp;
    std::string sha256;
  };
  void read();

  std::filesystem::path folder_;
  std::map<std::string, ShardStamp> shards_;
  std::map<std::string, CoinStamp> coins_;
  std::string text_;  ///< of the file
};

}  // namespace moneta
