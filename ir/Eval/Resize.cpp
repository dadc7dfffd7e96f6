//===- Resize.cpp - Evaluation of resampling -----------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// As in ONNX's definition: coordinates in f64; resampling is separable, one dimension after another; neighbours outside x repeat
// its ends unless `exclude_outside` leaves them out. A scale of its own, which need not be the quotient of the sizes, decides where
// the result's elements lie in x.
//
//===----------------------------------------------------------------------===//

#include "ir/Eval/Elements.h"

using namespace mlir;
using namespace ingot;
using namespace ingot::eval;

namespace {
/// How one dimension is resampled.
struct Resampling {
  mutable ResizeOp op; // accessors of ops are not const
  int64_t in, out;
  double scale, start = 0, end = 1;

  /// The result's size before it was rounded down to an integer.
  double exactOut() const { return scale * static_cast<double>(in); }
  bool keeps() const {
    return in == out && scale == 1 && (op.getCoordinates() != ResizeCoordinates::CropAndResize || (start == 0 && end == 1));
  }
  double coordinate(int64_t i) const;
  bool isOutside(double position) const {
    return op.getCoordinates() == ResizeCoordinates::CropAndResize && (position < 0 || position > static_cast<double>(in - 1));
  }
};

/// The neighbours `first`, `first + 1`, ... and their weights.
struct Neighbours {
  int64_t first;
  SmallVector<double, 4> weights;
};
} // namespace

double Resampling::coordinate(int64_t i) const {
  double x = static_cast<double>(i), last = static_cast<double>(in - 1), halfPixel = (x + 0.5) / scale - 0.5;
  switch (op.getCoordinates()) {
  case ResizeCoordinates::HalfPixel:
    return halfPixel;
  case ResizeCoordinates::HalfPixelSymmetric:
    return static_cast<double>(in) / 2 * (1 - static_cast<double>(out) / exactOut()) + halfPixel;
  case ResizeCoordinates::PytorchHalfPixel:
    return out > 1 ? halfPixel : 0;
  case ResizeCoordinates::AlignCorners:
    return out > 1 ? x * last / (exactOut() - 1) : 0;
  case ResizeCoordinates::Asymmetric:
    return x / scale;
  case ResizeCoordinates::CropAndResize:
    return start * last + (out > 1 ? x * (end - start) * last / (exactOut() - 1) : (end - start) * last / 2);
  case ResizeCoordinates::HalfPixelForNearest:
    return (x + 0.5) / scale;
  }
  llvm_unreachable("unknown coordinates");
}

static int64_t nearest(ResizeRounding rounding, double position) {
  switch (rounding) {
  case ResizeRounding::RoundPreferFloor:
    return static_cast<int64_t>(std::ceil(position - 0.5));
  case ResizeRounding::RoundPreferCeil:
    return static_cast<int64_t>(std::floor(position + 0.5));
  case ResizeRounding::Floor:
    return static_cast<int64_t>(std::floor(position));
  case ResizeRounding::Ceil:
    return static_cast<int64_t>(std::ceil(position));
  }
  llvm_unreachable("unknown rounding");
}

// The kernels, at a distance from the position.
static double linearKernel(double distance) {
  return std::max(0.0, 1 - std::fabs(distance));
}
static double cubicKernel(double distance, double a) {
  double x = std::fabs(distance);
  if (x <= 1)
    return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0;
}

// Antialiasing stretches the kernel when x is reduced, so that it covers all elements that fall together.
static Neighbours neighbours(const Resampling &r, double position) {
  bool isCubic = r.op.getMode() == ResizeMode::Cubic, antialias = r.op.getAntialias();
  double stretch = antialias ? std::min(r.scale, 1.0) : 1.0, base = std::floor(position), fraction = position - base;
  int64_t before = static_cast<int64_t>(std::floor((isCubic ? -2 : -1) / stretch)) + 1, after = 1 - before;
  Neighbours result{static_cast<int64_t>(base) + before, {}};
  double total = 0;
  for (int64_t i = before; i <= after; ++i) {
    double distance = (static_cast<double>(i) - fraction) * stretch;
    double weight = isCubic ? cubicKernel(distance, r.op.getCubicCoefficient().convertToDouble()) : linearKernel(distance);
    int64_t at = static_cast<int64_t>(base) + i;
    if (r.op.getExcludeOutside() && (at < 0 || at >= r.in))
      weight = 0;
    result.weights.push_back(weight);
    total += weight;
  }
  if ((antialias || r.op.getExcludeOutside()) && total != 0)
    for (double &weight : result.weights)
      weight /= total;
  return result;
}

