//===- LinearAttention.cpp - Attention whose state is a matrix ----------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// For each head and each token: S = exp(decay) S, S += k (beta (v - S^T k))^T, y = scale S^T q, where decay and beta are there as
// `update_rule` says, and without beta S += k v^T. A loop over the tokens that carries S; query heads that share a state are the
// rows of one product with it.
//
//===----------------------------------------------------------------------===//

#include "frontend/Decoder.h"
#include "frontend/decode/Contraction.h"

#include "mlir/Dialect/SCF/IR/SCF.h"

#include <cmath>

using namespace mlir;

namespace ingot {
namespace {

class LinearAttention {
public:
  LinearAttention(NodeReader &node, ImportBuilder &b) : node(node), b(b) {}

  Decoded build();

private:
  LogicalResult read();
  /// An input [batch, tokens, ...] in the type of the state and the sizes [batch, tokens] + `sizes`.
  Value unpack(Value x, ArrayRef<Dim> sizes) {
    Dims all = {batch, tokens};
    all.append(sizes.begin(), sizes.end());
    return b.reshape(b.castTo(x, type), all);
  }
  Value at(Value x, Dim token) { return b.pick(x, 1, token); }
  /// The next state; `result` gets [batch, heads, group, value width].
  Value step(Value state, Dim token, Value &result);
  Value run(Value initial, Value &results);

