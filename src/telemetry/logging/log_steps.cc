// SPDX-License-Identifier: Apache-2.0
#include "telemetry/logging/log_steps.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "base/digest.h"
#include "base/error.h"
#include "io/commit_file.h"
#include "io/file.h"
#include "io/line_writer.h"
#include "io/text_reader.h"

namespace moneta {
namespace fs = std::filesystem;

namespace {

constexpr char another_log[] =
    "it belongs to another log. Do two runs of the same name back up there?";
constexpr std::string_view temporary_ending = ".tmp";  // of commit_file

enum class EntryType { none, regular_file, other };

EntryType entry_type(fs::path const& path) {
  std::error_code ignored;
  switch (fs::symlink_status(path, ignored).type()) {
    case fs::file_type::not_found:
      return EntryType::none;
    case fs::file_type::regular:
      return EntryType::regular_file;
    default:
      return EntryType::other;
  }
}

void remove_file(fs::path const& path) {
  std::error_code failure;
  fs::remove(path, failure);
  MONETA_REQUIRE(!failure, disk, "cannot remove '{}' ({}). Is its folder writable?", path.string(),
                 failure.message());
}

/// Nothing if the file is damaged.
std::optional<TextDigest> digest_if_valid(fs::path const& path) {
  try {
    return digest_of_text(path);
  } catch (Error const&) {
    return {};
  }
}

/// Commits the compressed file only if it contains the text that was read from the plain one.
void commit_compressed(fs::path const& plain, fs::path const& compressed) {
  TextDigest expected;
  auto const write = [&](fs::path const& temporary) {
    TextReader in(plain);
    LineWriter out(temporary, TextFormat::smallest_gzip);
    Digest digest;
    std::vector<char> block(std::size_t{1} << 16);
    while (std::size_t const count = in.read(block)) {
      std::string_view const text(block.data(), count);
      digest.add(text);
      expected.bytes += count;
      out.write(text);
    }
    out.close();
    expected.sha256 = digest.hex();
  };
  commit_file(compressed, write, [&](fs::path const& temporary) {
    MONETA_REQUIRE(
        digest_if_valid(temporary) == expected, disk,
        "cannot write '{}' (the data read back differs from the data written). Is the disk defective?",
        compressed.string());
  });
}

[[noreturn]] void throw_in_the_way(fs::path const& path, char const* why) {
  throw Error(ErrorKind::disk,
              fmt::format("'{}' is in the way ({}). Move it away?", path.string(), why));
}

/// Throws if the path exists and is not a regular file.
EntryType file_or_none(fs::path const& path) {
  EntryType const type = entry_type(path);
  if (type == EntryType::other) throw_in_the_way(path, "it is not a regular file");
  return type;
}

bool is_left_by_compression(fs::path const& path) {
  if (path.extension() != temporary_ending) return false;
  fs::path const target = fs::path(path).replace_extension();
  bool const is_ours = std::any_of(log_kinds.begin(), log_kinds.end(), [&](auto const kind) {
    auto const file = log_file_named(target, kind);
    return file && file->compressed;
  });
  return is_ours && entry_type(path) == EntryType::regular_file;
}

}  // namespace

CompressedLog compress_log(LogFile const& file) {
  fs::path const plain = plain_path(file), compressed = compressed_path(file);
  bool const exists = file_or_none(compressed) == EntryType::regular_file;
  auto const earlier = exists ? digest_if_valid(compressed) : std::nullopt;
  if (!earlier) {
    commit_compressed(plain, compressed);
  } else if (*earlier != digest_of_text(plain)) {
    throw_in_the_way(compressed, "its text differs from that of the log without .gz");
  }
  CompressedLog done{
      {file.day, file.number, true, compressed}, fs::file_size(plain), fs::file_size(compressed)};
  remove_file(plain);
  return done;
}

bool back_up_log(LogFile const& file, fs::path const& folder) {
  fs::path const copy = folder / file.path.filename();
  fs::path const digests = copy.string() + ".sha256";
  std::string const digest = digest_of_file(file.path);
  std::string const line = digest + "  " + file.path.filename().string() + "\n";
  bool const has_copy = file_or_none(copy) == EntryType::regular_file;
  bool const has_digest = file_or_none(digests) == EntryType::regular_file;
  if (has_digest && read_file(digests, 4096) != line) {
    throw_in_the_way(digests, another_log);
  }
  if (has_copy && has_digest) return false;
  if (!has_copy) {
    create_folder(folder);
    std::string const copied = commit_copy(file.path, copy);
    MONETA_REQUIRE(
        copied == digest, disk,
        "'{}' changed while it was copied to '{}' (its digest differs). Does another program write to it?",
        file.path.string(), folder.string());
  } else if (digest_of_file(copy) != digest) {
    throw_in_the_way(copy, another_log);
  }
  commit_text(digests, line);
  return true;
}

void remove_log(LogFile const& file) {
  for (fs::path const& path : {plain_path(file), compressed_path(file)}) {
    if (entry_type(path) == EntryType::regular_file) remove_file(path);
  }
}

void remove_leftover_logs(fs::path const& folder) {
  std::vector<fs::path> leftovers;
  std::error_code failure;
  fs::directory_iterator entry(folder, failure);
  for (; !failure && entry != fs::directory_iterator(); entry.increment(failure)) {
    if (is_left_by_compression(entry->path())) leftovers.push_back(entry->path());
  }
  for (fs::path const& path : leftovers) remove_file(path);
}

}  // namespace moneta
