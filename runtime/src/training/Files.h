//===- Files.h - Files that are whole or not there ------------------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_RUNTIME_SRC_TRAINING_FILES_H
#define INGOT_RUNTIME_SRC_TRAINING_FILES_H

#include "Training.h"

#include <regex.h>

namespace ingot::runtime {

/// XXH64 with seed 0.
uint64_t hashBytes(const void *data, size_t bytes);

/// Bytes that grow; `ok` is false when memory was missing, and stays so.
class Growing {
public:
  Growing() = default;
  Growing(const Growing &) = delete;
  Growing &operator=(const Growing &) = delete;
  ~Growing();
  char *data() { return bytes; }
  const char *data() const { return bytes; }
  size_t size() const { return used; }
  bool ok() const { return !failed; }
  /// Appends bytes (zeros for a null pointer) and returns where they begin.
  size_t add(const void *from, size_t count);
  void addText(const char *text) { add(text, strlen(text)); }
  /// Appends zeros up to a multiple of `alignment`.
  void align(size_t alignment) { add(nullptr, (alignment - used % alignment) % alignment); }

private:
  char *bytes = nullptr;
  size_t used = 0, capacity = 0;
  bool failed = false;
};

/// Writes a file that takes the place of `path` when it is complete, and leaves nothing behind otherwise.
class NewFile {
public:
  explicit NewFile(const char *path) : path(path) {}
  ~NewFile();
  NewFile(const NewFile &) = delete;
  NewFile &operator=(const NewFile &) = delete;
  ingot_status open();
  ingot_status write(const void *data, size_t bytes);
  ingot_status commit();

private:
  ingot_status failed(const char *what, int reason);
  const char *path;
  char *folder = nullptr;    ///< of the path
  char *temporary = nullptr; ///< its name, from the time on when it has one
  int fd = -1;
};

/// A regular file that is read piece by piece.
class OldFile {
public:
  explicit OldFile(const char *path) : path(path) {}
  ~OldFile();
  OldFile(const OldFile &) = delete;
  OldFile &operator=(const OldFile &) = delete;
  ingot_status open();
  ingot_status read(uint64_t offset, void *to, size_t bytes);
  uint64_t size() const { return bytes; }
  const char *name() const { return path; }

private:
  const char *path;
  int fd = -1;
  uint64_t bytes = 0;
};

/// Which variables a call is about.
class Selection {
public:
  Selection() = default;
  ~Selection();
  Selection(const Selection &) = delete;
  Selection &operator=(const Selection &) = delete;
  /// `defaultKinds` where the options name none.
  ingot_status read(const ingot_file_options *from, uint32_t defaultKinds);
  bool has(int32_t kind) const { return kinds >> kind & 1; }
  /// `name`: of a gradient or slot, that of its parameter.
  bool has(int32_t kind, const char *name) const;
  bool has(const m::TrainingInfo *training, int32_t variable) const;
  bool isPartial() const { return options.flags & INGOT_FILE_PARTIAL; }
  void report(const char *format, ...) const __attribute__((format(printf, 2, 3)));

  ingot_file_options options = {};
  uint32_t kinds = 0;

private:
  regex_t expression;
  bool hasExpression = false;
};

/// The name of a variable's parameter, else its own.
const char *ownerName(const m::TrainingInfo *training, int32_t variable);

/// Values for variables, apart from the state until all have been read.
class Staged {
public:
  explicit Staged(ingot_state &state) : state(state) {}
  ~Staged();
  Staged(const Staged &) = delete;
  Staged &operator=(const Staged &) = delete;
  ingot_status begin();
  void want(int32_t variable);
  bool wants(int32_t variable) const { return offsets[variable] >= 0; }
  /// Makes room for all that are wanted.
  ingot_status reserve();
  /// Where the value of a wanted variable goes.
  char *of(int32_t variable) { return memory + offsets[variable]; }
  void commit();

private:
  ingot_state &state;
  int64_t *offsets = nullptr;
  int64_t total = 0;
  char *memory = nullptr;
};

} // namespace ingot::runtime

#endif // INGOT_RUNTIME_SRC_TRAINING_FILES_H
