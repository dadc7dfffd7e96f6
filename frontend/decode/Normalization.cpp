//===- Normalization.cpp - Batch, layer, group norm, softmax and kin ------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "frontend/decode/Normalization.h"
#include "frontend/GraphImporter.h"
#include "frontend/decode/Reduction.h"

using namespace mlir;

namespace ingot {

Value normalize(ImportBuilder &b, Value x, ArrayRef<int64_t> axes, double epsilon, bool rms) {
  // Over nothing, x is its own mean.
  if (axes.empty())
    return rms ? b.div(x, b.create<SqrtOp>(b.add(b.create<MulOp>(x, x), epsilon))) : b.splatLike(0, x);
  return b.create<NormalizeOp>(x, axes, llvm::APFloat(epsilon), rms);
}

Value scaleAndShift(ImportBuilder &b, Value x, Value scale, Value bias) {
  Type type = elementTypeOf(x);
  Value y = b.create<MulOp>(x, b.broadcastLike(b.castTo(scale, type), x));
  return bias ? b.create<AddOp>(y, b.broadcastLike(b.castTo(bias, type), x)) : y;
}

std::pair<Value, Value> meanAndInverseDeviation(ImportBuilder &b, Value x, ArrayRef<int64_t> axes, double epsilon) {
  Value mean = reduceMean(b, x, axes, /*keepDims=*/true);
  Value centered = b.sub(x, mean);
  Value variance = reduceMean(b, b.create<MulOp>(centered, centered), axes, /*keepDims=*/true);
  return {mean, b.create<RsqrtOp>(b.add(variance, epsilon))};
}

//===--- BatchNormalization ------------------------------------------------===//

// The parameters' dimensions are those of x from the channels on: one (spatial), or all of them (`spatial = 0`, until version 8).
static Value alongChannels(ImportBuilder &b, Value parameter, Value x) {
  SmallVector<int64_t> dimensions = llvm::to_vector(llvm::seq<int64_t>(1, 1 + rankOf(parameter)));
  return b.broadcastAlong(parameter, dimensions, b.sizes(x));
}

// In the file, until version 6 `is_test` says so and from 14 on `training_mode`. Statistics that a training leaves alone are used.
static bool isTraining(NodeReader &node) {
  if (node.mode() == ImportMode::Inference)
    return false;
  bool isLeftAlone = node.getImporter().getOptions().training && !node.variable(3) && node.constantInput(3);
  if (isLeftAlone)
    return false;
  if (node.mode() == ImportMode::Training)
    return true;
  if (node.opset() >= 14)
    return node.i("training_mode", 0) != 0;
  if (node.opset() < 7)
    return node.i("is_test", 0) == 0 && node.outputUsed(1);
  return false;
}

// y = (x - mean) * (scale / deviation) + bias. Autodiff makes two sums over the batch of it, of dy and of dy * (x - mean), whose
// elements do not cancel however large the mean is, and one pass over the elements.
static Decoded batchNormalizationInTraining(NodeReader &node, ImportBuilder &b, Value x, double epsilon, double momentum) {
  Value scale = node.input(1), bias = node.input(2), runningMean = node.input(3), runningVariance = node.input(4);
  SmallVector<int64_t> axes = axesFrom(x, 0);
  axes.erase(axes.begin() + 1);
  Type statisticsType = elementTypeOf(runningMean), type = isSmallFloat(statisticsType) ? b.getF32Type() : statisticsType;
  auto wide = [&](Value v) { return b.castTo(v, type); };
  Value data = wide(x);
  Value mean = reduceMean(b, data, axes, /*keepDims=*/false);
  Value centered = b.sub(data, alongChannels(b, mean, data));
  Value variance = reduceMean(b, b.create<MulOp>(centered, centered), axes, /*keepDims=*/false);
  Value factor = b.div(wide(scale), b.create<SqrtOp>(b.add(variance, epsilon)));
  Value y = b.create<AddOp>(b.create<MulOp>(centered, alongChannels(b, factor, data)), alongChannels(b, wide(bias), data));
  SmallVector<Value> results = {b.castTo(y, elementTypeOf(x))};

  auto mix = [&](Value old, Value now) {
    return b.castTo(b.add(b.mul(wide(old), momentum), b.mul(now, 1 - momentum)), statisticsType);
  };
  Value mixedMean = mix(runningMean, mean), mixedVariance = mix(runningVariance, variance);
  // Older versions list saved statistics behind the running ones.
  for (unsigned i = 1; i < node.numOutputs(); ++i)
    results.push_back(i % 2 ? mixedMean : mixedVariance);

  ParameterOp meanVariable = node.variable(3), varianceVariable = node.variable(4);
  GraphImporter &importer = node.getImporter();
  if (!meanVariable || !varianceVariable)
    return results;
  Value newVariance = variance;
  if (importer.getOptions().unbiasedVariance) {
    Dims sizes = b.sizes(x), reduced;
    for (int64_t axis : axes)
      reduced.push_back(sizes[axis]);
    Dim count = b.product(reduced), others = b.maxDims(b.subDims(count, b.dim(1)), b.dim(1));
    newVariance = b.mul(variance, b.div(wide(b.dimScalar(count)), wide(b.dimScalar(others))));
  }
  importer.assign(meanVariable, mix(importer.currentValue(meanVariable), mean), b);
  importer.assign(varianceVariable, mix(importer.currentValue(varianceVariable), newVariance), b);
  return results;
}

static Decoded batchNormalization(NodeReader &node, ImportBuilder &b) {
  Value x = node.input(0), scale = node.input(1), bias = node.input(2), mean = node.input(3), variance = node.input(4);
  if (!node.checkRank(x, 2))
    return failure();
  for (Value parameter : {scale, bias, mean, variance})
    if (!node.check(rankOf(parameter) >= 1 && rankOf(parameter) < rankOf(x),
                    "scale, bias, mean and variance must have one entry a channel"))
      return failure();
  double epsilon = node.f("epsilon", 1e-5), momentum = node.f("momentum", 0.9);
  if (isTraining(node))
    return batchNormalizationInTraining(node, b, x, epsilon, momentum);
  // y = x * factor + offset, computed from the parameters alone so that they fold into a convolution before it.
  Type parameterType = isSmallFloat(elementTypeOf(variance)) ? b.getF32Type() : elementTypeOf(variance);
  auto wide = [&](Value v) { return b.castTo(v, parameterType); };
  Value deviation = b.create<SqrtOp>(b.add(wide(variance), epsilon));
  Value factor = b.div(wide(scale), deviation);
  Value offset = b.sub(wide(bias), b.mul(wide(mean), factor));
  Type type = elementTypeOf(x);
  Value y =
      b.create<AddOp>(b.create<MulOp>(x, alongChannels(b, b.castTo(factor, type), x)), alongChannels(b, b.castTo(offset, type), x));
  SmallVector<Value> results = {y};
  // Older versions list saved statistics behind the running ones.
  for (unsigned i = 1; i < node.numOutputs(); ++i)
    results.push_back(i % 2 ? mean : variance);
  return results;
}

//===--- Instance, group, layer and RMS normalization ----------------------===//

static Decoded instanceNormalization(NodeReader &node, ImportBuilder &b) {
  Value x = node.input(0), scale = node.input(1), bias = node.input(2);
  if (!node.checkRank(x, 3) || !node.checkRank(scale, 1, 1) || !node.checkRank(bias, 1, 1))
    return failure();
  Value y = normalize(b, x, axesFrom(x, 2), node.f("epsilon", 1e-5));
  return b.create<AddOp>(b.create<MulOp>(y, b.broadcastVector(scale, 1, y)), b.broadcastVector(bias, 1, y));
}

// In version 18 scale and bias have an entry a group, from 21 on one a channel.
static Decoded groupNormalization(NodeReader &node, ImportBuilder &b) {
  Value x = node.input(0), scale = node.input(1), bias = node.input(2);
  int64_t groups = node.i("num_groups", 0);
  if (!node.checkRank(x, 2) || !node.checkRank(scale, 1, 1) || !node.checkRank(bias, 1, 1) ||
      !node.check(groups > 0, "num_groups must be positive"))
    return failure();
  Type type = elementTypeOf(x);
  Value data = isSmallFloat(type) && node.i("stash_type", 1) == 1 ? b.castTo(x, b.getF32Type()) : x;
  Dims sizes = b.sizes(x), grouped = {sizes[0], b.dim(groups), b.floorDivDims(sizes[1], b.dim(groups))};
  if (std::optional<int64_t> channels = ImportBuilder::known(sizes[1]))
    if (!node.check(*channels % groups == 0, Twine(*channels) + " channels are no multiple of num_groups " + Twine(groups)))
      return failure();
  grouped.append(sizes.begin() + 2, sizes.end());
  Value rows = b.reshape(data, grouped);
  Value y = b.castTo(b.reshape(normalize(b, rows, axesFrom(rows, 2), node.f("epsilon", 1e-5)), sizes), type);
  auto perChannel = [&](Value parameter) {
    if (node.opset() >= 21)
      return parameter;
    return b.reshape(b.broadcastAlong(parameter, {0}, {b.dim(groups), grouped[2]}), {sizes[1]});
  };
  return b.create<AddOp>(b.create<MulOp>(y, b.broadcastVector(perChannel(scale), 1, y)), b.broadcastVector(perChannel(bias), 1, y));
}

static Decoded layerNormalization(NodeReader &node, ImportBuilder &b) {
  Value x = node.input(0);
  if (!node.checkRank(x, 1))
    return failure();
  SmallVector<int64_t> axes = axesFrom(x, node.axis("axis", -1, rankOf(x)));
  double epsilon = node.f("epsilon", 1e-5);
  Type type = elementTypeOf(x);
  Value data = isSmallFloat(type) && node.i("stash_type", 1) == 1 ? b.castTo(x, b.getF32Type()) : x;
  Value y = b.castTo(normalize(b, data, axes, epsilon), type);
  SmallVector<Value> results = {scaleAndShift(b, y, node.input(1), node.input(2))};
  if (node.outputUsed(1) || node.outputUsed(2)) {
    // These two have the type that stash_type says, whatever x has.
    Type stash = node.opset() >= 17 ? node.dtype(node.i("stash_type", 1)) : elementTypeOf(data);
    if (node.failed())
      return failure();
    auto [mean, inverse] = meanAndInverseDeviation(b, data, axes, epsilon);
    results.push_back(b.castTo(mean, stash));
    results.push_back(b.castTo(inverse, stash));
  }
  return results;
}

static Decoded rmsNormalization(NodeReader &node, ImportBuilder &b) {
  Value x = node.input(0);
  if (!node.checkRank(x, 1))
    return failure();
  SmallVector<int64_t> axes = axesFrom(x, node.axis("axis", -1, rankOf(x)));
  Type type = elementTypeOf(x);
  Value data = isSmallFloat(type) && node.i("stash_type", 1) == 1 ? b.castTo(x, b.getF32Type()) : x;
  Value y = b.castTo(normalize(b, data, axes, node.f("epsilon", 1e-5), /*rms=*/true), type);
  // The result has the scale's element type.
  return scaleAndShift(b, b.castTo(y, elementTypeOf(node.input(1))), node.input(1), {});
}

static Decoded lpNormalization(NodeReader &node, ImportBuilder &b) {
  Value x = node.input(0);
  if (!node.checkRank(x, 1))
    return failure();
  int64_t axis = node.axis("axis", -1, rankOf(x)), p = node.i("p", 2);
  if (!node.check(p == 1 || p == 2, "p must be 1 or 2"))
    return failure();
  Value powers = p == 1 ? b.create<AbsOp>(x) : b.create<MulOp>(x, x);
  Value norm = b.reduce(ReduceKind::Sum, powers, {axis}, /*keepDims=*/true);
  if (p == 2)
    norm = b.create<SqrtOp>(norm);
  // A row of zeros stays one.
  return b.div(x, b.select(b.compare(Comparison::EQ, norm, 0.0), b.splatLike(1, norm), norm));
}

static Decoded meanVarianceNormalization(NodeReader &node, ImportBuilder &b) {
  Value x = node.input(0);
  SmallVector<int64_t> axes = node.normalizeAxes(node.ints("axes", {0, 2, 3}), rankOf(x));
  if (node.failed())
    return failure();
  Value centered = b.sub(x, reduceMean(b, x, axes, /*keepDims=*/true));
  Value variance = reduceMean(b, b.create<MulOp>(centered, centered), axes, /*keepDims=*/true);
  return b.div(centered, b.add(b.create<SqrtOp>(variance), 1e-9));
}

// x / (bias + alpha / size * the sum of squares over `size` neighbouring channels)^beta.
static Decoded localResponseNormalization(NodeReader &node, ImportBuilder &b) {
  Value x = node.input(0);
  int64_t size = node.i("size", 0), rank = rankOf(x);
  if (!node.checkRank(x, 2) || !node.check(size >= 1 && size <= (int64_t(1) << 31), "size must be positive"))
    return failure();
  SmallVector<int64_t> ones(rank, 1), window = ones, low(rank, 0), high = low;
  window[1] = size;
  low[1] = (size - 1) / 2;
  high[1] = size - 1 - low[1];
  Value sum = b.create<ReduceWindowOp>(WindowKind::Sum, b.create<MulOp>(x, x), window, ones, ones, low, high);
  Value base = b.add(b.mul(sum, node.f("alpha", 1e-4) / static_cast<double>(size)), node.f("bias", 1.0));
  return b.div(x, b.create<PowOp>(base, b.splatLike(node.f("beta", 0.75), base)));
}

//===--- Softmax and its like ----------------------------------------------===//

// 1 at the first maximum along the axis, else 0.
static Value hardmaxAlong(ImportBuilder &b, Value x, int64_t axis) {
  SmallVector<int64_t> shape(shapeOf(x));
  shape.erase(shape.begin() + axis);
  Value index = b.create<ArgReduceOp>(RankedTensorType::get(shape, b.getI64Type()), ArgKind::Max, x, uint64_t(axis), false);
  Value positions = b.iota(b.getI64Type(), b.sizes(x), axis);
  return b.castTo(b.compare(Comparison::EQ, positions, b.unsqueeze(index, {axis})), elementTypeOf(x));
}

template <typename OpT> static Value softmaxAlong(ImportBuilder &b, Value x, int64_t axis) {
  return b.create<OpT>(x, uint64_t(axis));
}

using AlongAxis = Value (*)(ImportBuilder &b, Value x, int64_t axis);

// Until version 12 these flatten their input to two dimensions at `axis` (default 1); from 13 they work along `axis` (default -1).
template <AlongAxis build> static Decoded alongFlattened(NodeReader &node, ImportBuilder &b) {
  Value x = node.input(0);
  int64_t rank = rankOf(x);
  if (!node.checkRank(x, 1))
    return failure();
  // An axis of the rank itself leaves rows of one element.
  int64_t axis = node.i("axis", 1) == rank ? rank : node.axis("axis", 1, rank);
  if (axis == rank - 1)
    return build(b, x, axis);
  return b.reshapeLike(build(b, b.flatten(x, axis), 1), x);
}

template <AlongAxis build> static Decoded alongAxis(NodeReader &node, ImportBuilder &b) {
  Value x = node.input(0);
  // Of a scalar it is 1 (its logarithm 0).
  if (rankOf(x) == 0)
    return b.reshape(build(b, b.reshape(x, ArrayRef<int64_t>{1}), 0), ArrayRef<int64_t>{});
  return build(b, x, node.axis("axis", -1, rankOf(x)));
}

void registerNormalization(DecoderTable &table) {
  table.on("BatchNormalization", 1, batchNormalization);
  table.on("InstanceNormalization", 1, instanceNormalization);
  table.on("GroupNormalization", 18, groupNormalization);
  table.on("LayerNormalization", 17, layerNormalization);
  table.on("LayerNormalization", 1, layerNormalization); // ONNX Runtime reads it as of its own before 17
  table.on("RMSNormalization", 23, rmsNormalization);
  table.on("LpNormalization", 1, lpNormalization);
  table.on("MeanVarianceNormalization", 9, meanVarianceNormalization);
  table.on("LRN", 1, localResponseNormalization);
  table.on("Softmax", 1, alongFlattened<softmaxAlong<SoftmaxOp>>);
  table.on("Softmax", 13, alongAxis<softmaxAlong<SoftmaxOp>>);
  table.on("LogSoftmax", 1, alongFlattened<softmaxAlong<LogSoftmaxOp>>);
  table.on("LogSoftmax", 13, alongAxis<softmaxAlong<LogSoftmaxOp>>);
  table.on("Hardmax", 1, alongFlattened<hardmaxAlong>);
  table.on("Hardmax", 13, alongAxis<hardmaxAlong>);
}

} // namespace ingot
