//===- Contrib.cpp - com.microsoft's operators, attention, signals --------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "frontend/decode/Contraction.h"
#include "frontend/decode/Normalization.h"
#include "frontend/decode/Reduction.h"

#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace ingot {

//===--- Activations -------------------------------------------------------===//

// x / 2 * (1 + erf(x / sqrt(2))).
static Value gelu(ImportBuilder &b, Value x) {
  Value inner = b.create<ErfOp>(b.mul(x, 1.0 / std::sqrt(2.0)));
  return b.mul(b.mul(x, 0.5), b.add(inner, 1.0));
}

// x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 x^3))).
static Value tanhGelu(ImportBuilder &b, Value x) {
  Value cube = b.create<MulOp>(b.create<MulOp>(x, x), x);
  Value inner = b.mul(b.add(x, b.mul(cube, 0.044715)), std::sqrt(2.0 / llvm::numbers::pi));
  return b.mul(b.mul(x, 0.5), b.add(b.create<TanhOp>(inner), 1.0));
}

static Decoded msGelu(NodeReader &node, ImportBuilder &b) {
  return gelu(b, node.input(0));
}

static Decoded biasGelu(NodeReader &node, ImportBuilder &b) {
  return gelu(b, b.add(node.input(0), node.input(1)));
}

static Decoded fastGelu(NodeReader &node, ImportBuilder &b) {
  Value x = node.input(0);
  return tanhGelu(b, node.hasInput(1) ? b.add(x, node.input(1)) : x);
}

static Decoded quickGelu(NodeReader &node, ImportBuilder &b) {
  Value x = node.input(0);
  return b.create<MulOp>(x, b.create<SigmoidOp>(b.mul(x, node.f("alpha", 1.702))));
}

//===--- Skip connections with normalization -------------------------------===//

// Inputs: x, skip, gamma, then (not for the RMS form) beta, bias. Outputs: y, mean, inverse deviation, x + skip + bias.
static Decoded skipNormalization(NodeReader &node, ImportBuilder &b, bool rms) {
  Value x = node.input(0), gamma = node.input(2);
  if (!node.checkRank(x, 2, 3) || !node.checkRank(gamma, 1, 1))
    return failure();
  unsigned biasInput = rms ? 3 : 4;
  Value sum = b.create<AddOp>(x, b.broadcastLike(node.input(1), x));
  if (node.hasInput(biasInput))
    sum = b.create<AddOp>(sum, b.broadcastLike(node.input(biasInput), sum));
  SmallVector<int64_t> axes = {rankOf(sum) - 1};
  double epsilon = node.f("epsilon", 1e-12);
  Value y = scaleAndShift(b, normalize(b, sum, axes, epsilon, rms), gamma, rms ? Value() : node.input(3));
  SmallVector<Value> results = {y};
  if (node.outputUsed(1) || node.outputUsed(2)) {
    auto [mean, inverse] = meanAndInverseDeviation(b, sum, axes, epsilon);
    results.push_back(mean);
    results.push_back(inverse);
  } else if (node.numOutputs() > 1) {
    // Outputs without a name.
    results.append(2, sum);
  }
  results.push_back(sum);
  results.resize(std::min<size_t>(results.size(), std::max(node.numOutputs(), 1u)));
  return results;
}

static Decoded skipLayerNormalization(NodeReader &node, ImportBuilder &b) {
  return skipNormalization(node, b, /*rms=*/false);
}
static Decoded skipSimplified(NodeReader &node, ImportBuilder &b) {
  return skipNormalization(node, b, /*rms=*/true);
}

static Decoded simplifiedLayerNormalization(NodeReader &node, ImportBuilder &b) {
  Value x = node.input(0);
  if (!node.checkRank(x, 1))
    return failure();
  SmallVector<int64_t> axes = axesFrom(x, node.axis("axis", -1, rankOf(x)));
  double epsilon = node.f("epsilon", 1e-5);
  SmallVector<Value> results = {scaleAndShift(b, normalize(b, x, axes, epsilon, /*rms=*/true), node.input(1), {})};
  if (node.outputUsed(1))
    results.push_back(b.create<RsqrtOp>(b.add(reduceMean(b, b.create<MulOp>(x, x), axes, /*keepDims=*/true), epsilon)));
  return results;
}

//===--- Rotary embedding --------------------------------------------------===//

namespace {

struct Rotary {
  Value x, cosines, sines; // x [batch, positions, heads, size]; cosines and sines [batch or 1, positions, half of what is rotated]
  int64_t rotated = 0;
  bool interleaved = false;
};

} // namespace

