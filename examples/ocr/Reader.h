//===- Reader.h - Text from pictures --------------------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_EXAMPLES_OCR_READER_H
#define INGOT_EXAMPLES_OCR_READER_H

#include "Image.h"
#include "ingot/ingot.hpp"

#include <string>
#include <vector>

/// A compiled network and what one thread needs to run it.
struct Network {
  ingot::Model model;
  ingot::Context context; // after the model: destroyed before it

  bool load(const std::string &path, uint32_t threads);
};

/// A line of text on a page.
struct Line {
  Box box;
  std::string text;
  float confidence = 0; ///< mean probability of its characters
  bool upsideDown = false;
};

/// Milliseconds that the last page took.
struct Times {
  double detection = 0, direction = 0, recognition = 0;
};

class Reader {
public:
  /// Loads detection.so, direction.so and recognition.so of `folder` and the alphabet. False after an error, which error() tells.
  bool load(const std::string &folder, const std::string &keys, uint32_t threads);
  bool read(const Image &page, std::vector<Line> &lines);

  const Times &times() const { return lastTimes; }
  const std::string &error() const { return message; }

private:
  bool findBoxes(const Image &page, std::vector<Box> &boxes);
  bool isUpsideDown(const Image &line, bool &result);
  bool recognize(const Image &image, Line &line);
  bool failed();

  Network detection, direction, recognition;
  std::vector<std::string> keys;
  Times lastTimes;
  std::string message;
};

#endif // INGOT_EXAMPLES_OCR_READER_H
