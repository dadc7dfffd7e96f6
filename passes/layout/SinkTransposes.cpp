//===- SinkTransposes.cpp - Orders of dimensions that need few transposes ----===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The decoders transpose in front of and behind each convolution. From one of these transposes on, the values that can be permuted
// with it are collected: through elementwise ops, reductions, reshapes and whatever else `AxisPermutation` follows. Each op among
// them can work in its own order ("plain") or in the permuted one; a value whose producer and a consumer disagree is transposed once
// for all such consumers. The labels that transpose the fewest elements are a minimum cut. An existing transpose is a consumer or
// producer that wants the permuted order, any other op wants the plain one.
//
// Invariant: a rewrite makes the cost (transposed elements, and rows read with a stride) strictly smaller, so that the pass ends.
//
//===----------------------------------------------------------------------===//

#include "passes/Passes.h"
#include "passes/layout/AxisPermutation.h"
#include "utils/support/MinimumCut.h"

#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/TypeSwitch.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Remarks.h"

using namespace mlir;

namespace ingot {

#define GEN_PASS_DEF_SINKTRANSPOSESPASS
#include "passes/Passes.h.inc"

/// Elements that a transpose moves. An unknown size counts as 64 when batches go first, which are often 1.
static int64_t getMovedElements(Value value, ArrayRef<int64_t> permutation) {
  RankedTensorType type = getTensorType(value);
  if (movesOnlyUnits(type, permutation))
    return 0;
  int64_t elements = 1;
  for (int64_t i = 0, e = type.getRank(); i < e; ++i) {
    int64_t size = type.isDynamicDim(i) ? (i == 0 ? 1 : 64) : std::max<int64_t>(1, type.getDimSize(i));
    elements = std::min<int64_t>(elements * size, int64_t(1) << 40);
  }
  return elements;
}

/// What an op that works along rows costs on top when its rows do not lie in memory one element after the other: far less than a
/// transpose, so that it decides between places for one.
static int64_t getStrideCost(Operation *op, ArrayRef<int64_t> order) {
  int64_t last = order.back();
  bool isInnermost = TypeSwitch<Operation *, bool>(op)
                         .Case<SoftmaxOp, LogSoftmaxOp>([&](auto row) { return static_cast<int64_t>(row.getAxis()) == last; })
                         .Case([&](NormalizeOp row) { return llvm::is_contained(row.getDimensions(), last); })
                         .Default(true);
  Permutation reversed = llvm::to_vector(llvm::reverse(llvm::seq<int64_t>(0, order.size())));
  return isInnermost ? 0 : getMovedElements(op->getResult(0), reversed);
}

/// How many times more a transposed element costs than one read with a stride.
static constexpr int64_t kTransposeWeight = 8;

/// Whether a contraction can read the operand in the permuted order: the order of its free dimensions stays.
static bool absorbsPermutation(OpOperand &use, ArrayRef<int64_t> permutation) {
  auto contract = dyn_cast<ContractOp>(use.getOwner());
  if (!contract)
    return false;
  SmallVector<int64_t> free = use.getOperandNumber() == 0 ? contract.getLhsFree() : contract.getRhsFree();
  SmallVector<int64_t> order;
  for (int64_t dim : permutation)
    if (llvm::is_contained(free, dim))
      order.push_back(dim);
  return order == free;
}

namespace {

/// The values that are permuted together with one, the choice for each op, and the rewrite.
class TransposeIsland {
public:
  TransposeIsland(Value seed, ArrayRef<int64_t> permutation) { collect(seed, permutation); }

  /// Chooses the labels; true when fewer elements are transposed than now.
  bool improves() {
    buildGraph();
    return cut.run() < costNow;
  }

  void rewrite();

  /// Transposes that the choice has weighed.
  const llvm::SmallPtrSetImpl<Operation *> &getTransposes() const { return transposes; }

private:
  enum class End { Plain, Permuted, Free, Op };

