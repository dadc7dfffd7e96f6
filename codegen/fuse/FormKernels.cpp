//===- FormKernels.cpp - Group linalg ops and outline them as kernels ------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A group is what one pass over memory can do: a contraction or window with the elementwise work on its result; or a chain of
// elementwise ops and reductions over the same dimensions (softmax, normalizations, spelled out or not); or the two contractions of
// attention with the softmax between them. A group takes the place of its last op, so every result of an earlier op that others
// need must be needed after that place only.
//
// A contraction whose result is cut into equal parts along the columns, the gates of a recurrent cell, takes along what is computed
// from the parts as well: its kernel has the same columns of all gates in registers at once.
//
//===----------------------------------------------------------------------===//

#include "codegen/Passes.h"
#include "codegen/fuse/Attention.h"
#include "codegen/fuse/Group.h"
#include "codegen/fuse/Pins.h"
#include "codegen/fuse/Sizes.h"
#include "codegen/fuse/SumOrder.h"
#include "ir/LinalgExt/LinalgExt.h"

#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Linalg/Transforms/Transforms.h"
#include "mlir/IR/Remarks.h"

namespace ingot {
#define GEN_PASS_DEF_FORMKERNELS
#include "codegen/Passes.h.inc"
} // namespace ingot

using namespace mlir;

namespace ingot {
namespace {

enum class GroupKind { Row, Contraction, Attention, Window, Copy };

struct Group {
  GroupKind kind;
  SmallVector<Operation *> ops;  // in block order
  unsigned rank = 0;             // loops of the full domain (Row), rank of the anchor's result (others)
  llvm::BitVector reduced;       // dimensions of the full domain that reductions of the group sum away
  bool hasReduction = false;
  Operation *anchor = nullptr;   // the contraction, the last one of attention, window or copy
  llvm::SmallPtrSet<Operation *, 8> whole; // ops that read their operands from memory even where all elements are equal
  bool closed = false;           // nothing more may join
  DenseI64ArrayAttr order;       // Row: of the sums in it, null where none is settled
  DenseMap<Operation *, bool> isReducedLevel; // Row: the op's result lacks the reduced dimensions
  DenseSet<Operation *> ofGates;  // Contraction: ops on the columns of one gate, the slices among them
  int64_t gateColumns = 0;        // Contraction: of one gate, 0 without gates
};

// Far above what networks need; keeps the code of one kernel within what compiles fast.
constexpr unsigned maxGroupOps = 96;

llvm::BitVector reductionDims(linalg::GenericOp op) {
  llvm::BitVector dims(op.getNumLoops());
  for (auto [i, kind] : llvm::enumerate(op.getIteratorTypesArray()))
    if (kind == utils::IteratorType::reduction)
      dims.set(i);
  return dims;
}

bool isParallel(linalg::GenericOp op) { return op.getNumReductionLoops() == 0; }

// The value a reduction starts from must be a fill: the emitter starts from its neutral element.
bool startsFromFill(linalg::GenericOp op) {
  return llvm::all_of(op.getDpsInits(), [](Value v) { return v.getDefiningOp<linalg::FillOp>(); });
}

// The map that reads `rank` dimensions without those in `dropped`, in order.
bool isDropMap(AffineMap map, const llvm::BitVector &dropped) {
  unsigned next = 0;
  for (unsigned d = 0; d < map.getNumDims(); ++d) {
    if (dropped.test(d))
      continue;
    if (next >= map.getNumResults() || map.getResult(next) != getAffineDimExpr(d, map.getContext()))
      return false;
    ++next;
  }
  return next == map.getNumResults();
}

// A slice that is one of several equal parts of `source` along the last dimension, and all of the others.
tensor::ExtractSliceOp getGateSlice(Operation *op) {
  auto slice = dyn_cast_or_null<tensor::ExtractSliceOp>(op);
  if (!slice || slice.getType().getRank() == 0 || !slice.hasUnitStride() ||
      slice.getType().getRank() != slice.getSourceType().getRank())
    return {};
  int64_t last = slice.getType().getRank() - 1;
  int64_t columns = slice.getType().getDimSize(last), all = slice.getSourceType().getDimSize(last);
  auto first = getConstantIntValue(slice.getMixedOffsets()[last]);
  if (ShapedType::isDynamic(columns) || ShapedType::isDynamic(all) || columns <= 0 || columns == all || all % columns || !first ||
      *first % columns)
    return {};
  for (int64_t d = 0; d < last; ++d)
    if (!isConstantIntValue(slice.getMixedOffsets()[d], 0) ||
        !(sizeSource(slice.getMixedSizes()[d]) == sizeSource(slice.getSource(), d)))
      return {};
  return slice;
}

// More gates than any cell has are rather parts that go different ways.
constexpr int64_t maxGates = 4;

class KernelFormer {
public:
  KernelFormer(func::FuncOp main, SymbolTable &symbols, llvm::StringMap<std::string> &known)
      : main(main), symbols(symbols), known(known) {}

