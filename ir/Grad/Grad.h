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

#define INGOT_NO_RULE_YET(OP) INGOT_WITHOUT_RULE(OP, NoRule)

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
  mlir::Value select(mlir::Value condition, mlir::Value x, mlir::Value y) { return make<SelectOp>(condition, x, y); }
  mlir::Value compare(Comparison relation, mlir::Value x, mlir::Value y) { return make<CompareOp>(relation, x, y); }

  /// `x` as `type`, through `tensor.cast` where they differ in what is static; null stays null.
  mlir::Value cast(mlir::Value x, mlir::Type type);
  /// `number` in the element type and sizes of `like`.
  mlir::Value splat(double number, mlir::Value like);
  /// Sum over `dimensions`, which stay as ones repeated to the old size.
  mlir::Value sumBack(mlir::Value x, llvm::ArrayRef<int64_t> dimensions);
  /// Sum over `dimensions`, which go away.
  mlir::Value sum(mlir::Value x, llvm::ArrayRef<int64_t> dimensions);
  /// The elements of `x` in the sizes of `like`.
  mlir::Value reshapeLike(mlir::Value x, mlir::Value like);
  /// `x` repeated along the dimensions that `reduced` took away from `like`.
  mlir::Value expandLike(mlir::Value x, mlir::Value like, llvm::ArrayRef<int64_t> reduced);

  mlir::OpBuilder &getBuilder() { return builder; }
  mlir::Location getLoc() { return loc; }

private:
  mlir::OpBuilder &builder;
  mlir::Location loc;
  llvm::ArrayRef<bool> wanted;
};

} // namespace ingot

#endif // INGOT_IR_GRAD_GRAD_H
