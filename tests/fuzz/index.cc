// SPDX-License-Identifier: Apache-2.0
// The index.json of a folder of checkpoints.
#include "checkpoint/index.h"

#include "checkpoint/load.h"
#include "checkpoint/rotation.h"
#include "fuzz/target.h"
#include "support/scratch_folder.h"

namespace moneta::fuzz {

void try_bytes(std::string_view bytes) {
  write_bytes(scratch() / "index.json", bytes);
  CheckpointIndex index;
  if (!accepts(ErrorKind::data, "index.json", [&] { index = read_index(scratch()); })) return;
  write_index(scratch() / "copy", index);
  expect(read_index(scratch() / "copy") == index, "the index is equal after it was written");
  for (auto const& [coin, entries] : index.coins) {
    for (auto const& entry : entries) {
      auto const path = (scratch() / entry.file).lexically_normal();
      expect(path.parent_path() == scratch() / coin, "a checkpoint is in its coin's folder");
    }
    if (entries.empty()) continue;
    auto const of_coin = coin;
    accepts(ErrorKind::data, of_coin, [&] { (void)load_newest(scratch(), index, of_coin); });
    CheckpointIndex rotated = index;
    auto const dropped = add_and_rotate(rotated, entries.back(), 1, 1);
    expect(rotated.coins.at(coin).size() + dropped.size() == entries.size(),
           "rotation loses no entry");
  }
}

}  // namespace moneta::fuzz
