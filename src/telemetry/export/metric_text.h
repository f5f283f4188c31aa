// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace moneta {

enum class MetricType { gauge, counter };

/// Names and values of the labels of a sample. Values may contain any text.
using Labels = std::vector<std::pair<std::string_view, std::string>>;

/// Metrics in the text format of Prometheus. All samples of a metric follow its `begin`.
class MetricText {
 public:
  /// Starts the metric of the next samples. `name` has only letters, digits and '_'.
  void begin(std::string_view name, MetricType type, std::string_view help);
  /// `value` may be NaN or infinite.
  void sample(Labels const& labels, double value);

  std::string const& text() const { return text_; }

 private:
  std::string text_, name_;
};

}  // namespace moneta
