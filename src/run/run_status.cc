// SPDX-License-Identifier: Apache-2.0
#include "run/run_status.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "base/error.h"
#include "base/text.h"
#include "io/json_file.h"
#include "io/untrusted_json.h"
#include "telemetry/read_record.h"

namespace moneta {
namespace {

constexpr char const* status_format = "moneta-status";
constexpr std::uint64_t status_version = 1;

constexpr std::array<char const*, 5> phase_names = {"waiting", "running", "finished",
                                                    "early_stopped", "failed"};

std::optional<CoinPhase> phase_from_name(std::string_view name) {
  auto const found = std::find(phase_names.begin(), phase_names.end(), name);
  if (found == phase_names.end()) return {};
  return static_cast<CoinPhase>(found - phase_names.begin());
}

/// A state that a run writes itself; see RunState::killed.
std::optional<RunState> written_state_from_name(std::string_view name) {
  auto const state = run_state_from_name(name);
  return state == RunState::killed ? std::nullopt : state;
}

/// The value whose name `from_name` looks up. Throws Error (data) if there is none.
template <class FromName>
auto value_of(Json const& json, FromName const& from_name) {
  auto const name = json.get<std::string>();
  auto const value = from_name(name);
  MONETA_REQUIRE(value, data, "there is no '{}'", sanitized(name));
  return *value;
}

Json to_json(CoinView const& coin) {
  return {{"coin", coin.name},
          {"phase", phase_names.at(static_cast<std::size_t>(coin.phase))},
          {"rank", coin.rank ? Json(*coin.rank) : Json()},
          {"epochs_done", coin.epochs_done},
          {"fraction", coin.fraction},
          {"train_loss", number_or_null(coin.train_loss)},
          {"valid_loss", number_or_null(coin.valid_loss)},
          {"best_valid_loss", number_or_null(coin.best_valid_loss)},
          {"best_epoch", coin.best_epoch},
          {"sequences_per_second", number_or_null(coin.sequences_per_second)},
          {"epoch_seconds", number_or_null(coin.epoch_seconds)},
          {"dates", coin.dates ? to_json(*coin.dates) : Json()}};
}

CoinView coin_from(Json const& json) {
  CoinView coin;
  coin.name = untrusted_name(json.at("coin"));
  coin.phase = value_of(json.at("phase"), phase_from_name);
  if (!json.at("rank").is_null()) coin.rank = untrusted_count<std::size_t>(json.at("rank"));
  coin.epochs_done = untrusted_count(json.at("epochs_done"));
  coin.fraction = untrusted_share(json.at("fraction"));
  coin.train_loss = number_from(json.at("train_loss"));
  coin.valid_loss = number_from(json.at("valid_loss"));
  coin.best_valid_loss = number_from(json.at("best_valid_loss"));
  coin.best_epoch = untrusted_count(json.at("best_epoch"));
  coin.sequences_per_second = number_from(json.at("sequences_per_second"));
  coin.epoch_seconds = number_from(json.at("epoch_seconds"));
  // Runs of earlier versions do not have them.
  if (json.contains("dates") && !json.at("dates").is_null()) {
    coin.dates = split_dates_from(json.at("dates"));
  }
  return coin;
}

Json to_json(TimedEvent const& timed) {
  EventRecord const& event = timed.event;
  return {{"time_ms", timed.time_ms},
          {"severity", to_string(event.severity)},
          {"action", to_string(event.event)},
          {"coin", event.coin},
          {"rank", event.rank},
          {"message", event.message}};
}

TimedEvent event_from(Json const& json) {
  (void)untrusted_count(json.at("rank"));
  Json whole = json;
  whole["details"] = Json::object();
  return {untrusted_time_ms(json.at("time_ms")), event_record_from(whole)};
}

void read_members(Json const& json, RunStatus& status) {
  status.run = untrusted_name(json.at("run"));
  status.host = untrusted_name(json.at("host"));
  status.pid = untrusted_count(json.at("pid"));
  status.started_ms = untrusted_time_ms(json.at("started_ms"));
  status.written_ms = untrusted_time_ms(json.at("written_ms"));
  status.reported_ms = untrusted_time_ms(json.at("reported_ms"));
  status.state = value_of(json.at("state"), written_state_from_name);
  status.epochs = untrusted_count(json.at("epochs"));
  status.ranks = untrusted_count<std::size_t>(json.at("ranks"));
  status.elapsed_seconds = number_from(json.at("elapsed_seconds"));
  Json const& eta = json.at("eta_seconds");
  if (!eta.is_null()) status.eta_seconds = eta.get<double>();
  for (Json const& coin : json.at("coins")) status.coins.push_back(coin_from(coin));
  for (Json const& event : json.at("events")) status.events.push_back(event_from(event));
  for (Json const& reading : json.at("readings")) status.readings.push_back(reading);
}

}  // namespace

Json to_json(RunStatus const& status) {
  Json json = {{"format", status_format},
               {"version", status_version},
               {"run", status.run},
               {"host", status.host},
               {"pid", status.pid},
               {"started_ms", status.started_ms},
               {"written_ms", status.written_ms},
               {"reported_ms", status.reported_ms},
               {"state", to_string(status.state)},
               {"epochs", status.epochs},
               {"ranks", status.ranks},
               {"elapsed_seconds", number_or_null(status.elapsed_seconds)},
               {"eta_seconds", status.eta_seconds ? number_or_null(*status.eta_seconds) : Json()},
               {"coins", Json::array()},
               {"events", Json::array()},
               {"readings", status.readings}};
  for (CoinView const& coin : status.coins) json["coins"].push_back(to_json(coin));
  for (TimedEvent const& event : status.events) json["events"].push_back(to_json(event));
  return json;
}

RunStatus run_status_from(Json const& json, std::string const& what) {
  JsonFields fields(json, what);
  MONETA_REQUIRE(fields.text("format") == status_format, data,
                 "{} is not the status of a run (its format is not {})", what, status_format);
  auto const version = static_cast<std::uint64_t>(fields.count("version"));
  MONETA_REQUIRE(version <= status_version, data,
                 "{} has version {} (this program reads up to {}). Use the program that wrote it?",
                 what, version, status_version);
  try {
    RunStatus status;
    read_members(json, status);
    return status;
  } catch (std::exception const& error) {
    throw Error(ErrorKind::data, fmt::format("{} is damaged ({})", what, error.what()));
  }
}

RunStatus read_run_status(std::filesystem::path const& path) {
  return run_status_from(read_json(path), fmt::format("'{}'", path.string()));
}

RunView view_of(RunStatus const& status) {
  RunView view = RunView::from_coins(status.coins, status.epochs, -status.elapsed_seconds);
  if (is_over(status.state) || status.state == RunState::unknown) view.end();
  return view;
}

}  // namespace moneta
