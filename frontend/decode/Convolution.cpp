//===- Convolution.cpp - Conv and its relatives ---------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// ONNX has channels first and filters [F, C / groups, k...]; `ingot.conv` has channels last and [k..., C / groups, F].
//
//===----------------------------------------------------------------------===//

#include "frontend/decode/Contraction.h"
#include "frontend/decode/Window.h"

using namespace mlir;

namespace ingot {

// [F, C / groups, k...] to [k..., C / groups, F]; for ConvTranspose F is the number of input channels.
static Value filterChannelsLast(ImportBuilder &b, Value filter) {
  SmallVector<int64_t> permutation;
  for (int64_t dim = 2; dim < rankOf(filter); ++dim)
    permutation.push_back(dim);
  permutation.push_back(1);
  permutation.push_back(0);
  return b.transpose(filter, permutation);
}

// The filter with the sizes that kernel_shape says where its type says none.
static Value withKernelSizes(ImportBuilder &b, Value filter, ArrayRef<int64_t> kernel) {
  SmallVector<int64_t> shape(shapeOf(filter));
  llvm::copy(kernel, shape.begin() + 2);
  return b.castShape(filter, RankedTensorType::get(shape, elementTypeOf(filter)));
}

static FailureOr<WindowAttributes> readConvWindow(NodeReader &node, ImportBuilder &b, Value x, Value filter) {
  if (!node.checkRank(x, 3) || !node.checkRank(filter, rankOf(x), rankOf(x)))
    return failure();
  // Without kernel_shape the filter says it.
  SmallVector<int64_t> kernel;
  for (int64_t size : shapeOf(filter).drop_front(2)) {
    if (ShapedType::isDynamic(size) && !node.has("kernel_shape"))
      return node.unsupported("the filter's size is known at run time only", "give kernel_shape or a filter of fixed size");
    kernel.push_back(ShapedType::isDynamic(size) ? 1 : size);
  }
  FailureOr<WindowAttributes> window = readWindow(node, b, x, kernel);
  if (failed(window))
    return failure();
  for (auto [given, size] : llvm::zip(window->kernel, shapeOf(filter).drop_front(2)))
    if (!node.check(ShapedType::isDynamic(size) || given == size, "kernel_shape is not the filter's size"))
      return failure();
  return window;
}

static bool checkGroups(NodeReader &node, int64_t groups, int64_t channels, int64_t perGroup, int64_t filters) {
  if (!node.check(groups >= 1, "group must be positive"))
    return false;
  if (!ShapedType::isDynamic(channels) && !ShapedType::isDynamic(perGroup) &&
      !node.check(channels % groups == 0 && channels / groups == perGroup, "the input has " + Twine(channels) +
                                                                               " channels, the filter takes " + Twine(perGroup) +
                                                                               " in each of " + Twine(groups) + " groups"))
    return false;
  return ShapedType::isDynamic(filters) || node.check(filters % groups == 0, "the number of filters is no multiple of group");
}

// The convolution with the result still channels last. x and filter as ONNX has them.
static FailureOr<Value> convChannelsLast(NodeReader &node, ImportBuilder &b, Value x, Value filter) {
  FailureOr<WindowAttributes> window = readConvWindow(node, b, x, filter);
  int64_t groups = node.i("group", 1);
  if (failed(window) || !checkGroups(node, groups, shapeOf(x)[1], shapeOf(filter)[1], shapeOf(filter)[0]))
    return failure();
  filter = withKernelSizes(b, filter, window->kernel);
  Value input = toChannelsLast(b, x);
  // The op has static pads; those that depend on the input's size become an op of their own.
  if (!window->hasStaticPads()) {
    input = b.pad(input, aroundSpatial(window->low, b.dim(0)), aroundSpatial(window->high, b.dim(0)),
                  b.scalar(0, elementTypeOf(input)));
    window->low.assign(window->low.size(), b.dim(0));
    window->high = window->low;
  }
  return b.create<ConvOp>(input, filterChannelsLast(b, filter), window->strides, window->dilations, window->staticLow(),
                          window->staticHigh(), groups);
}

static bool checkBias(NodeReader &node, Value bias) {
  return !bias || node.checkRank(bias, 1, 1);
}

static Decoded conv(NodeReader &node, ImportBuilder &b) {
  Value bias = node.input(2);
  FailureOr<Value> y = convChannelsLast(node, b, node.input(0), node.input(1));
  if (failed(y) || !checkBias(node, bias))
    return failure();
  if (bias)
    y = b.create<AddOp>(*y, b.broadcastVector(bias, rankOf(*y) - 1, *y));
  return toChannelsFirst(b, *y);
}

// The filter's zero point: one, or one a filter.
static Value filterZeroPoint(ImportBuilder &b, Value zeroPoint, Value filter) {
  if (!zeroPoint || rankOf(zeroPoint) != 1 || shapeOf(zeroPoint)[0] == 1)
    return zeroPoint ? b.reshape(zeroPoint, ArrayRef<int64_t>{}) : zeroPoint;
  return b.broadcastVector(zeroPoint, 0, filter);
}

static Value asScalar(ImportBuilder &b, Value x) {
  return x && rankOf(x) > 0 ? b.reshape(x, ArrayRef<int64_t>{}) : x;
}

// Padding comes after the zero point is subtracted: ONNX pads with the zero point.
static FailureOr<Value> integerConv(NodeReader &node, ImportBuilder &b, Value x, Value xZero, Value filter, Value filterZero) {
  if (!node.checkRank(x, 3) || !node.checkRank(filter, rankOf(x), rankOf(x)))
    return failure();
  return convChannelsLast(node, b, centered(b, x, asScalar(b, xZero)), centered(b, filter, filterZeroPoint(b, filterZero, filter)));
}

static Decoded convInteger(NodeReader &node, ImportBuilder &b) {
  FailureOr<Value> y = integerConv(node, b, node.input(0), node.input(2), node.input(1), node.input(3));
  if (failed(y))
    return failure();
  return toChannelsFirst(b, *y);
}

static Decoded qLinearConv(NodeReader &node, ImportBuilder &b) {
  Value filterScale = node.input(4), bias = node.input(8);
  FailureOr<Value> sum = integerConv(node, b, node.input(0), node.input(2), node.input(3), node.input(5));
  if (failed(sum) || !checkBias(node, bias))
    return failure();
  int64_t channels = rankOf(*sum) - 1;
  if (bias)
    sum = b.create<AddOp>(*sum, b.broadcastVector(bias, channels, *sum));
  if (rankOf(filterScale) == 1 && shapeOf(filterScale)[0] == 1)
    filterScale = asScalar(b, filterScale);
  Value scale = b.div(b.mul(asScalar(b, node.input(1)), filterScale), asScalar(b, node.input(6)));
  Value zeroPoint = asScalar(b, node.input(7));
  if (rankOf(scale) == 1)
    zeroPoint = b.broadcastLike(zeroPoint, scale);
  Type resultType = RankedTensorType::get(shapeOf(*sum), elementTypeOf(zeroPoint));
  return toChannelsFirst(b, b.create<RescaleOp>(resultType, *sum, scale, zeroPoint, uint64_t(rankOf(scale) == 1 ? channels : 0)));
}

//===--- ConvTranspose -----------------------------------------------------===//

// The transposed convolution is the gradient of `conv` in its input: x is the gradient of its result.
static Decoded convTranspose(NodeReader &node, ImportBuilder &b) {
  Value x = node.input(0), filter = node.input(1), bias = node.input(2);
  if (!node.checkRank(x, 3) || !node.checkRank(filter, rankOf(x), rankOf(x)) || !checkBias(node, bias))
    return failure();
  SmallVector<int64_t> kernel;
  for (int64_t size : shapeOf(filter).drop_front(2)) {
    if (ShapedType::isDynamic(size) && !node.has("kernel_shape"))
      return node.unsupported("the filter's size is known at run time only", "give kernel_shape or a filter of fixed size");
    kernel.push_back(ShapedType::isDynamic(size) ? 1 : size);
  }
  // `auto_pad` means something else here, so that only the numbers are read by the common reader.
  size_t spatial = kernel.size();
  SmallVector<int64_t> strides = node.ints("strides", SmallVector<int64_t>(spatial, 1));
  SmallVector<int64_t> dilations = node.ints("dilations", SmallVector<int64_t>(spatial, 1));
  SmallVector<int64_t> pads = node.ints("pads", SmallVector<int64_t>(2 * spatial, 0));
  SmallVector<int64_t> outputPadding = node.ints("output_padding", SmallVector<int64_t>(spatial, 0));
  SmallVector<int64_t> outputShape = node.ints("output_shape");
  kernel = node.ints("kernel_shape", kernel);
  int64_t groups = node.i("group", 1);
  StringRef autoPad = node.s("auto_pad", "NOTSET");
  // Some exporters write the sizes of batch and channels as well.
  if (outputShape.size() == spatial + 2)
    outputShape.erase(outputShape.begin(), outputShape.begin() + 2);
  auto inRange = [](int64_t low) { return [low](int64_t v) { return v >= low && v <= (int64_t(1) << 31); }; };
  if (!node.check(kernel.size() == spatial && strides.size() == spatial && dilations.size() == spatial &&
                      pads.size() == 2 * spatial && outputPadding.size() == spatial &&
                      (outputShape.empty() || outputShape.size() == spatial),
                  "the attributes do not fit the input's " + Twine(spatial) + " spatial dimensions") ||
      !node.check(llvm::all_of(kernel, inRange(1)) && llvm::all_of(strides, inRange(1)) && llvm::all_of(dilations, inRange(1)) &&
                      llvm::all_of(pads, inRange(0)) && llvm::all_of(outputPadding, inRange(0)) &&
                      llvm::all_of(outputShape, inRange(0)),
                  "kernel_shape, strides and dilations must be positive, pads and output sizes not negative") ||
      !node.check(groups >= 1, "group must be positive"))
    return failure();
  int64_t channels = shapeOf(x)[1], filters = shapeOf(filter)[0];
  if (ShapedType::isDynamic(filters) || ShapedType::isDynamic(shapeOf(filter)[1]))
    return node.unsupported("the filter's channels are known at run time only", "give a filter of fixed size");
  if (!ShapedType::isDynamic(channels) && !ShapedType::isDynamic(filters) &&
      !node.check(channels == filters && channels % groups == 0, "the input has " + Twine(channels) + " channels, the filter " +
                                                                     Twine(filters) + " in " + Twine(groups) + " groups"))
    return failure();

  for (auto [given, size] : llvm::zip(kernel, shapeOf(filter).drop_front(2)))
    if (!node.check(ShapedType::isDynamic(size) || given == size, "kernel_shape is not the filter's size"))
      return failure();
  filter = withKernelSizes(b, filter, kernel);

  // The full result has stride * (size - 1) + extent elements, and with output_padding more behind; what is wanted of it starts at
  // `offset`. The op crops by static pads; an offset that depends on the size is a slice of the full result.
  Dims sizes, offsets;
  bool cropsStatically = true;
  for (size_t i = 0; i < spatial; ++i) {
    int64_t extent = (kernel[i] - 1) * dilations[i] + 1;
    Dim size = b.size(x, i + 2);
    Dim full = b.addDims(b.mulDims(b.subDims(size, b.dim(1)), b.dim(strides[i])), b.dim(extent + outputPadding[i]));
    Dim wanted, offset;
    if (!outputShape.empty() || autoPad.starts_with("SAME")) {
      // A stride longer than the filter would ask for more than there is: pads are never negative.
      wanted = outputShape.empty() ? b.minDims(b.mulDims(size, b.dim(strides[i])), full) : b.dim(outputShape[i]);
      Dim total = b.maxDims(b.subDims(full, wanted), b.dim(0));
      Dim half = b.floorDivDims(total, b.dim(2));
      offset = autoPad == "SAME_UPPER" ? half : b.subDims(total, half);
    } else {
      bool valid = autoPad == "VALID";
      wanted = b.subDims(full, b.dim(valid ? 0 : pads[i] + pads[spatial + i]));
      offset = b.dim(valid ? 0 : pads[i]);
    }
    cropsStatically &= ImportBuilder::known(offset).has_value();
    sizes.push_back(wanted);
    offsets.push_back(offset);
  }

  Value dy = toChannelsLast(b, x), reversed = filterChannelsLast(b, filter);
  Value y;
  SmallVector<int64_t> low, high;
  auto forwardPads = [&](ArrayRef<Dim> resultSizes, ArrayRef<int64_t> starts) {
    // The high pad that makes `conv` of a result of this size give x's size back: `conv` rounds down, so that the least one will
    // do.
    low.assign(starts.begin(), starts.end());
    high.clear();
    for (size_t i = 0; i < spatial; ++i) {
      int64_t extent = (kernel[i] - 1) * dilations[i] + 1;
      Dim full = b.addDims(b.mulDims(b.subDims(b.size(x, i + 2), b.dim(1)), b.dim(strides[i])), b.dim(extent));
      Dim missing = b.subDims(full, b.addDims(resultSizes[i], b.dim(low[i])));
      high.push_back(std::max<int64_t>(0, ImportBuilder::known(missing).value_or(0)));
    }
  };
  if (cropsStatically) {
    forwardPads(sizes, *ImportBuilder::known(ArrayRef<Dim>(offsets)));
    y = b.create<ConvGradInputOp>(dy, reversed, sizes, strides, dilations, low, high, groups);
  } else {
    Dims full;
    for (size_t i = 0; i < spatial; ++i)
      full.push_back(b.addDims(offsets[i], sizes[i]));
    forwardPads(full, SmallVector<int64_t>(spatial, 0));
    y = b.create<ConvGradInputOp>(dy, reversed, full, strides, dilations, low, high, groups);
    Dims all = b.sizes(y), start = aroundSpatial(offsets, b.dim(0));
    llvm::copy(sizes, all.begin() + 1);
    y = b.slice(y, start, all);
  }
  if (bias)
    y = b.create<AddOp>(y, b.broadcastVector(bias, rankOf(y) - 1, y));
  return toChannelsFirst(b, y);
}

//===--- CausalConvWithState -----------------------------------------------===//

// A depthwise convolution over time of what came before and now; its last k - 1 columns are the next state.
static Decoded causalConvWithState(NodeReader &node, ImportBuilder &b) {
  Value x = node.input(0), filter = node.input(1), bias = node.input(2), past = node.input(3);
  if (!node.checkRank(x, 3, 3) || !node.checkRank(filter, 3, 3) || !checkBias(node, bias) || (past && !node.checkRank(past, 3, 3)))
    return failure();
  int64_t channels = shapeOf(filter)[0], kernel = shapeOf(filter)[2];
  if (ShapedType::isDynamic(channels) || ShapedType::isDynamic(kernel))
    return node.unsupported("the filter's size is known at run time only", "give a filter of fixed size");
  StringRef activation = node.s("activation", "none");
  if (!node.check(llvm::is_contained({"none", "silu", "swish"}, activation), "unknown activation '" + activation + "'"))
    return failure();
  Value window;
  if (past)
    window = b.concat({past, x}, 2);
  else
    window = b.pad(x, {b.dim(0), b.dim(0), b.dim(kernel - 1)}, {b.dim(0), b.dim(0), b.dim(0)}, b.scalar(0, elementTypeOf(x)));
  SmallVector<int64_t> one = {1}, zero = {0};
  Value y = b.create<ConvOp>(toChannelsLast(b, window), filterChannelsLast(b, filter), one, one, zero, zero, channels);
  if (bias)
    y = b.create<AddOp>(y, b.broadcastVector(bias, 2, y));
  if (activation != "none")
    y = b.create<MulOp>(y, b.create<SigmoidOp>(y));
  Dim length = b.size(window, 2);
  Value state = b.sliceAlong(window, 2, b.subDims(length, b.dim(kernel - 1)), b.dim(kernel - 1));
  return SmallVector<Value>{toChannelsFirst(b, y), state};
}

void registerConvolution(DecoderTable &table) {
  table.on("Conv", 1, conv);
  table.on("ConvInteger", 10, convInteger);
  table.on("QLinearConv", 10, qLinearConv);
  table.on("ConvTranspose", 1, convTranspose);
  table.on("CausalConvWithState", 27, causalConvWithState);
}

} // namespace ingot
