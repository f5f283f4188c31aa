// SPDX-License-Identifier: Apache-2.0
// Shards whose digest matches the manifest but whose contents differ from the manifest and the
// config: another tool's mistake, or a file that replaced another.
#include <gtest/gtest.h>

#include <algorithm>

#include "base/digest.h"
#include "data/change_file.h"
#include "data/load_dataset.h"
#include "data/manifest.h"
#include "data/read_shard.h"
#include "data/small_market.h"
#include "data/write_dense.h"
#include "data/write_shard.h"
#include "support/error_text.h"

namespace moneta {
namespace {

namespace fs = std::filesystem;

/// The shard that the cases change.
fs::path victim(SmallMarket const& market) { return market.shard("KRW-BTC", "2025-01"); }

/// Changes the manifest's entry of the victim.
template <class Change>
void change_entry(SmallMarket const& market, Change const& change) {
  Manifest manifest = read_manifest(market.config.data.shards);
  auto const entry =
      std::find_if(manifest.shards.begin(), manifest.shards.end(),
                   [](ManifestEntry const& each) { return each.file == "KRW-BTC/2025-01.h5"; });
  ASSERT_NE(entry, manifest.shards.end());
  change(*entry);
  write_manifest(market.config.data.shards, manifest);
}

/// Changes the victim and writes it again.
void rewrite(SmallMarket const& market, void (*change)(Shard&)) {
  Shard shard = read_shard(victim(market));
  change(shard);
  write_shard(victim(market), shard);
}

struct ListedCase {
  char const* name;
  char const* part;  ///< of the text
  void (*spoil)(SmallMarket const&);

  friend void PrintTo(ListedCase const& c, std::ostream* out) { *out << c.name; }
};

class ListedShards : public testing::TestWithParam<ListedCase> {};

TEST_P(ListedShards, AreRejectedWithTheDifferenceAndLeaveOtherCoinsAlone) {
  SmallMarket const market;
  market.prepare();
  GetParam().spoil(market);
  change_entry(market, [&](ManifestEntry& entry) {
    entry.sha256 = digest_of_file(victim(market));
    entry.bytes = fs::file_size(victim(market));
  });
  EXPECT_NO_THROW(check_shards(market.config));
  std::string const text =
      error_text(ErrorKind::data, [&] { load_dataset(market.config, "KRW-BTC"); });
  EXPECT_NE(text.find("KRW-BTC/2025-0"), std::string::npos) << text;
  EXPECT_NE(text.find(GetParam().part), std::string::npos) << text;
  EXPECT_NO_THROW(load_dataset(market.config, "KRW-ETH"));
}

// clang-format off
INSTANTIATE_TEST_SUITE_P(Table, ListedShards, testing::ValuesIn(std::vector<ListedCase>{
    {"NoHdf5",    "as an HDF5 file (file signature not found)", [](SmallMarket const& m) { write_bytes(victim(m), "candles"); }},
    {"Version",   "is a shard of version 7 (this program reads versions 1 to 2). Run 'moneta prepare' again?",
     [](SmallMarket const& m) { change_file(victim(m), [](hid_t f) { set_integer(f, "version", 7); }); }},
    {"Layout",    "has layout dense (compact is expected",
     [](SmallMarket const& m) { write_dense_shard(victim(m), read_shard(victim(m))); }},
    {"Market",    "has market KRW-ETH (KRW-BTC is expected",
     [](SmallMarket const& m) { rewrite(m, [](Shard& s) { s.coin = "KRW-ETH"; }); }},
    {"Month",     "has month 2025-02 (2025-01 is expected",
     [](SmallMarket const& m) { fs::copy_file(m.shard("KRW-BTC", "2025-02"), victim(m), fs::copy_options::overwrite_existing); }},
    {"Samples",   "has samples 557 (558 is expected", [](SmallMarket const& m) { rewrite(m, [](Shard& s) {
       for (auto& frame : s.timeframes) frame.ends.pop_back();
       s.time_s.pop_back(); s.close.pop_back(); s.target.pop_back(); }); }},
    {"Source",    "has source digest 0123 (", [](SmallMarket const& m) { rewrite(m, [](Shard& s) { s.source_digest = "0123"; }); }},
    {"Horizon",   "has horizon_minutes 30 (15 is expected",
     [](SmallMarket const& m) { rewrite(m, [](Shard& s) { s.horizon_minutes = 30; }); }},
    {"Timeframe", "has no timeframe '5m'", [](SmallMarket const& m) { rewrite(m, [](Shard& s) { s.timeframes.pop_back(); }); }},
    {"Window",    "has 1m window_steps 15 (16 is expected",
     [](SmallMarket const& m) { rewrite(m, [](Shard& s) { s.timeframes[0].steps = 15; }); }},
    {"Order",     "2025-01.h5' begins at 2025-01-", [](SmallMarket const& m) {
       change_entry(m, [](ManifestEntry& entry) { entry.first_time_s += 60 * 86'400; }); }},
}), [](auto const& each) { return each.param.name; });
// clang-format on

}  // namespace
}  // namespace moneta
