// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/config.h"
#include "config/value.h"

/// What values a key takes. Every form has
///   says()             the range in words, the same in errors and in configs/README.md
///   read(value, key, into)   throws Error (config) that names place, key and range
///   write(from)        as JSON that `read` takes back
///   choices()          the words it takes, if it takes nothing else
namespace moneta::form {

/// "<place>: <key>: <value> is not <says>."
[[noreturn]] void refuse(Value const& value, std::string const& key, std::string const& says);

/// The text of a scalar, in quotes or not. Refuses all else.
std::string const& text_of(Value const& value, std::string const& key, std::string const& says);

/// Whole numbers; decimal digits only.
struct Whole {
  std::uint64_t lowest, highest;

  std::string says() const;
  std::uint64_t parse(Value const& value, std::string const& key) const;
  template <std::integral Number>
  void read(Value const& value, std::string const& key, Number& into) const {
    into = static_cast<Number>(parse(value, key));
  }
  template <std::integral Number>
  Json write(Number from) const {
    return from;
  }
};

/// Which ends of a range belong to it.
enum class Ends { both, not_lowest, not_highest };

/// Finite numbers.
struct Real {
  double lowest, highest;
  Ends ends = Ends::both;

  std::string says() const;
  void read(Value const& value, std::string const& key, double& into) const;
  Json write(double from) const { return from; }
};

struct Boolean {
  std::string says() const { return "true or false"; }
  std::vector<std::string> choices() const { return {"true", "false"}; }
  void read(Value const& value, std::string const& key, bool& into) const;
  Json write(bool from) const { return from; }
};

/// Any text that is not empty and has no control characters.
struct Text {
  std::string says() const { return "a text"; }
  void read(Value const& value, std::string const& key, std::string& into) const;
  Json write(std::string const& from) const { return from; }
};

/// A URL of which no part but scheme and host may be shown.
struct SecretUrl {
  std::string says() const { return "a URL that starts with http:// or https://"; }
  void read(Value const& value, std::string const& key, std::string& into) const;
  Json write(std::string const& from) const { return from; }
};

/// A text that is part of a file's name.
struct Name {
  std::string says() const {
    return "a name of letters, digits, '.', '_' and '-' that starts with a letter or digit";
  }
  void read(Value const& value, std::string const& key, std::string& into) const;
  Json write(std::string const& from) const { return from; }
};

/// One of several words.
template <class Meaning>
struct Choice {
  std::vector<std::pair<std::string, Meaning>> words;

  std::string list() const {
    std::string text;
    for (auto const& [word, meaning] : words) text += (text.empty() ? "" : ", ") + word;
    return text;
  }
  std::string says() const { return words.size() == 1 ? list() : "one of " + list(); }
  std::vector<std::string> choices() const {
    std::vector<std::string> all;
    for (auto const& [word, meaning] : words) all.push_back(word);
    return all;
  }
  void read(Value const& value, std::string const& key, Meaning& into) const {
    std::string const text = text_of(value, key, says());
    for (auto const& [word, meaning] : words) {
      if (text == word) {
        into = meaning;
        return;
      }
    }
    refuse(value, key, says());
  }
  Json write(Meaning const& from) const {
    for (auto const& [word, meaning] : words) {
      if (from == meaning) return word;
    }
    return nullptr;
  }
};

/// A choice whose words mean themselves.
Choice<std::string> words(std::vector<std::string> const& choices);

/// Null, or what the form inside takes.
template <class Inner>
struct OrNull {
  Inner inner;

  std::string says() const { return inner.says() + ", or null"; }
  template <class Type>
  void read(Value const& value, std::string const& key, std::optional<Type>& into) const {
    if (value.kind == Value::Kind::nothing) {
      into.reset();
    } else {
      inner.read(value, key, into.emplace());
    }
  }
  template <class Type>
  Json write(std::optional<Type> const& from) const {
    return from ? inner.write(*from) : Json();
  }
};

/// The list of coins.
struct Coins {
  std::string says() const { return "a list of 1 to 1000 different names"; }
  void read(Value const& value, std::string const& key, std::vector<std::string>& into) const;
  Json write(std::vector<std::string> const& from) const { return from; }
};

/// The coins of each rank.
struct Placement {
  std::string says() const { return "a list of lists of coins, one list per rank, or null"; }
  void read(Value const& value, std::string const& key,
            std::vector<std::vector<std::string>>& into) const;
  Json write(std::vector<std::vector<std::string>> const& from) const {
    return from.empty() ? Json() : Json(from);
  }
};

/// Different words of a fixed set; the list may be empty.
struct Events {
  Choice<std::string> event;

  std::string says() const { return "a list of any of " + event.list(); }
  void read(Value const& value, std::string const& key, std::vector<std::string>& into) const;
  Json write(std::vector<std::string> const& from) const { return from; }
};

/// Minutes of the bars and steps of the window: {1m: 240, 5m: 144}.
struct Timeframes {
  std::string says() const {
    return "a map like {5m: 144}: minutes that divide 1440, and 1 to 5000 steps";
  }
  void read(Value const& value, std::string const& key, std::vector<TimeframeConfig>& into) const;
  Json write(std::vector<TimeframeConfig> const& from) const;
};

/// A minute, UTC, as seconds since 1970.
struct Minute {
  std::string says() const {
    return "a date 2025-01-31 or a minute 2025-01-31T12:30:00Z, UTC, from 1970 to 2199";
  }
  void read(Value const& value, std::string const& key, std::int64_t& into) const;
  Json write(std::int64_t from) const;
};

}  // namespace moneta::form
