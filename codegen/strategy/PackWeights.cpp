//===- PackWeights.cpp - Constant operands of contractions in panels -------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A constant on the vector side of a contraction is stored as the kernel reads it: panels of 32 columns, in each panel the columns of
// one step of the sum side by side. The last panel is padded with zeros, so that no load needs a mask. Where a processor may have
// instructions for it, a few steps of the sum lie together for each column, the last of them padded with zeros as well. Filters of
// convolutions that take fewer multiplications in another form are transformed to it first; this decides the form of their kernels.
//
//===----------------------------------------------------------------------===//

#include "codegen/Passes.h"
#include "codegen/fuse/Group.h"
#include "codegen/fuse/Pins.h"
#include "codegen/strategy/Config.h"
#include "codegen/strategy/Packing.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/DialectResourceBlobManager.h"

#include <cstring>

namespace ingot {
#define GEN_PASS_DEF_PACKWEIGHTS
#include "codegen/Passes.h.inc"
} // namespace ingot

using namespace mlir;

namespace ingot {
namespace {

// Follows `operand` of the kernel's contraction through static views up to an argument; fails on anything else. `strides` receives
// the stride of each of the operand's dimensions and `offset` its start.
std::optional<unsigned> traceArgument(Value operand, SmallVectorImpl<int64_t> &strides, int64_t &offset) {
  auto type = cast<RankedTensorType>(operand.getType());
  if (!type.hasStaticShape())
    return std::nullopt;
  if (auto argument = dyn_cast<BlockArgument>(operand)) {
    strides.resize(type.getRank());
    int64_t stride = 1;
    for (int64_t d = type.getRank(); d-- > 0;) {
      strides[d] = stride;
      stride *= type.getDimSize(d);
    }
    offset = 0;
    return argument.getArgNumber();
  }
  SmallVector<int64_t> from;
  if (auto expand = operand.getDefiningOp<tensor::ExpandShapeOp>()) {
    auto argument = traceArgument(expand.getSrc(), from, offset);
    if (!argument)
      return std::nullopt;
    strides.resize(type.getRank());
    for (auto [g, group] : llvm::enumerate(expand.getReassociationIndices())) {
      int64_t stride = from[g];
      for (int64_t d : llvm::reverse(group)) {
        strides[d] = stride;
        stride *= type.getDimSize(d);
      }
    }
    return argument;
  }
  if (auto collapse = operand.getDefiningOp<tensor::CollapseShapeOp>()) {
    auto argument = traceArgument(collapse.getSrc(), from, offset);
    if (!argument || !isa<BlockArgument>(collapse.getSrc()))
      return std::nullopt;
    for (auto &group : collapse.getReassociationIndices())
      strides.push_back(from[group.back()]);
    return argument;
  }
  return std::nullopt;
}

// Bytes that hold every value of 32-bit `raw`: quantized weights widened for exact sums fit in one or two again.
unsigned neededBytes(ArrayRef<char> raw, bool isFloat) {
  unsigned needed = 1;
  for (size_t i = 0; i + 4 <= raw.size(); i += 4) {
    int32_t v;
    std::memcpy(&v, raw.data() + i, 4);
    if (isFloat) {
      // Whole numbers, and no negative zero: widening gives back the very bits.
      float f;
      std::memcpy(&f, raw.data() + i, 4);
      if (!(f >= -32768 && f <= 32767))
        return 4;
      float whole = static_cast<int32_t>(f);
      if (std::memcmp(&whole, &f, 4) != 0)
        return 4;
      v = static_cast<int32_t>(f);
    }
    if (v != static_cast<int16_t>(v))
      return 4;
    if (v != static_cast<int8_t>(v))
      needed = 2;
  }
  return needed;
}

// How the sum takes an element of input `index`: as it is (null) or through this op.
Operation *conversionOf(linalg::GenericOp anchor, unsigned index) {
  BlockArgument argument = anchor.getBody()->getArgument(index);
  if (!argument.hasOneUse())
    return nullptr;
  Operation *user = *argument.getUsers().begin();
  return user->getNumOperands() == 1 ? user : nullptr;
}

// What instructions for groups of steps demand of the two operands. `stored` holds the weights.
Grouping chooseGrouping(linalg::GenericOp anchor, unsigned scalarSide, unsigned vectorSide, Type stored) {
  Type sum = getElementTypeOrSelf(anchor.getResult(0).getType());
  Type scalar = getElementTypeOrSelf(anchor.getDpsInputs()[scalarSide].getType());
  Operation *row = conversionOf(anchor, scalarSide), *column = conversionOf(anchor, vectorSide);
  if (sum.isF32() && scalar.isBF16() && stored.isBF16() && isa_and_nonnull<arith::ExtFOp>(row) && isa_and_nonnull<arith::ExtFOp>(column))
    return Grouping::Bf16;
  if (!sum.isInteger(32) || !scalar.isInteger(8) || !isa_and_nonnull<arith::ExtUIOp>(row) || (column && !isa<arith::ExtSIOp>(column)))
    return Grouping::None;
  return stored.isInteger(8) ? Grouping::Bytes : stored.isInteger(16) ? Grouping::Words : Grouping::None;
}

// How far an affine expression moves with `dim`; nothing where that is not one number.
std::optional<int64_t> coefficientOf(AffineExpr expr, unsigned dim) {
  if (auto d = dyn_cast<AffineDimExpr>(expr))
    return d.getPosition() == dim ? 1 : 0;
  if (isa<AffineConstantExpr>(expr))
    return 0;
  auto binary = dyn_cast<AffineBinaryOpExpr>(expr);
  if (!binary || (expr.getKind() != AffineExprKind::Add && expr.getKind() != AffineExprKind::Mul))
    return std::nullopt;
  auto left = coefficientOf(binary.getLHS(), dim), right = coefficientOf(binary.getRHS(), dim);
  if (!left || !right)
    return std::nullopt;
  if (expr.getKind() == AffineExprKind::Add)
    return *left + *right;
  auto factor = dyn_cast<AffineConstantExpr>(binary.getRHS());
  return factor ? std::optional<int64_t>(*left * factor.getValue()) : std::nullopt;
}

// Innermost loops of the sum whose elements lie one after another in a row: over the channels of a pixel, and over the pixels of a
// window's line where the window is not dilated. Groups may run through all of them.
unsigned countContiguousLoops(linalg::GenericOp anchor, OpOperand *row, ArrayRef<unsigned> sumLoops, ArrayRef<int64_t> sizes) {
  auto type = cast<RankedTensorType>(row->get().getType());
  ArrayRef<AffineExpr> exprs = anchor.getMatchingIndexingMap(row).getResults();
  if (sumLoops.size() < 2 || type.getRank() < 2 || !isa<BlockArgument>(row->get()))
    return 1;
  unsigned inner = sumLoops.back(), outer = sumLoops[sumLoops.size() - 2];
  int64_t last = type.getRank() - 1;
  for (auto [k, expr] : llvm::enumerate(exprs)) {
    int64_t position = k;
    if (coefficientOf(expr, inner) != std::optional<int64_t>(position == last ? 1 : 0) ||
        coefficientOf(expr, outer) != std::optional<int64_t>(position == last - 1 ? 1 : 0))
      return 1;
  }
  return type.getDimSize(last) == sizes[inner] ? 2 : 1;
}

struct PackWeightsPass : impl::PackWeightsBase<PackWeightsPass> {
  using Base::Base;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto info = TargetInfo::fromName(cpu);
    auto word = parseAccuracy(accuracy);
    if (!info || !word) {
      module.emitError("unknown ") << (info ? "accuracy '" : "processor '") << (info ? accuracy : cpu) << "'";
      return signalPassFailure();
    }
    target = *info;
    precision = *word;
    SymbolTable symbols(module);
    DenseMap<StringAttr, SmallVector<linalg_ext::DispatchOp>> calls;
    module.walk([&](linalg_ext::DispatchOp op) { calls[op.getKernelAttr().getAttr()].push_back(op); });
    for (auto kernel : llvm::make_early_inc_range(module.getOps<func::FuncOp>())) {
      auto form = kernel->getAttrOfType<StringAttr>("ingot.form");
      if (!form || form.getValue() != "contract")
        continue;
      pack(kernel, calls.lookup(kernel.getSymNameAttr()));
    }
    if (!recipes.empty())
      module->setAttr(packingAttrName, DictionaryAttr::get(&getContext(), recipes));
    // The originals that nothing reads any more must not reach the library.
    module.walk([&](arith::ConstantOp op) {
      if (op->use_empty() && isa<RankedTensorType>(op.getType()))
        op.erase();
    });
  }

