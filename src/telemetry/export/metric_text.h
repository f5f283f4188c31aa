// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace moneta {

enum class MetricType { gauge, counter };

/// Names and values of a metric's labels; values may hold any text.
using Labels = std::vector<std::pair<std::string_view, std::string>>;

/// Metrics in Prometheus' text format. All samples of a metric follow its `begin`.
class MetricText {
 public:
  /// What the next samples are. `name` has letters, digits and '_' only.
  void begin(std::string_view name, MetricType type, std::string_view help);
  /// NaN and infinities are values like others.
  void sample(Labels const& labels, double value);

  std::string const& text() const { return text_; }

 private:
  std::string text_, name_;
};

}  // namespace moneta
