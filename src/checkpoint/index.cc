// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/index.h"

#include <algorithm>
#include <cmath>
#include <tuple>

#include "base/digest.h"
#include "base/error.h"
#include "base/lstm_algorithm.h"
#include "base/shape.h"
#include "base/text.h"
#include "checkpoint/validate.h"
#include "io/commit_file.h"
#include "io/file.h"
#include "io/inside.h"
#include "io/json_file.h"

namespace moneta {
namespace fs = std::filesystem;

namespace {

constexpr char const* index_format = "moneta-checkpoint-index";
constexpr std::int64_t index_version = 1;

Json name_or_null(std::optional<SavedCheckpoint> const& checkpoint) {
  return checkpoint ? Json(checkpoint->file) : Json(nullptr);
}

bool is_digest(std::string const& text) {
  return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

SavedCheckpoint read_entry(Json const& json, std::string const& coin, std::string const& what) {
  JsonFields fields(json, what);
  SavedCheckpoint entry = saved_checkpoint_from(fields);
  entry.coin = coin;
  fields.finish();
  MONETA_REQUIRE(to_string(precision_named(entry.precision)) == entry.precision, data,
                 "{} has the precision '{}' (expected f32, tf32, bf16 or fp16)", what,
                 sanitized(entry.precision));
  MONETA_REQUIRE(lstm_algorithms_named(entry.lstm_algorithm), data,
                 "{} has the lstm_algorithm '{}' (expected standard or persistent)", what,
                 sanitized(entry.lstm_algorithm));
  MONETA_REQUIRE(is_digest(entry.sha256), data,
                 "{} has the sha256 '{}' (expected 64 hexadecimal digits)", what,
                 sanitized(entry.sha256));
  // A checkpoint of this coin can have no other name, so no entry refers to a file outside the
  // folder.
  CoinProgress progress;
  progress.epoch = entry.epoch;
  progress.update_in_epoch = entry.update_in_epoch;
  std::string const expected = checkpoint_file_name(coin, progress);
  MONETA_REQUIRE(entry.file == expected, data, "{} names the file '{}' (expected {})", what,
                 sanitized(entry.file), expected);
  return entry;
}

void read_coin(Json const& json, std::string const& coin, std::string const& what,
               CheckpointIndex& index) {
  MONETA_REQUIRE(is_coin_name(coin), data, "{} is not the name of a coin", what);
  JsonFields fields(json, what);
  Json const& entries = fields.member("checkpoints");
  MONETA_REQUIRE(entries.is_array(), data, "{} has no list of checkpoints", what);
  auto& list = index.coins[coin];
  for (Json const& each : entries) {
    SavedCheckpoint const entry =
        read_entry(each, coin, fmt::format("{}, entry {}", what, list.size() + 1));
    bool const twice = std::any_of(list.begin(), list.end(),
                                   [&](auto const& other) { return other.file == entry.file; });
    MONETA_REQUIRE(!twice, data, "{} has '{}' twice", what, entry.file);
    list.push_back(entry);
  }
  // Both exist for people and scripts; the list is authoritative.
  MONETA_REQUIRE(fields.member("last") == name_or_null(last_checkpoint(index, coin)), data,
                 "the 'last' of {} does not match its list of checkpoints", what);
  MONETA_REQUIRE(fields.member("best") == name_or_null(best_checkpoint(index, coin)), data,
                 "the 'best' of {} does not match its list of checkpoints", what);
  fields.finish();
}

/// Appends a last member, the digest of all bytes before it.
std::string with_digest(std::string const& object) {
  std::string_view const end = "\n}";
  return fmt::format("{},\n \"sha256\": \"{}\"{}\n", object.substr(0, object.size() - end.size()),
                     digest_of(object), end);
}

bool has_its_digest(std::string const& text) {
  auto const at = text.rfind(",\n \"sha256\": \"");
  return at != text.npos && text == with_digest(text.substr(0, at) + "\n}");
}

CheckpointIndex parse_index(fs::path const& path) {
  std::string const what = fmt::format("'{}'", path.string());
  std::string const text = read_file(path, std::size_t{64} << 20);
  Json const json = parse_json(text, what);
  JsonFields fields(json, what);
  MONETA_REQUIRE(fields.text("format") == index_format, data,
                 "{} is not an index of checkpoints (its format is not {})", what, index_format);
  MONETA_REQUIRE(fields.count("version") == index_version, data,
                 "{} has format version {} (this program reads version {})", what,
                 fields.count("version"), index_version);
  CheckpointIndex index;
  Json const& coins = fields.member("coins");
  MONETA_REQUIRE(coins.is_object(), data, "{} has 'coins' that are not an object", what);
  for (auto const& [coin, value] : coins.items()) {
    read_coin(value, coin, fmt::format("{}: coin '{}'", what, sanitized(coin)), index);
    require_inside(path.parent_path(), path.parent_path() / coin);
  }
  // Files of earlier versions have no digest.
  std::string const digest = fields.has("sha256") ? fields.text("sha256") : "";
  fields.finish();
  MONETA_REQUIRE(digest.empty() || has_its_digest(text), data,
                 "{} is damaged or was edited (its SHA-256 is not the one at its end).", what);
  return index;
}

}  // namespace

Json to_json(SavedCheckpoint const& saved) {
  Json json;
  json["file"] = saved.file;
  json["sha256"] = saved.sha256;
  json["bytes"] = saved.bytes;
  json["epoch"] = saved.epoch;
  json["update_in_epoch"] = saved.update_in_epoch;
  json["update"] = saved.update;
  json["valid_loss"] = json_number(saved.valid_loss);
  json["finished"] = saved.finished;
  json["micro_batch"] = saved.micro_batch;
  json["precision"] = saved.precision;
  std::string const standard = SavedCheckpoint{}.lstm_algorithm;
  if (saved.lstm_algorithm != standard) json["lstm_algorithm"] = saved.lstm_algorithm;
  return json;
}

SavedCheckpoint saved_checkpoint_from(JsonFields& fields) {
  SavedCheckpoint saved;
  saved.file = fields.text("file");
  saved.sha256 = fields.text("sha256");
  saved.bytes = static_cast<std::uint64_t>(fields.count("bytes"));
  saved.epoch = fields.count("epoch");
  saved.update_in_epoch = fields.count("update_in_epoch");
  saved.update = fields.count("update");
  saved.valid_loss = fields.number("valid_loss");
  saved.finished = fields.flag("finished");
  saved.micro_batch = static_cast<std::uint64_t>(fields.count("micro_batch"));
  saved.precision = fields.text("precision");
  if (fields.has("lstm_algorithm")) saved.lstm_algorithm = fields.text("lstm_algorithm");
  return saved;
}

CheckpointIndex read_index(fs::path const& folder) {
  fs::path const path = folder / "index.json";
  std::error_code failed;
  if (fs::symlink_status(path, failed).type() == fs::file_type::not_found) return {};
  try {
    return parse_index(path);
  } catch (Error const& error) {
    throw Error(
        error.kind(),
        fmt::format(
            "the checkpoint index cannot be used: {} Restore the file from a copy, or move the folder '{}' away to start from the beginning.",
            error.what(), folder.string()));
  }
}

void write_index(fs::path const& folder, CheckpointIndex const& index) {
  Json json;
  json["format"] = index_format;
  json["version"] = index_version;
  json["coins"] = Json::object();
  for (auto const& [coin, entries] : index.coins) {
    Json& of_coin = json["coins"][coin];
    of_coin["last"] = name_or_null(last_checkpoint(index, coin));
    of_coin["best"] = name_or_null(best_checkpoint(index, coin));
    of_coin["checkpoints"] = Json::array();
    for (auto const& entry : entries) of_coin["checkpoints"].push_back(to_json(entry));
  }
  std::string const text = with_digest(json.dump(1));
  auto const bytes = std::as_bytes(std::span(text.data(), text.size()));
  create_folder(folder);
  (void)commit_bytes_verified(folder / "index.json", std::span(&bytes, 1));
}

std::vector<SavedCheckpoint> const& entries_of(CheckpointIndex const& index,
                                               std::string const& coin) {
  static std::vector<SavedCheckpoint> const none;
  auto const found = index.coins.find(coin);
  return found == index.coins.end() ? none : found->second;
}

std::vector<SavedCheckpoint> rank_by_loss(std::vector<SavedCheckpoint> const& entries) {
  std::vector<SavedCheckpoint> ranked;
  std::copy_if(entries.begin(), entries.end(), std::back_inserter(ranked), [](auto const& each) {
    return each.update_in_epoch == 0 && each.epoch >= 1 && std::isfinite(each.valid_loss);
  });
  std::sort(ranked.begin(), ranked.end(), [](auto const& a, auto const& b) {
    return std::tie(a.valid_loss, a.epoch) < std::tie(b.valid_loss, b.epoch);
  });
  return ranked;
}

std::optional<SavedCheckpoint> last_checkpoint(CheckpointIndex const& index,
                                               std::string const& coin) {
  auto const& entries = entries_of(index, coin);
  if (entries.empty()) return {};
  return entries.back();
}

std::optional<SavedCheckpoint> best_checkpoint(CheckpointIndex const& index,
                                               std::string const& coin) {
  auto const ranked = rank_by_loss(entries_of(index, coin));
  if (ranked.empty()) return {};
  return ranked.front();
}

}  // namespace moneta
