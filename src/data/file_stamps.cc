// SPDX-License-Identifier: Apache-2.0
#include "data/file_stamps.h"

#include <sys/stat.h>

#include <utility>

#include "base/clock.h"
#include "base/error.h"
#include "io/commit_file.h"
#include "io/file.h"
#include "io/json_file.h"
#include "io/json_members.h"

namespace moneta {
namespace fs = std::filesystem;
namespace {

constexpr char const* stamps_format = "moneta-stamps";
constexpr std::int64_t stamps_version = 1;
constexpr std::size_t largest_stamps_bytes = std::size_t{64} << 20;

template <class Stamp, class Visit>
void each_file_member(Stamp& stamp, Visit const& visit) {
  visit("bytes", stamp.bytes);
  visit("modified_us", stamp.modified_us);
}

template <class Stamp, class Visit>
void each_coin_member(Stamp& stamp, Visit const& visit) {
  visit("raw_file", stamp.raw_file);
  each_file_member(stamp.raw, visit);
  visit("rules", stamp.rules);
  visit("first_s", stamp.first_s);
  visit("end_s", stamp.end_s);
  visit("used_end_s", stamp.used_end_s);
  visit("shards", stamp.shards);
}

fs::path path_in(fs::path const& folder) { return folder / "stamps.json"; }

bool is_settled(FileStamp const& stamp) {
  return stamp.modified_us / 1000 + settling_time.count() < system_clock_ms();
}

}  // namespace

std::optional<FileStamp> stamp_of(fs::path const& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  auto const& time = status.st_mtim;
  return FileStamp{static_cast<std::size_t>(status.st_size),
                   std::int64_t{time.tv_sec} * 1'000'000 + time.tv_nsec / 1'000};
}

FileStamps::FileStamps(fs::path folder) : folder_(std::move(folder)) {
  auto const path = path_in(folder_);
  if (!fs::exists(path)) return;
  try {
    read();
  } catch (Error const&) {  // everything is read again
    shards_.clear();
    coins_.clear();
    text_.clear();
  }
}

void FileStamps::read() {
  auto const path = path_in(folder_);
  text_ = read_file(path, largest_stamps_bytes);
  auto const json = parse_json(text_, path.string());
  JsonFields fields(json, path.string());
  MONETA_REQUIRE(
      fields.text("format") == stamps_format && fields.count("version") == stamps_version, data,
      "'{}' is of another version", path.string());
  for (auto const& each : fields.member("shards")) {
    JsonFields shard(each, path.string());
    auto& stamp = shards_[shard.text("file")];
    each_file_member(stamp.stamp, JsonMemberReader{shard});
    stamp.sha256 = shard.text("sha256");
  }
  for (auto const& each : fields.member("coins")) {
    JsonFields coin(each, path.string());
    each_coin_member(coins_[coin.text("coin")], JsonMemberReader{coin});
  }
}

bool FileStamps::matches(std::string const& file, std::string const& sha256) const {
  auto const found = shards_.find(file);
  return found != shards_.end() && found->second.sha256 == sha256 &&
         stamp_of(folder_ / file) == found->second.stamp;
}

bool FileStamps::note(std::string const& file, std::string const& sha256) {
  auto const stamp = stamp_of(folder_ / file);
  shards_.erase(file);
  if (!stamp || !is_settled(*stamp)) return false;
  shards_[file] = {*stamp, sha256};
  return true;
}

void FileStamps::forget(std::string const& file) { shards_.erase(file); }

std::optional<CoinStamp> FileStamps::coin(std::string const& coin) const {
  auto const found = coins_.find(coin);
  return found == coins_.end() ? std::nullopt : std::optional(found->second);
}

void FileStamps::note_coin(std::string const& coin, CoinStamp const& stamp) {
  if (is_settled(stamp.raw)) {
    coins_[coin] = stamp;
  } else {
    coins_.erase(coin);
  }
}

void FileStamps::forget_coin(std::string const& coin) { coins_.erase(coin); }

void FileStamps::write() const {
  Json shards = Json::array(), coins = Json::array();
  for (auto const& [file, stamp] : shards_) {
    Json each = {{"file", file}};
    each_file_member(stamp.stamp, JsonMemberWriter{each});
    each["sha256"] = stamp.sha256;
    shards.push_back(std::move(each));
  }
  for (auto const& [coin, stamp] : coins_) {
    Json each = {{"coin", coin}};
    each_coin_member(stamp, JsonMemberWriter{each});
    coins.push_back(std::move(each));
  }
  Json const json = {{"format", stamps_format},
                     {"version", stamps_version},
                     {"shards", std::move(shards)},
                     {"coins", std::move(coins)}};
  auto const text = json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
  if (text != text_) commit_text(path_in(folder_), text);
}

}  // namespace moneta
