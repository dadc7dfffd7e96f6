//===- Files.cpp - Files that are whole or not there ---------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef _GNU_SOURCE
#define _GNU_SOURCE // O_TMPFILE
#endif

#include "Files.h"

#include <atomic>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace ingot::runtime;

//===----------------------------------------------------------------------===//
// Hashes
//===----------------------------------------------------------------------===//

static constexpr uint64_t prime1 = 0x9E3779B185EBCA87u, prime2 = 0xC2B2AE3D27D4EB4Fu, prime3 = 0x165667B19E3779F9u,
                          prime4 = 0x85EBCA77C2B2AE63u, prime5 = 0x27D4EB2F165667C5u;

static uint64_t rotate(uint64_t value, int bits) { return value << bits | value >> (64 - bits); }
static uint64_t mix(uint64_t sum, uint64_t word) { return rotate(sum + word * prime2, 31) * prime1; }
template <typename T> static T load(const unsigned char *at) {
  T value;
  memcpy(&value, at, sizeof(value));
  return value;
}

uint64_t ingot::runtime::hashBytes(const void *data, size_t bytes) {
  const auto *at = static_cast<const unsigned char *>(data), *end = at + bytes;
  uint64_t hash = prime5;
  if (bytes >= 32) {
    uint64_t lanes[4] = {prime1 + prime2, prime2, 0, 0 - prime1};
    for (; end - at >= 32; at += 32)
      for (int i = 0; i < 4; ++i)
        lanes[i] = mix(lanes[i], load<uint64_t>(at + 8 * i));
    hash = rotate(lanes[0], 1) + rotate(lanes[1], 7) + rotate(lanes[2], 12) + rotate(lanes[3], 18);
    for (uint64_t lane : lanes)
      hash = (hash ^ mix(0, lane)) * prime1 + prime4;
  }
  hash += bytes;
  for (; end - at >= 8; at += 8)
    hash = rotate(hash ^ mix(0, load<uint64_t>(at)), 27) * prime1 + prime4;
  for (; end - at >= 4; at += 4)
    hash = rotate(hash ^ load<uint32_t>(at) * prime1, 23) * prime2 + prime3;
  for (; at != end; ++at)
    hash = rotate(hash ^ *at * prime5, 11) * prime1;
  hash = (hash ^ hash >> 33) * prime2;
  hash = (hash ^ hash >> 29) * prime3;
  return hash ^ hash >> 32;
}

//===----------------------------------------------------------------------===//
// Growing
//===----------------------------------------------------------------------===//

Growing::~Growing() { free(bytes); }

size_t Growing::add(const void *from, size_t count) {
  size_t at = used;
  if (failed)
    return at;
  if (count > capacity - used) {
    size_t wanted = used + count > capacity * 2 ? used + count + 256 : capacity * 2;
    auto *larger = count <= SIZE_MAX / 4 ? static_cast<char *>(realloc(bytes, wanted)) : nullptr;
    if (!larger) {
      failed = true;
      return at;
    }
    bytes = larger;
    capacity = wanted;
  }
  if (from && count)
    memcpy(bytes + used, from, count);
  else if (count)
    memset(bytes + used, 0, count);
  used += count;
  return at;
}

//===----------------------------------------------------------------------===//
// New files
//===----------------------------------------------------------------------===//

NewFile::~NewFile() {
  if (fd >= 0)
    close(fd);
  if (temporary) {
    unlink(temporary);
    free(temporary);
  }
  free(folder);
}

ingot_status NewFile::failed(const char *what, int reason) {
  return fail(reason == ENOMEM ? INGOT_STATUS_MEMORY : INGOT_STATUS_SYSTEM, "cannot %s '%s': %s; nothing has been changed", what, path,
              strerror(reason));
}

/// A name in `folder` that no other process or thread uses.
static char *makeName(const char *folder) {
  static std::atomic<unsigned> counter;
  size_t size = strlen(folder) + 64;
  auto *name = static_cast<char *>(malloc(size));
  if (name)
    snprintf(name, size, "%s.ingot-%ld-%u.tmp", folder, long(getpid()), counter.fetch_add(1));
  return name;
}

