// SPDX-License-Identifier: Apache-2.0
#include "crash/disk_model.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string_view>

namespace moneta {

namespace {

using Kind = DiskChange::Kind;

/// The folder that contains a name: "" or "A/".
std::string folder_of(std::string const& path) {
  auto const slash = path.find_last_of('/', path.size() - 2);
  return slash == path.npos ? "" : path.substr(0, slash + 1);
}

bool makes_durable(DiskChange const& sync, DiskChange const& change) {
  if (change.kind == Kind::write) {
    return sync.kind == Kind::sync_file && sync.inode == change.inode;
  }
  return sync.kind == Kind::sync_folder && sync.path == folder_of(change.path);
}

/// Files and folders while changes are applied.
class Disk {
 public:
  Disk(FileTree const& start, std::map<std::string, std::size_t> const& inodes) : names_(inodes) {
    for (auto const& [name, inode] : inodes) contents_[inode] = start.at(name);
    for (auto const& [name, bytes] : start) {
      if (name.ends_with('/')) folders_[name] = true;
    }
  }

  void apply(DiskChange const& change) {
    switch (change.kind) {
      case Kind::make_folder:
        folders_[change.path] = true;
        break;
      case Kind::create:
        names_[change.path] = change.inode;
        break;
      case Kind::write:
        write(contents_[change.inode], change.offset, change.bytes);
        break;
      case Kind::rename:
        names_.erase(change.path);
        names_[change.to] = change.inode;
        break;
      case Kind::remove:
        names_.erase(change.path);
        break;
      case Kind::sync_file:
      case Kind::sync_folder:
        break;
    }
  }

  static void write(std::string& content, std::size_t offset, std::string const& bytes) {
    if (content.size() < offset + bytes.size()) content.resize(offset + bytes.size());
    content.replace(offset, bytes.size(), bytes);
  }

  FileTree tree() const {
    FileTree tree;
    for (auto const& [name, there] : folders_) tree[name];
    for (auto const& [name, inode] : names_) {
      std::string const folder = folder_of(name);
      if (!folder.empty() && !folders_.contains(folder)) continue;  // the folder was lost
      auto const content = contents_.find(inode);
      tree[name] = content == contents_.end() ? "" : content->second;
    }
    return tree;
  }

 private:
  std::map<std::string, std::size_t> names_;
  std::map<std::size_t, std::string> contents_;
  std::map<std::string, bool> folders_;
};

}  // namespace

DiskRecorder::DiskRecorder(std::string folder, FileTree const& start) : folder_(std::move(folder)) {
  for (auto const& [name, bytes] : start) {
    if (!name.ends_with('/')) first_inodes_[name] = next_inode_++;
  }
  inodes_ = first_inodes_;
}

std::string DiskRecorder::relative(std::string const& path) const {
  return path.size() <= folder_.size() ? "" : path.substr(folder_.size() + 1);
}

IoAnswer DiskRecorder::before(IoCall const& call) {
  std::string_view const name = call.name;
  // Recorded before the call, because the name may not exist afterwards.
  if (name == "unlink" && inodes_.contains(relative(call.path))) {
    std::string const path = relative(call.path);
    changes_.push_back({Kind::remove, path, "", inodes_.at(path), 0, ""});
    inodes_.erase(path);
  }
  return {0, name == "fsync"};
}

void DiskRecorder::opened(IoCall const& call, int file) {
  std::string const path = relative(call.path);
  positions_[file] = 0;
  if ((call.flags & O_CREAT) == 0) return;
  EXPECT_FALSE(inodes_.contains(path)) << path << " is written in place";
  inodes_[path] = next_inode_++;
  changes_.push_back({Kind::create, path, "", inodes_.at(path), 0, ""});
}

void DiskRecorder::after(IoCall const& call, long result) {
  std::string_view const name = call.name;
  if (result < 0) return;
  std::string const path = relative(call.path);
  if (name == "open") {
    opened(call, static_cast<int>(result));
  } else if (name == "mkdir") {
    changes_.push_back({Kind::make_folder, path + '/', "", 0, 0, ""});
  } else if (name == "write") {
    auto const* const bytes = static_cast<char const*>(call.bytes);
    auto const size = static_cast<std::size_t>(result);
    std::size_t& position = positions_.at(call.file);
    changes_.push_back({Kind::write, path, "", inodes_.at(path), position, {bytes, size}});
    position += size;
  } else if (name == "fsync") {
    auto const inode = inodes_.find(path);
    if (inode == inodes_.end()) {
      changes_.push_back({Kind::sync_folder, path.empty() ? "" : path + '/', "", 0, 0, ""});
    } else {
      changes_.push_back({Kind::sync_file, path, "", inode->second, 0, ""});
    }
  } else if (name == "rename") {
    std::size_t const inode = inodes_.at(path);
    changes_.push_back({Kind::rename, path, relative(call.to), inode, 0, ""});
    EXPECT_EQ(folder_of(path), folder_of(relative(call.to))) << "no rename between folders";
    inodes_.erase(path);
    inodes_[relative(call.to)] = inode;
  }
}

CrashedDisk::CrashedDisk(FileTree const& start, DiskRecorder const& recorder, std::size_t count)
    : start_(start), recorder_(recorder), count_(count) {
  auto const& changes = recorder.changes();
  auto const end = changes.begin() + static_cast<std::ptrdiff_t>(count);
  for (std::size_t i = 0; i < count; ++i) {
    auto const later = changes.begin() + static_cast<std::ptrdiff_t>(i);
    bool const is_durable = std::any_of(
        later, end, [&](DiskChange const& sync) { return makes_durable(sync, changes[i]); });
    if (changes[i].changes() && !is_durable) pending_.push_back(i);
  }
}

FileTree CrashedDisk::state(CrashChoice const& choice) const {
  auto const& changes = recorder_.changes();
  std::size_t last_write = count_;
  for (std::size_t p = 0; p < pending_.size(); ++p) {
    if (!choice.lost[p] && changes[pending_[p]].kind == Kind::write) last_write = pending_[p];
  }
  Disk disk(start_, recorder_.first_inodes());
  for (std::size_t i = 0, p = 0; i < count_; ++i) {
    bool const is_pending = p < pending_.size() && pending_[p] == i;
    bool const is_lost = is_pending && choice.lost[p];
    p += is_pending ? 1 : 0;
    DiskChange change = changes[i];
    if (is_lost && !(choice.zeros && change.kind == Kind::write)) continue;
    if (is_lost) change.bytes.assign(change.bytes.size(), '\0');
    if (i == last_write && choice.kept < change.bytes.size()) change.bytes.resize(choice.kept);
    disk.apply(change);
  }
  return disk.tree();
}

}  // namespace moneta
