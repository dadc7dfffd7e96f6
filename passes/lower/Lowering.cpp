//===- Lowering.cpp - Tensors and generic ops ---------------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/lower/Lowering.h"

using namespace mlir;

namespace ingot::lower {

Type storageType(Type type) {
  if (type.isInteger(1))
    return IntegerType::get(type.getContext(), 8);
  if (type.isUnsignedInteger())
    return IntegerType::get(type.getContext(), type.getIntOrFloatBitWidth());
  return type;
}

Type computeType(Type type) {
  if (type.isF16() || type.isBF16())
    return Float32Type::get(type.getContext());
  return storageType(type);
}

//===----------------------------------------------------------------------===//
// Index arithmetic
//===----------------------------------------------------------------------===//

Value LinalgBuilder::index(int64_t value) {
  return arith::ConstantIndexOp::create(*this, value);
}

Value LinalgBuilder::value(OpFoldResult size) {
  return getValueOrCreateConstantIndexOp(*this, getLoc(), size);
}

OpFoldResult LinalgBuilder::add(OpFoldResult a, OpFoldResult b) {
  std::optional<int64_t> x = getConstantIntValue(a), y = getConstantIntValue(b);
  if (x && y)
    return getIndexAttr(*x + *y);
  if (x == 0)
    return b;
  if (y == 0)
    return a;
  return createOrFold<arith::AddIOp>(value(a), value(b));
}

OpFoldResult LinalgBuilder::sub(OpFoldResult a, OpFoldResult b) {
  std::optional<int64_t> x = getConstantIntValue(a), y = getConstantIntValue(b);
  if (x && y)
    return getIndexAttr(*x - *y);
  if (y == 0)
    return a;
  return createOrFold<arith::SubIOp>(value(a), value(b));
}

OpFoldResult LinalgBuilder::mul(OpFoldResult a, OpFoldResult b) {
  std::optional<int64_t> x = getConstantIntValue(a), y = getConstantIntValue(b);
  if (x && y)
    return getIndexAttr(*x * *y);
  if (x == 1)
    return b;
  if (y == 1)
    return a;
  return createOrFold<arith::MulIOp>(value(a), value(b));
}

OpFoldResult LinalgBuilder::floorDiv(OpFoldResult a, int64_t b) {
  if (std::optional<int64_t> x = getConstantIntValue(a))
    return getIndexAttr(*x >= 0 ? *x / b : -((-*x + b - 1) / b));
  if (b == 1)
    return a;
  return createOrFold<arith::FloorDivSIOp>(value(a), index(b));
}

OpFoldResult LinalgBuilder::max(OpFoldResult a, OpFoldResult b) {
  std::optional<int64_t> x = getConstantIntValue(a), y = getConstantIntValue(b);
  if (x && y)
    return getIndexAttr(std::max(*x, *y));
  return createOrFold<arith::MaxSIOp>(value(a), value(b));
}

OpFoldResult LinalgBuilder::dim(Value tensor, int64_t d) {
  auto type = llvm::cast<RankedTensorType>(tensor.getType());
  if (!type.isDynamicDim(d))
    return getIndexAttr(type.getDimSize(d));
  return createOrFold<tensor::DimOp>(tensor, d);
}

Sizes LinalgBuilder::sizes(Value tensor) {
  Sizes result;
  for (int64_t d = 0, rank = rankOf(tensor); d < rank; ++d)
    result.push_back(dim(tensor, d));
  return result;
}

OpFoldResult LinalgBuilder::product(ArrayRef<OpFoldResult> sizes) {
  OpFoldResult result = getIndexAttr(1);
  for (OpFoldResult size : sizes)
    result = mul(result, size);
  return result;
}

//===----------------------------------------------------------------------===//
// Tensors
//===----------------------------------------------------------------------===//

/// `sizes` with constants as attributes, so that types come out as static as they can.
static Sizes folded(Builder &b, ArrayRef<OpFoldResult> sizes) {
  Sizes result;
  for (OpFoldResult size : sizes) {
    std::optional<int64_t> known = getConstantIntValue(size);
    result.push_back(known ? OpFoldResult(b.getIndexAttr(*known)) : size);
  }
  return result;
}

Value LinalgBuilder::empty(ArrayRef<OpFoldResult> sizes, Type element) {
  return tensor::EmptyOp::create(*this, folded(*this, sizes), element);
}

Value LinalgBuilder::filled(ArrayRef<OpFoldResult> sizes, TypedAttr value) {
  Value init = empty(sizes, value.getType());
  return linalg::FillOp::create(*this, ValueRange{constant(value)}, ValueRange{init}).getResult(0);
}

Value LinalgBuilder::cast(Value tensor, Type type) {
  if (tensor.getType() == type)
    return tensor;
  return createOrFold<tensor::CastOp>(type, tensor);
}

TypedAttr LinalgBuilder::number(Type type, double value) {
  if (isa<FloatType>(type))
    return getFloatAttr(type, value);
  return IntegerAttr::get(type, APInt(type.getIntOrFloatBitWidth(), static_cast<uint64_t>(static_cast<int64_t>(value)),
                                      /*isSigned=*/true, /*implicitTrunc=*/true));
}

AffineMap LinalgBuilder::select(int64_t rank, ArrayRef<int64_t> dims) {
  SmallVector<AffineExpr> exprs;
  for (int64_t d : dims)
    exprs.push_back(getAffineDimExpr(d));
  return AffineMap::get(rank, 0, exprs, getContext());
}

static Value genericOp(LinalgBuilder &b, ArrayRef<Input> inputs, Value init, AffineMap outputMap,
                       ArrayRef<utils::IteratorType> kinds, LinalgBuilder::BodyFn body) {
  SmallVector<Value> tensors;
  SmallVector<AffineMap> maps;
  for (const Input &input : inputs) {
    if (input.splat)
      continue;
    tensors.push_back(input.tensor);
    maps.push_back(input.map);
  }
  maps.push_back(outputMap);
  auto op = linalg::GenericOp::create(b, TypeRange{init.getType()}, tensors, ValueRange{init}, maps, kinds,
                                      [&](OpBuilder &nested, Location loc, ValueRange args) {
                                        LinalgBuilder inner(loc, nested);
                                        SmallVector<Value> elements;
                                        unsigned next = 0;
                                        for (const Input &input : inputs)
                                          elements.push_back(input.splat ? inner.constant(input.splat) : args[next++]);
                                        elements.push_back(args.back());
                                        linalg::YieldOp::create(inner, body(inner, elements));
                                      });
  return op.getResult(0);
}

Value LinalgBuilder::parallel(ArrayRef<Input> inputs, ArrayRef<OpFoldResult> sizes, Type element, BodyFn body) {
  SmallVector<utils::IteratorType> kinds(sizes.size(), utils::IteratorType::parallel);
  return genericOp(*this, inputs, empty(sizes, element), identity(sizes.size()), kinds,
                   [&](LinalgBuilder &b, ValueRange args) { return body(b, args.drop_back()); });
}

Value LinalgBuilder::accumulate(ArrayRef<Input> inputs, Value init, AffineMap outputMap, ArrayRef<bool> reduced, BodyFn body) {
  SmallVector<utils::IteratorType> kinds;
  for (bool reduction : reduced)
    kinds.push_back(reduction ? utils::IteratorType::reduction : utils::IteratorType::parallel);
  return genericOp(*this, inputs, init, outputMap, kinds, body);
}

Value LinalgBuilder::pad(Value tensor, ArrayRef<OpFoldResult> low, ArrayRef<OpFoldResult> high, Value value) {
  int64_t rank = rankOf(tensor);
  OpFoldResult zero = getIndexAttr(0), one = getIndexAttr(1);
  Sizes offsets, kept, lowPads, highPads, unit(rank, one), size = sizes(tensor);
  bool cuts = false, pads = false;
  for (int64_t d = 0; d < rank; ++d) {
    std::optional<int64_t> l = getConstantIntValue(low[d]), h = getConstantIntValue(high[d]);
    cuts |= !l || *l < 0 || !h || *h < 0;
    pads |= !l || *l > 0 || !h || *h > 0;
    OpFoldResult cutLow = max(sub(zero, low[d]), zero), cutHigh = max(sub(zero, high[d]), zero);
    offsets.push_back(cutLow);
    kept.push_back(max(sub(sub(size[d], cutLow), cutHigh), zero));
    lowPads.push_back(max(low[d], zero));
    highPads.push_back(max(high[d], zero));
  }
  bool nothingKept = llvm::any_of(kept, [](OpFoldResult size) { return getConstantIntValue(size) == 0; });
  if (cuts && nothingKept)
    tensor = empty(kept, elementOf(tensor));
  else if (cuts)
    tensor = tensor::ExtractSliceOp::create(*this, tensor, offsets, kept, unit);
  if (pads)
    tensor = tensor::PadOp::create(*this, Type(), tensor, lowPads, highPads, value).getResult();
  return tensor;
}

Value LinalgBuilder::convert(Value tensor, Type from, Type to) {
  if (from == to)
    return tensor;
  if (storageType(from) == storageType(to) && from.isInteger() && to.isInteger() && !to.isInteger(1))
    return tensor;
  int64_t rank = rankOf(tensor);
  return parallel({{tensor, identity(rank)}}, sizes(tensor), storageType(to), [&](LinalgBuilder &b, ValueRange args) {
    return Element(b, to).store(convertElement(b, Element(b, from).load(args[0]), from, to));
  });
}

//===----------------------------------------------------------------------===//
// Reshapes
//===----------------------------------------------------------------------===//

/// A constant under another type; weights are not copied. Null when the value is none.
static Value reshapedConstant(LinalgBuilder &b, Value tensor, RankedTensorType type) {
  ElementsAttr attr;
  if (!type.hasStaticShape() || !matchPattern(tensor, m_Constant(&attr)))
    return {};
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(attr))
    return b.constant(DenseResourceElementsAttr::get(type, resource.getRawHandle()));
  if (auto dense = dyn_cast<DenseElementsAttr>(attr))
    return b.constant(cast<TypedAttr>(Attribute(dense.reshape(type))));
  return {};
}