ingot_status NewFile::open() {
  struct stat info;
  mode_t mode = 0666;
  bool exists = !stat(path, &info);
  // Taking the place of a device or of a folder is not what anybody means.
  if (exists && !S_ISREG(info.st_mode))
    return fail(INGOT_STATUS_SYSTEM, "cannot write '%s': it is no file", path);
  if (exists)
    mode = info.st_mode & 0777;
  const char *slash = strrchr(path, '/');
  folder = strndup(path, slash ? size_t(slash - path) + 1 : 0);
  if (!folder)
    return failed("write", ENOMEM);
#ifdef O_TMPFILE
  // Without a name, so that nothing is left when the program is killed.
  fd = ::open(*folder ? folder : ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, mode);
#endif
  // Not every file system has such files.
  for (int attempt = 0; fd < 0 && attempt < 100; ++attempt) {
    char *name = makeName(folder);
    if (!name)
      return failed("write", ENOMEM);
    fd = ::open(name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, mode);
    int reason = errno;
    if (fd >= 0)
      temporary = name;
    else
      free(name);
    if (fd < 0 && reason != EEXIST)
      return failed("write", reason);
  }
  if (fd < 0)
    return failed("write", EEXIST);
  if (exists)
    fchmod(fd, mode); // a mask does not narrow what was there; no harm where it cannot be set
  return INGOT_STATUS_OK;
}

ingot_status NewFile::write(const void *data, size_t bytes) {
  const auto *at = static_cast<const char *>(data);
  while (bytes) {
    ssize_t wrote = ::write(fd, at, bytes < (size_t(1) << 30) ? bytes : size_t(1) << 30);
    if (wrote < 0 && errno == EINTR)
      continue;
    if (wrote <= 0)
      return failed("write", wrote ? errno : EIO);
    at += wrote;
    bytes -= size_t(wrote);
  }
  return INGOT_STATUS_OK;
}

static bool synchronize(int fd) { return !fsync(fd) || errno == EINVAL || errno == ENOSYS; }

ingot_status NewFile::commit() {
  if (!synchronize(fd))
    return failed("write", errno);
  for (int attempt = 0; !temporary && attempt < 100; ++attempt) {
    char source[64];
    snprintf(source, sizeof(source), "/proc/self/fd/%d", fd);
    char *name = makeName(folder);
    if (!name)
      return failed("write", ENOMEM);
    if (!linkat(AT_FDCWD, source, AT_FDCWD, name, AT_SYMLINK_FOLLOW)) {
      temporary = name;
      break;
    }
    int reason = errno;
    free(name);
    if (reason != EEXIST)
      return failed("write", reason);
  }
  if (!temporary)
    return failed("write", EEXIST);
  int result = close(fd);
  fd = -1;
  if (result)
    return failed("write", errno);
  // What a symbolic link names is replaced, not the link.
  char *real = realpath(path, nullptr);
  result = rename(temporary, real ? real : path);
  int reason = errno;
  free(real);
  if (result)
    return failed("replace", reason);
  free(temporary);
  temporary = nullptr;
  int folderFd = ::open(*folder ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  bool ok = folderFd >= 0 && synchronize(folderFd);
  reason = errno;
  if (folderFd >= 0)
    close(folderFd);
  return ok ? INGOT_STATUS_OK
            : fail(INGOT_STATUS_SYSTEM, "'%s' has been written, but its folder cannot be forced to the disk: %s", path, strerror(reason));
}

//===----------------------------------------------------------------------===//
// Old files
//===----------------------------------------------------------------------===//

OldFile::~OldFile() {
  if (fd >= 0)
    close(fd);
}

ingot_status OldFile::open() {
  struct stat info;
  fd = ::open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); // a pipe without a writer must not stop the program
  if (fd < 0)
    return fail(INGOT_STATUS_NOT_FOUND, "cannot open '%s': %s", path, strerror(errno));
  if (fstat(fd, &info) || !S_ISREG(info.st_mode))
    return fail(INGOT_STATUS_STATE, "'%s' is no file", path);
  bytes = uint64_t(info.st_size);
  return INGOT_STATUS_OK;
}