  void collect(Value seed, ArrayRef<int64_t> permutation);
  void join(Operation *op, const AxisPermutation &permutation);
  bool isConsistent(Value value, ArrayRef<int64_t> permutation) const {
    auto known = orders.find(value);
    return known == orders.end() || isSameOrder(getTensorType(value), known->second, permutation);
  }

  void buildGraph();
  End classifyProducer(Value value, ArrayRef<int64_t> permutation);
  End classifyConsumer(OpOperand &use, ArrayRef<int64_t> permutation);

  llvm::MapVector<Value, Permutation> orders;
  llvm::MapVector<Operation *, AxisPermutation> ops;
  llvm::DenseMap<Operation *, MinimumCut::Node> nodes;
  llvm::SmallPtrSet<Operation *, 16> transposes;
  SmallVector<Value> worklist;
  MinimumCut cut;
  int64_t costNow = 0;
};

} // namespace

/// Ops that give a result in any order for nothing: no operand has to be moved.
static bool isFreeProducer(const AxisPermutation &permutation, Operation *op) {
  for (auto [operand, order] : llvm::zip_equal(op->getOperands(), permutation.operands))
    if (!order.empty() && !isConstant(operand) && !movesOnlyUnits(getTensorType(operand), order))
      return false;
  return isa<ConstantOp, IotaOp, BroadcastOp>(op);
}

void TransposeIsland::collect(Value seed, ArrayRef<int64_t> permutation) {
  orders.insert({seed, Permutation(permutation)});
  worklist.push_back(seed);
  while (!worklist.empty()) {
    Value value = worklist.pop_back_val();
    Permutation order = orders.find(value)->second; // a copy: the map grows
    if (Operation *producer = value.getDefiningOp(); producer && !ops.contains(producer))
      if (auto joint = permuteFromResult(producer, cast<OpResult>(value).getResultNumber(), order))
        join(producer, *joint);
    for (OpOperand &use : value.getUses())
      if (!ops.contains(use.getOwner()))
        if (auto joint = permuteFromOperand(use.getOwner(), use.getOperandNumber(), order))
          join(use.getOwner(), *joint);
  }
}

void TransposeIsland::join(Operation *op, const AxisPermutation &permutation) {
  if (isFreeProducer(permutation, op))
    return;
  SmallVector<std::pair<Value, const Permutation *>> values;
  for (auto [operand, order] : llvm::zip_equal(op->getOperands(), permutation.operands))
    if (!order.empty())
      values.push_back({operand, &order});
  for (auto [result, order] : llvm::zip_equal(op->getResults(), permutation.results))
    values.push_back({result, &order});
  for (auto &[value, order] : values)
    if (!isConsistent(value, *order))
      return;
  ops.insert({op, permutation});
  for (auto &[value, order] : values) {
    // A constant that other ops read as well must not tie them to this island.
    Operation *producer = value.getDefiningOp();
    auto alone = producer ? permuteFromResult(producer, cast<OpResult>(value).getResultNumber(), *order) : std::nullopt;
    if (alone && isFreeProducer(*alone, producer))
      continue;
    if (!isIdentityPermutation(*order) && orders.insert({value, *order}).second)
      worklist.push_back(value);
  }
}

TransposeIsland::End TransposeIsland::classifyProducer(Value value, ArrayRef<int64_t> permutation) {
  Operation *op = value.getDefiningOp();
  if (!op)
    return End::Plain;
  if (ops.contains(op))
    return End::Op;
  if (auto transpose = dyn_cast<TransposeOp>(op)) {
    transposes.insert(op);
    // Another order of the same source: one transpose either way.
    bool cancels = isIdentityPermutation(compose(transpose.getPermutation(), permutation)) ||
                   movesOnlyUnits(getTensorType(transpose.getX()), compose(transpose.getPermutation(), permutation));
    return cancels ? End::Permuted : End::Free;
  }
  auto joint = permuteFromResult(op, cast<OpResult>(value).getResultNumber(), permutation);
  return joint && isFreeProducer(*joint, op) ? End::Free : End::Plain;
}

TransposeIsland::End TransposeIsland::classifyConsumer(OpOperand &use, ArrayRef<int64_t> permutation) {
  Operation *op = use.getOwner();
  auto joined = ops.find(op);
  if (joined != ops.end()) {
    // The op may read the value in another place as well, as it is.
    return joined->second.operands[use.getOperandNumber()].empty() ? End::Plain : End::Op;
  }
  if (auto transpose = dyn_cast<TransposeOp>(op)) {
    transposes.insert(op);
    return isSameOrder(getTensorType(use.get()), transpose.getPermutation(), permutation) ? End::Permuted : End::Free;
  }
  if (isa<tensor::DimOp>(op) || absorbsPermutation(use, permutation))
    return End::Free;
  return End::Plain;
}

void TransposeIsland::buildGraph() {
  for (auto &[op, permutation] : ops) {
    MinimumCut::Node node = nodes[op] = cut.addNode();
    const Permutation &order = permutation.results.front();
    if (order.empty())
      continue;
    int64_t plainCost = getStrideCost(op, llvm::to_vector(llvm::seq<int64_t>(0, order.size())));
    cut.addEdge(node, MinimumCut::sink, plainCost);
    cut.addEdge(MinimumCut::source, node, getStrideCost(op, order));
    costNow += plainCost;
  }
  auto toNode = [&](End end, Operation *op) {
    return end == End::Op ? nodes.lookup(op) : end == End::Plain ? MinimumCut::source : MinimumCut::sink;
  };
  for (auto &[value, order] : orders) {
    int64_t cost = kTransposeWeight * getMovedElements(value, order);
    End producerEnd = classifyProducer(value, order);
    llvm::SmallSetVector<MinimumCut::Node, 4> consumers;
    bool wantsPlain = false, wantsPermuted = false; // as all ops are plain now
    for (OpOperand &use : value.getUses()) {
      End end = classifyConsumer(use, order);
      if (end == End::Free)
        continue;
      consumers.insert(toNode(end, use.getOwner()));
      (end == End::Permuted ? wantsPermuted : wantsPlain) = true;
    }
    if (producerEnd == End::Free || cost == 0)
      continue;
    costNow += producerEnd == End::Permuted ? (wantsPlain ? cost : 0) : (wantsPermuted ? cost : 0);
    MinimumCut::Node producer = toNode(producerEnd, value.getDefiningOp());
    // One transpose serves all consumers on the other side.
    MinimumCut::Node permuted = cut.addNode(), plain = cut.addNode();
    cut.addEdge(producer, permuted, cost);
    cut.addEdge(plain, producer, cost);
    for (MinimumCut::Node consumer : consumers) {
      cut.addEdge(permuted, consumer, MinimumCut::unlimited);
      cut.addEdge(consumer, plain, MinimumCut::unlimited);
    }
  }
}

/// `value` in the permuted order, from what it is made of where that is cheaper than a transpose.
static Value inOrder(OpBuilder &builder, Value value, ArrayRef<int64_t> permutation) {
  if (isIdentityPermutation(permutation))
    return value;
  Operation *op = value.getDefiningOp();
  if (auto transpose = dyn_cast_or_null<TransposeOp>(op))
    return inOrder(builder, transpose.getX(), compose(transpose.getPermutation(), permutation));
  auto joint = op ? permuteFromResult(op, cast<OpResult>(value).getResultNumber(), permutation) : std::nullopt;
  if (joint && isFreeProducer(*joint, op)) {
    SmallVector<Value> operands(op->getOperands());
    for (auto [operand, order] : llvm::zip_equal(operands, joint->operands))
      if (!order.empty())
        operand = inOrder(builder, operand, order);
    if (auto built = buildPermuted(builder, op, *joint, operands); succeeded(built))
      return built->front();
  }
  return buildTranspose(builder, value.getLoc(), value, permutation);
}

void TransposeIsland::rewrite() {
  // A producer comes before its consumers: in the order of the function.
  SmallVector<Operation *> chosen;
  Operation *root = orders.front().first.getParentRegion()->getParentOp();
  while (!root->hasTrait<OpTrait::IsIsolatedFromAbove>())
    root = root->getParentOp();
  root->walk<WalkOrder::PreOrder>([&](Operation *op) {
    auto node = nodes.find(op);
    if (node != nodes.end() && !cut.isOnSourceSide(node->second))
      chosen.push_back(op);
  });
  for (Operation *op : chosen) {
    const AxisPermutation &permutation = ops.find(op)->second;
    OpBuilder builder(op);
    SmallVector<Value> operands(op->getOperands());
    for (auto [operand, order] : llvm::zip_equal(operands, permutation.operands))
      if (!order.empty())
        operand = inOrder(builder, operand, order);
    FailureOr<SmallVector<Value>> results = buildPermuted(builder, op, permutation, operands);
    if (failed(results)) {
      remark::missed(op->getLoc(), remark::RemarkOpts::name("SinkTransposes").category("layout"))
          << "this op keeps its order of dimensions and is transposed around";
      continue;
    }
    for (auto [old, built, order] : llvm::zip_equal(op->getResults(), *results, permutation.results)) {
      Value back = buildTranspose(builder, op->getLoc(), built, invertPermutation(order));
      if (back.getType() != old.getType())
        back = tensor::CastOp::create(builder, op->getLoc(), old.getType(), back);
      old.replaceAllUsesWith(back);
    }
  }
}

/// Joins transposes of transposes, so that only those that move something are weighed, and drops what has no use.
static void cleanUp(Operation *root) {
  SmallVector<Operation *> ops;
  root->walk<WalkOrder::PreOrder>([&](Operation *op) { ops.push_back(op); });
  for (Operation *op : ops) {
    auto outer = dyn_cast<TransposeOp>(op);
    auto inner = outer ? outer.getX().getDefiningOp<TransposeOp>() : TransposeOp();
    if (!inner)
      continue;
    Permutation joint = compose(inner.getPermutation(), outer.getPermutation());
    outer->setOperand(0, inner.getX());
    outer.setPermutation(joint);
    if (isIdentityPermutation(joint) && inner.getX().getType() == outer.getType())
      outer.getResult().replaceAllUsesWith(inner.getX());
  }
  for (Operation *op : llvm::reverse(ops))
    if (isOpTriviallyDead(op))
      op->erase();
}

namespace {

struct SinkTransposesPass : impl::SinkTransposesPassBase<SinkTransposesPass> {
  using Base::Base;

