// SPDX-License-Identifier: Apache-2.0
#include "telemetry/alerts/alert_text.h"

#include "base/error.h"
#include "base/time.h"

namespace moneta {
namespace {

// Discord and Telegram reject longer texts; Slack recommends this limit.
constexpr std::size_t discord_characters = 2000;
constexpr std::size_t telegram_characters = 4096;
constexpr std::size_t slack_characters = 4000;

std::string dumped(Json const& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string valid_utf8(std::string const& text) {
  return Json::parse(dumped(text)).get<std::string>();
}

/// Slack interprets these three characters as the beginning of links and mentions.
std::string escaped_for_slack(std::string const& text) {
  std::string escaped;
  for (char const character : text) {
    if (character == '&') {
      escaped += "&amp;";
    } else if (character == '<') {
      escaped += "&lt;";
    } else if (character == '>') {
      escaped += "&gt;";
    } else {
      escaped += character;
    }
  }
  return escaped;
}

/// The number of bytes of the character that begins with `lead`, in valid UTF-8.
std::size_t character_bytes(char lead) {
  auto const code = static_cast<unsigned char>(lead);
  if (code < 0x80) return 1;
  if (code < 0xE0) return 2;
  return code < 0xF0 ? 3 : 4;
}

std::string count_line(std::size_t count, char const* one, char const* several) {
  return count == 0 ? "" : fmt::format("\n({}{})", count, count == 1 ? one : several);
}

}  // namespace

std::string alert_json(Alert const& alert, AlertOrigin const& origin) {
  Json json = {{"time", utc_text(alert.time_s)}, {"run", origin.run}, {"host", origin.host}};
  json.update(to_json(alert.record));
  if (alert.suppressed > 0) json["left_out"] = alert.suppressed;
  if (alert.others_suppressed > 0) json["others_left_out"] = alert.others_suppressed;
  if (alert.unsent > 0) json["unsent"] = alert.unsent;
  return dumped(json);
}

std::string alert_text(Alert const& alert, AlertOrigin const& origin) {
  EventRecord const& record = alert.record;
  std::string text = fmt::format("[moneta {} on {}] {}: {}", origin.run, origin.host,
                                 to_string(record.severity), to_string(record.event));
  if (!record.coin.empty()) text += ' ' + record.coin;
  text += fmt::format(" (rank {}, {}): {}", record.rank, utc_text(alert.time_s), record.message);
  text += count_line(alert.suppressed, " similar alert was suppressed since the last one",
                     " similar alerts were suppressed since the last one");
  text += count_line(alert.others_suppressed, " other alert was suppressed by the rate limit",
                     " other alerts were suppressed by the rate limit");
  text += count_line(alert.unsent, " earlier alert could not be sent",
                     " earlier alerts could not be sent");
  return valid_utf8(text);
}

std::string cut_characters(std::string const& text, std::size_t max_units) {
  constexpr std::size_t dots = 3;
  std::size_t units = 0, end_before_dots = 0;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t const bytes = character_bytes(text[at]);
    units += bytes == 4 ? 2 : 1;  // a surrogate pair
    if (units > max_units) return text.substr(0, end_before_dots) + "...";
    at += bytes;
    if (units + dots <= max_units) end_before_dots = at;
  }
  return text;
}

std::string webhook_body(Alert const& alert, AlertOrigin const& origin, AlertTemplate kind,
                         std::string const& chat_id) {
  std::string const text = alert_text(alert, origin);
  switch (kind) {
    case AlertTemplate::slack:
      return dumped({{"text", escaped_for_slack(cut_characters(text, slack_characters))}});
    case AlertTemplate::discord:
      // Without this, "@everyone" in a message would notify everyone.
      return dumped({{"content", cut_characters(text, discord_characters)},
                     {"allowed_mentions", {{"parse", Json::array()}}}});
    case AlertTemplate::telegram:
      return dumped({{"chat_id", chat_id}, {"text", cut_characters(text, telegram_characters)}});
    case AlertTemplate::automatic:
    case AlertTemplate::json:
      break;
  }
  return alert_json(alert, origin);
}

}  // namespace moneta