Value LinalgBuilder::collapse(Value tensor, ArrayRef<ReassociationIndices> groups) {
  if (groups.size() == static_cast<size_t>(rankOf(tensor)))
    return tensor;
  auto type = llvm::cast<RankedTensorType>(tensor.getType());
  if (Value constant = reshapedConstant(*this, tensor, tensor::CollapseShapeOp::inferCollapsedType(type, groups)))
    return constant;
  return createOrFold<tensor::CollapseShapeOp>(tensor, groups);
}

Value LinalgBuilder::expand(Value tensor, ArrayRef<ReassociationIndices> groups, ArrayRef<OpFoldResult> given) {
  if (groups.size() == given.size())
    return tensor;
  Sizes sizes = folded(*this, given);
  auto [shape, dynamic] = decomposeMixedValues(sizes);
  auto type = llvm::cast<RankedTensorType>(tensor.getType());
  // A dimension is static exactly when all that it expands to are.
  SmallVector<int64_t> source;
  for (const ReassociationIndices &group : groups) {
    int64_t size = 1;
    for (int64_t d : group)
      size = ShapedType::isDynamic(size) || ShapedType::isDynamic(shape[d]) ? ShapedType::kDynamic : size * shape[d];
    source.push_back(size);
  }
  tensor = cast(tensor, RankedTensorType::get(source, type.getElementType()));
  auto resultType = RankedTensorType::get(shape, type.getElementType());
  if (Value constant = reshapedConstant(*this, tensor, resultType))
    return constant;
  return tensor::ExpandShapeOp::create(*this, resultType, tensor, groups, sizes);
}

