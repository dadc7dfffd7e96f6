//===- LossCurve.h - The course of a training -------------------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_COMMAND_LOSSCURVE_H
#define INGOT_COMMAND_LOSSCURVE_H

#include "utils/support/Diagnostics.h"

#include <string>
#include <vector>

namespace ingot {

/// Losses by step, validation by epoch, as a table and as a drawing.
class LossCurve {
public:
  struct Point {
    int64_t step;
    double loss, rate, accuracy;            ///< accuracy is NaN where the loss has none
    double validationLoss, validationAccuracy; ///< NaN but at the ends of epochs
  };
  void add(const Point &point) { points.push_back(point); }
  bool empty() const { return points.empty(); }

  Status writeCsv(const std::string &path) const;
  Status writeSvg(const std::string &path, const std::string &title) const;

private:
  std::vector<Point> points;
};

} // namespace ingot

#endif // INGOT_COMMAND_LOSSCURVE_H
