//===- ChooseConfig.cpp - Decide tiles and tasks of every kernel -----------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/Passes.h"
#include "codegen/cpu/KernelEmitter.h"
#include "codegen/fuse/Attention.h"
#include "codegen/fuse/Group.h"
#include "codegen/fuse/Pins.h"
#include "codegen/strategy/Config.h"

#include "mlir/IR/Remarks.h"

namespace ingot {
#define GEN_PASS_DEF_CHOOSECONFIG
#include "codegen/Passes.h.inc"
} // namespace ingot

using namespace mlir;

namespace ingot {

namespace {

// What the user chose takes the place of what was decided, where the form has such a decision.
void obeyPins(func::FuncOp kernel, NamedAttrList &list) {
  auto pin = kernel->getAttrOfType<DictionaryAttr>(pinAttrName);
  if (!pin)
    return;
  Builder b(kernel.getContext());
  if (auto rows = pin.getAs<IntegerAttr>("rows"); rows && list.get("rows")) {
    list.set("rows", rows);
    if (auto tiles = dyn_cast_or_null<IntegerAttr>(list.get("block_tiles")))
      list.set("block_tiles", b.getI64IntegerAttr(std::max<int64_t>(tiles.getInt() / rows.getInt(), 1) * rows.getInt()));
  }
  if (auto threads = pin.getAs<IntegerAttr>("threads"))
    list.set("serial", b.getBoolAttr(threads.getInt() == 1));
}

// Keeps what earlier passes wrote (packed weights) and adds the decision.
void write(func::FuncOp kernel, ArrayRef<std::pair<StringRef, int64_t>> numbers, bool serial) {
  NamedAttrList list(kernel->getAttrOfType<DictionaryAttr>(configAttrName));
  Builder b(kernel.getContext());
  for (auto &[name, value] : numbers)
    list.set(name, b.getI64IntegerAttr(value));
  list.set("serial", b.getBoolAttr(serial));
  obeyPins(kernel, list);
  kernel->setAttr(configAttrName, list.getDictionary(kernel.getContext()));
}

class Reader {
public:
  explicit Reader(func::FuncOp kernel) : dictionary(kernel->getAttrOfType<DictionaryAttr>(configAttrName)) {}
  void get(StringRef name, int64_t &value) const {
    if (dictionary)
      if (auto attr = dictionary.getAs<IntegerAttr>(name))
        value = attr.getInt();
  }
  void get(StringRef name, bool &value) const {
    if (dictionary)
      if (auto attr = dictionary.getAs<BoolAttr>(name))
        value = attr.getValue();
  }

private:
  DictionaryAttr dictionary;
};

constexpr const char *groupings[] = {"none", "bytes", "words", "bf16"};
constexpr const char *dotInstructions[] = {"none", "vpdpbusd", "vpdpwssd", "vpmaddwd", "vdpbf16ps", "fma"};

// The enumerator whose name stands under `key`; the first where none does.
template <typename Enum, size_t count>
Enum readEnum(func::FuncOp kernel, StringRef key, const char *const (&names)[count]) {
  auto dictionary = kernel->getAttrOfType<DictionaryAttr>(configAttrName);
  auto attr = dictionary ? dictionary.getAs<StringAttr>(key) : StringAttr();
  for (size_t i = 0; attr && i < count; ++i)
    if (attr.getValue() == names[i])
      return static_cast<Enum>(i);
  return Enum();
}

} // namespace

StringRef nameOf(Grouping grouping) { return groupings[static_cast<size_t>(grouping)]; }

Grouping readGrouping(func::FuncOp kernel) { return readEnum<Grouping>(kernel, "grouping", groupings); }

void writeConfig(func::FuncOp kernel, const ContractionConfig &c) {
  write(kernel, {{"rows", c.rows}, {"vectors", c.vectors}, {"lanes", c.lanes}, {"chains", c.chains}, {"block_rows", c.blockRows}}, c.serial);
  if (!kernel->getAttrOfType<DictionaryAttr>(configAttrName).get("packed"))
    write(kernel,
          {{"pack_rows", c.packRows}, {"pack_columns", c.packColumns}, {"pack_steps", c.packSteps}, {"parts", c.parts}}, c.serial);
  if (c.dot == DotInstruction::None)
    return;
  NamedAttrList list(kernel->getAttrOfType<DictionaryAttr>(configAttrName));
  list.set("dot", StringAttr::get(kernel.getContext(), dotInstructions[static_cast<size_t>(c.dot)]));
  kernel->setAttr(configAttrName, list.getDictionary(kernel.getContext()));
}

void writeConfig(func::FuncOp kernel, const RowWiseConfig &c) {
  write(kernel, {{"width", c.width}, {"task_elements", c.taskElements}}, c.serial);
}

void writeConfig(func::FuncOp kernel, const WindowConfig &c) {
  write(kernel, {{"columns", c.columns}, {"lanes", c.lanes}, {"band_lines", c.bandLines}}, c.serial);
}

void writeConfig(func::FuncOp kernel, const WinogradConfig &c) {
  write(kernel,
        {{"rows", c.rows},
         {"vectors", c.vectors},
         {"lanes", c.lanes},
         {"block_tiles", c.blockTiles},
         {"tasks", c.tasks},
         {"shared", c.shared}},
        c.serial);
}

void writeConfig(func::FuncOp kernel, const AttentionConfig &c) {
  write(kernel, {{"rows", c.rows}, {"vectors", c.vectors}, {"lanes", c.lanes}, {"block_keys", c.blockKeys}, {"few_queries", c.fewQueries}}, c.serial);
}

ContractionConfig readContractionConfig(func::FuncOp kernel) {
  ContractionConfig c;
  Reader reader(kernel);
  reader.get("rows", c.rows);
  reader.get("vectors", c.vectors);
  reader.get("lanes", c.lanes);
  reader.get("chains", c.chains);
  reader.get("block_rows", c.blockRows);
  reader.get("pack_rows", c.packRows);
  reader.get("pack_columns", c.packColumns);
  reader.get("pack_steps", c.packSteps);
  reader.get("parts", c.parts);
  reader.get("serial", c.serial);
  c.dot = readEnum<DotInstruction>(kernel, "dot", dotInstructions);
  return c;
}

RowWiseConfig readRowWiseConfig(func::FuncOp kernel) {
  RowWiseConfig c;
  Reader reader(kernel);
  reader.get("width", c.width);
  reader.get("task_elements", c.taskElements);
  reader.get("serial", c.serial);
  return c;
}

WindowConfig readWindowConfig(func::FuncOp kernel) {
  WindowConfig c;
  Reader reader(kernel);
  reader.get("columns", c.columns);
  reader.get("band_lines", c.bandLines);
  reader.get("lanes", c.lanes);
  reader.get("serial", c.serial);
  return c;
}

WinogradConfig readWinogradConfig(func::FuncOp kernel) {
  WinogradConfig c;
  Reader reader(kernel);
  reader.get("tile", c.tile);
  reader.get("rows", c.rows);
  reader.get("vectors", c.vectors);
  reader.get("lanes", c.lanes);
  reader.get("block_tiles", c.blockTiles);
  reader.get("tasks", c.tasks);
  int64_t shared = 0;
  reader.get("shared", shared);
  c.shared = shared != 0;
  reader.get("serial", c.serial);
  return c;
}

FilterTransform readFilterTransform(func::FuncOp kernel) {
  FilterTransform t;
  Reader reader(kernel);
  reader.get("tile", t.tile);
  reader.get("offset", t.offset);
  reader.get("kh_stride", t.khStride);
  reader.get("kw_stride", t.kwStride);
  reader.get("channel_stride", t.channelStride);
  reader.get("filter_stride", t.filterStride);
  reader.get("channels", t.channels);
  reader.get("filters", t.filters);
  reader.get("serial", t.serial);
  return t;
}

AttentionConfig readAttentionConfig(func::FuncOp kernel) {
  AttentionConfig c;
  Reader reader(kernel);
  reader.get("rows", c.rows);
  reader.get("vectors", c.vectors);
  reader.get("lanes", c.lanes);
  reader.get("block_keys", c.blockKeys);
  reader.get("few_queries", c.fewQueries);
  reader.get("serial", c.serial);
  return c;
}

namespace {

int64_t product(ArrayRef<int64_t> sizes, ArrayRef<unsigned> loops) {
  int64_t total = 1;
  for (unsigned loop : loops) {
    if (ShapedType::isDynamic(sizes[loop]))
      return -1;
    total *= sizes[loop];
  }
  return total;
}

unsigned elementBits(linalg::GenericOp op) {
  return cast<RankedTensorType>(op.getResult(0).getType()).getElementTypeBitWidth();
}

// Work of one element relative to an addition; polynomials take about eight.
int64_t costOf(func::FuncOp kernel) {
  int64_t cost = 1;
  for (auto op : kernel.getOps<linalg::GenericOp>()) {
    bool costly = false;
    op.getBody()->walk([&](Operation *inner) { costly |= inner->getName().getDialectNamespace() == "math"; });
    cost += costly ? 8 : 1;
  }
  return cost;
}

struct ChooseConfigPass : impl::ChooseConfigBase<ChooseConfigPass> {
  using ChooseConfigBase::ChooseConfigBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    auto target = TargetInfo::fromName(cpu);
    if (!target) {
      module.emitError("unknown processor '") << cpu << "'";
      return signalPassFailure();
    }
    for (auto kernel : module.getOps<func::FuncOp>()) {
      auto form = kernel->getAttrOfType<StringAttr>("ingot.form");
      if (!form)
        continue;
      if (form.getValue() == "contract")
        chooseForContraction(kernel, *target);
      else if (form.getValue() == "winograd")
        chooseForWinograd(kernel, *target);
      else if (form.getValue() == "filters")
        chooseForFilters(kernel);
      else if (form.getValue() == "attention")
        chooseForAttention(kernel, *target);
      else if (form.getValue() == "window")
        chooseForWindow(kernel, *target);
      else if (form.getValue() == "rows" || form.getValue() == "map")
        chooseForRows(kernel, *target);
    }
  }