Value LinalgBuilder::reshape(Value tensor, ArrayRef<OpFoldResult> given, ArrayRef<ReshapeGroup> groups) {
  Sizes sizes = folded(*this, given);
  int64_t rank = rankOf(tensor), resultRank = sizes.size();
  auto type = llvm::cast<RankedTensorType>(tensor.getType());
  if (resultRank == 0) {
    // Only a tensor of static ones collapses to rank 0.
    tensor = cast(tensor, RankedTensorType::get(SmallVector<int64_t>(rank, 1), type.getElementType()));
    return rank == 0 ? tensor : createOrFold<tensor::CollapseShapeOp>(tensor, ArrayRef<ReassociationIndices>());
  }
  if (rank == 0) {
    SmallVector<int64_t> ones(resultRank, 1);
    Sizes unit(resultRank, getIndexAttr(1));
    return tensor::ExpandShapeOp::create(*this, RankedTensorType::get(ones, type.getElementType()), tensor,
                                         ArrayRef<ReassociationIndices>(), unit);
  }
  SmallVector<ReshapeGroup> traced;
  if (groups.empty())
    groups = traced = reshapeGroups(tensor, sizes);
  SmallVector<ReassociationIndices> source, result;
  bool ambiguous = false;
  for (const ReshapeGroup &group : groups) {
    source.push_back(group.source);
    result.push_back(group.result);
    ambiguous |= llvm::count_if(group.result, [&](int64_t d) { return !getConstantIntValue(sizes[d]); }) > 1;
  }
  if (ambiguous) {
    // One dimension into several dynamic ones: later passes take at most one.
    SmallVector<Value> shape;
    for (OpFoldResult size : sizes)
      shape.push_back(value(size));
    Value shapeTensor = tensor::FromElementsOp::create(*this, RankedTensorType::get({resultRank}, getIndexType()), shape);
    SmallVector<int64_t> dims = decomposeMixedValues(sizes).first;
    return tensor::ReshapeOp::create(*this, RankedTensorType::get(dims, type.getElementType()), tensor, shapeTensor);
  }
  return expand(collapse(tensor, source), result, sizes);
}

