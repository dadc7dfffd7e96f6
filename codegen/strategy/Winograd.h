//===- Winograd.h - Convolutions with fewer multiplications -----*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A tile of m x m results of a 3x3 convolution is A^T [(G g G^T) * (B^T d B)] A, with g the filter and d the (m+2) x (m+2) patch of
// the input: (m+2)^2 multiplications for each pair of channels where the sum itself takes 9 m^2. The products of all tiles and
// channels are (m+2)^2 matrix products.
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_CODEGEN_STRATEGY_WINOGRAD_H
#define INGOT_CODEGEN_STRATEGY_WINOGRAD_H

#include "codegen/TargetInfo.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"

#include <optional>
#include <vector>

namespace ingot {

/// What Winograd's forms may cost in precision: `Strict` takes none that rounds worse than the direct sum, `Default` keeps the largest
/// error of a layer within 5e-5 of its output's rms, `Fast` takes whatever is fastest.
enum class Accuracy { Strict, Default, Fast };
/// `strict`, `default` or `fast`; nothing for another word.
std::optional<Accuracy> parseAccuracy(llvm::StringRef word);

/// The loops of a 3x3 convolution of stride 1: result (images..., height, width, filter), input (images..., height + kh, width + kw,
/// channel). `images` holds one loop or none.
struct WinogradLoops {
  llvm::SmallVector<unsigned> images;
  unsigned height, width, filter, kh, kw, channel;
};

/// The loops of `op`, or nothing when it is no such convolution in f32 that sums from zero.
std::optional<WinogradLoops> getWinogradLoops(mlir::linalg::GenericOp op);

/// The matrices of F(m x m, 3 x 3), in rows. B^T and A^T are exact.
struct WinogradMatrices {
  int64_t m, patch; // patch == m + 2
  std::vector<std::vector<double>> inputs, filters, outputs; // B^T, G, A^T
};
const WinogradMatrices &winogradMatrices(int64_t m);

/// Expected largest error of a layer over the rms of its output, against exact sums. Measured with inputs after ReLU and He weights:
/// 5.2e-6, 7.5e-6 and 1.4e-5 for m = 4 and 64, 256 and 512 channels; for m = 2 less than that of the direct sum.
double winogradError(int64_t m, int64_t channels);

/// The tile size that is faster than the sum itself, or 0 when none is. Negative sizes are dynamic. A library for several instruction
/// sets has one set of weights, and one decision.
/// `atRunTime`: the filters are no constants, and are transformed in every run.
int64_t chooseWinograd(const TargetInfo &target, Accuracy accuracy, int64_t height, int64_t width, int64_t channels, int64_t filters,
                       int64_t images = 1, bool atRunTime = false);

/// Whether a tile's values of all channels fit a thread's stack.
bool winogradFits(int64_t m, int64_t channels);

/// Elements of the transformed filters.
int64_t winogradFilterElements(int64_t m, int64_t channels, int64_t filters);

/// Transforms filters whose element (kh, kw, channel, filter) lies at the sum of index times stride. The target is
/// [panel of filters][point][channel][filter], panels as in `Contraction.h`.
void transformFilters(int64_t m, const float *source, int64_t khStride, int64_t kwStride, int64_t channelStride, int64_t filterStride,
                      int64_t channels, int64_t filters, float *target);

struct WinogradConfig {
  int64_t tile = 2;        // decided with the filters
  int64_t lanes = 16;
  int64_t vectors = 2;
  int64_t rows = 8;        // tiles that are multiplied at once
  int64_t blockTiles = 32; // tiles of a task, a multiple of `rows`
  int64_t tasks = 4;       // where there are fewer blocks, panels are shared out as well
  bool shared = false;     // one block, transformed by all tasks for all
  bool serial = false;
};

/// `tiles`: of the whole result, negative when dynamic; `imageTiles`: of one image, where at least that is known.
WinogradConfig chooseWinogradBlocks(const TargetInfo &target, int64_t m, int64_t tiles, int64_t channels, int64_t filters,
                                    int64_t imageTiles = -1);

} // namespace ingot

#endif // INGOT_CODEGEN_STRATEGY_WINOGRAD_H