// Turns pairs (a, b) of each head's first `rotated` elements by the position's angles.
static Value rotate(ImportBuilder &b, const Rotary &r) {
  Dim size = b.size(r.x, 3);
  Value head = b.sliceAlong(r.x, 3, b.dim(0), b.dim(r.rotated));
  int64_t half = r.rotated / 2;
  Dims sizes = b.sizes(head);
  Value first, second;
  if (r.interleaved) {
    Dims pairs = sizes;
    pairs.back() = b.dim(half);
    pairs.push_back(b.dim(2));
    Value split = b.reshape(head, pairs);
    first = b.pick(split, 4, b.dim(0));
    second = b.pick(split, 4, b.dim(1));
  } else {
    first = b.sliceAlong(head, 3, b.dim(0), b.dim(half));
    second = b.sliceAlong(head, 3, b.dim(half), b.dim(half));
  }
  Type type = elementTypeOf(r.x);
  Value cosines = b.castTo(b.unsqueeze(r.cosines, {2}), type), sines = b.castTo(b.unsqueeze(r.sines, {2}), type);
  Value real = b.sub(b.mul(first, cosines), b.mul(second, sines));
  Value imaginary = b.add(b.mul(first, sines), b.mul(second, cosines));
  Value turned = r.interleaved ? b.reshape(b.concat({b.unsqueeze(real, {4}), b.unsqueeze(imaginary, {4})}, 4), sizes)
                               : b.concat({real, imaginary}, 3);
  if (ImportBuilder::isKnown(size, r.rotated))
    return turned;
  return b.concat({turned, b.sliceAlong(r.x, 3, b.dim(r.rotated), b.subDims(size, b.dim(r.rotated)))}, 3);
}

// x in one of its layouts to [batch, positions, heads, size] and back: [batch, heads, positions, size] or [batch, positions, heads
// * size].
static FailureOr<Value> rotaryNode(NodeReader &node, ImportBuilder &b, Value x, Value cosines, Value sines, Value positions) {
  if (!node.checkRank(x, 3, 4) || !node.checkRank(cosines, 2, 3) || !node.checkRank(sines, 2, 3))
    return failure();
  bool isFlat = rankOf(x) == 3;
  Dims original = b.sizes(x);
  Rotary r;
  r.interleaved = node.i("interleaved", 0) != 0;
  r.rotated = node.i("rotary_embedding_dim", 0);
  if (isFlat) {
    int64_t heads = node.i("num_heads", 0);
    // com.microsoft's form takes the head's size from the table when it is not given.
    if (heads == 0) {
      int64_t columns = shapeOf(cosines).back();
      std::optional<int64_t> hidden = ImportBuilder::known(original[2]);
      if (!node.check(!ShapedType::isDynamic(columns) && hidden && columns > 0 && *hidden % (2 * columns) == 0,
                      "num_heads is missing"))
        return failure();
      heads = *hidden / (2 * columns);
    }
    r.x = b.reshape(x, Dims{original[0], original[1], b.dim(heads), b.floorDivDims(original[2], b.dim(heads))});
  } else {
    r.x = b.swapDims(x, 1, 2);
  }
  std::optional<int64_t> size = ImportBuilder::known(b.size(r.x, 3));
  if (r.rotated == 0) {
    if (!size)
      return node.unsupported("the head's size is known at run time only", "fix the size of the input's last dimension");
    r.rotated = *size;
  }
  if (!node.check(r.rotated > 0 && r.rotated % 2 == 0 && (!size || r.rotated <= *size),
                  "the rotated size must be even and fit the head"))
    return failure();
  if (positions) {
    if (!node.checkRank(cosines, 2, 2) || !node.checkRank(sines, 2, 2))
      return failure();
    // One number is the first position; the others follow it.
    if (rankOf(positions) == 1) {
      Value steps = b.iota(elementTypeOf(positions), {b.dim(1), b.size(r.x, 1)}, 1);
      positions = b.add(steps, positions);
    }
    cosines = b.create<GatherOp>(cosines, positions, 0);
    sines = b.create<GatherOp>(sines, positions, 0);
  }
  if (!node.checkRank(cosines, 3, 3) || !node.checkRank(sines, 3, 3))
    return failure();
  // A table may have more columns than are used.
  r.cosines = b.sliceAlong(cosines, 2, b.dim(0), b.dim(r.rotated / 2));
  r.sines = b.sliceAlong(sines, 2, b.dim(0), b.dim(r.rotated / 2));
  Value turned = rotate(b, r);
  return isFlat ? b.reshape(turned, original) : b.swapDims(turned, 1, 2);
}