namespace {
/// A size as a product: a constant times symbols, each a dimension of a tensor or an index value.
struct Product {
  int64_t factor = 1;
  SmallVector<std::pair<const void *, int64_t>> symbols;

  void multiply(const Product &other) {
    factor *= other.factor;
    symbols.append(other.symbols.begin(), other.symbols.end());
    llvm::sort(symbols);
  }
  bool operator==(const Product &other) const { return factor == other.factor && symbols == other.symbols; }
  bool isOne() const { return factor == 1 && symbols.empty(); }
};
} // namespace

static Product productOf(OpFoldResult size);

static Product productOf(Value tensor, int64_t d) {
  Product result;
  for (;;) {
    auto type = cast<ShapedType>(tensor.getType());
    if (!type.isDynamicDim(d)) {
      result.factor = type.getDimSize(d);
      return result;
    }
    Operation *op = tensor.getDefiningOp();
    if (!op)
      break;
    if (auto castOp = dyn_cast<tensor::CastOp>(op)) {
      tensor = castOp.getSource();
      continue;
    }
    if (auto emptyOp = dyn_cast<tensor::EmptyOp>(op))
      return productOf(emptyOp.getMixedSizes()[d]);
    if (auto expandOp = dyn_cast<tensor::ExpandShapeOp>(op))
      return productOf(expandOp.getMixedOutputShape()[d]);
    if (auto sliceOp = dyn_cast<tensor::ExtractSliceOp>(op);
        sliceOp && sliceOp.getSourceType().getRank() == sliceOp.getType().getRank())
      return productOf(sliceOp.getMixedSizes()[d]);
    if (auto generic = dyn_cast<linalg::LinalgOp>(op)) {
      tensor = generic.getDpsInits()[cast<OpResult>(tensor).getResultNumber()];
      continue;
    }
    auto sized = dyn_cast<SizeOpInterface>(op);
    if (!sized)
      break;
    SizeSource from = sized.getSizeSource(cast<OpResult>(tensor).getResultNumber(), d);
    if (from.size)
      return productOf(from.size);
    if (!from.tensor)
      break;
    tensor = from.tensor;
    d = from.dim;
  }
  result.symbols.emplace_back(tensor.getAsOpaquePointer(), d);
  return result;
}

static Product productOf(OpFoldResult size) {
  Product result;
  if (std::optional<int64_t> known = getConstantIntValue(size)) {
    result.factor = *known;
    return result;
  }
  Value value = cast<Value>(size);
  if (auto dimOp = value.getDefiningOp<tensor::DimOp>())
    if (std::optional<int64_t> d = dimOp.getConstantIndex())
      return productOf(dimOp.getSource(), *d);
  if (auto product = value.getDefiningOp<arith::MulIOp>()) {
    result = productOf(OpFoldResult(product.getLhs()));
    result.multiply(productOf(OpFoldResult(product.getRhs())));
    return result;
  }
  result.symbols.emplace_back(value.getAsOpaquePointer(), -1);
  return result;
}

bool sameSize(Value a, int64_t dimA, Value b, int64_t dimB) {
  return productOf(a, dimA) == productOf(b, dimB);
}