  void pack(func::FuncOp kernel, ArrayRef<linalg_ext::DispatchOp> users) {
    linalg::GenericOp anchor;
    std::optional<ContractionDims> dims;
    for (auto op : kernel.getOps<linalg::GenericOp>())
      if ((dims = getContractionDims(op))) {
        anchor = op;
        break;
      }
    if (!anchor)
      return;
    OpOperand *operand = anchor.getDpsInputOperand(dims->swapped ? 0 : 1);
    SmallVector<int64_t> tensorStrides;
    int64_t offset = 0;
    auto argument = traceArgument(operand->get(), tensorStrides, offset);
    if (!argument || users.empty())
      return;
    // The argument must have no other reader, and be a constant at every call.
    BlockArgument block = kernel.getArgument(*argument);
    Value v = operand->get();
    while (!isa<BlockArgument>(v)) {
      if (!v.hasOneUse())
        return;
      v = v.getDefiningOp()->getOperand(0);
    }
    if (!block.hasOneUse())
      return;
    unsigned constants = 0;
    for (linalg_ext::DispatchOp call : users) {
      Attribute attr;
      if (matchPattern(call->getOperand(*argument), m_Constant(&attr)) && isa<DenseResourceElementsAttr, DenseElementsAttr>(attr))
        ++constants;
    }
    bool atRunTime = constants == 0;
    if (!atRunTime && constants < users.size())
      return;
    // Loops -> strides in the constant.
    AffineMap map = anchor.getMatchingIndexingMap(operand);
    SmallVector<int64_t> sizes = anchor.getStaticLoopRanges(), loopStride(anchor.getNumLoops(), 0);
    for (auto [k, expr] : llvm::enumerate(map.getResults()))
      if (auto d = dyn_cast<AffineDimExpr>(expr))
        loopStride[d.getPosition()] = tensorStrides[k];
    AffineMap out = anchor.getIndexingMapsArray().back();
    auto ordered = [&](ArrayRef<unsigned> loops) {
      SmallVector<unsigned> result;
      for (AffineExpr expr : out.getResults())
        if (auto d = dyn_cast<AffineDimExpr>(expr); d && llvm::is_contained(loops, d.getPosition()))
          result.push_back(d.getPosition());
      return result;
    };
    SmallVector<unsigned> n = ordered(dims->n), batch = ordered(dims->batch);
    // Several loops of columns are joined to one when all else allows it, but not over panels: short inner ones do better without.
    if (sizes[n.back()] < panelColumns / 2 && llvm::any_of(ArrayRef<unsigned>(n).drop_back(), [&](unsigned loop) { return sizes[loop] != 1; }))
      return;
    for (unsigned loop : llvm::concat<const unsigned>(n, batch, dims->k))
      if (ShapedType::isDynamic(sizes[loop]))
        return;
    SmallVector<int64_t> kOffsets{0}, batchOffsets{0};
    auto spread = [&](SmallVector<int64_t> &offsets, ArrayRef<unsigned> loops) {
      for (unsigned loop : loops) {
        SmallVector<int64_t> next;
        next.reserve(offsets.size() * sizes[loop]);
        for (int64_t base : offsets)
          for (int64_t i = 0; i < sizes[loop]; ++i)
            next.push_back(base + i * loopStride[loop]);
        offsets = std::move(next);
      }
    };
    spread(kOffsets, dims->k);
    spread(batchOffsets, batch);
    // Each value of the outer column loops has panels of its own, after those of batches.
    spread(batchOffsets, ArrayRef<unsigned>(n).drop_back());
    int64_t columns = sizes[n.back()], columnStride = loopStride[n.back()], k = kOffsets.size();
    // Each gate has panels of its own.
    if (int64_t gateColumns = getGateColumns(anchor)) {
      SmallVector<int64_t> gateOffsets;
      for (int64_t base : batchOffsets)
        for (int64_t column = 0; column < columns; column += gateColumns)
          gateOffsets.push_back(base + column * columnStride);
      batchOffsets = std::move(gateOffsets);
      columns = gateColumns;
    }
    if (columns == 0 || k == 0 || batchOffsets.empty())
      return;
    int64_t tile = 0;
    auto winograd = getWinogradLoops(anchor);
    if (winograd) {
      auto size = [&](unsigned loop) { return ShapedType::isDynamic(sizes[loop]) ? -1 : sizes[loop]; };
      int64_t images = 1;
      if (atRunTime && !winograd->images.empty())
        images = std::max<int64_t>(size(winograd->images[0]), 1);
      tile = chooseWinograd(target, precision, size(winograd->height), size(winograd->width), sizes[winograd->channel], columns, images,
                            atRunTime);
      tile = pinnedTile(kernel, tile);
      if (!winogradFits(tile, sizes[winograd->channel]))
        tile = 0;
    }
    OpBuilder b(module().getContext());
    if (atRunTime) {
      if (tile)
        transformAtRunTime(kernel, users, *argument,
                           {{"tile", tile},
                            {"offset", offset},
                            {"kh_stride", loopStride[winograd->kh]},
                            {"kw_stride", loopStride[winograd->kw]},
                            {"channel_stride", loopStride[winograd->channel]},
                            {"filter_stride", columnStride},
                            {"channels", sizes[winograd->channel]},
                            {"filters", columns}});
      else
        packBeforeLoops(kernel, anchor, *operand, *argument, users);
      return;
    }
    Type element = cast<RankedTensorType>(block.getType()).getElementType();
    unsigned bytes = element.getIntOrFloatBitWidth() / 8;
    if (bytes == 0)
      return;
    unsigned storedBytes = bytes;
    if (element.isInteger(32) || (element.isF32() && !tile)) {
      // Memory is the limit when few rows are multiplied: store what the values need, and widen in registers.
      storedBytes = 1;
      for (linalg_ext::DispatchOp call : users) {
        Attribute attr;
        matchPattern(call->getOperand(*argument), m_Constant(&attr));
        std::vector<char> expanded;
        storedBytes = std::max(storedBytes, neededBytes(rawData(attr, bytes, expanded), element.isF32()));
      }
    }
    Type stored = storedBytes == bytes ? element : IntegerType::get(element.getContext(), storedBytes * 8);
    Grouping grouping = chooseGrouping(anchor, dims->swapped ? 1 : 0, dims->swapped ? 0 : 1, stored);
    int64_t inner = sizes[dims->k.back()], group = groupSteps(grouping);
    unsigned groupedLoops = 1;
    if (inner % group != 0) {
      groupedLoops = countContiguousLoops(anchor, anchor.getDpsInputOperand(dims->swapped ? 1 : 0), dims->k, sizes);
      if (groupedLoops == 2)
        inner *= sizes[dims->k[dims->k.size() - 2]];
    }
    int64_t groups = k / inner * ((inner + group - 1) / group);
    int64_t blockElements = paddedColumns(columns) * groups * group;
    int64_t total = tile ? winogradFilterElements(tile, sizes[winograd->channel], columns) : blockElements * batchOffsets.size();
    auto type = RankedTensorType::get({total}, stored);
    Packing packing;
    packing.bytes = bytes;
    packing.storedBytes = storedBytes;
    packing.offset = offset;
    packing.columns = columns;
    packing.columnStride = columnStride;
    packing.isFloat = element.isF32();
    packing.group = group;
    packing.inner = inner;
    if (tile) {
      packing.tile = tile;
      packing.khStride = loopStride[winograd->kh];
      packing.kwStride = loopStride[winograd->kw];
      packing.channelStride = loopStride[winograd->channel];
      packing.channels = sizes[winograd->channel];
    } else {
      packing.kOffsets.assign(kOffsets.begin(), kOffsets.end());
      packing.batchOffsets.assign(batchOffsets.begin(), batchOffsets.end());
    }
    std::vector<int64_t> layout = packing.layout();
    for (linalg_ext::DispatchOp call : users) {
      Value constant = call->getOperand(*argument);
      Value &packed = done[constant][layout];
      Attribute attr;
      matchPattern(constant, m_Constant(&attr));
      ElementsAttr &result = results[attr][layout];
      if (!packed && result) {
        // A copy of the function, for other sizes, reads the same weights.
        b.setInsertionPointAfter(constant.getDefiningOp());
        packed = arith::ConstantOp::create(b, constant.getLoc(), result);
      }
      if (!packed) {
        std::vector<char> expanded;
        if (rawData(attr, bytes, expanded).empty())
          continue;
        packing.source = cast<ElementsAttr>(attr);
        b.setInsertionPointAfter(constant.getDefiningOp());
        result = makeConstant(type, packing);
        packed = arith::ConstantOp::create(b, constant.getLoc(), result);
      }
      call->setOperand(*argument, packed);
    }
    NamedAttrList decisions;
    decisions.set("packed", b.getI64IntegerAttr(*argument));
    if (stored != element)
      decisions.set("stored", TypeAttr::get(stored));
    if (grouping != Grouping::None)
      decisions.set("grouping", b.getStringAttr(nameOf(grouping)));
    if (groupedLoops > 1)
      decisions.set("grouped_loops", b.getI64IntegerAttr(groupedLoops));
    if (tile) {
      kernel->setAttr("ingot.form", b.getStringAttr("winograd"));
      decisions.set("tile", b.getI64IntegerAttr(tile));
    }
    kernel->setAttr("ingot.config", decisions.getDictionary(b.getContext()));
  }

