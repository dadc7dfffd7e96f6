//===- ArenaTest.cpp - Placement of buffers ------------------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/memory/Arena.h"

#include "gtest/gtest.h"

#include <random>

using namespace ingot;

namespace {

struct Case {
  llvm::SmallVector<Lifetime> lifetimes;
  llvm::SmallVector<int64_t> bytes;
};

// Buffers as a network has them: most live for a few steps, some for long.
Case randomCase(unsigned seed, int count) {
  std::mt19937 random(seed);
  Case result;
  for (int i = 0; i < count; ++i) {
    int64_t length = random() % 8 ? random() % 4 : random() % count;
    result.lifetimes.push_back({i, i + 1 + length});
    result.bytes.push_back(64 * (1 + random() % 1000));
  }
  return result;
}

void expectDisjoint(const Case &c, const ArenaLayout &layout) {
  for (size_t i = 0; i < c.bytes.size(); ++i) {
    EXPECT_GE(layout.offsets[i], 0);
    EXPECT_LE(layout.offsets[i] + c.bytes[i], layout.bytes);
    for (size_t j = 0; j < i; ++j)
      if (c.lifetimes[i].overlaps(c.lifetimes[j]))
        EXPECT_TRUE(layout.offsets[i] + c.bytes[i] <= layout.offsets[j] || layout.offsets[j] + c.bytes[j] <= layout.offsets[i]);
  }
}

TEST(Arena, NoBuffers) {
  EXPECT_EQ(placeBuffers({}, {}).bytes, 0);
  EXPECT_EQ(largestLiveBytes({}, {}), 0);
}

TEST(Arena, ChainNeedsTwo) {
  Case c;
  for (int i = 0; i < 10; ++i) {
    c.lifetimes.push_back({i, i + 1});
    c.bytes.push_back(128);
  }
  EXPECT_EQ(placeBuffers(c.lifetimes, c.bytes).bytes, 256);
}

TEST(Arena, FillsTheTightestGap) {
  // A large buffer for all the time, a medium one early, small ones late: they fit where the medium one was.
  Case c;
  c.lifetimes = {{0, 10}, {0, 4}, {5, 10}, {5, 10}};
  c.bytes = {1024, 256, 128, 128};
  ArenaLayout layout = placeBuffers(c.lifetimes, c.bytes);
  expectDisjoint(c, layout);
  EXPECT_EQ(layout.bytes, 1280);
}

TEST(Arena, AliveTogetherNeverOverlap) {
  for (unsigned seed = 0; seed < 50; ++seed) {
    Case c = randomCase(seed, 100);
    ArenaLayout layout = placeBuffers(c.lifetimes, c.bytes);
    expectDisjoint(c, layout);
    int64_t least = largestLiveBytes(c.lifetimes, c.bytes);
    EXPECT_GE(layout.bytes, least);
    EXPECT_LE(layout.bytes, least * 5 / 4) << "seed " << seed;
  }
}

TEST(Arena, StacksNeverOverlap) {
  for (unsigned seed = 0; seed < 50; ++seed) {
    // The sizes are not those that the order was chosen for.
    Case c = randomCase(seed, 80), sizes = randomCase(seed + 1000, 80);
    ArenaStack stack = stackBuffers(c.lifetimes, c.bytes);
    c.bytes = sizes.bytes;
    ArenaLayout layout;
    layout.offsets.resize(c.bytes.size());
    llvm::SmallVector<bool> placed(c.bytes.size());
    for (unsigned buffer : stack.order) {
      for (unsigned other : stack.below[buffer]) {
        EXPECT_TRUE(placed[other]);
        layout.offsets[buffer] = std::max(layout.offsets[buffer], layout.offsets[other] + c.bytes[other]);
      }
      placed[buffer] = true;
      layout.bytes = std::max(layout.bytes, layout.offsets[buffer] + c.bytes[buffer]);
    }
    expectDisjoint(c, layout);
  }
}

TEST(Arena, StacksShareWhatIsLargeInTurn) {
  // Two large buffers one after the other, a small one beside each: slots of equal sizes could not do better.
  llvm::SmallVector<Lifetime> lifetimes = {{0, 1}, {0, 1}, {2, 3}, {2, 3}};
  ArenaStack stack = stackBuffers(lifetimes, {1000, 10, 900, 20});
  EXPECT_EQ(stack.bytes, 1010);
  EXPECT_TRUE(stack.below[0].empty());
  EXPECT_TRUE(stack.below[2].empty());
  EXPECT_EQ(stack.below[1].size(), 1u);
}

TEST(Arena, SlotsHoldOneAtATime) {
  for (unsigned seed = 0; seed < 20; ++seed) {
    Case c = randomCase(seed, 60);
    llvm::SmallVector<const void *> kinds;
    static const char names[4] = {};
    for (size_t i = 0; i < c.bytes.size(); ++i)
      kinds.push_back(&names[c.bytes[i] % 4]);
    llvm::SmallVector<unsigned> slots = assignSlots(c.lifetimes, kinds, c.bytes);
    for (size_t i = 0; i < slots.size(); ++i)
      for (size_t j = 0; j < i; ++j)
        if (slots[i] == slots[j])
          EXPECT_FALSE(c.lifetimes[i].overlaps(c.lifetimes[j]));
  }
}

TEST(Arena, EqualSizesShareASlot) {
  int a = 0, b = 0;
  llvm::SmallVector<Lifetime> lifetimes = {{0, 1}, {0, 1}, {2, 3}, {2, 3}};
  llvm::SmallVector<unsigned> slots = assignSlots(lifetimes, {&a, &b, &b, &a}, {4, 3, 2, 1});
  EXPECT_EQ(slots[0], slots[3]);
  EXPECT_EQ(slots[1], slots[2]);
}

} // namespace
