// SPDX-License-Identifier: Apache-2.0
#include "base/log.h"

#include <boost/core/null_deleter.hpp>
#include <boost/log/core.hpp>
#include <boost/log/expressions.hpp>
#include <boost/log/sinks/sync_frontend.hpp>
#include <boost/log/sinks/text_ostream_backend.hpp>
#include <boost/log/sources/channel_logger.hpp>
#include <boost/log/sources/record_ostream.hpp>
#include <boost/make_shared.hpp>
#include <iostream>

namespace moneta {
namespace {

namespace logging = boost::log;
using Logger = logging::sources::channel_logger_mt<std::string>;

/// The Boost.Log channel of these lines; the sinks of the run log filter by other channels.
constexpr char const* channel = "moneta.diagnostics";

Logger make_logger() {
  auto const backend = boost::make_shared<logging::sinks::text_ostream_backend>();
  backend->add_stream(boost::shared_ptr<std::ostream>(&std::cerr, boost::null_deleter()));
  backend->auto_flush(true);
  using Sink = logging::sinks::synchronous_sink<logging::sinks::text_ostream_backend>;
  auto const sink = boost::make_shared<Sink>(backend);
  sink->set_formatter(logging::expressions::stream << logging::expressions::smessage);
  sink->set_filter(logging::expressions::attr<std::string>("Channel") == channel);
  logging::core::get()->add_sink(sink);
  return Logger(logging::keywords::channel = channel);
}

void write(char const* severity, std::string const& text) {
  static Logger logger = make_logger();
  BOOST_LOG(logger) << "moneta: " << severity << text;
}

}  // namespace

void log_info(std::string const& text) { write("", text); }
void log_warning(std::string const& text) { write("warning: ", text); }
void log_error(std::string const& text) { write("error: ", text); }

}  // namespace moneta
