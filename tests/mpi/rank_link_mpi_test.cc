// SPDX-License-Identifier: Apache-2.0
// The end of a run that fails on all ranks at once: what rank 0 writes to the log.
#include "coord/rank_link.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "mpi/test_session.h"
#include "run/run_folder.h"
#include "support/scratch_folder.h"

namespace moneta {
namespace {

/// A run in a folder of rank 0.
struct LinkedRanks {
  LinkedRanks() {
    config.run.folder = folder.path().string();
    config.run.name = "failing";
    std::unique_ptr<Rank0Service> service;
    if (session->rank() == 0) {
      opened = open_run(config);
      service = std::make_unique<Rank0Service>(config, opened.index, session->size());
    }
    link.emplace(*session, std::move(service), 0);
  }

  /// The lines of the event log, oldest first.
  std::vector<std::string> events() const {
    std::vector<std::string> lines;
    for (auto const& entry : std::filesystem::directory_iterator(RunFolder(config).log())) {
      if (!entry.path().filename().string().starts_with("events-")) continue;
      std::ifstream file(entry.path());
      for (std::string line; std::getline(file, line);) lines.push_back(line);
    }
    return lines;
  }

  ScratchFolder folder;
  Config config;
  OpenedRun opened;
  std::optional<RankLink> link;
};

bool has(std::string const& line, std::string const& part) {
  return line.find(part) != std::string::npos;
}

TEST(RankLink, ReportsWhatAllRanksPostedBeforeTheyFailedTogether) {
  LinkedRanks ranks;
  ranks.link->post(EventRecord{.severity = Severity::warning,
                               .event = Event::out_of_memory,
                               .message = "a shortage",
                               .rank = session->rank()});
  std::size_t const failing = session->size() - 1;
  ranks.link->fail_together(CollectiveError(Error(ErrorKind::device, "its GPU is lost"), failing));
  if (session->rank() > 0) return;
  std::size_t shortages = 0, shortages_before_failure = 0;
  for (std::string const& line : ranks.events()) {
    if (has(line, "\"event.action\":\"out_of_memory\"")) ++shortages;
    if (!has(line, "\"event.action\":\"run_failed\"")) continue;
    shortages_before_failure = shortages;
    EXPECT_TRUE(has(line, "its GPU is lost")) << line;
    EXPECT_TRUE(has(line, fmt::format("\"rank\":{}", failing))) << line;
  }
  EXPECT_EQ(shortages_before_failure, session->size());
}

}  // namespace
}  // namespace moneta
