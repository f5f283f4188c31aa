// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/text.h"
#include "config/value.h"

namespace moneta::field {

/// The type of a key: which values it accepts and how they are stored in a Member of the Config.
///   describe()               the accepted values in words, as in errors and in configs/README.md
///   read(value, key, into)   throws Error (config) with the location, the key and describe()
///   write(from)              JSON that `read` accepts and turns into the same member
/// A type that accepts a fixed set of words also has `choices()`, which lists them.
template <class Type, class Member>
concept FieldType = requires(Type const type, Value const& value, std::string const& key,
                             Member& into, Member const& from) {
  { type.describe() } -> std::same_as<std::string>;
  type.read(value, key, into);
  { type.write(from) } -> std::convertible_to<Json>;
};

/// Throws Error (config): "<location>: <key>: <value> is not <expected>."
[[noreturn]] void reject(Value const& value, std::string const& key, std::string const& expected);

/// The text of a string, quoted or not. Rejects every other kind of value.
std::string const& text_of(Value const& value, std::string const& key, std::string const& expected);

/// Whole numbers in decimal digits.
struct Whole {
  std::uint64_t lowest, highest;

  std::string describe() const;
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

/// Which ends of a range are part of it.
enum class Ends { both, not_lowest, not_highest };

/// Finite numbers.
struct Real {
  double lowest, highest;
  Ends ends = Ends::both;

  std::string describe() const;
  void read(Value const& value, std::string const& key, double& into) const;
  Json write(double from) const { return from; }
};

struct Boolean {
  std::string describe() const { return "true or false"; }
  std::vector<std::string> choices() const { return {"true", "false"}; }
  void read(Value const& value, std::string const& key, bool& into) const;
  Json write(bool from) const { return from; }
};

/// A string that is not empty and has no control characters.
struct Text {
  std::string describe() const { return "a string"; }
  void read(Value const& value, std::string const& key, std::string& into) const;
  Json write(std::string const& from) const { return from; }
};

/// A path. A leading ~ is replaced by the home folder of the user, as a shell does: by $HOME.
/// `~name` is rejected, as is ~ if $HOME is not set.
struct Path : Text {
  void read(Value const& value, std::string const& key, std::string& into) const;
};

/// A URL of which messages may show only the scheme and the host.
struct SecretUrl {
  std::string describe() const { return "a URL that starts with http:// or https://"; }
  void read(Value const& value, std::string const& key, std::string& into) const;
  Json write(std::string const& from) const { return from; }
};

/// A URL that messages and files show, so it contains no secret: scheme, host, port and path.
struct BaseUrl {
  std::string describe() const {
    return "a URL that starts with http:// or https://, without a user, a query or a fragment";
  }
  void read(Value const& value, std::string const& key, std::string& into) const;
  Json write(std::string const& from) const { return from; }
};

/// A string that becomes part of a file name; at most 100 characters.
struct Name {
  std::string describe() const {
    return "a name of letters, digits, '.', '_' and '-' that starts with a letter or digit";
  }
  void read(Value const& value, std::string const& key, std::string& into) const;
  Json write(std::string const& from) const { return from; }
};

/// One of several words, each of which stands for a value of type Meaning.
template <class Meaning>
struct Choice {
  std::vector<std::pair<std::string, Meaning>> words;

  std::vector<std::string> choices() const {
    std::vector<std::string> all;
    for (auto const& [word, meaning] : words) all.push_back(word);
    return all;
  }
  std::string describe() const { return (words.size() == 1 ? "" : "one of ") + joined(choices()); }
  void read(Value const& value, std::string const& key, Meaning& into) const {
    std::string const text = text_of(value, key, describe());
    for (auto const& [word, meaning] : words) {
      if (text == word) {
        into = meaning;
        return;
      }
    }
    reject(value, key, describe());
  }
  Json write(Meaning const& from) const {
    for (auto const& [word, meaning] : words) {
      if (from == meaning) return word;
    }
    return nullptr;
  }
};

/// A choice of words that are stored as they are.
Choice<std::string> one_of(std::vector<std::string> const& words);

/// Null, or what Inner accepts.
template <class Inner>
struct OrNull {
  Inner inner;

  std::string describe() const { return inner.describe() + ", or null"; }
  template <class Type>
  void read(Value const& value, std::string const& key, std::optional<Type>& into) const {
    if (value.kind == Value::Kind::null) {
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

}  // namespace moneta::field
