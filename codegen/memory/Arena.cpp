//===- Arena.cpp - Where buffers lie -----------------------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/memory/Arena.h"

#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/STLExtras.h"

#include <algorithm>
#include <map>

using namespace llvm;

namespace ingot {

static SmallVector<unsigned> orderByDescending(ArrayRef<int64_t> keys) {
  SmallVector<unsigned> order = llvm::to_vector(llvm::seq<unsigned>(0, keys.size()));
  llvm::sort(order, [&](unsigned a, unsigned b) { return keys[a] != keys[b] ? keys[a] > keys[b] : a < b; });
  return order;
}

static ArenaLayout placeInOrder(ArrayRef<Lifetime> lifetimes, ArrayRef<int64_t> bytes, ArrayRef<unsigned> order) {
  ArenaLayout layout;
  layout.offsets.assign(bytes.size(), 0);
  SmallVector<unsigned> placed; // by offset
  for (unsigned buffer : order) {
    int64_t end = 0, best = -1, bestGap = 0;
    for (unsigned other : placed) {
      if (!lifetimes[buffer].overlaps(lifetimes[other]))
        continue;
      int64_t gap = layout.offsets[other] - end;
      if (gap >= bytes[buffer] && (best < 0 || gap < bestGap)) {
        best = end;
        bestGap = gap;
      }
      end = std::max(end, layout.offsets[other] + bytes[other]);
    }
    layout.offsets[buffer] = best >= 0 ? best : end;
    layout.bytes = std::max(layout.bytes, layout.offsets[buffer] + bytes[buffer]);
    auto at = llvm::upper_bound(placed, buffer, [&](unsigned a, unsigned b) { return layout.offsets[a] < layout.offsets[b]; });
    placed.insert(at, buffer);
  }
  return layout;
}

ArenaLayout placeBuffers(ArrayRef<Lifetime> lifetimes, ArrayRef<int64_t> bytes) {
  ArenaLayout best = placeInOrder(lifetimes, bytes, orderByDescending(bytes));
  int64_t least = largestLiveBytes(lifetimes, bytes);
  // No order is best for all: what lives long may matter more than what is large, or what comes first.
  SmallVector<int64_t> areas, starts, ends;
  for (auto [lifetime, size] : llvm::zip(lifetimes, bytes)) {
    areas.push_back(size * (lifetime.last - lifetime.first + 1));
    starts.push_back(-lifetime.first);
    ends.push_back(lifetime.last);
  }
  for (ArrayRef<int64_t> keys : {ArrayRef(areas), ArrayRef(starts), ArrayRef(ends)}) {
    if (best.bytes <= least)
      break;
    ArenaLayout other = placeInOrder(lifetimes, bytes, orderByDescending(keys));
    if (other.bytes < best.bytes)
      best = std::move(other);
  }
  return best;
}

ArenaStack stackBuffers(ArrayRef<Lifetime> lifetimes, ArrayRef<int64_t> weight) {
  // The layout that would be good for the weights, of which only the order is kept.
  ArenaLayout layout = placeBuffers(lifetimes, weight);
  ArenaStack stack;
  stack.order = llvm::to_vector(llvm::seq<unsigned>(0, lifetimes.size()));
  llvm::sort(stack.order, [&](unsigned a, unsigned b) { return std::pair(layout.offsets[a], a) < std::pair(layout.offsets[b], b); });
  stack.below.resize(lifetimes.size());
  // What each buffer has under it, directly or through others.
  SmallVector<BitVector> under(lifetimes.size(), BitVector(lifetimes.size()));
  SmallVector<int64_t> ends(lifetimes.size());
  for (auto [n, buffer] : llvm::enumerate(stack.order)) {
    int64_t offset = 0;
    // From the latest placed on: what lies under one of them already need not be named.
    for (unsigned other : llvm::reverse(ArrayRef(stack.order).take_front(n))) {
      if (!lifetimes[buffer].overlaps(lifetimes[other]))
        continue;
      offset = std::max(offset, ends[other]);
      if (under[buffer].test(other))
        continue;
      stack.below[buffer].push_back(other);
      under[buffer].set(other);
      under[buffer] |= under[other];
    }
    ends[buffer] = offset + weight[buffer];
    stack.bytes = std::max(stack.bytes, ends[buffer]);
  }
  return stack;
}

int64_t largestLiveBytes(ArrayRef<Lifetime> lifetimes, ArrayRef<int64_t> bytes) {
  std::map<int64_t, int64_t> change;
  for (auto [lifetime, size] : llvm::zip(lifetimes, bytes)) {
    change[lifetime.first] += size;
    change[lifetime.last + 1] -= size;
  }
  int64_t live = 0, most = 0;
  for (auto [moment, delta] : change)
    most = std::max(most, live += delta);
  return most;
}

SmallVector<unsigned> assignSlots(ArrayRef<Lifetime> lifetimes, ArrayRef<const void *> kind, ArrayRef<int64_t> weight) {
  SmallVector<SmallVector<unsigned>> slots;
  SmallVector<unsigned> result(lifetimes.size());
  for (unsigned buffer : orderByDescending(weight)) {
    int chosen = -1;
    for (auto [slot, members] : llvm::enumerate(slots)) {
      if (llvm::any_of(members, [&](unsigned m) { return lifetimes[m].overlaps(lifetimes[buffer]); }))
        continue;
      bool same = llvm::any_of(members, [&](unsigned m) { return kind[m] == kind[buffer]; });
      if (chosen < 0 || same)
        chosen = slot;
      if (same)
        break;
    }
    if (chosen < 0) {
      chosen = slots.size();
      slots.emplace_back();
    }
    slots[chosen].push_back(buffer);
    result[buffer] = chosen;
  }
  return result;
}

} // namespace ingot