  void run() {
    main.walk([&](Block *block) {
      if (block->getParentOp()->getParentOfType<linalg::LinalgOp>() || isa<linalg::LinalgOp, tensor::PadOp>(block->getParentOp()))
        return;
      formBlock(block);
    });
  }

private:
  void formBlock(Block *block);
  void formAttention(Block *block);
  void place(Operation *op);
  bool tryJoin(linalg::GenericOp op, Group &group);
  bool refuse(StringRef reason) {
    refusal = reason;
    return false;
  }
  bool hasDomainOf(linalg::GenericOp op, Group &group);
  bool tryMerge(Group &into, Group &other, linalg::GenericOp op);
  bool keepOrder(Group &group, ArrayRef<Operation *> more, DenseI64ArrayAttr theirs);
  bool usedOnlyLater(Group &group, Operation *position, Group *other = nullptr);
  Operation *producerOf(Value v, Group **group = nullptr);
  bool mayHaveGates(Group &group, tensor::ExtractSliceOp slice);
  bool tryJoinGates(linalg::GenericOp op, Group &group);
  void outline(Group &group);

  func::FuncOp main;
  SymbolTable &symbols;
  llvm::StringMap<std::string> &known; // body text -> kernel name
  SmallVector<std::unique_ptr<Group>> groups;
  DenseMap<Operation *, Group *> groupOf;
  StringRef refusal; // why the last tryJoin failed
};

bool KernelFormer::usedOnlyLater(Group &group, Operation *position, Group *other) {
  std::function<bool(Operation *)> isLater = [&](Operation *user) {
    Operation *inBlock = position->getBlock()->findAncestorOpInBlock(*user);
    if (!inBlock)
      return false;
    auto it = groupOf.find(inBlock);
    if (inBlock == position || (it != groupOf.end() && (it->second == &group || (other && it->second == other))))
      return true;
    // The slice of a gate can wait until it is needed.
    if (group.kind == GroupKind::Contraction && getGateSlice(inBlock))
      return llvm::all_of(inBlock->getUsers(), isLater);
    return !inBlock->isBeforeInBlock(position);
  };
  for (Operation *op : group.ops)
    if (!llvm::all_of(op->getUsers(), isLater))
      return false;
  return true;
}

// The op that makes `v`, or what a gate is cut from when that is a contraction's; `group` receives its group.
Operation *KernelFormer::producerOf(Value v, Group **group) {
  Operation *def = v.getDefiningOp();
  Group *found = def ? groupOf.lookup(def) : nullptr;
  if (auto slice = def && !found ? getGateSlice(def) : tensor::ExtractSliceOp())
    if (Operation *source = slice.getSource().getDefiningOp())
      if (Group *cut = groupOf.lookup(source); cut && mayHaveGates(*cut, slice)) {
        found = cut;
        def = source;
      }
  if (group)
    *group = found;
  return def;
}

// Whether the elementwise work on the gates of `slice.getSource()` may run inside contraction `group`: its columns are one loop, its
// weights will be packed, and all gates are for elementwise work alone, so that their sums need not be stored.
bool KernelFormer::mayHaveGates(Group &group, tensor::ExtractSliceOp slice) {
  auto anchor = dyn_cast_or_null<linalg::GenericOp>(group.anchor);
  if (group.kind != GroupKind::Contraction || !anchor || group.closed)
    return false;
  int64_t columns = slice.getType().getShape().back();
  if (group.gateColumns ? columns != group.gateColumns : slice.getSourceType().getShape().back() / columns > maxGates)
    return false;
  auto dims = getContractionDims(anchor);
  if (dims->n.size() != 1 || llvm::any_of(anchor.getIndexingMapsArray(), [](AffineMap map) { return !map.isProjectedPermutation(); }))
    return false;
  Value weights = anchor.getDpsInputs()[dims->swapped ? 0 : 1];
  while (auto view = weights.getDefiningOp())
    if (isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp>(view))
      weights = view->getOperand(0);
    else
      break;
  if (!matchPattern(weights, m_Constant()))
    return false;
  return llvm::all_of(slice.getSource().getUsers(), [&](Operation *user) {
    auto other = getGateSlice(user);
    return other && other.getType().getShape().back() == columns && llvm::all_of(other->getUsers(), [](Operation *reader) {
             auto generic = dyn_cast<linalg::GenericOp>(reader);
             return generic && isParallel(generic);
           });
  });
}

// Whether `op` can run on the columns of one gate inside contraction `group`.
bool KernelFormer::tryJoinGates(linalg::GenericOp op, Group &group) {
  if (!isParallel(op) || op.getNumLoops() != group.rank || op.hasIndexSemantics() || op.getNumDpsInits() != 1 ||
      !op.getIndexingMapsArray().back().isIdentity())
    return refuse("it does more with the gates than elementwise work");
  for (OpOperand *operand : op.getDpsInputOperands()) {
    Group *from = nullptr;
    Operation *def = producerOf(operand->get(), &from);
    if (from != &group)
      continue;
    if (!group.ofGates.contains(def) && def == operand->get().getDefiningOp())
      return refuse("it reads the columns of all gates");
    if (!op.getMatchingIndexingMap(operand).isIdentity())
      return refuse("it reads the gates in another order");
  }
  return true;
}

// Whether the loops of `op`, which reads of `group` only what is reduced, are known to have the sizes of the group's.
bool KernelFormer::hasDomainOf(linalg::GenericOp op, Group &group) {
  SmallVector<int64_t> sizes = op.getStaticLoopRanges();
  SmallVector<int64_t> domain;
  for (Operation *member : group.ops)
    if (auto generic = dyn_cast<linalg::GenericOp>(member); generic && generic.getNumLoops() == group.rank) {
      domain = generic.getStaticLoopRanges();
      break;
    }
  bool same = domain == sizes && llvm::none_of(sizes, ShapedType::isDynamic);
  if (!same) {
    // Dynamic: an external input read whole by both proves it.
    for (OpOperand *mine : op.getDpsInputOperands())
      for (Operation *member : group.ops)
        if (auto generic = dyn_cast<linalg::GenericOp>(member); generic && generic.getNumLoops() == group.rank)
          for (OpOperand *theirs : generic.getDpsInputOperands())
            same |= mine->get() == theirs->get() && op.getMatchingIndexingMap(mine).isIdentity() &&
                    generic.getMatchingIndexingMap(theirs).isIdentity();
  }
  return same;
}

// Whether generic `op` can run inside `group`, reading values of the group from registers, from its row or from a reduction.
bool KernelFormer::tryJoin(linalg::GenericOp op, Group &group) {
  if (group.kind == GroupKind::Copy)
    return refuse("its input is made by a copy");
  if (nodeKeptApart(op) != nodeKeptApart(group.ops.front()))
    return refuse("the configuration keeps the nodes apart");
  if (group.closed)
    return refuse("the kernel before it stores its result in another order or with padding");
  if (group.ops.size() >= maxGroupOps)
    return refuse("the kernel before it is large enough");
  // A body that reads a tensor at computed places cannot read one that its own kernel makes.
  bool readsOwn = false;
  op.getBody()->walk([&](tensor::ExtractOp extract) {
    auto *def = extract.getTensor().getDefiningOp();
    if (def && groupOf.lookup(def) == &group)
      readsOwn = true;
  });
  if (readsOwn)
    return refuse("it reads elements at computed places");
  if (!usedOnlyLater(group, op))
    return refuse("a value of the kernel before it is needed in between");
  unsigned loops = op.getNumLoops();
  SmallVector<std::pair<Operation *, AffineMap>> reads;
  for (OpOperand *operand : op.getDpsInputOperands()) {
    Group *from = nullptr;
    Operation *def = producerOf(operand->get(), &from);
    if (from != &group)
      continue;
    if (def != operand->get().getDefiningOp() || group.ofGates.contains(def))
      return tryJoinGates(op, group);
    reads.push_back({def, op.getMatchingIndexingMap(operand)});
  }
  if (reads.empty())
    return refuse("it reads nothing of that kernel");
  if (group.kind != GroupKind::Row) {
    // An epilogue: elementwise on the anchor's result.
    if (!isParallel(op))
      return refuse("a reduction of a contraction's result takes a pass of its own");
    if (loops != group.rank)
      return refuse("it repeats the result along new dimensions");
    AffineMap first = reads.front().second;
    if (!first.isPermutation() || llvm::any_of(reads, [&](auto &r) { return r.second != first; }))
      return refuse("it reads the result in more than one order");
    if (!first.isIdentity()) {
      // A permuted result is stored through the permutation, provided that the innermost dimension stays.
      if (first.getResult(loops - 1) != getAffineDimExpr(loops - 1, op.getContext()))
        return refuse("it moves the innermost dimension");
      if (op.hasIndexSemantics() || op.getNumDpsInits() != 1)
        return refuse("it computes with indices");
    }
    if (op.hasIndexSemantics())
      return refuse("it computes with indices");
    return true;
  }
  if (!keepOrder(group, op.getOperation(), sumOrderOf(op)))
    return refuse("sums would be made in another order");
  llvm::BitVector reducing = reductionDims(op);
  if (reducing.any() && (!startsFromFill(op) || op.getNumDpsInits() != 1))
    return refuse("the reduction has several results or continues a given value");
  unsigned kept = group.rank - group.reduced.count();
  bool anyFull = false, anyReduced = false;
  for (auto &[def, map] : reads)
    (group.isReducedLevel.lookup(def) ? anyReduced : anyFull) = true;
  bool full;
  if (anyFull) {
    full = true;
  } else if (loops == kept && loops != group.rank) {
    full = false;
  } else if (loops == group.rank) {
    // Broadcast back over the reduced dimensions.
    full = true;
    if (!hasDomainOf(op, group))
      return refuse("its sizes are not known to be those of the kernel before it");
  } else {
    return refuse("its domain is another");
  }
  if (full) {
    if (loops != group.rank)
      return refuse("its domain is another");
    if (reducing.any() && group.hasReduction && reducing != group.reduced)
      return refuse("it reduces other dimensions");
    const llvm::BitVector &dropped = group.reduced;
    for (auto &[def, map] : reads)
      if (group.isReducedLevel.lookup(def) ? !isDropMap(map, dropped) : !map.isIdentity())
        return refuse("it reads the values in another order");
  } else {
    if (reducing.any())
      return refuse("it reduces what is already reduced");
    for (auto &[def, map] : reads)
      if (!map.isIdentity())
        return refuse("it reads the values in another order");
  }
  return true;
}

// Whether sums stay as they are when `group` gets the ops `more`, whose sums have the order `theirs`.
bool KernelFormer::keepOrder(Group &group, ArrayRef<Operation *> more, DenseI64ArrayAttr theirs) {
  if (group.order == theirs)
    return !theirs || !theirs.empty();
  if (group.order && theirs)
    return false;
  return llvm::all_of(group.order ? more : ArrayRef<Operation *>(group.ops), [&](Operation *op) {
    auto generic = dyn_cast<linalg::GenericOp>(op);
    return generic && keepsSumOrder(generic, group.order ? group.order : theirs);
  });
}

// Whether elementwise group `other`, also read by `op`, which just joined `into`, can join as well.
bool KernelFormer::tryMerge(Group &into, Group &other, linalg::GenericOp op) {
  if (&into == &other || other.kind != GroupKind::Row || other.closed || into.closed ||
      into.ops.size() + other.ops.size() > maxGroupOps)
    return false;
  if (other.rank != into.rank || op.getNumLoops() != into.rank || nodeKeptApart(other.ops.front()) != nodeKeptApart(op))
    return false;
  if (other.hasReduction && (into.kind != GroupKind::Row || (into.hasReduction && into.reduced != other.reduced)))
    return false;
  if (other.hasReduction && !into.hasReduction)
    return false; // levels of `into` were decided without reductions
  if (into.kind == GroupKind::Row && !keepOrder(into, other.ops, other.order))
    return false;
  // What a product reads must be in memory before it begins.
  for (Operation *whole : into.whole)
    if (llvm::any_of(whole->getOperands(), [&](Value operand) {
          Operation *def = operand.getDefiningOp();
          return def && groupOf.lookup(def) == &other;
        }))
      return false;
  bool readsFull = false;
  for (OpOperand *operand : op.getDpsInputOperands()) {
    Operation *def = operand->get().getDefiningOp();
    if (!def || groupOf.lookup(def) != &other)
      continue;
    AffineMap map = op.getMatchingIndexingMap(operand);
    bool isReduced = other.isReducedLevel.lookup(def);
    if (isReduced ? !isDropMap(map, other.reduced) : !map.isIdentity())
      return false;
    readsFull |= !isReduced;
  }
  if (!readsFull && !hasDomainOf(op, other))
    return false;
  return usedOnlyLater(other, op, &into);
}

void KernelFormer::place(Operation *op) {
  auto start = [&](GroupKind kind, unsigned rank) -> Group * {
    groups.push_back(std::make_unique<Group>());
    Group *group = groups.back().get();
    group->kind = kind;
    group->rank = rank;
    group->reduced.resize(rank);
    group->ops.push_back(op);
    if (kind != GroupKind::Row) {
      group->anchor = op;
      group->whole.insert(op);
    }
    groupOf[op] = group;
    return group;
  };
  if (auto pad = dyn_cast<tensor::PadOp>(op)) {
    // The producer stores into the interior of the padded buffer.
    Operation *producer = pad.getSource().getDefiningOp();
    Group *group = producer ? groupOf.lookup(producer) : nullptr;
    bool constant = pad.getConstantPaddingValue() && llvm::all_of(pad.getMixedLowPad(), [](OpFoldResult v) {
      auto n = getConstantIntValue(v);
      return !n || *n >= 0;
    });
    if (group && constant && !group->closed && group->kind != GroupKind::Copy && isa<linalg::GenericOp>(producer) &&
        !group->isReducedLevel.lookup(producer) && usedOnlyLater(*group, op) && nodeKeptApart(op) == nodeKeptApart(producer) &&
        !(group->order && breaksSumOrder(op, group->order))) {
      group->ops.push_back(op);
      groupOf[op] = group;
      group->closed = true;
      return;
    }
  }
  if (isa<tensor::PadOp, tensor::ConcatOp>(op)) {
    start(GroupKind::Copy, cast<RankedTensorType>(op->getResult(0).getType()).getRank());
    return;
  }
  auto generic = dyn_cast<linalg::GenericOp>(op);
  if (!generic)
    return;
  if (groupOf.lookup(op))
    return;
  if (getContractionDims(generic) && startsFromFill(generic)) {
    start(GroupKind::Contraction, cast<RankedTensorType>(generic.getResult(0).getType()).getRank());
    return;
  }
  if (isWindowOp(generic) && startsFromFill(generic)) {
    start(GroupKind::Window, cast<RankedTensorType>(generic.getResult(0).getType()).getRank());
    return;
  }
  // Candidates: groups of the producers, matrix products first (their result is the largest saving), then the latest.
  SmallVector<Group *> candidates;
  for (Value input : generic.getDpsInputs()) {
    Group *group = nullptr;
    producerOf(input, &group);
    if (group && !llvm::is_contained(candidates, group))
      candidates.push_back(group);
  }
  llvm::sort(candidates, [](Group *a, Group *b) {
    auto key = [](Group *g) {
      return g->kind == GroupKind::Contraction || g->kind == GroupKind::Attention ? 0 : g->kind == GroupKind::Window ? 1 : 2;
    };
    if (key(a) != key(b))
      return key(a) < key(b);
    return b->ops.back()->isBeforeInBlock(a->ops.back());
  });
  Group *joined = nullptr;
  for (Group *group : candidates) {
    if (!joined) {
      if (!tryJoin(generic, *group))
        continue;
      joined = group;
      if (group->kind == GroupKind::Row) {
        if (DenseI64ArrayAttr order = sumOrderOf(op))
          group->order = order;
        llvm::BitVector reducing = reductionDims(generic);
        bool full = generic.getNumLoops() == group->rank;
        if (reducing.any()) {
          group->hasReduction = true;
          group->reduced = reducing;
        }
        group->isReducedLevel[op] = reducing.any() || !full;
      } else {
        for (Value input : generic.getDpsInputs()) {
          Group *from = nullptr;
          Operation *def = producerOf(input, &from), *slice = input.getDefiningOp();
          if (from != group || (def == slice && !group->ofGates.contains(def)))
            continue;
          group->ofGates.insert(op);
          if (def == slice)
            continue;
          group->gateColumns = cast<RankedTensorType>(input.getType()).getShape().back();
          group->ofGates.insert(slice);
          group->ops.push_back(slice);
          groupOf[slice] = group;
        }
        for (OpOperand *operand : generic.getDpsInputOperands())
          if (Operation *def = operand->get().getDefiningOp(); def && groupOf.lookup(def) == group)
            if (!generic.getMatchingIndexingMap(operand).isIdentity())
              group->closed = true;
      }
      group->ops.push_back(op);
      groupOf[op] = group;
    } else if (tryMerge(*joined, *group, generic)) {
      if (group->order)
        joined->order = group->order;
      for (Operation *member : group->ops) {
        groupOf[member] = joined;
        joined->ops.push_back(member);
        joined->isReducedLevel[member] = group->isReducedLevel.lookup(member);
        if (joined->ofGates.contains(op))
          joined->ofGates.insert(member);
      }
      group->ops.clear();
      llvm::sort(joined->ops, [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); });
    }
  }
  if (joined)
    return;
  if (!candidates.empty())
    remark::missed(op->getLoc(), remark::RemarkOpts::name("FormKernels").category("fuse")) << "not fused with what makes its input: "
                                                                                           << refusal.str();
  Group *group = start(GroupKind::Row, generic.getNumLoops());
  group->order = sumOrderOf(op);
  llvm::BitVector reducing = reductionDims(generic);
  if (reducing.any()) {
    group->hasReduction = true;
    group->reduced = reducing;
    group->isReducedLevel[op] = true;
  }
  // Results that are not in row-major order of the loops, several of them, or accumulation into a given value: alone.
  bool plain = generic.getNumDpsInits() == 1 &&
               (reducing.any() ? startsFromFill(generic) && isDropMap(generic.getIndexingMapsArray().back(), reducing)
                               : generic.getIndexingMapsArray().back().isIdentity());
  group->closed = !plain;
}

// Views that a kernel can read through: they only change offsets and strides.
bool isView(Operation *op) {
  if (isa<tensor::ExpandShapeOp, tensor::CollapseShapeOp>(op))
    return true;
  if (auto slice = dyn_cast<tensor::ExtractSliceOp>(op))
    return slice.hasUnitStride();
  return false;
}

// The chain of views from `value` up to what is stored, innermost last; stops where a collapse would need strides that do not exist.
SmallVector<Operation *> viewChain(Value value) {
  SmallVector<Operation *> chain; // from value upwards
  while (Operation *op = value.getDefiningOp()) {
    if (!isView(op))
      break;
    chain.push_back(op);
    value = op->getOperand(0);
  }
  // Replay from the source: `joined[i]` tells that dimensions i and i+1 lie one after another in memory.
  for (size_t start = chain.size(); start > 0;) {
    SmallVector<bool> joined;
    bool valid = true;
    auto source = cast<RankedTensorType>(chain[start - 1]->getOperand(0).getType());
    joined.assign(std::max<int64_t>(source.getRank() - 1, 0), true);
    for (size_t i = start; i-- > 0 && valid;) {
      SmallVector<bool> next;
      if (auto slice = dyn_cast<tensor::ExtractSliceOp>(chain[i])) {
        auto from = slice.getSourceType();
        llvm::SmallBitVector dropped = slice.getDroppedDims();
        auto sizes = slice.getMixedSizes();
        int64_t last = -1;
        bool run = true;
        for (int64_t d = 0; d < from.getRank(); ++d) {
          if (d > 0)
            run = run && joined[d - 1] && getConstantIntValue(sizes[d]) == std::optional<int64_t>(from.getDimSize(d)) &&
                  !from.isDynamicDim(d);
          if (dropped.test(d)) {
            run = false;
            continue;
          }
          if (last >= 0)
            next.push_back(run);
          last = d;
          run = true;
        }
      } else {
        auto groupsOf = isa<tensor::ExpandShapeOp>(chain[i]) ? cast<tensor::ExpandShapeOp>(chain[i]).getReassociationIndices()
                                                             : cast<tensor::CollapseShapeOp>(chain[i]).getReassociationIndices();
        if (isa<tensor::ExpandShapeOp>(chain[i])) {
          int64_t rank = cast<RankedTensorType>(chain[i]->getResult(0).getType()).getRank();
          next.assign(std::max<int64_t>(rank - 1, 0), true);
          for (size_t g = 0; g + 1 < groupsOf.size(); ++g)
            next[groupsOf[g].back()] = joined[g];
        } else {
          auto from = cast<RankedTensorType>(chain[i]->getOperand(0).getType());
          auto isOne = [&](int64_t d) { return from.getDimSize(d) == 1; };
          auto areJoined = [&](int64_t first, int64_t last) {
            return llvm::all_of(llvm::seq(first, last), [&](int64_t d) { return joined[d]; });
          };
          // Dimensions of one element have no say in it, but what lies on both sides of them must lie together.
          int64_t before = -1; // the last dimension of the group before that has more
          for (auto &group : groupsOf) {
            int64_t first = group.back(), last = -1;
            for (int64_t d : group) {
              if (isOne(d))
                continue;
              if (last < 0)
                first = d;
              else
                valid &= areJoined(last, d);
              last = d;
            }
            if (before >= 0)
              next.push_back(areJoined(before, first));
            before = last < 0 ? group.front() : last;
          }
        }
      }
      joined = next;
    }
    if (valid) {
      chain.resize(start);
      return chain;
    }
    --start;
    chain.resize(start);
  }
  return {};
}

bool isInlineConstant(Value v) {
  if (v.getDefiningOp<linalg::FillOp>())
    return true;
  DenseElementsAttr attr;
  return matchPattern(v, m_Constant(&attr)) && attr.isSplat();
}

// The sizes of a tensor from the `tensor.empty` behind it, without computing the tensor.
void sizesOf(OpBuilder &b, Value v, SmallVectorImpl<OpFoldResult> &sizes) {
  auto type = cast<RankedTensorType>(v.getType());
  if (type.hasStaticShape()) {
    for (int64_t s : type.getShape())
      sizes.push_back(b.getIndexAttr(s));
    return;
  }
  Operation *op = v.getDefiningOp();
  if (auto empty = dyn_cast_or_null<tensor::EmptyOp>(op)) {
    llvm::append_range(sizes, empty.getMixedSizes());
    return;
  }
  // Upstream would say these in affine maps, which the plan of memory does not read.
  auto sum = [&](OpFoldResult x, OpFoldResult y) -> OpFoldResult {
    auto i = getConstantIntValue(x), j = getConstantIntValue(y);
    if (i && j)
      return b.getIndexAttr(*i + *j);
    if (i == std::optional<int64_t>(0) || j == std::optional<int64_t>(0))
      return i == std::optional<int64_t>(0) ? y : x;
    return b.createOrFold<arith::AddIOp>(v.getLoc(), getValueOrCreateConstantIndexOp(b, v.getLoc(), x),
                                         getValueOrCreateConstantIndexOp(b, v.getLoc(), y));
  };
  if (auto pad = dyn_cast_or_null<tensor::PadOp>(op)) {
    SmallVector<OpFoldResult> source;
    sizesOf(b, pad.getSource(), source);
    for (auto [size, low, high] : llvm::zip(source, pad.getMixedLowPad(), pad.getMixedHighPad()))
      sizes.push_back(sum(sum(size, low), high));
    return;
  }
  if (auto concat = dyn_cast_or_null<tensor::ConcatOp>(op)) {
    sizesOf(b, concat.getInputs().front(), sizes);
    for (Value input : concat.getInputs().drop_front()) {
      SmallVector<OpFoldResult> more;
      sizesOf(b, input, more);
      sizes[concat.getDim()] = sum(sizes[concat.getDim()], more[concat.getDim()]);
    }
    return;
  }
  if (auto dps = dyn_cast_or_null<DestinationStyleOpInterface>(op))
    return sizesOf(b, dps.getTiedOpOperand(cast<OpResult>(v))->get(), sizes);
  if (auto reify = dyn_cast_or_null<ReifyRankedShapedTypeOpInterface>(op)) {
    ReifiedRankedShapedTypeDims dims;
    if (succeeded(reify.reifyResultShapes(b, dims))) {
      llvm::append_range(sizes, dims[cast<OpResult>(v).getResultNumber()]);
      return;
    }
  }
  for (int64_t d = 0; d < type.getRank(); ++d)
    sizes.push_back(type.isDynamicDim(d) ? OpFoldResult(b.createOrFold<tensor::DimOp>(v.getLoc(), v, d))
                                         : OpFoldResult(b.getIndexAttr(type.getDimSize(d))));
}

void KernelFormer::outline(Group &group) {
  MLIRContext *context = main.getContext();
  SetVector<Operation *> body; // everything cloned, in order
  llvm::SetVector<Value> inputs, scalars;
  DenseSet<Operation *> members(group.ops.begin(), group.ops.end());

  // The operands of a contraction, window or copy are read from memory even if all elements are equal.
  bool atAnchor = false;
  std::function<void(Value)> need = [&](Value v) {
    Operation *def = v.getDefiningOp();
    if (inputs.contains(v) || (def && (body.contains(def) || members.contains(def))))
      return;
    if (!isa<RankedTensorType>(v.getType())) {
      if (def && isa<arith::ConstantOp>(def))
        body.insert(def);
      else
        scalars.insert(v);
      return;
    }
    if (def && isInlineConstant(v) && !(atAnchor && !isa<linalg::FillOp>(def))) {
      if (auto fill = dyn_cast<linalg::FillOp>(def)) {
        need(fill.getInputs()[0]);
        need(fill.getOutputs()[0]);
      }
      body.insert(def);
      return;
    }
    if (auto empty = dyn_cast_or_null<tensor::EmptyOp>(def)) {
      for (Value size : empty.getDynamicSizes())
        need(size);
      body.insert(def);
      return;
    }
    SmallVector<Operation *> chain = viewChain(v);
    Value source = chain.empty() ? Value() : chain.back()->getOperand(0);
    // Where views could not be followed further, what they read has to lie in memory as if nothing were before it.
    bool cut = source && source.getDefiningOp() && isView(source.getDefiningOp());
    if (source && !(cut && body.contains(source.getDefiningOp()))) {
      for (Operation *view : llvm::reverse(chain)) {
        if (view == chain.back() && cut)
          inputs.insert(source);
        else if (view == chain.back())
          need(source);
        for (Value operand : llvm::drop_begin(view->getOperands()))
          need(operand);
        body.insert(view);
      }
      return;
    }
    inputs.insert(v);
  };
  // A gate that others read as well is cut from the stored result for them.
  for (Operation *op : group.ops) {
    if (!isa<tensor::ExtractSliceOp>(op) || llvm::all_of(op->getUsers(), [&](Operation *user) { return members.contains(user); }))
      continue;
    Operation *outside = OpBuilder(main.getContext()).clone(*op);
    group.ops.back()->getBlock()->getOperations().insertAfter(Block::iterator(group.ops.back()), outside);
    op->getResult(0).replaceUsesWithIf(outside->getResult(0), [&](OpOperand &use) { return !members.contains(use.getOwner()); });
  }
  SmallVector<Value> results;
  for (Operation *op : group.ops) {
    for (OpOperand &operand : op->getOpOperands()) {
      auto generic = dyn_cast<linalg::GenericOp>(op);
      atAnchor = group.whole.contains(op) && (!generic || generic.isDpsInput(&operand));
      need(operand.get());
    }
    atAnchor = false;
    op->walk([&](Operation *inner) {
      if (inner == op)
        return;
      for (Value operand : inner->getOperands())
        if (!op->isProperAncestor(operand.getParentBlock()->getParentOp()) && operand.getParentBlock()->getParentOp() != op)
          need(operand);
    });
    body.insert(op);
  }
  for (Operation *op : group.ops)
    for (Value result : op->getResults())
      if (llvm::any_of(result.getUsers(), [&](Operation *user) {
            for (Operation *member : group.ops)
              if (member->isAncestor(user))
                return false;
            return true;
          }))
        results.push_back(result);
  Operation *last = group.ops.back();
  OpBuilder b(last);
  SmallVector<Value> outputs;
  for (Value result : results) {
    SmallVector<OpFoldResult> sizes;
    sizesOf(b, result, sizes);
    outputs.push_back(tensor::EmptyOp::create(b, result.getLoc(), sizes, cast<RankedTensorType>(result.getType()).getElementType()));
    auto type = cast<RankedTensorType>(result.getType());
    if (outputs.back().getType() != type)
      outputs.back() = tensor::CastOp::create(b, result.getLoc(), type, outputs.back());
  }
  // The function.
  SmallVector<Value> arguments(inputs.begin(), inputs.end());
  llvm::append_range(arguments, scalars);
  llvm::append_range(arguments, outputs);
  SmallVector<Location> locs;
  for (Operation *op : group.ops)
    locs.push_back(op->getLoc());
  Location loc = FusedLoc::get(context, locs);
  auto type = FunctionType::get(context, ValueRange(arguments).getTypes(), ValueRange(results).getTypes());
  auto kernel = func::FuncOp::create(UnknownLoc::get(context), "kernel", type);
  kernel.setPrivate();
  kernel->setAttr("ingot.kernel", UnitAttr::get(context));
  Block *entry = kernel.addEntryBlock();
  IRMapping mapping;
  for (auto [from, to] : llvm::zip(arguments, entry->getArguments()))
    mapping.map(from, to);
  OpBuilder kb = OpBuilder::atBlockBegin(entry);
  for (Operation *op : body)
    kb.clone(*op, mapping)->removeAttr(recomputedAttrName);
  SmallVector<Value> returned;
  for (Value result : results)
    returned.push_back(mapping.lookup(result));
  func::ReturnOp::create(kb, loc, returned);
  const char *stem = group.kind == GroupKind::Contraction ? "contract"
                     : group.kind == GroupKind::Attention ? "attention"
                     : group.kind == GroupKind::Window    ? "window"
                     : group.kind == GroupKind::Copy      ? "copy"
                     : group.hasReduction                 ? "rows"
                                                          : "map";
  kernel->setAttr("ingot.form", StringAttr::get(context, stem));
  if (DictionaryAttr pins = pinsOf(main->getParentOfType<ModuleOp>(), loc))
    kernel->setAttr(pinAttrName, pins);
  // Equal bodies are one kernel. The text without locations is the key.
  std::string text;
  llvm::raw_string_ostream stream(text);
  kernel->print(stream, OpPrintingFlags().elideLargeElementsAttrs(0).printGenericOpForm());
  auto [it, fresh] = known.try_emplace(text, "");
  if (fresh) {
    kernel.setSymName(std::string("kernel_") + stem);
    kernel->setLoc(loc);
    it->second = symbols.insert(kernel).str();
  } else {
    kernel->erase();
  }
  auto dispatch = linalg_ext::DispatchOp::create(b, loc, ValueRange(results).getTypes(), FlatSymbolRefAttr::get(context, it->second),
                                                 inputs.getArrayRef(), scalars.getArrayRef(), outputs, UnitAttr());
  if (llvm::any_of(group.ops, [](Operation *op) { return op->hasAttr(recomputedAttrName); }))
    dispatch->setAttr(recomputedAttrName, UnitAttr::get(context));
  for (auto [result, replacement] : llvm::zip(results, dispatch.getResults()))
    result.replaceUsesWithIf(replacement, [&](OpOperand &use) {
      for (Operation *member : group.ops)
        if (member->isAncestor(use.getOwner()))
          return false;
      return true;
    });
  for (Value result : dispatch.getResults())
    for (Operation *user : llvm::make_early_inc_range(result.getUsers()))
      if (user->getBlock() == dispatch->getBlock() && user->isBeforeInBlock(dispatch))
        user->moveAfter(dispatch);
}

// Attention is found before anything else is grouped: it takes ops from both ends of what would be other groups.
void KernelFormer::formAttention(Block *block) {
  for (Operation &op : *block) {
    auto generic = dyn_cast<linalg::GenericOp>(op);
    auto attention = generic ? matchAttention(generic) : std::nullopt;
    if (!attention)
      continue;
    groups.push_back(std::make_unique<Group>());
    Group *group = groups.back().get();
    group->kind = GroupKind::Attention;
    group->rank = cast<RankedTensorType>(generic.getResult(0).getType()).getRank();
    group->reduced.resize(group->rank);
    group->anchor = generic;
    group->ops = attention->ops();
    llvm::sort(group->ops, [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); });
    for (Operation *member : group->ops)
      groupOf[member] = group;
    group->whole.insert(attention->scores);
    group->whole.insert(attention->output);
    for (const AttentionOperand *operand : {&attention->queries, &attention->keys, &attention->values})
      group->whole.insert(operand->through.begin(), operand->through.end());
  }
}

