//===- MappedFile.cpp - A file's bytes without copying them -------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "utils/support/MappedFile.h"

#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/SmallVector.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <linux/openat2.h>
#include <map>
#include <mutex>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace ingot {

static Status cannotOpen(llvm::StringRef path, int error) {
  std::string message = ("cannot open '" + path + "': " + std::strerror(error)).str();
  bool resources = error == ENOMEM || error == EMFILE || error == ENFILE || error == EIO;
  return resources ? Status::system(message) : Status::badInput(message);
}

//===----------------------------------------------------------------------===//
// Pages
//===----------------------------------------------------------------------===//

namespace {
// What is mapped: first address -> bytes. Only there may pages be dropped: elsewhere their contents would be lost.
struct Mappings {
  std::mutex mutex;
  std::map<uintptr_t, size_t> sizes;
  static Mappings &get() {
    static Mappings one;
    return one;
  }
};
} // namespace

void MappedFile::releasePages(llvm::ArrayRef<char> bytes) {
  constexpr uintptr_t page = 4096;
  uintptr_t begin = reinterpret_cast<uintptr_t>(bytes.data()), end = begin + bytes.size();
  Mappings &mappings = Mappings::get();
  std::lock_guard<std::mutex> lock(mappings.mutex);
  auto next = mappings.sizes.upper_bound(begin);
  if (bytes.empty() || next == mappings.sizes.begin() || end > std::prev(next)->first + std::prev(next)->second)
    return;
  // Pages at the ends may be shared with neighbours, which read them again then.
  begin = begin / page * page;
  ::madvise(reinterpret_cast<void *>(begin), end - begin, MADV_DONTNEED);
}

void MappedFile::releaseAllPages() {
  Mappings &mappings = Mappings::get();
  std::lock_guard<std::mutex> lock(mappings.mutex);
  for (auto [begin, size] : mappings.sizes)
    ::madvise(reinterpret_cast<void *>(begin), size, MADV_DONTNEED);
}

//===----------------------------------------------------------------------===//
// Files
//===----------------------------------------------------------------------===//

MappedFile::~MappedFile() {
  if (!data)
    return;
  Mappings &mappings = Mappings::get();
  std::lock_guard<std::mutex> lock(mappings.mutex);
  mappings.sizes.erase(reinterpret_cast<uintptr_t>(data));
  ::munmap(const_cast<char *>(data), size);
}

Status MappedFile::map(int fd, const std::string &path, bool allowHardLinks, std::shared_ptr<MappedFile> &file) {
  struct stat info;
  if (::fstat(fd, &info) != 0)
    return cannotOpen(path, errno);
  if (!S_ISREG(info.st_mode))
    return Status::badInput("'" + path + "' is not a regular file");
  if (!allowHardLinks && info.st_nlink != 1)
    return Status::badInput("'" + path + "' has more than one hard link, which external data may not have");
  auto mapped = std::shared_ptr<MappedFile>(new MappedFile());
  if (info.st_size > 0) {
    void *address = ::mmap(nullptr, info.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (address == MAP_FAILED)
      return Status::system("cannot map '" + path + "': " + std::strerror(errno));
    mapped->data = static_cast<const char *>(address);
    mapped->size = info.st_size;
    Mappings &mappings = Mappings::get();
    std::lock_guard<std::mutex> lock(mappings.mutex);
    mappings.sizes[reinterpret_cast<uintptr_t>(address)] = mapped->size;
  }
  file = std::move(mapped);
  return Status::success();
}

Status MappedFile::open(llvm::StringRef path, std::shared_ptr<MappedFile> &file) {
  std::string name = path.str();
  int fd = ::open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0)
    return cannotOpen(name, errno);
  llvm::scope_exit close([&] { ::close(fd); });
  return map(fd, name, /*allowHardLinks=*/true, file);
}

Status MappedFile::openBeneath(llvm::StringRef folder, llvm::StringRef location, std::shared_ptr<MappedFile> &file) {
  auto refuse = [&](const llvm::Twine &why) { return Status::badInput("external data location '" + location + "' " + why); };
  if (location.empty())
    return Status::badInput("external data has an empty location");
  if (location.contains('\0'))
    return refuse("holds a NUL byte");
  if (location.contains('\\'))
    return refuse("holds a backslash");
  if (location.starts_with("/"))
    return refuse("is absolute; it must be relative to the model's folder");
  llvm::SmallVector<llvm::StringRef> parts;
  location.split(parts, '/');
  if (llvm::is_contained(parts, ".."))
    return refuse("leaves the model's folder by '..'");

  std::string base = folder.empty() ? "." : folder.str(), name = location.str();
  int dir = ::open(base.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (dir < 0)
    return cannotOpen(base, errno);
  llvm::scope_exit closeDir([&] { ::close(dir); });
  struct open_how how = {};
  how.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  int fd = static_cast<int>(::syscall(SYS_openat2, dir, name.c_str(), &how, sizeof how));
  if (fd < 0 && (errno == ELOOP || errno == EXDEV))
    return refuse("leads through a symbolic link or out of the model's folder");
  if (fd < 0 && errno == ENOSYS)
    return Status::system("this kernel has no openat2, without which external data cannot be opened safely");
  if (fd < 0)
    return cannotOpen(base + "/" + name, errno);
  llvm::scope_exit close([&] { ::close(fd); });
  return map(fd, base + "/" + name, /*allowHardLinks=*/false, file);
}

} // namespace ingot