  void runOnOperation() override {
    SmallVector<func::FuncOp> funcs;
    getOperation()->walk([&](func::FuncOp func) { funcs.push_back(func); });
    for (func::FuncOp func : funcs) {
      cleanUp(func);
      for (int64_t round = 0; round < rounds && improve(func); ++round)
        ;
    }
  }

private:
  /// Rewrites the first island that gains by it; false when none does.
  static bool improve(func::FuncOp func) {
    llvm::SmallPtrSet<Operation *, 32> weighed[2];
    SmallVector<TransposeOp> seeds;
    func.walk([&](TransposeOp op) { seeds.push_back(op); });
    for (TransposeOp seed : seeds)
      // The operand's side is permuted like the result, the result's side like the operand.
      for (int side : {0, 1}) {
        if (weighed[side].contains(seed))
          continue;
        Permutation permutation(seed.getPermutation());
        TransposeIsland island(side == 0 ? seed.getX() : seed.getResult(),
                               side == 0 ? permutation : invertPermutation(permutation));
        bool improves = island.improves();
        weighed[side].insert(island.getTransposes().begin(), island.getTransposes().end());
        if (!improves)
          continue;
        island.rewrite();
        cleanUp(func); // at once: dead ops and pairs of transposes would be weighed with the next island
        return true;
      }
    return false;
  }
};

} // namespace

} // namespace ingot
