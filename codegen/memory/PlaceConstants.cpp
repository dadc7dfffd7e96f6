//===- PlaceConstants.cpp - Constant tensors to the constants section -------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/Passes.h"
#include "codegen/memory/Variables.h"
#include "codegen/memory/Weights.h"
#include "codegen/strategy/Packing.h"
#include "utils/support/MappedFile.h"

#include "llvm/ADT/StringSet.h"
#include "llvm/Support/xxhash.h"

namespace ingot {
#define GEN_PASS_DEF_PLACECONSTANTS
#include "codegen/Passes.h.inc"
} // namespace ingot

using namespace mlir;

namespace ingot {

int64_t denseBytes(ShapedType type) {
  Type element = type.getElementType();
  int64_t bits = isa<IndexType>(element) ? 64 : element.getIntOrFloatBitWidth();
  return type.getNumElements() * ((bits + 7) / 8);
}

ArrayRef<char> rawBytes(ElementsAttr value, SmallVectorImpl<char> &scratch) {
  ShapedType type = value.getShapedType();
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(value)) {
    AsmResourceBlob *blob = resource.getRawHandle().getBlob();
    return blob ? blob->getData() : ArrayRef<char>();
  }
  auto dense = dyn_cast<DenseIntOrFPElementsAttr>(value);
  if (!dense)
    return {};
  if (type.getElementType().isInteger(1)) {
    // In memory a bool is a byte.
    for (bool b : dense.getValues<bool>())
      scratch.push_back(b);
    return scratch;
  }
  ArrayRef<char> raw = dense.getRawData();
  if (!dense.isSplat())
    return raw;
  scratch.resize(denseBytes(type));
  for (size_t i = 0; i < scratch.size(); i += raw.size())
    llvm::copy(raw, scratch.begin() + i);
  return scratch;
}

static DictionaryAttr packingOf(ModuleOp module, ElementsAttr value) {
  auto recipes = module->getAttrOfType<DictionaryAttr>(packingAttrName);
  auto resource = dyn_cast<DenseResourceElementsAttr>(value);
  return recipes && resource ? recipes.getAs<DictionaryAttr>(resource.getRawHandle().getKey()) : DictionaryAttr();
}

void readWeight(const Weight &weight, function_ref<void(ArrayRef<char>)> sink) {
  if (weight.packing)
    return Packing::fromAttribute(weight.packing).write(sink);
  SmallVector<char> scratch;
  ArrayRef<char> bytes = rawBytes(weight.value, scratch);
  constexpr size_t piece = 8 << 20;
  for (size_t at = 0; at < bytes.size(); at += piece) {
    ArrayRef<char> part = bytes.slice(at, std::min(piece, bytes.size() - at));
    sink(part);
    MappedFile::releasePages(part);
  }
}

static uint64_t hashBytes(ArrayRef<char> bytes) {
  return llvm::xxh3_64bits(ArrayRef<uint8_t>(reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size()));
}

uint64_t hashWeight(const Weight &weight) {
  SmallVector<char> scratch;
  std::vector<char> expanded;
  uint64_t parts[2] = {0, 0};
  ArrayRef<char> bytes;
  if (weight.packing) {
    Packing packing = Packing::fromAttribute(weight.packing);
    std::vector<int64_t> layout = packing.layout();
    parts[1] = hashBytes({reinterpret_cast<const char *>(layout.data()), layout.size() * sizeof(int64_t)});
    bytes = rawData(packing.source, packing.bytes, expanded);
  } else {
    bytes = rawBytes(weight.value, scratch);
  }
  parts[0] = hashBytes(bytes);
  MappedFile::releasePages(bytes);
  return weight.packing ? hashBytes({reinterpret_cast<const char *>(parts), sizeof(parts)}) : parts[0];
}

// Equal data has the same; different data mostly has not. The ends of large data are enough: what is equal is then compared.
static uint64_t sampleBytes(ArrayRef<char> bytes) {
  constexpr size_t sample = 16 << 10;
  if (bytes.size() <= 2 * sample)
    return hashBytes(bytes);
  uint64_t parts[3] = {hashBytes(bytes.take_front(sample)), hashBytes(bytes.take_back(sample)), bytes.size()};
  return hashBytes({reinterpret_cast<const char *>(parts), sizeof(parts)});
}

