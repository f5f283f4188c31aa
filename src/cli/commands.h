// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "config/config.h"

namespace moneta {

/// CONFIG [key=value ...], which most commands take.
struct ConfigOptions {
  std::string path;
  std::vector<std::string> overrides;

  /// Throws Error (config), see load_config.
  Config load() const;
};

struct ImportCommandOptions {
  std::vector<std::string> sources;  ///< files and folders
  std::string folder;                ///< that candles are written to
  std::string coin;                  ///< empty: as the sources say
  std::string time_zone;             ///< an offset; empty: as the sources say
  std::string columns;               ///< separated by commas; empty: as the sources say
  bool any_interval = false;
  bool replace = false;
};

struct PrepareCommandOptions : ConfigOptions {
  bool replace = false;  ///< shards that were prepared with other settings
};

struct PlanOptions : ConfigOptions {
  std::size_t ranks = 2;
};

enum class StatusOutput { lines, watch, json };

struct StatusOptions {
  std::string run;  ///< folder
  StatusOutput output = StatusOutput::lines;
};

struct EvaluateOptions {
  std::string run;  ///< folder
  std::string checkpoint = "best";
  std::string shards;  ///< folder; empty: the one that the run was trained on
};

/// Each function carries out one command, prints its results on standard output and returns the
/// exit status. All throw Error.
int synth_command(ConfigOptions const& options);
int import_command(ImportCommandOptions const& options);
int fetch_command(ConfigOptions const& options);
int prepare_command(PrepareCommandOptions const& options);
int plan_command(PlanOptions const& options);
int train_command(ConfigOptions const& options);
int status_command(StatusOptions const& options);
int evaluate_command(EvaluateOptions const& options);
int inspect_command(std::string const& name);

}  // namespace moneta
