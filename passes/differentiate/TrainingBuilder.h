//===- TrainingBuilder.h - Arithmetic of losses and updates -----*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_PASSES_DIFFERENTIATE_TRAININGBUILDER_H
#define INGOT_PASSES_DIFFERENTIATE_TRAININGBUILDER_H

#include "ir/Grad/Grad.h"

namespace ingot {

inline mlir::Type elementOf(mlir::Value value) { return mlir::cast<mlir::RankedTensorType>(value.getType()).getElementType(); }
inline int64_t rankOf(mlir::Value value) { return mlir::cast<mlir::RankedTensorType>(value.getType()).getRank(); }

/// Arithmetic in which a scalar (rank 0) goes with a tensor of any shape.
class TrainingBuilder : public GradBuilder {
public:
  using GradBuilder::GradBuilder;

  mlir::Value scalar(double value, mlir::Type elementType);
  mlir::Value convert(mlir::Value x, mlir::Type elementType);
  /// `x` itself, or a scalar repeated to the sizes of `like`; in the element type of `like`.
  mlir::Value spread(mlir::Value x, mlir::Value like);

  mlir::Value plus(mlir::Value x, mlir::Value y) { return binary<AddOp>(x, y); }
  mlir::Value minus(mlir::Value x, mlir::Value y) { return binary<SubOp>(x, y); }
  mlir::Value times(mlir::Value x, mlir::Value y) { return binary<MulOp>(x, y); }
  mlir::Value over(mlir::Value x, mlir::Value y) { return binary<DivOp>(x, y); }
  mlir::Value larger(mlir::Value x, mlir::Value y) { return binary<MaxOp>(x, y); }
  mlir::Value smaller(mlir::Value x, mlir::Value y) { return binary<MinOp>(x, y); }
  mlir::Value plus(mlir::Value x, double y) { return add(x, splat(y, x)); }
  mlir::Value minus(mlir::Value x, double y) { return sub(x, splat(y, x)); }
  mlir::Value times(mlir::Value x, double y) { return y == 1 ? x : mul(x, splat(y, x)); }
  mlir::Value over(mlir::Value x, double y) { return y == 1 ? x : div(x, splat(y, x)); }
  mlir::Value minus(double x, mlir::Value y) { return sub(splat(x, y), y); }
  mlir::Value larger(mlir::Value x, double y) { return make<MaxOp>(x, splat(y, x)); }
  mlir::Value smaller(mlir::Value x, double y) { return make<MinOp>(x, splat(y, x)); }
  mlir::Value square(mlir::Value x) { return mul(x, x); }
  mlir::Value abs(mlir::Value x) { return make<AbsOp>(x); }
  mlir::Value exp(mlir::Value x) { return make<ExpOp>(x); }
  mlir::Value log(mlir::Value x) { return make<LogOp>(x); }
  mlir::Value sqrt(mlir::Value x) { return make<SqrtOp>(x); }
  /// log(1 + exp(x)) that does not overflow.
  mlir::Value softplus(mlir::Value x);
  /// condition ? x : y, each spread to the larger one.
  mlir::Value choose(mlir::Value condition, mlir::Value x, mlir::Value y);

  /// Sums to a scalar; a tensor of rank 0 is its own sum.
  mlir::Value sumAll(mlir::Value x);
  mlir::Value meanAll(mlir::Value x);
  /// Sum along one dimension, which goes away.
  mlir::Value sumAlong(mlir::Value x, int64_t dim) { return sum(x, {dim}); }
  mlir::Value meanAlong(mlir::Value x, int64_t dim) { return over(sumAlong(x, dim), sizeOf(x, dim)); }
  /// The number of elements, or the size of a dimension, as a scalar; of x's element type unless another is given.
  mlir::Value countOf(mlir::Value x);
  mlir::Value sizeOf(mlir::Value x, int64_t dim) { return sizeOf(x, dim, elementOf(x)); }
  mlir::Value sizeOf(mlir::Value x, int64_t dim, mlir::Type elementType);

private:
  mlir::Value fromSize(mlir::OpFoldResult size, mlir::Type elementType);
  /// In the element type of the operand that is no scalar; of two scalars in that of `x`.
  template <typename OpT>
  mlir::Value binary(mlir::Value x, mlir::Value y) {
    return rankOf(x) == 0 && rankOf(y) != 0 ? make<OpT>(spread(x, y), y) : make<OpT>(x, spread(y, x));
  }
};

} // namespace ingot

#endif // INGOT_PASSES_DIFFERENTIATE_TRAININGBUILDER_H
