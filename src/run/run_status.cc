// SPDX-License-Identifier: Apache-2.0
#include "run/run_status.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/error.h"
#include "io/json_file.h"
#include "io/untrusted_json.h"
#include "telemetry/read_record.h"

namespace moneta {
namespace {

constexpr char const* status_format = "moneta-status";
constexpr std::uint64_t status_version = 1;

constexpr std::array<char const*, 7> state_names = {"unknown", "starting", "running", "stopping",
                                                    "stopped", "finished", "failed"};
constexpr std::array<char const*, 5> phase_names = {"waiting", "running", "finished",
                                                    "early_stopped", "failed"};

template <class Enum, std::size_t count>
Enum word_from(std::string const& word, std::array<char const*, count> const& names) {
  auto const found = std::find(names.begin(), names.end(), word);
  MONETA_REQUIRE(found != names.end(), data, "there is no '{}'", sanitized(word));
  return static_cast<Enum>(found - names.begin());
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
          {"epoch_seconds", number_or_null(coin.epoch_seconds)}};
}

CoinView coin_from(Json const& json) {
  CoinView coin;
  coin.name = foreign_name(json.at("coin"));
  coin.phase = word_from<CoinPhase>(json.at("phase").get<std::string>(), phase_names);
  if (!json.at("rank").is_null()) coin.rank = foreign_count<std::size_t>(json.at("rank"));
  coin.epochs_done = foreign_count(json.at("epochs_done"));
  coin.fraction = foreign_share(json.at("fraction"));
  coin.train_loss = number_from(json.at("train_loss"));
  coin.valid_loss = number_from(json.at("valid_loss"));
  coin.best_valid_loss = number_from(json.at("best_valid_loss"));
  coin.best_epoch = foreign_count(json.at("best_epoch"));
  coin.sequences_per_second = number_from(json.at("sequences_per_second"));
  coin.epoch_seconds = number_from(json.at("epoch_seconds"));
  return coin;
}

Json to_json(TimedEvent const& timed) {
  return {{"time_ms", timed.time_ms},     {"severity", to_string(timed.event.severity)},
          {"action", timed.event.action}, {"coin", timed.event.coin},
          {"rank", timed.event.rank},     {"message", timed.event.message}};
}

TimedEvent event_from(Json const& json) {
  (void)foreign_count(json.at("rank"));
  Json whole = json;
  whole["details"] = Json::object();
  return {foreign_time_ms(json.at("time_ms")), event_record_from(whole)};
}

void read_members(Json const& json, RunStatus& status) {
  status.run = foreign_name(json.at("run"));
  status.host = foreign_name(json.at("host"));
  status.pid = foreign_count(json.at("pid"));
  status.started_ms = foreign_time_ms(json.at("started_ms"));
  status.written_ms = foreign_time_ms(json.at("written_ms"));
  status.reported_ms = foreign_time_ms(json.at("reported_ms"));
  status.state = word_from<RunState>(json.at("state").get<std::string>(), state_names);
  status.epochs = foreign_count(json.at("epochs"));
  status.ranks = foreign_count<std::size_t>(json.at("ranks"));
  status.elapsed_seconds = number_from(json.at("elapsed_seconds"));
  Json const& eta = json.at("eta_seconds");
  if (!eta.is_null()) status.eta_seconds = eta.get<double>();
  for (Json const& coin : json.at("coins")) status.coins.push_back(coin_from(coin));
  for (Json const& event : json.at("events")) status.events.push_back(event_from(event));
  for (Json const& reading : json.at("readings")) status.readings.push_back(reading);
}

}  // namespace

char const* to_string(RunState state) { return state_names.at(static_cast<std::size_t>(state)); }

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
                 "{} is no status of a run (its format is not {})", what, status_format);
  auto const version = static_cast<std::uint64_t>(fields.count("version"));
  MONETA_REQUIRE(
      version <= status_version, data,
      "{} is of version {} (this program reads up to {}). Use the program that wrote it?", what,
      version, status_version);
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

std::optional<double> file_age_s(std::filesystem::path const& path,
                                 std::filesystem::path const& probe_folder,
                                 std::int64_t local_clock_ms) {
  auto const seconds = [](struct stat const& status) {
    return static_cast<double>(status.st_mtim.tv_sec) +
           static_cast<double>(status.st_mtim.tv_nsec) * 1e-9;
  };
  struct stat written {};
  if (::stat(path.c_str(), &written) != 0) return std::nullopt;
  double now_s = static_cast<double>(local_clock_ms) / 1000;
  std::string probe = (probe_folder / ".clock-XXXXXX").string();
  if (int const file = ::mkostemp(probe.data(), O_CLOEXEC); file >= 0) {
    struct stat fresh {};
    if (::fstat(file, &fresh) == 0) now_s = seconds(fresh);
    ::close(file);
    ::unlink(probe.c_str());
  }
  return std::max(0.0, now_s - seconds(written));
}

}  // namespace moneta
