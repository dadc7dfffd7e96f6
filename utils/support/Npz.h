//===- Npz.h - NumPy's archives of arrays -----------------------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Reads and writes .npz files: zip archives, stored or deflated, of .npy arrays. Everything a file says is checked against its size
// before memory is allocated for it.
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_SUPPORT_NPZ_H
#define INGOT_SUPPORT_NPZ_H

#include "utils/support/Diagnostics.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/raw_ostream.h"

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

namespace ingot {

/// A dense array in row-major order. `dtype` has the numbers of ONNX (and of runtime.h); numpy's void of two bytes is bfloat16.
struct NpzArray {
  std::string name;
  int32_t dtype = 0;
  std::vector<int64_t> dims;
  /// 64-byte aligned, or null for an array of no elements. Either owned by `storage` or the caller's, who keeps it alive.
  char *data = nullptr;
  uint64_t bytes = 0;
  std::unique_ptr<char, decltype(&std::free)> storage{nullptr, &std::free};

  /// Makes `storage` of `size` bytes; false when there is no memory.
  bool allocate(uint64_t size);
};

/// Appends the arrays of the archive to `arrays`, in the file's order. A single .npy file is read as one array without a name.
Status readNpz(llvm::StringRef path, std::vector<NpzArray> &arrays);
/// The same from memory; `file` names it in messages.
Status readNpz(llvm::ArrayRef<char> bytes, llvm::StringRef file, std::vector<NpzArray> &arrays);

/// Writes an archive. See writeFileAtomically.
Status writeNpz(llvm::StringRef path, llvm::ArrayRef<NpzArray> arrays);

/// Lets `write` fill a temporary file beside `path` and renames it at the end, so that there is either the whole new file or what
/// was there before. What exists and is no regular file (a device, a pipe) is written directly. With `durable` that holds even when
/// the machine loses its power.
Status writeFileAtomically(llvm::StringRef path, llvm::function_ref<void(llvm::raw_ostream &)> write, bool durable = false);

} // namespace ingot

#endif // INGOT_SUPPORT_NPZ_H
