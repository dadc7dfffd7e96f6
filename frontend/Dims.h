//===- Dims.h - Arithmetic on sizes -----------------------------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Sizes are `OpFoldResult`s: an attribute where they are known, an `index` value where they are not. Every size is kept as a simplified
// affine expression over the sizes that nothing more is known of, so that equal sizes are the same SSA value: h + 2 - 3 + 1 is h.
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_FRONTEND_DIMS_H
#define INGOT_FRONTEND_DIMS_H

#include "mlir/IR/AffineExpr.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/OpDefinition.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"

#include <map>
#include <optional>
#include <tuple>

namespace ingot {

using Dim = mlir::OpFoldResult;
using Dims = llvm::SmallVector<mlir::OpFoldResult>;

/// What a dimension's expression and value are. Values made inside a region are forgotten at its end (see `DimScope`).
class DimTable {
public:
  explicit DimTable(mlir::MLIRContext *context) : context(context) {}

  mlir::AffineExpr exprOf(mlir::ImplicitLocOpBuilder &b, Dim dim);
  Dim materialize(mlir::ImplicitLocOpBuilder &b, mlir::AffineExpr expr);
  /// Size `dim` of a ranked tensor.
  Dim sizeOf(mlir::ImplicitLocOpBuilder &b, mlir::Value tensor, int64_t dim);
  /// Declares that size `dim` of `tensor` is `size`.
  void setSize(mlir::Value tensor, int64_t dim, Dim size);

  /// Whether an expression is known not to be negative: sizes are not, nor sums and products of them.
  bool isNonNegative(mlir::AffineExpr expr) const;
  bool isNonNegative(mlir::Value value) const;

  /// From now on two sizes count as equal (a check at run time sees to it).
  void declareEqual(mlir::ImplicitLocOpBuilder &b, Dim x, Dim y);
  /// Whether both sizes are computed from the same sizes, and so are meant to be related.
  bool haveSameOrigin(mlir::ImplicitLocOpBuilder &b, Dim x, Dim y);

  unsigned numSymbols() const { return symbols.size(); }

  /// An expression that is not affine: the same operation on the same operands is the same symbol.
  enum class Opaque { Mul, FloorDiv, CeilDiv, Mod, Max, Min };
  Dim opaque(mlir::ImplicitLocOpBuilder &b, Opaque kind, Dim lhs, Dim rhs);

private:
  friend class DimScope;
  mlir::AffineExpr symbolFor(mlir::Value value);
  Dim traceSize(mlir::ImplicitLocOpBuilder &b, mlir::Value tensor, int64_t dim);
  mlir::Value emit(mlir::ImplicitLocOpBuilder &b, mlir::AffineExpr expr);

  mlir::AffineExpr simplify(mlir::AffineExpr expr) const;
  void collectOrigins(mlir::AffineExpr expr, llvm::DenseSet<mlir::Value> &origins) const;
  void collectOrigins(mlir::Value value, llvm::DenseSet<mlir::Value> &origins) const;

  mlir::MLIRContext *context;
  std::vector<mlir::Value> symbols;
  std::vector<std::pair<mlir::AffineExpr, mlir::AffineExpr>> equalities; // the first is replaced by the second
  llvm::DenseMap<mlir::Value, mlir::AffineExpr> exprs;
  llvm::DenseMap<mlir::AffineExpr, mlir::Value> values;
  llvm::DenseMap<std::pair<mlir::Value, int64_t>, Dim> sizes;
  llvm::DenseSet<mlir::AffineExpr> nonNegative; // sizes of tensors
  /// Sizes whose op is being asked for its formula; an op that answers with the size itself ends there.
  llvm::DenseSet<std::pair<mlir::Value, int64_t>> inProgress;
  std::map<std::tuple<int, const void *, const void *>, Dim> opaques;
};

/// Forgets at its end what the table learned since its beginning: the values of a region do not dominate what follows it.
class DimScope {
public:
  explicit DimScope(DimTable &table) : table(table), saved(table) {}
  ~DimScope() { table = std::move(saved); }
  DimScope(const DimScope &) = delete;
  DimScope &operator=(const DimScope &) = delete;

private:
  DimTable &table;
  DimTable saved;
};

} // namespace ingot

#endif // INGOT_FRONTEND_DIMS_H
