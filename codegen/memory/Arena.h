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

/// Places buffers of known sizes (multiples of the alignment), each into the tightest gap among those that are alive at the same time. Of
/// several orders, the largest first among them, the best counts.
ArenaLayout placeBuffers(llvm::ArrayRef<Lifetime> lifetimes, llvm::ArrayRef<int64_t> bytes);

/// The largest sum of sizes that are alive at once: no layout is smaller.
int64_t largestLiveBytes(llvm::ArrayRef<Lifetime> lifetimes, llvm::ArrayRef<int64_t> bytes);

/// A layout of buffers of unknown sizes: each lies where the highest of those under it ends.
struct ArenaStack {
  llvm::SmallVector<unsigned> order;                     ///< what lies under a buffer comes before it
  llvm::SmallVector<llvm::SmallVector<unsigned>> below;  ///< of each buffer; what lies under one of these is not named again
  int64_t bytes = 0;                                     ///< if the weights were the sizes
};

/// Puts each buffer above all of those that are alive at the same time and would lie lower if the sizes were `weight` (greater than 0).
ArenaStack stackBuffers(llvm::ArrayRef<Lifetime> lifetimes, llvm::ArrayRef<int64_t> weight);

/// Gives buffers of unknown sizes to slots, so that those of a slot are never alive together. `kind` says which sizes are
/// known to be equal: these share a slot first. `weight` orders by the part of the size that is known.
llvm::SmallVector<unsigned> assignSlots(llvm::ArrayRef<Lifetime> lifetimes, llvm::ArrayRef<const void *> kind,
                                        llvm::ArrayRef<int64_t> weight);

} // namespace ingot

#endif // INGOT_CODEGEN_MEMORY_ARENA_H
