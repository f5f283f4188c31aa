// SPDX-License-Identifier: Apache-2.0
#include "telemetry/logging/log_steps.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "io/line_writer.h"
#include "io/text_reader.h"
#include "support/expect_error.h"
#include "support/file_size_limit.h"
#include "telemetry/fresh_folder.h"

namespace moneta {
namespace {
namespace fs = std::filesystem;

constexpr char const* name = "epochs-2026-11-25.1.jsonl";

class LogSteps : public testing::Test {
 protected:
  LogSteps() {
    for (int i = 0; i < 500; ++i)
      text += fmt::format("{{\"line\":{},\"noise\":{}}}\n", i, std::rand());
    folder.write(name, text);
  }
  LogFile file() const { return log_files(folder.path(), "epochs").at(0); }
  std::string gz() const { return name + std::string(".gz"); }
  bool exists(std::string const& each) const { return fs::exists(folder / each); }
  void write_gzip(std::string_view content) const {
    LineWriter writer(folder / gz(), TextFormat::gzip);
    writer.write(content);
    writer.close();
  }

  FreshFolder folder;
  std::string text;
};

TEST_F(LogSteps, CompressReplacesThePlainFileByTheSameText) {
  CompressedLog const done = compress_log(file());
  EXPECT_EQ(done.bytes_before, text.size());
  EXPECT_EQ(done.bytes_after, fs::file_size(folder / gz()));
  EXPECT_LT(done.bytes_after, done.bytes_before / 2);
  EXPECT_EQ(done.file.path, folder / gz());
  EXPECT_TRUE(done.file.compressed);
  EXPECT_FALSE(exists(name));
  std::string again;
  read_log(file(), [&](std::string_view line) { again += std::string(line) + "\n"; });
  EXPECT_EQ(again, text);
}

TEST_F(LogSteps, CompressCompletesAnInterruptedCompression) {
  write_gzip(text);
  std::string const compressed = folder.read(gz());
  compress_log(file());
  EXPECT_FALSE(exists(name));
  EXPECT_EQ(folder.read(gz()), compressed);
}

TEST_F(LogSteps, CompressReplacesADamagedCompressedFile) {
  write_gzip(text);
  fs::resize_file(folder / gz(), fs::file_size(folder / gz()) - 5);
  compress_log(file());
  EXPECT_FALSE(exists(name));
  EXPECT_EQ(digest_of_text(folder / gz()).bytes, text.size());
}

TEST_F(LogSteps, CompressKeepsBothFilesIfTheirTextsDiffer) {
  write_gzip("another");
  expect_error(ErrorKind::disk, "its text differs from that of the log without .gz",
               [&] { compress_log(file()); });
  EXPECT_EQ(folder.read(name), text);
  EXPECT_EQ(digest_of_text(folder / gz()).bytes, 7u);
}

TEST_F(LogSteps, CompressKeepsAnEntryThatIsNotARegularFile) {
  folder.write("elsewhere", "");
  fs::create_symlink(folder / "elsewhere", folder / gz());
  expect_error(ErrorKind::disk, "is in the way (it is not a regular file)",
               [&] { compress_log(file()); });
  EXPECT_TRUE(fs::is_symlink(folder / gz()));
  EXPECT_EQ(folder.read(name), text);
}

TEST_F(LogSteps, CompressKeepsThePlainFileOnAFullDisk) {
  FileSizeLimit const full(100);
  expect_error(ErrorKind::disk, "cannot write '", [&] { compress_log(file()); });
  EXPECT_EQ(folder.read(name), text);
  EXPECT_FALSE(exists(gz()));
  EXPECT_FALSE(exists(gz() + ".tmp"));
}

TEST_F(LogSteps, RemoveLeftoversRemovesTemporariesOfLogFilesOnly) {
  folder.write(gz() + ".tmp", "half");
  for (char const* const other : {"epochs-2026-11-25.jsonl.tmp", "a.jsonl.gz.tmp", ".tmp",
                                  "epochs-2026-11-31.jsonl.gz.tmp", "epochs.tmp"}) {
    folder.write(other, "not ours");
  }
  fs::create_directory(folder / "events-2026-11-25.jsonl.gz.tmp");
  remove_leftover_logs(folder.path());
  EXPECT_FALSE(exists(gz() + ".tmp"));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), {}), 7);
}

TEST_F(LogSteps, RemoveRemovesBothForms) {
  write_gzip(text);
  remove_log(file());
  EXPECT_TRUE(fs::is_empty(folder.path()));
}

TEST_F(LogSteps, BackUpPassesSha256sumAndIsDoneOnce) {
  EXPECT_TRUE(back_up_log(file(), folder / "backup/run"));
  EXPECT_EQ(folder.read(fmt::format("backup/run/{}", name)), text);
  std::string const check =
      "cd '" + (folder / "backup/run").string() + "' && sha256sum --strict -c *.sha256 >/dev/null";
  EXPECT_EQ(std::system(check.c_str()), 0);
  EXPECT_FALSE(back_up_log(file(), folder / "backup/run"));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder / "backup/run"), {}), 2);
}

TEST_F(LogSteps, BackUpCompletesAnInterruptedBackup) {
  folder.write(fmt::format("backup/{}", name), text);
  EXPECT_TRUE(back_up_log(file(), folder / "backup")) << "without its digest";
  fs::remove(folder / "backup" / name);
  folder.write(fmt::format("backup/{}.tmp", name), "half");
  EXPECT_TRUE(back_up_log(file(), folder / "backup")) << "without the copy";
  EXPECT_EQ(folder.read(fmt::format("backup/{}", name)), text);
  EXPECT_FALSE(fs::exists(folder / fmt::format("backup/{}.tmp", name)));
}

TEST_F(LogSteps, BackUpKeepsForeignFiles) {
  folder.write(fmt::format("copy/{}", name), "foreign");
  expect_error(ErrorKind::disk, "it belongs to another log",
               [&] { back_up_log(file(), folder / "copy"); });
  EXPECT_EQ(folder.read(fmt::format("copy/{}", name)), "foreign");
  EXPECT_FALSE(fs::exists(folder / fmt::format("copy/{}.sha256", name)));

  folder.write(fmt::format("digest/{}.sha256", name), "foreign");
  expect_error(ErrorKind::disk, "it belongs to another log",
               [&] { back_up_log(file(), folder / "digest"); });

  folder.write("elsewhere", "");
  for (std::string const link : {"", ".sha256"}) {
    fs::path const links = folder / ("links" + link);
    fs::create_directory(links);
    fs::create_symlink(folder / "elsewhere", links / (name + link));
    expect_error(ErrorKind::disk, "is in the way (it is not a regular file)",
                 [&] { back_up_log(file(), links); });
  }
  EXPECT_EQ(folder.read("elsewhere"), "");
}

TEST_F(LogSteps, BackUpLeavesNoPartialFileOnAFullDisk) {
  {
    FileSizeLimit const full(100);
    expect_error(ErrorKind::disk, "cannot write '",
                 [&] { back_up_log(file(), folder / "backup"); });
  }
  EXPECT_TRUE(fs::is_empty(folder / "backup"));
  EXPECT_TRUE(back_up_log(file(), folder / "backup"));
}

}  // namespace
}  // namespace moneta
