//===- Image.cpp - Pictures -----------------------------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Image.h"

#include <png.h>

#include <algorithm>
#include <cmath>
#include <cstring>

Image readPng(const std::string &path, std::string &error) {
  png_image png;
  std::memset(&png, 0, sizeof(png));
  png.version = PNG_IMAGE_VERSION;
  if (!png_image_begin_read_from_file(&png, path.c_str())) {
    error = "cannot read '" + path + "': " + png.message;
    return {};
  }
  png.format = PNG_FORMAT_BGR;
  Image image(int(png.width), int(png.height));
  png_color white = {255, 255, 255}; // under transparent pixels
  if (!png_image_finish_read(&png, &white, image.bgr.data(), 0, nullptr)) {
    error = "cannot read '" + path + "': " + png.message;
    png_image_free(&png);
    return {};
  }
  return image;
}

bool writePng(const std::string &path, const Image &image) {
  png_image png;
  std::memset(&png, 0, sizeof(png));
  png.version = PNG_IMAGE_VERSION;
  png.width = png_uint_32(image.width);
  png.height = png_uint_32(image.height);
  png.format = PNG_FORMAT_BGR;
  return png_image_write_to_file(&png, path.c_str(), 0, image.bgr.data(), 0, nullptr);
}

Image crop(const Image &image, const Box &box) {
  Image result(box.right - box.left, box.bottom - box.top);
  for (int y = 0; y < result.height; ++y)
    std::memcpy(result.at(0, y), image.at(box.left, box.top + y), size_t(result.width) * 3);
  return result;
}

Image rotate180(const Image &image) {
  Image result(image.width, image.height);
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x)
      std::memcpy(result.at(x, y), image.at(image.width - 1 - x, image.height - 1 - y), 3);
  return result;
}

namespace {

constexpr int precisionBits = 32 - 8 - 2;

/// For each output pixel the first input pixel and the weights of those that count.
struct Weights {
  std::vector<int> first;
  std::vector<std::vector<int32_t>> values;
};

Weights makeWeights(int from, int to) {
  double scale = double(from) / to, filterScale = std::max(scale, 1.0), support = filterScale;
  Weights weights;
  for (int i = 0; i < to; ++i) {
    double center = (i + 0.5) * scale;
    int begin = std::max(0, int(center - support + 0.5)), end = std::min(from, int(center + support + 0.5));
    std::vector<double> exact;
    double sum = 0;
    for (int j = begin; j < end; ++j) {
      double distance = std::abs((j - center + 0.5) / filterScale);
      exact.push_back(distance < 1 ? 1 - distance : 0);
      sum += exact.back();
    }
    std::vector<int32_t> fixed;
    for (double weight : exact)
      fixed.push_back(int32_t(0.5 + (sum != 0 ? weight / sum : weight) * (1 << precisionBits)));
    weights.first.push_back(begin);
    weights.values.push_back(std::move(fixed));
  }
  return weights;
}

/// The weighted sum of pixels that are `stride` bytes apart.
uint8_t weigh(const uint8_t *pixel, size_t stride, const std::vector<int32_t> &weights) {
  int32_t sum = 1 << (precisionBits - 1);
  for (int32_t weight : weights) {
    sum += *pixel * weight;
    pixel += stride;
  }
  return uint8_t(std::clamp(sum >> precisionBits, 0, 255));
}

} // namespace

Image resize(const Image &image, int width, int height) {
  Image wide = image;
  if (width != image.width) {
    Weights weights = makeWeights(image.width, width);
    wide = Image(width, image.height);
    for (int y = 0; y < image.height; ++y)
      for (int x = 0; x < width; ++x)
        for (int c = 0; c < 3; ++c)
          wide.at(x, y)[c] = weigh(image.at(weights.first[size_t(x)], y) + c, 3, weights.values[size_t(x)]);
  }
  if (height == image.height)
    return wide;
  Weights weights = makeWeights(image.height, height);
  Image result(width, height);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      for (int c = 0; c < 3; ++c)
        result.at(x, y)[c] = weigh(wide.at(x, weights.first[size_t(y)]) + c, size_t(width) * 3, weights.values[size_t(y)]);
  return result;
}

void drawBox(Image &image, const Box &box) {
  auto paint = [&](int x, int y) {
    if (x < 0 || y < 0 || x >= image.width || y >= image.height)
      return;
    uint8_t *pixel = image.at(x, y);
    pixel[0] = 30, pixel[1] = 30, pixel[2] = 220;
  };
  for (int line = 0; line < 2; ++line) {
    for (int x = box.left; x < box.right; ++x)
      paint(x, box.top + line), paint(x, box.bottom - 1 - line);
    for (int y = box.top; y < box.bottom; ++y)
      paint(box.left + line, y), paint(box.right - 1 - line, y);
  }
}

std::vector<float> toPlanes(const Image &image, const float mean[3], const float deviation[3], int paddedWidth) {
  int width = paddedWidth ? paddedWidth : image.width;
  std::vector<float> planes(size_t(3) * size_t(image.height) * size_t(width), 0.0f);
  float *to = planes.data();
  for (int c = 0; c < 3; ++c)
    for (int y = 0; y < image.height; ++y, to += width)
      for (int x = 0; x < std::min(width, image.width); ++x)
        to[x] = (float(image.at(x, y)[c]) / 255 - mean[c]) / deviation[c];
  return planes;
}