  // What kernel `pack` makes of `source`, in one dimension, in front of `place`. What several read, or one in each iteration, is made once.
  Value packedBefore(Location loc, Operation *place, func::FuncOp pack, Value source, RankedTensorType type) {
    Value &packed = transformed[{source, pack.getOperation()}];
    if (packed && packed.getParentBlock() == place->getBlock() && packed.getDefiningOp()->isBeforeInBlock(place))
      return packed;
    OpBuilder b(place);
    Value empty = tensor::EmptyOp::create(b, loc, type.getShape(), type.getElementType());
    packed = linalg_ext::DispatchOp::create(b, loc, TypeRange{type}, FlatSymbolRefAttr::get(pack.getSymNameAttr()), ValueRange{source},
                                            ValueRange{}, ValueRange{empty}, UnitAttr())
                 ->getResult(0);
    if (type.getRank() > 1)
      packed = tensor::CollapseShapeOp::create(
          b, loc, packed, SmallVector<ReassociationIndices>{llvm::to_vector<2>(llvm::seq<int64_t>(0, type.getRank()))});
    return packed;
  }

  // Filters that are no constants go through a kernel of their own, of form `filters`, which says by its decisions what it computes. Behind
  // loops that do not change them it runs once.
  void transformAtRunTime(func::FuncOp kernel, ArrayRef<linalg_ext::DispatchOp> users, unsigned argument,
                          ArrayRef<std::pair<StringRef, int64_t>> numbers) {
    OpBuilder b(kernel);
    NamedAttrList list;
    std::string key;
    llvm::raw_string_ostream stream(key);
    int64_t elements = 0;
    stream << kernel.getArgumentTypes()[argument];
    for (auto &[name, value] : numbers) {
      list.set(name, b.getI64IntegerAttr(value));
      stream << ' ' << value;
    }
    elements = winogradFilterElements(numbers[0].second, numbers[6].second, numbers[7].second);
    auto source = cast<RankedTensorType>(kernel.getArgumentTypes()[argument]);
    auto type = RankedTensorType::get({elements}, source.getElementType());
    func::FuncOp &transform = transforms[key];
    if (!transform) {
      transform = func::FuncOp::create(kernel.getLoc(), "kernel_filters", FunctionType::get(b.getContext(), {source, type}, {type}));
      transform.setPrivate();
      transform->setAttr("ingot.kernel", b.getUnitAttr());
      transform->setAttr("ingot.form", b.getStringAttr("filters"));
      transform->setAttr(configAttrName, list.getDictionary(b.getContext()));
      Block *body = transform.addEntryBlock();
      OpBuilder inside = OpBuilder::atBlockBegin(body);
      func::ReturnOp::create(inside, kernel.getLoc(), body->getArgument(1));
      SymbolTable(module()).insert(transform);
    }
    for (linalg_ext::DispatchOp call : users) {
      Value filters = call->getOperand(argument);
      Value packed = packedBefore(call.getLoc(), filters.getParentBlock()->findAncestorOpInBlock(*call), transform, filters, type);
      call->setOperand(argument, packed);
    }
    NamedAttrList decisions;
    decisions.set("packed", b.getI64IntegerAttr(argument));
    decisions.set("tile", b.getI64IntegerAttr(numbers[0].second));
    kernel->setAttr("ingot.form", b.getStringAttr("winograd"));
    kernel->setAttr(configAttrName, decisions.getDictionary(b.getContext()));
  }

