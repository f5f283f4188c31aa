// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "import/find_sources.h"
#include "import/read_source.h"
#include "market/raw_store.h"

namespace moneta {

struct ImportRequest {
  std::vector<std::filesystem::path> sources;  ///< files and folders
  std::filesystem::path folder;                ///< that candles are written to
  std::string coin;                            ///< of all sources; empty: as they say
  ImportOptions options;
  OnDifference on_difference = OnDifference::keep;
};

/// Reads candles from a text: read_source, or a stand-in in tests.
using SourceReader = std::function<std::vector<ImportedCandles>(
    std::string_view text, std::string const& name, ImportOptions const& options)>;

/// What became of the candles of one market in one text.
struct ImportReport {
  std::string source;        ///< the file, and the member of an archive
  ImportedCandles imported;  ///< without its candles
  std::string coin;          ///< that they are stored as
  std::size_t candles = 0;   ///< in the text
  std::int64_t first_s = 0, last_s = 0;
  MergeResult merged;
};

/// The caller prints what it receives. Calls come in the order in which things happen.
struct ImportListener {
  std::function<void(ImportReport const& report)> on_imported;
  std::function<void(Error const& error)> on_failed;         ///< its text names the source
  std::function<void(std::string const& sentence)> on_wait;  ///< see FolderLock
};

struct ImportSummary {
  std::size_t sources = 0;  ///< whose candles are stored, whether or not they already were
  std::size_t failed = 0;
  std::size_t added = 0, equal = 0, different = 0;
  std::vector<std::string> coins;    ///< with minutes in the folder, in order of their names
  std::vector<std::string> written;  ///< files of candles that were written
  std::vector<IgnoredFile> ignored;
};

/// Imports candles into a raw folder. A source that cannot be read or stored is reported, and the
/// others are imported. A file of a raw folder keeps its exchange and market, and is refused if its
/// candles are artificial. Each coin's file is written once, after all sources of the coin; only
/// with more candles than `most_held`, those read so far are written before the rest is read. While
/// another process changes the folder, it waits. Throws Error (disk) if the folder cannot be
/// written, and Error (config) if the name of the coin cannot be that of a file.
ImportSummary import_files(ImportRequest const& request, SourceReader const& read,
                           ImportListener const& listener, std::size_t most_held = 20'000'000);

}  // namespace moneta
