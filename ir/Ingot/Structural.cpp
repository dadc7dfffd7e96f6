//===- Structural.cpp - Constants, iota, random, composites, calls -------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ir/Ingot/MixedPatterns.h"

using namespace mlir;
using namespace ingot;
using namespace ingot::detail;

//===--- constant ----------------------------------------------------------===//

OpFoldResult ConstantOp::fold(FoldAdaptor) {
  return getValue();
}

SizeSource ConstantOp::getSizeSource(unsigned, int64_t) {
  return {};
}

LogicalResult ConstantOp::reifyResultShapes(OpBuilder &builder, ReifiedRankedShapedTypeDims &sizes) {
  return reifySizes(*this, builder, sizes);
}

//===--- iota --------------------------------------------------------------===//

void IotaOp::build(OpBuilder &builder, OperationState &state, Type elementType, int64_t dimension, ArrayRef<OpFoldResult> sizes) {
  SmallVector<int64_t> statics;
  SmallVector<Value> dynamics;
  splitMixed(sizes, statics, dynamics);
  build(builder, state, getTensorType(sizes, elementType), dynamics, statics, dimension);
}

LogicalResult IotaOp::verify() {
  auto type = getResult().getType();
  if (failed(verifySizes(*this, "C1", getStaticSizes(), getSizes(), type.getShape())))
    return failure();
  if (getDimension() >= static_cast<uint64_t>(type.getRank()))
    return emitOpError() << "(C2) dimension " << static_cast<int64_t>(getDimension()) << " is out of range for rank "
                         << type.getRank();
  return success();
}

SizeSource IotaOp::getSizeSource(unsigned, int64_t dim) {
  return getMixedSizes()[dim];
}

LogicalResult IotaOp::reifyResultShapes(OpBuilder &builder, ReifiedRankedShapedTypeDims &sizes) {
  return reifySizes(*this, builder, sizes);
}

void IotaOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<MakeSizesStatic<IotaOp>>(context);
}

//===--- random ------------------------------------------------------------===//

void RandomOp::build(OpBuilder &builder, OperationState &state, Type elementType, RandomKind kind, double first, double second,
                     int64_t seed, ArrayRef<OpFoldResult> sizes, Value runSeed, Value step) {
  SmallVector<int64_t> statics;
  SmallVector<Value> dynamics;
  splitMixed(sizes, statics, dynamics);
  build(builder, state, getTensorType(sizes, elementType), dynamics, runSeed, step, statics, kind, llvm::APFloat(first),
        llvm::APFloat(second), seed);
}

LogicalResult RandomOp::verify() {
  if (!getRunSeed() != !getStep())
    return emitOpError("(C2) run_seed and step must be given together");
  return verifySizes(*this, "C1", getStaticSizes(), getSizes(), getResult().getType().getShape());
}

SizeSource RandomOp::getSizeSource(unsigned, int64_t dim) {
  return getMixedSizes()[dim];
}

LogicalResult RandomOp::reifyResultShapes(OpBuilder &builder, ReifiedRankedShapedTypeDims &sizes) {
  return reifySizes(*this, builder, sizes);
}

void RandomOp::getCanonicalizationPatterns(RewritePatternSet &patterns, MLIRContext *context) {
  patterns.add<MakeSizesStatic<RandomOp>>(context);
}

//===--- composite ---------------------------------------------------------===//

LogicalResult CompositeOp::verify() {
  Block &block = getBody().front();
  if (!llvm::equal(block.getArgumentTypes(), getInputs().getTypes()))
    return emitOpError("(C1) the region's arguments do not have the types of the inputs");
  auto yield = block.empty() ? YieldOp() : dyn_cast<YieldOp>(block.back());
  if (!yield || !llvm::equal(yield.getValues().getTypes(), getResults().getTypes()))
    return emitOpError("(C2) the region does not yield values of the results' types");
  return success();
}

SizeSource CompositeOp::getSizeSource(unsigned, int64_t) {
  return {};
}

LogicalResult CompositeOp::reifyResultShapes(OpBuilder &builder, ReifiedRankedShapedTypeDims &sizes) {
  return reifySizes(*this, builder, sizes);
}

//===--- custom_call -------------------------------------------------------===//

LogicalResult CustomCallOp::verify() {
  if (getCallee().empty())
    return emitOpError("(C1) the callee has no name");
  return success();
}

SizeSource CustomCallOp::getSizeSource(unsigned, int64_t) {
  return {};
}

LogicalResult CustomCallOp::reifyResultShapes(OpBuilder &builder, ReifiedRankedShapedTypeDims &sizes) {
  return reifySizes(*this, builder, sizes);
}

//===--- assert ------------------------------------------------------------===//

SizeSource AssertOp::getSizeSource(unsigned, int64_t) {
  return {};
}

LogicalResult AssertOp::reifyResultShapes(OpBuilder &, ReifiedRankedShapedTypeDims &) {
  return success();
}
