//===- RowKernel.cpp - Elementwise work and reductions in one pass ---------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The ops of the kernel share one domain of loops. Some loops may be reduced by some ops; the others, the outer loops, give the
// rows. For each row the ops run in stages: what needs the result of a reduction waits for the next stage, and everything in a
// stage shares one loop over the row, so that a row that fits the cache is read from memory once. Vectors run along the loop where
// most accesses have unit stride: along the row (then reductions end in a horizontal step) or across rows (then they do not).
//
//===----------------------------------------------------------------------===//

#include "codegen/cpu/KernelEmitter.h"
#include "codegen/fuse/Group.h"
#include "codegen/fuse/SumOrder.h"
#include "codegen/strategy/Config.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace ingot {
namespace {

struct Member {
  linalg::GenericOp op;
  unsigned level = 0;     // stage it runs in
  bool reduces = false;
  bool full = false;      // its result has the whole domain
  int output = -1;        // kernel output that its result is
  int spilledTo = -1;     // member in whose output's memory it is stored between stages
  SmallVector<std::optional<LoopAccess>> inputs; // external inputs, in merged loops
  std::optional<LoopAccess> stored;              // where the result is stored, in merged loops
  SmallVector<LoopAccess, 1> copies;             // further places
  std::optional<LoopAccess> initial;             // start of a reduction that is not a constant
  Value initialScalar;
};

class RowEmitter {
public:
  explicit RowEmitter(KernelEmitter &e) : e(e), b(e.b), config(readRowWiseConfig(e.meaning)) {}
  LogicalResult run();

private:
  LogicalResult analyse();
  void mergeLoops();
  void chooseVectorLoop();
  void planTranspositions();
  void planSpills();
  void emitRow(Point point);
  void emitInterleaved(const Point &point);
  void emitTurned(const Point &point, Value line, Value lines, Value column, Value columns);
  bool sumsInBlocks(unsigned stage, unsigned depth);
  void emitStage(unsigned stage, Point point, unsigned depth, ArrayRef<Value> init, SmallVector<Value> &result);
  void emitBody(unsigned stage, const Point &point, ArrayRef<Value> acc, SmallVector<Value> &next);
  Lane valueOf(Value v, Member &user, unsigned input, unsigned stage, const Point &point);
  Lane compute(Member &member, unsigned stage, const Point &point);
  Point ownPoint(Member &member, const Point &point);
  void finishReduction(Member &member, Value acc, const Point &point);
  void emitReducedLevel(unsigned level, const Point &point);
  Value neutral(Member &member);
  Value combineScalar(Member &member, Value a, Value c);
  Operation *combiner(Member &member);
  bool ignoresNan(Member &member);
  Value joinVectors(Member &member, Value a, Value c);
  Value acrossLanes(Member &member, Value v);

  static constexpr int64_t sumBlock = 64;

