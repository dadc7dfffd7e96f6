//===- TensorOps.cpp - Evaluation of the tensor dialect ------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ir/Eval/Elements.h"
#include "ir/Eval/Upstream.h"

using namespace mlir;
using namespace ingot;
using namespace ingot::eval;

// The flat position of an element, or failure when there is no such element.
static FailureOr<int64_t> positionOf(EvalState &state, const EvalTensor &x, ValueRange indices) {
  int64_t position = 0;
  for (auto [dim, value] : llvm::enumerate(indices)) {
    int64_t i = state.index(value), size = x.getDimSize(dim);
    if (i < 0 || i >= size)
      return state.error("element " + Twine(i) + " of dimension " + Twine(dim) + " of size " + Twine(size) + " does not exist");
    position = position * size + i;
  }
  return position;
}

static LogicalResult evaluateDim(tensor::DimOp op, EvalState &state) {
  const EvalTensor &source = state.tensor(op.getSource());
  int64_t dim = state.index(op.getIndex());
  if (dim < 0 || dim >= source.getRank())
    return state.error("dimension " + Twine(dim) + " does not exist");
  state.set(op.getResult(), EvalTensor::index(op.getContext(), source.getDimSize(dim)));
  return success();
}

static LogicalResult evaluateExtract(tensor::ExtractOp op, EvalState &state) {
  const EvalTensor &x = state.tensor(op.getTensor());
  FailureOr<int64_t> position = positionOf(state, x, op.getIndices());
  if (failed(position))
    return failure();
  state.set(op.getResult(), strided(x, {}, {}, *position));
  return success();
}

static LogicalResult evaluateInsert(tensor::InsertOp op, EvalState &state) {
  EvalTensor x = state.tensor(op.getDest()).copied();
  FailureOr<int64_t> position = positionOf(state, x, op.getIndices());
  if (failed(position))
    return failure();
  writeStrided(x, state.tensor(op.getScalar()), {}, *position);
  state.set(op.getResult(), x);
  return success();
}

static LogicalResult evaluateFromElements(tensor::FromElementsOp op, EvalState &state) {
  auto type = op.getType();
  EvalTensor result = EvalTensor::uninitialized(type.getShape(), type.getElementType());
  for (auto [i, element] : llvm::enumerate(op.getElements()))
    writeStrided(result, state.tensor(element), {}, i);
  state.set(op.getResult(), result);
  return success();
}

static LogicalResult evaluateExtractSlice(tensor::ExtractSliceOp op, EvalState &state) {
  FailureOr<EvalTensor> part =
      slice(state, state.tensor(op.getSource()), state.integers(op.getOffsets(), op.getStaticOffsets()),
            state.integers(op.getSizes(), op.getStaticSizes()), state.integers(op.getStrides(), op.getStaticStrides()));
  if (failed(part))
    return failure();
  SmallVector<int64_t> shape;
  llvm::SmallBitVector dropped = op.getDroppedDims();
  for (int64_t dim = 0; dim < part->getRank(); ++dim)
    if (!dropped.test(dim))
      shape.push_back(part->getDimSize(dim));
  state.set(op.getResult(), part->reshaped(shape));
  return success();
}

static LogicalResult evaluateInsertSlice(tensor::InsertSliceOp op, EvalState &state) {
  FailureOr<EvalTensor> result = updateSlice(
      state, state.tensor(op.getDest()), state.tensor(op.getSource()), state.integers(op.getOffsets(), op.getStaticOffsets()),
      state.integers(op.getSizes(), op.getStaticSizes()), state.integers(op.getStrides(), op.getStaticStrides()));
  if (failed(result))
    return failure();
  state.set(op.getResult(), *result);
  return success();
}

static LogicalResult setReshaped(EvalState &state, Value result, Value source, ArrayRef<int64_t> shape) {
  const EvalTensor &x = state.tensor(source);
  if (failed(state.checkShape(shape)))
    return failure();
  if (product(shape) != x.getNumElements())
    return state.error("a tensor of shape " + describe(x.getShape()) + " cannot be seen as " + describe(shape));
  EvalTensor reshaped = x.reshaped(shape);
  state.set(result, reshaped);
  return success();
}

static LogicalResult evaluateCollapse(tensor::CollapseShapeOp op, EvalState &state) {
  ArrayRef<int64_t> from = state.tensor(op.getSrc()).getShape();
  SmallVector<int64_t> shape;
  for (const ReassociationIndices &group : op.getReassociationIndices())
    shape.push_back(product(from.slice(group.front(), group.size())));
  return setReshaped(state, op.getResult(), op.getSrc(), shape);
}

std::optional<LogicalResult> eval::evaluateTensor(Operation *op, EvalState &state) {
  return llvm::TypeSwitch<Operation *, std::optional<LogicalResult>>(op)
      .Case([&](tensor::DimOp op) { return evaluateDim(op, state); })
      .Case([&](tensor::RankOp op) {
        state.set(op.getResult(), EvalTensor::index(op.getContext(), state.tensor(op.getTensor()).getRank()));
        return success();
      })
      .Case([&](tensor::ExtractOp op) { return evaluateExtract(op, state); })
      .Case([&](tensor::InsertOp op) { return evaluateInsert(op, state); })
      .Case([&](tensor::FromElementsOp op) { return evaluateFromElements(op, state); })
      .Case([&](tensor::CastOp op) {
        EvalTensor source = state.tensor(op.getSource());
        state.set(op.getResult(), source);
        return success();
      })
      .Case([&](tensor::EmptyOp op) -> LogicalResult {
        FailureOr<SmallVector<int64_t>> shape = state.sizes(op.getDynamicSizes(), op.getType().getShape());
        if (failed(shape))
          return failure();
        state.set(op.getResult(), EvalTensor(*shape, op.getType().getElementType()));
        return success();
      })
      .Case([&](tensor::SplatOp op) -> LogicalResult {
        FailureOr<SmallVector<int64_t>> shape = state.sizes(op.getDynamicSizes(), cast<RankedTensorType>(op.getType()).getShape());
        if (failed(shape))
          return failure();
        state.set(op.getResult(), strided(state.tensor(op.getInput()), *shape, SmallVector<int64_t>(shape->size(), 0)));
        return success();
      })
      .Case([&](tensor::ExtractSliceOp op) { return evaluateExtractSlice(op, state); })
      .Case([&](tensor::InsertSliceOp op) { return evaluateInsertSlice(op, state); })
      .Case([&](tensor::ExpandShapeOp op) {
        return setReshaped(state, op.getResult(), op.getSrc(), state.integers(op.getOutputShape(), op.getStaticOutputShape()));
      })
      .Case([&](tensor::CollapseShapeOp op) { return evaluateCollapse(op, state); })
      .Case([&](tensor::ReshapeOp op) {
        SmallVector<int64_t> shape;
        const EvalTensor &sizes = state.tensor(op.getShape());
        for (int64_t i = 0; i < sizes.getNumElements(); ++i)
          shape.push_back(sizes.getInt(i));
        return setReshaped(state, op.getResult(), op.getSource(), shape);
      })
      .Case([&](tensor::ConcatOp op) -> LogicalResult {
        SmallVector<EvalTensor> inputs = llvm::map_to_vector(op.getInputs(), [&](Value value) { return state.tensor(value); });
        FailureOr<EvalTensor> result = concatenate(state, inputs, op.getDim());
        if (failed(result))
          return failure();
        state.set(op.getResult(), *result);
        return success();
      })
      .Default([](Operation *) { return std::nullopt; });
}
