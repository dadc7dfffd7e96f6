//===- Indexing.cpp - Evaluation of gathers and scatters -----------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A negative index counts from the end; one that is out of range is an error.
//
//===----------------------------------------------------------------------===//

#include "ir/Eval/Elements.h"

using namespace mlir;
using namespace ingot;
using namespace ingot::eval;

static FailureOr<int64_t> wrapIndex(EvalState &state, int64_t index, int64_t size) {
  int64_t wrapped = index < 0 ? index + size : index;
  if (wrapped < 0 || wrapped >= size)
    return state.error("index " + Twine(index) + " is out of range for a dimension of size " + Twine(size));
  return wrapped;
}

LogicalResult GatherOp::evaluate(EvalState &state) {
  const EvalTensor &x = state.tensor(getX()), &indices = state.tensor(getIndices());
  int64_t axis = getAxis();
  AxisLoops loops(x.getShape(), axis);
  SmallVector<int64_t> shape(x.getShape().take_front(axis));
  llvm::append_range(shape, indices.getShape());
  llvm::append_range(shape, x.getShape().drop_front(axis + 1));
  if (failed(state.checkShape(shape)))
    return failure();
  EvalTensor result = EvalTensor::uninitialized(shape, x.getElementType());
  int64_t count = indices.getNumElements(), row = loops.inner * x.getElementBytes();
  for (int64_t i = 0; i < count; ++i) {
    FailureOr<int64_t> index = wrapIndex(state, indices.getInt(i), loops.size);
    if (failed(index))
      return failure();
    for (int64_t outer = 0; outer < loops.outer; ++outer)
      std::memcpy(result.bytes() + (outer * count + i) * row, x.bytes() + (outer * loops.size + *index) * row, row);
  }
  state.set(getResult(), result);
  return success();
}

// The flat position in a tensor of sizes `shape` that the tuple `number` of `indices` names; tuples are shorter than the shape by
// `inner` elements.
static FailureOr<int64_t> positionOf(EvalState &state, const EvalTensor &indices, int64_t number, ArrayRef<int64_t> shape,
                                     int64_t inner) {
  int64_t position = 0, length = shape.size();
  for (int64_t d = 0; d < length; ++d) {
    FailureOr<int64_t> index = wrapIndex(state, indices.getInt(number * length + d), shape[d]);
    if (failed(index))
      return failure();
    position = position * shape[d] + *index;
  }
  return position * inner;
}

LogicalResult GatherNdOp::evaluate(EvalState &state) {
  const EvalTensor &x = state.tensor(getX()), &indices = state.tensor(getIndices());
  int64_t batch = getBatchDims(), length = indices.getShape().back();
  if (x.getShape().take_front(batch) != indices.getShape().take_front(batch))
    return state.error("x of shape " + describe(x.getShape()) + " and indices of shape " + describe(indices.getShape()) +
                       " differ in their batch dimensions");
  ArrayRef<int64_t> indexed = x.getShape().slice(batch, length), rest = x.getShape().drop_front(batch + length);
  SmallVector<int64_t> shape(indices.getShape().drop_back());
  llvm::append_range(shape, rest);
  if (failed(state.checkShape(shape)))
    return failure();
  EvalTensor result = EvalTensor::uninitialized(shape, x.getElementType());
  int64_t inner = product(rest), row = inner * x.getElementBytes(), batches = product(x.getShape().take_front(batch));
  int64_t tuples = product(indices.getShape().drop_back()), perBatch = batches ? tuples / batches : 0;
  int64_t batchElements = product(indexed) * inner;
  for (int64_t i = 0; i < tuples; ++i) {
    FailureOr<int64_t> position = positionOf(state, indices, i, indexed, inner);
    if (failed(position))
      return failure();
    int64_t from = i / perBatch * batchElements + *position;
    std::memcpy(result.bytes() + i * row, x.bytes() + from * x.getElementBytes(), row);
  }
  state.set(getResult(), result);
  return success();
}

