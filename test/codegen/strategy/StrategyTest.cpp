//===- StrategyTest.cpp - How work is cut, as plain functions of numbers -------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/strategy/Attention.h"
#include "codegen/strategy/Contraction.h"
#include "codegen/strategy/RowWise.h"
#include "codegen/strategy/Window.h"
#include "codegen/strategy/Winograd.h"

#include "gtest/gtest.h"

using namespace ingot;

namespace {

const TargetInfo v2 = TargetInfo::forLevel(2), v3 = TargetInfo::forLevel(3), v4 = TargetInfo::forLevel(4);

// Accumulators, a row's columns and one broadcast have to stay in registers.
TEST(Contraction, TileFitsTheRegisters) {
  for (const TargetInfo &target : {v2, v3, v4}) {
    ContractionConfig c = chooseContraction(target, 1, 512, 512, 512, 32);
    EXPECT_LE(c.rows * c.vectors + c.vectors + 1, target.vectorRegisters) << target.cpu;
    EXPECT_GE(c.rows * c.vectors, 8) << target.cpu;
    EXPECT_EQ(c.lanes * 32, target.vectorBits) << target.cpu;
    EXPECT_EQ(panelColumns % (c.lanes * c.vectors), 0) << target.cpu;
    EXPECT_FALSE(c.serial) << target.cpu;
  }
}

TEST(Contraction, TileOfEachLevel) {
  EXPECT_EQ(chooseContraction(v4, 1, 512, 512, 512, 32).rows, 8);
  EXPECT_EQ(chooseContraction(v3, 1, 512, 512, 512, 32).rows, 6);
  EXPECT_EQ(chooseContraction(v2, 1, 512, 512, 512, 32).rows, 4);
}

TEST(Contraction, LanesFollowTheAccumulator) {
  EXPECT_EQ(chooseContraction(v4, 1, 64, 64, 64, 64).lanes, 8);
  EXPECT_EQ(chooseContraction(v2, 1, 64, 64, 64, 64).lanes, 2);
  // Narrow accumulators take the lanes of 32 bits.
  EXPECT_EQ(chooseContraction(v4, 1, 64, 64, 64, 8).lanes, 16);
}

TEST(Contraction, SmallWorkIsSerial) {
  EXPECT_TRUE(chooseContraction(v4, 1, 16, 16, 16, 32).serial);
  EXPECT_FALSE(chooseContraction(v4, 64, 64, 64, 64, 32).serial);
  // Narrower registers take longer for the same work.
  EXPECT_TRUE(chooseContraction(v4, 1, 64, 48, 64, 32).serial);
  EXPECT_FALSE(chooseContraction(v2, 1, 64, 48, 64, 32).serial);
}

// A row or a few wait for the weights: the time to read them counts.
TEST(Contraction, ManyWeightsAreNotSerial) {
  EXPECT_TRUE(chooseContraction(v4, 1, 1, 384, 128, 32).serial);
  EXPECT_FALSE(chooseContraction(v4, 1, 1, 1024, 256, 32).serial);
  EXPECT_TRUE(chooseContraction(v4, 1, 1, 1024, 128, 32).serial);
}

TEST(Contraction, DynamicSizesAreTakenForLarge) {
  for (int position : {0, 2, 3}) {
    int64_t sizes[] = {1, 4, 4, 4};
    sizes[position] = -1;
    EXPECT_FALSE(chooseContraction(v4, sizes[0], sizes[1], sizes[2], sizes[3], 32).serial) << position;
  }
}

// An unknown number of rows may turn out to be few: `serial` tells whether these are worth a second thread.
TEST(Contraction, DynamicRowsAreDecidedForFew) {
  EXPECT_TRUE(chooseContraction(v4, 1, -1, 384, 128, 32).serial);
  EXPECT_FALSE(chooseContraction(v4, 1, -1, 1024, 256, 32).serial);
}

TEST(Contraction, PaddedColumns) {
  EXPECT_EQ(paddedColumns(0), 0);
  EXPECT_EQ(paddedColumns(1), 16);
  EXPECT_EQ(paddedColumns(16), 16);
  EXPECT_EQ(paddedColumns(17), 32);
  EXPECT_EQ(paddedColumns(32), 32);
  EXPECT_EQ(paddedColumns(33), 48);
  EXPECT_EQ(paddedColumns(1000), 1008);
  for (int64_t n = 0; n < 200; ++n) {
    EXPECT_GE(paddedColumns(n), n);
    EXPECT_LT(paddedColumns(n) - n, panelColumns / 2);
    EXPECT_EQ(paddedColumns(n) % (panelColumns / 2), 0);
  }
}

TEST(RowWise, TwoRegistersAVector) {
  EXPECT_EQ(chooseRowWise(v4, -1, 1).width, 32);
  EXPECT_EQ(chooseRowWise(v3, -1, 1).width, 16);
  EXPECT_EQ(chooseRowWise(v2, -1, 1).width, 8);
}

TEST(RowWise, CostlyElementsMakeSmallerTasks) {
  EXPECT_EQ(chooseRowWise(v4, -1, 1).taskElements, 16384);
  EXPECT_EQ(chooseRowWise(v4, -1, 8).taskElements, 2048);
  // Never less than a few vectors.
  EXPECT_EQ(chooseRowWise(v4, -1, 1000).taskElements, 256);
}

TEST(RowWise, SmallWorkIsSerial) {
  EXPECT_TRUE(chooseRowWise(v4, 1000, 1).serial);
  EXPECT_TRUE(chooseRowWise(v4, 49151, 1).serial);
  EXPECT_FALSE(chooseRowWise(v4, 49152, 1).serial);
  EXPECT_FALSE(chooseRowWise(v4, 10000, 8).serial);
  EXPECT_FALSE(chooseRowWise(v4, -1, 1).serial);
}

TEST(Window, LanesDoNotExceedTheChannels) {
  EXPECT_EQ(chooseWindow(v4, 56, 56, 64, 9, 32).lanes, 16);
  EXPECT_EQ(chooseWindow(v3, 56, 56, 64, 9, 32).lanes, 8);
  EXPECT_EQ(chooseWindow(v2, 56, 56, 64, 9, 32).lanes, 4);
  EXPECT_EQ(chooseWindow(v4, 56, 56, 16, 9, 32).lanes, 16);
  EXPECT_EQ(chooseWindow(v4, 56, 56, 8, 9, 32).lanes, 8);
  EXPECT_EQ(chooseWindow(v4, 56, 56, 3, 9, 32).lanes, 4);
  EXPECT_EQ(chooseWindow(v4, 56, 56, 1, 9, 32).lanes, 4);
  EXPECT_EQ(chooseWindow(v4, 56, 56, -1, 9, 32).lanes, 16);
  EXPECT_EQ(chooseWindow(v4, 56, 56, 64, 9, 64).lanes, 8);
}

TEST(Window, ColumnsAreCutInNearlyEqualTiles) {
  EXPECT_EQ(chooseWindow(v4, 56, 56, 64, 9, 32).columns, 8);
  EXPECT_EQ(chooseWindow(v3, 56, 56, 64, 9, 32).columns, 4);
  EXPECT_EQ(chooseWindow(v4, 18, 18, 64, 9, 32).columns, 6);
  EXPECT_EQ(chooseWindow(v4, 9, 9, 64, 9, 32).columns, 5);
  // A last tile of at least half the size is fine.
  EXPECT_EQ(chooseWindow(v4, 14, 14, 64, 9, 32).columns, 8);
  EXPECT_EQ(chooseWindow(v4, 7, 7, 64, 9, 32).columns, 8);
  EXPECT_EQ(chooseWindow(v4, -1, -1, 64, 9, 32).columns, 8);
}

TEST(Window, SmallWorkIsSerial) {
  EXPECT_TRUE(chooseWindow(v4, 7, 7, 32, 9, 32).serial);
  EXPECT_FALSE(chooseWindow(v4, 56, 56, 64, 9, 32).serial);
  EXPECT_FALSE(chooseWindow(v4, -1, 7, 32, 9, 32).serial);
}

// The register tile is that of a contraction, with queries as its columns.
TEST(Attention, TileFitsTheRegisters) {
  for (const TargetInfo &target : {v2, v3, v4}) {
    AttentionConfig c = chooseAttention(target, 12, 512, 512, 64, 64);
    EXPECT_LE(c.rows * c.vectors + c.vectors + 1, target.vectorRegisters) << target.cpu;
    EXPECT_EQ(c.lanes * 32, target.vectorBits) << target.cpu;
    EXPECT_EQ(c.vectors, 2) << target.cpu;
    EXPECT_EQ(c.fewQueries, c.lanes / 4) << target.cpu;
    EXPECT_FALSE(c.serial) << target.cpu;
  }
  // One register where it holds all queries.
  EXPECT_EQ(chooseAttention(v4, 12, 16, 512, 64, 64).vectors, 1);
  EXPECT_EQ(chooseAttention(v4, 12, 17, 512, 64, 64).vectors, 2);
  EXPECT_EQ(chooseAttention(v4, 12, -1, 512, 64, 64).vectors, 2);
}

TEST(Attention, ScoresOfABlockStayInTheFirstLevelCache) {
  for (const TargetInfo &target : {v2, v3, v4})
    for (int64_t keys : {int64_t(-1), int64_t(1), int64_t(50), int64_t(197), int64_t(1500), int64_t(100000)}) {
      AttentionConfig c = chooseAttention(target, 12, 512, keys, 64, 64);
      EXPECT_EQ(c.blockKeys % c.rows, 0) << target.cpu << ' ' << keys;
      EXPECT_GT(c.blockKeys, 0) << target.cpu << ' ' << keys;
      EXPECT_LE(c.blockKeys * c.vectors * c.lanes * int64_t(sizeof(float)), target.l1Bytes / 2 + 512) << target.cpu << ' ' << keys;
    }
  EXPECT_EQ(chooseAttention(v4, 12, 512, -1, 64, 64).blockKeys, 128);
}

TEST(Attention, BlocksAreOfNearlyEqualSize) {
  EXPECT_EQ(chooseAttention(v4, 12, 512, 50, 64, 64).blockKeys, 56);
  EXPECT_EQ(chooseAttention(v4, 12, 512, 128, 64, 64).blockKeys, 128);
  EXPECT_EQ(chooseAttention(v4, 12, 512, 197, 64, 64).blockKeys, 104);
  EXPECT_EQ(chooseAttention(v4, 12, 512, 1500, 64, 64).blockKeys, 128);
}

TEST(Attention, SmallWorkIsSerial) {
  EXPECT_TRUE(chooseAttention(v4, 12, 1, 128, 64, 64).serial);
  EXPECT_FALSE(chooseAttention(v4, 12, 128, 128, 64, 64).serial);
  EXPECT_FALSE(chooseAttention(v4, -1, 1, 1, 64, 64).serial);
  EXPECT_FALSE(chooseAttention(v4, 1, -1, 1, 64, 64).serial);
  EXPECT_FALSE(chooseAttention(v4, 1, 1, -1, 64, 64).serial);
}

// A large tile saves more multiplications than its filters cost, as long as there are many tiles to use them.
TEST(Winograd, TileFollowsSizes) {
  for (const TargetInfo &target : {v2, v3, v4, *TargetInfo::fromName("znver5")}) {
    EXPECT_EQ(chooseWinograd(target, Accuracy::Default, 56, 56, 64, 64), 4) << target.cpu;
    EXPECT_EQ(chooseWinograd(target, Accuracy::Default, 56, 56, 8, 64), 0) << target.cpu;
    EXPECT_EQ(chooseWinograd(target, Accuracy::Default, -1, -1, 128, 128), 4) << target.cpu;
  }
}

// Sixteen tiles of 7x7 pixels do not pay for fetching 17 MB of filters.
TEST(Winograd, FewTilesAreDirect) {
  TargetInfo fast = *TargetInfo::fromName("znver5");
  EXPECT_EQ(chooseWinograd(fast, Accuracy::Default, 14, 14, 256, 256), 4);
  EXPECT_EQ(chooseWinograd(fast, Accuracy::Default, 7, 7, 512, 512), 0);
}

TEST(Winograd, AccuracyLimitsTheTile) {
  EXPECT_EQ(chooseWinograd(v4, Accuracy::Strict, 56, 56, 64, 64), 2);
  EXPECT_EQ(chooseWinograd(v4, Accuracy::Fast, 56, 56, 64, 64), 4);
  EXPECT_LT(winogradError(4, 512), 5e-5);
  EXPECT_LT(winogradError(2, 512), winogradError(4, 64));
  EXPECT_EQ(parseAccuracy("strict"), Accuracy::Strict);
  EXPECT_FALSE(parseAccuracy("exact"));
}

// 38 MB of filters are read twice for 49 tiles, not seven times.
TEST(Winograd, LargeFiltersHaveLargeBlocks) {
  WinogradConfig large = chooseWinogradBlocks(v4, 4, 49, 512, 512, 49), small = chooseWinogradBlocks(v4, 4, 196, 64, 64, 196);
  EXPECT_GE(large.blockTiles, 20);
  EXPECT_LE(small.blockTiles, 24);
}

} // namespace
