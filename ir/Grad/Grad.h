//===- Grad.h - Gradient rules ----------------------------------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Every op says in the file of its family what its gradient is: a rule, none yet, or none by nature.
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_IR_GRAD_GRAD_H
#define INGOT_IR_GRAD_GRAD_H

#include "ir/Ingot/Shapes.h"

/// The result does not change, or only in jumps, when an operand does: its derivative is zero.
#define INGOT_NOT_DIFFERENTIABLE(OP) INGOT_WITHOUT_RULE(OP, NotDifferentiable)

/// The op has a gradient, but not one that ops of the dialect can say. On the way to a loss it is an error.
#define INGOT_REFUSED(OP) INGOT_WITHOUT_RULE(OP, NoRule)

#define INGOT_WITHOUT_RULE(OP, ANSWER)                                                                                             \
  ingot::Differentiability ingot::OP::getDifferentiability() { return Differentiability::ANSWER; }                                \
  llvm::SmallVector<mlir::Value> ingot::OP::buildVJP(mlir::OpBuilder &, mlir::ValueRange, llvm::ArrayRef<bool>) { return {}; }

/// Followed by the body of the rule, with `b` (a GradBuilder) and `dys`, the cotangents of the results.
#define INGOT_RULE(OP)                                                                                                             \
  ingot::Differentiability ingot::OP::getDifferentiability() { return Differentiability::HasRule; }                               \
  INGOT_RULE_WHERE_ANY(OP)

/// The same for an op that says itself, in `getDifferentiability`, when it has a rule.
#define INGOT_RULE_WHERE_ANY(OP)                                                                                                   \
  static llvm::SmallVector<mlir::Value> build##OP##VJP(ingot::OP op, ingot::GradBuilder &b, mlir::ValueRange dys);                 \
  llvm::SmallVector<mlir::Value> ingot::OP::buildVJP(mlir::OpBuilder &builder, mlir::ValueRange cotangents,                        \
                                                     llvm::ArrayRef<bool> wanted) {                                                \
    GradBuilder gradBuilder(builder, getLoc(), wanted);                                                                            \
    return build##OP##VJP(*this, gradBuilder, cotangents);                                                                         \
  }                                                                                                                                \
  static llvm::SmallVector<mlir::Value> build##OP##VJP(ingot::OP op, [[maybe_unused]] ingot::GradBuilder &b,                       \
                                                       [[maybe_unused]] mlir::ValueRange dys)

namespace ingot {

/// Short words for the formulas of gradient rules.
class GradBuilder {
public:
  GradBuilder(mlir::OpBuilder &builder, mlir::Location loc, llvm::ArrayRef<bool> wanted = {})
      : builder(builder), loc(loc), wanted(wanted) {}

  /// Whether the cotangent of this operand is of use. Rules ask before they build what costs more than a pass over a tensor; what
  /// is cheap they may build in vain, since dead ops are erased.
  bool needs(unsigned operand) const { return operand >= wanted.size() || wanted[operand]; }

  template <typename OpTy, typename... Args> mlir::Value make(Args &&...args) {
    return OpTy::create(builder, loc, std::forward<Args>(args)...)->getResult(0);
  }
  mlir::Value add(mlir::Value x, mlir::Value y) { return make<AddOp>(x, y); }
  mlir::Value sub(mlir::Value x, mlir::Value y) { return make<SubOp>(x, y); }
  mlir::Value mul(mlir::Value x, mlir::Value y) { return make<MulOp>(x, y); }
  mlir::Value div(mlir::Value x, mlir::Value y) { return make<DivOp>(x, y); }
  mlir::Value neg(mlir::Value x) { return make<NegOp>(x); }
  mlir::Value scale(mlir::Value x, double factor) { return mul(x, splat(factor, x)); }
  mlir::Value select(mlir::Value condition, mlir::Value x, mlir::Value y) { return make<SelectOp>(condition, x, y); }
  mlir::Value compare(Comparison relation, mlir::Value x, mlir::Value y) { return make<CompareOp>(relation, x, y); }
  mlir::Value isZero(mlir::Value x) { return compare(Comparison::EQ, x, splat(0, x)); }

