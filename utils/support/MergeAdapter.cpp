//===- MergeAdapter.cpp - A low-rank adapter into its weight ---------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "utils/support/MergeAdapter.h"

#include <cstddef>
#include <vector>

namespace ingot {

template <typename T> static void merge(AdapterShape shape, double scale, T *weight, const T *a, const T *b) {
  // The product as left [rows, rank] times right [rank, columns], so that the inner loop runs along memory.
  bool isTransposed = shape.outputDim == 1;
  auto rows = size_t(isTransposed ? shape.in : shape.out), columns = size_t(isTransposed ? shape.out : shape.in),
       rank = size_t(shape.rank);
  std::vector<double> left(rows * rank), right(rank * columns), sum(columns);
  for (size_t row = 0; row < rows; ++row)
    for (size_t k = 0; k < rank; ++k)
      left[row * rank + k] = double(isTransposed ? a[k * rows + row] : b[row * rank + k]);
  for (size_t k = 0; k < rank; ++k)
    for (size_t column = 0; column < columns; ++column)
      right[k * columns + column] = double(isTransposed ? b[column * rank + k] : a[k * columns + column]);
  for (size_t row = 0; row < rows; ++row) {
    sum.assign(columns, 0.0);
    for (size_t k = 0; k < rank; ++k)
      for (size_t column = 0; column < columns; ++column)
        sum[column] += left[row * rank + k] * right[k * columns + column];
    for (size_t column = 0; column < columns; ++column)
      weight[row * columns + column] = T(double(weight[row * columns + column]) + scale * sum[column]);
  }
}

void mergeAdapter(AdapterShape shape, double scale, float *weight, const float *a, const float *b) {
  merge(shape, scale, weight, a, b);
}
void mergeAdapter(AdapterShape shape, double scale, double *weight, const double *a, const double *b) {
  merge(shape, scale, weight, a, b);
}

} // namespace ingot
