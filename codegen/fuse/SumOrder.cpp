//===- SumOrder.cpp - In which order sums are made -------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/fuse/SumOrder.h"
#include "codegen/cpu/KernelEmitter.h"
#include "codegen/fuse/Group.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;

namespace ingot {
namespace {

// How far what may become one kernel with a sum is looked at.
constexpr size_t mostMembers = 96;

// Whether dimensions `d` and `d + 1` of the tensor lie one after another in memory, as far as views tell.
bool liesAsOne(Value value, int64_t d) {
  Operation *op = value.getDefiningOp();
  if (auto cast = dyn_cast_or_null<tensor::CastOp>(op))
    return liesAsOne(cast.getSource(), d);
  if (auto slice = dyn_cast_or_null<tensor::ExtractSliceOp>(op)) {
    llvm::SmallBitVector dropped = slice.getDroppedDims();
    SmallVector<int64_t> from;
    for (int64_t i = 0; i < slice.getSourceType().getRank(); ++i)
      if (!dropped.test(i))
        from.push_back(i);
    int64_t inner = from[d + 1], size = slice.getSourceType().getDimSize(inner);
    return inner == from[d] + 1 && !ShapedType::isDynamic(size) && slice.getStaticSizes()[inner] == size && slice.hasUnitStride() &&
           liesAsOne(slice.getSource(), from[d]);
  }
  if (auto expand = dyn_cast_or_null<tensor::ExpandShapeOp>(op)) {
    for (auto [g, dims] : llvm::enumerate(expand.getReassociationIndices()))
      if (dims.back() == d)
        return liesAsOne(expand.getSrc(), static_cast<int64_t>(g));
    return true;
  }
  if (auto collapse = dyn_cast_or_null<tensor::CollapseShapeOp>(op))
    return liesAsOne(collapse.getSrc(), collapse.getReassociationIndices()[d].back());
  return true;
}

// Whether reading or writing `value` through `map` walks loops `d` and `d + 1` as one.
bool walksAsOne(Value value, AffineMap map, ArrayRef<int64_t> loops, unsigned d) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  if (!type)
    return true;
  int64_t outer = -1, inner = -1;
  for (auto [k, expr] : llvm::enumerate(map.getResults())) {
    if (expr == getAffineDimExpr(d, map.getContext()))
      outer = static_cast<int64_t>(k);
    else if (expr == getAffineDimExpr(d + 1, map.getContext()))
      inner = static_cast<int64_t>(k);
    else if (expr.isFunctionOfDim(d) || expr.isFunctionOfDim(d + 1))
      return false;
  }
  if (outer < 0 && inner < 0)
    return true;
  auto whole = [&](int64_t k, unsigned loop) { return type.getDimSize(k) != 1 || loops[loop] == 1; };
  return outer >= 0 && inner == outer + 1 && whole(outer, d) && whole(inner, d + 1) && liesAsOne(value, outer);
}

bool isSum(linalg::GenericOp op) {
  if (!op.getNumReductionLoops() || op.getNumDpsInits() != 1 || !isa<FloatType>(getElementTypeOrSelf(op.getResult(0).getType())))
    return false;
  Operation *last = op.getBody()->getTerminator()->getOperand(0).getDefiningOp();
  // What is no sum is either the same in any order, or made element by element.
  return !isa_and_nonnull<arith::MaximumFOp, arith::MinimumFOp, arith::MaxNumFOp, arith::MinNumFOp>(last);
}

bool addsUp(linalg::GenericOp op) {
  Block *body = op.getBody();
  Operation *last = body->getTerminator()->getOperand(0).getDefiningOp();
  Value sum = body->getArguments().back();
  return isa_and_nonnull<arith::AddFOp, arith::MulFOp>(last) && sum.hasOneUse() && *sum.user_begin() == last;
}

bool hasOwnKernel(linalg::GenericOp op) {
  return getContractionDims(op) || isWindowOp(op);
}

llvm::BitVector reducedLoops(linalg::GenericOp op) {
  llvm::BitVector reduced(op.getNumLoops());
  for (auto [d, kind] : llvm::enumerate(op.getIteratorTypesArray()))
    if (kind == utils::IteratorType::reduction)
      reduced.set(d);
  return reduced;
}

/// Finds the order that suits a sum and those who are likely to share its kernel.
class Settler {
public:
  explicit Settler(linalg::GenericOp sum) : sum(sum), reduced(reducedLoops(sum)) {}
  void run();

private:
  void collect();
  bool isFull(linalg::GenericOp op) { return op.getNumLoops() == sum.getNumLoops(); }
  bool isMember(Operation *op) { return members.contains(op); }
  double scoreOf(unsigned first, unsigned last);

