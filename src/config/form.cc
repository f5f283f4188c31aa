// SPDX-License-Identifier: Apache-2.0
#include "config/form.h"

#include <charconv>
#include <cmath>

#include "base/error.h"
#include "base/url.h"

namespace moneta::form {
namespace {

/// The number that all of `text` spells.
template <class Number>
std::optional<Number> number_in(std::string const& text) {
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

void refuse(Value const& value, std::string const& key, std::string const& says) {
  throw Error(ErrorKind::config,
              fmt::format("{}: {}: {} is not {}.", value.place, key, sanitized(value), says));
}

std::string const& text_of(Value const& value, std::string const& key, std::string const& says) {
  if (value.kind != Value::Kind::plain && value.kind != Value::Kind::text) refuse(value, key, says);
  return value.text;
}

std::string Whole::says() const {
  return fmt::format("a whole number from {} to {}", lowest, highest);
}

std::uint64_t Whole::parse(Value const& value, std::string const& key) const {
  auto const number =
      may_be_number(value) ? number_in<std::uint64_t>(value.text) : std::optional<std::uint64_t>();
  if (!number || *number < lowest || *number > highest) refuse(value, key, says());
  return *number;
}

std::string Real::says() const {
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
      may_be_number(value) ? number_in<double>(value.text) : std::optional<double>();
  if (!number || !std::isfinite(*number)) refuse(value, key, says());
  if (*number < lowest || (ends == Ends::not_lowest && *number == lowest)) {
    refuse(value, key, says());
  }
  if (*number > highest || (ends == Ends::not_highest && *number == highest)) {
    refuse(value, key, says());
  }
  into = *number;
}

void Boolean::read(Value const& value, std::string const& key, bool& into) const {
  bool const yes = value.text == "true";
  if (!may_be_number(value) || (!yes && value.text != "false")) refuse(value, key, says());
  into = yes;
}

void Text::read(Value const& value, std::string const& key, std::string& into) const {
  std::string const text = text_of(value, key, says());
  if (text.empty()) refuse(value, key, "a text (it is empty)");
  for (char const character : text) {
    auto const code = static_cast<unsigned char>(character);
    if (code < 0x20 || code == 0x7f) refuse(value, key, "a text of one line");
  }
  into = text;
}

void SecretUrl::read(Value const& value, std::string const& key, std::string& into) const {
  std::string const& text = text_of(value, key, says());
  MONETA_REQUIRE(
      parse_url(text), config,
      "{}: {}: this is not {}, without blanks and backslashes (it may be a secret, so it is not shown)",
      value.place, key, says());
  into = text;
}

void Name::read(Value const& value, std::string const& key, std::string& into) const {
  constexpr std::size_t longest = 100;
  std::string const text = text_of(value, key, says());
  bool sound = !text.empty() && text.size() <= longest && is_letter_or_digit(text.front());
  for (char const character : text) {
    sound = sound && (is_letter_or_digit(character) || character == '.' || character == '_' ||
                      character == '-');
  }
  if (!sound) refuse(value, key, says());
  into = text;
}

Choice<std::string> words(std::vector<std::string> const& choices) {
  Choice<std::string> form;
  for (std::string const& word : choices) form.words.emplace_back(word, word);
  return form;
}

}  // namespace moneta::form
