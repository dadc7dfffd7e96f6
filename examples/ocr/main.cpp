//===- main.cpp - Prints the text on a page -------------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//   ocr PAGE.png [--models FOLDER] [--keys FILE] [--boxes OUT.png] [--threads N] [--plain]
//
// FOLDER holds the compiled networks (default: the program's own folder). --boxes writes the page with a frame around each line; --plain
// prints the text alone.
//
//===----------------------------------------------------------------------===//

#include "Reader.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>

static int fail(const std::string &message) {
  std::fprintf(stderr, "ocr: %s\n", message.c_str());
  return 1;
}

int main(int argc, char **argv) {
  std::string page, boxes, folder = argv[0], keys;
  uint32_t threads = 0;
  bool plain = false;
  folder = folder.find('/') == std::string::npos ? "." : folder.substr(0, folder.rfind('/'));
  for (int i = 1; i < argc; ++i) {
    std::string option = argv[i];
    const char *value = i + 1 < argc ? argv[i + 1] : nullptr;
    if (option == "--plain")
      plain = true;
    else if (option[0] != '-')
      page = option;
    else if (!value)
      return fail("option " + option + " needs a value");
    else if (option == "--models")
      folder = argv[++i];
    else if (option == "--keys")
      keys = argv[++i];
    else if (option == "--boxes")
      boxes = argv[++i];
    else if (option == "--threads")
      threads = uint32_t(std::atoi(argv[++i]));
    else
      return fail("unknown option " + option);
  }
  if (page.empty())
    return fail("usage: ocr PAGE.png [--models FOLDER] [--keys FILE] [--boxes OUT.png] [--threads N] [--plain]");
  if (keys.empty())
    keys = folder + "/ppocr_keys_v1.txt";

  std::string error;
  Image image = readPng(page, error);
  if (!error.empty())
    return fail(error);
  Reader reader;
  std::vector<Line> lines;
  if (!reader.load(folder, keys, threads) || !reader.read(image, lines))
    return fail(reader.error());
  for (const Line &line : lines) {
    if (plain)
      std::printf("%s\n", line.text.c_str());
    else
      std::printf("(%3d,%3d)-(%3d,%3d)  %.4f%s  %s\n", line.box.left, line.box.top, line.box.right, line.box.bottom,
                  double(line.confidence), line.upsideDown ? "  upside down" : "", line.text.c_str());
    drawBox(image, line.box);
  }
  if (!plain) {
    const Times &times = reader.times();
    std::printf("%zu lines; detection %.1f ms, direction %.1f ms, recognition %.1f ms\n", lines.size(), times.detection, times.direction,
                times.recognition);
  }
  if (!boxes.empty() && !writePng(boxes, image))
    return fail("cannot write '" + boxes + "'");
  return 0;
}