  // What every iteration of a loop multiplies by, as the weights of a recurrent layer in training, is packed once before the loop. Left to
  // the kernel it would be packed in each iteration, which costs half as much as the product where it has few rows.
  void packBeforeLoops(func::FuncOp kernel, linalg::GenericOp anchor, OpOperand &operand, unsigned argument,
                       ArrayRef<linalg_ext::DispatchOp> users) {
    auto type = cast<RankedTensorType>(operand.get().getType());
    // Kernels widen shorter operands while they pack them.
    if (type.getElementType() != getElementTypeOrSelf(anchor.getResult(0).getType()))
      return;
    // Two dimensions, one of them the columns, whose panels are all whole.
    AffineMap map = anchor.getMatchingIndexingMap(&operand), out = anchor.getIndexingMapsArray().back();
    if (operand.get() != kernel.getArgument(argument) || type.getRank() != 2 || !map.isProjectedPermutation())
      return;
    unsigned column = out.getResult(out.getNumResults() - 1).isFunctionOfDim(map.getDimPosition(0)) ? 0 : 1, step = 1 - column;
    int64_t columns = type.getDimSize(column), steps = type.getDimSize(step);
    if (columns % panelColumns != 0 || getGateColumns(anchor) % panelColumns != 0 || out.isFunctionOfDim(map.getDimPosition(step)))
      return;
    // The outermost loop that does not make the operand itself.
    auto loopAround = [&](linalg_ext::DispatchOp call) {
      Operation *outermost = nullptr;
      Region *home = call->getOperand(argument).getParentRegion();
      for (Operation *op = call->getParentOp(); op && op->getParentRegion() && home->isAncestor(op->getParentRegion()); op = op->getParentOp())
        if (isa<scf::ForOp, scf::WhileOp>(op))
          outermost = op;
      return outermost;
    };
    if (!llvm::all_of(users, loopAround))
      return;
    Location loc = kernel.getLoc();
    OpBuilder b(kernel);
    auto packedType = RankedTensorType::get({columns / panelColumns, steps, panelColumns}, type.getElementType());
    std::string key;
    llvm::raw_string_ostream(key) << "panels " << type << ' ' << column;
    func::FuncOp &pack = transforms[key];
    if (!pack) {
      pack = func::FuncOp::create(loc, "kernel_panels", FunctionType::get(b.getContext(), {type, packedType}, {packedType}));
      pack.setPrivate();
      pack->setAttr("ingot.kernel", b.getUnitAttr());
      pack->setAttr("ingot.form", b.getStringAttr("map"));
      Block *body = pack.addEntryBlock();
      OpBuilder inside = OpBuilder::atBlockBegin(body);
      SmallVector<ReassociationIndices> groups{{0}, {1}};
      groups[column].push_back(column + 1);
      if (column == 0)
        groups[1] = {2};
      SmallVector<int64_t> shape{columns / panelColumns, panelColumns};
      shape.insert(column == 0 ? shape.end() : shape.begin(), steps);
      Value panels =
          tensor::ExpandShapeOp::create(inside, loc, RankedTensorType::get(shape, type.getElementType()), body->getArgument(0), groups);
      AffineExpr panel, at, lane;
      bindDims(b.getContext(), panel, at, lane);
      SmallVector<AffineExpr> from = column == 0 ? SmallVector<AffineExpr>{panel, lane, at} : SmallVector<AffineExpr>{at, panel, lane};
      SmallVector<AffineMap> maps{AffineMap::get(3, 0, from, b.getContext()), b.getMultiDimIdentityMap(3)};
      SmallVector<utils::IteratorType> iterators(3, utils::IteratorType::parallel);
      auto copy = linalg::GenericOp::create(inside, loc, packedType, panels, body->getArgument(1), maps, iterators,
                                            [](OpBuilder &nested, Location at, ValueRange values) { linalg::YieldOp::create(nested, at, values[0]); });
      func::ReturnOp::create(inside, loc, copy.getResult(0));
      SymbolTable(module()).insert(pack);
    }
    for (linalg_ext::DispatchOp call : users) {
      Value source = call->getOperand(argument);
      Value packed = packedBefore(call.getLoc(), loopAround(call), pack, source, packedType);
      call->setOperand(argument, packed);
    }
    kernel->setAttr(configAttrName, b.getDictionaryAttr(b.getNamedAttr("packed", b.getI64IntegerAttr(argument))));
  }

