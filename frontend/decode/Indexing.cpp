//===- Indexing.cpp - Operators that pick elements by index -------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "frontend/Decoder.h"

#include <limits>

using namespace mlir;

namespace ingot {
namespace {

/// Reports known indices outside [-size, size).
bool checkIndices(NodeReader &node, ImportBuilder &b, unsigned input, Dim size) {
  ElementsAttr attr = node.constantInput(input);
  if (!attr || !b.known(size) || attr.getNumElements() > 65536)
    return true;
  int64_t count = *b.known(size);
  auto indices = node.constantInts(input);
  for (int64_t index : *indices)
    if (index < -count || index >= count)
      return node.check(false, "index " + Twine(index) + " is out of range for size " + Twine(count));
  return true;
}

Decoded gather(NodeReader &node, ImportBuilder &b) {
  Value x = node.input(0), indices = node.input(1);
  if (!node.checkRank(x, 1))
    return failure();
  int64_t axis = node.axis("axis", 0, rankOf(x));
  if (node.failed() || !checkIndices(node, b, 1, b.size(x, axis)))
    return failure();
  // A single known index is a slice, which fuses with what it reads.
  if (auto index = node.constantInt(1); index && rankOf(indices) == 0)
    return b.pick(x, axis, *index < 0 ? b.addDims(b.size(x, axis), b.dim(*index)) : b.dim(*index));
  return b.create<GatherOp>(x, indices, axis);
}

Decoded gatherElements(NodeReader &node, ImportBuilder &b) {
  Value x = node.input(0), indices = node.input(1);
  if (!node.checkRank(x, 1) || !node.checkRank(indices, rankOf(x), rankOf(x)))
    return failure();
  int64_t axis = node.axis("axis", 0, rankOf(x));
  if (node.failed() || !checkIndices(node, b, 1, b.size(x, axis)))
    return failure();
  return b.create<GatherElementsOp>(x, indices, axis);
}

Decoded gatherNd(NodeReader &node, ImportBuilder &b) {
  Value x = node.input(0), indices = node.input(1);
  int64_t batch = node.i("batch_dims", 0);
  if (!node.checkRank(x, 1) || !node.checkRank(indices, 1))
    return failure();
  auto tuple = b.known(b.size(indices, rankOf(indices) - 1));
  if (!tuple)
    return node.unsupported("the last size of its indices is not known at compile time, so the rank of the result is not");
  if (batch < 0 || batch >= rankOf(indices) || batch + *tuple > rankOf(x))
    return node.fail("its indices and batch_dims do not fit its data");
  return b.create<GatherNdOp>(x, indices, batch);
}

std::optional<ScatterKind> scatterKind(NodeReader &node) {
  StringRef reduction = node.s("reduction", "none");
  if (reduction == "none")
    return ScatterKind::Replace;
  auto kind = symbolizeScatterKind(reduction);
  if (!kind)
    (void)node.fail("there is no reduction '" + reduction + "'");
  return kind;
}

Decoded scatterElements(NodeReader &node, ImportBuilder &b) {
  Value x = node.input(0), indices = node.input(1), updates = node.input(2);
  auto kind = scatterKind(node);
  if (!kind || !node.checkRank(x, 1) || !node.checkRank(indices, rankOf(x), rankOf(x)) ||
      !node.checkRank(updates, rankOf(x), rankOf(x)))
    return failure();
  int64_t axis = node.axis("axis", 0, rankOf(x));
  if (node.failed() || !checkIndices(node, b, 1, b.size(x, axis)))
    return failure();
  return b.create<ScatterElementsOp>(x, indices, updates, axis, *kind);
}

Decoded scatterNd(NodeReader &node, ImportBuilder &b) {
  Value x = node.input(0), indices = node.input(1), updates = node.input(2);
  auto kind = scatterKind(node);
  if (!kind || !node.checkRank(x, 1) || !node.checkRank(indices, 1))
    return failure();
  auto tuple = b.known(b.size(indices, rankOf(indices) - 1));
  if (!tuple)
    return node.unsupported("the last size of its indices is not known at compile time");
  if (*tuple > rankOf(x) || rankOf(updates) != rankOf(indices) - 1 + rankOf(x) - *tuple)
    return node.fail("its data, indices and updates do not fit together");
  return b.create<ScatterNdOp>(x, indices, updates, *kind);
}

/// Positions of the true elements of a vector.
Value positions(ImportBuilder &b, Value condition) {
  Value indices = b.create<NonzeroOp>(condition); // [1, n]
  return b.reshape(indices, Dims{b.size(indices, 1)});
}

Decoded compress(NodeReader &node, ImportBuilder &b) {
  Value x = node.input(0), condition = node.input(1);
  if (!node.checkRank(x, 1) || !node.checkRank(condition, 1, 1))
    return failure();
  if (!node.has("axis"))
    return b.create<GatherOp>(b.reshape(x, Dims{b.product(b.sizes(x))}), positions(b, condition), 0);
  int64_t axis = node.axis("axis", 0, rankOf(x));
  return node.failed() ? Decoded(failure()) : Decoded(b.create<GatherOp>(x, positions(b, condition), axis));
}

Decoded nonZero(NodeReader &node, ImportBuilder &b) {
  Value x = node.input(0);
  // A scalar is read as a vector of one element, as ONNX's own implementation does.
  return b.create<NonzeroOp>(rankOf(x) ? x : b.unsqueeze(x, {0}));
}

Decoded oneHot(NodeReader &node, ImportBuilder &b) {
  Value indices = node.input(0), depth = node.input(1), values = node.input(2);
  if (!node.checkRank(values, 1, 1) || !node.checkRank(depth, 0, 1))
    return failure();
  int64_t axis = node.axis("axis", -1, rankOf(indices) + 1);
  if (node.failed())
    return failure();
  Type i64 = b.getI64Type();
  Dim count = b.extractDim(b.castTo(depth, i64));
  Value index = b.castTo(indices, i64);
  index = b.select(b.compare(Comparison::LT, index, 0), b.add(index, b.broadcastLike(b.dimScalar(count), index)), index);
  Dims sizes = b.sizes(indices);
  sizes.insert(sizes.begin() + axis, count);
  Value hit = b.compare(Comparison::EQ, b.broadcastTo(b.unsqueeze(index, {axis}), sizes), b.iota(i64, sizes, axis));
  return b.select(hit, b.pick(values, 0, b.dim(1)), b.pick(values, 0, b.dim(0)));
}

Decoded topKBy(NodeReader &node, ImportBuilder &b, Dim k) {
  Value x = node.input(0);
  if (!node.checkRank(x, 1))
    return failure();
  int64_t axis = node.axis("axis", -1, rankOf(x));
  if (node.failed())
    return failure();
  Dim size = b.size(x, axis);
  if (b.known(k) && (*b.known(k) < 0 || (b.known(size) && *b.known(k) > *b.known(size))))
    return node.fail("k is " + Twine(*b.known(k)) + ", which is negative or more than there are elements");
  auto op = b.create<TopkOp>(x, k, axis, node.i("largest", 1) != 0, node.i("sorted", 1) != 0);
  return Decoded(op->getResults());
}

Decoded topKByAttribute(NodeReader &node, ImportBuilder &b) { return topKBy(node, b, b.dim(node.i("k", 0))); }

Decoded topK(NodeReader &node, ImportBuilder &b) {
  auto k = node.shapeInput(1);
  if (failed(k))
    return failure();
  return k->size() == 1 ? topKBy(node, b, k->front()) : Decoded(node.fail("k must have one element"));
}

Decoded nonMaxSuppression(NodeReader &node, ImportBuilder &b) {
  if (!node.checkRank(node.input(0), 3, 3) || !node.checkRank(node.input(1), 3, 3))
    return failure();
  auto optional = [&](unsigned i, Value otherwise) { return node.hasInput(i) ? b.reshape(node.input(i), Dims()) : otherwise; };
  SmallVector<Value> inputs = {node.input(0), node.input(1), optional(2, b.scalarInt(0, b.getI64Type())),
                               optional(3, b.scalar(0, b.getF32Type())),
                               optional(4, b.scalar(-std::numeric_limits<double>::infinity(), b.getF32Type()))};
  auto parameters = b.getDictionaryAttr(b.getNamedAttr("center_point_box", b.getI64IntegerAttr(node.i("center_point_box", 0))));
  auto type = RankedTensorType::get({ShapedType::kDynamic, 3}, b.getI64Type());
  auto call = b.create<CustomCallOp>(TypeRange{type}, inputs, "non_max_suppression", parameters);
  return Decoded(call->getResults());
}

} // namespace

void registerIndexing(DecoderTable &table) {
  table.on("Gather", 1, gather);
  table.on("GatherElements", 11, gatherElements);
  table.on("GatherND", 11, gatherNd);
  table.on("Scatter", 9, scatterElements);
  table.on("ScatterElements", 11, scatterElements);
  table.on("ScatterND", 11, scatterNd);
  table.on("Compress", 9, compress);
  table.on("NonZero", 9, nonZero);
  table.on("OneHot", 9, oneHot);
  table.on("TopK", 1, topKByAttribute);
  table.on("TopK", 10, topK);
  table.on("NonMaxSuppression", 10, nonMaxSuppression);
}

} // namespace ingot
