// SPDX-License-Identifier: Apache-2.0
#include "telemetry/logging/run_log.h"

#include <atomic>
#include <boost/log/core.hpp>
#include <boost/log/expressions.hpp>
#include <boost/log/sinks/basic_sink_backend.hpp>
#include <boost/log/sinks/sync_frontend.hpp>
#include <boost/log/sources/channel_logger.hpp>
#include <boost/log/sources/record_ostream.hpp>
#include <boost/make_shared.hpp>
#include <charconv>
#include <cstdio>
#include <optional>
#include <utility>

#include "base/error.h"
#include "base/time.h"
#include "telemetry/logging/daily_file.h"
#include "telemetry/logging/not_finite.h"

namespace moneta {
namespace {

namespace logging = boost::log;
namespace sinks = boost::log::sinks;

/// Boost.Log's way into a DailyFile.
class DailyFileBackend
    : public sinks::basic_formatted_sink_backend<char, sinks::synchronized_feeding> {
 public:
  DailyFileBackend(std::filesystem::path const& folder, std::string const& kind,
                   ClockMs const& clock, DailyFileHooks const& hooks)
      : file_(folder, kind, clock, hooks) {}

  void consume(logging::record_view const& /*record*/, std::string const& line) {
    file_.write(line);
  }
  std::optional<std::string> take_failure() { return file_.take_failure(); }
  std::size_t lost_lines() const { return file_.lost_lines(); }

 private:
  DailyFile file_;
};

/// One kind of log file: a logger and the sink that takes its channel and no other.
class LogChannel {
 public:
  LogChannel(std::filesystem::path const& folder, std::string const& kind, ClockMs const& clock,
             LogArchive& archive)
      : channel_(unique_channel(kind)),
        logger_(logging::keywords::channel = channel_),
        sink_(boost::make_shared<Sink>(boost::make_shared<DailyFileBackend>(
            folder, kind, clock,
            DailyFileHooks{[&archive, kind](auto const& name) { archive.now_writes(kind, name); },
                           [&archive] { archive.wake(); }}))) {
    sink_->set_formatter(logging::expressions::stream << logging::expressions::smessage);
    sink_->set_filter(logging::expressions::attr<std::string>("Channel") == channel_);
    logging::core::get()->add_sink(sink_);
  }
  LogChannel(LogChannel const&) = delete;
  LogChannel& operator=(LogChannel const&) = delete;
  ~LogChannel() { logging::core::get()->remove_sink(sink_); }

  void write(Json const& record) {
    BOOST_LOG(logger_) << record.dump(-1, ' ', false, Json::error_handler_t::replace);
  }
  std::optional<std::string> take_failure() const {
    return sink_->locked_backend()->take_failure();
  }
  std::size_t lost_lines() const { return sink_->locked_backend()->lost_lines(); }

 private:
  using Sink = sinks::synchronous_sink<DailyFileBackend>;

  /// Two logs of one process must not read each other's records.
  static std::string unique_channel(std::string const& name) {
    static std::atomic<unsigned> count = 0;
    return fmt::format("moneta.{}.{}", name, ++count);
  }

  std::string const channel_;
  logging::sources::channel_logger_mt<std::string> logger_;
  boost::shared_ptr<Sink> sink_;
};

std::filesystem::path const& with_folder(std::filesystem::path const& folder) {
  std::error_code status;
  std::filesystem::create_directories(folder, status);
  MONETA_REQUIRE(std::filesystem::is_directory(folder), disk,
                 "cannot make the folder '{}' for the log ({}). Is the folder above it writable?",
                 folder.string(), status.message());
  return folder;
}

double rounded(double value, int digits) {
  char text[32];
  auto const end =
      std::to_chars(text, text + sizeof text, value, std::chars_format::general, digits).ptr;
  std::from_chars(text, end, value);
  return value;
}

/// Significant digits worth keeping.
int digits_of(std::string const& key) {
  if (key.ends_with("_loss") || key == "learning_rate") return 6;
  return key.ends_with("_percent") ? 2 : 3;
}

/// Takes away the digits of measured numbers that are different each time and tell nobody anything:
/// they do not compress and would take most of the room. Memory in use is told in whole MB.
void drop_noise(Json& record) {
  for (auto const& [key, value] : record.items()) {
    if (value.is_object()) {
      drop_noise(value);
    } else if (value.is_number_float()) {
      value = rounded(value.get<double>(), digits_of(key));
    } else if (value.is_number_unsigned() && key.ends_with("_bytes") &&
               !key.ends_with("_total_bytes")) {
      constexpr std::uint64_t step = 1'000'000;
      value = (value.get<std::uint64_t>() + step / 2) / step * step;
    }
  }
}

std::string timestamp(std::int64_t time_ms) {
  std::string text = utc_text(time_ms / 1000);
  text.pop_back();  // the Z
  char fraction[16];
  std::snprintf(fraction, sizeof fraction, ".%03dZ", static_cast<int>(time_ms % 1000));
  return text + fraction;
}

}  // namespace

struct RunLog::State {
  State(std::filesystem::path const& folder, LogArchiveSettings const& settings,
        std::function<void(EventRecord)> const& taker)
      : clock(settings.clock),
        tell(taker),
        archive(with_folder(folder), settings, taker),
        epochs(folder, "epochs", clock, archive),
        events(folder, "events", clock, archive) {}

  void write(LogChannel& channel, Json const& line) const {
    channel.write(line);
    if (auto failure = channel.take_failure()) {
      tell({Severity::warning, "log_not_written", std::move(*failure), "", 0, Json::object()});
    }
  }

  ClockMs const clock;
  std::function<void(EventRecord)> const tell;
  NotFiniteRule not_finite;
  LogArchive archive;
  LogChannel epochs, events;
};

RunLog::RunLog(std::filesystem::path const& folder, LogArchiveSettings const& settings,
               std::function<void(EventRecord)> tell) {
  if (!tell) tell = [this](EventRecord const& record) { write(record); };
  state_ = std::make_unique<State>(folder, settings, tell);
  state_->archive.wake();
}
RunLog::~RunLog() { stop_archive(); }

void RunLog::write(EpochRecord const& record) {
  Json line = {{"@timestamp", timestamp(state_->clock())}, {"event.action", "epoch"}};
  line.update(to_json(record));
  drop_noise(line);
  state_->write(state_->epochs, line);
  if (auto event = state_->not_finite.event_for(record)) state_->tell(std::move(*event));
}

void RunLog::write(EventRecord const& record) {
  Json labels = Json::object();
  if (!record.coin.empty()) labels["coin"] = record.coin;
  labels["rank"] = record.rank;
  state_->write(state_->events,
                {{"@timestamp", timestamp(state_->clock())},
                 {"log.level", to_string(record.severity)},
                 {"message", record.message},
                 {"event.action", record.action},
                 {"event.dataset", "moneta.events"},
                 {"labels", labels},
                 {"moneta", record.details.is_null() ? Json::object() : record.details}});
}

std::size_t RunLog::lost_lines() const {
  return state_->epochs.lost_lines() + state_->events.lost_lines();
}

void RunLog::drain_archive() { state_->archive.drain(); }
void RunLog::stop_archive() { state_->archive.stop(); }

}  // namespace moneta
