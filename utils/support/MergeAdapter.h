//===- MergeAdapter.h - A low-rank adapter into its weight -------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_SUPPORT_MERGEADAPTER_H
#define INGOT_SUPPORT_MERGEADAPTER_H

#include <cstdint>

namespace ingot {

/// The layout of a weight and its factors: A is [rank, in], B is [out, rank]. The weight is [out, in] where `outputDim` is 0, also
/// with dimensions of size 1 behind (a 1x1 convolution), and [in, out] where it is 1.
struct AdapterShape {
  int64_t out = 0, in = 0, rank = 0;
  int64_t outputDim = 0;
};

/// `weight` += scale * B A, in the weight's layout. Sums are in f64 and rounded once.
void mergeAdapter(AdapterShape shape, double scale, float *weight, const float *a, const float *b);
void mergeAdapter(AdapterShape shape, double scale, double *weight, const double *a, const double *b);

} // namespace ingot

#endif // INGOT_SUPPORT_MERGEADAPTER_H