std::vector<Weight> getWeights(ModuleOp module) {
  std::vector<Weight> result;
  auto list = module->getAttrOfType<ArrayAttr>(weightsAttrName);
  if (!list)
    return result;
  for (Attribute entry : list) {
    auto fields = cast<DictionaryAttr>(entry);
    Weight weight;
    weight.name = fields.getAs<StringAttr>("name").str();
    weight.value = cast<ElementsAttr>(fields.get("value"));
    weight.offset = fields.getAs<IntegerAttr>("offset").getInt();
    weight.bytes = denseBytes(weight.value.getShapedType());
    weight.packing = packingOf(module, weight.value);
    result.push_back(std::move(weight));
  }
  return result;
}

int64_t getWeightsBytes(ModuleOp module) {
  auto bytes = module->getAttrOfType<IntegerAttr>(weightsBytesAttrName);
  return bytes ? bytes.getInt() : 0;
}

void releaseConstants(ModuleOp module, bool all) {
  llvm::StringSet<> used;
  if (!all)
    module.walk([&](Operation *op) {
      op->getAttrDictionary().walk([&](DenseResourceElementsAttr attr) { used.insert(attr.getRawHandle().getKey()); });
    });
  auto &manager = DenseResourceElementsHandle::getManagerInterface(module.getContext()).getBlobManager();
  SmallVector<StringRef> unused;
  manager.getBlobMap([&](const auto &blobs) {
    for (const auto &entry : blobs)
      if (!used.contains(entry.getKey()) && entry.getValue().getBlob())
        unused.push_back(entry.getKey());
  });
  for (StringRef key : unused)
    manager.update(key, AsmResourceBlob());
}

namespace {

// The innermost name of a location.
StringRef nameOf(Location loc) {
  if (auto name = dyn_cast<NameLoc>(loc))
    return name.getName();
  if (auto fused = dyn_cast<FusedLoc>(loc))
    for (Location part : fused.getLocations())
      if (StringRef name = nameOf(part); !name.empty())
        return name;
  return "";
}

struct PlaceConstantsPass : impl::PlaceConstantsBase<PlaceConstantsPass> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    context = &getContext();
    for (auto function : llvm::make_early_inc_range(module.getOps<func::FuncOp>()))
      if (!function.isExternal() && !function->hasAttr("ingot.kernel") && failed(place(function)))
        return signalPassFailure();
    if (failed(placeVariables(module)))
      return signalPassFailure();
    if (entries.empty())
      return;
    module->setAttr(weightsAttrName, ArrayAttr::get(context, entries));
    module->setAttr(weightsBytesAttrName, IntegerAttr::get(IntegerType::get(context, 64), end));
  }

