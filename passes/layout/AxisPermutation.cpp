//===- AxisPermutation.cpp - Ops computed on permuted dimensions -------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "passes/layout/AxisPermutation.h"

#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace ingot {

bool isSameOrder(RankedTensorType type, ArrayRef<int64_t> left, ArrayRef<int64_t> right) {
  auto notUnit = [&](int64_t dim) { return type.getDimSize(dim) != 1; };
  return llvm::equal(llvm::make_filter_range(left, notUnit), llvm::make_filter_range(right, notUnit));
}

//===----------------------------------------------------------------------===//
// Reshapes: groups of dimensions that are merged or split together
//===----------------------------------------------------------------------===//

namespace {

/// Dimensions of x and of the result with the same elements, none of size 1.
struct DimGroup {
  SmallVector<int64_t> from, to;
};

} // namespace

static SmallVector<int64_t> getNonUnitDims(Value value) {
  SmallVector<int64_t> dims;
  for (int64_t i = 0, e = getTensorType(value).getRank(); i < e; ++i)
    if (getTensorType(value).getDimSize(i) != 1)
      dims.push_back(i);
  return dims;
}

/// The finest groups that the sizes prove, in order.
static std::optional<SmallVector<DimGroup>> getReshapeGroups(ReshapeOp op) {
  Value from = op.getX(), to = op.getResult();
  SmallVector<int64_t> fromDims = getNonUnitDims(from), toDims = getNonUnitDims(to);
  ArrayRef<int64_t> restFrom = fromDims, restTo = toDims;
  SmallVector<DimGroup> groups, tail;
  while (!restFrom.empty() && !restTo.empty() && areSizesEqual(from, restFrom.front(), to, restTo.front())) {
    groups.push_back({{restFrom.front()}, {restTo.front()}});
    restFrom = restFrom.drop_front();
    restTo = restTo.drop_front();
  }
  while (!restFrom.empty() && !restTo.empty() && areSizesEqual(from, restFrom.back(), to, restTo.back())) {
    tail.push_back({{restFrom.back()}, {restTo.back()}});
    restFrom = restFrom.drop_back();
    restTo = restTo.drop_back();
  }
  if (restFrom.empty() != restTo.empty())
    return std::nullopt;
  auto sizeOf = [](Value value, int64_t dim) { return getTensorType(value).getDimSize(dim); };
  auto isKnown = [&](Value value, ArrayRef<int64_t> dims) {
    return llvm::all_of(dims, [&](int64_t dim) { return sizeOf(value, dim) > 1; });
  };
  if (!restFrom.empty() && !(isKnown(from, restFrom) && isKnown(to, restTo))) {
    groups.push_back({SmallVector<int64_t>(restFrom), SmallVector<int64_t>(restTo)});
    restFrom = restTo = {};
  }
  while (!restFrom.empty()) {
    DimGroup group;
    int64_t fromSize = 1, toSize = 1;
    do {
      bool takeFrom = group.from.empty() || (fromSize < toSize && !group.to.empty());
      ArrayRef<int64_t> &rest = takeFrom ? restFrom : restTo;
      if (rest.empty())
        return std::nullopt;
      (takeFrom ? group.from : group.to).push_back(rest.front());
      (takeFrom ? fromSize : toSize) *= sizeOf(takeFrom ? from : to, rest.front());
      rest = rest.drop_front();
    } while (fromSize != toSize);
    groups.push_back(std::move(group));
  }
  if (!restTo.empty())
    return std::nullopt;
  groups.append(tail.rbegin(), tail.rend());
  return groups;
}

/// The order of `to`'s dimensions that follows from `permutation` of `from`'s. A dimension of size 1 goes with the next one.
static std::optional<Permutation> permuteGroups(ArrayRef<DimGroup> groups, RankedTensorType from, RankedTensorType to,
                                                ArrayRef<int64_t> permutation) {
  SmallVector<SmallVector<int64_t>> withUnits(to.getRank()); // each dimension with those of size 1 that go with it
  SmallVector<int64_t> units;
  int64_t lastDim = -1;
  for (int64_t i = 0, e = to.getRank(); i < e; ++i) {
    units.push_back(i);
    if (to.getDimSize(i) == 1)
      continue;
    withUnits[i] = std::move(units);
    units.clear();
    lastDim = i;
  }
  Permutation result;
  if (lastDim < 0)
    return units;
  withUnits[lastDim].append(units);
  SmallVector<int64_t> order;
  for (int64_t dim : permutation)
    if (from.getDimSize(dim) != 1)
      order.push_back(dim);
  for (size_t at = 0; at < order.size();) {
    const DimGroup *group = llvm::find_if(groups, [&](const DimGroup &g) { return g.from.front() == order[at]; });
    if (group == groups.end() || at + group->from.size() > order.size() ||
        ArrayRef(order).slice(at, group->from.size()) != ArrayRef(group->from))
      return std::nullopt; // dimensions that are merged or split are not side by side
    for (int64_t dim : group->to)
      result.append(withUnits[dim]);
    at += group->from.size();
  }
  return result;
}