  linalg::GenericOp sum;
  llvm::BitVector reduced;
  SetVector<Operation *> members;
};

void Settler::collect() {
  auto mayJoin = [&](Operation *op) {
    auto generic = dyn_cast_or_null<linalg::GenericOp>(op);
    if (!generic || generic->getBlock() != sum->getBlock() || generic.getNumDpsInits() != 1 || hasOwnKernel(generic))
      return linalg::GenericOp();
    if (generic.getNumReductionLoops() ? reducedLoops(generic) != reduced
                                       : !isFull(generic) && generic.getNumLoops() != sum.getNumLoops() - reduced.count())
      return linalg::GenericOp();
    return generic;
  };
  auto readsContraction = [](linalg::GenericOp op) {
    return llvm::any_of(op.getDpsInputs(), [](Value input) {
      auto producer = input.getDefiningOp<linalg::GenericOp>();
      return producer && hasOwnKernel(producer);
    });
  };
  SetVector<Operation *> above, below;
  above.insert(sum);
  for (size_t i = 0; i < above.size() && above.size() < mostMembers; ++i) {
    auto op = cast<linalg::GenericOp>(above[i]);
    for (OpOperand *input : op.getDpsInputOperands()) {
      linalg::GenericOp producer = mayJoin(input->get().getDefiningOp());
      if (producer && isFull(op) && isFull(producer) && !producer.getNumReductionLoops() &&
          op.getMatchingIndexingMap(input).isIdentity() && !readsContraction(producer))
        above.insert(producer);
    }
  }
  below.insert(sum);
  for (size_t i = 0; i < below.size() && below.size() < mostMembers; ++i)
    for (Operation *user : below[i]->getUsers())
      if (linalg::GenericOp op = mayJoin(user))
        below.insert(op);
  members.insert(above.begin(), above.end());
  members.insert(below.begin(), below.end());
}

// How many of the accesses are whole vectors along the loops [first, last], or do not move: as kernels choose the loop of their
// vectors.
double Settler::scoreOf(unsigned first, unsigned last) {
  double score = 0, total = 0;
  bool unit = false;
  auto count = [&](Value value, AffineMap map, double weight) {
    auto type = dyn_cast<RankedTensorType>(value.getType());
    if (!type)
      return;
    int64_t place = -1;
    for (unsigned d = first; d <= last; ++d)
      for (auto [k, expr] : llvm::enumerate(map.getResults()))
        if (expr.isFunctionOfDim(d))
          place = std::max(place, static_cast<int64_t>(k));
    bool isUnit = place >= 0 && isa<AffineDimExpr>(map.getResult(static_cast<unsigned>(place))) &&
                  llvm::all_of(type.getShape().drop_front(place + 1), [](int64_t size) { return size == 1; });
    total += weight;
    if (place < 0 || isUnit)
      score += weight;
    unit |= isUnit;
  };
  for (Operation *member : members) {
    auto op = cast<linalg::GenericOp>(member);
    if (!isFull(op))
      continue;
    for (OpOperand *input : op.getDpsInputOperands())
      if (!isMember(input->get().getDefiningOp()))
        count(input->get(), op.getMatchingIndexingMap(input), 1);
  }
  if (!reduced.test(first))
    count(sum.getResult(0), sum.getIndexingMapsArray().back(), 1.5);
  if (total > 0)
    score /= total;
  int64_t size = 1;
  SmallVector<int64_t> sizes = sum.getStaticLoopRanges();
  for (unsigned d = first; d <= last; ++d)
    size = ShapedType::isDynamic(size) || ShapedType::isDynamic(sizes[d]) ? ShapedType::kDynamic : size * sizes[d];
  if (!ShapedType::isDynamic(size) && size < 8)
    score *= 0.1 * static_cast<double>(size);
  return unit ? score : score * 0.25;
}

void Settler::run() {
  MLIRContext *context = sum.getContext();
  if (!addsUp(sum) || !KernelEmitter::isVectorizable(sum) ||
      (hasMultiplyAddBody(sum) &&
       llvm::any_of(sum.getIndexingMapsArray(), [](AffineMap map) { return !map.isProjectedPermutation(); }))) {
    sum->setAttr(sumOrderAttrName, DenseI64ArrayAttr::get(context, {}));
    return;
  }
  collect();
  unsigned rank = sum.getNumLoops();
  SmallVector<int64_t> order(rank);
  int64_t next = 0;
  for (unsigned d = 0; d < rank; ++d) {
    if (!reduced.test(d))
      continue;
    order[d] = ++next;
    if (d == 0 || !reduced.test(d - 1))
      continue;
    order[d] = order[d - 1];
    auto attr = DenseI64ArrayAttr::get(context, order);
    bool keeps = llvm::all_of(members, [&](Operation *member) {
      // What breaks the rows in any case will not be let in.
      auto op = cast<linalg::GenericOp>(member);
      bool isApart = isFull(op) && !op.getNumReductionLoops() &&
                     llvm::any_of(op->getUsers(), [&](Operation *user) { return breaksSumOrder(user, order); });
      return !isApart && (keepsSumOrder(op, attr) || !KernelEmitter::isVectorizable(op));
    });
    if (!keeps)
      order[d] = next;
    else
      --next;
  }
  double best = -1;
  int64_t run = 0;
  for (unsigned last = rank; last-- > 0;) {
    unsigned first = last;
    while (first > 0 && ingot::walksAsOne(ArrayRef<int64_t>(order), first - 1))
      --first;
    double score = scoreOf(first, last);
    if (score > best + 1e-9) {
      best = score;
      run = order[last];
    }
    last = first;
  }
  for (int64_t &number : order)
    if (run && number == run)
      number = -run;
  auto attr = DenseI64ArrayAttr::get(context, order);
  for (Operation *member : members)
    if (auto op = cast<linalg::GenericOp>(member); isSum(op) && addsUp(op) && !sumOrderOf(op) && keepsSumOrder(op, attr))
      op->setAttr(sumOrderAttrName, attr);
}

} // namespace

