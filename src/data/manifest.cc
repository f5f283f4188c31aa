// SPDX-License-Identifier: Apache-2.0
#include "data/manifest.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <type_traits>

#include "base/digest.h"
#include "base/error.h"
#include "base/text.h"
#include "base/time.h"
#include "io/commit_file.h"
#include "io/inside.h"
#include "io/json_file.h"
#include "io/json_members.h"

namespace moneta {
namespace fs = std::filesystem;
namespace {

constexpr char const* manifest_format = "moneta-shards";
constexpr std::int64_t manifest_version = 1;
constexpr char const* prepare_again = "Delete it and run 'moneta prepare' again?";

/// "2021-04"
bool is_month(std::string const& text) {
  auto const digits = [](std::string const& part) {
    return part.find_first_not_of("0123456789") == std::string::npos;
  };
  return text.size() == 7 && text[4] == '-' && digits(text.substr(0, 4)) && digits(text.substr(5));
}

/// Calls visit(key, member) for every member, in the order of the file.
template <class Entry, class Visit>
void each_entry_member(Entry& entry, Visit const& visit) {
  visit("file", entry.file);
  visit("coin", entry.coin);
  visit("month", entry.month);
  visit("sha256", entry.sha256);
  visit("bytes", entry.bytes);
  visit("rows", entry.rows);
  visit("samples", entry.samples);
  visit("first_time_s", entry.first_time_s);
  visit("last_time_s", entry.last_time_s);
  visit("source_digest", entry.source_digest);
}

using Rows =
    std::vector<std::size_t>;  // [K]; an object with the names of the timeframes in the file

Json to_json(ManifestEntry const& entry, std::vector<std::string> const& timeframes) {
  Json json = Json::object();
  JsonMemberWriter const write{json};
  each_entry_member(entry, [&]<class Member>(char const* key, Member const& member) {
    if constexpr (std::is_same_v<Member, Rows>) {
      for (std::size_t k = 0; k < timeframes.size(); ++k) json[key][timeframes[k]] = member.at(k);
    } else {
      write(key, member);
    }
  });
  return json;
}

std::vector<std::string> timeframes_of(Json const& settings, std::string const& what) {
  JsonFields fields(settings, what + ", 'settings'");
  auto const& timeframes = fields.member("timeframes");
  MONETA_REQUIRE(timeframes.is_object() && !timeframes.empty(), data,
                 "{}, 'settings.timeframes' is not an object of names and steps. {}", what,
                 prepare_again);
  std::vector<std::string> names;
  for (auto const& [name, steps] : timeframes.items()) names.push_back(name);
  return names;
}

ManifestEntry entry_from(Json const& json, std::vector<std::string> const& timeframes,
                         std::string const& what) {
  JsonFields fields(json, what);
  JsonMemberReader const read{fields};
  ManifestEntry entry;
  each_entry_member(entry, [&]<class Member>(char const* key, Member& member) {
    if constexpr (std::is_same_v<Member, Rows>) {
      JsonFields rows(fields.member(key), fmt::format("{}, '{}'", what, key));
      for (auto const& name : timeframes) {
        member.push_back(static_cast<std::size_t>(rows.count(name)));
      }
      rows.finish();
    } else {
      read(key, member);
    }
  });
  fields.finish();
  MONETA_REQUIRE(
      is_name_inside(entry.file) && entry.file.ends_with(".h5"), data,
      "{}, 'file' is '{}' (a path inside the manifest's folder that ends in .h5 is needed). {}",
      what, sanitized(entry.file), prepare_again);
  MONETA_REQUIRE(is_month(entry.month), data, "{}, 'month' is '{}' (like 2021-04 is needed). {}",
                 what, sanitized(entry.month), prepare_again);
  return entry;
}

void require_unique(std::vector<ManifestEntry> const& entries, std::string const& what) {
  std::set<std::string> seen;
  for (auto const& entry : entries) {
    for (auto const& key :
         {fmt::format("file {}", entry.file), fmt::format("{} {}", entry.coin, entry.month)}) {
      MONETA_REQUIRE(seen.insert(key).second, data, "{} lists '{}' twice. {}", what, sanitized(key),
                     prepare_again);
    }
  }
}

/// The value of a setting for messages.
std::string value_text(Json const& settings, std::string const& key) {
  auto const found = settings.find(key);
  return found == settings.end() ? "absent" : sanitized(found->dump());
}

/// Compares without regard to the order of keys.
bool same_value(Json const& one, Json const& other) {
  return nlohmann::json(one) == nlohmann::json(other);
}

/// The month decides between equal times, which an untrusted manifest may contain.
void sort_by_time(std::vector<ManifestEntry>& entries) {
  std::sort(entries.begin(), entries.end(), [](auto const& a, auto const& b) {
    return std::tie(a.first_time_s, a.month) < std::tie(b.first_time_s, b.month);
  });
}

}  // namespace

Json preparation_settings(DataConfig const& data) {
  Json timeframes = Json::object();
  for (auto const& frame : data.timeframes) timeframes[frame.name] = frame.steps;
  Json settings = {{"days", data.days},
                   {"timeframes", timeframes},
                   {"stride_minutes", data.stride_minutes},
                   {"horizon_minutes", data.horizon_minutes},
                   {"max_filled_fraction", data.max_filled_fraction}};
  // The default is not written: older manifests lack the key.
  if (data.end.rule == EndRule::each) settings["end"] = "each";
  if (data.end.rule == EndRule::time) settings["end"] = utc_text(data.end.time_s);
  return settings;
}

fs::path manifest_path(fs::path const& folder) { return folder / "manifest.json"; }

Manifest read_manifest(fs::path const& folder) {
  auto const path = manifest_path(folder);
  MONETA_REQUIRE(
      fs::exists(path), data,
      "there are no prepared shards (no '{}'). Run 'moneta prepare', or is data.shards another folder?",
      path.string());
  std::string const what = fmt::format("'{}'", path.string());
  auto const json = read_json(path);
  JsonFields fields(json, what);
  MONETA_REQUIRE(fields.text("format") == manifest_format, data, "{}, 'format' is not '{}'. {}",
                 what, manifest_format, prepare_again);
  auto const version = fields.count("version");
  MONETA_REQUIRE(version == manifest_version, data,
                 "{} has version {} (this program reads version {}). {}", what, version,
                 manifest_version, prepare_again);
  Manifest manifest;
  auto const layout = fields.text("layout");
  MONETA_REQUIRE(layout == "compact" || layout == "dense", data,
                 "{}, 'layout' is '{}' (compact or dense is needed). {}", what, sanitized(layout),
                 prepare_again);
  manifest.layout = layout == "dense" ? ShardLayout::dense : ShardLayout::compact;
  manifest.settings = fields.member("settings");
  auto const timeframes = timeframes_of(manifest.settings, what);
  auto const& shards = fields.member("shards");
  MONETA_REQUIRE(shards.is_array(), data, "{}, 'shards' is not a list. {}", what, prepare_again);
  fields.finish();
  for (std::size_t i = 0; i < shards.size(); ++i) {
    manifest.shards.push_back(
        entry_from(shards[i], timeframes, fmt::format("{}, shard {}", what, i + 1)));
  }
  require_unique(manifest.shards, what);
  return manifest;
}

void write_manifest(fs::path const& folder, Manifest manifest) {
  std::sort(manifest.shards.begin(), manifest.shards.end(), [](auto const& a, auto const& b) {
    return std::tie(a.coin, a.month) < std::tie(b.coin, b.month);
  });
  auto const path = manifest_path(folder);
  auto const timeframes = timeframes_of(manifest.settings, path.string());
  Json shards = Json::array();
  for (auto const& entry : manifest.shards) shards.push_back(to_json(entry, timeframes));
  Json const json = {{"format", manifest_format},
                     {"version", manifest_version},
                     {"layout", to_string(manifest.layout)},
                     {"settings", manifest.settings},
                     {"shards", shards}};
  commit_text(path, json.dump(1) + "\n");
}

std::optional<SettingDifference> find_difference(Manifest const& manifest, DataConfig const& data) {
  auto wanted = preparation_settings(data);
  for (char const* optional : {"end"}) {
    if (manifest.settings.contains(optional) && !wanted.contains(optional)) {
      wanted[optional] = "common";
    }
  }
  for (auto const& [key, value] : wanted.items()) {
    if (manifest.settings.contains(key) && same_value(manifest.settings[key], value)) continue;
    auto const is_absent = key == "end" && !manifest.settings.contains(key);
    return SettingDifference{key, value.dump(),
                             is_absent ? "\"common\"" : value_text(manifest.settings, key)};
  }
  return std::nullopt;
}

void require_same_settings(Manifest const& manifest, DataConfig const& data) {
  auto const difference = find_difference(manifest, data);
  if (!difference) return;
  throw Error(
      ErrorKind::data,
      fmt::format(
          "data.{} is {}, but the shards in '{}' were prepared with {} (they contain other samples). Is data.shards the right folder, or should `moneta prepare` run with this config?",
          difference->key, difference->wanted, data.shards, difference->found));
}

std::vector<ManifestEntry> shards_of(Manifest const& manifest, fs::path const& folder,
                                     std::string const& coin) {
  std::vector<ManifestEntry> entries;
  std::set<std::string> coins;
  for (auto const& entry : manifest.shards) {
    if (entry.coin == coin) entries.push_back(entry);
    coins.insert(sanitized(entry.coin));
  }
  MONETA_REQUIRE(
      !entries.empty(), data,
      "coin '{}' has no shard in '{}' (coins with shards: {}). Run 'moneta prepare' for it, or remove it from coins?",
      coin, manifest_path(folder).string(), coins.empty() ? "none" : joined(coins));
  sort_by_time(entries);
  return entries;
}

std::string dataset_digest(Manifest const& manifest, std::string const& coin) {
  Digest digest;
  digest.add(fmt::format("{}{}\n{}\n{}\n", shard_format, shard_content_version,
                         nlohmann::json(manifest.settings).dump(), coin));
  auto entries = manifest.shards;
  sort_by_time(entries);
  for (auto const& entry : entries) {
    if (entry.coin != coin) continue;
    digest.add(fmt::format("{} {} {}\n", entry.month, entry.samples, entry.source_digest));
  }
  return digest.hex();
}

ManifestEntry make_entry(std::string const& file, Shard const& shard, WrittenFile const& written) {
  ManifestEntry entry;
  entry.file = file;
  entry.coin = shard.coin;
  entry.month = shard.month;
  entry.sha256 = written.sha256;
  entry.bytes = written.bytes;
  for (auto const& frame : shard.timeframes) entry.rows.push_back(frame.rows());
  entry.samples = shard.samples();
  entry.first_time_s = shard.time_s.front();
  entry.last_time_s = shard.time_s.back();
  entry.source_digest = shard.source_digest;
  return entry;
}

fs::path shard_path(fs::path const& folder, ManifestEntry const& entry) {
  auto path = folder / entry.file;
  require_inside(folder, path);
  return path;
}

void check_file_size(fs::path const& folder, ManifestEntry const& entry) {
  auto const path = shard_path(folder, entry);
  std::error_code missing;
  auto const bytes = fs::file_size(path, missing);
  MONETA_REQUIRE(
      !missing, data,
      "shard '{}' cannot be read ({}; the manifest lists it). Run 'moneta prepare' again?",
      path.string(), missing.message());
  MONETA_REQUIRE(
      bytes == entry.bytes, data,
      "shard '{}' has {} bytes (the manifest says {}, so it was truncated or replaced). Run 'moneta prepare' again?",
      path.string(), bytes, entry.bytes);
}

}  // namespace moneta
