//===- Shapes.h - Sizes, static and dynamic ---------------------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sizes are `OpFoldResult`s: an index attribute where they are known, an `index` value where they are not.
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_IR_INGOT_SHAPES_H
#define INGOT_IR_INGOT_SHAPES_H

#include "ir/Ingot/Ingot.h"

namespace ingot {

//===--- Sizes of values ---------------------------------------------------===//

/// Follows a size to where it comes from, without building IR. Never empty: at worst it is `{tensor, dim}` itself.
SizeSource traceSize(mlir::Value tensor, int64_t dim);

/// The size of one dimension: an attribute, a size operand, or `tensor.dim` of the value that defines it.
mlir::OpFoldResult getMixedSize(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value tensor, int64_t dim);
llvm::SmallVector<mlir::OpFoldResult> getMixedSizes(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value tensor);

/// Whether two sizes are known to be equal at run time.
bool areSizesEqual(mlir::Value left, int64_t leftDim, mlir::Value right, int64_t rightDim);
bool isSizeOf(mlir::OpFoldResult size, mlir::Value tensor, int64_t dim);

/// Sizes as a shape, `kDynamic` for values that are not constants.
llvm::SmallVector<int64_t> getShape(llvm::ArrayRef<mlir::OpFoldResult> sizes);
mlir::RankedTensorType getTensorType(llvm::ArrayRef<mlir::OpFoldResult> sizes, mlir::Type elementType);

/// Splits mixed sizes into an attribute's entries and operands; constants become static.
void splitMixed(llvm::ArrayRef<mlir::OpFoldResult> mixed, llvm::SmallVectorImpl<int64_t> &statics,
                llvm::SmallVectorImpl<mlir::Value> &dynamics);

/// Arithmetic on sizes that folds constants and neutral elements as it builds.
class SizeMath {
public:
  SizeMath(mlir::OpBuilder &builder, mlir::Location loc) : builder(builder), loc(loc) {}

  mlir::OpFoldResult constant(int64_t value) { return builder.getIndexAttr(value); }
  mlir::OpFoldResult add(mlir::OpFoldResult a, mlir::OpFoldResult b);
  mlir::OpFoldResult sub(mlir::OpFoldResult a, mlir::OpFoldResult b);
  mlir::OpFoldResult mul(mlir::OpFoldResult a, mlir::OpFoldResult b);
  /// Rounds down; both must not be negative.
  mlir::OpFoldResult div(mlir::OpFoldResult a, mlir::OpFoldResult b);
  mlir::OpFoldResult max(mlir::OpFoldResult a, mlir::OpFoldResult b);
  mlir::OpFoldResult min(mlir::OpFoldResult a, mlir::OpFoldResult b);
  mlir::Value value(mlir::OpFoldResult size);

  /// `max(0, low + size + high - ((window - 1) * dilation + 1) + stride) / stride`: how many windows fit.
  mlir::OpFoldResult windows(mlir::OpFoldResult size, mlir::OpFoldResult window, int64_t stride, int64_t dilation, int64_t low,
                             int64_t high);

private:
  mlir::OpBuilder &builder;
  mlir::Location loc;
};

/// `SizeMath::windows` on shapes: `kDynamic` where a size is.
int64_t countWindows(int64_t size, int64_t window, int64_t stride, int64_t dilation, int64_t low, int64_t high);

//===--- Permutations ------------------------------------------------------===//

bool isPermutation(llvm::ArrayRef<int64_t> permutation, int64_t rank);
bool isIdentityPermutation(llvm::ArrayRef<int64_t> permutation);
llvm::SmallVector<int64_t> invertPermutation(llvm::ArrayRef<int64_t> permutation);
/// Entry `i` of the result is `list[permutation[i]]`.
template <typename T> llvm::SmallVector<T> permute(llvm::ArrayRef<T> list, llvm::ArrayRef<int64_t> permutation) {
  llvm::SmallVector<T> result;
  for (int64_t from : permutation)
    result.push_back(list[from]);
  return result;
}
mlir::RankedTensorType permuteType(mlir::RankedTensorType type, llvm::ArrayRef<int64_t> permutation);

/// Whether the entries lie in [0, rank) and none occurs twice.
bool areDistinctDimensions(llvm::ArrayRef<int64_t> dimensions, int64_t rank);
/// The dimensions in [0, rank) that are in neither list.
llvm::SmallVector<int64_t> remainingDimensions(int64_t rank, llvm::ArrayRef<int64_t> some, llvm::ArrayRef<int64_t> others = {});

//===--- Result types ------------------------------------------------------===//
// Null where the arguments break a constraint of the op, which its verifier then reports.

mlir::RankedTensorType inferContractType(mlir::RankedTensorType lhs, mlir::RankedTensorType rhs, llvm::ArrayRef<int64_t> lhsBatch,
                                         llvm::ArrayRef<int64_t> rhsBatch, llvm::ArrayRef<int64_t> lhsContracting,
                                         llvm::ArrayRef<int64_t> rhsContracting, mlir::Type elementType);
mlir::RankedTensorType inferConvType(mlir::RankedTensorType x, mlir::RankedTensorType filter, llvm::ArrayRef<int64_t> strides,
                                     llvm::ArrayRef<int64_t> dilations, llvm::ArrayRef<int64_t> padLow,
                                     llvm::ArrayRef<int64_t> padHigh, mlir::Type elementType);
mlir::RankedTensorType inferConvGradInputType(mlir::RankedTensorType dy, mlir::RankedTensorType filter,
                                              llvm::ArrayRef<int64_t> sizes, int64_t groups);
mlir::RankedTensorType inferConvGradFilterType(mlir::RankedTensorType x, mlir::RankedTensorType dy,
                                               llvm::ArrayRef<int64_t> filterSizes, int64_t groups);
mlir::RankedTensorType inferWindowType(mlir::RankedTensorType x, llvm::ArrayRef<int64_t> window, llvm::ArrayRef<int64_t> strides,
                                       llvm::ArrayRef<int64_t> dilations, llvm::ArrayRef<int64_t> padLow,
                                       llvm::ArrayRef<int64_t> padHigh, mlir::Type elementType);
mlir::RankedTensorType inferReduceType(mlir::RankedTensorType x, llvm::ArrayRef<int64_t> dimensions, mlir::Type elementType);
mlir::RankedTensorType inferConcatType(llvm::ArrayRef<mlir::RankedTensorType> inputs, int64_t axis);
mlir::RankedTensorType inferPadType(mlir::RankedTensorType x, llvm::ArrayRef<int64_t> low, llvm::ArrayRef<int64_t> high);
mlir::RankedTensorType inferGatherType(mlir::RankedTensorType x, mlir::RankedTensorType indices, int64_t axis);
mlir::RankedTensorType inferGatherNdType(mlir::RankedTensorType x, mlir::RankedTensorType indices, int64_t batchDims);
mlir::RankedTensorType inferTopkType(mlir::RankedTensorType x, int64_t k, int64_t axis);
mlir::RankedTensorType inferAttentionType(mlir::RankedTensorType q, mlir::RankedTensorType v);
mlir::RankedTensorType inferFftType(mlir::RankedTensorType x, int64_t axis, bool inverse, bool onesided);

//===--- Constants ---------------------------------------------------------===//

/// The one value of a constant of equal elements, seen through broadcasts, reshapes and casts of the shape; null otherwise.
mlir::Attribute matchSplat(mlir::Value value);
bool isSplatOf(mlir::Value value, double number);

} // namespace ingot

#endif // INGOT_IR_INGOT_SHAPES_H