static std::optional<AxisPermutation> permuteReshape(ReshapeOp op, ArrayRef<int64_t> permutation, bool fromResult) {
  std::optional<SmallVector<DimGroup>> groups = getReshapeGroups(op);
  if (!groups)
    return std::nullopt;
  if (fromResult)
    for (DimGroup &group : *groups)
      std::swap(group.from, group.to);
  Value from = fromResult ? op.getResult() : op.getX(), to = fromResult ? op.getX() : op.getResult();
  std::optional<Permutation> other = permuteGroups(*groups, getTensorType(from), getTensorType(to), permutation);
  if (!other)
    return std::nullopt;
  AxisPermutation result;
  result.operands.resize(op->getNumOperands());
  result.operands[0] = fromResult ? *other : Permutation(permutation);
  result.results = {fromResult ? Permutation(permutation) : *other};
  return result;
}

//===----------------------------------------------------------------------===//
// Which values are permuted together
//===----------------------------------------------------------------------===//

/// Operands that have all dimensions of every result.
static SmallVector<unsigned> getAlikeOperands(Operation *op) {
  if (isa<tensor::CastOp>(op))
    return {0};
  if (auto axes = dyn_cast<AxisOpInterface>(op))
    return axes.getTransposableOperands();
  if (isa<SliceOp, ReverseOp, CumulateOp, SortOp, TopkOp>(op))
    return {0};
  if (isa<UpdateSliceOp, GatherElementsOp>(op))
    return {0, 1};
  auto isConstantOrNone = [](Value value) { return !value || matchPattern(value, m_Constant()); };
  if (auto resize = dyn_cast<ResizeOp>(op))
    if (isConstantOrNone(resize.getScales()) && isConstantOrNone(resize.getRoi()))
      return {0};
  if (auto quantize = dyn_cast<QuantizeOp>(op))
    if (quantize.getBlockSize() == 0)
      return {0};
  if (auto dequantize = dyn_cast<DequantizeOp>(op))
    if (dequantize.getBlockSize() == 0)
      return {0};
  return {};
}

static std::optional<AxisPermutation> permuteAlike(Operation *op, ArrayRef<int64_t> permutation) {
  SmallVector<unsigned> alike = getAlikeOperands(op);
  if (alike.empty())
    return std::nullopt;
  AxisPermutation result;
  result.operands.resize(op->getNumOperands());
  for (unsigned operand : alike)
    result.operands[operand] = Permutation(permutation);
  result.results.assign(op->getNumResults(), Permutation(permutation));
  return result;
}

static AxisPermutation makeUnary(Operation *op, ArrayRef<int64_t> operand, ArrayRef<int64_t> result) {
  AxisPermutation permutation;
  permutation.operands.resize(op->getNumOperands());
  permutation.operands[0] = Permutation(operand);
  permutation.results = {Permutation(result)};
  return permutation;
}

/// The permuted order of the dimensions that are not reduced, counted as the result does.
static Permutation permuteRemaining(ArrayRef<int64_t> permutation, ArrayRef<int64_t> reduced) {
  Permutation result;
  for (int64_t dim : permutation)
    if (!llvm::is_contained(reduced, dim))
      result.push_back(dim - llvm::count_if(reduced, [&](int64_t other) { return other < dim; }));
  return result;
}

/// A gather's result has the indices' dimensions in the place of the axis.
static Permutation permuteGathered(GatherOp op, ArrayRef<int64_t> permutation) {
  int64_t axis = op.getAxis(), indexRank = getTensorType(op.getIndices()).getRank();
  Permutation result;
  for (int64_t dim : permutation) {
    if (dim == axis)
      for (int64_t i = 0; i < indexRank; ++i)
        result.push_back(axis + i);
    else
      result.push_back(dim < axis ? dim : dim + indexRank - 1);
  }
  return result;
}

std::optional<AxisPermutation> permuteFromOperand(Operation *op, unsigned number, ArrayRef<int64_t> permutation) {
  if (op->getNumRegions() != 0)
    return std::nullopt;
  if (auto reshape = dyn_cast<ReshapeOp>(op))
    return number == 0 ? permuteReshape(reshape, permutation, /*fromResult=*/false) : std::nullopt;
  if (auto broadcast = dyn_cast<BroadcastOp>(op)) {
    if (number != 0 || broadcast.getDimensions().size() != permutation.size() ||
        getTensorType(broadcast.getResult()).getRank() != static_cast<int64_t>(permutation.size()))
      return std::nullopt;
    return makeUnary(op, permutation, permutation);
  }
  if (auto reduce = dyn_cast<ReduceOp>(op))
    return makeUnary(op, permutation, permuteRemaining(permutation, reduce.getDimensions()));
  if (auto reduce = dyn_cast<ArgReduceOp>(op))
    return makeUnary(op, permutation, permuteRemaining(permutation, {static_cast<int64_t>(reduce.getAxis())}));
  if (auto gather = dyn_cast<GatherOp>(op))
    return number == 0 ? std::optional(makeUnary(op, permutation, permuteGathered(gather, permutation))) : std::nullopt;
  return llvm::is_contained(getAlikeOperands(op), number) ? permuteAlike(op, permutation) : std::nullopt;
}