// Resamples one dimension of `values`, whose shape is updated.
static std::vector<double> resample(const Resampling &r, const std::vector<double> &values, SmallVectorImpl<int64_t> &shape,
                                    int64_t dim) {
  AxisLoops loops(shape, dim);
  std::vector<double> result(loops.outer * r.out * loops.inner);
  double extrapolation = r.op.getExtrapolation().convertToDouble();
  for (int64_t i = 0; i < r.out; ++i) {
    double position = r.coordinate(i);
    bool isOutside = r.isOutside(position);
    Neighbours near = isOutside ? Neighbours{} : neighbours(r, position);
    for (int64_t outer = 0; outer < loops.outer; ++outer) {
      double *to = result.data() + (outer * r.out + i) * loops.inner;
      if (isOutside)
        std::fill_n(to, loops.inner, extrapolation);
      for (auto [n, weight] : llvm::enumerate(near.weights)) {
        // A neighbour without weight does not spread its NaN or infinity.
        if (weight == 0)
          continue;
        int64_t at = std::clamp<int64_t>(near.first + static_cast<int64_t>(n), 0, r.in - 1);
        const double *from = values.data() + (outer * r.in + at) * loops.inner;
        for (int64_t inner = 0; inner < loops.inner; ++inner)
          to[inner] += weight * from[inner];
      }
    }
  }
  shape[dim] = r.out;
  return result;
}

LogicalResult ResizeOp::evaluate(EvalState &state) {
  const EvalTensor &x = state.tensor(getX());
  FailureOr<SmallVector<int64_t>> sizes = state.sizes(getSizes(), getStaticSizes());
  if (failed(sizes))
    return failure();
  int64_t rank = x.getRank();
  SmallVector<Resampling> dims;
  for (int64_t d = 0; d < rank; ++d) {
    int64_t in = x.getDimSize(d), out = (*sizes)[d];
    if (in == 0 && out > 0)
      return state.error("dimension " + Twine(d) + " has no element to resample");
    double quotient = static_cast<double>(out) / static_cast<double>(std::max<int64_t>(in, 1));
    double scale = getScales() ? state.tensor(getScales()).getDouble(d) : quotient;
    if (out > 0 && !(scale > 0 && std::isfinite(scale)))
      return state.error("the scale of dimension " + Twine(d) + " is not a positive number");
    // A result element without half an element of x has no neighbours to speak of, but no end of them.
    if (getAntialias() && out > 0 && scale * static_cast<double>(in) < 0.5)
      return state.error("the scale of dimension " + Twine(d) + " is too small for its size");
    Resampling r{*this, in, out, scale};
    if (getRoi()) {
      r.start = state.tensor(getRoi()).getDouble(d);
      r.end = state.tensor(getRoi()).getDouble(rank + d);
    }
    dims.push_back(r);
  }
  Type elementType = getResult().getType().getElementType();
  if (getMode() == ResizeMode::Nearest) {
    std::vector<std::vector<int64_t>> indices(rank);
    for (auto [d, r] : llvm::enumerate(dims))
      for (int64_t i = 0; i < r.out; ++i) {
        double position = std::clamp(r.coordinate(i), -1e15, 1e15);
        bool isOutside = !r.keeps() && r.isOutside(position);
        indices[d].push_back(r.keeps() ? i : isOutside ? -1 : std::clamp<int64_t>(nearest(getRounding(), position), 0, r.in - 1));
      }
    state.set(getResult(), eval::select(x, indices, EvalTensor::scalar(elementType, getExtrapolation().convertToDouble())));
    return success();
  }
  std::vector<double> values = loadAll<double>(x);
  SmallVector<int64_t> shape(x.getShape());
  for (auto [d, r] : llvm::enumerate(dims))
    if (!r.keeps())
      values = resample(r, values, shape, d);
  state.set(getResult(), storeAll(shape, elementType, values));
  return success();
}
