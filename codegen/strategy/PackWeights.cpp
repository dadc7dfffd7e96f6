//===- PackWeights.cpp - Constant operands of contractions in panels -------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A constant on the vector side of a contraction is stored as the kernel reads it: panels of 32 columns, in each panel the columns of
// one step of the sum side by side. The last panel is padded with zeros, so that no load needs a mask. Filters of convolutions that take
// fewer multiplications in another form are transformed to it first; this decides the form of their kernels.
//
//===----------------------------------------------------------------------===//

#include "codegen/Passes.h"
#include "codegen/fuse/Group.h"
#include "codegen/strategy/Contraction.h"
#include "codegen/strategy/Winograd.h"

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

template <typename T>
void packPanels(const T *source, T *target, int64_t n, int64_t nStride, int64_t k, ArrayRef<int64_t> kOffsets) {
  for (int64_t first = 0; first < n; first += panelColumns) {
    int64_t width = std::min(paddedColumns(n) - first, panelColumns), filled = std::min(n - first, width);
    for (int64_t step = 0; step < k; ++step) {
      const T *from = source + kOffsets[step] + first * nStride;
      for (int64_t c = 0; c < filled; ++c)
        target[c] = from[c * nStride];
      for (int64_t c = filled; c < width; ++c)
        target[c] = T(0);
      target += width;
    }
  }
}

// The raw bytes of a constant; `expanded` keeps those of a splat. Empty when there are none.
ArrayRef<char> rawData(Attribute attr, unsigned bytes, std::vector<char> &expanded) {
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(attr)) {
    AsmResourceBlob *blob = resource.getRawHandle().getBlob();
    return blob ? blob->getData() : ArrayRef<char>();
  }
  auto elements = cast<DenseElementsAttr>(attr);
  ArrayRef<char> raw = elements.getRawData();
  if (!elements.isSplat())
    return raw;
  expanded.resize(elements.getNumElements() * bytes);
  for (size_t i = 0; i < expanded.size(); ++i)
    expanded[i] = raw[i % bytes];
  return expanded;
}

// Bytes that hold every value of 32-bit `raw`: quantized weights widened for exact sums fit in one or two again.
unsigned neededBytes(ArrayRef<char> raw) {
  unsigned needed = 1;
  for (size_t i = 0; i + 4 <= raw.size(); i += 4) {
    int32_t v;
    std::memcpy(&v, raw.data() + i, 4);
    if (v != static_cast<int16_t>(v))
      return 4;
    if (v != static_cast<int8_t>(v))
      needed = 2;
  }
  return needed;
}

template <typename T> AsmResourceBlob narrowed(ArrayRef<char> wide) {
  AsmResourceBlob blob = HeapAsmResourceBlob::allocate(wide.size() / 4 * sizeof(T), 64, /*dataIsMutable=*/true);
  T *target = reinterpret_cast<T *>(blob.getMutableData().data());
  for (size_t i = 0; i + 4 <= wide.size(); i += 4) {
    int32_t v;
    std::memcpy(&v, wide.data() + i, 4);
    target[i / 4] = static_cast<T>(v);
  }
  return blob;
}

