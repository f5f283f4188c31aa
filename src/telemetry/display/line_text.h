// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>

namespace moneta {

enum class Glyphs { ascii, unicode };

/// A bar of `columns` columns that is filled up to `fraction`, in steps of a column (ascii) or an
/// eighth of a column (unicode).
std::string progress_bar(double fraction, std::size_t columns, Glyphs glyphs);

/// "0.8123", from 1000 on "1.23e+05"; "-" if the loss is not finite.
std::string loss_text(double loss);

/// "1,234"; "0" if the count is not finite.
std::string count_text(double count);

}  // namespace moneta
