// SPDX-License-Identifier: Apache-2.0
#include "import/open_source.h"

#include <fcntl.h>
#include <zip.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

#include "base/digest.h"
#include "base/error.h"
#include "base/text.h"
#include "io/file.h"
#include "io/text_reader.h"

namespace moneta {
namespace fs = std::filesystem;
namespace {

struct CloseZip {
  void operator()(zip_t* archive) const { zip_discard(archive); }
};
struct CloseMember {
  void operator()(zip_file_t* member) const { (void)zip_fclose(member); }
};
using Zip = std::unique_ptr<zip_t, CloseZip>;
using ZipMember = std::unique_ptr<zip_file_t, CloseMember>;

std::string lower(std::string text) {
  for (char& each : text) each = static_cast<char>(std::tolower(static_cast<unsigned char>(each)));
  return text;
}

void require_file(fs::path const& file) {
  std::error_code why;
  auto const type = fs::status(file, why).type();
  MONETA_REQUIRE(type != fs::file_type::not_found, data,
                 "there is no file '{}'. Is the path right?", file.string());
  MONETA_REQUIRE(type == fs::file_type::regular, data,
                 "'{}' is not a file that can be read. Is the path right?", file.string());
}

bool is_zip(fs::path const& path) {
  Descriptor const file(path, O_RDONLY | O_CLOEXEC);
  if (!file.is_open()) throw cannot_read(path, errno);
  std::array<std::byte, 4> begin = {};
  (void)pread_all(file.get(), 0, begin);
  std::string_view const text(reinterpret_cast<char const*>(begin.data()), begin.size());
  // The second one begins an archive without members.
  return text == std::string_view("PK\x03\x04") || text == std::string_view("PK\x05\x06") ||
         lower(path.extension()) == ".zip";
}

void verify_checksum(fs::path const& archive) {
  fs::path const file = archive.string() + ".CHECKSUM";
  std::error_code ignored;
  if (!fs::is_regular_file(file, ignored)) return;
  constexpr std::size_t limit_bytes = 4096, digest_digits = 64;
  std::string const expected = lower(read_file(file, limit_bytes).substr(0, digest_digits));
  bool const is_digest = expected.size() == digest_digits &&
                         std::all_of(expected.begin(), expected.end(), [](char each) {
                           return std::isxdigit(static_cast<unsigned char>(each)) != 0;
                         });
  MONETA_REQUIRE(is_digest, data,
                 "'{}' does not begin with a SHA-256 of 64 hexadecimal digits. Download it again?",
                 file.string());
  std::string const found = digest_of_file(archive);
  MONETA_REQUIRE(
      found == expected, data,
      "'{}' differs from its checksum (its SHA-256 is {}, and '{}' has {}). Download it again?",
      archive.string(), found, file.filename().string(), expected);
}

Zip open_zip(fs::path const& path) {
  int why = 0;
  Zip archive(zip_open(path.c_str(), ZIP_RDONLY, &why));
  if (archive) return archive;
  zip_error_t error;
  zip_error_init_with_code(&error, why);
  std::string const text = zip_error_strerror(&error);
  zip_error_fini(&error);
  throw Error(ErrorKind::data,
              fmt::format("'{}' is not a complete zip archive ({}). Copy or download it again?",
                          path.string(), text));
}

/// The name of a member without its folders.
std::string_view file_name(std::string_view name) {
  auto const slash = name.find_last_of("/\\");
  return slash == name.npos ? name : name.substr(slash + 1);
}

std::string reason_to_skip(std::string const& member) {
  std::string const name = lower(member);
  if (file_name(name).starts_with('.') || name.starts_with("__macosx/")) return "hidden";
  if (name.ends_with(".csv") || name.ends_with(".json") || name.ends_with(".txt")) return "";
  return "no .csv, .json or .txt in the archive";
}

std::string read_text_file(fs::path const& path, std::size_t limit_bytes) {
  TextReader reader(path);
  std::string text;
  std::vector<char> block(std::size_t{1} << 20);
  while (std::size_t const count = reader.read(block)) {
    text.append(block.data(), count);
    MONETA_REQUIRE(text.size() <= limit_bytes, data,
                   "'{}' contains more than {} (too much for one file). Split it?", path.string(),
                   mib_text(limit_bytes));
  }
  return text;
}

}  // namespace

struct SourceFile::State {
  fs::path path;
  Zip archive;  ///< none: the file is a text
  std::vector<SourceText> texts;
  std::vector<zip_uint64_t> members;  ///< of the archive, one for each text