static Decoded rotaryEmbedding(NodeReader &node, ImportBuilder &b) {
  return rotaryNode(node, b, node.input(0), node.input(1), node.input(2), node.input(3));
}

static Decoded msRotaryEmbedding(NodeReader &node, ImportBuilder &b) {
  if (node.i("is_packed_batching", 0))
    return node.unsupported("RotaryEmbedding with packed batches", "export the model without packing");
  FailureOr<Value> turned = rotaryNode(node, b, node.input(0), node.input(2), node.input(3), node.input(1));
  double scale = node.f("scale", 1.0);
  if (failed(turned) || scale == 1.0)
    return turned;
  return b.mul(*turned, scale);
}

//===--- Attention ---------------------------------------------------------===//

// [batch, positions, heads * size] to [batch, heads, positions, size]; four dimensions stay.
static FailureOr<Value> splitHeads(NodeReader &node, ImportBuilder &b, Value x, int64_t heads) {
  if (rankOf(x) == 4)
    return x;
  if (!node.checkRank(x, 3, 3) || !node.check(heads > 0, "q_num_heads or kv_num_heads is missing"))
    return failure();
  Dims sizes = b.sizes(x);
  return b.swapDims(b.reshape(x, Dims{sizes[0], sizes[1], b.dim(heads), b.floorDivDims(sizes[2], b.dim(heads))}), 1, 2);
}

// The mask as something to add, its last dimension made as long as the keys. `mask` is of bool or of the scores' type.
static Value additiveMask(ImportBuilder &b, Value mask, Dim keys, Type type) {
  constexpr double lowest = -std::numeric_limits<double>::infinity();
  if (elementTypeOf(mask).isInteger(1)) {
    Dims sizes = b.sizes(mask);
    mask = b.select(mask, b.splat(0, type, sizes), b.splat(lowest, type, sizes));
  }
  int64_t last = rankOf(mask) - 1;
  if (last < 0)
    return mask;
  Dim length = b.size(mask, last);
  if (b.same(length, keys) || ImportBuilder::isKnown(length, 1))
    return mask;
  Dims low(rankOf(mask), b.dim(0)), high = low;
  high[last] = b.maxDims(b.subDims(keys, length), b.dim(0));
  return b.pad(mask, low, high, b.scalar(lowest, type));
}

