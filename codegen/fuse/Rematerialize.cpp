//===- Rematerialize.cpp - Compute again what is cheap, to keep less -------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What the forward pass computes and the backward pass needs is in memory when the loss is known. A minimum cut finds the values of
// the fewest bytes from which elementwise ops make all the others again; then copies of these ops stand in front of their first use
// behind the loss, where fusion makes them a part of the kernels that read them. Contractions, convolutions and reductions run
// once. Random numbers come from counters: they are the same again.
//
//===----------------------------------------------------------------------===//

#include "codegen/Passes.h"
#include "codegen/fuse/Group.h"
#include "codegen/fuse/SumOrder.h"
#include "utils/support/MinimumCut.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Transforms/RegionUtils.h"
#include "llvm/ADT/SetVector.h"

namespace ingot {
#define GEN_PASS_DEF_REMATERIALIZE
#include "codegen/Passes.h.inc"
} // namespace ingot

using namespace mlir;

namespace ingot {
namespace {

// An open size: that of a batch, mostly, which all activations share.
constexpr int64_t assumedSize = 64;

int64_t bytesOf(Value value) {
  auto type = cast<RankedTensorType>(value.getType());
  int64_t bytes = std::max<int64_t>(1, type.getElementTypeBitWidth() / 8);
  for (int64_t size : type.getShape())
    bytes *= ShapedType::isDynamic(size) ? assumedSize : std::max<int64_t>(size, 0);
  return bytes;
}

class Rematerializer {
public:
  Rematerializer(func::FuncOp function, double budget) : function(function), block(function.front()), budget(budget) {}

  void run();

private:
  bool findLoss();
  bool isCheap(Operation *op);
  static bool isReady(Operation *op) { return isa<tensor::EmptyOp>(op) || op->hasTrait<OpTrait::ConstantLike>(); }
  static bool isView(Operation *op) { return isa_and_nonnull<tensor::ExpandShapeOp, tensor::CollapseShapeOp, tensor::CastOp>(op); }
  static Value rootOf(Value value) {
    while (isView(value.getDefiningOp()))
      value = value.getDefiningOp()->getOperand(0);
    return value;
  }
  static SetVector<Value> inputsOf(Operation *op);
  int64_t cut(size_t recomputed, DenseSet<Value> *again);
  Value rebuild(Value value, OpBuilder &b, const DenseSet<Value> &again, DenseMap<Value, Value> &known);

  bool isBehind(Operation *user) {
    Operation *at = block.findAncestorOpInBlock(*user);
    return at && last->isBeforeInBlock(at);
  }

