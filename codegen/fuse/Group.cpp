//===- Group.cpp - Which linalg ops become one kernel ---------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/fuse/Group.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace ingot {

static Value stripConversions(Value v) {
  while (Operation *op = v.getDefiningOp()) {
    if (!isa<arith::ExtFOp, arith::ExtSIOp, arith::ExtUIOp, arith::SIToFPOp, arith::UIToFPOp>(op))
      break;
    v = op->getOperand(0);
  }
  return v;
}

bool hasMultiplyAddBody(linalg::GenericOp op) {
  if (op.getNumDpsInputs() != 2 || op.getNumDpsInits() != 1)
    return false;
  Block *body = op.getBody();
  Operation *add = body->getTerminator()->getOperand(0).getDefiningOp();
  if (!add || !isa<arith::AddFOp, arith::AddIOp>(add))
    return false;
  Value acc = body->getArgument(2);
  Value product = add->getOperand(0) == acc ? add->getOperand(1) : add->getOperand(1) == acc ? add->getOperand(0) : Value();
  if (!product)
    return false;
  Operation *mul = product.getDefiningOp();
  if (!mul || !isa<arith::MulFOp, arith::MulIOp>(mul))
    return false;
  Value a = stripConversions(mul->getOperand(0)), b = stripConversions(mul->getOperand(1));
  Value x = body->getArgument(0), y = body->getArgument(1);
  return (a == x && b == y) || (a == y && b == x);
}

// Loops that an indexing map depends on.
static llvm::BitVector usedDims(AffineMap map) {
  llvm::BitVector used(map.getNumDims());
  map.walkExprs([&](AffineExpr e) {
    if (auto d = dyn_cast<AffineDimExpr>(e))
      used.set(d.getPosition());
  });
  return used;
}

std::optional<ContractionDims> getContractionDims(linalg::GenericOp op) {
  if (!hasMultiplyAddBody(op) || op.getNumReductionLoops() == 0)
    return std::nullopt;
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  AffineMap out = maps[2];
  if (!out.isProjectedPermutation() || out.getNumResults() == 0)
    return std::nullopt;
  llvm::BitVector a = usedDims(maps[0]), b = usedDims(maps[1]), c = usedDims(out);
  // The second input gives whole vectors, so it has to hold the innermost dimension of the result, and the first must not.
  unsigned inner = cast<AffineDimExpr>(out.getResult(out.getNumResults() - 1)).getPosition();
  ContractionDims dims;
  if (b.test(inner) && !a.test(inner))
    dims.swapped = false;
  else if (a.test(inner) && !b.test(inner))
    dims.swapped = true;
  else
    return std::nullopt;
  if (dims.swapped)
    std::swap(a, b);
  // A window may slide over the scalar side only.
  if (!maps[dims.swapped ? 0 : 1].isProjectedPermutation())
    return std::nullopt;
  for (unsigned d = 0; d < op.getNumLoops(); ++d) {
    if (a.test(d) && b.test(d))
      (c.test(d) ? dims.batch : dims.k).push_back(d);
    else if (a.test(d) && c.test(d))
      dims.m.push_back(d);
    else if (b.test(d) && c.test(d))
      dims.n.push_back(d);
    else
      return std::nullopt; // summed over one input alone
  }
  if (dims.k.empty())
    return std::nullopt;
  return dims;
}

int64_t getGateColumns(linalg::GenericOp anchor) {
  for (auto slice : anchor->getBlock()->getOps<tensor::ExtractSliceOp>())
    if (slice.getSource().getDefiningOp<linalg::GenericOp>())
      return slice.getType().getShape().back();
  return 0;
}

bool isWindowOp(linalg::GenericOp op) {
  if (op.getNumReductionLoops() == 0 || op.getNumDpsInits() != 1 || op.getNumDpsInputs() == 0)
    return false;
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  if (maps[0].isProjectedPermutation(/*allowZeroInResults=*/true) || !maps.back().isProjectedPermutation())
    return false;
  AffineMap out = maps.back();
  if (out.getNumResults() == 0)
    return false;
  // The innermost dimension of result and input is the same loop: vectors run along it.
  AffineExpr inner = out.getResult(out.getNumResults() - 1);
  if (maps[0].getResult(maps[0].getNumResults() - 1) != inner)
    return false;
  SmallVector<int64_t> sizes = op.getStaticLoopRanges();
  int64_t taps = 1;
  for (auto [size, kind] : llvm::zip(sizes, op.getIteratorTypesArray()))
    if (kind == utils::IteratorType::reduction) {
      if (ShapedType::isDynamic(size))
        return false;
      taps *= size;
    }
  // Taps are unrolled. Larger windows go through the general loops.
  return taps <= 64;
}

} // namespace ingot