static Decoded attention(NodeReader &node, ImportBuilder &b) {
  bool isFlat = rankOf(node.input(0)) == 3;
  FailureOr<Value> q = splitHeads(node, b, node.input(0), node.i("q_num_heads", 0));
  FailureOr<Value> k = splitHeads(node, b, node.input(1), node.i("kv_num_heads", 0));
  FailureOr<Value> v = splitHeads(node, b, node.input(2), node.i("kv_num_heads", 0));
  if (failed(q) || failed(k) || failed(v))
    return failure();
  Value pastKey = node.input(4), pastValue = node.input(5), validLengths = node.input(6);
  Dim past = b.dim(0);
  if (pastKey && pastValue) {
    if (!node.checkRank(pastKey, 4, 4) || !node.checkRank(pastValue, 4, 4))
      return failure();
    past = b.size(pastKey, 2);
    k = b.concat({pastKey, *k}, 2);
    v = b.concat({pastValue, *v}, 2);
  }
  Dims qSizes = b.sizes(*q), kSizes = b.sizes(*k), vSizes = b.sizes(*v);
  Dim batch = qSizes[0], heads = qSizes[1], queries = qSizes[2], keys = kSizes[2];
  std::optional<int64_t> qHeads = ImportBuilder::known(heads), kvHeads = ImportBuilder::known(kSizes[1]);
  if (!qHeads || !kvHeads)
    return node.unsupported("the number of heads is known at run time only", "fix the number of heads");
  if (!node.check(*kvHeads > 0 && *qHeads % *kvHeads == 0, "the number of query heads is no multiple of that of key heads"))
    return failure();

  Type type = elementTypeOf(*q);
  double scale = node.f("scale", 0.0);
  if (scale == 0.0) {
    std::optional<int64_t> size = ImportBuilder::known(qSizes[3]);
    if (!size || *size == 0)
      return node.unsupported("the head's size is known at run time only", "give scale, or fix the head's size");
    scale = 1.0 / std::sqrt(static_cast<double>(*size));
  }
  // Query heads that share a key head are rows of one product.
  int64_t shared = *qHeads / *kvHeads;
  Dims scoreSizes = {batch, heads, queries, keys};
  auto grouped = [&](Value x) {
    if (shared == 1)
      return x;
    Dims sizes = b.sizes(x);
    return b.reshape(x, Dims{sizes[0], b.dim(*kvHeads), b.dim(shared), sizes[2], sizes[3]});
  };
  SmallVector<int64_t> batchDims = {0, 1};
  int64_t last = shared == 1 ? 3 : 4;
  Value products =
      b.create<ContractOp>(grouped(b.mul(*q, scale)), *k, batchDims, batchDims, ArrayRef<int64_t>{last}, ArrayRef<int64_t>{3});
  Value scores = b.reshape(products, scoreSizes);
  Value raw = scores, capped = scores;
  if (double softcap = node.f("softcap", 0.0); softcap > 0)
    capped = scores = b.mul(b.create<TanhOp>(b.div(scores, softcap)), softcap);

  bool mayMaskAll = false;
  if (node.hasInput(3)) {
    scores = b.create<AddOp>(scores, b.broadcastTo(additiveMask(b, node.input(3), keys, type), scoreSizes));
    mayMaskAll = true;
  }
  Value allowed;
  auto allow = [&](Value condition) {
    Value full = b.broadcastTo(condition, scoreSizes);
    allowed = allowed ? b.create<AndOp>(allowed, full) : full;
  };
  Type i64 = b.getI64Type();
  Value lengths = validLengths ? b.reshape(b.castTo(validLengths, i64), Dims{batch, b.dim(1), b.dim(1), b.dim(1)}) : Value();
  if (lengths) {
    allow(b.compare(Comparison::LT, b.iota(i64, {keys}, 0), lengths));
    mayMaskAll = true;
  }
  if (node.i("is_causal", 0)) {
    Value row = b.iota(i64, {queries, b.dim(1)}, 0), column = b.iota(i64, {b.dim(1), keys}, 1);
    Value offset = lengths && !pastKey ? b.sub(lengths, b.dimScalar(queries)) : b.dimScalar(past);
    allow(b.compare(Comparison::LE, column, b.add(row, offset)));
  }
  if (allowed)
    scores = b.select(allowed, scores, b.splatLike(-std::numeric_limits<double>::infinity(), scores));
  Value weights = b.create<SoftmaxOp>(scores, uint64_t(3));
  if (mayMaskAll) {
    // A query that may look at nothing gives zeros.
    Value best = b.reduce(ReduceKind::Max, scores, {3}, /*keepDims=*/true);
    Value nothing = b.compare(Comparison::EQ, best, -std::numeric_limits<double>::infinity());
    weights = b.select(nothing, b.splatLike(0, weights), weights);
  }
  Value y = b.create<ContractOp>(grouped(weights), *v, batchDims, batchDims, ArrayRef<int64_t>{last}, ArrayRef<int64_t>{2});
  y = b.reshape(y, Dims{batch, heads, queries, vSizes[3]});
  if (isFlat)
    y = b.reshape(b.swapDims(y, 1, 2), Dims{batch, queries, b.mulDims(heads, vSizes[3])});
  SmallVector<Value> results = {y};
  if (node.numOutputs() > 1) {
    int64_t mode = node.i("qk_matmul_output_mode", 0);
    Value stages[] = {raw, capped, scores, weights};
    if (!node.check(mode >= 0 && mode < 4, "qk_matmul_output_mode must be 0 to 3"))
      return failure();
    results.append({*k, *v, stages[mode]});
    results.resize(node.numOutputs());
  }
  return results;
}

//===--- Window functions --------------------------------------------------===//

// sum_k coefficients[k] * cos(2 pi k n / N), with N the size (periodic) or one less.
static Decoded cosineWindow(NodeReader &node, ImportBuilder &b, ArrayRef<double> coefficients) {
  Dim size = b.extractDim(node.input(0));
  Type type = node.dtype(node.i("output_datatype", 1));
  if (node.failed())
    return failure();
  bool periodic = node.i("periodic", 1) != 0;
  Type f32 = b.getF32Type();
  Value n = b.iota(f32, size);
  Value period = b.castTo(b.dimScalar(periodic ? size : b.subDims(size, b.dim(1))), f32);
  Value sum = b.splat(coefficients[0], f32, {size});
  for (size_t k = 1; k < coefficients.size(); ++k)
    sum = b.add(sum,
                b.mul(b.create<CosOp>(b.div(b.mul(n, 2.0 * llvm::numbers::pi * static_cast<double>(k)), period)), coefficients[k]));
  return b.castTo(sum, type);
}