void KernelFormer::formBlock(Block *block) {
  groups.clear();
  groupOf.clear();
  formAttention(block);
  for (Operation &op : *block)
    place(&op);
  SmallVector<Operation *> dead;
  for (auto &group : groups) {
    if (group->ops.empty())
      continue;
    outline(*group);
    llvm::append_range(dead, group->ops);
  }
  llvm::sort(dead, [](Operation *a, Operation *b) { return b->isBeforeInBlock(a); });
  for (Operation *op : dead)
    if (op->use_empty())
      op->erase();
}

// A state that grows lies in its slot already: only the new rows are stored, behind it. As insertions into the result, which takes
// the slot's place in memory; `plan-memory` drops the first of them.
void appendToStates(func::FuncOp function) {
  auto skipCasts = [](Value value) {
    while (auto cast = value.getDefiningOp<tensor::CastOp>())
      value = cast.getSource();
    return value;
  };
  for (OpOperand &operand : function.front().getTerminator()->getOpOperands()) {
    auto concat = skipCasts(operand.get()).getDefiningOp<tensor::ConcatOp>();
    if (!function.getResultAttr(operand.getOperandNumber(), "ingot.state") || !concat || concat.getDim() != 0)
      continue;
    auto argument = dyn_cast<BlockArgument>(skipCasts(concat.getInputs().front()));
    if (!argument || argument.getOwner() != &function.front() || !function.getArgAttr(argument.getArgNumber(), "ingot.state"))
      continue;
    OpBuilder b(concat);
    Location loc = concat.getLoc();
    SmallVector<OpFoldResult> sizes;
    sizesOf(b, concat.getResult(), sizes);
    auto type = cast<RankedTensorType>(concat.getType());
    Value result = tensor::EmptyOp::create(b, loc, sizes, type.getElementType());
    if (result.getType() != type)
      result = tensor::CastOp::create(b, loc, type, result);
    SmallVector<OpFoldResult> offsets(type.getRank(), b.getIndexAttr(0)), ones(type.getRank(), b.getIndexAttr(1));
    for (Value input : concat.getInputs()) {
      SmallVector<OpFoldResult> rows;
      sizesOf(b, input, rows);
      SmallVector<OpFoldResult> extent(sizes);
      extent[0] = rows[0];
      result = tensor::InsertSliceOp::create(b, loc, input, result, offsets, extent, ones);
      if (input == concat.getInputs().back())
        break;
      offsets[0] = b.createOrFold<arith::AddIOp>(loc, getValueOrCreateConstantIndexOp(b, loc, offsets[0]),
                                                 getValueOrCreateConstantIndexOp(b, loc, rows[0]));
    }
    concat.replaceAllUsesWith(result);
    concat.erase();
  }
}