std::optional<AxisPermutation> permuteFromResult(Operation *op, unsigned number, ArrayRef<int64_t> permutation) {
  if (op->getNumRegions() != 0)
    return std::nullopt;
  if (auto reshape = dyn_cast<ReshapeOp>(op))
    return permuteReshape(reshape, permutation, /*fromResult=*/true);
  if (auto broadcast = dyn_cast<BroadcastOp>(op)) {
    SmallVector<int64_t> position = invertPermutation(permutation);
    Permutation order = llvm::to_vector(llvm::seq<int64_t>(0, broadcast.getDimensions().size()));
    llvm::sort(order, [&](int64_t a, int64_t b) {
      return position[broadcast.getDimensions()[a]] < position[broadcast.getDimensions()[b]];
    });
    return makeUnary(op, order, permutation);
  }
  if (isa<ConstantOp, IotaOp>(op)) {
    AxisPermutation result;
    result.operands.resize(op->getNumOperands());
    result.results = {Permutation(permutation)};
    return result;
  }
  return permuteAlike(op, permutation);
}

//===----------------------------------------------------------------------===//
// Building
//===----------------------------------------------------------------------===//

static SmallVector<OpFoldResult> permuteMixed(ArrayRef<OpFoldResult> mixed, ArrayRef<int64_t> permutation) {
  return permute<OpFoldResult>(mixed, permutation);
}

/// Where dimension `dim` went.
static int64_t movedTo(ArrayRef<int64_t> permutation, int64_t dim) { return llvm::find(permutation, dim) - permutation.begin(); }

static SmallVector<int64_t> moveAll(ArrayRef<int64_t> permutation, ArrayRef<int64_t> dims) {
  SmallVector<int64_t> result;
  for (int64_t dim : dims)
    result.push_back(movedTo(permutation, dim));
  llvm::sort(result);
  return result;
}

/// A small constant vector whose entries, `parts` runs of one for each dimension, follow the permutation.
static Value permuteVector(OpBuilder &builder, Value vector, ArrayRef<int64_t> permutation, int64_t parts) {
  if (!vector)
    return vector;
  DenseElementsAttr attr;
  matchPattern(vector, m_Constant(&attr));
  SmallVector<Attribute> values(attr.getValues<Attribute>()), result;
  for (int64_t part = 0; part < parts; ++part)
    for (int64_t dim : permutation)
      result.push_back(values[part * permutation.size() + dim]);
  return ConstantOp::create(builder, vector.getLoc(), DenseElementsAttr::get(attr.getType(), result));
}

static FailureOr<SmallVector<Value>> buildResize(OpBuilder &builder, ResizeOp op, ArrayRef<int64_t> permutation, Value x) {
  DenseElementsAttr attr;
  for (Value vector : {op.getScales(), op.getRoi()})
    if (vector && !matchPattern(vector, m_Constant(&attr)))
      return failure();
  auto [staticSizes, dynamicSizes] = decomposeMixedValues(permuteMixed(op.getMixedSizes(), permutation));
  Value scales = permuteVector(builder, op.getScales(), permutation, 1), roi = permuteVector(builder, op.getRoi(), permutation, 2);
  auto result = ResizeOp::create(builder, op.getLoc(), permuteType(getTensorType(op.getResult()), permutation), x, scales, roi,
                                 dynamicSizes, staticSizes, op.getMode(), op.getCoordinates(), op.getRounding(),
                                 op.getCubicCoefficient(), op.getExtrapolation(), op.getExcludeOutside(), op.getAntialias());
  return SmallVector<Value>{result};
}

static Value buildBroadcast(OpBuilder &builder, BroadcastOp op, const AxisPermutation &permutation, Value x) {
  const Permutation &order = permutation.operands[0], &result = permutation.results[0];
  SmallVector<int64_t> dimensions, maybeOne;
  for (auto [i, from] : llvm::enumerate(order)) {
    dimensions.push_back(movedTo(result, op.getDimensions()[from]));
    if (op.getMaybeOne() && llvm::is_contained(*op.getMaybeOne(), from))
      maybeOne.push_back(i);
  }
  return BroadcastOp::create(builder, op.getLoc(), x, dimensions, permuteMixed(op.getMixedSizes(), result), maybeOne);
}

