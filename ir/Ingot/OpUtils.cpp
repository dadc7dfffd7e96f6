//===- OpUtils.cpp - What the op families share ---------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ir/Ingot/OpUtils.h"

using namespace mlir;

namespace ingot::detail {

LogicalResult reifySizes(Operation *op, OpBuilder &builder, ReifiedRankedShapedTypeDims &sizes,
                         function_ref<OpFoldResult(unsigned, int64_t, SizeMath &)> compute) {
  auto sized = cast<SizeOpInterface>(op);
  SizeMath math(builder, op->getLoc());
  for (OpResult result : op->getResults()) {
    auto type = cast<RankedTensorType>(result.getType());
    auto &list = sizes.emplace_back();
    for (int64_t dim = 0; dim < type.getRank(); ++dim) {
      if (!type.isDynamicDim(dim)) {
        list.push_back(builder.getIndexAttr(type.getDimSize(dim)));
        continue;
      }
      SizeSource source = sized.getSizeSource(result.getResultNumber(), dim);
      if (source.size)
        list.push_back(source.size);
      else if (source.tensor)
        list.push_back(getMixedSize(builder, op->getLoc(), source.tensor, source.dim));
      else
        list.push_back(compute ? compute(result.getResultNumber(), dim, math) : OpFoldResult());
    }
  }
  return success();
}

LogicalResult verifyMixed(Operation *op, StringRef label, StringRef what, ArrayRef<int64_t> statics, ValueRange dynamics,
                          int64_t count, int64_t lowest) {
  if (static_cast<int64_t>(statics.size()) != count)
    return op->emitOpError() << "(" << label << ") " << what << " has " << statics.size() << " entries, not " << count;
  int64_t dynamic = llvm::count(statics, ShapedType::kDynamic);
  if (dynamic != static_cast<int64_t>(dynamics.size()))
    return op->emitOpError() << "(" << label << ") " << what << " has " << dynamic << " dynamic entries but " << dynamics.size()
                             << " operands";
  for (int64_t entry : statics)
    if (entry != ShapedType::kDynamic && entry < lowest)
      return op->emitOpError() << "(" << label << ") " << what << " has the entry " << entry << ", less than " << lowest;
  return success();
}

LogicalResult verifySizes(Operation *op, StringRef label, ArrayRef<int64_t> statics, ValueRange dynamics, ArrayRef<int64_t> shape) {
  if (failed(verifyMixed(op, label, "sizes", statics, dynamics, shape.size())))
    return failure();
  if (failed(verifyCompatibleShape(statics, shape)))
    return op->emitOpError() << "(" << label << ") sizes are not those of the result";
  return success();
}

LogicalResult verifyAxis(Operation *op, StringRef label, int64_t axis, int64_t rank) {
  if (axis < 0 || axis >= rank)
    return op->emitOpError() << "(" << label << ") axis " << axis << " is out of range for rank " << rank;
  return success();
}

LogicalResult verifyDimensions(Operation *op, StringRef label, StringRef what, ArrayRef<int64_t> dimensions, int64_t rank) {
  if (!areDistinctDimensions(dimensions, rank))
    return op->emitOpError() << "(" << label << ") " << what << " [" << dimensions << "] are not distinct dimensions of rank "
                             << rank;
  return success();
}

LogicalResult verifyType(Operation *op, StringRef label, StringRef what, Type declared, RankedTensorType expected) {
  auto type = cast<RankedTensorType>(declared);
  if (!expected || type.getElementType() != expected.getElementType() ||
      failed(verifyCompatibleShape(type.getShape(), expected.getShape()))) {
    InFlightDiagnostic error = op->emitOpError() << "(" << label << ") " << what << " is " << type;
    if (expected)
      error << ", not " << expected;
    return error;
  }
  return success();
}

bool areCompatible(TypeRange inferred, TypeRange declared) {
  return inferred.size() == declared.size() && llvm::all_of_zip(inferred, declared, [](Type left, Type right) {
           return getElementTypeOrSelf(left) == getElementTypeOrSelf(right) && succeeded(verifyCompatibleShape(left, right));
         });
}

int64_t permuteAxis(int64_t axis, ArrayRef<int64_t> permutation) {
  return std::distance(permutation.begin(), llvm::find(permutation, axis));
}

Operation *copyOn(OpBuilder &builder, Operation *op, ValueRange operands, Type resultType) {
  Operation *copy = op->clone();
  copy->setOperands(operands);
  copy->getResult(0).setType(cast<RankedTensorType>(resultType));
  return builder.insert(copy);
}

Value castTo(OpBuilder &builder, Location loc, Value value, Type type) {
  return value.getType() == type ? value : tensor::CastOp::create(builder, loc, type, value).getResult();
}

} // namespace ingot::detail