  void add_members() {
    auto const count = static_cast<zip_uint64_t>(zip_get_num_entries(archive.get(), 0));
    for (zip_uint64_t i = 0; i < count; ++i) {
      char const* const raw = zip_get_name(archive.get(), i, ZIP_FL_ENC_GUESS);
      std::string const name = printable(raw == nullptr ? "" : raw);
      if (name.empty() || name.ends_with('/')) continue;  // a folder
      members.push_back(i);
      texts.push_back({fmt::format("{}: {}", printable(path.string()), name),
                       std::string(file_name(name)), reason_to_skip(name)});
    }
    auto const is_text = [](SourceText const& each) { return each.ignored.empty(); };
    MONETA_REQUIRE(
        std::any_of(texts.begin(), texts.end(), is_text), data,
        "'{}' has no member that is a .csv, .json or .txt. Is it an archive of candles, or a workbook that should be saved as CSV?",
        path.string());
  }

  std::string read_member(std::size_t i, std::size_t limit_bytes) const {
    std::string const& shown = texts[i].shown;
    zip_stat_t facts;
    zip_stat_init(&facts);
    bool const is_known = zip_stat_index(archive.get(), members[i], 0, &facts) == 0;
    require(is_known, shown, zip_get_error(archive.get()));
    MONETA_REQUIRE(
        (facts.valid & ZIP_STAT_ENCRYPTION_METHOD) == 0 || facts.encryption_method == ZIP_EM_NONE,
        data, "'{}' is encrypted. Unpack it with its password first?", shown);
    ZipMember const member(zip_fopen_index(archive.get(), members[i], 0));
    require(member != nullptr, shown, zip_get_error(archive.get()));
    std::string text;
    std::vector<char> block(std::size_t{1} << 20);
    for (;;) {
      zip_int64_t const count = zip_fread(member.get(), block.data(), block.size());
      require(count >= 0, shown, zip_file_get_error(member.get()));
      if (count == 0) break;
      text.append(block.data(), static_cast<std::size_t>(count));
      MONETA_REQUIRE(text.size() <= limit_bytes, data,
                     "'{}' contains more than {} (too much for one file). Split it?", shown,
                     mib_text(limit_bytes));
    }
    bool const is_whole = (facts.valid & ZIP_STAT_SIZE) == 0 || facts.size == text.size();
    MONETA_REQUIRE(is_whole, data,
                   "'{}' is damaged ({} bytes instead of {}). Copy or download it again?", shown,
                   text.size(), facts.size);
    return text;
  }

  static void require(bool is_read, std::string const& shown, zip_error_t* why) {
    MONETA_REQUIRE(is_read, data, "'{}' is damaged (zip: {}). Copy or download it again?", shown,
                   zip_error_strerror(why));
  }
};

SourceFile::SourceFile(fs::path const& file) : state_(new State{file, {}, {}, {}}) {
  require_file(file);
  if (is_zip(file)) {
    verify_checksum(file);
    state_->archive = open_zip(file);
    state_->add_members();
    return;
  }
  std::string name = printable(file.filename().string());
  if (lower(name).ends_with(".gz")) name.resize(name.size() - 3);
  state_->texts.push_back({printable(file.string()), name, ""});
}

SourceFile::~SourceFile() = default;

std::vector<SourceText> const& SourceFile::texts() const { return state_->texts; }

std::string SourceFile::read(std::size_t i, std::size_t limit_bytes) const {
  return state_->archive ? state_->read_member(i, limit_bytes)
                         : read_text_file(state_->path, limit_bytes);
}

std::string printable(std::string_view name) {
  std::string text(name);
  for (char& each : text) {
    if (static_cast<unsigned char>(each) < 0x20 || each == 0x7f) each = '?';
  }
  return text;
}

}  // namespace moneta