  void chooseForContraction(func::FuncOp kernel, const TargetInfo &target) {
    // Said once: a library for several processors comes here for each.
    auto decided = kernel->getAttrOfType<DictionaryAttr>(configAttrName);
    if (pinnedTile(kernel, 0) && !(decided && decided.get("rows")))
      kernel.emitWarning("cannot take Winograd's form, which the configuration asks for: that is for 3x3 convolutions of stride 1 in f32, "
                         "with constant filters and up to a few hundred channels");
    for (auto op : kernel.getOps<linalg::GenericOp>()) {
      auto dims = getContractionDims(op);
      if (!dims)
        continue;
      SmallVector<int64_t> sizes = op.getStaticLoopRanges();
      ContractionConfig config = chooseContraction(target, product(sizes, dims->batch), product(sizes, dims->m), product(sizes, dims->n),
                                                   product(sizes, dims->k), elementBits(op), readGrouping(kernel));
      // What is packed at run time has no grouping, but where both operands are bf16.
      auto isBf16 = [](Value v) { return getElementTypeOrSelf(v.getType()).isBF16(); };
      if (readGrouping(kernel) == Grouping::None && target.hasBf16 && llvm::all_of(op.getDpsInputs(), isBf16))
        config.dot = DotInstruction::Vdpbf16ps;
      writeConfig(kernel, config);
      return;
    }
  }

