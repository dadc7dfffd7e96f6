//===- Movement.cpp - Operators that move elements ----------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "frontend/Decoder.h"
#include "frontend/GraphImporter.h"
#include "frontend/ShapeValues.h"
#include "frontend/TensorData.h"

#include "frontend/proto/onnx.pb.h"

#include <cmath>

using namespace mlir;

namespace ingot {
namespace {

Decoded identity(NodeReader &node, ImportBuilder &) { return node.input(0); }

// --- Constants -----------------------------------------------------------------------------------------------------------------------

Decoded constant(NodeReader &node, ImportBuilder &b) {
  if (node.has("value") || node.has("sparse_value")) {
    ElementsAttr value = node.tensor(node.has("value") ? "value" : "sparse_value");
    if (!value)
      return failure();
    for (const onnx::AttributeProto &attribute : node.getProto().attribute())
      if (attribute.name() == "value")
        if (Value variable = node.getImporter().variableOf(attribute.t(), value))
          return variable;
    return b.constant(value);
  }
  if (auto value = node.f("value_float"))
    return b.scalar(*value, b.getF32Type());
  if (auto value = node.i("value_int"))
    return b.scalarInt(*value, b.getI64Type());
  if (node.has("value_floats"))
    return b.constantFloats(node.floats("value_floats"));
  if (node.has("value_ints"))
    return b.constantInts(node.ints("value_ints"));
  if (node.has("value_string") || node.has("value_strings"))
    return node.unsupported("strings are not supported");
  return node.fail("it has no value");
}

Decoded constantOfShape(NodeReader &node, ImportBuilder &b) {
  auto sizes = node.shapeInput(0);
  if (failed(sizes))
    return failure();
  for (Dim d : *sizes)
    if (b.known(d) && *b.known(d) < 0)
      return node.fail("its shape has the negative size " + Twine(*b.known(d)));
  ElementsAttr value = node.tensor("value");
  if (node.has("value") && !value)
    return failure();
  if (value && value.getNumElements() != 1)
    return node.fail("its value must have one element");
  Type type = value ? value.getElementType() : Type(b.getF32Type());
  Attribute element = value ? llvm::cast<DenseElementsAttr>(value).getSplatValue<Attribute>() : Attribute(b.getF32FloatAttr(0));
  RankedTensorType full = b.tensorType(*sizes, type);
  if (full.hasStaticShape())
    return b.constant(DenseElementsAttr::get(full, element));
  return b.broadcastAlong(b.constant(DenseElementsAttr::get(RankedTensorType::get({}, type), element)), {}, *sizes);
}

// --- Shape ---------------------------------------------------------------------------------------------------------------------------

// Shape and Size are computed before decoders are asked (ShapeValues); these make them known to the table.
Decoded shape(NodeReader &node, ImportBuilder &b) { return b.dimsTensor(b.sizes(node.input(0))); }
Decoded size(NodeReader &node, ImportBuilder &b) { return b.dimScalar(b.product(b.sizes(node.input(0)))); }

/// Sizes that are read from a tensor at run time may be 0 (copy) or -1 (the rest) there.
void resolveAtRunTime(ImportBuilder &b, ArrayRef<Dim> own, Dims &sizes, bool allowZero) {
  auto mayBeSpecial = [&](Dim d) {
    Value value = llvm::dyn_cast<Value>(d);
    return value && value.getDefiningOp() && isa<arith::IndexCastOp, arith::SelectOp>(value.getDefiningOp()) &&
           !b.getDims().isNonNegative(value);
  };
  if (llvm::none_of(sizes, mayBeSpecial))
    return;
  Dim zero = b.dim(0), one = b.dim(1);
  Dims positive = sizes; // with 1 for -1
  for (size_t i = 0; i < sizes.size(); ++i) {
    if (b.known(sizes[i]) == 0 && !allowZero && i < own.size())
      sizes[i] = positive[i] = own[i];
    if (b.known(sizes[i]) == -1)
      positive[i] = one;
    if (!mayBeSpecial(sizes[i]))
      continue;
    if (!allowZero && i < own.size())
      sizes[i] = b.selectDim(b.compareDims(arith::CmpIPredicate::eq, sizes[i], zero), own[i], sizes[i]);
    positive[i] = b.selectDim(b.compareDims(arith::CmpIPredicate::slt, sizes[i], zero), one, sizes[i]);
  }
  Dim rest = b.floorDivDims(b.product(own), b.maxDims(b.product(positive), one));
  for (auto [size, there] : llvm::zip(sizes, positive))
    if (b.known(size) == -1)
      size = rest;
    else if (!b.same(size, there))
      size = b.selectDim(b.compareDims(arith::CmpIPredicate::slt, size, zero), rest, size);
}

Decoded reshapeTo(NodeReader &node, ImportBuilder &b, Value x, Dims sizes) {
  bool allowZero = node.i("allowzero", 0) != 0;
  Dims own = b.sizes(x);
  resolveAtRunTime(b, own, sizes, allowZero);
  std::optional<size_t> open; // the -1
  for (auto [i, d] : llvm::enumerate(sizes)) {
    auto known = b.known(d);
    if (!known)
      continue;
    if (*known < -1)
      return node.fail("its shape has the negative size " + Twine(*known));
    if (*known == 0 && !allowZero) {
      if (i >= own.size())
        return node.fail("its shape copies dimension " + Twine(i) + ", which its input does not have");
      d = own[i];
    }
    if (*known == -1 && open)
      return node.fail("its shape has more than one -1");
    if (*known == -1)
      open = i;
  }
  if (open) {
    // Sizes that are on both sides cancel, so that the rest can often be divided as numbers.
    Dims left = own, right;
    for (auto [i, d] : llvm::enumerate(sizes)) {
      if (i == *open)
        continue;
      auto match = llvm::find_if(left, [&, size = d](Dim other) { return b.same(other, size); });
      if (match != left.end())
        left.erase(match);
      else
        right.push_back(d);
    }
    Dim numerator = b.product(left), denominator = b.product(right);
    auto n = b.known(numerator), d = b.known(denominator);
    if (d && *d == 0)
      return node.fail("-1 cannot be resolved next to a size of 0");
    if (n && d && *n % *d != 0)
      return node.fail("a tensor of " + Twine(*n) + " elements cannot be divided by " + Twine(*d));
    sizes[*open] = b.floorDivDims(numerator, denominator);
  }
  return b.reshape(x, sizes);
}

Decoded reshapeByAttribute(NodeReader &node, ImportBuilder &b) {
  return reshapeTo(node, b, node.input(0), b.dimList(node.ints("shape")));
}

Decoded reshape(NodeReader &node, ImportBuilder &b) {
  auto sizes = node.shapeInput(1);
  return succeeded(sizes) ? reshapeTo(node, b, node.input(0), *sizes) : Decoded(failure());
}

Decoded flatten(NodeReader &node, ImportBuilder &b) {
  Value x = node.input(0);
  int64_t axis = node.i("axis", 1), rank = rankOf(x);
  if (axis < -rank || axis > rank)
    return node.fail("axis " + Twine(axis) + " is out of range for rank " + Twine(rank));
  return b.flatten(x, axis < 0 ? axis + rank : axis);
}

/// Whether `axis`, known at run time only and perhaps negative, names dimension `d` of `rank`.
OpFoldResult isAxis(ImportBuilder &b, Dim axis, int64_t d, int64_t rank) {
  Dim counted = b.selectDim(b.compareDims(arith::CmpIPredicate::slt, axis, b.dim(0)), b.addDims(axis, b.dim(rank)), axis);
  return b.compareDims(arith::CmpIPredicate::eq, counted, b.dim(d));
}

/// 1 where dimension `d` of `rank` is among the axes that only the run knows, else 0.
Dim isAmong(ImportBuilder &b, ArrayRef<Dim> axes, int64_t d, int64_t rank) {
  Dim flag = b.dim(0);
  for (Dim axis : axes)
    flag = b.selectDim(isAxis(b, axis, d, rank), b.dim(1), flag);
  return flag;
}

/// Inserts or drops dimensions of size 1 at axes that only the run knows; how many they are gives the result's rank.
Decoded unsqueezeAtRunTime(NodeReader &node, ImportBuilder &b) {
  Value x = node.input(0);
  auto axes = node.shapeInput(1);
  if (failed(axes))
    return failure();
  Dims own = b.sizes(x), sizes;
  int64_t rank = rankOf(x) + axes->size();
  Dim position = b.dim(0), one = b.dim(1);
  for (int64_t d = 0; d < rank; ++d) {
    Dim added = isAmong(b, *axes, d, rank), size = own.empty() ? one : own[0];
    for (int64_t i = 1; i < rankOf(x); ++i)
      size = b.selectDim(b.compareDims(arith::CmpIPredicate::eq, position, b.dim(i)), own[i], size);
    sizes.push_back(b.selectDim(b.compareDims(arith::CmpIPredicate::eq, added, one), one, size));
    position = b.addDims(position, b.subDims(one, added));
  }
  return b.reshape(x, sizes);
}

Decoded squeezeAtRunTime(NodeReader &node, ImportBuilder &b) {
  Value x = node.input(0);
  auto axes = node.shapeInput(1);
  if (failed(axes))
    return failure();
  if (!node.check(static_cast<int64_t>(axes->size()) <= rankOf(x), "it has more axes than its input has dimensions"))
    return failure();
  Dims own = b.sizes(x), sizes(rankOf(x) - axes->size(), b.dim(1));
  Dim position = b.dim(0), one = b.dim(1);
  for (int64_t d = 0; d < rankOf(x); ++d) {
    Dim dropped = isAmong(b, *axes, d, rankOf(x));
    OpFoldResult stays = b.compareDims(arith::CmpIPredicate::eq, dropped, b.dim(0));
    for (auto [i, size] : llvm::enumerate(sizes)) {
      OpFoldResult here = b.compareDims(arith::CmpIPredicate::eq, position, b.dim(i));
      size = b.selectDim(here, b.selectDim(stays, own[d], size), size);
    }
    position = b.addDims(position, b.subDims(one, dropped));
  }
  return b.reshape(x, sizes);
}

bool hasAxesAtRunTime(NodeReader &node) { return node.opset() >= 13 && node.hasInput(1) && !node.constantInts(1); }

/// Axes from attribute or input 1; `std::nullopt` after an error or when they are left out.
std::optional<SmallVector<int64_t>> axesOf(NodeReader &node, int64_t rank) {
  SmallVector<int64_t> axes = node.ints("axes");
  if (node.opset() >= 13) {
    if (!node.hasInput(1))
      return std::nullopt;
    axes = node.constantInts(1).value_or(axes);
  } else if (!node.has("axes")) {
    return std::nullopt;
  }
  return node.normalizeAxes(axes, rank);
}

Decoded squeeze(NodeReader &node, ImportBuilder &b) {
  if (hasAxesAtRunTime(node))
    return squeezeAtRunTime(node, b);
  Value x = node.input(0);
  auto axes = axesOf(node, rankOf(x));
  if (node.failed())
    return failure();
  if (!axes) {
    axes.emplace();
    for (int64_t i = 0; i < rankOf(x); ++i) {
      Dim d = b.size(x, i);
      if (!b.known(d))
        return node.unsupported("without axes, dimensions of unknown size leave the rank of the result unknown",
                                "fix the sizes of the model's inputs with --shape");
      if (b.isKnown(d, 1))
        axes->push_back(i);
    }
  }
  return b.squeeze(x, *axes);
}

Decoded unsqueeze(NodeReader &node, ImportBuilder &b) {
  if (hasAxesAtRunTime(node))
    return unsqueezeAtRunTime(node, b);
  Value x = node.input(0);
  size_t added = node.ints("axes").size();
  if (node.opset() >= 13)
    if (auto given = node.constantInts(1))
      added = given->size();
  auto axes = axesOf(node, rankOf(x) + added);
  if (!axes)
    return node.failed() ? Decoded(failure()) : Decoded(node.fail("it has no axes"));
  return node.failed() ? Decoded(failure()) : Decoded(b.unsqueeze(x, *axes));
}

// --- Order ---------------------------------------------------------------------------------------------------------------------------

Decoded transpose(NodeReader &node, ImportBuilder &b) {
  Value x = node.input(0);
  SmallVector<int64_t> permutation = node.ints("perm");
  if (!node.has("perm"))
    permutation = llvm::to_vector(llvm::reverse(llvm::seq<int64_t>(0, rankOf(x))));
  SmallVector<int64_t> sorted = permutation;
  llvm::sort(sorted);
  if (!llvm::equal(sorted, llvm::seq<int64_t>(0, rankOf(x))))
    return node.fail("perm is not a permutation of " + Twine(rankOf(x)) + " dimensions");
  return b.transpose(x, permutation);
}

// Blocks of `blocksize` x `blocksize` pixels and channels change places.
Decoded depthToSpace(NodeReader &node, ImportBuilder &b) {
  Value x = node.input(0);
  int64_t block = node.i("blocksize", 1);
  if (!node.checkRank(x, 4, 4) || !node.check(block > 0, "blocksize must be positive"))
    return failure();
  Dims s = b.sizes(x);
  Dim channels = b.floorDivDims(s[1], b.dim(block * block)), k = b.dim(block);
  if (b.known(s[1]) && *b.known(s[1]) % (block * block))
    return node.fail("its channels are not a multiple of blocksize squared");
  Value split;
  if (node.s("mode", "DCR") == "CRD")
    split = b.transpose(b.reshape(x, Dims{s[0], channels, k, k, s[2], s[3]}), {0, 1, 4, 2, 5, 3});
  else
    split = b.transpose(b.reshape(x, Dims{s[0], k, k, channels, s[2], s[3]}), {0, 3, 4, 1, 5, 2});
  return b.reshape(split, Dims{s[0], channels, b.mulDims(s[2], k), b.mulDims(s[3], k)});
}

Decoded spaceToDepth(NodeReader &node, ImportBuilder &b) {
  Value x = node.input(0);
  int64_t block = node.i("blocksize", 1);
  if (!node.checkRank(x, 4, 4) || !node.check(block > 0, "blocksize must be positive"))
    return failure();
  Dims s = b.sizes(x);
  Dim k = b.dim(block), h = b.floorDivDims(s[2], k), w = b.floorDivDims(s[3], k);
  for (int i : {2, 3})
    if (b.known(s[i]) && *b.known(s[i]) % block)
      return node.fail("its sizes are not multiples of blocksize");
  Value split = b.transpose(b.reshape(x, Dims{s[0], s[1], h, k, w, k}), {0, 3, 5, 1, 2, 4});
  return b.reshape(split, Dims{s[0], b.mulDims(s[1], b.dim(block * block)), h, w});
}

// --- Parts ---------------------------------------------------------------------------------------------------------------------------

Decoded concat(NodeReader &node, ImportBuilder &b) {
  SmallVector<Value> inputs;
  for (unsigned i = 0; i < node.numInputs(); ++i)
    if (Value input = node.input(i))
      inputs.push_back(input);
  if (inputs.empty() || rankOf(inputs[0]) == 0)
    return node.fail("it needs inputs of rank 1 or more");
  // The first version's default.
  int64_t rank = rankOf(inputs[0]), axis = node.axis("axis", node.opset() < 4 ? 1 : 0, rank);
  for (Value input : inputs) {
    if (!node.checkRank(input, rank, rank))
      return failure();
    for (int64_t d = 0; d < rank; ++d) {
      int64_t own = typeOf(input).getDimSize(d), first = typeOf(inputs[0]).getDimSize(d);
      if (d != axis && own != ShapedType::kDynamic && first != ShapedType::kDynamic && own != first)
        return node.fail("its inputs have sizes " + Twine(first) + " and " + Twine(own) + " in dimension " + Twine(d));
    }
  }
  return b.concat(inputs, axis);
}

/// Offset and size of one dimension of a slice, after ONNX's clamping.
std::pair<Dim, Dim> sliceBounds(ImportBuilder &b, Dim size, Dim start, Dim end, int64_t step) {
  // A bound below 0 counts from the end; where it is not known, that is decided at run time.
  auto wrap = [&](Dim bound) -> Dim {
    auto known = b.known(bound);
    if (known && (*known >= INT32_MAX || *known <= -INT32_MAX)) // "to the end" and "from the beginning", in a range that cannot overflow
      return b.dim(*known > 0 ? int64_t(1) << 40 : -(int64_t(1) << 40));
    if (known)
      return *known >= 0 ? bound : b.addDims(bound, size);
    if (auto value = llvm::dyn_cast<Value>(bound); value && value.getDefiningOp<tensor::DimOp>())
      return bound;
    return b.selectDim(b.compareDims(arith::CmpIPredicate::slt, bound, b.dim(0)), b.addDims(bound, size), bound);
  };
  Dim zero = b.dim(0), last = b.subDims(size, b.dim(1));
  if (step > 0) {
    Dim from = b.maxDims(b.minDims(wrap(start), size), zero), to = b.maxDims(b.minDims(wrap(end), size), zero);
    return {from, b.ceilDivDims(b.maxDims(b.subDims(to, from), zero), b.dim(step))};
  }
  // "To the end" is the beginning when going backwards.
  if (auto known = b.known(end); known && (*known == INT32_MAX || *known == INT64_MAX))
    end = b.dim(INT64_MIN);
  // Backwards: start is at most the last element, end may be "before the first", -1 after clamping.
  Dim from = b.maxDims(b.minDims(wrap(start), last), b.dim(-1)), to = b.maxDims(b.minDims(wrap(end), last), b.dim(-1));
  Dim count = b.ceilDivDims(b.maxDims(b.subDims(from, to), zero), b.dim(-step));
  return {b.maxDims(from, zero), count};
}

Decoded sliceOf(NodeReader &node, ImportBuilder &b, Dims starts, Dims ends, SmallVector<int64_t> axes, ArrayRef<int64_t> steps) {
  Value x = node.input(0);
  if (starts.size() != ends.size() || starts.size() != axes.size() || starts.size() != steps.size())
    return node.fail("starts, ends, axes and steps must have the same length");
  Dims offsets(rankOf(x), b.dim(0)), sizes = b.sizes(x), stride(rankOf(x), b.dim(1));
  SmallVector<bool> seen(rankOf(x), false);
  for (auto [i, given] : llvm::enumerate(axes)) {
    int64_t axis = node.normalizeAxis(given, rankOf(x));
    if (node.failed())
      return failure();
    if (seen[axis])
      return node.fail("axis " + Twine(given) + " is given more than once");
    seen[axis] = true;
    if (steps[i] == 0 || steps[i] == INT64_MIN)
      return node.fail("a step of " + Twine(steps[i]) + " is not allowed");
    std::tie(offsets[axis], sizes[axis]) = sliceBounds(b, sizes[axis], starts[i], ends[i], steps[i]);
    stride[axis] = b.dim(steps[i]);
    // Whole dimensions keep their size as it is, and a single element needs no step.
    if (b.isKnown(sizes[axis], 1))
      stride[axis] = b.dim(1);
  }
  return b.slice(x, offsets, sizes, stride);
}

SmallVector<int64_t> firstAxes(size_t count) { return llvm::to_vector(llvm::seq<int64_t>(0, count)); }

Decoded sliceByAttributes(NodeReader &node, ImportBuilder &b) {
  SmallVector<int64_t> starts = node.ints("starts"), ends = node.ints("ends");
  SmallVector<int64_t> axes = node.has("axes") ? node.ints("axes") : firstAxes(starts.size());
  return sliceOf(node, b, b.dimList(starts), b.dimList(ends), axes, SmallVector<int64_t>(starts.size(), 1));
}

/// Axes or steps that only the run knows: each dimension looks for its own bounds among those given.
Decoded sliceAtRunTime(NodeReader &node, ImportBuilder &b, ArrayRef<Dim> starts, ArrayRef<Dim> ends) {
  Value x = node.input(0);
  Dims axes = b.dimList(firstAxes(starts.size())), steps(starts.size(), b.dim(1));
  for (auto [input, target] : {std::pair(3u, &axes), std::pair(4u, &steps)}) {
    if (!node.hasInput(input))
      continue;
    auto given = node.shapeInput(input);
    if (failed(given))
      return failure();
    *target = *given;
  }
  if (starts.size() != ends.size() || starts.size() != axes.size() || starts.size() != steps.size())
    return node.fail("starts, ends, axes and steps must have the same length");
  int64_t rank = rankOf(x);
  Dims offsets(rank, b.dim(0)), sizes = b.sizes(x), stride(rank, b.dim(1));
  Dim zero = b.dim(0), one = b.dim(1);
  for (int64_t d = 0; d < rank; ++d) {
    Dim start = zero, end = sizes[d], step = one;
    bool named = false;
    for (size_t i = 0; i < axes.size(); ++i) {
      OpFoldResult hit = isAxis(b, axes[i], d, rank);
      if (auto known = getConstantIntValue(hit); known && *known == 0)
        continue;
      named = true;
      start = b.selectDim(hit, starts[i], start);
      end = b.selectDim(hit, ends[i], end);
      step = b.selectDim(hit, steps[i], step);
    }
    if (!named)
      continue;
    auto forwards = sliceBounds(b, sizes[d], start, end, 1), backwards = sliceBounds(b, sizes[d], start, end, -1);
    OpFoldResult isForwards = b.compareDims(arith::CmpIPredicate::sgt, step, zero);
    Dim distance = b.maxDims(b.maxDims(step, b.subDims(zero, step)), one);
    offsets[d] = b.selectDim(isForwards, forwards.first, backwards.first);
    sizes[d] = b.ceilDivDims(b.selectDim(isForwards, forwards.second, backwards.second), distance);
    stride[d] = step;
  }
  return b.slice(x, offsets, sizes, stride);
}

Decoded slice(NodeReader &node, ImportBuilder &b) {
  auto starts = node.shapeInput(1), ends = node.shapeInput(2);
  if (failed(starts) || failed(ends))
    return failure();
  SmallVector<int64_t> axes = firstAxes(starts->size()), steps(starts->size(), 1);
  for (auto [input, target] : {std::pair(3u, &axes), std::pair(4u, &steps)}) {
    if (!node.hasInput(input))
      continue;
    auto given = node.constantInts(input);
    if (!given)
      return sliceAtRunTime(node, b, *starts, *ends);
    *target = *given;
  }
  return sliceOf(node, b, *starts, *ends, axes, steps);
}

Decoded split(NodeReader &node, ImportBuilder &b) {
  Value x = node.input(0);
  if (!node.checkRank(x, 1))
    return failure();
  int64_t axis = node.axis("axis", 0, rankOf(x)), parts = node.numOutputs();
  Dim whole = b.size(x, axis);
  Dims lengths;
  if (node.opset() >= 13 && node.hasInput(1)) {
    auto given = node.shapeInput(1);
    if (failed(given))
      return failure();
    lengths = *given;
  } else if (node.opset() < 13 && node.has("split")) {
    lengths = b.dimList(node.ints("split"));
  } else if (node.opset() < 2 && node.hasInput(1)) {
    auto given = node.shapeInput(1);
    if (failed(given))
      return failure();
    lengths = *given;
  } else {
    int64_t asked = node.i("num_outputs", parts);
    if (asked < parts || parts == 0)
      return node.fail("it has more outputs than num_outputs");
    // All parts are equal but the last, which may be shorter (from opset 18 on).
    Dim each = b.ceilDivDims(whole, b.dim(asked)), left = whole;
    for (int64_t i = 0; i + 1 < asked; ++i) {
      lengths.push_back(b.known(whole) ? b.minDims(each, left) : each);
      left = b.subDims(left, lengths.back());
    }
    lengths.push_back(left);
  }
  if (static_cast<int64_t>(lengths.size()) < parts)
    return node.fail("it has " + Twine(parts) + " outputs, but " + Twine(lengths.size()) + " lengths");
  if (auto known = b.known(ArrayRef<Dim>(lengths)); known && b.known(whole)) {
    int64_t sum = 0;
    for (int64_t length : *known) {
      if (length < 0)
        return node.fail("a length is negative");
      sum += length;
    }
    if (sum != *b.known(whole))
      return node.fail("the lengths add up to " + Twine(sum) + " instead of " + Twine(*b.known(whole)));
  }
  SmallVector<Value> results;
  Dim offset = b.dim(0);
  for (int64_t i = 0; i < parts; ++i) {
    results.push_back(b.sliceAlong(x, axis, offset, lengths[i]));
    offset = b.addDims(offset, lengths[i]);
  }
  return results;
}

// --- Repetition ----------------------------------------------------------------------------------------------------------------------

Decoded expand(NodeReader &node, ImportBuilder &b) {
  Value x = node.input(0);
  auto wanted = node.shapeInput(1);
  if (failed(wanted))
    return failure();
  // Both sides may have 1 where the other has more.
  int64_t rank = std::max<int64_t>(rankOf(x), wanted->size());
  Dims own(rank - rankOf(x), b.dim(1)), target(rank - wanted->size(), b.dim(1));
  own.append(b.sizes(x));
  target.append(*wanted);
  for (int64_t i = 0; i < rank; ++i) {
    if (b.known(target[i]) && *b.known(target[i]) < 0)
      return node.fail("its shape has a negative size");
    if (b.isKnown(target[i], 1) || b.same(own[i], target[i]))
      target[i] = own[i];
    else if (b.known(own[i]) && *b.known(own[i]) != 1)
      target[i] = own[i]; // what is wanted is 1 or the same
    else if (!b.known(own[i]) && !b.known(target[i]))
      target[i] = b.selectDim(b.compareDims(arith::CmpIPredicate::eq, target[i], b.dim(1)), own[i], target[i]);
  }
  for (int64_t i = 0; i < static_cast<int64_t>(wanted->size()); ++i) {
    Dim d = (*wanted)[i], result = target[rank - wanted->size() + i];
    if (b.known(d) && *b.known(d) != 1 && b.known(result) && *b.known(d) != *b.known(result))
      return node.fail("size " + Twine(*b.known(result)) + " cannot be expanded to " + Twine(*b.known(d)));
  }
  return b.broadcastTo(x, target);
}

// Each dimension is broadcast along a new one in front of it, and both are then one.
Decoded tileBy(NodeReader &node, ImportBuilder &b, ArrayRef<Dim> repeats) {
  Value x = node.input(0);
  if (static_cast<int64_t>(repeats.size()) != rankOf(x))
    return node.fail("it needs a number of repetitions for each of the " + Twine(rankOf(x)) + " dimensions");
  Dims own = b.sizes(x), wide, result;
  SmallVector<int64_t> dimensions;
  for (auto [size, repeat] : llvm::zip(own, repeats)) {
    if (b.known(repeat) && *b.known(repeat) < 0)
      return node.fail("a number of repetitions is negative");
    if (!b.isKnown(repeat, 1))
      wide.push_back(repeat);
    dimensions.push_back(wide.size());
    wide.push_back(size);
    result.push_back(b.mulDims(size, repeat));
  }
  return b.reshape(b.broadcastAlong(x, dimensions, wide), result);
}

Decoded tile(NodeReader &node, ImportBuilder &b) {
  auto repeats = node.shapeInput(1);
  return succeeded(repeats) ? tileBy(node, b, *repeats) : Decoded(failure());
}

// The first version repeats along one axis.
Decoded tileAxis(NodeReader &node, ImportBuilder &b) {
  Value x = node.input(0);
  auto count = node.shapeInput(1);
  auto axis = node.constantInt(2);
  if (failed(count) || count->size() != 1 || !axis)
    return node.failed() ? Decoded(failure()) : Decoded(node.fail("tiles and axis must be known scalars"));
  Dims repeats(rankOf(x), b.dim(1));
  int64_t at = node.normalizeAxis(*axis, rankOf(x));
  if (node.failed())
    return failure();
  repeats[at] = count->front();
  return tileBy(node, b, repeats);
}

// --- Padding -------------------------------------------------------------------------------------------------------------------------

Decoded padBy(NodeReader &node, ImportBuilder &b, ArrayRef<Dim> pads, ArrayRef<int64_t> axes, Value value) {
  Value x = node.input(0);
  int64_t rank = rankOf(x), count = axes.size();
  StringRef name = node.s("mode", "constant");
  auto mode = symbolizePadMode(name);
  if (!mode)
    return node.fail("there is no mode '" + name + "'");
  if (static_cast<int64_t>(pads.size()) != 2 * count)
    return node.fail("it needs two pads for each axis");
  Dim zero = b.dim(0);
  Dims low(rank, zero), high(rank, zero), offsets(rank, zero), sizes = b.sizes(x);
  for (int64_t i = 0; i < count; ++i) {
    low[axes[i]] = pads[i];
    high[axes[i]] = pads[count + i];
  }
  // What is cut off is cut first.
  for (int64_t d = 0; d < rank; ++d) {
    auto cut = [&](Dim &pad) {
      if (b.known(pad) && *b.known(pad) >= 0)
        return zero;
      Dim amount = b.maxDims(b.subDims(zero, pad), zero);
      pad = b.maxDims(pad, zero);
      return amount;
    };
    offsets[d] = cut(low[d]);
    sizes[d] = b.subDims(b.subDims(sizes[d], offsets[d]), cut(high[d]));
    if (b.known(sizes[d]) && *b.known(sizes[d]) < 0)
      return node.fail("negative pads cut off more than there is");
  }
  return b.pad(b.slice(x, offsets, sizes), low, high, value, *mode);
}

Decoded padByAttributes(NodeReader &node, ImportBuilder &b) {
  Value x = node.input(0);
  SmallVector<int64_t> pads = node.ints(node.opset() < 2 ? "paddings" : "pads");
  return padBy(node, b, b.dimList(pads), firstAxes(rankOf(x)), b.scalar(node.f("value", 0), elementTypeOf(x)));
}

Decoded pad(NodeReader &node, ImportBuilder &b) {
  Value x = node.input(0);
  auto pads = node.shapeInput(1);
  if (failed(pads))
    return failure();
  SmallVector<int64_t> axes = firstAxes(rankOf(x));
  if (node.hasInput(3)) {
    auto given = node.constantInts(3);
    if (!given) {
      auto unknown = node.shapeInput(3);
      if (failed(unknown))
        return failure();
      size_t count = unknown->size();
      if (!node.check(pads->size() == 2 * count, "it needs two pads for each axis"))
        return failure();
      Dims all(2 * rankOf(x), b.dim(0));
      for (int64_t d = 0; d < rankOf(x); ++d)
        for (size_t i = 0; i < count; ++i) {
          OpFoldResult hit = isAxis(b, (*unknown)[i], d, rankOf(x));
          all[d] = b.selectDim(hit, (*pads)[i], all[d]);
          all[d + rankOf(x)] = b.selectDim(hit, (*pads)[i + count], all[d + rankOf(x)]);
        }
      *pads = all;
      given = axes;
    }
    axes.clear();
    for (int64_t axis : *given)
      axes.push_back(node.normalizeAxis(axis, rankOf(x)));
    if (node.failed())
      return failure();
  }
  Value value = node.hasInput(2) ? b.reshape(node.input(2), Dims()) : b.scalar(0, elementTypeOf(x));
  return padBy(node, b, *pads, axes, value);
}

Decoded centerCropPad(NodeReader &node, ImportBuilder &b) {
  Value x = node.input(0);
  auto wanted = node.shapeInput(1);
  if (failed(wanted))
    return failure();
  SmallVector<int64_t> axes;
  for (int64_t axis : node.has("axes") ? node.ints("axes") : firstAxes(rankOf(x)))
    axes.push_back(node.normalizeAxis(axis, rankOf(x)));
  if (node.failed() || !node.check(axes.size() == wanted->size(), "its shape must have a size for each axis"))
    return failure();
  Dim zero = b.dim(0), two = b.dim(2);
  Dims low(rankOf(x), zero), high(rankOf(x), zero), offsets(rankOf(x), zero), sizes = b.sizes(x);
  for (auto [axis, size] : llvm::zip(axes, *wanted)) {
    Dim missing = b.maxDims(b.subDims(size, sizes[axis]), zero), extra = b.maxDims(b.subDims(sizes[axis], size), zero);
    low[axis] = b.floorDivDims(missing, two);
    high[axis] = b.subDims(missing, low[axis]);
    offsets[axis] = b.floorDivDims(extra, two);
    sizes[axis] = b.subDims(sizes[axis], extra);
  }
  return b.pad(b.slice(x, offsets, sizes), low, high, b.scalar(0, elementTypeOf(x)));
}

// --- Generated -----------------------------------------------------------------------------------------------------------------------

Decoded range(NodeReader &node, ImportBuilder &b) {
  Value start = b.reshape(node.input(0), Dims()), limit = b.reshape(node.input(1), Dims()), step = b.reshape(node.input(2), Dims());
  Type type = elementTypeOf(start);
  auto first = node.constantFloat(0), last = node.constantFloat(1), delta = node.constantFloat(2);
  if (delta && *delta == 0)
    return node.fail("delta must not be 0");
  Dim count;
  if (first && last && delta) {
    double n = std::max(std::ceil((*last - *first) / *delta), 0.0);
    if (!(n < 1e12))
      return node.fail("it has too many elements");
    count = b.dim(static_cast<int64_t>(n));
  } else if (isa<FloatType>(type)) {
    Value n = b.castTo(b.create<CeilOp>(b.div(b.sub(limit, start), step)), b.getI64Type());
    count = b.maxDims(b.extractDim(n), b.dim(0));
  } else {
    Dim from = b.extractDim(start), to = b.extractDim(limit), by = b.extractDim(step);
    Dim span = b.subDims(to, from);
    if (delta && *delta < 0) {
      span = b.subDims(from, to);
      by = b.subDims(b.dim(0), by);
    } else if (!delta) {
      // The sign of the step is known at run time only.
      Value backwards = llvm::dyn_cast<Value>(b.compareDims(arith::CmpIPredicate::slt, by, b.dim(0)));
      span = b.selectDim(backwards, b.subDims(from, to), span);
      by = b.selectDim(backwards, b.subDims(b.dim(0), by), by);
    }
    count = b.maxDims(b.ceilDivDims(span, by), b.dim(0));
  }
  Value index = b.iota(type, count);
  return b.add(b.mul(index, b.broadcastLike(step, index)), b.broadcastLike(start, index));
}

/// `row - column` is compared with a diagonal's number (`k`, a scalar or null for 0).
Value diagonalMask(ImportBuilder &b, Comparison relation, ArrayRef<Dim> sizes, Value k) {
  Type i64 = b.getI64Type();
  Value row = b.iota(i64, sizes, sizes.size() - 2), column = b.iota(i64, sizes, sizes.size() - 1);
  return b.compare(relation, k ? b.add(row, b.broadcastLike(k, row)) : row, column);
}

Decoded eyeLike(NodeReader &node, ImportBuilder &b) {
  Value x = node.input(0);
  if (!node.checkRank(x, 2, 2))
    return failure();
  Type type = node.has("dtype") ? node.dtype(node.i("dtype", 1)) : elementTypeOf(x);
  Value k = node.i("k", 0) ? b.scalarInt(node.i("k", 0), b.getI64Type()) : Value();
  return b.castTo(diagonalMask(b, Comparison::EQ, b.sizes(x), k), type);
}

Decoded trilu(NodeReader &node, ImportBuilder &b) {
  Value x = node.input(0);
  if (!node.checkRank(x, 2))
    return failure();
  Value k = node.hasInput(1) ? b.castTo(b.reshape(node.input(1), Dims()), b.getI64Type()) : Value();
  Dims all = b.sizes(x);
  bool upper = node.i("upper", 1) != 0;
  Value mask = diagonalMask(b, upper ? Comparison::LE : Comparison::GE, ArrayRef<Dim>(all).take_back(2), k);
  return b.select(mask, x, b.splatLike(0, x));
}

Decoded cumulate(NodeReader &node, ImportBuilder &b) {
  Value x = node.input(0);
  if (!node.checkRank(x, 1))
    return failure();
  auto along = [&](int64_t axis) {
    CumulateKind kind = node.op() == "CumSum" ? CumulateKind::Sum : CumulateKind::Product;
    return b.create<CumulateOp>(x, kind, axis, node.i("exclusive", 0) != 0, node.i("reverse", 0) != 0);
  };
  if (auto axis = node.constantInt(1)) {
    int64_t at = node.normalizeAxis(*axis, rankOf(x));
    return node.failed() ? Decoded(failure()) : Decoded(along(at));
  }
  // An axis that is only known at run time chooses among the results.
  Value axis = b.castTo(b.reshape(node.input(1), Dims()), b.getI64Type()), result = along(0);
  for (int64_t d = 1; d < rankOf(x); ++d) {
    Value chosen = b.create<OrOp>(b.compare(Comparison::EQ, axis, d), b.compare(Comparison::EQ, axis, d - rankOf(x)));
    result = b.select(chosen, along(d), result);
  }
  return result;
}

// Element i along the time axis comes from length - 1 - i within its sequence.
Decoded reverseSequence(NodeReader &node, ImportBuilder &b) {
  Value x = node.input(0), lengths = node.input(1);
  if (!node.checkRank(x, 2) || !node.checkRank(lengths, 1, 1))
    return failure();
  int64_t batch = node.axis("batch_axis", 1, rankOf(x)), time = node.axis("time_axis", 0, rankOf(x));
  if (node.failed() || batch == time)
    return node.failed() ? Decoded(failure()) : Decoded(node.fail("batch_axis and time_axis must differ"));
  Value step = b.iota(b.getI64Type(), b.sizes(x), time);
  Value length = b.broadcastVector(b.castTo(lengths, b.getI64Type()), batch, x);
  Value mirrored = b.sub(b.sub(length, 1), step);
  return b.create<GatherElementsOp>(x, b.select(b.compare(Comparison::LT, step, length), mirrored, step), time);
}

} // namespace

void registerMovement(DecoderTable &table) {
  table.on("Identity", 1, identity);
  table.on("Constant", 1, constant);
  table.on("ConstantOfShape", 9, constantOfShape);
  table.on("Shape", 1, shape);
  table.on("Size", 1, size);
  table.on("Reshape", 1, reshapeByAttribute);
  table.on("Reshape", 5, reshape);
  table.on("Flatten", 1, flatten);
  table.on("Squeeze", 1, squeeze);
  table.on("Unsqueeze", 1, unsqueeze);
  table.on("Transpose", 1, transpose);
  table.on("DepthToSpace", 1, depthToSpace);
  table.on("SpaceToDepth", 1, spaceToDepth);
  table.on("Concat", 1, concat);
  table.on("Slice", 1, sliceByAttributes);
  table.on("Slice", 10, slice);
  table.on("Split", 1, split);
  table.on("Expand", 8, expand);
  table.on("Tile", 1, tileAxis);
  table.on("Tile", 6, tile);
  table.on("Pad", 1, padByAttributes);
  table.on("Pad", 11, pad);
  table.on("CenterCropPad", 18, centerCropPad);
  table.on("Range", 11, range);
  table.on("EyeLike", 9, eyeLike);
  table.on("Trilu", 14, trilu);
  table.on("CumSum", 11, cumulate);
  table.on("CumProd", 26, cumulate);
  table.on("ReverseSequence", 10, reverseSequence);
}

} // namespace ingot
