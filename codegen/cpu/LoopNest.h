//===- LoopNest.h - Loops of an anchor op and its epilogue ------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Contractions and windows with the elementwise ops that follow them. Everything the kernel touches is seen from the anchor's
// loops; neighbouring loops that all accesses walk as one are merged into axes.
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_CODEGEN_CPU_LOOPNEST_H
#define INGOT_CODEGEN_CPU_LOOPNEST_H

#include "codegen/cpu/KernelEmitter.h"

#include <vector>

namespace ingot {

/// One or more loops of the anchor that are walked as one.
struct Axis {
  llvm::SmallVector<unsigned> loops; // outermost first
  mlir::Value size;
};

/// An access of the anchor or of its epilogue, in the anchor's loops.
struct NestAccess {
  Access access;
  mlir::AffineMap map; // from the anchor's loops to the tensor's dimensions
  LoopAccess loops;
};

class LoopNest {
public:
  /// Collects the accesses of `anchor` and of the other ops of the kernel, its epilogue, but for those `before` it.
  LoopNest(KernelEmitter &e, mlir::linalg::GenericOp anchor, llvm::ArrayRef<mlir::Operation *> before = {});

  mlir::LogicalResult analyse();

  /// Merges `loops`, given outermost first, into axes. Accesses through `ignored` (a packed operand) do not restrict.
  llvm::SmallVector<Axis> merge(llvm::ArrayRef<unsigned> loops, llvm::ArrayRef<int> ignored = {});
  /// The stride of `access` along `axis`, null when it does not move.
  static mlir::Value stride(const NestAccess &access, const Axis &axis);
  /// `access` in terms of `axes`.
  LoopAccess along(const NestAccess &access, llvm::ArrayRef<Axis> axes);

  /// Runs the epilogue on `results` at `point` (in `axes`) and stores what the kernel returns. There is one result for each gate;
  /// `point` is the place in the first.
  void finish(llvm::ArrayRef<Lane> results, llvm::ArrayRef<Axis> axes, const Point &point);

  /// Asks for the cache lines that `finish` will read and write at `point`. Accesses that do not move along axis `along` are left out:
  /// they stay in the cache by themselves.
  void prefetch(llvm::ArrayRef<Axis> axes, const Point &point, unsigned along);
  /// Whether the epilogue computes elementary functions.
  bool hasCostlyEpilogue();

  KernelEmitter &e;
  mlir::linalg::GenericOp anchor;
  llvm::SmallVector<mlir::Value> sizes;   // of the anchor's loops
  std::vector<NestAccess> inputs;    // of the anchor
  mlir::Value initial;                    // scalar the result starts from
  int64_t gates = 1, gateColumns = 0;     // equal parts of the result's columns that the epilogue combines, 0 where it does not

private:
  struct Store {
    mlir::Value value;
    NestAccess access;
    bool ofGates; // lies where the columns of one gate do
  };
  struct Read {
    mlir::OpOperand *operand;
    NestAccess access;
    bool ofGates;
  };
  /// `point` moved to the same columns of gate `gate`.
  Point inGate(int64_t gate, const Point &point);
  bool joined(const NestAccess &access, unsigned outer, unsigned inner);
  /// `point`, given in `axes`, in the loops of an epilogue op.
  Point inLoopsOf(unsigned epilogueOp, llvm::ArrayRef<Axis> axes, const Point &point);
  NestAccess view(const Access &access, mlir::AffineMap map);

  llvm::SmallPtrSet<mlir::Operation *, 8> before;
  mlir::AffineMap resultToLoops; // result dimensions -> anchor loops
  llvm::SmallVector<mlir::Operation *> epilogue;    // linalg ops, and the slices that cut gates
  llvm::SmallVector<mlir::AffineMap> epilogueLoops; // anchor loops -> the op's loops
  llvm::SmallVector<bool> epilogueOfGates;          // whether the op works on the columns of one gate
  bool readsIndices = false;                        // whether an epilogue op computes with the indices of its loops
  std::vector<Store> stores;
  std::vector<Read> reads;
};

} // namespace ingot

#endif // INGOT_CODEGEN_CPU_LOOPNEST_H
