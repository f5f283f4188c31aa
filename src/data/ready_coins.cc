// SPDX-License-Identifier: Apache-2.0
#include "data/ready_coins.h"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>

#include "data/quality_file.h"

namespace moneta {
namespace {

bool is_unready(CoinQuality const& quality) {
  return quality.state == DataState::too_new || quality.state == DataState::ended;
}

void remove_from(std::vector<std::string>& coins, std::vector<CoinQuality> const& unready) {
  std::erase_if(coins, [&](std::string const& coin) {
    return std::any_of(unready.begin(), unready.end(),
                       [&](auto const& each) { return each.coin == coin; });
  });
}

}  // namespace

std::vector<std::string> leave_out_unready_coins(Config& config) {
  if (!std::filesystem::exists(quality_path(config.data.shards))) return {};
  auto unready = read_quality(config.data.shards);
  std::erase_if(unready, [](auto const& each) { return !is_unready(each); });
  auto coins = config.coins;
  remove_from(coins, unready);
  if (coins.empty() || coins.size() == config.coins.size()) return {};
  std::vector<std::string> sentences;
  for (auto const& each : unready) {
    if (std::find(config.coins.begin(), config.coins.end(), each.coin) == config.coins.end()) {
      continue;
    }
    sentences.push_back(fmt::format("coin {} is not trained: {}", each.coin, each.problem));
  }
  config.coins = std::move(coins);
  for (auto& rank : config.placement) remove_from(rank, unready);
  bool const is_any_idle = std::any_of(config.placement.begin(), config.placement.end(),
                                       [](auto const& rank) { return rank.empty(); });
  if (is_any_idle) config.placement.clear();
  return sentences;
}

}  // namespace moneta
