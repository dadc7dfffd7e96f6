//===- NonMaxSuppression.cpp - The custom call of that name --------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Of each class of each batch the boxes by falling score, without those that overlap a chosen one by more than a threshold.
//
//===----------------------------------------------------------------------===//

#include "ir/Eval/Elements.h"

#include <numeric>

using namespace mlir;
using namespace ingot;
using namespace ingot::eval;

namespace {
// In f32, as whether two boxes overlap too much must not depend on the precision.
struct Box {
  float y0, x0, y1, x1;

  Box(const float *c, bool isCentre) {
    if (isCentre) { // x, y, width, height
      x0 = c[0] - c[2] / 2, x1 = c[0] + c[2] / 2;
      y0 = c[1] - c[3] / 2, y1 = c[1] + c[3] / 2;
    } else { // two corners, in any order
      y0 = std::min(c[0], c[2]), y1 = std::max(c[0], c[2]);
      x0 = std::min(c[1], c[3]), x1 = std::max(c[1], c[3]);
    }
  }
  float area() const { return (y1 - y0) * (x1 - x0); }

  bool overlaps(const Box &other, float threshold) const {
    float height = std::min(y1, other.y1) - std::max(y0, other.y0), width = std::min(x1, other.x1) - std::max(x0, other.x0);
    if (height <= 0 || width <= 0 || area() <= 0 || other.area() <= 0)
      return false;
    float common = height * width;
    return common / (area() + other.area() - common) > threshold;
  }
};
} // namespace

// An absent scalar is an empty tensor.
static std::optional<double> scalarOf(EvalState &state, CustomCallOp op, unsigned i) {
  if (i >= op.getInputs().size() || state.tensor(op.getInputs()[i]).getNumElements() == 0)
    return std::nullopt;
  return state.tensor(op.getInputs()[i]).getDouble(0);
}

static bool isSet(std::optional<DictionaryAttr> parameters, StringRef name) {
  auto value = parameters ? parameters->getAs<IntegerAttr>(name) : IntegerAttr();
  return value && !value.getValue().isZero();
}

namespace ingot::eval {
LogicalResult evaluateNonMaxSuppression(CustomCallOp op, EvalState &state) {
  if (op.getInputs().size() < 2 || op.getResults().size() != 1)
    return state.error("non_max_suppression needs boxes and scores and has one result");
  const EvalTensor &boxes = state.tensor(op.getInputs()[0]), &scores = state.tensor(op.getInputs()[1]);
  if (boxes.getRank() != 3 || scores.getRank() != 3 || boxes.getDimSize(2) != 4 || boxes.getDimSize(0) != scores.getDimSize(0) ||
      boxes.getDimSize(1) != scores.getDimSize(2) || !boxes.getElementType().isF32() || !scores.getElementType().isF32())
    return state.error("boxes of shape " + describe(boxes.getShape()) + " do not fit scores of shape " +
                       describe(scores.getShape()));
  auto most = static_cast<int64_t>(scalarOf(state, op, 2).value_or(0));
  auto overlap = static_cast<float>(scalarOf(state, op, 3).value_or(0));
  std::optional<double> lowest = scalarOf(state, op, 4);
  bool isCentre = isSet(op.getParameters(), "center_point_box");
  int64_t batches = scores.getDimSize(0), classes = scores.getDimSize(1), count = scores.getDimSize(2);
  std::vector<int64_t> rows;
  for (int64_t batch = 0; batch < batches; ++batch)
    for (int64_t cls = 0; cls < classes; ++cls) {
      const float *score = scores.data<float>() + (batch * classes + cls) * count;
      auto boxAt = [&](int64_t i) { return Box(boxes.data<float>() + (batch * count + i) * 4, isCentre); };
      std::vector<int64_t> candidates, chosen;
      for (int64_t i = 0; i < count; ++i)
        if (!lowest || score[i] > static_cast<float>(*lowest))
          candidates.push_back(i);
      auto rank = [&](int64_t i) { return std::isnan(score[i]) ? -std::numeric_limits<float>::infinity() : score[i]; };
      std::stable_sort(candidates.begin(), candidates.end(), [&](int64_t a, int64_t b) { return rank(a) > rank(b); });
      for (int64_t candidate : candidates) {
        if (static_cast<int64_t>(chosen.size()) >= most)
          break;
        Box box = boxAt(candidate);
        if (llvm::any_of(chosen, [&](int64_t other) { return box.overlaps(boxAt(other), overlap); }))
          continue;
        chosen.push_back(candidate);
        rows.insert(rows.end(), {batch, cls, candidate});
      }
    }
  Type elementType = getElementTypeOrSelf(op.getResults()[0]);
  state.set(op.getResults()[0], storeAll({static_cast<int64_t>(rows.size()) / 3, 3}, elementType, rows));
  return success();
}
} // namespace ingot::eval
