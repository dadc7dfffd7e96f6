//===- KernelCache.h - Object code from earlier compilations ----*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A folder of objects, each named by a hash of all that decides its contents. Entries are complete or not there at all, and a
// damaged one counts as missing; so a folder may be shared by processes, and deleted while they work.
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_CODEGEN_EMIT_KERNELCACHE_H
#define INGOT_CODEGEN_EMIT_KERNELCACHE_H

#include "codegen/emit/Package.h"

#include "llvm/ADT/StringMap.h"

#include <mutex>

namespace ingot {

/// May be used by several threads.
class KernelCache {
public:
  /// An empty `folder` makes a cache that holds nothing. What the system refuses is told to `warn`, once.
  KernelCache(const std::string &folder, std::function<void(const std::string &)> warn);

  bool isEnabled() const { return !folder.empty(); }
  /// The name of what is made from `contents`.
  static std::string keyOf(llvm::ArrayRef<llvm::StringRef> contents);
  bool load(llvm::StringRef key, ObjectBytes &bytes) const;
  void store(llvm::StringRef key, llvm::ArrayRef<char> bytes);

private:
  std::string pathOf(llvm::StringRef key) const;
  void refuse(const llvm::Twine &what, std::error_code code);

  std::string folder;
  std::function<void(const std::string &)> warn;
  std::mutex mutex;
  bool isReadOnly = false;
};

/// Gives symbols of an ELF object other names.
llvm::Error renameSymbols(ObjectBytes &object, const llvm::StringMap<std::string> &names);

} // namespace ingot

#endif // INGOT_CODEGEN_EMIT_KERNELCACHE_H