  /// `x` as `type`, through `tensor.cast` where they differ in what is static; null stays null.
  mlir::Value cast(mlir::Value x, mlir::Type type);
  /// `x` with elements of another type.
  mlir::Value castElements(mlir::Value x, mlir::Type elementType);

  //===--- Numbers ---------------------------------------------------------===//

  mlir::Value scalar(double number, mlir::Type elementType);
  /// `number` in the element type and sizes of `like`.
  mlir::Value splat(double number, mlir::Value like);
  mlir::Value splat(double number, mlir::Type elementType, llvm::ArrayRef<mlir::OpFoldResult> sizes);
  /// A size as a scalar tensor.
  mlir::Value number(mlir::OpFoldResult size, mlir::Type elementType);
  mlir::Value iota(mlir::Type elementType, int64_t dimension, llvm::ArrayRef<mlir::OpFoldResult> sizes) {
    return make<IotaOp>(elementType, dimension, sizes);
  }
  mlir::OpFoldResult index(int64_t value) { return builder.getIndexAttr(value); }
  SizeMath math() { return SizeMath(builder, loc); }
  llvm::SmallVector<mlir::OpFoldResult> sizes(mlir::Value x);
  mlir::OpFoldResult size(mlir::Value x, int64_t dim);
  mlir::OpFoldResult product(llvm::ArrayRef<mlir::OpFoldResult> sizes);

  //===--- Reductions ------------------------------------------------------===//

  /// Sum over `dimensions`, which stay as ones repeated to the old size.
  mlir::Value sumBack(mlir::Value x, llvm::ArrayRef<int64_t> dimensions);
  mlir::Value meanBack(mlir::Value x, llvm::ArrayRef<int64_t> dimensions);
  /// Sum over `dimensions`, which go away.
  mlir::Value sum(mlir::Value x, llvm::ArrayRef<int64_t> dimensions);
  mlir::Value sumAll(mlir::Value x);
  /// `x` repeated along the dimensions that `reduced` took away from `like`.
  mlir::Value expandLike(mlir::Value x, mlir::Value like, llvm::ArrayRef<int64_t> reduced);

  //===--- Movement --------------------------------------------------------===//

  /// The elements of `x` in the sizes of `like`.
  mlir::Value reshapeLike(mlir::Value x, mlir::Value like);
  mlir::Value reshape(mlir::Value x, llvm::ArrayRef<mlir::OpFoldResult> sizes) { return make<ReshapeOp>(x, sizes); }
  mlir::Value broadcast(mlir::Value x, llvm::ArrayRef<int64_t> dimensions, llvm::ArrayRef<mlir::OpFoldResult> sizes) {
    return make<BroadcastOp>(x, dimensions, sizes);
  }
  mlir::Value transpose(mlir::Value x, llvm::ArrayRef<int64_t> permutation);
  /// The slice with unit steps.
  mlir::Value slice(mlir::Value x, llvm::ArrayRef<mlir::OpFoldResult> offsets, llvm::ArrayRef<mlir::OpFoldResult> sizes);
  /// Zeros around `x`; a negative number takes elements away.
  mlir::Value pad(mlir::Value x, llvm::ArrayRef<mlir::OpFoldResult> low, llvm::ArrayRef<mlir::OpFoldResult> high);
  /// `step - 1` zeros behind each element along `dim`.
  mlir::Value interleave(mlir::Value x, int64_t dim, int64_t step);
  /// Adds row i of `rows` (the first dimension) to row `indices[i]` of `size` rows of zeros.
  mlir::Value scatterRows(mlir::Value rows, mlir::Value indices, mlir::OpFoldResult size);
  /// The same along `axis`, with as many indices as `x` has elements along it: what a gather along an axis gives back.
  mlir::Value scatterAlong(mlir::Value x, mlir::Value indices, int64_t axis, mlir::OpFoldResult size);

  mlir::OpBuilder &getBuilder() { return builder; }
  mlir::Location getLoc() { return loc; }

private:
  mlir::OpBuilder &builder;
  mlir::Location loc;
  llvm::ArrayRef<bool> wanted;
};

} // namespace ingot

#endif // INGOT_IR_GRAD_GRAD_H
