//===- ImportBuilder.cpp - Builds the ingot ops of one ONNX node --------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "frontend/ImportBuilder.h"
#include "frontend/Decoder.h"
#include "frontend/TensorData.h"
#include "ir/Eval/Eval.h"

using namespace mlir;

namespace ingot {

void ImportBuilder::fail(const Twine &message) {
  if (node)
    (void)node->fail(message);
}

/// Constants up to this size are folded while the model is read, so that sizes computed from them are numbers.
constexpr int64_t kFoldedBytes = 4096;

Value ImportBuilder::foldSmall(Value value) {
  Operation *op = value.getDefiningOp();
  auto type = dyn_cast<RankedTensorType>(value.getType());
  if (!op || !type || isa<ConstantOp>(op) || op->getNumRegions() || op->getNumOperands() == 0 || isa<CustomCallOp>(op))
    return value;
  auto isSmall = [](Type t) {
    auto tensor = dyn_cast<RankedTensorType>(t);
    return !tensor || (tensor.hasStaticShape() && tensor.getNumElements() * tensor.getElementTypeBitWidth() <= kFoldedBytes * 8);
  };
  for (Value operand : op->getOperands())
    if (!isSmall(operand.getType()) || !operand.getDefiningOp() || !operand.getDefiningOp()->hasTrait<OpTrait::ConstantLike>())
      return value;
  if (!isSmall(type))
    return value;
  Value folded = foldByEvaluation(*this, op, kFoldedBytes);
  if (!folded)
    return value;
  op->erase();
  return folded;
}

// --- Sizes ---------------------------------------------------------------------------------------------------------------------------

Dims ImportBuilder::sizes(Value tensor) {
  Dims result;
  for (int64_t i = 0; i < rankOf(tensor); ++i)
    result.push_back(size(tensor, i));
  return result;
}

Dims ImportBuilder::dimList(ArrayRef<int64_t> values) {
  Dims result;
  for (int64_t value : values)
    result.push_back(dim(value));
  return result;
}

std::optional<SmallVector<int64_t>> ImportBuilder::known(ArrayRef<Dim> dims) {
  SmallVector<int64_t> result;
  for (Dim d : dims) {
    auto value = known(d);
    if (!value)
      return std::nullopt;
    result.push_back(*value);
  }
  return result;
}

bool ImportBuilder::same(Dim a, Dim b) {
  if (a == b)
    return true;
  return dims.exprOf(*this, a) == dims.exprOf(*this, b);
}

Dim ImportBuilder::addDims(Dim a, Dim b) { return dims.materialize(*this, dims.exprOf(*this, a) + dims.exprOf(*this, b)); }
Dim ImportBuilder::subDims(Dim a, Dim b) { return dims.materialize(*this, dims.exprOf(*this, a) - dims.exprOf(*this, b)); }

Dim ImportBuilder::mulDims(Dim a, Dim b) {
  if (known(a) || known(b))
    return dims.materialize(*this, dims.exprOf(*this, a) * dims.exprOf(*this, b));
  return dims.opaque(*this, DimTable::Opaque::Mul, a, b);
}

Dim ImportBuilder::floorDivDims(Dim a, Dim b) {
  auto divisor = known(b);
  if (divisor && *divisor > 0)
    return dims.materialize(*this, dims.exprOf(*this, a).floorDiv(*divisor));
  if (same(a, b) && !known(a))
    return dim(1);
  // (x * y) / y
  if (Value value = dyn_cast<Value>(a))
    if (auto mul = value.getDefiningOp<arith::MulIOp>()) {
      if (same(mul.getLhs(), b))
        return mul.getRhs();
      if (same(mul.getRhs(), b))
        return mul.getLhs();
    }
  return dims.opaque(*this, DimTable::Opaque::FloorDiv, a, b);
}

Dim ImportBuilder::ceilDivDims(Dim a, Dim b) {
  auto divisor = known(b);
  if (divisor && *divisor > 0)
    return dims.materialize(*this, (dims.exprOf(*this, a) + (*divisor - 1)).floorDiv(*divisor));
  return dims.opaque(*this, DimTable::Opaque::CeilDiv, a, b);
}

Dim ImportBuilder::modDims(Dim a, Dim b) {
  auto divisor = known(b);
  if (divisor && *divisor > 0)
    return dims.materialize(*this, dims.exprOf(*this, a) % *divisor);
  return dims.opaque(*this, DimTable::Opaque::Mod, a, b);
}

/// a - b, simplified.
static AffineExpr difference(ImportBuilder &b, Dim x, Dim y) {
  AffineExpr expr = b.getDims().exprOf(b, x) - b.getDims().exprOf(b, y);
  return simplifyAffineExpr(expr, 0, b.getDims().numSymbols());
}

/// Whether x >= y for sure.
static bool isAtLeast(ImportBuilder &b, Dim x, Dim y) { return b.getDims().isNonNegative(difference(b, x, y)); }

// ONNX writes "to the end" as a number no size reaches.
constexpr int64_t kHuge = INT32_MAX;

Dim ImportBuilder::maxDims(Dim a, Dim b) {
  if (isAtLeast(*this, a, b))
    return a;
  return isAtLeast(*this, b, a) ? b : dims.opaque(*this, DimTable::Opaque::Max, a, b);
}

Dim ImportBuilder::minDims(Dim a, Dim b) {
  if (isAtLeast(*this, a, b) || (known(a) && *known(a) >= kHuge))
    return b;
  if (isAtLeast(*this, b, a) || (known(b) && *known(b) >= kHuge))
    return a;
  return dims.opaque(*this, DimTable::Opaque::Min, a, b);
}

Dim ImportBuilder::product(ArrayRef<Dim> list) {
  // Known factors first, so that equal products are written alike.
  Dim result = dim(1);
  for (Dim d : list)
    if (known(d))
      result = mulDims(result, d);
  Dim unknown;
  for (Dim d : list)
    if (!known(d))
      unknown = unknown ? mulDims(unknown, d) : d;
  return unknown ? mulDims(unknown, result) : result;
}

Dim ImportBuilder::selectDim(OpFoldResult condition, Dim a, Dim b) {
  if (auto value = known(condition))
    return *value ? a : b;
  if (same(a, b))
    return a;
  return createOrFold<arith::SelectOp>(getLoc(), cast<Value>(condition), index(a), index(b));
}

OpFoldResult ImportBuilder::compareDims(arith::CmpIPredicate predicate, Dim a, Dim b) {
  std::optional<int64_t> d;
  if (auto constant = dyn_cast<AffineConstantExpr>(difference(*this, a, b)))
    d = constant.getValue();
  // Where one is greater for sure, the amount does not matter.
  else if (isAtLeast(*this, a, addDims(b, dim(1))))
    d = 1;
  else if (isAtLeast(*this, b, addDims(a, dim(1))))
    d = -1;
  if (d)
    return getBoolAttr(arith::applyCmpPredicate(predicate, APInt(64, *d, true), APInt(64, 0)));
  return createOrFold<arith::CmpIOp>(getLoc(), predicate, index(a), index(b));
}

Value ImportBuilder::index(Dim dim) {
  if (auto value = known(dim))
    return arith::ConstantIndexOp::create(*this, getLoc(), *value);
  return cast<Value>(dim);
}

static Type signless(Type type) { return isa<IntegerType>(type) ? IntegerType::get(type.getContext(), type.getIntOrFloatBitWidth()) : type; }

Value ImportBuilder::dimsTensor(ArrayRef<Dim> list, Type elementType) {
  if (!elementType)
    elementType = getI64Type();
  if (auto values = known(list))
    return constantInts(*values, elementType);
  SmallVector<Value> elements;
  for (Dim d : list)
    elements.push_back(arith::IndexCastOp::create(*this, getLoc(), getI64Type(), index(d))); // unfolded, as extractDim expects it
  auto type = RankedTensorType::get({static_cast<int64_t>(elements.size())}, getI64Type());
  return castTo(tensor::FromElementsOp::create(*this, getLoc(), type, elements), elementType);
}

Value ImportBuilder::dimScalar(Dim dim, Type elementType) {
  if (!elementType)
    elementType = getI64Type();
  if (auto value = known(dim))
    return scalarInt(*value, elementType);
  Value element = arith::IndexCastOp::create(*this, getLoc(), getI64Type(), index(dim));
  return castTo(tensor::FromElementsOp::create(*this, getLoc(), RankedTensorType::get({}, getI64Type()), element), elementType);
}

Dim ImportBuilder::extractDim(Value tensor, int64_t i) {
  if (auto constant = tensor.getDefiningOp<ConstantOp>()) {
    SmallVector<int64_t> values = readInts(constant.getValue());
    if (i < static_cast<int64_t>(values.size()))
      return dim(values[i]);
  }
  if (auto cast = tensor.getDefiningOp<CastOp>())
    if (isa<IntegerType>(elementTypeOf(cast.getX())) && elementTypeOf(cast.getX()).getIntOrFloatBitWidth() > 8)
      return extractDim(cast.getX(), i);
  if (auto elements = tensor.getDefiningOp<tensor::FromElementsOp>())
    if (i < static_cast<int64_t>(elements.getElements().size())) {
      if (auto number = known(elements.getElements()[i]))
        return dim(*number);
      if (auto cast = elements.getElements()[i].getDefiningOp<arith::IndexCastOp>())
        if (cast.getIn().getType().isIndex())
          return cast.getIn();
    }
  Value wide = castTo(tensor, getI64Type());
  SmallVector<Value> indices(rankOf(wide), index(int64_t(0)));
  if (!indices.empty())
    indices.back() = index(i);
  Value element = tensor::ExtractOp::create(*this, getLoc(), wide, indices);
  return createOrFold<arith::IndexCastOp>(getLoc(), getIndexType(), element);
}

Value ImportBuilder::extractScalar(Value tensor) {
  Type type = elementTypeOf(tensor);
  if (auto constant = tensor.getDefiningOp<ConstantOp>(); constant && constant.getValue().getNumElements() == 1) {
    if (isa<FloatType>(type))
      return arith::ConstantOp::create(*this, getLoc(), getFloatAttr(type, readFloats(constant.getValue()).front()));
    if (type.isInteger(1))
      return arith::ConstantOp::create(*this, getLoc(), getBoolAttr(readInts(constant.getValue()).front()));
    return arith::ConstantOp::create(*this, getLoc(), getIntegerAttr(signless(type), readInts(constant.getValue()).front()));
  }
  if (signless(type) != type)
    tensor = create<BitcastOp>(tensor, signless(type));
  SmallVector<Value> indices(rankOf(tensor), index(int64_t(0)));
  return createOrFold<tensor::ExtractOp>(getLoc(), tensor, indices);
}

RankedTensorType ImportBuilder::tensorType(ArrayRef<Dim> sizes, Type elementType) {
  SmallVector<int64_t> shape;
  for (Dim d : sizes)
    shape.push_back(known(d).value_or(ShapedType::kDynamic));
  return RankedTensorType::get(shape, elementType);
}

// --- Constants -----------------------------------------------------------------------------------------------------------------------

TypedAttr ImportBuilder::numberAttr(double value, Type elementType) {
  if (isa<FloatType>(elementType))
    return FloatAttr::get(elementType, value);
  if (elementType.isInteger(1))
    return getBoolAttr(value != 0);
  unsigned width = elementType.getIntOrFloatBitWidth();
  bool isSigned = !elementType.isUnsignedInteger();
  APSInt integer(width, !isSigned);
  bool exact;
  APFloat(value).convertToInteger(integer, APFloat::rmTowardZero, &exact); // saturates
  return IntegerAttr::get(elementType, integer);
}

static Attribute splatElement(ImportBuilder &b, int64_t value, Type elementType) {
  if (isa<FloatType>(elementType))
    return FloatAttr::get(elementType, static_cast<double>(value));
  if (elementType.isInteger(1))
    return b.getBoolAttr(value != 0);
  return IntegerAttr::get(elementType, APInt(64, value, true).sextOrTrunc(elementType.getIntOrFloatBitWidth()));
}

Value ImportBuilder::scalar(double value, Type elementType) {
  return constant(DenseElementsAttr::get(RankedTensorType::get({}, elementType), Attribute(numberAttr(value, elementType))));
}

Value ImportBuilder::scalarInt(int64_t value, Type elementType) {
  return constant(DenseElementsAttr::get(RankedTensorType::get({}, elementType), splatElement(*this, value, elementType)));
}

Value ImportBuilder::splat(double value, Type elementType, ArrayRef<Dim> sizes) {
  RankedTensorType type = tensorType(sizes, elementType);
  if (type.hasStaticShape())
    return constant(DenseElementsAttr::get(type, Attribute(numberAttr(value, elementType))));
  return broadcastAlong(scalar(value, elementType), {}, sizes);
}

Value ImportBuilder::splatLike(double value, Value x) { return splat(value, elementTypeOf(x), sizes(x)); }

Value ImportBuilder::constantInts(ArrayRef<int64_t> values, Type elementType) {
  if (!elementType)
    elementType = getI64Type();
  SmallVector<Attribute> elements;
  for (int64_t value : values)
    elements.push_back(splatElement(*this, value, elementType));
  return constant(DenseElementsAttr::get(RankedTensorType::get({static_cast<int64_t>(values.size())}, elementType), elements));
}

Value ImportBuilder::constantFloats(ArrayRef<double> values, Type elementType) {
  if (!elementType)
    elementType = getF32Type();
  SmallVector<Attribute> elements;
  for (double value : values)
    elements.push_back(numberAttr(value, elementType));
  return constant(DenseElementsAttr::get(RankedTensorType::get({static_cast<int64_t>(values.size())}, elementType), elements));
}

// --- Elementwise ---------------------------------------------------------------------------------------------------------------------

/// Two sizes computed from the same sizes (seq and min(seq, 512), or the levels of a feature pyramid) are meant to be equal: nobody counts
/// on one of them being 1 by chance. Assuming it, and checking it at run time, saves every op behind from a broadcast that never happens.
bool ImportBuilder::assumeEqual(Dim a, Dim b) {
  if (!dims.haveSameOrigin(*this, a, b))
    return false;
  auto condition = compareDims(arith::CmpIPredicate::eq, a, b);
  if (known(condition))
    return false; // they never are
  AssertOp::create(*this, getLoc(), cast<Value>(condition), "sizes that are added or compared element by element must be equal");
  dims.declareEqual(*this, a, b);
  return true;
}

Dims ImportBuilder::broadcastSizes(ArrayRef<Value> values) {
  int64_t rank = 0;
  for (Value value : values)
    rank = std::max(rank, rankOf(value));
  Dims result(rank, dim(1));
  for (int64_t i = 0; i < rank; ++i) {
    Dims unknown;
    std::optional<int64_t> fixed;
    for (Value value : values) {
      int64_t own = i - (rank - rankOf(value));
      if (own < 0)
        continue;
      Dim d = size(value, own);
      if (!known(d)) {
        if (llvm::none_of(unknown, [&](Dim other) { return same(d, other) || assumeEqual(d, other); }))
          unknown.push_back(d);
      } else if (!isKnown(d, 1)) {
        if (fixed && *fixed != *known(d))
          fail("sizes " + Twine(*fixed) + " and " + Twine(*known(d)) + " of dimension " + Twine(i) + " cannot be broadcast together");
        fixed = *known(d);
      }
    }
    if (fixed) {
      result[i] = dim(*fixed);
      continue;
    }
    for (Dim d : unknown)
      result[i] = isKnown(result[i], 1) ? dims.materialize(*this, dims.exprOf(*this, d)) : selectDim(compareDims(arith::CmpIPredicate::eq, result[i], dim(1)), d, result[i]);
  }
  return result;
}

void ImportBuilder::broadcastTogether(MutableArrayRef<Value> values) {
  Dims sizes = broadcastSizes(values);
  for (Value &value : values)
    value = broadcastTo(value, sizes);
}

void ImportBuilder::broadcastTogether(Value &a, Value &b) {
  if (typeOf(a).getShape() == typeOf(b).getShape() && typeOf(a).hasStaticShape())
    return;
  Value values[] = {a, b};
  broadcastTogether(MutableArrayRef<Value>(values));
  a = values[0];
  b = values[1];
}

Value ImportBuilder::broadcastTo(Value x, ArrayRef<Dim> sizes) {
  int64_t shift = static_cast<int64_t>(sizes.size()) - rankOf(x);
  if (shift < 0) {
    fail("a tensor of rank " + Twine(rankOf(x)) + " cannot be broadcast to rank " + Twine(sizes.size()));
    return splat(0, elementTypeOf(x), sizes);
  }
  SmallVector<int64_t> dimensions;
  for (int64_t i = 0; i < rankOf(x); ++i)
    dimensions.push_back(shift + i);
  return broadcastAlong(x, dimensions, sizes);
}

Value ImportBuilder::broadcastAlong(Value x, ArrayRef<int64_t> dimensions, ArrayRef<Dim> sizes) {
  bool changes = rankOf(x) != static_cast<int64_t>(sizes.size());
  SmallVector<int64_t> maybeOne;
  Dims target(sizes);
  if (rankOf(x) != static_cast<int64_t>(dimensions.size())) {
    fail("a tensor of rank " + Twine(rankOf(x)) + " was given where rank " + Twine(dimensions.size()) + " is needed");
    return splat(0, elementTypeOf(x), sizes);
  }
  for (int64_t i = 0; i < rankOf(x); ++i) {
    Dim own = size(x, i), &wanted = target[dimensions[i]];
    if (same(own, wanted))
      continue;
    if (isKnown(own, 1)) {
      changes = true;
    } else if (!known(own)) {
      changes = true;
      maybeOne.push_back(i);
    } else if (!known(wanted)) {
      wanted = own;
    } else {
      fail("size " + Twine(*known(own)) + " cannot be broadcast to " + Twine(*known(wanted)));
      return splat(0, elementTypeOf(x), sizes);
    }
  }
  if (changes)
    x = create<BroadcastOp>(x, dimensions, target, maybeOne);
  return castShape(x, tensorType(target, elementTypeOf(x)));
}

Value ImportBuilder::compare(Comparison relation, Value a, Value b) {
  broadcastTogether(a, b);
  return create<CompareOp>(relation, a, b);
}

Value ImportBuilder::select(Value condition, Value a, Value b) {
  Value values[] = {condition, a, b};
  broadcastTogether(MutableArrayRef<Value>(values));
  return create<SelectOp>(values[0], values[1], values[2]);
}

Value ImportBuilder::clamp(Value x, double low, double high) {
  return create<ClampOp>(x, splatLike(low, x), splatLike(high, x));
}

Value ImportBuilder::castTo(Value x, Type elementType) {
  if (elementTypeOf(x) == elementType)
    return x;
  return create<CastOp>(x, elementType);
}

// --- Movement ------------------------------------------------------------------------------------------------------------------------

Value ImportBuilder::reshape(Value x, ArrayRef<Dim> sizes) {
  Dims own = this->sizes(x);
  if (own.size() == sizes.size() && llvm::all_of(llvm::zip(own, sizes), [&](auto pair) { return same(std::get<0>(pair), std::get<1>(pair)); }))
    return castShape(x, tensorType(sizes, elementTypeOf(x)));
  auto from = known(product(own)), to = known(product(sizes));
  if (from && to && *from != *to) {
    fail("a tensor of " + Twine(*from) + " elements cannot be reshaped to " + Twine(*to));
    return splat(0, elementTypeOf(x), sizes);
  }
  return create<ReshapeOp>(x, sizes);
}

Value ImportBuilder::flatten(Value x, int64_t axis) {
  Dims own = sizes(x);
  ArrayRef<Dim> all(own);
  return reshape(x, {product(all.take_front(axis)), product(all.drop_front(axis))});
}

Value ImportBuilder::transpose(Value x, ArrayRef<int64_t> permutation) {
  if (llvm::equal(permutation, llvm::seq<int64_t>(0, rankOf(x))))
    return x;
  return create<TransposeOp>(x, permutation);
}

Value ImportBuilder::swapDims(Value x, int64_t a, int64_t b) {
  auto permutation = llvm::to_vector(llvm::seq<int64_t>(0, rankOf(x)));
  std::swap(permutation[a], permutation[b]);
  return transpose(x, permutation);
}

Value ImportBuilder::slice(Value x, ArrayRef<Dim> offsets, ArrayRef<Dim> sizes, ArrayRef<Dim> steps) {
  Dims unit(offsets.size(), dim(1));
  if (steps.empty())
    steps = unit;
  bool whole = true;
  for (size_t i = 0; i < offsets.size(); ++i)
    whole &= isKnown(offsets[i], 0) && isKnown(steps[i], 1) && same(sizes[i], size(x, i));
  return whole ? x : create<SliceOp>(x, offsets, sizes, steps);
}

Value ImportBuilder::sliceAlong(Value x, int64_t axis, Dim offset, Dim size) {
  Dims offsets(rankOf(x), dim(0)), all = sizes(x);
  offsets[axis] = offset;
  all[axis] = size;
  return slice(x, offsets, all);
}

Value ImportBuilder::pick(Value x, int64_t axis, Dim index) { return squeeze(sliceAlong(x, axis, index, dim(1)), {axis}); }

Value ImportBuilder::concat(ArrayRef<Value> values, int64_t axis) {
  if (values.size() == 1)
    return values.front();
  return create<ConcatOp>(ValueRange(values), axis);
}

Value ImportBuilder::unsqueeze(Value x, ArrayRef<int64_t> axes) {
  if (axes.empty())
    return x;
  Dims result = sizes(x);
  for (int64_t axis : axes)
    result.insert(result.begin() + axis, dim(1));
  return reshape(x, result);
}

Value ImportBuilder::squeeze(Value x, ArrayRef<int64_t> axes) {
  if (axes.empty())
    return x;
  Dims own = sizes(x), result;
  for (int64_t i = 0; i < rankOf(x); ++i)
    if (!llvm::is_contained(axes, i))
      result.push_back(own[i]);
    else if (known(own[i]) && !isKnown(own[i], 1))
      fail("dimension " + Twine(i) + " of size " + Twine(*known(own[i])) + " cannot be squeezed");
  return reshape(x, result);
}

Value ImportBuilder::reduce(ReduceKind kind, Value x, ArrayRef<int64_t> axes, bool keepDims) {
  if (axes.empty())
    return x;
  Dims kept = sizes(x);
  for (int64_t axis : axes)
    kept[axis] = dim(1);
  Value result = create<ReduceOp>(kind, x, axes);
  return keepDims ? reshape(result, kept) : result;
}

Value ImportBuilder::iota(Type elementType, ArrayRef<Dim> sizes, int64_t dimension) {
  return create<IotaOp>(elementType, dimension, sizes);
}

Value ImportBuilder::pad(Value x, ArrayRef<Dim> low, ArrayRef<Dim> high, Value value, PadMode mode) {
  auto isZero = [](Dim d) { return isKnown(d, 0); };
  if (llvm::all_of(low, isZero) && llvm::all_of(high, isZero))
    return x;
  return create<PadOp>(x, value, low, high, mode);
}

Value ImportBuilder::castShape(Value x, RankedTensorType type) {
  if (x.getType() == type)
    return x;
  if (!tensor::CastOp::areCastCompatible(x.getType(), type)) {
    fail("a tensor of another shape was expected");
    return x;
  }
  Value result = createOrFold<tensor::CastOp>(getLoc(), type, x);
  return result;
}

} // namespace ingot