  NodeReader &node;
  ImportBuilder &b;
  int64_t heads = 0, group = 0;
  Dim batch, tokens, keyWidth, valueWidth;
  Type type; // of the state
  Value query, key, value, decay, beta;
};

LogicalResult LinearAttention::read() {
  Value q = node.input(0), k = node.input(1), v = node.input(2), gate = node.input(4), rate = node.input(5);
  StringRef rule = node.s("update_rule", "gated_delta");
  if (!node.check(rule == "linear" || rule == "gated" || rule == "delta" || rule == "gated_delta",
                  "update_rule must be 'linear', 'gated', 'delta' or 'gated_delta'"))
    return failure();
  bool decays = rule.starts_with("gated"), corrects = rule.ends_with("delta");
  if (!node.check(!decays || gate, "decay is missing, which '" + rule + "' needs") ||
      !node.check(!corrects || rate, "beta is missing, which '" + rule + "' needs"))
    return failure();
  heads = node.i("kv_num_heads", 0);
  int64_t queryHeads = node.i("q_num_heads", 0);
  if (!node.check(heads > 0 && queryHeads > 0 && queryHeads % heads == 0, "q_num_heads must be a multiple of kv_num_heads"))
    return failure();
  group = queryHeads / heads;
  for (Value x : {q, k, v, decays ? gate : q, corrects ? rate : q})
    if (!node.checkRank(x, 3, 3))
      return failure();
  auto divides = [&](Value x, int64_t count) { return ShapedType::isDynamic(shapeOf(x)[2]) || shapeOf(x)[2] % count == 0; };
  if (!node.check(divides(q, queryHeads) && divides(k, heads) && divides(v, heads),
                  "the last dimension must be a multiple of the heads"))
    return failure();

  type = isSmallFloat(elementTypeOf(q)) ? b.getF32Type() : elementTypeOf(q);
  batch = b.size(q, 0), tokens = b.size(q, 1);
  keyWidth = b.floorDivDims(b.size(k, 2), b.dim(heads));
  valueWidth = b.floorDivDims(b.size(v, 2), b.dim(heads));
  query = unpack(q, {b.dim(heads), b.dim(group), keyWidth});
  double scale = node.f("scale", 0);
  if (scale != 0)
    query = b.mul(query, scale);
  else if (auto width = ImportBuilder::known(keyWidth))
    query = b.mul(query, 1 / std::sqrt(static_cast<double>(*width)));
  else
    query = b.mul(query, b.create<RsqrtOp>(b.castTo(b.dimScalar(keyWidth), type)));
  key = unpack(k, {b.dim(heads), b.dim(1), keyWidth});
  value = unpack(v, {b.dim(heads), b.dim(1), valueWidth});
  if (decays) {
    // One number a head, or one for each element of the key.
    if (ShapedType::isDynamic(shapeOf(gate)[2]))
      return node.unsupported("a decay whose last dimension is not known");
    bool isPerHead = shapeOf(gate)[2] == heads;
    if (!node.check(isPerHead || shapeOf(gate)[2] % heads == 0,
                    "decay must have an entry a head, or one for each element of the key"))
      return failure();
    decay = b.create<ExpOp>(unpack(gate, {b.dim(heads), isPerHead ? b.dim(1) : keyWidth, b.dim(1)}));
  }
  if (corrects)
    beta = unpack(rate, {b.size(rate, 2), b.dim(1), b.dim(1)});
  return success(!node.failed());
}

Value LinearAttention::step(Value state, Dim token, Value &result) {
  Value now = at(key, token), row = at(value, token);
  if (decay)
    state = b.mul(state, at(decay, token));
  if (beta)
    row = b.mul(b.sub(row, matmul(b, now, state)), at(beta, token));
  state = b.add(state, b.mul(b.swapDims(now, 2, 3), row));
  result = matmul(b, at(query, token), state);
  return state;
}

Value LinearAttention::run(Value initial, Value &results) {
  Dims resultSizes = {batch, tokens, b.dim(heads), b.dim(group), valueWidth},
       stateSizes = {batch, b.dim(heads), keyWidth, valueWidth};
  auto setSizes = [&](Value x, ArrayRef<Dim> sizes) {
    for (auto [dim, size] : llvm::enumerate(sizes))
      b.getDims().setSize(x, dim, size);
  };
  if (ImportBuilder::isKnown(tokens, 1)) {
    Value state = step(initial, b.dim(0), results);
    results = b.reshape(results, resultSizes);
    return state;
  }
  Value all = b.splat(0, type, resultSizes);
  auto loop = scf::ForOp::create(b, b.getLoc(), b.index(0), b.index(tokens), b.index(1), ValueRange{initial, all});
  {
    OpBuilder::InsertionGuard guard(b);
    DimScope scope(b.getDims());
    b.setInsertionPointToStart(loop.getBody());
    setSizes(loop.getRegionIterArg(0), stateSizes);
    setSizes(loop.getRegionIterArg(1), resultSizes);
    Value result;
    Value state = step(loop.getRegionIterArg(0), Dim(loop.getInductionVar()), result);
    Dims rowSizes = resultSizes;
    rowSizes[1] = b.dim(1);
    Dims offsets(5, b.dim(0));
    offsets[1] = Dim(loop.getInductionVar());
    all = b.create<UpdateSliceOp>(loop.getRegionIterArg(1), b.reshape(result, rowSizes), offsets);
    scf::YieldOp::create(
        b, b.getLoc(),
        ValueRange{b.castShape(state, typeOf(loop.getRegionIterArg(0))), b.castShape(all, typeOf(loop.getRegionIterArg(1)))});
  }
  setSizes(loop.getResult(0), stateSizes);
  setSizes(loop.getResult(1), resultSizes);
  results = loop.getResult(1);
  return loop.getResult(0);
}

Decoded LinearAttention::build() {
  if (failed(read()))
    return failure();
  Dims stateSizes = {batch, b.dim(heads), keyWidth, valueWidth};
  Value past = node.input(3), initial;
  if (past && !node.checkRank(past, 4, 4))
    return failure();
  initial = past ? b.castShape(b.castTo(past, type), b.tensorType(stateSizes, type)) : b.splat(0, type, stateSizes);
  Value results, last = run(initial, results);
  Type outer = elementTypeOf(node.input(0));
  Value y = b.reshape(b.castTo(results, outer), {batch, tokens, b.mulDims(b.dim(heads * group), valueWidth)});
  return SmallVector<Value>{y, b.castTo(last, past ? elementTypeOf(past) : outer)};
}

} // namespace

void registerLinearAttention(DecoderTable &table) {
  table.on("LinearAttention", 27, [](NodeReader &node, ImportBuilder &b) { return LinearAttention(node, b).build(); });
}

} // namespace ingot