// Calls `fn(position in x, position in indices)` for each entry of `indices`, in row-major order.
template <typename Fn>
static LogicalResult forEachElement(EvalState &state, const EvalTensor &x, const EvalTensor &indices, int64_t axis, Fn fn) {
  SmallVector<int64_t> strides = rowMajorStrides(x.getShape());
  for (int64_t dim = 0; dim < x.getRank(); ++dim)
    if (dim != axis && indices.getDimSize(dim) > x.getDimSize(dim))
      return state.error("indices of shape " + describe(indices.getShape()) + " reach beyond x of shape " + describe(x.getShape()));
  int64_t entry = 0;
  LogicalResult result = success();
  forEachIndex(indices.getShape(), [&](ArrayRef<int64_t> at) {
    if (failed(result))
      return;
    FailureOr<int64_t> index = wrapIndex(state, indices.getInt(entry), x.getDimSize(axis));
    if (failed(index)) {
      result = failure();
      return;
    }
    int64_t position = 0;
    for (int64_t dim = 0; dim < x.getRank(); ++dim)
      position += strides[dim] * (dim == axis ? *index : at[dim]);
    fn(position, entry++);
  });
  return result;
}

LogicalResult GatherElementsOp::evaluate(EvalState &state) {
  const EvalTensor &x = state.tensor(getX()), &indices = state.tensor(getIndices());
  EvalTensor result = EvalTensor::uninitialized(indices.getShape(), x.getElementType());
  unsigned bytes = x.getElementBytes();
  if (failed(forEachElement(state, x, indices, getAxis(), [&](int64_t position, int64_t entry) {
        std::memcpy(result.bytes() + entry * bytes, x.bytes() + position * bytes, bytes);
      })))
    return failure();
  state.set(getResult(), result);
  return success();
}

//===--- Scatter -----------------------------------------------------------===//

template <typename C> static C join(ScatterKind kind, C old, C update) {
  switch (kind) {
  case ScatterKind::Replace:
    return update;
  case ScatterKind::Add:
    return wrapping(old, update, [](auto x, auto y) { return x + y; });
  case ScatterKind::Mul:
    return wrapping(old, update, [](auto x, auto y) { return x * y; });
  case ScatterKind::Min:
    return old != old || old < update ? old : update;
  case ScatterKind::Max:
    return old != old || old > update ? old : update;
  }
  llvm_unreachable("unknown kind");
}

// Joins `count` elements of `updates` from `from` on with those of `x` from `to` on.
static void scatter(ScatterKind kind, EvalTensor &x, int64_t to, const EvalTensor &updates, int64_t from, int64_t count) {
  if (kind == ScatterKind::Replace) {
    unsigned bytes = x.getElementBytes();
    std::memcpy(x.bytes() + to * bytes, updates.bytes() + from * bytes, count * bytes);
    return;
  }
  dispatchCompute(x.getElementType(), [&](auto tag) {
    using C = typename decltype(tag)::type;
    for (int64_t i = 0; i < count; ++i) {
      C old, update;
      load(x, to + i, 1, &old);
      load(updates, from + i, 1, &update);
      C joined = join<C>(kind, old, update);
      store(x, to + i, 1, &joined);
    }
  });
}

LogicalResult ScatterNdOp::evaluate(EvalState &state) {
  const EvalTensor &indices = state.tensor(getIndices()), &updates = state.tensor(getUpdates());
  EvalTensor result = state.tensor(getX()).copied();
  int64_t length = indices.getShape().back();
  SmallVector<int64_t> indexed(result.getShape().take_front(length));
  int64_t inner = product(result.getShape().drop_front(length)), tuples = product(indices.getShape().drop_back());
  if (updates.getNumElements() != tuples * inner)
    return state.error("updates of shape " + describe(updates.getShape()) + " do not fit indices of shape " +
                       describe(indices.getShape()));
  for (int64_t i = 0; i < tuples; ++i) {
    FailureOr<int64_t> position = positionOf(state, indices, i, indexed, inner);
    if (failed(position))
      return failure();
    scatter(getKind(), result, *position, updates, i * inner, inner);
  }
  state.set(getResult(), result);
  return success();
}

LogicalResult ScatterElementsOp::evaluate(EvalState &state) {
  const EvalTensor &indices = state.tensor(getIndices()), &updates = state.tensor(getUpdates());
  EvalTensor result = state.tensor(getX()).copied();
  if (updates.getShape() != indices.getShape())
    return state.error("updates of shape " + describe(updates.getShape()) + " do not fit indices of shape " +
                       describe(indices.getShape()));
  if (failed(forEachElement(state, result, indices, getAxis(),
                            [&](int64_t position, int64_t entry) { scatter(getKind(), result, position, updates, entry, 1); })))
    return failure();
  state.set(getResult(), result);
  return success();
}
