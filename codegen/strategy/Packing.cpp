//===- Packing.cpp - How a packed weight is made ---------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/strategy/Packing.h"
#include "codegen/strategy/Contraction.h"
#include "codegen/strategy/Winograd.h"
#include "utils/support/MappedFile.h"

#include "mlir/IR/AsmState.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/DialectResourceBlobManager.h"

using namespace mlir;

namespace ingot {

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

// One panel: `width` columns of which `filled` are there. `kOffsets` holds `inner` steps of the innermost loop for each iteration of the
// outer ones; groups do not cross its end.
template <typename T, typename Stored>
static void packPanel(const T *source, Stored *target, int64_t width, int64_t filled, const Packing &packing) {
  int64_t nStride = packing.columnStride, group = packing.group, inner = packing.inner;
  if (group == 1) {
    for (int64_t kOffset : packing.kOffsets) {
      const T *from = source + kOffset;
      if (nStride == 1)
        for (int64_t c = 0; c < filled; ++c)
          target[c] = static_cast<Stored>(from[c]);
      else
        for (int64_t c = 0; c < filled; ++c)
          target[c] = static_cast<Stored>(from[c * nStride]);
      std::fill(target + filled, target + width, Stored(0));
      target += width;
    }
    return;
  }
  for (ArrayRef<int64_t> steps = packing.kOffsets; !steps.empty(); steps = steps.drop_front(inner))
    for (int64_t step = 0; step < inner; step += group) {
      std::fill(target, target + width * group, Stored(0));
      for (int64_t i = 0; i < std::min(group, inner - step); ++i) {
        const T *from = source + steps[step + i];
        for (int64_t c = 0; c < filled; ++c)
          target[c * group + i] = static_cast<Stored>(from[c * nStride]);
      }
      target += width * group;
    }
}

template <typename T, typename Stored>
static void packPanels(const Packing &packing, ArrayRef<char> raw, function_ref<void(ArrayRef<char>)> sink) {
  int64_t padded = paddedColumns(packing.columns);
  SmallVector<Stored, 0> panel;
  for (int64_t base : packing.batchOffsets) {
    const T *source = reinterpret_cast<const T *>(raw.data()) + packing.offset + base;
    for (int64_t first = 0; first < packing.columns; first += panelColumns) {
      int64_t width = std::min(padded - first, panelColumns), filled = std::min(packing.columns - first, width);
      panel.resize_for_overwrite(width * packing.paddedSteps());
      packPanel(source + first * packing.columnStride, panel.data(), width, filled, packing);
      sink({reinterpret_cast<const char *>(panel.data()), panel.size() * sizeof(Stored)});
    }
  }
}

int64_t Packing::elements() const {
  if (tile)
    return winogradFilterElements(tile, channels, columns);
  return paddedColumns(columns) * paddedSteps() * batchOffsets.size();
}

int64_t Packing::paddedSteps() const {
  return group == 1 ? kOffsets.size() : kOffsets.size() / inner * ((inner + group - 1) / group * group);
}

void Packing::write(function_ref<void(ArrayRef<char>)> sink) const {
  std::vector<char> expanded;
  ArrayRef<char> raw = rawData(source, bytes, expanded);
  if (tile) {
    std::vector<float> target(elements());
    transformFilters(tile, reinterpret_cast<const float *>(raw.data()) + offset, khStride, kwStride, channelStride, columnStride, channels,
                     columns, target.data());
    sink({reinterpret_cast<const char *>(target.data()), target.size() * sizeof(float)});
  } else if (isFloat && storedBytes == 1) {
    packPanels<float, int8_t>(*this, raw, sink);
  } else if (isFloat && storedBytes == 2) {
    packPanels<float, int16_t>(*this, raw, sink);
  } else if (bytes == 4 && storedBytes == 1) {
    packPanels<int32_t, int8_t>(*this, raw, sink);
  } else if (bytes == 4 && storedBytes == 2) {
    packPanels<int32_t, int16_t>(*this, raw, sink);
  } else if (bytes == 1) {
    packPanels<uint8_t, uint8_t>(*this, raw, sink);
  } else if (bytes == 2) {
    packPanels<uint16_t, uint16_t>(*this, raw, sink);
  } else if (bytes == 4) {
    packPanels<uint32_t, uint32_t>(*this, raw, sink);
  } else {
    packPanels<uint64_t, uint64_t>(*this, raw, sink);
  }
  MappedFile::releasePages(raw);
}

// The fields of fixed length come first; so lists of different lengths never coincide.
std::vector<int64_t> Packing::layout() const {
  std::vector<int64_t> list{
      bytes,        storedBytes, isFloat,  group,    inner,         offset,   columns,
      columnStride, tile,        khStride, kwStride, channelStride, channels, static_cast<int64_t>(kOffsets.size())};
  llvm::append_range(list, kOffsets);
  llvm::append_range(list, batchOffsets);
  return list;
}

DictionaryAttr Packing::toAttribute(MLIRContext *context) const {
  Builder b(context);
  return b.getDictionaryAttr({b.getNamedAttr("source", source), b.getNamedAttr("layout", b.getDenseI64ArrayAttr(layout()))});
}

Packing Packing::fromAttribute(DictionaryAttr attribute) {
  ArrayRef<int64_t> list = cast<DenseI64ArrayAttr>(attribute.get("layout")).asArrayRef();
  Packing packing;
  packing.source = cast<ElementsAttr>(attribute.get("source"));
  int64_t isFloat = 0;
  int64_t *const fields[] = {&packing.bytes,   &packing.storedBytes, &isFloat,          &packing.group,
                             &packing.inner,   &packing.offset,      &packing.columns,  &packing.columnStride,
                             &packing.tile,    &packing.khStride,    &packing.kwStride, &packing.channelStride,
                             &packing.channels};
  for (auto [i, field] : llvm::enumerate(fields))
    *field = list[i];
  packing.isFloat = isFloat;
  list = list.drop_front(std::size(fields));
  packing.kOffsets = list.slice(1, list[0]).vec();
  packing.batchOffsets = list.drop_front(1 + list[0]).vec();
  return packing;
}

} // namespace ingot