bool keepsSumOrder(linalg::GenericOp op, DenseI64ArrayAttr order) {
  ArrayRef<int64_t> numbers = order.asArrayRef();
  if (numbers.empty() || op.getNumDpsInits() != 1 || !KernelEmitter::isVectorizable(op))
    return false;
  if (op.getNumReductionLoops() && isSum(op) && !addsUp(op))
    return false;
  if (op.getNumLoops() != numbers.size())
    return true;
  SmallVector<int64_t> sizes = op.getStaticLoopRanges();
  for (unsigned d = 0; d + 1 < numbers.size(); ++d) {
    if (!walksAsOne(numbers, d))
      continue;
    for (OpOperand &operand : op->getOpOperands())
      if (op.payloadUsesValueFromOperand(&operand) && !walksAsOne(operand.get(), op.getMatchingIndexingMap(&operand), sizes, d))
        return false;
    bool hasIndex = false;
    op.getBody()->walk([&](linalg::IndexOp index) { hasIndex |= index.getDim() == d || index.getDim() == d + 1; });
    if (hasIndex || !walksAsOne(op.getResult(0), op.getIndexingMapsArray().back(), sizes, d))
      return false;
  }
  return true;
}

bool breaksSumOrder(Operation *op, ArrayRef<int64_t> order) {
  auto pad = dyn_cast<tensor::PadOp>(op);
  auto concat = dyn_cast<tensor::ConcatOp>(op);
  auto slice = dyn_cast<tensor::InsertSliceOp>(op);
  auto isZero = [](OpFoldResult size) { return isConstantIntValue(size, 0); };
  for (size_t d = 0; d + 1 < order.size(); ++d)
    if (walksAsOne(order, d) && ((pad && !(isZero(pad.getMixedLowPad()[d + 1]) && isZero(pad.getMixedHighPad()[d + 1]))) ||
                                 (concat && concat.getDim() == d + 1) || slice))
      return true;
  return false;
}

void settleSumOrders(func::FuncOp function) {
  function.walk([](linalg::GenericOp op) {
    if (isSum(op) && !hasOwnKernel(op) && !sumOrderOf(op))
      Settler(op).run();
  });
}

} // namespace ingot