  func::FuncOp function;
  Block &block;
  double budget;
  Operation *last = nullptr; // of the forward pass
  SmallVector<Value> values; // of the forward pass, in order
  SmallVector<Value> read;   // those of them that are read behind it
  SmallVector<Value> needed; // whose memory that is, the largest first
  DenseSet<Value> returned;  // lie in memory anyway
};

// The op that computes the loss is the last one of the forward pass.
bool Rematerializer::findLoss() {
  Operation *end = block.getTerminator();
  for (unsigned i = 0; i < function.getNumResults(); ++i) {
    returned.insert(rootOf(end->getOperand(i)));
    auto role = function.getResultAttrOfType<StringAttr>(i, "ingot.output_role");
    if (role && role.getValue() == "loss")
      last = end->getOperand(i).getDefiningOp();
  }
  return last && last->getBlock() == &block;
}

SetVector<Value> Rematerializer::inputsOf(Operation *op) {
  SetVector<Value> inputs(op->operand_begin(), op->operand_end());
  getUsedValuesDefinedAbove(op->getRegions(), inputs);
  return inputs;
}

bool Rematerializer::isCheap(Operation *op) {
  if (isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp, tensor::CastOp, tensor::ExtractSliceOp, tensor::PadOp>(op))
    return true;
  auto linalgOp = dyn_cast<linalg::LinalgOp>(op);
  return linalgOp && linalgOp.getNumReductionLoops() == 0;
}

// The bytes that are kept when the first `recomputed` of the needed values may be computed again. `again` gets those that are.
int64_t Rematerializer::cut(size_t recomputed, DenseSet<Value> *again) {
  MinimumCut graph;
  DenseMap<Value, std::pair<MinimumCut::Node, MinimumCut::Node>> nodes;
  for (Value value : values)
    nodes[value] = {graph.addNode(), graph.addNode()};
  DenseSet<Value> kept(needed.begin() + recomputed, needed.end());
  for (Value value : values) {
    auto [in, out] = nodes[value];
    Operation *op = value.getDefiningOp();
    graph.addEdge(in, out, isView(op) ? MinimumCut::unlimited : returned.contains(value) ? 0 : bytesOf(value));
    if (kept.contains(value) || !isCheap(op)) {
      graph.addEdge(MinimumCut::source, in, MinimumCut::unlimited);
      continue;
    }
    for (Value input : inputsOf(op))
      if (auto known = nodes.find(input); known != nodes.end())
        graph.addEdge(known->second.second, in, MinimumCut::unlimited);
  }
  for (Value value : read)
    graph.addEdge(nodes[value].second, MinimumCut::sink, MinimumCut::unlimited);
  int64_t bytes = graph.run();
  if (again)
    for (Value value : values)
      if (!graph.isOnSourceSide(nodes[value].first))
        again->insert(value);
  return bytes;
}

Value Rematerializer::rebuild(Value value, OpBuilder &b, const DenseSet<Value> &again, DenseMap<Value, Value> &known) {
  if (!again.contains(rootOf(value)))
    return value;
  if (Value copy = known.lookup(value))
    return copy;
  Operation *op = value.getDefiningOp();
  IRMapping mapping;
  for (Value input : inputsOf(op))
    mapping.map(input, rebuild(input, b, again, known));
  Operation *copy = b.clone(*op, mapping);
  copy->setAttr(recomputedAttrName, b.getUnitAttr());
  for (auto [old, result] : llvm::zip(op->getResults(), copy->getResults()))
    known[old] = result;
  return known[value];
}

void Rematerializer::run() {
  if (!findLoss())
    return;
  for (Operation &op : block) {
    if (!isReady(&op))
      for (Value result : op.getResults())
        if (isa<RankedTensorType>(result.getType()))
          values.push_back(result);
    if (&op == last)
      break;
  }
  DenseSet<Value> known(values.begin(), values.end()), seen;
  for (Value value : values) {
    if (llvm::none_of(value.getUsers(), [&](Operation *user) { return isBehind(user) && user != block.getTerminator(); }))
      continue;
    Value root = rootOf(value);
    if (!known.contains(root))
      continue;
    read.push_back(value);
    if (seen.insert(root).second)
      needed.push_back(root);
  }
  llvm::stable_sort(needed, [](Value left, Value right) { return bytesOf(left) > bytesOf(right); });
  int64_t before = cut(0, nullptr), wanted = static_cast<int64_t>(static_cast<double>(before) * budget);
  // The fewest values, of the largest, with which the rest fits.
  size_t low = 0, high = needed.size();
  while (low < high) {
    size_t middle = (low + high) / 2;
    if (cut(middle, nullptr) <= wanted)
      high = middle;
    else
      low = middle + 1;
  }
  DenseSet<Value> again;
  int64_t after = cut(low, &again);
  if (after >= before)
    return;

  struct Use {
    OpOperand *operand;
    Operation *at;
  };
  SmallVector<Use> uses;
  for (Value value : read)
    if (again.contains(rootOf(value)))
      for (OpOperand &use : value.getUses())
        if (isBehind(use.getOwner()) && use.getOwner() != block.getTerminator())
          uses.push_back({&use, block.findAncestorOpInBlock(*use.getOwner())});
  llvm::stable_sort(uses,
                    [](const Use &left, const Use &right) { return left.at != right.at && left.at->isBeforeInBlock(right.at); });
  DenseMap<Value, Value> copies;
  for (const Use &use : uses) {
    OpBuilder b(use.at);
    use.operand->set(rebuild(use.operand->get(), b, again, copies));
  }
  Builder b(function.getContext());
  function->setAttr("ingot.saved_bytes", b.getI64ArrayAttr({before, after}));
  remark::passed(function.getLoc(), remark::RemarkOpts::name("Rematerialize").category("fuse"))
      << "'" << function.getName() << "' keeps " << std::to_string(after) << " bytes for the backward pass instead of "
      << std::to_string(before) << ", with " << std::to_string(assumedSize) << " for open sizes";
}

struct RematerializePass : impl::RematerializeBase<RematerializePass> {
  using Base::Base;

  void runOnOperation() override {
    for (auto function : getOperation().getOps<func::FuncOp>()) {
      auto role = function->getAttrOfType<StringAttr>("ingot.role");
      if (function.isExternal() || !role)
        continue;
      settleSumOrders(function);
      roundProducts(function);
      if (budget < 1 && (role.getValue() == "step" || role.getValue() == "gradient"))
        Rematerializer(function, budget).run();
    }
  }

private:
  // Which product joins its sum in one rounding would depend on the kernel that both are in: a value that is computed again must have the
  // bits that it had, and the update in a step those of the update alone. It costs nothing: this work waits for memory.
  static void roundProducts(func::FuncOp function) {
    function.walk([](linalg::GenericOp generic) {
      if (generic.getNumReductionLoops() && !sumOrderOf(generic))
        return;
      generic.getBody()->walk([](arith::ArithFastMathInterface op) {
        auto flags = op.getFastMathFlagsAttr();
        if (!flags || !arith::bitEnumContainsAny(flags.getValue(), arith::FastMathFlags::contract))
          return;
        auto rest = flags.getValue() & ~arith::FastMathFlags::contract;
        op->setAttr(op.getFastMathAttrName(), arith::FastMathFlagsAttr::get(op->getContext(), rest));
      });
    });
  }
};

} // namespace
} // namespace ingot