struct FormKernelsPass : impl::FormKernelsBase<FormKernelsPass> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    IRRewriter rewriter(module.getContext());
    SmallVector<func::FuncOp> functions(module.getOps<func::FuncOp>());
    SymbolTable symbols(module);
    llvm::StringMap<std::string> known;
    for (func::FuncOp function : functions) {
      if (function->hasAttr("ingot.kernel") || function.isExternal())
        continue;
      SmallVector<linalg::LinalgOp> named;
      function.walk([&](linalg::LinalgOp op) {
        if (!isa<linalg::GenericOp, linalg::FillOp>(op.getOperation()))
          named.push_back(op);
      });
      for (linalg::LinalgOp op : named) {
        rewriter.setInsertionPoint(op);
        if (failed(linalg::generalizeNamedOp(rewriter, op))) {
          op->emitOpError("has no loop form; this is an internal error");
          return signalPassFailure();
        }
      }
      // A fill that is read as data, not only as the start of a reduction, becomes an op of its own.
      SmallVector<linalg::FillOp> fills;
      function.walk([&](linalg::FillOp fill) { fills.push_back(fill); });
      for (linalg::FillOp fill : fills) {
        bool asData = false, asStart = false;
        for (OpOperand &use : fill->getUses())
          (isa<linalg::GenericOp>(use.getOwner()) ? asStart : asData) = true;
        if (!asData || fill.getNumResults() == 0)
          continue;
        rewriter.setInsertionPoint(fill);
        // Reductions that start with the same number keep a fill of their own, by which they are known.
        if (asStart) {
          Operation *start = rewriter.clone(*fill);
          rewriter.replaceUsesWithIf(fill.getResult(0), start->getResult(0),
                                     [](OpOperand &use) { return isa<linalg::GenericOp>(use.getOwner()); });
        }
        if (failed(linalg::generalizeNamedOp(rewriter, cast<linalg::LinalgOp>(fill.getOperation())))) {
          fill.emitOpError("has no loop form; this is an internal error");
          return signalPassFailure();
        }
      }
      appendToStates(function);
      KernelFormer(function, symbols, known).run();
    }
  }
};

} // namespace
} // namespace ingot