  void chooseForWinograd(func::FuncOp kernel, const TargetInfo &target) {
    int64_t m = readWinogradConfig(kernel).tile;
    for (auto op : kernel.getOps<linalg::GenericOp>()) {
      auto loops = getWinogradLoops(op);
      if (!loops)
        continue;
      SmallVector<int64_t> sizes = op.getStaticLoopRanges();
      auto tilesOf = [&](int64_t size) { return ShapedType::isDynamic(size) ? size : (size + m - 1) / m; };
      sizes[loops->height] = tilesOf(sizes[loops->height]);
      sizes[loops->width] = tilesOf(sizes[loops->width]);
      SmallVector<unsigned> all(loops->images);
      all.append({loops->height, loops->width});
      writeConfig(kernel, chooseWinogradBlocks(target, m, product(sizes, all), sizes[loops->channel], sizes[loops->filter],
                                               product(sizes, {loops->height, loops->width})));
      return;
    }
  }

  // Waking a second thread gains nothing below about 5 us.
  void chooseForFilters(func::FuncOp kernel) {
    FilterTransform transform = readFilterTransform(kernel);
    write(kernel, {}, winogradFilterElements(transform.tile, transform.channels, transform.filters) < 65536);
  }

  void chooseForAttention(func::FuncOp kernel, const TargetInfo &target) {
    for (auto op : kernel.getOps<linalg::GenericOp>()) {
      auto attention = matchAttention(op);
      if (!attention)
        continue;
      SmallVector<int64_t> sizes = attention->exponential.getStaticLoopRanges();
      SmallVector<unsigned> outer = llvm::to_vector(llvm::seq<unsigned>(0, sizes.size() - 2));
      writeConfig(kernel, chooseAttention(target, product(sizes, outer), sizes[sizes.size() - 2], sizes.back(), attention->depth,
                                          attention->features));
      return;
    }
  }

  void chooseForWindow(func::FuncOp kernel, const TargetInfo &target) {
    for (auto op : kernel.getOps<linalg::GenericOp>()) {
      if (!isWindowOp(op))
        continue;
      SmallVector<int64_t> sizes = op.getStaticLoopRanges();
      SmallVector<unsigned> lines, taps;
      for (AffineExpr expr : op.getIndexingMapsArray().back().getResults())
        lines.push_back(cast<AffineDimExpr>(expr).getPosition());
      for (auto [d, kind] : llvm::enumerate(op.getIteratorTypesArray()))
        if (kind == utils::IteratorType::reduction)
          taps.push_back(d);
      SmallVector<unsigned> channel{lines.pop_back_val()}, column;
      if (!lines.empty())
        column.push_back(lines.pop_back_val());
      writeConfig(kernel, chooseWindow(target, product(sizes, lines), product(sizes, column), product(sizes, channel),
                                       product(sizes, taps), elementBits(op)));
      return;
    }
  }

  void chooseForRows(func::FuncOp kernel, const TargetInfo &target) {
    int64_t elements = 1;
    unsigned rank = 0;
    for (auto op : kernel.getOps<linalg::GenericOp>()) {
      if (!KernelEmitter::isVectorizable(op))
        remark::missed(op.getLoc(), remark::RemarkOpts::name("ChooseConfig").category("strategy"))
            << "not vectorized: the body has control flow";
      if (op.getNumLoops() < rank)
        continue;
      rank = op.getNumLoops();
      SmallVector<unsigned> loops = llvm::to_vector(llvm::seq<unsigned>(0, rank));
      elements = product(op.getStaticLoopRanges(), loops);
    }
    writeConfig(kernel, chooseRowWise(target, elements, costOf(kernel)));
  }
};

} // namespace
} // namespace ingot
