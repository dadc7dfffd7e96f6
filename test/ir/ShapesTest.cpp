//===- ShapesTest.cpp - Arithmetic on sizes --------------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ir/Ingot/Shapes.h"

#include "gtest/gtest.h"

using namespace mlir;
using namespace ingot;

namespace {

constexpr int64_t kDynamic = ShapedType::kDynamic;

TEST(Shapes, CountWindows) {
  EXPECT_EQ(countWindows(/*size=*/5, /*window=*/3, /*stride=*/1, /*dilation=*/1, /*low=*/0, /*high=*/0), 3);
  EXPECT_EQ(countWindows(5, 3, 2, 1, 1, 1), 3);
  EXPECT_EQ(countWindows(5, 3, 1, 2, 0, 0), 1);
  EXPECT_EQ(countWindows(4, 5, 1, 1, 0, 0), 0);
  EXPECT_EQ(countWindows(3, 5, 3, 1, 0, 0), 0);
  EXPECT_EQ(countWindows(kDynamic, 5, 1, 1, 0, 0), kDynamic);
  int64_t huge = std::numeric_limits<int64_t>::max();
  EXPECT_EQ(countWindows(huge, 1, 1, 1, huge, huge), huge);
}

TEST(Shapes, Permutations) {
  EXPECT_TRUE(isPermutation({2, 0, 1}, 3));
  EXPECT_FALSE(isPermutation({2, 0, 0}, 3));
  EXPECT_FALSE(isPermutation({0, 1}, 3));
  EXPECT_EQ(invertPermutation({2, 0, 1}), (SmallVector<int64_t>{1, 2, 0}));
  EXPECT_EQ(remainingDimensions(4, {1}, {3}), (SmallVector<int64_t>{0, 2}));
}

TEST(Shapes, InferenceRefusesWhatDoesNotFit) {
  MLIRContext context;
  Type f32 = Float32Type::get(&context);
  auto type = [&](ArrayRef<int64_t> shape) { return RankedTensorType::get(shape, f32); };
  EXPECT_FALSE(inferContractType(type({2, 3}), type({3, 2}), {}, {}, {2}, {0}, f32));
  EXPECT_FALSE(inferConvType(type({2, 3}), type({3, 2}), {}, {}, {}, {}, f32));
  EXPECT_FALSE(inferConcatType({}, 0));
  EXPECT_FALSE(inferPadType(type({2}), {-2}, {-1}));
  EXPECT_FALSE(inferGatherType(type({2}), type({}), 1));
  EXPECT_FALSE(inferGatherNdType(type({2}), type({2}), 0));
  EXPECT_FALSE(inferFftType(type({2}), 0, false, false));
  EXPECT_EQ(inferContractType(type({7, kDynamic, 3}), type({3, 7, 5}), {0}, {1}, {2}, {0}, f32), type({7, kDynamic, 5}));
  EXPECT_EQ(inferConcatType({type({kDynamic, 2}), type({4, 3})}, 1), type({4, 5}));
}

} // namespace