  // With its data at once, or with the recipe alone.
  ElementsAttr makeConstant(RankedTensorType type, const Packing &packing) {
    if (lazy) {
      auto &manager = DenseResourceElementsHandle::getManagerInterface(&getContext());
      auto value = DenseResourceElementsAttr::get(type, manager.insert("packed"));
      recipes.append(value.getRawHandle().getKey(), packing.toAttribute(&getContext()));
      return value;
    }
    AsmResourceBlob blob = HeapAsmResourceBlob::allocate(packing.elements() * packing.storedBytes, 64, /*dataIsMutable=*/true);
    char *target = blob.getMutableData().data();
    packing.write([&](ArrayRef<char> piece) { target = llvm::copy(piece, target); });
    return DenseResourceElementsAttr::get(type, "packed", std::move(blob));
  }

  ModuleOp module() { return getOperation(); }
  // What was packed already: constant and order of its elements -> result.
  DenseMap<Value, std::map<std::vector<int64_t>, Value>> done;
  NamedAttrList recipes;
  std::map<std::string, func::FuncOp> transforms; // kernels that transform or pack at run time
  DenseMap<std::pair<Value, Operation *>, Value> transformed;
  TargetInfo target;
  Accuracy precision = Accuracy::Default;
  DenseMap<Attribute, std::map<std::vector<int64_t>, ElementsAttr>> results;
};

} // namespace
} // namespace ingot