  KernelEmitter &e;
  OpBuilder &b;
  RowWiseConfig config;
  std::vector<Member> members;
  DenseMap<Value, unsigned> memberOf;
  unsigned rank = 0, stages = 0;
  llvm::BitVector reduced; // original loops
  ArrayRef<int64_t> order; // of the sums, where it is settled
  SmallVector<Value> sizes; // original loops
  // Merged loops.
  SmallVector<unsigned> mergedOf;
  SmallVector<Value> mergedSizes;
  SmallVector<bool> mergedReduced;
  int vectorLoop = -1;
  bool alongRow = false;
  int64_t width = 1;
  bool pointwise = false; // some body cannot be vectorized
  int unrolledLoop = -1; // short loop that stores walk inside of the vectors' loop: their elements are interleaved
  int turnedLoop = -1;   // loop along which some inputs lie in memory where the stores lie along the vectors' loop
  DenseMap<unsigned, Lane> reducedLanes;      // results on the reduced level, for the row being emitted
  DenseMap<unsigned, Lane> stageLanes;        // results in the iteration being emitted
};

Operation *RowEmitter::combiner(Member &member) {
  // The op that joins the accumulator (the body's last argument) with the rest.
  Block *body = member.op.getBody();
  Operation *op = body->getTerminator()->getOperand(0).getDefiningOp();
  if (!op || op->getNumOperands() != 2 || member.op.getNumDpsInits() != 1)
    return nullptr;
  Value acc = body->getArguments().back();
  if (llvm::count_if(body->getArguments().back().getUses(), [](OpOperand &) { return true; }) != 1)
    return nullptr;
  if (op->getOperand(0) != acc && op->getOperand(1) != acc)
    return nullptr;
  if (!isa<arith::AddFOp, arith::AddIOp, arith::MulFOp, arith::MulIOp, arith::MaximumFOp, arith::MinimumFOp, arith::MaxNumFOp,
           arith::MinNumFOp, arith::MaxSIOp, arith::MinSIOp, arith::MaxUIOp, arith::MinUIOp, arith::AndIOp, arith::OrIOp>(op))
    return nullptr;
  return op;
}

static std::optional<vector::CombiningKind> combiningKind(Operation *op) {
  using K = vector::CombiningKind;
  return llvm::TypeSwitch<Operation *, std::optional<K>>(op)
      .Case<arith::AddFOp, arith::AddIOp>([](auto) { return K::ADD; })
      .Case<arith::MulFOp, arith::MulIOp>([](auto) { return K::MUL; })
      .Case<arith::MaximumFOp>([](auto) { return K::MAXIMUMF; })
      .Case<arith::MinimumFOp>([](auto) { return K::MINIMUMF; })
      .Case<arith::MaxNumFOp>([](auto) { return K::MAXNUMF; })
      .Case<arith::MinNumFOp>([](auto) { return K::MINNUMF; })
      .Case<arith::MaxSIOp>([](auto) { return K::MAXSI; })
      .Case<arith::MinSIOp>([](auto) { return K::MINSI; })
      .Case<arith::MaxUIOp>([](auto) { return K::MAXUI; })
      .Case<arith::MinUIOp>([](auto) { return K::MINUI; })
      .Case<arith::AndIOp>([](auto) { return K::AND; })
      .Case<arith::OrIOp>([](auto) { return K::OR; })
      .Default([](Operation *) { return std::nullopt; });
}

Value RowEmitter::neutral(Member &member) {
  Operation *op = combiner(member);
  Type type = op->getResult(0).getType();
  if (auto f = dyn_cast<FloatType>(type)) {
    APFloat v = APFloat::getZero(f.getFloatSemantics());
    if (isa<arith::MulFOp>(op))
      v = APFloat::getOne(f.getFloatSemantics());
    else if (isa<arith::MaximumFOp, arith::MaxNumFOp>(op))
      v = APFloat::getInf(f.getFloatSemantics(), /*Negative=*/true);
    else if (isa<arith::MinimumFOp, arith::MinNumFOp>(op))
      v = APFloat::getInf(f.getFloatSemantics());
    return arith::ConstantOp::create(b, e.loc, b.getFloatAttr(f, v));
  }
  unsigned bits = type.getIntOrFloatBitWidth();
  APInt v = APInt::getZero(bits);
  if (isa<arith::MulIOp>(op))
    v = APInt(bits, 1);
  else if (isa<arith::MaxSIOp>(op))
    v = APInt::getSignedMinValue(bits);
  else if (isa<arith::MinSIOp>(op))
    v = APInt::getSignedMaxValue(bits);
  else if (isa<arith::MinUIOp, arith::AndIOp>(op))
    v = APInt::getAllOnes(bits);
  return arith::ConstantOp::create(b, e.loc, b.getIntegerAttr(type, v));
}

Value RowEmitter::combineScalar(Member &member, Value a, Value c) {
  Operation *op = combiner(member)->clone();
  op->setOperands({a, c});
  op->getResult(0).setType(a.getType());
  b.insert(op);
  return op->getResult(0);
}

// Whether the maximum need not show a NaN, because who reads it reads the same elements: softmax subtracts it from each of them, and the
// NaN of the difference spoils the sum of the whole row.
bool RowEmitter::ignoresNan(Member &member) {
  if (!isa_and_nonnull<arith::MaximumFOp>(combiner(member)) || member.output >= 0 || member.op.getNumDpsInputs() != 1)
    return false;
  Value x = member.op.getDpsInputs()[0];
  for (Operation *user : member.op.getResult(0).getUsers()) {
    auto generic = dyn_cast<linalg::GenericOp>(user);
    if (!generic || generic.getNumReductionLoops() || !llvm::is_contained(generic.getDpsInputs(), x))
      return false;
    bool subtracts = false;
    generic.getBody()->walk([&](arith::SubFOp sub) {
      auto argument = [&](Value v) { return dyn_cast<BlockArgument>(v); };
      BlockArgument a = argument(sub.getLhs()), c = argument(sub.getRhs());
      subtracts |= a && c && a.getArgNumber() < generic.getNumDpsInputs() && c.getArgNumber() < generic.getNumDpsInputs() &&
                   generic.getDpsInputs()[a.getArgNumber()] == x && generic.getDpsInputs()[c.getArgNumber()] == member.op.getResult(0);
    });
    bool summed = llvm::any_of(generic.getResult(0).getUsers(), [&](Operation *next) {
      auto sum = dyn_cast<linalg::GenericOp>(next);
      return sum && sum.getNumReductionLoops() && memberOf.count(sum.getResult(0)) &&
             isa_and_nonnull<arith::AddFOp>(combiner(members[memberOf[sum.getResult(0)]]));
    });
    if (!subtracts || !summed)
      return false;
  }
  return true;
}

// The body's combining op on whole vectors (or scalars).
Value RowEmitter::joinVectors(Member &member, Value a, Value c) {
  if (!ignoresNan(member))
    return combineScalar(member, a, c);
  Value wins = arith::CmpFOp::create(b, e.loc, arith::CmpFPredicate::OGT, a, c);
  return arith::SelectOp::create(b, e.loc, wins, a, c);
}

// One value of all lanes. Sums go to the target's own reduction; of maxima LLVM makes a chain of scalars, so halves are joined here.
Value RowEmitter::acrossLanes(Member &member, Value v) {
  Operation *op = combiner(member);
  if (!isa<arith::MaximumFOp, arith::MinimumFOp, arith::MaxNumFOp, arith::MinNumFOp>(op))
    return vector::ReductionOp::create(b, e.loc, *combiningKind(op), v, arith::FastMathFlags::reassoc);
  for (int64_t lanes = cast<VectorType>(v.getType()).getNumElements(); lanes > 1; lanes /= 2) {
    SmallVector<int64_t> low, high;
    for (int64_t i = 0; i < lanes / 2; ++i) {
      low.push_back(i);
      high.push_back(lanes / 2 + i);
    }
    v = joinVectors(member, vector::ShuffleOp::create(b, e.loc, v, v, low), vector::ShuffleOp::create(b, e.loc, v, v, high));
  }
  return vector::ExtractOp::create(b, e.loc, v, ArrayRef<int64_t>{0});
}

LogicalResult RowEmitter::analyse() {
  for (auto op : e.meaning.getOps<linalg::GenericOp>()) {
    rank = std::max<unsigned>(rank, op.getNumLoops());
    Member member;
    member.op = op;
    member.reduces = op.getNumReductionLoops() > 0;
    for (Value result : op.getResults())
      memberOf[result] = members.size();
    members.push_back(member);
  }
  if (members.empty())
    return e.meaning.emitOpError("has nothing to compute; this is an internal error");
  reduced.resize(rank);
  for (Member &member : members)
    if (member.reduces)
      for (auto [i, kind] : llvm::enumerate(member.op.getIteratorTypesArray()))
        if (kind == utils::IteratorType::reduction)
          reduced.set(i);
  sizes.resize(rank);
  // What is known about the sizes of settled sums must not depend on the other ops either.
  for (Member &member : members)
    if (DenseI64ArrayAttr settled = sumOrderOf(member.op); settled && settled.size() == rank && order.empty()) {
      order = settled;
      sizes = e.loopSizes(member.op);
    }
  for (Member &member : members) {
    member.full = member.op.getNumLoops() == rank && !member.reduces;
    pointwise |= !KernelEmitter::isVectorizable(member.op) || member.op.getNumDpsInits() != 1 || (member.reduces && !combiner(member));
    for (OpOperand *input : member.op.getDpsInputOperands())
      if (auto it = memberOf.find(input->get()); it != memberOf.end()) {
        Member &producer = members[it->second];
        member.level = std::max(member.level, producer.level + (producer.reduces ? 1 : 0));
      }
    stages = std::max(stages, member.level + 1);
    if (member.op.getNumLoops() == rank) {
      SmallVector<Value> own = e.loopSizes(member.op);
      for (unsigned d = 0; d < rank; ++d)
        if (!sizes[d])
          sizes[d] = own[d];
    }
  }
  for (unsigned d = 0; d < rank; ++d)
    if (!sizes[d])
      return e.meaning.emitOpError("has a loop without a size; this is an internal error");
  auto ret = cast<func::ReturnOp>(e.meaning.getBody().front().getTerminator());
  for (auto [i, v] : llvm::enumerate(ret.getOperands())) {
    if (auto pad = v.getDefiningOp<tensor::PadOp>())
      v = pad.getSource();
    else if (auto insert = v.getDefiningOp<tensor::InsertSliceOp>())
      v = insert.getSource();
    members[memberOf.lookup(v)].output = i;
  }
  if (pointwise && members.size() > 1) {
    // Several results or an irregular body: `form-kernels` keeps such ops alone unless they are elementwise.
    for (Member &member : members)
      if (member.op.getNumDpsInits() != 1)
        return e.meaning.emitOpError("mixes forms; this is an internal error");
  }
  return success();
}

// Adjacent loops that every access walks as one become one.
void RowEmitter::mergeLoops() {
  SmallVector<bool> canMerge(rank, true); // loop d with d+1
  for (unsigned d = 0; d + 1 < rank; ++d)
    canMerge[d] = reduced.test(d) == reduced.test(d + 1);
  auto restrict = [&](const Access &access, AffineMap map, ArrayRef<unsigned> toDomain, unsigned domainRank) {
    // Position of each domain loop among the results; -1: absent.
    SmallVector<int> position(rank, -1);
    for (auto [k, expr] : llvm::enumerate(map.getResults())) {
      if (auto d = dyn_cast<AffineDimExpr>(expr)) {
        position[toDomain[d.getPosition()]] = k;
      } else if (!isa<AffineConstantExpr>(expr)) {
        expr.walk([&](AffineExpr inner) {
          if (auto d = dyn_cast<AffineDimExpr>(inner)) {
            unsigned loop = toDomain[d.getPosition()];
            canMerge[loop] = false;
            if (loop > 0)
              canMerge[loop - 1] = false;
          }
        });
      }
    }
    llvm::BitVector present(rank);
    for (unsigned d : toDomain)
      present.set(d);
    for (unsigned d = 0; d + 1 < rank; ++d) {
      if (!present.test(d) || !present.test(d + 1))
        continue; // a reduced level without these loops
      int x = position[d], y = position[d + 1];
      if (x < 0 && y < 0)
        continue;
      if (x >= 0 && y == x + 1 && access.joined[x] &&
          (KernelEmitter::known(access.sizes[x]) != std::optional<int64_t>(1) || KernelEmitter::known(sizes[d]) == std::optional<int64_t>(1)) &&
          (KernelEmitter::known(access.sizes[y]) != std::optional<int64_t>(1) || KernelEmitter::known(sizes[d + 1]) == std::optional<int64_t>(1)))
        continue;
      canMerge[d] = false;
    }
  };
  auto domainLoops = [&](Member &member) {
    SmallVector<unsigned> loops;
    for (unsigned d = 0; d < rank; ++d)
      if (member.op.getNumLoops() == rank || !reduced.test(d))
        loops.push_back(d);
    return loops;
  };
  for (Member &member : members) {
    SmallVector<unsigned> loops = domainLoops(member);
    for (OpOperand *input : member.op.getDpsInputOperands()) {
      if (memberOf.count(input->get()) || e.splatOf(input->get()))
        continue;
      if (Access access = e.accessOf(input->get()); access.memory)
        restrict(access, member.op.getMatchingIndexingMap(input), loops, rank);
    }
    for (OpResult result : member.op->getResults())
      for (const Access &access : e.destinations(result))
        restrict(access, member.op.getIndexingMapMatchingResult(result), loops, rank);
    for (OpOperand &init : member.op.getDpsInitsMutable())
      if (Access access = e.accessOf(init.get()); access.memory)
        restrict(access, member.op.getMatchingIndexingMap(&init), loops, rank);
    member.op.getBody()->walk([&](linalg::IndexOp index) {
      unsigned d = loops[index.getDim()];
      canMerge[d] = false;
      if (d > 0)
        canMerge[d - 1] = false;
    });
  }
  for (unsigned d = 0; d + 1 < order.size(); ++d)
    if (reduced.test(d) && reduced.test(d + 1))
      canMerge[d] = canMerge[d] && walksAsOne(order, d);
  mergedOf.resize(rank);
  for (unsigned d = 0; d < rank; ++d) {
    if (d > 0 && canMerge[d - 1]) {
      Value &size = mergedSizes.back();
      size = e.orZero(e.mul(size, sizes[d]));
    } else {
      mergedSizes.push_back(sizes[d]);
      mergedReduced.push_back(reduced.test(d));
    }
    mergedOf[d] = mergedSizes.size() - 1;
  }
  // Accesses in merged loops: the stride of a merged loop is that of its last loop that moves.
  auto inMerged = [&](const Access &access, AffineMap map, ArrayRef<unsigned> loops) {
    LoopAccess own = e.throughMap(access, map), merged;
    merged.memory = own.memory;
    merged.offset = own.offset;
    merged.strides.resize(mergedSizes.size());
    for (auto [i, d] : llvm::enumerate(loops))
      if (own.strides[i] || !merged.strides[mergedOf[d]])
        if (own.strides[i])
          merged.strides[mergedOf[d]] = own.strides[i];
    return merged;
  };
  for (Member &member : members) {
    SmallVector<unsigned> loops = domainLoops(member);
    for (OpOperand *input : member.op.getDpsInputOperands()) {
      std::optional<LoopAccess> access;
      if (!memberOf.count(input->get()) && !e.splatOf(input->get()) && isa<RankedTensorType>(input->get().getType()) &&
          !member.op.getBody()->getArgument(input->getOperandNumber()).use_empty())
        access = inMerged(e.accessOf(input->get()), member.op.getMatchingIndexingMap(input), loops);
      member.inputs.push_back(access);
    }
    for (const Access &access : e.destinations(member.op.getResult(0))) {
      LoopAccess place = inMerged(access, member.op.getIndexingMapMatchingResult(cast<OpResult>(member.op.getResult(0))), loops);
      if (member.stored)
        member.copies.push_back(place);
      else
        member.stored = place;
    }
    if (member.op.getNumDpsInits() == 1) {
      OpOperand *init = member.op.getDpsInitOperand(0);
      if (Value scalar = e.splatOf(init->get()))
        member.initialScalar = scalar;
      else if (Access access = e.accessOf(init->get()); access.memory)
        member.initial = inMerged(access, member.op.getMatchingIndexingMap(init), loops);
    }
  }
}

void RowEmitter::chooseVectorLoop() {
  if (pointwise || mergedSizes.empty())
    return;
  // The loop along which most accesses are whole vectors or do not move; the innermost among equals; short loops last.
  int best = -1;
  double bestScore = -1;
  bool settledAlong = llvm::any_of(order, [](int64_t number) { return number < 0; });
  auto isSettled = [&](unsigned merged) {
    for (unsigned d = 0; d < order.size(); ++d)
      if (mergedOf[d] == merged && (settledAlong ? order[d] >= 0 : order[d] != 0))
        return false;
    return true;
  };
  for (int d = mergedSizes.size() - 1; d >= 0; --d) {
    if (!order.empty() && !isSettled(d))
      continue;
    double score = 0, total = 0;
    auto count = [&](const LoopAccess &access, double weight) {
      total += weight;
      Value stride = access.strides[d];
      if (!stride || KernelEmitter::known(stride) == std::optional<int64_t>(1))
        score += weight;
    };
    for (Member &member : members) {
      for (auto &input : member.inputs)
        if (input)
          count(*input, 1);
      if (member.stored && (member.full || !mergedReduced[d]))
        count(*member.stored, 1.5);
    }
    if (total > 0)
      score /= total;
    auto size = KernelEmitter::known(mergedSizes[d]);
    if (size && *size < 8)
      score *= 0.1 * *size;
    // A loop that is no access's fastest is a poor choice even if nothing moves along it.
    bool unit = false;
    for (Member &member : members) {
      for (auto &input : member.inputs)
        unit |= input && input->strides[d] && KernelEmitter::known(input->strides[d]) == std::optional<int64_t>(1);
      unit |= member.stored && member.stored->strides[d] && KernelEmitter::known(member.stored->strides[d]) == std::optional<int64_t>(1);
    }
    if (!unit)
      score *= 0.25;
    if (score > bestScore + 1e-9) {
      best = d;
      bestScore = score;
    }
  }
  if (best < 0)
    return;
  vectorLoop = best;
  alongRow = mergedReduced[best];
  width = config.width;
  if (auto size = KernelEmitter::known(mergedSizes[best]))
    while (width > 4 && width / 2 >= *size)
      width /= 2;
}

// Elements that are read along one loop and written along another go through registers: gathers and scatters cost some cycles each.
void RowEmitter::planTranspositions() {
  if (vectorLoop < 0 || stages != 1 || reduced.any())
    return;
  constexpr int64_t longestUnrolled = 7;
  auto isOne = [](Value stride) { return stride && KernelEmitter::known(stride) == std::optional<int64_t>(1); };
  auto elementBits = [](const LoopAccess &access) { return cast<MemRefType>(access.memory.getType()).getElementTypeBitWidth(); };
  int64_t lanes = e.target.lanes(32);
  auto scatters = [&](const LoopAccess &access) { return !isOne(access.strides[vectorLoop]); };
  SmallVector<const LoopAccess *> stores;
  for (Member &member : members) {
    if (!member.stored)
      continue;
    stores.push_back(&*member.stored);
    for (const LoopAccess &copy : member.copies)
      stores.push_back(&copy);
  }
  for (int d = 0, n = mergedSizes.size(); d < n; ++d) {
    auto size = KernelEmitter::known(mergedSizes[d]);
    if (d == vectorLoop || !size || *size < 2 || *size > longestUnrolled)
      continue;
    if (llvm::all_of(stores, [&](const LoopAccess *store) {
          return elementBits(*store) == 32 && isOne(store->strides[d]) && KernelEmitter::known(store->strides[vectorLoop]) == size;
        })) {
      unrolledLoop = d;
      width = std::min(width, lanes);
      return;
    }
  }
  if (llvm::any_of(stores, [&](const LoopAccess *store) { return scatters(*store); }))
    return;
  for (Member &member : members)
    for (auto &input : member.inputs) {
      if (!input || !input->strides[vectorLoop] || !scatters(*input) || elementBits(*input) != 32)
        continue;
      for (int d = 0, n = mergedSizes.size(); d < n; ++d)
        if (d != vectorLoop && isOne(input->strides[d]) && KernelEmitter::known(mergedSizes[d]).value_or(lanes) > 1) {
          turnedLoop = d;
          width = lanes;
          return;
        }
    }
}

static bool isExpensive(linalg::GenericOp op) {
  bool found = false;
  op.getBody()->walk([&](Operation *inner) { found |= inner->getDialect() && inner->getDialect()->getNamespace() == "math"; });
  return found;
}

// A full-domain value that later stages need again is kept in the memory of an output instead of being computed anew.
void RowEmitter::planSpills() {
  if (stages < 2)
    return;
  llvm::BitVector claimed(members.size());
  for (auto [i, member] : llvm::enumerate(members)) {
    if (!member.full || member.output >= 0)
      continue;
    unsigned lastUse = member.level;
    for (Operation *user : member.op.getResult(0).getUsers())
      if (auto it = memberOf.find(user->getResult(0)); it != memberOf.end())
        lastUse = std::max(lastUse, members[it->second].level);
    // Uses through recomputed producers count as uses of this value too.
    SmallVector<Value> work{member.op.getResult(0)};
    while (!work.empty()) {
      Value v = work.pop_back_val();
      for (Operation *user : v.getUsers()) {
        auto it = user->getNumResults() ? memberOf.find(user->getResult(0)) : memberOf.end();
        if (it == memberOf.end())
          continue;
        lastUse = std::max(lastUse, members[it->second].level);
        if (members[it->second].full && members[it->second].output < 0)
          work.push_back(user->getResult(0));
      }
    }
    int reads = llvm::count_if(member.inputs, [](auto &input) { return input.has_value(); });
    if (lastUse == member.level || !(isExpensive(member.op) || reads >= 2))
      continue;
    for (auto [j, output] : llvm::enumerate(members)) {
      if (output.output < 0 || !output.full || claimed.test(j) || output.level < lastUse || output.level == member.level)
        continue;
      if (output.op.getResult(0).getType() != member.op.getResult(0).getType())
        continue;
      if (!output.op.getIndexingMapMatchingResult(cast<OpResult>(output.op.getResult(0))).isIdentity())
        continue;
      claimed.set(j);
      member.spilledTo = static_cast<int>(j);
      member.stored = output.stored;
      break;
    }
  }
}

Point RowEmitter::ownPoint(Member &member, const Point &point) {
  // Indices in the op's own loops, for linalg.index; such loops are never merged.
  Point own = point;
  own.indices.clear();
  own.vectorLoop = -1;
  unsigned position = 0;
  for (unsigned d = 0; d < rank; ++d) {
    if (member.op.getNumLoops() != rank && reduced.test(d))
      continue;
    own.indices.push_back(point.indices[mergedOf[d]]);
    if (point.vectorLoop == static_cast<int>(mergedOf[d]))
      own.vectorLoop = position;
    ++position;
  }
  return own;
}

Lane RowEmitter::compute(Member &member, unsigned stage, const Point &point) {
  SmallVector<Lane> arguments;
  for (auto [i, input] : llvm::enumerate(member.op.getDpsInputs()))
    arguments.push_back(valueOf(input, member, i, stage, point));
  return e.evaluate(member.op, ownPoint(member, point), arguments)[0];
}

Lane RowEmitter::valueOf(Value v, Member &user, unsigned input, unsigned stage, const Point &point) {
  if (user.op.getBody()->getArgument(input).use_empty())
    return {}; // a window gives sizes, not values
  auto it = memberOf.find(v);
  if (it == memberOf.end()) {
    if (Value splat = e.splatOf(v))
      return {splat, {}, false};
    return e.load(*user.inputs[input], point);
  }
  unsigned index = it->second;
  Member &producer = members[index];
  if (!producer.full)
    return reducedLanes[index];
  if (auto known = stageLanes.find(index); known != stageLanes.end())
    return known->second;
  Lane lane = producer.level < stage && producer.stored ? e.load(*producer.stored, point) : compute(producer, stage, point);
  stageLanes[index] = lane;
  return lane;
}

// One iteration of a stage: stores what the stage makes and joins what it reduces.
void RowEmitter::emitBody(unsigned stage, const Point &point, ArrayRef<Value> acc, SmallVector<Value> &next) {
  stageLanes.clear();
  // What lies where this stage stores an output is read before.
  for (auto [i, member] : llvm::enumerate(members))
    if (member.spilledTo >= 0 && member.level < stage && members[static_cast<unsigned>(member.spilledTo)].level == stage)
      stageLanes[i] = e.load(*member.stored, point);
  unsigned reduction = 0;
  for (auto [i, member] : llvm::enumerate(members)) {
    if (member.level != stage)
      continue;
    if (member.full && member.stored) {
      Lane lane = stageLanes.count(i) ? stageLanes[i] : compute(member, stage, point);
      stageLanes[i] = lane;
      e.store(lane, *member.stored, point);
      for (const LoopAccess &copy : member.copies)
        e.store(lane, copy, point);
    }
    if (!member.reduces)
      continue;
    Value before = acc[reduction++];
    // The body with the accumulator as its last argument.
    SmallVector<Lane> arguments;
    for (auto [k, input] : llvm::enumerate(member.op.getDpsInputs()))
      arguments.push_back(valueOf(input, member, k, stage, point));
    Value after;
    if (ignoresNan(member) && combiner(member)->getBlock()->getOperations().size() == 2) {
      // The body is the maximum alone.
      after = joinVectors(member, isa<VectorType>(before.getType()) ? e.asVector(arguments[0], width) : arguments[0].value, before);
    } else {
      arguments.push_back({before, {}, isa<VectorType>(before.getType())});
      Lane joined = e.evaluate(member.op, ownPoint(member, point), arguments)[0];
      after = isa<VectorType>(before.getType()) ? e.asVector(joined, width) : joined.value;
    }
    if (point.mask && alongRow)
      after = arith::SelectOp::create(b, e.loc, point.mask, after, before);
    next.push_back(after);
  }
}

// Down long columns a sum is a sum of shorter ones, of which each lane has one at a time: the error grows with the square root of their
// lengths. Training sums gradients over all of a batch and its positions, and what they nearly cancel to is what counts.
bool RowEmitter::sumsInBlocks(unsigned stage, unsigned depth) {
  auto fixed = KernelEmitter::known(mergedSizes[depth]);
  if (alongRow || (fixed && *fixed < 2 * sumBlock))
    return false;
  for (unsigned d = depth + 1; d < mergedSizes.size(); ++d)
    if (mergedReduced[d])
      return false;
  bool any = false;
  for (Member &member : members) {
    if (member.level != stage || !member.reduces)
      continue;
    if (!combiner(member))
      return false;
    any |= isa<arith::AddFOp>(combiner(member));
  }
  return any;
}

// The loops of a row for one stage, outermost first; `depth` counts merged loops.
void RowEmitter::emitStage(unsigned stage, Point point, unsigned depth, ArrayRef<Value> init, SmallVector<Value> &result) {
  while (depth < mergedSizes.size() && (!mergedReduced[depth] || static_cast<int>(depth) == vectorLoop))
    ++depth;
  if (depth < mergedSizes.size()) {
    auto loopOver = [&](Value lower, Value upper, ValueRange starts) {
      return e.loop(lower, upper, 1, starts, [&](Value index, ValueRange acc) {
        Point inner = point;
        inner.indices[depth] = index;
        SmallVector<Value> next;
        emitStage(stage, inner, depth + 1, SmallVector<Value>(acc), next);
        return next;
      });
    };
    if (!sumsInBlocks(stage, depth)) {
      llvm::append_range(result, loopOver({}, mergedSizes[depth], init).getResults());
      return;
    }
    Value size = mergedSizes[depth];
    auto fixed = KernelEmitter::known(size);
    auto forOp = e.loop({}, e.ceilDiv(size, sumBlock), 1, init, [&](Value index, ValueRange acc) {
      Value begin = e.mul(index, e.constant(sumBlock)), end = e.add(begin, e.constant(sumBlock));
      if (!fixed || *fixed % sumBlock)
        end = e.minimum(end, size);
      SmallVector<Value> starts, next;
      for (Member &member : members)
        if (member.level == stage && member.reduces)
          starts.push_back(vectorLoop >= 0 ? e.broadcast(neutral(member), width) : neutral(member));
      auto part = loopOver(begin, end, starts);
      unsigned i = 0;
      for (Member &member : members)
        if (member.level == stage && member.reduces) {
          next.push_back(combineScalar(member, acc[i], part.getResult(i)));
          ++i;
        }
      return next;
    });
    llvm::append_range(result, forOp.getResults());
    return;
  }
  if (!alongRow) {
    emitBody(stage, point, init, result);
    return;
  }
  Value size = mergedSizes[vectorLoop];
  auto fixed = KernelEmitter::known(size);
  Value whole = fixed ? e.constant(*fixed / width * width) : e.mul(e.floorDiv(size, e.constant(width)), e.constant(width));
  SmallVector<Value> acc(init.begin(), init.end());
  auto vectorLoopAt = [&](Value lower, Value upper, bool masked) {
    auto forOp = e.loop(lower, upper, width, acc, [&](Value index, ValueRange current) {
      Point inner = point;
      inner.indices[vectorLoop] = index;
      inner.vectorLoop = vectorLoop;
      inner.width = width;
      if (masked)
        inner.mask = e.tailMask(e.sub(size, index), width);
      SmallVector<Value> next;
      emitBody(stage, inner, SmallVector<Value>(current), next);
      return next;
    });
    acc.assign(forOp.getResults().begin(), forOp.getResults().end());
  };
  if (!fixed || *fixed >= width)
    vectorLoopAt({}, whole, false);
  if (!fixed || *fixed % width)
    vectorLoopAt(whole, size, true);
  result.assign(acc.begin(), acc.end());
}

void RowEmitter::finishReduction(Member &member, Value acc, const Point &point) {
  if (combiner(member)) {
    if (alongRow && isa<VectorType>(acc.getType()))
      acc = acrossLanes(member, acc);
    Value start = member.initialScalar;
    if (member.initial)
      start = e.load(*member.initial, point).value;
    Attribute a, n;
    Value zero = neutral(member);
    if (start && !(matchPattern(start, m_Constant(&a)) && matchPattern(zero, m_Constant(&n)) && a == n)) {
      if (isa<VectorType>(acc.getType()))
        start = e.broadcast(start, width);
      acc = combineScalar(member, start, acc);
    }
  }
  Lane lane{acc, {}, isa<VectorType>(acc.getType())};
  reducedLanes[memberOf[member.op.getResult(0)]] = lane;
  if (member.stored)
    e.store(lane, *member.stored, point);
  for (const LoopAccess &copy : member.copies)
    e.store(lane, copy, point);
}

// Elementwise ops on the reduced domain that are ready once the reductions before `level` are.
void RowEmitter::emitReducedLevel(unsigned level, const Point &point) {
  for (auto [i, member] : llvm::enumerate(members)) {
    if (member.full || member.reduces || member.level != level)
      continue;
    stageLanes.clear();
    Lane lane = compute(member, level, point);
    reducedLanes[i] = lane;
    if (member.stored)
      e.store(lane, *member.stored, point);
    for (const LoopAccess &copy : member.copies)
      e.store(lane, copy, point);
  }
}

// Vectors along the vectors' loop for each index of the unrolled loop, stored in turn.
void RowEmitter::emitInterleaved(const Point &point) {
  int64_t count = *KernelEmitter::known(mergedSizes[unrolledLoop]);
  std::vector<SmallVector<Value>> results(members.size());
  for (int64_t c = 0; c < count; ++c) {
    Point inner = point;
    inner.indices[unrolledLoop] = e.constant(c);
    stageLanes.clear();
    for (auto [i, member] : llvm::enumerate(members)) {
      if (!member.stored)
        continue;
      Lane lane = stageLanes.count(i) ? stageLanes[i] : compute(member, 0, inner);
      stageLanes[i] = lane;
      results[i].push_back(e.asVector(lane, width));
    }
  }
  for (auto [i, member] : llvm::enumerate(members)) {
    if (!member.stored)
      continue;
    SmallVector<Value> vectors = e.interleaved(results[i]);
    auto storeAt = [&](const LoopAccess &access) {
      Point start = point;
      start.indices[unrolledLoop] = {};
      Value at = e.address(access, start);
      for (auto [k, vector] : llvm::enumerate(vectors)) {
        LoopAccess place{access.memory, at, {e.constant(1)}};
        Point piece;
        piece.indices = {e.constant(k * width)};
        piece.vectorLoop = 0;
        piece.width = width;
        if (point.mask) {
          Value left = e.sub(e.mul(e.sub(mergedSizes[vectorLoop], point.indices[vectorLoop]), e.constant(count)), e.constant(k * width));
          piece.mask = e.tailMask(e.maximum(left, e.constant(0)), width);
        }
        e.store({vector, {}, true}, place, piece);
      }
    };
    storeAt(*member.stored);
    for (const LoopAccess &copy : member.copies)
      storeAt(copy);
  }
}

// A square of `width` lines of the turned loop from `line` on and as many columns of the vectors' loop; null counts mean all of them.
// Inputs that lie along the lines are turned in registers and wait in the first-level cache.
void RowEmitter::emitTurned(const Point &point, Value line, Value lines, Value column, Value columns) {
  OpBuilder::InsertionGuard guard(b);
  auto scope = memref::AllocaScopeOp::create(b, e.loc, TypeRange{});
  Block *body = b.createBlock(&scope.getBodyRegion());
  memref::AllocaScopeReturnOp::create(b, e.loc);
  b.setInsertionPointToStart(body);
  struct Turned {
    std::optional<LoopAccess> *input;
    LoopAccess original;
    Value buffer;
  };
  SmallVector<Turned> turned;
  for (Member &member : members)
    for (auto &input : member.inputs) {
      auto isOne = [&input = input](int d) {
        return input->strides[d] && KernelEmitter::known(input->strides[d]) == std::optional<int64_t>(1);
      };
      if (!input || !input->strides[vectorLoop] || isOne(vectorLoop) || !isOne(turnedLoop))
        continue;
      Type element = cast<MemRefType>(input->memory.getType()).getElementType();
      if (element.getIntOrFloatBitWidth() != 32)
        continue;
      Point from = point;
      from.indices[turnedLoop] = line;
      from.vectorLoop = turnedLoop;
      from.width = width;
      if (lines)
        from.mask = e.tailMask(lines, width);
      SmallVector<Value> rows;
      for (int64_t i = 0; i < width; ++i) {
        Value at = e.add(column, e.constant(i));
        // Columns beyond the end repeat the last one: they are never stored.
        from.indices[vectorLoop] = columns ? e.minimum(at, e.sub(mergedSizes[vectorLoop], e.constant(1))) : at;
        rows.push_back(e.load(*input, from).value);
      }
      Value buffer = memref::AllocaOp::create(b, e.loc, MemRefType::get({width * width}, element), b.getI64IntegerAttr(64));
      for (auto [i, v] : llvm::enumerate(e.transposed(rows)))
        vector::StoreOp::create(b, e.loc, v, buffer, ValueRange{e.constant(i * width)});
      turned.push_back({&input, *input, buffer});
    }
  e.loop({}, lines ? lines : e.constant(width), 1, {}, [&](Value index, ValueRange) {
    Point inner = point;
    inner.indices[turnedLoop] = e.add(line, index);
    inner.indices[vectorLoop] = column;
    inner.vectorLoop = vectorLoop;
    inner.width = width;
    if (columns)
      inner.mask = e.tailMask(columns, width);
    for (Turned &t : turned) {
      LoopAccess access{t.buffer, e.sub(e.mul(index, e.constant(width)), column), {}};
      access.strides.resize(mergedSizes.size());
      access.strides[vectorLoop] = e.constant(1);
      *t.input = access;
    }
    emitRow(inner);
    for (Turned &t : turned)
      *t.input = t.original;
    return SmallVector<Value>{};
  });
}

void RowEmitter::emitRow(Point point) {
  if (unrolledLoop >= 0) {
    emitInterleaved(point);
    return;
  }
  reducedLanes.clear();
  for (unsigned stage = 0; stage < stages; ++stage) {
    emitReducedLevel(stage, point);
    SmallVector<Value> init;
    bool work = false;
    for (Member &member : members) {
      if (member.level != stage)
        continue;
      work |= member.reduces || (member.full && member.stored);
      if (!member.reduces)
        continue;
      Value start;
      if (combiner(member)) {
        start = neutral(member);
      } else {
        start = member.initial ? e.load(*member.initial, point).value : member.initialScalar;
      }
      if (vectorLoop >= 0)
        start = e.broadcast(start, width);
      init.push_back(start);
    }
    if (!work)
      continue;
    SmallVector<Value> result;
    emitStage(stage, point, 0, init, result);
    unsigned next = 0;
    for (Member &member : members)
      if (member.level == stage && member.reduces)
        finishReduction(member, result[next++], point);
  }
  emitReducedLevel(stages, point);
}

LogicalResult RowEmitter::run() {
  if (failed(analyse()))
    return failure();
  mergeLoops();
  chooseVectorLoop();
  planTranspositions();
  planSpills();

  SmallVector<unsigned> outer; // loops that number the rows
  Value rowSize = e.constant(1);
  for (unsigned d = 0; d < mergedSizes.size(); ++d) {
    if (!mergedReduced[d] && static_cast<int>(d) != vectorLoop && static_cast<int>(d) != unrolledLoop)
      outer.push_back(d);
    else
      rowSize = e.orZero(e.mul(rowSize, mergedSizes[d]));
  }
  // A turned loop is walked by as many lines as a vector has lanes.
  auto outerSize = [&](unsigned d) { return static_cast<int>(d) == turnedLoop ? e.ceilDiv(mergedSizes[d], width) : mergedSizes[d]; };
  Value rows = e.constant(1);
  for (unsigned d : outer)
    rows = e.orZero(e.mul(rows, outerSize(d)));
  bool across = vectorLoop >= 0 && !alongRow; // vectors run along an outer loop
  int64_t target = config.taskElements;

  // Cut: whole rows if rows are short; else, when vectors run along an outer loop, pieces of it.
  Value rowsPerTask, pieces = e.constant(1), piece = across ? mergedSizes[vectorLoop] : Value();
  auto knownRow = KernelEmitter::known(rowSize);
  if (across) {
    Value depth = e.constant(turnedLoop >= 0 ? width : 1); // elements under each lane
    for (unsigned d = 0; d < mergedSizes.size(); ++d)
      if (mergedReduced[d] || static_cast<int>(d) == unrolledLoop)
        depth = e.orZero(e.mul(depth, mergedSizes[d]));
    // Pieces of at least one vector and about `target` elements.
    Value perPiece;
    if (auto n = KernelEmitter::known(depth))
      perPiece = e.constant(std::max<int64_t>(width, target / std::max<int64_t>(*n, 1) / width * width));
    else
      perPiece = e.mul(e.maximum(e.floorDiv(e.constant(target / width), e.maximum(depth, e.constant(1))), e.constant(1)), e.constant(width));
    Value size = mergedSizes[vectorLoop];
    auto s = KernelEmitter::known(size), p = KernelEmitter::known(perPiece);
    if (s && p) {
      if (*s >= 2 * *p) {
        piece = perPiece;
        pieces = e.constant((*s + *p - 1) / *p);
      }
    } else {
      piece = perPiece;
      pieces = e.floorDiv(e.sub(e.add(size, perPiece), e.constant(1)), perPiece);
    }
    Value pieceWork = e.orZero(e.mul(e.minimum(piece, size), depth));
    if (auto w = KernelEmitter::known(pieceWork))
      rowsPerTask = e.constant(std::max<int64_t>(1, target / std::max<int64_t>(*w, 1)));
    else
      rowsPerTask = e.maximum(e.floorDiv(e.constant(target), e.maximum(pieceWork, e.constant(1))), e.constant(1));
  } else {
    rowsPerTask = knownRow ? e.constant(std::max<int64_t>(1, target / std::max<int64_t>(*knownRow, 1)))
                           : e.maximum(e.floorDiv(e.constant(target), e.maximum(rowSize, e.constant(1))), e.constant(1));
  }
  if (config.serial) {
    rowsPerTask = e.maximum(rows, e.constant(1));
    if (across) {
      pieces = e.constant(1);
      piece = mergedSizes[vectorLoop];
    }
  }
  Value rowTasks;
  {
    auto r = KernelEmitter::known(rowsPerTask);
    rowTasks = r ? e.ceilDiv(rows, *r) : e.floorDiv(e.sub(e.add(rows, rowsPerTask), e.constant(1)), rowsPerTask);
  }
  Value tasks = e.orZero(e.mul(rowTasks, pieces));
  e.forTasks(tasks, config.serial, [&](Value task) {
    Value rowTask = e.floorDiv(task, pieces), pieceIndex = e.rem(task, pieces);
    Value begin = e.mul(rowTask, rowsPerTask), end = e.minimum(e.add(begin, rowsPerTask), rows);
    auto one = [&](Value row) {
      Point point;
      point.indices.resize(mergedSizes.size());
      Value rest = row;
      for (unsigned k = outer.size(); k-- > 0;) {
        if (k == 0) {
          point.indices[outer[0]] = rest;
          break;
        }
        point.indices[outer[k]] = e.rem(rest, outerSize(outer[k]));
        rest = e.floorDiv(rest, outerSize(outer[k]));
      }
      Value line, lines;
      if (turnedLoop >= 0) {
        line = e.orZero(e.mul(point.indices[turnedLoop], e.constant(width)));
        auto size = KernelEmitter::known(mergedSizes[turnedLoop]);
        if (!size || *size % width)
          lines = e.minimum(e.sub(mergedSizes[turnedLoop], line), e.constant(width));
      }
      if (!across) {
        emitRow(point);
        return;
      }
      Value size = mergedSizes[vectorLoop];
      Value lower = e.orZero(e.mul(pieceIndex, piece)), upper = e.minimum(e.add(lower, piece), size);
      auto l = KernelEmitter::known(lower), u = KernelEmitter::known(upper);
      auto s = KernelEmitter::known(size);
      Value length = e.sub(upper, lower);
      Value whole = l && u ? e.constant(*l + (*u - *l) / width * width)
                           : e.add(lower, e.mul(e.floorDiv(length, e.constant(width)), e.constant(width)));
      auto vectors = [&](Value from, Value to, bool masked) {
        e.loop(from, to, width, {}, [&](Value index, ValueRange) {
          if (turnedLoop >= 0) {
            emitTurned(point, line, lines, index, masked ? e.sub(upper, index) : Value());
            return SmallVector<Value>{};
          }
          Point inner = point;
          inner.indices[vectorLoop] = index;
          inner.vectorLoop = vectorLoop;
          inner.width = width;
          if (masked)
            inner.mask = e.tailMask(e.sub(upper, index), width);
          emitRow(inner);
          return SmallVector<Value>{};
        });
      };
      if (!s || *s >= width)
        vectors(lower, whole, false);
      if (!s || *s % width)
        vectors(whole, upper, true);
    };
    if (outer.empty())
      one(e.constant(0));
    else
      e.loop(begin, end, 1, {}, [&](Value row, ValueRange) {
        one(row);
        return SmallVector<Value>{};
      });
  });
  return success();
}

// A single op with several results or a body that reads its own accumulators in no simple way: plain loops, one point at a time.
LogicalResult emitScalarKernel(KernelEmitter &e, linalg::GenericOp op) {
  OpBuilder &b = e.b;
  SmallVector<Value> sizes = e.loopSizes(op);
  SmallVector<LoopAccess> inputs, inits, outputs;
  SmallVector<Value> splats;
  for (OpOperand *input : op.getDpsInputOperands()) {
    splats.push_back(e.splatOf(input->get()));
    inputs.push_back(splats.back() ? LoopAccess{} : e.throughMap(e.accessOf(input->get()), op.getMatchingIndexingMap(input)));
  }
  SmallVector<Value> starts;
  for (auto [i, result] : llvm::enumerate(op.getResults())) {
    SmallVector<Access> places = e.destinations(result);
    if (places.empty())
      return e.meaning.emitOpError("has an unused result; this is an internal error");
    outputs.push_back(e.throughMap(places.front(), op.getIndexingMapMatchingResult(cast<OpResult>(result))));
    Value init = op.getDpsInits()[i];
    starts.push_back(e.splatOf(init));
    Access access = starts.back() ? Access{} : e.accessOf(init);
    inits.push_back(access.memory ? e.throughMap(access, op.getMatchingIndexingMap(op.getDpsInitOperand(i))) : LoopAccess{});
  }
  SmallVector<unsigned> parallel, reduction;
  for (auto [d, kind] : llvm::enumerate(op.getIteratorTypesArray()))
    (kind == utils::IteratorType::reduction ? reduction : parallel).push_back(d);
  std::function<SmallVector<Value>(unsigned, Point, ValueRange)> reduce = [&](unsigned depth, Point point, ValueRange acc) {
    if (depth == reduction.size()) {
      SmallVector<Lane> arguments;
      for (auto [input, splat] : llvm::zip(inputs, splats))
        arguments.push_back(splat ? Lane{splat, {}, false} : e.load(input, point));
      for (Value v : acc)
        arguments.push_back({v, {}, false});
      SmallVector<Value> next;
      for (Lane &lane : e.evaluate(op, point, arguments))
        next.push_back(lane.value);
      return next;
    }
    auto forOp = e.loop({}, sizes[reduction[depth]], 1, acc, [&](Value index, ValueRange current) {
      Point inner = point;
      inner.indices[reduction[depth]] = index;
      return reduce(depth + 1, inner, current);
    });
    return SmallVector<Value>(forOp.getResults());
  };
  std::function<void(unsigned, Point)> rows = [&](unsigned depth, Point point) {
    if (depth < parallel.size()) {
      e.loop({}, sizes[parallel[depth]], 1, {}, [&](Value index, ValueRange) {
        Point inner = point;
        inner.indices[parallel[depth]] = index;
        rows(depth + 1, inner);
        return SmallVector<Value>{};
      });
      return;
    }
    SmallVector<Value> start;
    for (auto [i, init] : llvm::enumerate(inits)) {
      Type element = cast<MemRefType>(outputs[i].memory.getType()).getElementType();
      start.push_back(starts[i]     ? starts[i]
                      : init.memory ? e.load(init, point).value
                                    : arith::ConstantOp::create(b, e.loc, b.getZeroAttr(element)).getResult());
    }
    SmallVector<Value> result = reduce(0, point, start);
    for (auto [value, output] : llvm::zip(result, outputs))
      e.store({value, {}, false}, output, point);
  };
  Point point;
  point.indices.resize(sizes.size());
  rows(0, point);
  return success();
}

} // namespace

LogicalResult emitRowKernel(KernelEmitter &e) {
  SmallVector<linalg::GenericOp> ops(e.meaning.getOps<linalg::GenericOp>());
  if (ops.size() == 1) {
    bool plain = ops[0].getNumDpsInits() == 1;
    if (plain && ops[0].getNumReductionLoops()) {
      // A reduction whose result permutes its loops keeps to plain loops too.
      Block *body = ops[0].getBody();
      Operation *last = body->getTerminator()->getOperand(0).getDefiningOp();
      plain = last && llvm::is_contained(last->getOperands(), body->getArguments().back());
    }
    if (!plain)
      return emitScalarKernel(e, ops[0]);
    if (emitTapKernel(e, ops[0]))
      return success();
  }
  return RowEmitter(e).run();
}

} // namespace ingot
