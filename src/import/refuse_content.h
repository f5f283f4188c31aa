// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace moneta {

/// Throws Error (data) that says what the bytes are, and what to do, if they are no CSV or JSON
/// text: Arrow, Parquet and other binary files, a Git LFS pointer, a web page, UTF-16, nothing.
void refuse_other_content(std::string_view bytes, std::string const& name);

}  // namespace moneta