ingot_status OldFile::read(uint64_t offset, void *to, size_t count) {
  auto *at = static_cast<char *>(to);
  while (count) {
    ssize_t got = pread(fd, at, count < (size_t(1) << 30) ? count : size_t(1) << 30, off_t(offset));
    if (got < 0 && errno == EINTR)
      continue;
    if (got <= 0)
      return fail(INGOT_STATUS_SYSTEM, "cannot read '%s': %s", path, got ? strerror(errno) : "it became shorter");
    at += got;
    offset += uint64_t(got);
    count -= size_t(got);
  }
  return INGOT_STATUS_OK;
}

//===----------------------------------------------------------------------===//
// Selections
//===----------------------------------------------------------------------===//

Selection::~Selection() {
  if (hasExpression)
    regfree(&expression);
}

ingot_status Selection::read(const ingot_file_options *from, uint32_t defaultKinds) {
  if (from) {
    if (from->struct_bytes < sizeof(size_t))
      return fail(INGOT_STATUS_ARGUMENT, "ingot_file_options.struct_bytes is not set");
    memcpy(&options, from, from->struct_bytes < sizeof(options) ? from->struct_bytes : sizeof(options));
  }
  if (options.kinds >= INGOT_KIND_BIT(INGOT_BUFFER + 1) || options.flags & ~INGOT_FILE_PARTIAL)
    return fail(INGOT_STATUS_ARGUMENT, "ingot_file_options: unknown kinds or flags");
  kinds = options.kinds ? options.kinds : defaultKinds;
  if (!options.names)
    return INGOT_STATUS_OK;
  int code = regcomp(&expression, options.names, REG_EXTENDED | REG_NOSUB);
  if (code) {
    char reason[128];
    regerror(code, &expression, reason, sizeof(reason));
    return fail(INGOT_STATUS_ARGUMENT, "'%s' is no regular expression: %s", options.names, reason);
  }
  hasExpression = true;
  return INGOT_STATUS_OK;
}

bool Selection::has(int32_t kind, const char *name) const {
  return has(kind) && (!hasExpression || !regexec(&expression, name, 0, nullptr, 0));
}

const char *ingot::runtime::ownerName(const m::TrainingInfo *training, int32_t variable) {
  const m::VariableInfo *info = training->variables()->Get(uint32_t(variable));
  bool belongs = info->kind() == m::VariableKind_Gradient || info->kind() == m::VariableKind_Slot;
  if (belongs && info->parameter() >= 0)
    info = training->variables()->Get(uint32_t(info->parameter()));
  return info->tensor()->name()->c_str();
}

bool Selection::has(const m::TrainingInfo *training, int32_t variable) const {
  return has(training->variables()->Get(uint32_t(variable))->kind(), ownerName(training, variable));
}

void Selection::report(const char *format, ...) const {
  if (!options.report)
    return;
  char text[512];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof(text), format, arguments);
  va_end(arguments);
  options.report(options.user, text);
}

//===----------------------------------------------------------------------===//
// Staged values
//===----------------------------------------------------------------------===//

Staged::~Staged() {
  free(offsets);
  free(memory);
}

ingot_status Staged::begin() {
  offsets = static_cast<int64_t *>(malloc(size_t(state.variableCount + 1) * sizeof(int64_t)));
  for (int32_t i = 0; offsets && i < state.variableCount; ++i)
    offsets[i] = -1;
  return offsets ? INGOT_STATUS_OK : fail(INGOT_STATUS_MEMORY, "out of memory");
}

void Staged::want(int32_t variable) {
  offsets[variable] = total;
  total += (state.variables[variable].bytes + 63) / 64 * 64;
}

ingot_status Staged::reserve() {
  for (int32_t i = 0; i < state.variableCount; ++i)
    if (wants(i))
      if (ingot_status status = needVariable(state, i))
        return status;
  memory = static_cast<char *>(malloc(total ? size_t(total) : 1));
  return memory ? INGOT_STATUS_OK : fail(INGOT_STATUS_MEMORY, "out of memory: the values need %lld bytes", static_cast<long long>(total));
}

void Staged::commit() {
  for (int32_t i = 0; i < state.variableCount; ++i)
    if (wants(i) && state.variables[i].bytes)
      memcpy(state.variables[i].data, of(i), size_t(state.variables[i].bytes));
}
