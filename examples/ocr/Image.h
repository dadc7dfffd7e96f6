//===- Image.h - Pictures -------------------------------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_EXAMPLES_OCR_IMAGE_H
#define INGOT_EXAMPLES_OCR_IMAGE_H

#include <cstdint>
#include <string>
#include <vector>

/// Rows of blue, green and red bytes: the order that the networks were trained on.
struct Image {
  int width = 0, height = 0;
  std::vector<uint8_t> bgr;

  Image() = default;
  Image(int width, int height) : width(width), height(height), bgr(size_t(width) * size_t(height) * 3) {}
  uint8_t *at(int x, int y) { return &bgr[(size_t(y) * size_t(width) + size_t(x)) * 3]; }
  const uint8_t *at(int x, int y) const { return &bgr[(size_t(y) * size_t(width) + size_t(x)) * 3]; }
};

/// A rectangle, the right and lower ends not included.
struct Box {
  int left, top, right, bottom;
};

/// Empty `error` on success.
Image readPng(const std::string &path, std::string &error);
bool writePng(const std::string &path, const Image &image);

Image crop(const Image &image, const Box &box);
Image rotate180(const Image &image);

/// Bilinear interpolation with antialiasing when shrinking, as Pillow does it: rows, then columns, in fixed point. Where newer Pillow does
/// the columns first, a byte may differ by one.
Image resize(const Image &image, int width, int height);

/// A red frame, two pixels wide.
void drawBox(Image &image, const Box &box);

/// Planes of floats (channel, row, column) with (v / 255 - mean) / deviation, on the right padded by zeros to `paddedWidth`.
std::vector<float> toPlanes(const Image &image, const float mean[3], const float deviation[3], int paddedWidth = 0);

#endif // INGOT_EXAMPLES_OCR_IMAGE_H
