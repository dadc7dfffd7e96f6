//===- Arena.h - Where buffers lie ------------------------------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Plain functions of numbers: lifetimes and sizes in, places out.
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_CODEGEN_MEMORY_ARENA_H
#define INGOT_CODEGEN_MEMORY_ARENA_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"

#include <cstdint>

namespace ingot {

/// From the first to the last moment that a buffer holds something, both included.
struct Lifetime {
  int64_t first = 0, last = 0;
  bool overlaps(const Lifetime &other) const { return first <= other.last && other.first <= last; }
};

struct ArenaLayout {
  llvm::SmallVector<int64_t> offsets;
  int64_t bytes = 0;
};

/// Places buffers of known sizes (multiples of the alignment), the largest first, each into the tightest gap among those that are
/// alive at the same time.
ArenaLayout placeBuffers(llvm::ArrayRef<Lifetime> lifetimes, llvm::ArrayRef<int64_t> bytes);

/// The largest sum of sizes that are alive at once: no layout is smaller.
int64_t largestLiveBytes(llvm::ArrayRef<Lifetime> lifetimes, llvm::ArrayRef<int64_t> bytes);

/// Gives buffers of unknown sizes to slots, so that those of a slot are never alive together. `kind` says which sizes are
/// known to be equal: these share a slot first. `weight` orders by the part of the size that is known.
llvm::SmallVector<unsigned> assignSlots(llvm::ArrayRef<Lifetime> lifetimes, llvm::ArrayRef<const void *> kind,
                                        llvm::ArrayRef<int64_t> weight);

} // namespace ingot

#endif // INGOT_CODEGEN_MEMORY_ARENA_H
