//===- SumOrder.h - In which order sums are made ----------------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The kernel of a sum has the loops that suit everything in it, and so the order of the sum depended on what else is in the kernel.
// Where the same sum has to have the same bits in kernels of different company, the order is settled before kernels are formed, and
// only ops that agree with it get into the kernel.
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_CODEGEN_FUSE_SUMORDER_H
#define INGOT_CODEGEN_FUSE_SUMORDER_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

namespace ingot {

/// On sums of floats: a number for each loop, 0 for those that are not summed over. Neighbouring loops of one number are walked as
/// one; vectors run along those of a negative number. With no numbers at all the sum has a kernel for itself.
constexpr llvm::StringLiteral sumOrderAttrName = "ingot.sum_order";

/// Gives the sums in `function` their order, but for those of contractions and windows, which have loops of their own.
void settleSumOrders(mlir::func::FuncOp function);

inline mlir::DenseI64ArrayAttr sumOrderOf(mlir::Operation *op) {
  return op->getAttrOfType<mlir::DenseI64ArrayAttr>(sumOrderAttrName);
}

/// Whether loops `d` and `d + 1` are walked as one.
inline bool walksAsOne(llvm::ArrayRef<int64_t> order, size_t d) {
  return d + 1 < order.size() && order[d] && order[d] == order[d + 1];
}

/// Whether storing with this padding, or into a part of this concatenation or slice, keeps a kernel from walking loops as one.
bool breaksSumOrder(mlir::Operation *place, llvm::ArrayRef<int64_t> order);

/// Whether `op`, a member of the kernel that has a sum of this order leaves it as it is.
bool keepsSumOrder(mlir::linalg::GenericOp op, mlir::DenseI64ArrayAttr order);

} // namespace ingot

#endif // INGOT_CODEGEN_FUSE_SUMORDER_H