struct PackWeightsPass : impl::PackWeightsBase<PackWeightsPass> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    SymbolTable symbols(module);
    DenseMap<StringAttr, SmallVector<linalg_ext::DispatchOp>> calls;
    module.walk([&](linalg_ext::DispatchOp op) { calls[op.getKernelAttr().getAttr()].push_back(op); });
    for (auto kernel : llvm::make_early_inc_range(module.getOps<func::FuncOp>())) {
      auto form = kernel->getAttrOfType<StringAttr>("ingot.form");
      if (!form || form.getValue() != "contract")
        continue;
      pack(kernel, calls.lookup(kernel.getSymNameAttr()));
    }
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
    for (linalg_ext::DispatchOp call : users) {
      Attribute attr;
      if (!matchPattern(call->getOperand(*argument), m_Constant(&attr)))
        return;
      if (!isa<DenseResourceElementsAttr, DenseElementsAttr>(attr))
        return;
    }
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
    // The kernel merges column loops only if its other accesses allow it; one column loop is always right.
    for (unsigned loop : ArrayRef<unsigned>(n).drop_back())
      if (sizes[loop] != 1)
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
    int64_t total = paddedColumns(columns) * k * batchOffsets.size();
    if (total == 0)
      return;
    int64_t tile = 0;
    auto winograd = getWinogradLoops(anchor);
    if (winograd) {
      auto size = [&](unsigned loop) { return ShapedType::isDynamic(sizes[loop]) ? -1 : sizes[loop]; };
      tile = chooseWinograd(size(winograd->height), size(winograd->width), sizes[winograd->channel], columns);
      if (tile)
        total = winogradFilterElements(tile, sizes[winograd->channel], columns);
    }
    OpBuilder b(module().getContext());
    Type element = cast<RankedTensorType>(block.getType()).getElementType();
    unsigned bytes = element.getIntOrFloatBitWidth() / 8;
    if (bytes == 0)
      return;
    unsigned storedBytes = bytes;
    if (element.isInteger(32)) {
      // Memory is the limit when few rows are multiplied: store what the values need, and widen in registers.
      storedBytes = 1;
      for (linalg_ext::DispatchOp call : users) {
        Attribute attr;
        matchPattern(call->getOperand(*argument), m_Constant(&attr));
        std::vector<char> expanded;
        storedBytes = std::max(storedBytes, neededBytes(rawData(attr, bytes, expanded)));
      }
    }
    Type stored = storedBytes == bytes ? element : IntegerType::get(element.getContext(), storedBytes * 8);
    auto type = RankedTensorType::get({total}, stored);
    std::vector<int64_t> layout{columns, columnStride, tile, storedBytes};
    llvm::append_range(layout, kOffsets);
    llvm::append_range(layout, batchOffsets);
    for (linalg_ext::DispatchOp call : users) {
      Value constant = call->getOperand(*argument);
      Value &packed = done[constant][layout];
      if (!packed) {
        Attribute attr;
        matchPattern(constant, m_Constant(&attr));
        std::vector<char> expanded;
        ArrayRef<char> raw = rawData(attr, bytes, expanded);
        if (raw.empty())
          continue;
        AsmResourceBlob blob = HeapAsmResourceBlob::allocate(total * bytes, 64, /*dataIsMutable=*/true);
        char *target = blob.getMutableData().data();
        if (tile)
          transformFilters(tile, reinterpret_cast<const float *>(raw.data()) + offset, loopStride[winograd->kh], loopStride[winograd->kw],
                           loopStride[winograd->channel], columnStride, sizes[winograd->channel], columns,
                           reinterpret_cast<float *>(target));
        for (int64_t base : tile ? ArrayRef<int64_t>() : ArrayRef<int64_t>(batchOffsets)) {
          const char *source = raw.data() + (offset + base) * bytes;
          int64_t block = paddedColumns(columns) * k;
          switch (bytes) {
          case 1:
            packPanels(reinterpret_cast<const uint8_t *>(source), reinterpret_cast<uint8_t *>(target), columns, columnStride, k, kOffsets);
            break;
          case 2:
            packPanels(reinterpret_cast<const uint16_t *>(source), reinterpret_cast<uint16_t *>(target), columns, columnStride, k, kOffsets);
            break;
          case 4:
            packPanels(reinterpret_cast<const uint32_t *>(source), reinterpret_cast<uint32_t *>(target), columns, columnStride, k, kOffsets);
            break;
          default:
            packPanels(reinterpret_cast<const uint64_t *>(source), reinterpret_cast<uint64_t *>(target), columns, columnStride, k, kOffsets);
            break;
          }
          target += block * bytes;
        }
        if (storedBytes == 1 && bytes == 4)
          blob = narrowed<int8_t>(blob.getData());
        else if (storedBytes == 2 && bytes == 4)
          blob = narrowed<int16_t>(blob.getData());
        b.setInsertionPointAfter(constant.getDefiningOp());
        packed = arith::ConstantOp::create(b, constant.getLoc(), DenseResourceElementsAttr::get(type, "packed", std::move(blob)));
      }
      call->setOperand(*argument, packed);
    }
    NamedAttrList decisions;
    decisions.set("packed", b.getI64IntegerAttr(*argument));
    if (stored != element)
      decisions.set("stored", TypeAttr::get(stored));
    if (tile) {
      kernel->setAttr("ingot.form", b.getStringAttr("winograd"));
      decisions.set("tile", b.getI64IntegerAttr(tile));
    }
    kernel->setAttr("ingot.config", decisions.getDictionary(b.getContext()));
  }

  ModuleOp module() { return getOperation(); }
  // What was packed already: constant and order of its elements -> result.
  DenseMap<Value, std::map<std::vector<int64_t>, Value>> done;
};

} // namespace
} // namespace ingot
