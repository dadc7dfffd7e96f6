//===- DedupeConstants.cpp - One op for equal constants ----------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// CSE compares attributes: two resources with the same bytes, as exporters write them for shared weights, stay two.
//
//===----------------------------------------------------------------------===//

#include "passes/Passes.h"
#include "passes/Utils.h"

#include "llvm/Support/xxhash.h"
#include "mlir/IR/DialectResourceBlobManager.h"

using namespace mlir;

namespace ingot {

#define GEN_PASS_DEF_DEDUPECONSTANTSPASS
#include "passes/Passes.h.inc"

/// The elements' bytes and whether one element stands for all; nothing where the attribute has none.
static std::optional<std::pair<ArrayRef<char>, bool>> getRawBytes(ElementsAttr value) {
  if (auto dense = dyn_cast<DenseElementsAttr>(value))
    return std::pair(dense.getRawData(), dense.isSplat());
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(value))
    if (AsmResourceBlob *blob = resource.getRawHandle().getBlob())
      return std::pair(blob->getData(), false);
  return std::nullopt;
}

/// A hash of the ends of large data: equal hashes are compared anyhow, and going through all weights takes time.
static uint64_t sampleBytes(ArrayRef<char> bytes) {
  constexpr size_t sample = 16 << 10;
  auto hash = [](ArrayRef<char> part) { return llvm::xxh3_64bits(ArrayRef(reinterpret_cast<const uint8_t *>(part.data()), part.size())); };
  if (bytes.size() <= 2 * sample)
    return hash(bytes);
  return hash(bytes.take_front(sample)) * 31 + hash(bytes.take_back(sample)) + bytes.size();
}

namespace {

struct DedupeConstantsPass : impl::DedupeConstantsPassBase<DedupeConstantsPass> {
  void runOnOperation() override {
    // Regions that are isolated cannot share a constant; each block list of a function is visited on its own.
    getOperation()->walk([&](Operation *op) {
      if (op->hasTrait<OpTrait::IsIsolatedFromAbove>() && op->getNumRegions() == 1 && !isa<ModuleOp>(op))
        dedupe(op->getRegion(0));
    });
  }

private:
  void dedupe(Region &region) {
    if (region.empty())
      return;
    llvm::DenseMap<std::pair<Type, uint64_t>, SmallVector<ConstantOp>> seen;
    SmallVector<ConstantOp> constants;
    region.walk([&](ConstantOp op) {
      if (op->getParentWithTrait<OpTrait::IsIsolatedFromAbove>() == region.getParentOp())
        constants.push_back(op);
    });
    for (ConstantOp op : constants) {
      auto bytes = getRawBytes(op.getValue());
      if (!bytes)
        continue;
      uint64_t hash = sampleBytes(bytes->first);
      SmallVector<ConstantOp> &same = seen[{op.getType(), hash}];
      auto found = llvm::find_if(same, [&](ConstantOp other) { return *getRawBytes(other.getValue()) == *bytes; });
      if (found == same.end()) {
        same.push_back(op);
        continue;
      }
      // The kept one must dominate all uses: the entry block's start does.
      Operation *kept = *found;
      if (kept->getBlock() != &region.front() || (op->getBlock() == kept->getBlock() && op->isBeforeInBlock(kept)))
        kept->moveBefore(&region.front(), region.front().begin());
      op.getResult().replaceAllUsesWith(kept->getResult(0));
      op.erase();
    }
  }
};

} // namespace

} // namespace ingot
