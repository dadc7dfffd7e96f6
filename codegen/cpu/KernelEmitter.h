//===- KernelEmitter.h - From what a kernel means to loops ------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A kernel arrives as a function on tensors (its meaning) and leaves as a function on flat buffers. The emitter keeps, for
// every tensor the kernel reads or writes, where an element lies (`Access`), and evaluates bodies of linalg ops for one point or
// for a vector of points along one loop: a value that is the same for all lanes stays scalar, the others become vectors.
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_CODEGEN_CPU_KERNELEMITTER_H
#define INGOT_CODEGEN_CPU_KERNELEMITTER_H

#include "codegen/TargetInfo.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/IRMapping.h"

#include <optional>

namespace ingot {

/// Where the elements of a tensor lie: element (i0, i1, ...) at `offset + sum(i_k * strides[k])` of flat `memory`.
/// A null offset or stride is zero.
struct Access {
  mlir::Value memory;
  mlir::Value offset;
  llvm::SmallVector<mlir::Value> strides;
  llvm::SmallVector<mlir::Value> sizes;
  /// `joined[i]`: dimensions i and i+1 lie one after another, as if they were one.
  llvm::SmallVector<bool> joined;
};

/// An access seen from loops: loop d moves it by `strides[d]` elements (null: not at all).
struct LoopAccess {
  mlir::Value memory;
  mlir::Value offset;
  llvm::SmallVector<mlir::Value> strides;
};

/// A value for every lane of a vector of points, or one for all.
struct Lane {
  mlir::Value value;    // scalar or vector
  mlir::Value unitBase; // set: lane i holds unitBase + i (an index along the vectorized loop); `value` may be null until needed
  bool isVector = false;
};

/// A vector of points of a loop nest: `width` of them along loop `vectorLoop` from `indices` on, those off in `mask` left out.
/// A negative `vectorLoop` means a single point.
struct Point {
  llvm::SmallVector<mlir::Value> indices;
  int vectorLoop = -1;
  int64_t width = 1;
  mlir::Value mask;
};

class KernelEmitter {
public:
  KernelEmitter(mlir::func::FuncOp meaning, const TargetInfo &target, mlir::OpBuilder &builder);

  /// Creates the final function, with flat buffers and sizes as arguments, and positions the builder in it.
  mlir::func::FuncOp createFunction();

  // Index arithmetic on values where null is zero; folds constants.
  mlir::Value constant(int64_t value);
  mlir::Value add(mlir::Value a, mlir::Value b);
  mlir::Value sub(mlir::Value a, mlir::Value b);
  mlir::Value mul(mlir::Value a, mlir::Value b);
  mlir::Value ceilDiv(mlir::Value a, int64_t b);
  mlir::Value floorDiv(mlir::Value a, mlir::Value b);
  mlir::Value rem(mlir::Value a, mlir::Value b);
  mlir::Value minimum(mlir::Value a, mlir::Value b);
  mlir::Value maximum(mlir::Value a, mlir::Value b);
  mlir::Value orZero(mlir::Value v) { return v ? v : constant(0); }
  static std::optional<int64_t> known(mlir::Value v);

  /// Where `tensor`, an argument of the kernel or a view of one, lies.
  Access accessOf(mlir::Value tensor);
  /// Where result `index` of the kernel is to be written.
  Access outputAccess(unsigned index);
  /// The slice of the output `access` that `insert` writes.
  Access sliceOf(Access access, mlir::tensor::InsertSliceOp insert);
  /// Every place that `value` of the meaning is stored to: outputs, the interior of outputs that pad it, slices of outputs.
  llvm::SmallVector<Access> destinations(mlir::Value value);
  /// `access` seen from loops that `map` leads to its dimensions.
  LoopAccess throughMap(const Access &access, mlir::AffineMap map);
  /// Sizes of the loops of `op`.
  llvm::SmallVector<mlir::Value> loopSizes(mlir::linalg::GenericOp op);

  /// Whether bodies of `op` can be evaluated for vectors; otherwise only point by point.
  static bool isVectorizable(mlir::linalg::GenericOp op);

  mlir::Value address(const LoopAccess &access, const Point &point);
  Lane load(const LoopAccess &access, const Point &point);
  void store(const Lane &value, const LoopAccess &access, const Point &point);

  /// Evaluates the body of `op` at `point` (in the op's own loops). `arguments` are the values of its block arguments; those
  /// of outputs may be null when the body does not read them. Returns the yielded lanes.
  llvm::SmallVector<Lane> evaluate(mlir::linalg::GenericOp op, const Point &point, llvm::ArrayRef<Lane> arguments);
  /// A scalar of the kernel function (argument or constant) in the emitted function.
  mlir::Value scalar(mlir::Value v);
  /// The scalar of a splat tensor, fill or 0-d scalar operand; null when `v` is none.
  mlir::Value splatOf(mlir::Value v);

  mlir::Value broadcast(mlir::Value v, int64_t width);
  mlir::Value asVector(const Lane &lane, int64_t width);
  mlir::Value iota(int64_t width);
  /// The columns of the square matrix whose rows are `rows`, as many as a vector has lanes: a power of two.
  llvm::SmallVector<mlir::Value> transposed(llvm::SmallVector<mlir::Value> rows);
  /// The elements of `vectors` in turn, as vectors of the same width.
  llvm::SmallVector<mlir::Value> interleaved(llvm::ArrayRef<mlir::Value> vectors);
  /// Mask of the first `count` of `width` lanes.
  mlir::Value tailMask(mlir::Value count, int64_t width);

  /// Emits `body(begin, end)` over [0, tasks): in parallel unless `serial`.
  void forTasks(mlir::Value tasks, bool serial, llvm::function_ref<void(mlir::Value)> body);
  mlir::scf::ForOp loop(mlir::Value lower, mlir::Value upper, int64_t step, mlir::ValueRange init,
                        llvm::function_ref<llvm::SmallVector<mlir::Value>(mlir::Value, mlir::ValueRange)> body);

  mlir::func::FuncOp meaning;
  const TargetInfo &target;
  mlir::OpBuilder &b;
  mlir::Location loc;
  /// Tensors of the meaning that are computed inside and not stored anywhere, set by forms that need it.
  llvm::DenseMap<mlir::Value, Access> accesses;

private:
  Access contiguous(mlir::Value memory, llvm::SmallVector<mlir::Value> sizes);

  mlir::func::FuncOp function;
  mlir::IRMapping scalars;
  llvm::SmallVector<Access> outputs;
};

/// The forms a kernel can take; each emits the body into the emitter's function.
mlir::LogicalResult emitRowKernel(KernelEmitter &emitter);
/// Sums of products for a few places of a window, with the channels innermost; whether `op` is that.
bool emitTapKernel(KernelEmitter &emitter, mlir::linalg::GenericOp op);
mlir::LogicalResult emitContractionKernel(KernelEmitter &emitter);
mlir::LogicalResult emitAttentionKernel(KernelEmitter &emitter);
mlir::LogicalResult emitWinogradKernel(KernelEmitter &emitter);
mlir::LogicalResult emitFilterKernel(KernelEmitter &emitter);
mlir::LogicalResult emitWindowKernel(KernelEmitter &emitter);
mlir::LogicalResult emitCopyKernel(KernelEmitter &emitter);
/// Fills the borders of outputs whose interior the kernel stores.
mlir::LogicalResult emitPadBorders(KernelEmitter &emitter);

} // namespace ingot

#endif // INGOT_CODEGEN_CPU_KERNELEMITTER_H