std::optional<int64_t> constantBeyond(OpFoldResult size, int64_t factor, Value tensor, int64_t d) {
  // Peels constants off sums; what is left must be the product.
  int64_t constant = 0;
  for (;;) {
    Value value = dyn_cast<Value>(size);
    Operation *op = value ? value.getDefiningOp() : nullptr;
    if (!isa_and_nonnull<arith::AddIOp, arith::SubIOp>(op))
      break;
    std::optional<int64_t> lhs = getConstantIntValue(op->getOperand(0)), rhs = getConstantIntValue(op->getOperand(1));
    bool subtracts = isa<arith::SubIOp>(op);
    if (rhs) {
      constant += subtracts ? -*rhs : *rhs;
      size = op->getOperand(0);
    } else if (lhs && !subtracts) {
      constant += *lhs;
      size = op->getOperand(1);
    } else {
      break;
    }
  }
  Product wanted = productOf(tensor, d);
  wanted.factor *= factor;
  if (productOf(size) == wanted)
    return constant;
  return std::nullopt;
}

/// Whether `part` may still grow into `whole`: its symbols are among those of `whole`.
static bool mayGrowTo(const Product &part, const Product &whole) {
  return std::includes(whole.symbols.begin(), whole.symbols.end(), part.symbols.begin(), part.symbols.end());
}

/// Matches dimensions from the front while products agree; returns how many of each were matched.
static std::pair<size_t, size_t> matchFront(ArrayRef<Product> source, ArrayRef<Product> result,
                                            SmallVectorImpl<ReshapeGroup> &groups) {
  size_t i = 0, j = 0;
  while (i < source.size() && j < result.size()) {
    size_t p = i + 1, q = j + 1;
    Product a = source[i], b = result[j];
    while (!(a == b)) {
      bool growSource = mayGrowTo(a, b) && (a.symbols.size() < b.symbols.size() || a.factor < b.factor);
      if (growSource && p < source.size())
        a.multiply(source[p++]);
      else if (!growSource && mayGrowTo(b, a) && q < result.size())
        b.multiply(result[q++]);
      else
        return {i, j};
    }
    if (a.factor == 0)
      return {i, j};
    ReshapeGroup group;
    for (size_t k = i; k < p; ++k)
      group.source.push_back(k);
    for (size_t k = j; k < q; ++k)
      group.result.push_back(k);
    groups.push_back(std::move(group));
    i = p;
    j = q;
  }
  return {i, j};
}

SmallVector<ReshapeGroup> reshapeGroups(Value x, ArrayRef<OpFoldResult> sizes) {
  SmallVector<Product> source, result;
  for (int64_t d = 0, rank = rankOf(x); d < rank; ++d)
    source.push_back(productOf(x, d));
  for (OpFoldResult size : sizes)
    result.push_back(productOf(size));
  SmallVector<ReshapeGroup> front, back;
  auto [i, j] = matchFront(source, result, front);
  size_t n = source.size(), m = result.size();
  if (i == n && j == m)
    return front;
  // Ones that are left over belong to the last group.
  bool onesLeft = (i == n || j == m) && !front.empty() &&
                  llvm::all_of(ArrayRef(source).drop_front(i), [](const Product &p) { return p.isOne(); }) &&
                  llvm::all_of(ArrayRef(result).drop_front(j), [](const Product &p) { return p.isOne(); });
  if (!onesLeft) {
    SmallVector<Product> restSource(llvm::reverse(ArrayRef(source).drop_front(i)));
    SmallVector<Product> restResult(llvm::reverse(ArrayRef(result).drop_front(j)));
    auto [p, q] = matchFront(restSource, restResult, back);
    // What neither side could match is one group, to which both sides must contribute.
    while (!back.empty() && ((n - p == i) != (m - q == j))) {
      p -= back.back().source.size();
      q -= back.back().result.size();
      back.pop_back();
    }
    while (!front.empty() && ((n - p == i) != (m - q == j))) {
      i -= front.back().source.size();
      j -= front.back().result.size();
      front.pop_back();
    }
    if (n - p != i) {
      ReshapeGroup middle;
      for (size_t k = i; k < n - p; ++k)
        middle.source.push_back(k);
      for (size_t k = j; k < m - q; ++k)
        middle.result.push_back(k);
      front.push_back(middle);
    }
    for (ReshapeGroup &group : llvm::reverse(back)) {
      ReshapeGroup mirrored;
      for (int64_t k : llvm::reverse(group.source))
        mirrored.source.push_back(n - 1 - k);
      for (int64_t k : llvm::reverse(group.result))
        mirrored.result.push_back(m - 1 - k);
      front.push_back(mirrored);
    }
    return front;
  }
  for (; i < n; ++i)
    front.back().source.push_back(i);
  for (; j < m; ++j)
    front.back().result.push_back(j);
  return front;
}

} // namespace ingot::lower
