// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/clean_up.h"

#include <set>
#include <string_view>

namespace moneta {
namespace fs = std::filesystem;

namespace {

constexpr std::string_view whole_epoch_ending = "-000000.safetensors";

/// Whether this is a name like "000003-000000.safetensors" or that of its temporary file.
bool is_checkpoint_name(std::string_view name) {
  for (std::string_view const suffix : {".tmp", ".safetensors"}) {
    if (name.ends_with(suffix)) name.remove_suffix(suffix.size());
  }
  auto const dash = name.find('-');
  auto const is_number = [](std::string_view text) {
    return text.size() >= 6 && text.find_first_not_of("0123456789") == text.npos;
  };
  return dash != name.npos && is_number(name.substr(0, dash)) && is_number(name.substr(dash + 1));
}

}  // namespace

void remove_leftovers(fs::path const& folder, CheckpointIndex const& index,
                      std::vector<std::string> const& coins) {
  for (std::string const& coin : coins) {
    auto const& entries = entries_of(index, coin);
    std::set<std::string> listed;
    for (auto const& entry : entries) listed.insert(fs::path(entry.file).filename().string());
    std::vector<fs::path> leftovers;
    std::error_code ignored;
    for (fs::directory_iterator file(folder / coin, ignored), end; file != end;
         file.increment(ignored)) {
      std::string const name = file->path().filename().string();
      bool const stays =
          listed.contains(name) || (entries.empty() && name.ends_with(whole_epoch_ending));
      if (is_checkpoint_name(name) && !stays) leftovers.push_back(file->path());
    }
    for (auto const& path : leftovers) fs::remove(path, ignored);
  }
}

std::vector<std::string> forget_missing(fs::path const& folder, CheckpointIndex& index) {
  std::vector<std::string> forgotten;
  std::error_code unknown;
  for (auto const& [coin, entries] : index.coins) {
    bool const gone = !entries.empty() && !fs::exists(folder / coin, unknown) && !unknown;
    if (gone) forgotten.push_back(coin);
  }
  for (std::string const& coin : forgotten) index.coins.erase(coin);
  return forgotten;
}

}  // namespace moneta
