// SPDX-License-Identifier: Apache-2.0
#include "config/validate.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "base/alert_template.h"
#include "base/error.h"
#include "config/value.h"

namespace moneta {
namespace {

void check_split(SplitConfig const& split, LocationOf const& location_of) {
  double const sum = split.train + split.valid + split.test;
  MONETA_REQUIRE(
      std::abs(sum - 1) <= 1e-9, config,
      "{}: data.split: {:g} + {:g} + {:g} is {:g} (the shares of train, valid and test must sum to 1). Change one of them",
      location_of("data.split.train"), split.train, split.valid, split.test, sum);
}

void check_placement(Config const& config, LocationOf const& location_of) {
  std::string const location = location_of("placement");
  std::set<std::string> placed;
  for (auto const& rank : config.placement) {
    for (std::string const& coin : rank) {
      MONETA_REQUIRE(
          std::find(config.coins.begin(), config.coins.end(), coin) != config.coins.end(), config,
          "{}: placement: {} is not in coins. Correct the name, or set placement: null to balance the coins over the ranks",
          location, quoted(coin));
      MONETA_REQUIRE(
          placed.insert(coin).second, config,
          "{}: placement: {} is listed twice (each coin has one rank). Remove one of them",
          location, quoted(coin));
    }
  }
  for (std::string const& coin : config.coins) {
    MONETA_REQUIRE(
        config.placement.empty() || placed.count(coin) == 1, config,
        "{}: placement: {} is missing (every coin needs a rank). Add it, or set placement: null to balance the coins over the ranks",
        location, quoted(coin));
  }
}

void check_training(TrainConfig const& train, LocationOf const& location_of) {
  constexpr std::size_t largest_batch = 1'000'000;
  MONETA_REQUIRE(
      train.effective_batch() <= largest_batch, config,
      "{}: train.batch x train.accumulate is {} sequences for one update (at most {}). Lower one of them",
      location_of("train.accumulate"), train.effective_batch(), largest_batch);
  MONETA_REQUIRE(
      train.schedule.warmup_epochs <= static_cast<double>(train.epochs), config,
      "{}: train.schedule.warmup_epochs is {:g} (train.epochs is {}, so the full learning rate would never be reached). Lower it",
      location_of("train.schedule.warmup_epochs"), train.schedule.warmup_epochs, train.epochs);
}

void check_alert(AlertConfig const& alert, LocationOf const& location_of) {
  if (!alert.webhook_url) return;
  try {
    (void)parse_webhook(*alert.webhook_url, alert.webhook_template);
  } catch (Error const& error) {
    throw error.within(location_of("alert.webhook_url"));
  }
}

}  // namespace

void validate_config(Config const& config, LocationOf const& location_of) {
  check_split(config.data.split, location_of);
  check_placement(config, location_of);
  check_training(config.train, location_of);
  check_alert(config.alert, location_of);
  std::size_t const width = (config.model.bidirectional ? 2 : 1) * config.model.hidden;
  MONETA_REQUIRE(
      !config.model.transformer.enabled || width % config.model.transformer.heads == 0, config,
      "{}: model.transformer.heads is {} (the heads must divide the {} outputs of the LSTM). Choose a divisor of {}?",
      location_of("model.transformer.heads"), config.model.transformer.heads, width, width);
}

}  // namespace moneta
