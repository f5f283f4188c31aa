// SPDX-License-Identifier: Apache-2.0
#include "telemetry/logging/log_channel.h"

#include <atomic>
#include <boost/log/core.hpp>
#include <boost/log/expressions.hpp>
#include <boost/log/sinks/basic_sink_backend.hpp>
#include <boost/log/sinks/sync_frontend.hpp>
#include <boost/log/sources/channel_logger.hpp>
#include <boost/log/sources/record_ostream.hpp>
#include <boost/make_shared.hpp>

#include "base/error.h"

namespace moneta {
namespace {

namespace logging = boost::log;
namespace sinks = boost::log::sinks;

/// A DailyFile as a backend of Boost.Log, whose own file backend can neither keep lines whole on a
/// full disk nor delete files by their age.
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

/// Two logs of one process must not receive each other's lines.
std::string unique_channel(std::string const& name) {
  static std::atomic<unsigned> count = 0;
  return fmt::format("moneta.{}.{}", name, ++count);
}

}  // namespace

struct LogChannel::State {
  using BoostSink = sinks::synchronous_sink<DailyFileBackend>;

  State(std::filesystem::path const& folder, std::string const& kind, ClockMs const& clock,
        DailyFileHooks const& hooks)
      : channel(unique_channel(kind)),
        logger(logging::keywords::channel = channel),
        sink(boost::make_shared<BoostSink>(
            boost::make_shared<DailyFileBackend>(folder, kind, clock, hooks))) {}

  std::string const channel;
  logging::sources::channel_logger_mt<std::string> logger;
  boost::shared_ptr<BoostSink> const sink;
};

LogChannel::LogChannel(std::filesystem::path const& folder, std::string const& kind,
                       ClockMs const& clock, DailyFileHooks const& hooks)
    : state_(std::make_unique<State>(folder, kind, clock, hooks)) {
  state_->sink->set_formatter(logging::expressions::stream << logging::expressions::smessage);
  state_->sink->set_filter(logging::expressions::attr<std::string>("Channel") == state_->channel);
  logging::core::get()->add_sink(state_->sink);
}

LogChannel::~LogChannel() { logging::core::get()->remove_sink(state_->sink); }

void LogChannel::write(std::string const& line) { BOOST_LOG(state_->logger) << line; }

std::optional<std::string> LogChannel::take_failure() {
  return state_->sink->locked_backend()->take_failure();
}

std::size_t LogChannel::lost_lines() const { return state_->sink->locked_backend()->lost_lines(); }

}  // namespace moneta
