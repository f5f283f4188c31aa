// SPDX-License-Identifier: Apache-2.0
#include "config/field_type.h"

#include <charconv>
#include <cmath>
#include <cstdlib>

#include "base/error.h"
#include "base/url.h"

namespace moneta::field {
namespace {

/// The number in `text`, or nothing unless all of `text` is a number.
template <class Number>
std::optional<Number> parse_number(std::string const& text) {
  Number number{};
  char const* const end = text.data() + text.size();
  auto const [stop, problem] = std::from_chars(text.data(), end, number);
  if (problem != std::errc() || stop != end) return std::nullopt;
  return number;
}

bool may_be_number(Value const& value) {
  return value.kind == Value::Kind::plain || value.kind == Value::Kind::literal;
}

bool is_letter_or_digit(char character) {
  return (character >= '0' && character <= '9') || (character >= 'A' && character <= 'Z') ||
         (character >= 'a' && character <= 'z');
}

}  // namespace

void reject(Value const& value, std::string const& key, std::string const& expected) {
  throw Error(ErrorKind::config, fmt::format("{}: {}: {} is not {}.", value.location, key,
                                             describe_value(value), expected));
}

std::string const& text_of(Value const& value, std::string const& key,
                           std::string const& expected) {
  if (value.kind != Value::Kind::plain && value.kind != Value::Kind::quoted) {
    reject(value, key, expected);
  }
  return value.text;
}

std::string Whole::describe() const {
  return fmt::format("a whole number from {} to {}", lowest, highest);
}

std::uint64_t Whole::parse(Value const& value, std::string const& key) const {
  auto const number = may_be_number(value) ? parse_number<std::uint64_t>(value.text)
                                           : std::optional<std::uint64_t>();
  if (!number || *number < lowest || *number > highest) reject(value, key, describe());
  return *number;
}

std::string Real::describe() const {
  switch (ends) {
    case Ends::both:
      return fmt::format("a number from {:g} to {:g}", lowest, highest);
    case Ends::not_lowest:
      return fmt::format("a number above {:g}, up to {:g}", lowest, highest);
    case Ends::not_highest:
      return fmt::format("a number from {:g}, below {:g}", lowest, highest);
  }
  return "a number";
}

void Real::read(Value const& value, std::string const& key, double& into) const {
  auto const number =
      may_be_number(value) ? parse_number<double>(value.text) : std::optional<double>();
  if (!number || !std::isfinite(*number)) reject(value, key, describe());
  if (*number < lowest || (ends == Ends::not_lowest && *number == lowest)) {
    reject(value, key, describe());
  }
  if (*number > highest || (ends == Ends::not_highest && *number == highest)) {
    reject(value, key, describe());
  }
  into = *number;
}

void Boolean::read(Value const& value, std::string const& key, bool& into) const {
  bool const is_true = value.text == "true";
  if (!may_be_number(value) || (!is_true && value.text != "false")) reject(value, key, describe());
  into = is_true;
}

void Text::read(Value const& value, std::string const& key, std::string& into) const {
  std::string const text = text_of(value, key, describe());
  if (text.empty()) reject(value, key, "a non-empty string");
  for (char const character : text) {
    auto const code = static_cast<unsigned char>(character);
    if (code < 0x20 || code == 0x7f) reject(value, key, "a string without control characters");
  }
  into = text;
}

void Path::read(Value const& value, std::string const& key, std::string& into) const {
  std::string path;
  Text::read(value, key, path);
  if (path.front() == '~') {
    MONETA_REQUIRE(
        path.size() == 1 || path[1] == '/', config,
        "{}: {}: {} names the home folder of another user (only ~ and ~/... are replaced). Write the whole path, or ./~... if the folder has this name",
        value.location, key, describe_value(value));
    char const* const home = std::getenv("HOME");
    MONETA_REQUIRE(
        home != nullptr && *home != '\0', config,
        "{}: {}: {} is in the home folder, which is unknown (the environment variable HOME is not set). Set it, or write the whole path",
        value.location, key, describe_value(value));
    path.replace(0, 1, home);
  }
  into = path;
}

void SecretUrl::read(Value const& value, std::string const& key, std::string& into) const {
  std::string const& text = text_of(value, key, describe());
  MONETA_REQUIRE(
      parse_url(text), config,
      "{}: {}: the value is not {}, without spaces or backslashes (it may contain a secret, so it is not shown)",
      value.location, key, describe());
  into = text;
}

void BaseUrl::read(Value const& value, std::string const& key, std::string& into) const {
  std::string const& text = text_of(value, key, describe());
  MONETA_REQUIRE(parse_url(text) && text.find_first_of("@?#") == std::string::npos, config,
                 "{}: {}: the value is not {} (it may contain a secret, so it is not shown)",
                 value.location, key, describe());
  into = text;
  while (into.ends_with('/')) into.pop_back();
}

void Name::read(Value const& value, std::string const& key, std::string& into) const {
  constexpr std::size_t longest = 100;
  std::string const text = text_of(value, key, describe());
  bool is_valid = !text.empty() && is_letter_or_digit(text.front());
  for (char const character : text) {
    is_valid = is_valid && (is_letter_or_digit(character) || character == '.' || character == '_' ||
                            character == '-');
  }
  if (text.size() > longest) {
    reject(value, key,
           fmt::format("a name of at most {} characters (it has {})", longest, text.size()));
  }
  if (!is_valid) reject(value, key, describe());
  into = text;
}

Choice<std::string> one_of(std::vector<std::string> const& words) {
  Choice<std::string> choice;
  for (std::string const& word : words) choice.words.emplace_back(word, word);
  return choice;
}

}  // namespace moneta::field
