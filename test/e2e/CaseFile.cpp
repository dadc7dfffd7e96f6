//===- CaseFile.cpp - The files of end-to-end cases -----------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/e2e/CaseFile.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

using namespace llvm;

namespace ingot::e2e {

std::string describe(const Sizes &sizes) {
  std::string text;
  for (const auto &[symbol, size] : sizes)
    text += (text.empty() ? "" : " ") + symbol + "=" + std::to_string(size);
  return text.empty() ? "static" : text;
}

// `s=1,7 t=4`: each combination.
static bool parseSizes(StringRef line, std::vector<Sizes> &all) {
  std::vector<Sizes> combinations(1);
  for (StringRef word : split(line, ' ')) {
    if (word.empty())
      continue;
    auto [symbol, list] = word.split('=');
    std::vector<Sizes> next;
    for (StringRef number : split(list, ',')) {
      int64_t size;
      if (number.getAsInteger(10, size))
        return false;
      for (Sizes sizes : combinations) {
        sizes[symbol.str()] = size;
        next.push_back(std::move(sizes));
      }
    }
    combinations = std::move(next);
  }
  all.insert(all.end(), combinations.begin(), combinations.end());
  return true;
}

static bool parseInput(StringRef line, std::map<unsigned, InputRule> &inputs) {
  auto [number, rule] = line.split(':');
  unsigned index;
  if (number.trim().getAsInteger(10, index))
    return false;
  InputRule &input = inputs[index];
  if (rule.trim() == "special") {
    input.special = true;
    return true;
  }
  auto [low, high] = rule.trim().split(' ');
  return !low.getAsDouble(input.low) && !high.trim().getAsDouble(input.high);
}

static bool parseHeader(StringRef line, Case &one) {
  if (line.consume_front("SIZES:"))
    return parseSizes(line.trim(), one.sizes);
  if (line.consume_front("INPUT "))
    return parseInput(line, one.inputs);
  if (line.consume_front("TOLERANCE:"))
    return !line.trim().getAsDouble(one.tolerance);
  if (line.consume_front("DIMS:"))
    for (StringRef word : split(line.trim(), ' '))
      one.dims.push_back(word.str());
  return true;
}

bool readCases(StringRef path, std::vector<Case> &cases, std::string &error) {
  auto buffer = MemoryBuffer::getFile(path);
  if (!buffer) {
    error = (path + ": " + buffer.getError().message()).str();
    return false;
  }
  SmallVector<StringRef> chunks;
  (*buffer)->getBuffer().split(chunks, "// -----\n");
  for (StringRef chunk : chunks) {
    Case one;
    one.text = chunk.str();
    for (StringRef line : split(chunk, '\n')) {
      if (line.consume_front("// ") && !parseHeader(line, one)) {
        error = (path + ": cannot read '" + line + "'").str();
        return false;
      }
      if (line.consume_front("func.func @") && one.name.empty())
        one.name = (sys::path::stem(path) + "/" + line.take_until([](char c) { return c == '('; })).str();
    }
    if (one.name.empty())
      continue;
    if (one.sizes.empty())
      one.sizes.emplace_back();
    cases.push_back(std::move(one));
  }
  return true;
}

} // namespace ingot::e2e
