//===- Winograd.cpp - Convolutions with fewer multiplications -------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/strategy/Winograd.h"
#include "codegen/fuse/Group.h"
#include "codegen/strategy/Contraction.h"

#include "mlir/IR/Matchers.h"
#include "llvm/ADT/StringSwitch.h"

#include <algorithm>
#include <cmath>

using namespace mlir;

namespace ingot {

std::optional<WinogradLoops> getWinogradLoops(linalg::GenericOp op) {
  auto dims = getContractionDims(op);
  if (!dims || dims->swapped || !dims->batch.empty() || dims->n.size() != 1 || dims->k.size() != 3)
    return std::nullopt;
  for (Value operand : op->getOperands())
    if (!getElementTypeOrSelf(operand.getType()).isF32())
      return std::nullopt;
  auto fill = op.getDpsInits()[0].getDefiningOp<linalg::FillOp>();
  if (!fill || !matchPattern(fill.getInputs()[0], m_AnyZeroFloat()))
    return std::nullopt;
  SmallVector<AffineMap> maps = op.getIndexingMapsArray();
  AffineMap input = maps[0], result = maps[2];
  unsigned rank = input.getNumResults();
  if (rank < 3 || rank > 4 || result.getNumResults() != rank)
    return std::nullopt;
  auto loop = [](AffineExpr e) -> std::optional<unsigned> {
    if (auto d = dyn_cast<AffineDimExpr>(e))
      return d.getPosition();
    return std::nullopt;
  };
  WinogradLoops loops;
  for (unsigned d = 0; d + 3 < rank; ++d) {
    auto image = loop(input.getResult(d));
    if (!image || loop(result.getResult(d)) != image)
      return std::nullopt;
    loops.images.push_back(*image);
  }
  // The other two dimensions of the input are sums of a loop of the result and one over the window, without a factor.
  auto window = [&](unsigned d, unsigned &outer, unsigned &inner) {
    auto sum = dyn_cast<AffineBinaryOpExpr>(input.getResult(d));
    auto position = loop(result.getResult(d));
    if (!sum || sum.getKind() != AffineExprKind::Add || !position)
      return false;
    auto x = loop(sum.getLHS()), y = loop(sum.getRHS());
    if (!x || !y || (*x != *position && *y != *position))
      return false;
    outer = *position;
    inner = *x == *position ? *y : *x;
    return llvm::is_contained(dims->k, inner);
  };
  auto channel = loop(input.getResult(rank - 1)), filter = loop(result.getResult(rank - 1));
  if (!window(rank - 3, loops.height, loops.kh) || !window(rank - 2, loops.width, loops.kw) || !channel || !filter)
    return std::nullopt;
  loops.channel = *channel;
  loops.filter = *filter;
  SmallVector<int64_t> sizes = op.getStaticLoopRanges();
  if (loops.kh == loops.kw || sizes[loops.kh] != 3 || sizes[loops.kw] != 3 || !llvm::is_contained(dims->k, loops.channel) ||
      loops.filter != dims->n[0] || ShapedType::isDynamic(sizes[loops.channel]) || ShapedType::isDynamic(sizes[loops.filter]))
    return std::nullopt;
  return loops;
}

// Toom and Cook's construction from finite interpolation points; the last point is infinity. Points are small dyadic fractions, so
// that everything but the division in G is exact.
static WinogradMatrices construct(ArrayRef<double> points, int64_t m) {
  WinogradMatrices result;
  int64_t n = m + 2;
  result.m = m;
  result.patch = n;
  auto power = [](double x, int64_t e) {
    double p = 1;
    while (e-- > 0)
      p *= x;
    return p;
  };
  result.outputs.assign(m, std::vector<double>(n, 0));
  for (int64_t i = 0; i < m; ++i) {
    for (int64_t j = 0; j + 1 < n; ++j)
      result.outputs[i][j] = power(points[j], i);
    result.outputs[i][n - 1] = i == m - 1;
  }
  result.filters.assign(n, std::vector<double>(3, 0));
  for (int64_t i = 0; i + 1 < n; ++i) {
    double scale = 1;
    for (int64_t j = 0; j + 1 < n; ++j)
      scale *= j == i ? 1 : points[i] - points[j];
    for (int64_t k = 0; k < 3; ++k)
      result.filters[i][k] = power(points[i], k) / scale;
  }
  result.filters[n - 1][2] = 1;
  // Row i of B^T: the coefficients of the product of (x - points[j]) over all j but i.
  for (int64_t i = 0; i < n; ++i) {
    std::vector<double> product{1};
    for (int64_t j = 0; j + 1 < n; ++j) {
      if (j == i)
        continue;
      std::vector<double> next(product.size() + 1, 0);
      for (size_t k = 0; k < product.size(); ++k) {
        next[k] -= points[j] * product[k];
        next[k + 1] += product[k];
      }
      product = next;
    }
    product.resize(n, 0);
    result.inputs.push_back(product);
  }
  return result;
}

const WinogradMatrices &winogradMatrices(int64_t m) {
  // The textbook's points for m = 4, 1 and 2, lose ten times as much precision as these.
  static const WinogradMatrices two = construct({0, 1, -1}, 2), four = construct({0, 0.75, -0.75, 1.5, -1.5}, 4);
  return m == 2 ? two : four;
}

namespace {
// Tiles of a block. More of them read the filters less often, fewer leave the first-level cache to the sums: with 64 and 128 channels 16
// are up to 5 % faster than 48.
constexpr int64_t mostTiles = 24;
constexpr int64_t mostRows = 8;
// On the stack of a thread.
constexpr int64_t mostScratchBytes = 2 << 20;
} // namespace

// What reading the filters once more for another block of tiles costs, in nanoseconds.
static double timeToReadAgain(const TargetInfo &target, double bytes) {
  if (bytes <= target.l2Bytes / 2)
    return 0;
  return bytes / (bytes <= target.l3Bytes / 2 ? target.l3BytesPerCycle * target.gigahertz : target.dramGigabytesPerSecond);
}

// Tiles of a block. Their transformed input and one panel of products stay in the second-level cache, unless reading the filters less
// often gains more: with 512 channels and 49 tiles, seven blocks read 38 MB seven times.
static int64_t tilesOfBlock(const TargetInfo &target, int64_t m, int64_t tiles, int64_t channels, int64_t filters) {
  int64_t points = (m + 2) * (m + 2), bytes = points * 4 * (channels + panelColumns);
  int64_t small = std::clamp<int64_t>(std::min<int64_t>(target.l2Bytes * 3 / 4, mostScratchBytes / 2) / bytes, 1, mostTiles);
  int64_t large = std::clamp<int64_t>(mostScratchBytes / bytes, 1, 2 * mostTiles);
  if (tiles <= 0 || large <= small)
    return small;
  double panels = std::ceil(double(filters) / panelColumns), again = timeToReadAgain(target, 4.0 * points * channels * paddedColumns(filters));
  // The transformed input of a large block is read from the third-level cache for each panel.
  double input = panels * tiles * points * 4 * channels / (target.l3BytesPerCycle * target.gigahertz);
  auto blocks = [&](int64_t size) { return double((tiles + size - 1) / size); };
  return blocks(large) * again + input < blocks(small) * again ? large : small;
}

bool winogradFits(int64_t m, int64_t channels) {
  return (m + 2) * (m + 2) * mostRows * (channels + panelColumns) * int64_t(sizeof(float)) <= mostScratchBytes / 2;
}

std::optional<Accuracy> parseAccuracy(StringRef word) {
  return llvm::StringSwitch<std::optional<Accuracy>>(word)
      .Case("strict", Accuracy::Strict)
      .Case("default", Accuracy::Default)
      .Case("fast", Accuracy::Fast)
      .Default(std::nullopt);
}

double winogradError(int64_t m, int64_t channels) { return (m == 2 ? 1.2e-7 : 6.5e-7) * std::sqrt(double(channels)); }

int64_t chooseWinograd(const TargetInfo &target, Accuracy accuracy, int64_t height, int64_t width, int64_t channels, int64_t filters,
                       int64_t images, bool atRunTime) {
  if (channels < 16 || filters < 16)
    return 0;
  // Something like the middle of a network, where sizes are not known.
  if (height < 0)
    height = 32;
  if (width < 0)
    width = 32;
  // Times of multiply-adds, for 16 elements each, and of weights, in nanoseconds.
  double columns = paddedColumns(filters), pairs = channels * columns / 16, multiplyAdd = 32 / target.peakGigaflops();
  auto fromMemory = [&](double elements) { return 4 * elements / target.dramGigabytesPerSecond; };
  // Sums of many steps leave time to fetch the next weights: about two thirds of the wait is hidden.
  double area = double(images) * height * width;
  double best = 9 * pairs * area * multiplyAdd + fromMemory(9 * channels * columns) / 3;
  int64_t choice = 0;
  for (int64_t m : {2, 4}) {
    if (!winogradFits(m, channels) || (accuracy == Accuracy::Strict && m > 2) ||
        (accuracy == Accuracy::Default && winogradError(m, channels) > 5e-5))
      continue;
    double points = double((m + 2) * (m + 2));
    // Partial tiles cost as much as whole ones.
    double tiles = double(images) * double((height + m - 1) / m) * double((width + m - 1) / m);
    // Operations of both transforms for a value, loads and stores included.
    double transform = tiles * points * (2 + 1.5 * m) * (channels + columns) / 16;
    // The filters of a point are used for few tiles, so that the time to fetch them shows, and further blocks of tiles read them again.
    double filterElements = points * channels * columns, blocks = std::ceil(tiles / tilesOfBlock(target, m, tiles, channels, filters));
    double time = (transform + tiles * points * pairs) * multiplyAdd + fromMemory(filterElements) +
                  (blocks - 1) * timeToReadAgain(target, 4 * filterElements);
    // The transform of filters reads them and writes the result, whose lines the processor fetches first.
    if (atRunTime)
      time += fromMemory(9 * channels * columns + filterElements);
    // What is gained must pay for larger weights.
    if (!atRunTime && accuracy != Accuracy::Fast)
      time *= 1.1;
    if (time < best) {
      best = time;
      choice = m;
    }
  }
  return choice;
}

int64_t winogradFilterElements(int64_t m, int64_t channels, int64_t filters) {
  return (m + 2) * (m + 2) * channels * paddedColumns(filters);
}

void transformFilters(int64_t m, const float *source, int64_t khStride, int64_t kwStride, int64_t channelStride, int64_t filterStride,
                      int64_t channels, int64_t filters, float *target) {
  const WinogradMatrices &matrices = winogradMatrices(m);
  int64_t patch = matrices.patch, columns = paddedColumns(filters);
  const auto &g = matrices.filters;
  std::fill(target, target + winogradFilterElements(m, channels, filters), 0.0f);
  for (int64_t f = 0; f < filters; ++f) {
    int64_t panel = f / panelColumns, width = std::min(columns - panel * panelColumns, panelColumns);
    float *out = target + panel * panelColumns * patch * patch * channels + f % panelColumns;
    for (int64_t c = 0; c < channels; ++c) {
      const float *filter = source + c * channelStride + f * filterStride;
      double left[6][3];
      for (int64_t i = 0; i < patch; ++i)
        for (int64_t k = 0; k < 3; ++k) {
          left[i][k] = 0;
          for (int64_t h = 0; h < 3; ++h)
            left[i][k] += g[i][h] * filter[h * khStride + k * kwStride];
        }
      for (int64_t i = 0; i < patch; ++i)
        for (int64_t j = 0; j < patch; ++j) {
          double value = left[i][0] * g[j][0] + left[i][1] * g[j][1] + left[i][2] * g[j][2];
          out[((i * patch + j) * channels + c) * width] = static_cast<float>(value);
        }
    }
  }
}

WinogradConfig chooseWinogradBlocks(const TargetInfo &target, int64_t m, int64_t tiles, int64_t channels, int64_t filters,
                                    int64_t imageTiles) {
  WinogradConfig config;
  int64_t points = (m + 2) * (m + 2);
  config.tile = m;
  config.lanes = target.lanes(32);
  int64_t most = target.vectorRegisters >= 32 ? mostRows : target.hasFma ? 6 : 4;
  config.rows = most;
  // Rows that waste least of the last tile: 49 tiles are 7 times 7. Few rows load the columns more often. Of images whose number is
  // not known there is at least one.
  if (int64_t count = tiles > 0 ? tiles : imageTiles; count > 0) {
    auto cost = [&](int64_t rows) { return double((count + rows - 1) / rows * rows) * (1 + 0.25 / rows); };
    for (int64_t rows = most - 1; rows >= most / 2; --rows)
      if (cost(rows) < cost(config.rows))
        config.rows = rows;
  }
  int64_t fit = tilesOfBlock(target, m, tiles, channels, filters);
  int64_t units = std::max<int64_t>(fit / config.rows, 1);
  if (tiles > 0) {
    // Four tasks at least: blocks of their own, or panels that share one block.
    int64_t all = (tiles + config.rows - 1) / config.rows;
    config.shared = all < config.tasks && all <= units;
    // Where the filters are small, blocks are what tasks share; where they are large, panels are.
    bool manyPanels = filters / panelColumns >= 2 * config.tasks && timeToReadAgain(target, 4.0 * points * channels * filters) > 0;
    if (!config.shared && !manyPanels)
      units = std::min(units, (all + config.tasks - 1) / config.tasks);
    int64_t blocks = (all + units - 1) / units;
    units = (all + blocks - 1) / blocks;
    // Below about 5 us of work waking another thread costs more than it gains.
    config.serial = 2.0 * tiles * points * channels * filters < 500e3 * config.lanes / 16;
  }
  config.blockTiles = units * config.rows;
  return config;
}

} // namespace ingot
