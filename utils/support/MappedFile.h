//===- MappedFile.h - A file's bytes without copying them -------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_SUPPORT_MAPPEDFILE_H
#define INGOT_SUPPORT_MAPPEDFILE_H

#include "utils/support/Diagnostics.h"

#include "llvm/ADT/ArrayRef.h"

#include <memory>

namespace ingot {

/// A regular file, mapped read-only for as long as this object lives. An empty file has no bytes.
class MappedFile {
public:
  ~MappedFile();
  MappedFile(const MappedFile &) = delete;
  MappedFile &operator=(const MappedFile &) = delete;

  llvm::ArrayRef<char> bytes() const { return {data, size}; }

  static Status open(llvm::StringRef path, std::shared_ptr<MappedFile> &file);

  /// Takes the pages of `bytes` out of this process's memory where they are those of a mapped file; they come back when they are read.
  /// Does nothing for other memory. For who goes through more data than it wants to hold.
  static void releasePages(llvm::ArrayRef<char> bytes);
  /// The same for all mapped files.
  static void releaseAllPages();

  /// Opens a file named by untrusted data: `location` must stay below `folder`, without symbolic or hard links on the way.
  static Status openBeneath(llvm::StringRef folder, llvm::StringRef location, std::shared_ptr<MappedFile> &file);

private:
  MappedFile() = default;
  static Status map(int fd, const std::string &path, bool allowHardLinks, std::shared_ptr<MappedFile> &file);

  const char *data = nullptr;
  size_t size = 0;
};

} // namespace ingot

#endif // INGOT_SUPPORT_MAPPEDFILE_H
