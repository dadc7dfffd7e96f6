//===- Window.cpp - Padding and layout of windowed operators --------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "frontend/decode/Window.h"

using namespace mlir;

namespace ingot {

Value toChannelsLast(ImportBuilder &b, Value x) {
  SmallVector<int64_t> permutation = {0};
  for (int64_t dim = 2; dim < rankOf(x); ++dim)
    permutation.push_back(dim);
  permutation.push_back(1);
  return b.transpose(x, permutation);
}

Value toChannelsFirst(ImportBuilder &b, Value x) {
  int64_t rank = rankOf(x);
  SmallVector<int64_t> permutation = {0, rank - 1};
  for (int64_t dim = 1; dim < rank - 1; ++dim)
    permutation.push_back(dim);
  return b.transpose(x, permutation);
}

bool WindowAttributes::hasStaticPads() const {
  return llvm::all_of(low, [](Dim d) { return ImportBuilder::known(d).has_value(); }) &&
         llvm::all_of(high, [](Dim d) { return ImportBuilder::known(d).has_value(); });
}

SmallVector<int64_t> WindowAttributes::staticLow() const {
  return *ImportBuilder::known(ArrayRef<Dim>(low));
}
SmallVector<int64_t> WindowAttributes::staticHigh() const {
  return *ImportBuilder::known(ArrayRef<Dim>(high));
}

// SAME: ceil(size / stride) windows. With a stride of 1 the padding does not depend on the size.
static Dim samePadding(ImportBuilder &b, Dim size, int64_t stride, int64_t extent) {
  if (stride == 1)
    return b.dim(extent - 1);
  Dim windows = b.ceilDivDims(size, b.dim(stride));
  Dim covered = b.addDims(b.mulDims(b.subDims(windows, b.dim(1)), b.dim(stride)), b.dim(extent));
  return b.maxDims(b.subDims(covered, size), b.dim(0));
}

FailureOr<WindowAttributes> readWindow(NodeReader &node, ImportBuilder &b, Value x, ArrayRef<int64_t> kernel) {
  WindowAttributes window;
  size_t spatial = rankOf(x) - 2;
  window.kernel = node.ints("kernel_shape", kernel);
  window.strides = node.ints("strides", SmallVector<int64_t>(spatial, 1));
  window.dilations = node.ints("dilations", SmallVector<int64_t>(spatial, 1));
  SmallVector<int64_t> pads = node.ints("pads", SmallVector<int64_t>(2 * spatial, 0));
  if (!node.check(window.kernel.size() == spatial && window.strides.size() == spatial && window.dilations.size() == spatial &&
                      pads.size() == 2 * spatial,
                  "kernel_shape, strides, dilations or pads do not fit the input's " + Twine(spatial) + " spatial dimensions"))
    return failure();
  // Bounded, so that arithmetic on them cannot overflow.
  auto inRange = [](int64_t low) { return [low](int64_t v) { return v >= low && v <= (int64_t(1) << 31); }; };
  if (!node.check(llvm::all_of(window.kernel, inRange(1)) && llvm::all_of(window.strides, inRange(1)) &&
                      llvm::all_of(window.dilations, inRange(1)),
                  "kernel_shape, strides and dilations must be positive"))
    return failure();
  if (!node.check(llvm::all_of(pads, inRange(0)), "negative or huge pads"))
    return failure();

  StringRef autoPad = node.s("auto_pad", "NOTSET");
  if (!node.check(llvm::is_contained({"NOTSET", "VALID", "SAME_UPPER", "SAME_LOWER", ""}, autoPad),
                  "auto_pad is '" + autoPad + "', which ONNX does not know"))
    return failure();
  for (size_t i = 0; i < spatial; ++i) {
    if (autoPad.starts_with("SAME")) {
      Dim total = samePadding(b, b.size(x, i + 2), window.strides[i], window.extent(i));
      Dim less = b.floorDivDims(total, b.dim(2)), more = b.subDims(total, less);
      window.low.push_back(autoPad == "SAME_UPPER" ? less : more);
      window.high.push_back(autoPad == "SAME_UPPER" ? more : less);
    } else {
      bool valid = autoPad == "VALID";
      window.low.push_back(b.dim(valid ? 0 : pads[i]));
      window.high.push_back(b.dim(valid ? 0 : pads[spatial + i]));
    }
  }
  return window;
}

SmallVector<int64_t> aroundSpatial(ArrayRef<int64_t> spatial, int64_t outer) {
  SmallVector<int64_t> all = {outer};
  llvm::append_range(all, spatial);
  all.push_back(outer);
  return all;
}

Dims aroundSpatial(ArrayRef<Dim> spatial, Dim outer) {
  Dims all = {outer};
  llvm::append_range(all, spatial);
  all.push_back(outer);
  return all;
}

} // namespace ingot