private:
  MLIRContext *context = nullptr;
  SmallVector<Attribute> entries;
  int64_t end = 0;
  DenseMap<Attribute, int64_t> offsets;
  // Entries by hash of their bytes: equal data of different types or resources is placed once.
  DenseMap<uint64_t, SmallVector<std::pair<ElementsAttr, int64_t>>> byHash;
  DenseMap<Attribute, int64_t> packedOffsets;

  FailureOr<int64_t> offsetOf(Location loc, StringRef name, ElementsAttr value) {
    auto [known, fresh] = offsets.try_emplace(value, 0);
    if (!fresh)
      return known->second;
    int64_t needed = denseBytes(value.getShapedType());
    SmallVector<std::pair<ElementsAttr, int64_t>> *same = nullptr;
    if (DictionaryAttr recipe = packingOf(getOperation(), value)) {
      // Equal recipes with one source are one attribute.
      auto [packed, isNew] = packedOffsets.try_emplace(recipe, llvm::alignTo(end, weightAlignment));
      if (!isNew)
        return known->second = packed->second;
    } else {
      SmallVector<char> scratch, otherScratch;
      ArrayRef<char> bytes = rawBytes(value, scratch);
      if (static_cast<int64_t>(bytes.size()) != needed)
        return emitError(loc) << "a constant holds " << bytes.size() << " bytes where its type needs " << needed;
      same = &byHash[sampleBytes(bytes)];
      for (auto &[other, offset] : *same) {
        otherScratch.clear();
        if (rawBytes(other, otherScratch) == bytes)
          return known->second = offset;
      }
      MappedFile::releasePages(bytes);
    }
    int64_t offset = llvm::alignTo(end, weightAlignment);
    end = offset + needed;
    if (same)
      same->push_back({value, offset});
    Builder b(context);
    entries.push_back(b.getDictionaryAttr({b.getNamedAttr("name", b.getStringAttr(name)),
                                           b.getNamedAttr("offset", b.getI64IntegerAttr(offset)),
                                           b.getNamedAttr("value", value)}));
    return offsets[value] = offset;
  }

  // First values of variables, other than of equal elements, lie among the weights.
  LogicalResult placeVariables(ModuleOp module) {
    auto list = module->getAttrOfType<ArrayAttr>(variablesAttrName);
    if (!list)
      return success();
    SmallVector<Attribute> placed;
    for (Attribute attr : list) {
      NamedAttrList fields(cast<DictionaryAttr>(attr));
      auto value = cast<ElementsAttr>(fields.get("value"));
      if (!value.isSplat() && value.getNumElements() > 0) {
        FailureOr<int64_t> offset = offsetOf(module.getLoc(), cast<StringAttr>(fields.get("name")).getValue(), value);
        if (failed(offset))
          return failure();
        fields.set("offset", IntegerAttr::get(IntegerType::get(context, 64), *offset));
      }
      placed.push_back(fields.getDictionary(context));
    }
    module->setAttr(variablesAttrName, ArrayAttr::get(context, placed));
    return success();
  }

  LogicalResult place(func::FuncOp function) {
    SmallVector<arith::ConstantOp> constants;
    function.walk([&](arith::ConstantOp op) {
      if (isa<RankedTensorType>(op.getType()))
        constants.push_back(op);
    });
    if (constants.empty())
      return success();
    auto sectionType = MemRefType::get({ShapedType::kDynamic}, IntegerType::get(context, 8));
    unsigned index = function.getNumArguments();
    auto attrs = DictionaryAttr::get(context, {NamedAttribute(StringAttr::get(context, constantsArgAttrName), UnitAttr::get(context))});
    if (failed(function.insertArgument(index, sectionType, attrs, function.getLoc())))
      return failure();
    Value section = function.getArgument(index);
    OpBuilder b(context);
    DenseMap<std::pair<int64_t, Type>, Value> tensors;
    for (arith::ConstantOp op : constants) {
      // Anew each time: the block's first op may be a constant that has just been erased.
      b.setInsertionPointToStart(&function.front());
      auto type = cast<RankedTensorType>(op.getType());
      // Anew each time: the constant erased last may have been the first op.
      b.setInsertionPointToStart(&function.front());
      if (type.getNumElements() == 0) {
        Value &tensor = tensors[{0, type}];
        if (!tensor)
          tensor = tensor::EmptyOp::create(b, op.getLoc(), type.getShape(), type.getElementType());
        op.replaceAllUsesWith(tensor);
        op.erase();
        continue;
      }
      FailureOr<int64_t> offset = offsetOf(op.getLoc(), nameOf(op.getLoc()), cast<ElementsAttr>(op.getValue()));
      if (failed(offset))
        return failure();
      Value &placed = tensors[{*offset + 1, type}];
      if (!placed) {
        Type element = type.getElementType().isInteger(1) ? b.getI8Type() : type.getElementType();
        Value shift = arith::ConstantIndexOp::create(b, op.getLoc(), *offset);
        auto view = memref::ViewOp::create(b, op.getLoc(), MemRefType::get(type.getShape(), element), section, shift, ValueRange());
        placed = bufferization::ToTensorOp::create(b, op.getLoc(), type, view, /*restrict=*/true);
      }
      op.replaceAllUsesWith(placed);
      op.erase();
    }
    return success();
  }
};

} // namespace
} // namespace ingot
