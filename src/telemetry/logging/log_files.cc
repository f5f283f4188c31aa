// SPDX-License-Identifier: Apache-2.0
#include "telemetry/logging/log_files.h"

#include <charconv>
#include <cstdio>
#include <ctime>
#include <map>
#include <memory>
#include <utility>

#include "base/error.h"
#include "io/line_reader.h"

namespace moneta {
namespace fs = std::filesystem;
namespace chrono = std::chrono;

namespace {

constexpr std::size_t day_length = std::string_view("2026-11-25").size();

std::optional<chrono::sys_days> day_from(std::string const& text) {
  int year = 0;
  unsigned month = 0, day = 0;
  if (std::sscanf(text.c_str(), "%4d-%2u-%2u", &year, &month, &day) != 3) return {};
  if (year < 0) return {};
  chrono::year_month_day const date{chrono::year(year), chrono::month(month), chrono::day(day)};
  if (!date.ok()) return {};
  return chrono::sys_days(date);
}

using Files = std::map<std::pair<chrono::sys_days, std::size_t>, LogFile>;

Files scan(fs::path const& folder, std::string_view kind) {
  Files files;
  std::error_code failure;
  fs::directory_iterator entry(folder, failure);
  if (failure == std::errc::no_such_file_or_directory) return files;
  for (; !failure && entry != fs::directory_iterator(); entry.increment(failure)) {
    std::error_code ignored;
    auto const file = log_file_named(entry->path(), kind);
    if (!file || entry->symlink_status(ignored).type() != fs::file_type::regular) continue;
    auto const [entry_of, is_new] = files.try_emplace({file->day, file->number}, *file);
    if (!is_new && !file->compressed) entry_of->second = *file;
  }
  MONETA_REQUIRE(!failure, data,
                 "cannot list the folder '{}' ({}). Does this user have permission to read it?",
                 folder.string(), failure.message());
  return files;
}

/// Null if the file does not exist.
std::unique_ptr<LineReader> open_lines(fs::path const& path) {
  try {
    return std::make_unique<LineReader>(path);
  } catch (Error const&) {
    std::error_code ignored;
    if (fs::exists(path, ignored)) throw;
    return nullptr;
  }
}

}  // namespace

chrono::sys_days local_day(std::int64_t time_ms) {
  auto const time_s = static_cast<std::time_t>(time_ms / 1000);
  std::tm local{};
  localtime_r(&time_s, &local);
  return chrono::sys_days(chrono::year(local.tm_year + 1900) /
                          chrono::month(static_cast<unsigned>(local.tm_mon) + 1) /
                          chrono::day(static_cast<unsigned>(local.tm_mday)));
}

std::string day_text(chrono::sys_days day) {
  chrono::year_month_day const date(day);
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

std::string log_file_name(std::string_view kind, chrono::sys_days day, std::size_t number) {
  return fmt::format("{}-{}{}.jsonl", kind, day_text(day),
                     number == 0 ? "" : fmt::format(".{}", number));
}

/// Parsing is lenient, but the result must produce the same name again.
std::optional<LogFile> log_file_named(fs::path const& path, std::string_view kind) {
  std::string const name = path.filename().string();
  if (!name.starts_with(kind) || name.size() <= kind.size() + 1 + day_length) return {};
  auto const day = day_from(name.substr(kind.size() + 1, day_length));
  if (!day) return {};
  LogFile file{*day, 0, name.ends_with(".gz"), path};
  char const* const rest = name.data() + kind.size() + 1 + day_length;
  if (*rest == '.') std::from_chars(rest + 1, name.data() + name.size(), file.number);
  std::string const again = log_file_name(kind, file.day, file.number);
  if (name != (file.compressed ? again + ".gz" : again)) return {};
  return file;
}

fs::path plain_path(LogFile const& file) {
  fs::path path = file.path;
  return file.compressed ? path.replace_extension() : path;
}

fs::path compressed_path(LogFile const& file) {
  return file.compressed ? file.path : fs::path(file.path.string() + ".gz");
}

/// A scan may miss both names of a file that is compressed at this moment; the second scan then
/// finds the new name.
std::vector<LogFile> log_files(fs::path const& folder, std::string_view kind) {
  Files found = scan(folder, kind);
  for (auto& [key, file] : scan(folder, kind)) found.insert_or_assign(key, file);
  std::vector<LogFile> files;
  for (auto& [key, file] : found) files.push_back(std::move(file));
  return files;
}

void read_log(LogFile const& file, std::function<void(std::string_view)> const& visit) {
  auto reader = open_lines(plain_path(file));
  if (!reader) reader = open_lines(compressed_path(file));
  if (!reader) return;
  for (std::string_view line; reader->next(line);) visit(line);
}

}  // namespace moneta
