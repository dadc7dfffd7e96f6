//===- Window.h - Padding and layout of windowed operators ------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What convolutions and poolings share: ONNX's attributes of a window, `auto_pad`, and the change to channels last.
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_FRONTEND_DECODE_WINDOW_H
#define INGOT_FRONTEND_DECODE_WINDOW_H

#include "frontend/Decoder.h"

namespace ingot {

/// [N, C, spatial...] to [N, spatial..., C] and back. The layout pass cancels them between neighbours.
mlir::Value toChannelsLast(ImportBuilder &b, mlir::Value x);
mlir::Value toChannelsFirst(ImportBuilder &b, mlir::Value x);

/// The spatial part of a window; an entry for each spatial dimension.
struct WindowAttributes {
  llvm::SmallVector<int64_t> kernel, strides, dilations;
  /// As given by `pads`; `resolvePads` makes what `auto_pad` says of it.
  Dims low, high;

  /// Size that the window spans.
  int64_t extent(size_t i) const { return (kernel[i] - 1) * dilations[i] + 1; }
  bool hasStaticPads() const;
  llvm::SmallVector<int64_t> staticLow() const;
  llvm::SmallVector<int64_t> staticHigh() const;
};

/// Reads kernel_shape (or takes `kernel`), strides, dilations, pads and auto_pad for input x, of layout [N, C, spatial...].
llvm::FailureOr<WindowAttributes> readWindow(NodeReader &node, ImportBuilder &b, mlir::Value x, llvm::ArrayRef<int64_t> kernel);

/// A list with a value for the batch dimension before and one for the channels behind.
llvm::SmallVector<int64_t> aroundSpatial(llvm::ArrayRef<int64_t> spatial, int64_t outer);
Dims aroundSpatial(llvm::ArrayRef<Dim> spatial, Dim outer);

} // namespace ingot

#endif // INGOT_FRONTEND_DECODE_WINDOW_H