static Decoded hannWindow(NodeReader &node, ImportBuilder &b) {
  return cosineWindow(node, b, {0.5, -0.5});
}
static Decoded hammingWindow(NodeReader &node, ImportBuilder &b) {
  return cosineWindow(node, b, {25.0 / 46, -21.0 / 46});
}
static Decoded blackmanWindow(NodeReader &node, ImportBuilder &b) {
  return cosineWindow(node, b, {0.42, -0.5, 0.08});
}

//===--- Losses ------------------------------------------------------------===//

// The negative log likelihoods [N, d...] of log probabilities [N, C, d...] at target classes [N, d...], weighted and reduced.
static FailureOr<Value> likelihoodLoss(NodeReader &node, ImportBuilder &b, Value logProbabilities, Value target, Value weight) {
  if (!node.checkRank(logProbabilities, 2) || !node.checkRank(target, rankOf(logProbabilities) - 1, rankOf(logProbabilities) - 1))
    return failure();
  Type type = elementTypeOf(logProbabilities);
  std::optional<int64_t> ignored = node.i("ignore_index");
  Value kept, index = target;
  if (ignored) {
    Value mark = b.scalarInt(*ignored, elementTypeOf(target));
    kept = b.compare(Comparison::NE, target, mark);
    index = b.select(kept, target, b.splatLike(0, target));
  }
  Value loss = b.create<NegOp>(b.squeeze(b.create<GatherElementsOp>(logProbabilities, b.unsqueeze(index, {1}), 1), {1}));
  Value weights = weight ? b.create<GatherOp>(weight, index, 0) : Value();
  if (kept) {
    Value all = weights ? weights : b.splatLike(1, loss);
    weights = b.select(kept, all, b.splatLike(0, all));
    loss = b.select(kept, loss, b.splatLike(0, loss));
  }
  if (weights)
    loss = b.mul(loss, b.castTo(weights, type));
  StringRef reduction = node.s("reduction", "mean");
  if (reduction == "none")
    return loss;
  SmallVector<int64_t> all = axesFrom(loss, 0);
  if (reduction == "mean" && !weights)
    return reduceMean(b, loss, all, /*keepDims=*/false);
  Value sum = b.reduce(ReduceKind::Sum, loss, all, /*keepDims=*/false);
  if (reduction == "sum")
    return sum;
  if (!node.check(reduction == "mean", "unknown reduction '" + reduction + "'"))
    return failure();
  return b.div(sum, b.reduce(ReduceKind::Sum, b.castTo(weights, type), all, /*keepDims=*/false));
}

static Decoded negativeLogLikelihoodLoss(NodeReader &node, ImportBuilder &b) {
  return likelihoodLoss(node, b, node.input(0), node.input(1), node.input(2));
}

static Decoded softmaxCrossEntropyLoss(NodeReader &node, ImportBuilder &b) {
  Value scores = node.input(0);
  if (!node.checkRank(scores, 2))
    return failure();
  Value logProbabilities = b.create<LogSoftmaxOp>(scores, uint64_t(1));
  FailureOr<Value> loss = likelihoodLoss(node, b, logProbabilities, node.input(1), node.input(2));
  if (failed(loss))
    return failure();
  SmallVector<Value> results = {*loss};
  if (node.numOutputs() > 1)
    results.push_back(logProbabilities);
  return results;
}

void registerContrib(DecoderTable &table) {
  StringRef ms = "com.microsoft";
  table.on(ms, "Gelu", 1, msGelu);
  table.on(ms, "BiasGelu", 1, biasGelu);
  table.on(ms, "FastGelu", 1, fastGelu);
  table.on(ms, "QuickGelu", 1, quickGelu);
  table.on(ms, "SkipLayerNormalization", 1, skipLayerNormalization);
  table.on(ms, "SkipSimplifiedLayerNormalization", 1, skipSimplified);
  table.on(ms, "SimplifiedLayerNormalization", 1, simplifiedLayerNormalization);
  table.on("SimplifiedLayerNormalization", 1, simplifiedLayerNormalization);
  table.on(ms, "RotaryEmbedding", 1, msRotaryEmbedding);
  table.on("RotaryEmbedding", 23, rotaryEmbedding);
  table.on("Attention", 23, attention);
  table.on("HannWindow", 17, hannWindow);
  table.on("HammingWindow", 17, hammingWindow);
  table.on("BlackmanWindow", 17, blackmanWindow);
  table.on("NegativeLogLikelihoodLoss", 12, negativeLogLikelihoodLoss);
  table.on("SoftmaxCrossEntropyLoss", 12, softmaxCrossEntropyLoss);
}

} // namespace ingot
