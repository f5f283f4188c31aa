// SPDX-License-Identifier: Apache-2.0
#include "import/refuse_content.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "import/column_role.h"

namespace moneta {
namespace {

/// A kind of file that is known by its first bytes.
struct Kind {
  std::string_view magic;
  char const* what;
  char const* advice;
};

// clang-format off
constexpr std::array<Kind, 11> kinds = {{
    {"SQLite format 3", "an SQLite database", "Export its table of candles as CSV?"},
    {"\x89HDF\r\n", "an HDF5 file", "Export its candles as CSV?"},
    {"PK\x03\x04", "a zip archive or an Excel workbook", "Extract it, or save the sheet as CSV?"},
    {"\x1f\x8b", "gzip data inside gzip data", "Decompress it once more?"},
    {"\x28\xb5\x2f\xfd", "compressed with zstd", "Decompress it with `unzstd`?"},
    {"BZh", "compressed with bzip2", "Decompress it with `bunzip2`?"},
    {"\xfd\x37zXZ", "compressed with xz", "Decompress it with `unxz`?"},
    {"\xff\xfe", "UTF-16 text", "Convert it with `iconv -f UTF-16 -t UTF-8`?"},
    {"\xfe\xff", "UTF-16 text", "Convert it with `iconv -f UTF-16 -t UTF-8`?"},
    {"\x80\x04\x95", "a Python pickle", "Save its DataFrame with to_csv?"},
    {"version https://git-lfs", "a Git LFS pointer, which stands for the data",
     "Run `git lfs pull` in its repository, or download the file itself?"},
}};
// clang-format on

bool is_web_page(std::string_view text) {
  std::size_t const first = text.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
  if (first == std::string_view::npos || text[first] != '<') return false;
  auto const start = plain_name(text.substr(first, 200));
  return start.starts_with("doctypehtml") || start.starts_with("html") ||
         start.starts_with("xml") || start.starts_with("head");
}

/// A line of Python that writes the table beside the file as CSV, without the index unless the
/// index has the times.
void refuse_pandas_file(std::string_view bytes, std::string const& name, std::string_view magic,
                        std::string_view what, std::string_view reader) {
  if (!bytes.starts_with(magic)) return;
  throw Error(
      ErrorKind::data,
      fmt::format(
          "'{}' is {} (text is needed). Convert it with: python3 -c \"import pandas, sys; f = sys.argv[1]; pandas.{}(f).to_csv(f + '.csv')\" {}",
          name, what, reader, name));
}

}  // namespace

void refuse_other_content(std::string_view bytes, std::string const& name) {
  refuse_pandas_file(bytes, name, "ARROW1", "an Arrow (Feather) file", "read_feather");
  refuse_pandas_file(bytes, name, "FEA1", "a Feather file", "read_feather");
  refuse_pandas_file(bytes, name, "PAR1", "a Parquet file", "read_parquet");
  for (Kind const& kind : kinds) {
    MONETA_REQUIRE(!bytes.starts_with(kind.magic), data, "'{}' is {} (text is needed). {}", name,
                   kind.what, kind.advice);
  }
  MONETA_REQUIRE(
      !is_web_page(bytes), data,
      "'{}' is a web page or XML (the server sent it instead of data). Download the file again, and look at it first?",
      name);
  MONETA_REQUIRE(bytes.find_first_not_of(" \t\r\n") != std::string_view::npos, data,
                 "'{}' is empty (it contains no candles). Was its download cut off?", name);
  std::string_view const start = bytes.substr(0, 4096);
  MONETA_REQUIRE(start.find('\0') == std::string_view::npos, data,
                 "'{}' is a binary file (its first bytes are no text). Export its candles as CSV?",
                 name);
}

}  // namespace moneta
