//===- Reader.cpp - Text from pictures ------------------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The three steps of PaddleOCR: find the lines on the page, turn those that stand on their heads, read each. Boxes are axis-aligned.
//
//===----------------------------------------------------------------------===//

#include "Reader.h"

// Made by `ingot compile`, one for each network.
#include "detection.h"
#include "direction.h"
#include "recognition.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <fstream>

static constexpr float imageNetMean[] = {0.485f, 0.456f, 0.406f}, imageNetDeviation[] = {0.229f, 0.224f, 0.225f};
static constexpr float half[] = {0.5f, 0.5f, 0.5f};

/// Adds the time from its construction to its end to `total`.
class Stopwatch {
public:
  explicit Stopwatch(double &total) : total(total), start(std::chrono::steady_clock::now()) {}
  ~Stopwatch() { total += std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count(); }

private:
  double &total;
  std::chrono::steady_clock::time_point start;
};

//===----------------------------------------------------------------------===//
// Networks
//===----------------------------------------------------------------------===//

bool Network::load(const std::string &path, uint32_t threads) {
  ingot_context_options options = {};
  options.struct_bytes = sizeof(options);
  options.threads = threads;
  return model.open(path.c_str()) == INGOT_STATUS_OK && context.create(model, &options) == INGOT_STATUS_OK;
}

bool Reader::failed() {
  message = ingot_last_error();
  return false;
}

bool Reader::load(const std::string &folder, const std::string &keysPath, uint32_t threads) {
  if (!detection.load(folder + "/detection.so", threads) || !direction.load(folder + "/direction.so", threads) ||
      !recognition.load(folder + "/recognition.so", threads))
    return failed();
  std::ifstream file(keysPath);
  keys.assign(1, ""); // class 0: no character
  for (std::string key; keys.size() < 6624 && std::getline(file, key);) {
    if (!key.empty() && key.back() == '\r')
      key.pop_back();
    keys.push_back(key);
  }
  keys.push_back(" ");
  if (keys.size() == 6625)
    return true;
  message = "cannot read the alphabet '" + keysPath + "'";
  return false;
}

//===----------------------------------------------------------------------===//
// Detection
//===----------------------------------------------------------------------===//

namespace {

/// A connected region of probable text, in pixels of the probability map.
struct Region {
  int left, top, right, bottom;
  double sum = 0;
  int count = 0;
};

/// Regions of pixels above the threshold that touch at their sides, in the order of their first pixels.
std::vector<Region> findRegions(const float *probability, int width, int height, float threshold) {
  std::vector<Region> regions;
  std::vector<bool> seen(size_t(width) * size_t(height), false);
  std::vector<int> stack;
  for (int start = 0; start < width * height; ++start) {
    if (seen[size_t(start)] || !(probability[start] > threshold))
      continue;
    Region region = {width, height, 0, 0};
    seen[size_t(start)] = true;
    stack.push_back(start);
    while (!stack.empty()) {
      int at = stack.back(), x = at % width, y = at / width;
      stack.pop_back();
      region.left = std::min(region.left, x);
      region.top = std::min(region.top, y);
      region.right = std::max(region.right, x + 1);
      region.bottom = std::max(region.bottom, y + 1);
      region.sum += double(probability[at]);
      ++region.count;
      auto visit = [&](int next) {
        if (!seen[size_t(next)] && probability[next] > threshold) {
          seen[size_t(next)] = true;
          stack.push_back(next);
        }
      };
      if (x > 0)
        visit(at - 1);
      if (x + 1 < width)
        visit(at + 1);
      if (y > 0)
        visit(at - width);
      if (y + 1 < height)
        visit(at + width);
    }
    regions.push_back(region);
  }
  return regions;
}

/// The nearest multiple of 32, halves to the even one, at least 32.
int roundTo32(int size) { return std::max(32, int(std::nearbyint(size / 32.0)) * 32); }

} // namespace

bool Reader::findBoxes(const Image &page, std::vector<Box> &boxes) {
  Stopwatch watch(lastTimes.detection);
  int width = roundTo32(page.width), height = roundTo32(page.height);
  std::vector<float> input = toPlanes(resize(page, width, height), imageNetMean, imageNetDeviation);
  ingot_tensor map;
  if (detection_run(detection.context.get(), input.data(), 1, height, width, &map))
    return failed();
  int mapHeight = int(map.dims[2]), mapWidth = int(map.dims[3]);
  double scaleX = double(page.width) / mapWidth, scaleY = double(page.height) / mapHeight;
  for (const Region &region : findRegions(ingot::data<float>(map), mapWidth, mapHeight, 0.3f)) {
    int w = region.right - region.left, h = region.bottom - region.top;
    if (w * h < 60 || region.sum / region.count < 0.5)
      continue;
    // The network is trained on shrunken text: grow the box by area over perimeter.
    double grow = w * h * 1.6 / (2 * (w + h));
    boxes.push_back({std::max(0, int((region.left - grow) * scaleX)), std::max(0, int((region.top - grow) * scaleY)),
                     std::min(page.width, int((region.right + grow) * scaleX)),
                     std::min(page.height, int((region.bottom + grow) * scaleY))});
  }
  // In reading order: rows of 20 pixels, then from left to right.
  std::sort(boxes.begin(), boxes.end(), [](const Box &a, const Box &b) {
    return a.top / 20 != b.top / 20 ? a.top / 20 < b.top / 20 : a.left < b.left;
  });
  return true;
}

//===----------------------------------------------------------------------===//
// Direction and recognition
//===----------------------------------------------------------------------===//

bool Reader::isUpsideDown(const Image &line, bool &result) {
  Stopwatch watch(lastTimes.direction);
  int width = std::min(192, std::max(1, int(std::ceil(48.0 * line.width / line.height))));
  std::vector<float> input = toPlanes(resize(line, width, 48), half, half, /*paddedWidth=*/192);
  ingot_tensor output;
  if (direction_run(direction.context.get(), input.data(), 1, 48, 192, &output))
    return failed();
  result = ingot::data<float>(output)[1] > 0.9f;
  return true;
}

bool Reader::recognize(const Image &image, Line &line) {
  Stopwatch watch(lastTimes.recognition);
  int width = std::max(16, int(std::ceil(48.0 * image.width / image.height)));
  std::vector<float> input = toPlanes(resize(image, width, 48), half, half);
  ingot_tensor output;
  if (recognition_run(recognition.context.get(), input.data(), 1, width, &output))
    return failed();
  // The best class of each step; repetitions and the empty class 0 fall away.
  const float *row = ingot::data<float>(output);
  int64_t steps = output.dims[1], classes = output.dims[2], last = -1;
  double sum = 0;
  int count = 0;
  for (int64_t step = 0; step < steps; ++step, row += classes) {
    int64_t best = std::max_element(row, row + classes) - row;
    if (best != 0 && best != last && size_t(best) < keys.size()) {
      line.text += keys[size_t(best)];
      sum += double(row[best]);
      ++count;
    }
    last = best;
  }
  line.confidence = count ? float(sum / count) : 0;
  return true;
}

bool Reader::read(const Image &page, std::vector<Line> &lines) {
  lastTimes = {};
  std::vector<Box> boxes;
  if (!findBoxes(page, boxes))
    return false;
  for (const Box &box : boxes) {
    Line line;
    line.box = box;
    Image image = crop(page, box);
    if (!isUpsideDown(image, line.upsideDown))
      return false;
    if (line.upsideDown)
      image = rotate180(image);
    if (!recognize(image, line))
      return false;
    lines.push_back(line);
  }
  return true;
}
