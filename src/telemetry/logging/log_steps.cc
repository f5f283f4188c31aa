// SPDX-License-Identifier: Apache-2.0
#include "telemetry/logging/log_steps.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "base/digest.h"
#include "base/error.h"
#include "io/commit_file.h"
#include "io/line_writer.h"
#include "io/text_reader.h"

namespace moneta {
namespace fs = std::filesystem;

namespace {

constexpr std::string_view temporary_ending = ".tmp";  // commit_file's

enum class There { nothing, file, other };

There what_is(fs::path const& path) {
  std::error_code ignored;
  switch (fs::symlink_status(path, ignored).type()) {
    case fs::file_type::not_found:
      return There::nothing;
    case fs::file_type::regular:
      return There::file;
    default:
      return There::other;
  }
}

void remove_file(fs::path const& path) {
  std::error_code failure;
  fs::remove(path, failure);
  MONETA_REQUIRE(!failure, disk, "cannot remove '{}' ({}). May this user write in its folder?",
                 path.string(), failure.message());
}

/// Nothing if the file is damaged.
std::optional<TextDigest> text_if_sound(fs::path const& path) {
  try {
    return digest_of_text(path);
  } catch (Error const&) {
    return {};
  }
}

/// The text that was read is the text that the temporary holds, or nothing appears.
void commit_compressed(fs::path const& plain, fs::path const& compressed) {
  TextDigest meant;
  auto const write = [&](fs::path const& temporary) {
    TextReader in(plain);
    LineWriter out(temporary, TextFormat::smallest_gzip);
    Digest digest;
    std::vector<char> block(std::size_t{1} << 16);
    while (std::size_t const count = in.read(block)) {
      std::string_view const text(block.data(), count);
      digest.add(text);
      meant.bytes += count;
      out.write(text);
    }
    out.close();
    meant.sha256 = digest.hex();
  };
  commit_file(compressed, write, [&](fs::path const& temporary) {
    MONETA_REQUIRE(
        text_if_sound(temporary) == meant, disk,
        "cannot write '{}' (what was read back differs from what was written). Is the disk in order?",
        compressed.string());
  });
}

[[noreturn]] void in_the_way(fs::path const& path, char const* why) {
  throw Error(ErrorKind::disk,
              fmt::format("'{}' is in the way ({}). Move it away?", path.string(), why));
}

}  // namespace

CompressedLog compress_log(LogFile const& file) {
  fs::path const plain = plain_path(file), compressed = compressed_path(file);
  auto const there = what_is(compressed);
  if (there == There::other) in_the_way(compressed, "it is no file");
  auto const earlier = there == There::file ? text_if_sound(compressed) : std::nullopt;
  if (!earlier) {
    commit_compressed(plain, compressed);
  } else if (*earlier != digest_of_text(plain)) {
    in_the_way(compressed, "it holds another text than the log without .gz");
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
  auto const copy_there = what_is(copy), digests_there = what_is(digests);
  if (copy_there == There::other) in_the_way(copy, "it is no file");
  if (digests_there == There::other) in_the_way(digests, "it is no file");
  if (digests_there == There::file && read_file(digests, 4096) != line) {
    in_the_way(digests, "it is of another log file. Do two runs of one name back up there?");
  }
  if (copy_there == There::file && digests_there == There::file) return false;
  if (copy_there == There::nothing) {
    create_folder(folder);
    std::string const copied = commit_copy(file.path, copy);
    MONETA_REQUIRE(
        copied == digest, disk,
        "'{}' changed while it was copied to '{}' (its digest differs). Does another program write it?",
        file.path.string(), folder.string());
  } else if (digest_of_file(copy) != digest) {
    in_the_way(copy, "it is another log file. Do two runs of one name back up there?");
  }
  commit_text(digests, line);
  return true;
}

void remove_log(LogFile const& file) {
  for (fs::path const& path : {plain_path(file), compressed_path(file)}) {
    if (what_is(path) == There::file) remove_file(path);
  }
}

void remove_leftover_logs(fs::path const& folder) {
  std::vector<fs::path> leftovers;
  std::error_code failure;
  fs::directory_iterator entry(folder, failure);
  for (; !failure && entry != fs::directory_iterator(); entry.increment(failure)) {
    fs::path const& path = entry->path();
    if (path.extension() != temporary_ending) continue;
    fs::path const meant = fs::path(path).replace_extension();
    bool const ours = std::any_of(log_kinds.begin(), log_kinds.end(), [&](auto const kind) {
      auto const file = log_file_named(meant, kind);
      return file && file->compressed;
    });
    if (ours && what_is(path) == There::file) leftovers.push_back(path);
  }
  for (fs::path const& path : leftovers) remove_file(path);
}

}  // namespace moneta
