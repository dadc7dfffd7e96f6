//===- LossCurve.cpp - The course of a training ----------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "utils/ingot/LossCurve.h"
#include "utils/support/Npz.h"

#include "llvm/Support/Format.h"

#include <algorithm>
#include <cmath>

using namespace llvm;

namespace ingot {

Status LossCurve::writeCsv(const std::string &path) const {
  return writeFileAtomically(path, [&](raw_ostream &out) {
    out << "step,loss,learning_rate,accuracy,validation_loss,validation_accuracy\n";
    auto number = [&](double value) {
      out << ',';
      if (!std::isnan(value))
        out << format("%.9g", value);
    };
    for (const Point &point : points) {
      out << point.step;
      for (double value : {point.loss, point.rate, point.accuracy, point.validationLoss, point.validationAccuracy})
        number(value);
      out << '\n';
    }
  });
}

// Escapes a text for XML.
static std::string escaped(StringRef text) {
  std::string result;
  for (char c : text)
    result += c == '<' ? "&lt;" : c == '>' ? "&gt;" : c == '&' ? "&amp;" : std::string(1, c);
  return result;
}

Status LossCurve::writeSvg(const std::string &path, const std::string &title) const {
  constexpr double width = 760, height = 420, left = 64, right = 20, top = 40, bottom = 44;
  double most = 0, least = 1e300;
  int64_t last = 1;
  for (const Point &point : points) {
    last = std::max(last, point.step);
    for (double value : {point.loss, point.validationLoss})
      if (std::isfinite(value))
        most = std::max(most, value), least = std::min(least, value);
  }
  if (least > most)
    least = 0, most = 1;
  least = std::min(least, 0.0);
  if (most - least < 1e-12)
    most = least + 1;
  auto x = [&](int64_t step) { return left + (width - left - right) * double(step) / double(last); };
  auto y = [&](double loss) { return top + (height - top - bottom) * (most - loss) / (most - least); };
  return writeFileAtomically(path, [&](raw_ostream &out) {
    out << format("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %g %g\" font-family=\"sans-serif\" font-size=\"12\">\n", width, height)
        << format("<rect width=\"%g\" height=\"%g\" fill=\"white\"/>\n", width, height)
        << format("<text x=\"%g\" y=\"22\" font-size=\"15\">", left) << escaped(title) << "</text>\n";
    for (int i = 0; i <= 4; ++i) {
      double value = least + (most - least) * i / 4;
      out << format("<line x1=\"%g\" y1=\"%g\" x2=\"%g\" y2=\"%g\" stroke=\"#ddd\"/>", left, y(value), width - right, y(value))
          << format("<text x=\"%g\" y=\"%g\" text-anchor=\"end\">%.3g</text>\n", left - 6, y(value) + 4, value);
      int64_t step = last * i / 4;
      out << format("<text x=\"%g\" y=\"%g\" text-anchor=\"middle\">", x(step), height - bottom + 18) << step << "</text>\n";
    }
    out << format("<text x=\"%g\" y=\"%g\" text-anchor=\"middle\">step</text>\n", (left + width - right) / 2, height - 8);
    // Thousands of steps are drawn as a few hundred means.
    size_t group = std::max<size_t>(1, points.size() / 400);
    out << "<polyline fill=\"none\" stroke=\"#1f6fb4\" stroke-width=\"1.5\" points=\"";
    for (size_t i = 0; i < points.size(); i += group) {
      double sum = 0;
      size_t count = 0;
      for (size_t k = i; k < std::min(points.size(), i + group); ++k)
        if (std::isfinite(points[k].loss))
          sum += points[k].loss, ++count;
      if (count)
        out << format("%.1f,%.1f ", x(points[i].step), y(sum / double(count)));
    }
    out << "\"/>\n<polyline fill=\"none\" stroke=\"#d2691e\" stroke-width=\"2\" points=\"";
    for (const Point &point : points)
      if (std::isfinite(point.validationLoss))
        out << format("%.1f,%.1f ", x(point.step), y(point.validationLoss));
    out << "\"/>\n";
    for (const Point &point : points)
      if (std::isfinite(point.validationLoss))
        out << format("<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"#d2691e\"/>\n", x(point.step), y(point.validationLoss));
    out << format("<text x=\"%g\" y=\"%g\" text-anchor=\"end\" fill=\"#1f6fb4\">loss of the steps</text>\n", width - right, top + 4)
        << format("<text x=\"%g\" y=\"%g\" text-anchor=\"end\" fill=\"#d2691e\">validation</text>\n</svg>\n", width - right, top + 20);
  });
}

} // namespace ingot
