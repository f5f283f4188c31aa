// SPDX-License-Identifier: Apache-2.0
#include "config/validate.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "base/error.h"
#include "base/url.h"
#include "config/value.h"

namespace moneta {
namespace {

using PlaceOf = std::function<std::string(std::string const& key)>;

void check_split(SplitConfig const& split, PlaceOf const& place_of) {
  double const sum = split.train + split.valid + split.test;
  MONETA_REQUIRE(std::abs(sum - 1) <= 1e-9, config, place_of("data.split.train"),
                 ": data.split: ", split.train, " + ", split.valid, " + ", split.test, " is ", sum,
                 " (the shares of train, valid and test must sum to 1). Change one of them");
}

void check_placement(Config const& config, PlaceOf const& place_of) {
  std::string const place = place_of("placement");
  std::set<std::string> placed;
  for (auto const& rank : config.placement) {
    for (std::string const& coin : rank) {
      MONETA_REQUIRE(
          std::find(config.coins.begin(), config.coins.end(), coin) != config.coins.end(), config,
          place, ": placement: ", quoted(coin),
          " is not in coins. Correct the name, or set placement: null to let the coins "
          "be balanced over the ranks");
      MONETA_REQUIRE(placed.insert(coin).second, config, place, ": placement: ", quoted(coin),
                     " is there twice (a coin has one place). Remove one of them");
    }
  }
  for (std::string const& coin : config.coins) {
    MONETA_REQUIRE(config.placement.empty() || placed.count(coin) == 1, config, place,
                   ": placement: ", quoted(coin),
                   " is missing (every coin needs a rank). Add it, or set placement: null to let "
                   "the coins be balanced over the ranks");
  }
}

void check_training(TrainConfig const& train, PlaceOf const& place_of) {
  constexpr std::size_t largest_batch = 1'000'000;
  MONETA_REQUIRE(train.effective_batch() <= largest_batch, config, place_of("train.accumulate"),
                 ": train.batch x train.accumulate is ", train.effective_batch(),
                 " sequences for one update (at most ", largest_batch, "). Lower one of them");
  MONETA_REQUIRE(train.schedule.warmup_epochs <= static_cast<double>(train.epochs), config,
                 place_of("train.schedule.warmup_epochs"), ": train.schedule.warmup_epochs is ",
                 train.schedule.warmup_epochs, " (train.epochs is ", train.epochs,
                 ", so the learning rate would never be reached). Lower it");
}

/// Telegram is told the chat beside the text.
void check_alert(AlertConfig const& alert, PlaceOf const& place_of) {
  auto const url = alert.webhook_url ? parse_url(*alert.webhook_url) : std::nullopt;
  if (!url || resolve_template(alert.webhook_template, *url) != AlertTemplate::telegram) return;
  MONETA_REQUIRE(!query_value(url->query, "chat_id").value_or("").empty(), config,
                 place_of("alert.webhook_url"),
                 ": alert.webhook_url: ", public_url(*alert.webhook_url),
                 " has no chat_id (Telegram needs to know the chat). Append ?chat_id=... to it");
}

}  // namespace

void validate_config(Config const& config, PlaceOf const& place_of) {
  check_split(config.data.split, place_of);
  check_placement(config, place_of);
  check_training(config.train, place_of);
  check_alert(config.alert, place_of);
  MONETA_REQUIRE(!config.model.transformer.enabled, config, place_of("model.transformer.enabled"),
                 ": model.transformer.enabled: the Transformer block is not in this version. Set "
                 "model.transformer.enabled: false");
}

}  // namespace moneta
