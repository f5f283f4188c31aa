// SPDX-License-Identifier: Apache-2.0
#include "io/file.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "support/expect_error.h"
#include "support/scratch_folder.h"

namespace moneta {
namespace {
namespace fs = std::filesystem;

bool is_open(int file) { return ::fcntl(file, F_GETFD) >= 0; }

TEST(Descriptor, ClosesItsFileOnce) {
  int number = -1;
  {
    Descriptor const file("/dev/null", O_RDONLY | O_CLOEXEC);
    ASSERT_TRUE(file.is_open());
    number = file.get();
    EXPECT_TRUE(is_open(number));
  }
  EXPECT_FALSE(is_open(number));
  Descriptor file("/dev/null", O_RDONLY | O_CLOEXEC);
  EXPECT_EQ(file.close(), 0);
  EXPECT_FALSE(file.is_open());
  EXPECT_EQ(file.close(), 0);
}

TEST(Descriptor, MovesOwnership) {
  Descriptor first("/dev/null", O_RDONLY | O_CLOEXEC);
  int const number = first.get();
  Descriptor second(std::move(first));
  EXPECT_FALSE(first.is_open());
  EXPECT_EQ(second.get(), number);
  Descriptor third("/dev/null", O_RDONLY | O_CLOEXEC);
  int const replaced = third.get();
  third = std::move(second);
  EXPECT_FALSE(is_open(replaced));
  EXPECT_EQ(third.get(), number);
  EXPECT_TRUE(is_open(number));
}

TEST(Descriptor, LeavesTheReasonOfAFailureInErrno) {
  ScratchFolder const folder;
  Descriptor const file(folder / "missing", O_RDONLY | O_CLOEXEC);
  EXPECT_EQ(errno, ENOENT);
  EXPECT_FALSE(file.is_open());
}

TEST(Transfers, ReportTheirBytesAndErrors) {
  ScratchFolder const folder;
  Descriptor const file(folder / "a", O_RDWR | O_CREAT | O_CLOEXEC);
  Transfer const written = write_all(file.get(), "abcdef");
  EXPECT_EQ(written.bytes, 6u);
  EXPECT_EQ(written.error, 0);

  std::array<std::byte, 4> bytes{};
  Transfer const read = pread_all(file.get(), 1, bytes);
  EXPECT_EQ(read.bytes, 4u);
  EXPECT_EQ(bytes[0], std::byte{'b'});
  Transfer const at_the_end = pread_all(file.get(), 4, bytes);
  EXPECT_EQ(at_the_end.bytes, 2u);
  EXPECT_EQ(at_the_end.error, 0);
  Transfer const next = read_some(file.get(), bytes);  // the file position is at the end
  EXPECT_EQ(next.bytes, 0u);
  EXPECT_EQ(next.error, 0);

  EXPECT_EQ(write_all(-1, "abc").error, EBADF);
  EXPECT_EQ(read_some(-1, bytes).error, EBADF);
  EXPECT_EQ(pread_all(-1, 0, bytes).error, EBADF);
  Descriptor const full("/dev/full", O_WRONLY | O_CLOEXEC);
  EXPECT_EQ(write_all(full.get(), "abc").error, ENOSPC);
}

TEST(WriteFile, ReplacesTheContentsAndNamesTheFileInErrors) {
  ScratchFolder const folder;
  write_bytes(folder / "a", "longer than the new text");
  write_file(folder / "a", "text", folder / "a");
  EXPECT_EQ(read_bytes(folder / "a"), "text");
  expect_error(ErrorKind::disk, "cannot write 'named' (No space left on device)",
               [] { write_file("/dev/full", "text", "named"); });
}

TEST(ReadFile, ReturnsAllBytes) {
  ScratchFolder const folder;
  for (std::size_t const size : {0u, 1u, 65'536u, 65'537u, 1'000'000u}) {
    std::string const text(size, 'y');
    write_bytes(folder / "a", text);
    EXPECT_TRUE(read_file(folder / "a", 1'000'000) == text) << size;
  }
}

TEST(ReadFile, StopsAtTheLimit) {
  ScratchFolder const folder;
  write_bytes(folder / "a", "12345");
  EXPECT_EQ(read_file(folder / "a", 5), "12345");
  expect_error(ErrorKind::data, "is too large (more than 4 bytes)",
               [&] { (void)read_file(folder / "a", 4); });
  expect_error(ErrorKind::data, "is too large (more than 1000 bytes)",
               [] { (void)read_file("/dev/zero", 1000); });
}

TEST(ReadFile, NamesTheFileThatCannotBeRead) {
  ScratchFolder const folder;
  expect_error(ErrorKind::data, "missing' (No such file or directory)",
               [&] { (void)read_file(folder / "missing", 10); });
  expect_error(ErrorKind::data, "(Is a directory). Is it a file?",
               [&] { (void)read_file(folder.path(), 10); });
}

TEST(CreateFolder, CreatesMissingParents) {
  ScratchFolder const folder;
  create_folder(folder / "a/b/c/");
  create_folder(folder / "a/b");
  EXPECT_TRUE(fs::is_directory(folder / "a/b/c"));
}

TEST(CreateFolder, DoesNotReplaceAFile) {
  ScratchFolder const folder;
  write_bytes(folder / "file", "text");
  expect_error(ErrorKind::disk,
               fmt::format("cannot create the folder '{}' (", (folder / "file").string()),
               [&] { create_folder(folder / "file/below"); });
}

}  // namespace
}  // namespace moneta