/// A copy on other operands with permuted result types, for `change` to set the attributes of.
template <typename OpTy>
static SmallVector<Value> buildCopy(OpBuilder &builder, OpTy op, const AxisPermutation &permutation, ArrayRef<Value> operands,
                                    llvm::function_ref<void(OpTy)> change) {
  SmallVector<Type> types;
  for (auto [result, order] : llvm::zip_equal(op->getResults(), permutation.results))
    types.push_back(permuteType(getTensorType(result), order));
  auto copy = cast<OpTy>(rebuildWith(builder, op, operands, types));
  change(copy);
  return llvm::to_vector_of<Value>(copy->getResults());
}

FailureOr<SmallVector<Value>> buildPermuted(OpBuilder &builder, Operation *op, const AxisPermutation &permutation,
                                            ArrayRef<Value> operands) {
  using Results = FailureOr<SmallVector<Value>>;
  Location loc = op->getLoc();
  const Permutation &order = permutation.results[0];
  auto one = [](Value value) -> Results { return SmallVector<Value>{value}; };
  return TypeSwitch<Operation *, Results>(op)
      .Case([&](tensor::CastOp cast) -> Results {
        return one(tensor::CastOp::create(builder, loc, permuteType(getTensorType(cast.getResult()), order), operands[0]));
      })
      .Case([&](ConstantOp constant) -> Results { return one(buildTranspose(builder, loc, constant, order)); })
      .Case([&](IotaOp iota) -> Results {
        return one(IotaOp::create(builder, loc, getTensorType(iota.getResult()).getElementType(),
                                  movedTo(order, iota.getDimension()), permuteMixed(iota.getMixedSizes(), order)));
      })
      .Case([&](ReshapeOp reshape) -> Results {
        return one(ReshapeOp::create(builder, loc, operands[0], permuteMixed(reshape.getMixedSizes(), order)));
      })
      .Case([&](BroadcastOp broadcast) -> Results { return one(buildBroadcast(builder, broadcast, permutation, operands[0])); })
      .Case([&](SliceOp slice) -> Results {
        return one(SliceOp::create(builder, loc, operands[0], permuteMixed(slice.getMixedOffsets(), order),
                                   permuteMixed(slice.getMixedSizes(), order), permuteMixed(slice.getMixedSteps(), order)));
      })
      .Case([&](UpdateSliceOp update) -> Results {
        return one(UpdateSliceOp::create(builder, loc, operands[0], operands[1], permuteMixed(update.getMixedOffsets(), order)));
      })
      .Case([&](ResizeOp resize) -> Results { return buildResize(builder, resize, order, operands[0]); })
      .Case([&](ReverseOp reverse) -> Results {
        return buildCopy<ReverseOp>(builder, reverse, permutation, operands,
                                    [&](ReverseOp copy) { copy.setDimensions(moveAll(order, reverse.getDimensions())); });
      })
      .Case<CumulateOp, SortOp, TopkOp, GatherElementsOp>([&](auto axisOp) -> Results {
        return buildCopy<decltype(axisOp)>(builder, axisOp, permutation, operands,
                                           [&](auto copy) { copy.setAxis(movedTo(order, axisOp.getAxis())); });
      })
      .Case<QuantizeOp, DequantizeOp>([&](auto axisOp) -> Results {
        bool perAxis = getTensorType(axisOp.getScale()).getRank() > 0;
        return buildCopy<decltype(axisOp)>(builder, axisOp, permutation, operands, [&](auto copy) {
          if (perAxis)
            copy.setAxis(movedTo(order, axisOp.getAxis()));
        });
      })
      .Case([&](ReduceOp reduce) -> Results {
        return buildCopy<ReduceOp>(builder, reduce, permutation, operands, [&](ReduceOp copy) {
          copy.setDimensions(moveAll(permutation.operands[0], reduce.getDimensions()));
        });
      })
      .Case([&](ArgReduceOp reduce) -> Results {
        return buildCopy<ArgReduceOp>(builder, reduce, permutation, operands,
                                      [&](ArgReduceOp copy) { copy.setAxis(movedTo(permutation.operands[0], reduce.getAxis())); });
      })
      .Case([&](GatherOp gather) -> Results {
        return buildCopy<GatherOp>(builder, gather, permutation, operands,
                                   [&](GatherOp copy) { copy.setAxis(movedTo(permutation.operands[0], gather.getAxis())); });
      })
      .Case([&](AxisOpInterface axes) -> Results {
        SmallVector<Value> data;
        for (unsigned number : axes.getTransposableOperands())
          data.push_back(operands[number]);
        return axes.permuteDimensions(builder, data, order);
      })
      .Default([](Operation *) -> Results { return failure(); });
}

} // namespace ingot
