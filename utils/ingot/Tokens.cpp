//===- Tokens.cpp - ingot bench --tokens -----------------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "utils/ingot/Tokens.h"

#include "llvm/ADT/StringExtras.h"

#include <algorithm>
#include <chrono>

using namespace llvm;

namespace ingot {

static bool isInteger(const ingot_tensor_info &info) {
  return info.dtype == INGOT_I64 || info.dtype == INGOT_I32;
}

/// The output that is fed back as input `name`, by the names that exporters give them.
static std::vector<std::string> presentNames(StringRef name) {
  std::vector<std::string> names;
  for (auto [from, to] :
       {std::pair("past_key_values", "present"), std::pair("past_key_values", "present_key_values"), std::pair("past", "present")})
    if (size_t at = name.find(from); at != StringRef::npos)
      names.push_back((name.take_front(at) + to + name.drop_front(at + StringRef(from).size())).str());
  return names;
}

Outcome TokenLoop::prepare(const std::vector<ingot_tensor> &first, int64_t tokens) {
  inputs = first;
  outputs.assign(model.outputs().size(), ingot_tensor{});
  for (size_t i = 0; i < model.inputs().size(); ++i) {
    const ingot_tensor_info &info = model.inputs()[i];
    StringRef name = info.name;
    if (isInteger(info) && info.rank >= 1 && info.rank <= 2 && !name.contains("position") && !name.contains("mask") &&
        (tokenInput < 0 ||
         (name.contains("input_ids") && !StringRef(model.inputs()[size_t(tokenInput)].name).contains("input_ids"))))
      tokenInput = int(i);
    for (const std::string &present : presentNames(name))
      if (int32_t output = ingot_model_find_output(model.get(), 0, present.c_str()); output >= 0) {
        pairs.emplace_back();
        pairs.back().input = i;
        pairs.back().output = size_t(output);
        pairs.back().axis = -1;
        break;
      }
  }
  if (tokenInput < 0)
    return fail(Outcome::BadInput, "--tokens: the model has no integer input of token ids");
  for (size_t i = 0; i < outputs.size() && logits < 0; ++i)
    if (model.outputs()[i].dtype == INGOT_F32 && model.outputs()[i].rank >= 1 &&
        none_of(pairs, [&](const Pair &pair) { return pair.output == i; }))
      logits = int(i);
  for (Pair &pair : pairs) {
    const ingot_tensor_info &in = model.inputs()[pair.input], &out = model.outputs()[pair.output];
    uint64_t bytes = uint64_t(ingot_dtype_bytes(in.dtype));
    for (int32_t d = 0; d < in.rank; ++d) {
      if (out.rank != in.rank || (in.dims[d] >= 0 && out.dims[d] != in.dims[d]))
        return fail(Outcome::BadInput, "--tokens: output '" + Twine(out.name) + "' (" +
                                           formatDims(ArrayRef<int64_t>(out.dims, size_t(out.rank)), out.symbols) +
                                           ") cannot be fed back as input '" + in.name + "' (" +
                                           formatDims(ArrayRef<int64_t>(in.dims, size_t(in.rank)), in.symbols) + ")");
      if (in.dims[d] < 0 && StringRef(in.symbols[d]) != out.symbols[d])
        pair.axis = d;
      bytes *= uint64_t(first[pair.input].dims[d]) + (pair.axis == d ? uint64_t(promptTokens() + tokens) : 0);
    }
    // Two buffers of the caller's that take turns: the result of a step is the input of the next without being copied.
    for (NpzArray &buffer : pair.buffers)
      if (!buffer.allocate(std::max<uint64_t>(bytes, 1)))
        return fail(Outcome::System, "out of memory");
  }
  start = inputs;
  return Outcome::Ok;
}

int64_t TokenLoop::promptTokens() const {
  const ingot_tensor &tensor = inputs[size_t(tokenInput)];
  return tensor.dims[tensor.rank - 1];
}

/// The size of a dimension in a step of one token: a name, a number, or a sum of them.
static int64_t evaluate(StringRef text, const StringMap<int64_t> &sizes, int64_t otherwise) {
  SmallVector<StringRef> terms;
  text.split(terms, '+');
  int64_t sum = 0;
  for (StringRef term : terms) {
    int64_t number;
    auto known = sizes.find(term.trim());
    if (known != sizes.end())
      sum += known->second;
    else if (!term.trim().getAsInteger(10, number))
      sum += number;
    else
      return otherwise;
  }
  return sum;
}

Outcome TokenLoop::nextInputs(int64_t past) {
  const ingot_tensor_info &tokenInfo = model.inputs()[size_t(tokenInput)];
  StringMap<int64_t> sizes;
  for (const Pair &pair : pairs)
    if (pair.axis >= 0)
      sizes[model.inputs()[pair.input].symbols[pair.axis]] = past;
  for (int32_t i = 0; i < ingot_model_state_count(model.get(), 0); ++i) {
    ingot_state_info state;
    ingot_model_state(model.get(), 0, i, &state);
    if (state.axis >= 0)
      sizes[state.tensor.symbols[state.axis]] = past;
  }
  if (tokenInfo.dims[tokenInfo.rank - 1] < 0)
    sizes[tokenInfo.symbols[tokenInfo.rank - 1]] = 1;
  sizes.erase("");
  for (size_t i = 0; i < inputs.size(); ++i) {
    const ingot_tensor_info &info = model.inputs()[i];
    if (any_of(pairs, [&](const Pair &pair) { return pair.input == i; }))
      continue;
    ingot_tensor &tensor = inputs[i];
    int64_t bytes = ingot_dtype_bytes(info.dtype);
    for (int32_t d = 0; d < info.rank; ++d) {
      if (info.dims[d] < 0)
        tensor.dims[d] = evaluate(info.symbols[d], sizes, tensor.dims[d]);
      bytes *= tensor.dims[d];
    }
    bool isPosition = StringRef(info.name).contains("position"), isMask = StringRef(info.name).contains("mask");
    if (int(i) != tokenInput && !isPosition && !isMask && bytes <= start[i].bytes)
      continue;
    NpzArray &own = owned[i];
    if (!own.data || own.bytes < uint64_t(bytes))
      if (!own.allocate(uint64_t(bytes) * 2 + 8))
        return fail(Outcome::System, "out of memory");
    int64_t value = int(i) == tokenInput ? token : isPosition ? past : 1;
    for (int64_t at = 0; at < bytes; at += ingot_dtype_bytes(info.dtype)) {
      float one = 1;
      if (info.dtype == INGOT_F32)
        memcpy(own.data + at, &one, sizeof(one));
      else
        memcpy(own.data + at, &value, size_t(ingot_dtype_bytes(info.dtype)));
    }
    tensor.data = own.data;
    tensor.bytes = bytes;
  }
  return Outcome::Ok;
}

/// Rows that the caches hold.
int64_t TokenLoop::rows(ingot_context *context) const {
  for (const Pair &pair : pairs)
    if (pair.axis >= 0)
      return inputs[pair.input].dims[pair.axis];
  for (int32_t i = 0; i < ingot_model_state_count(model.get(), 0); ++i) {
    ingot_state_info state;
    ingot_tensor value = {};
    ingot_model_state(model.get(), 0, i, &state);
    if (state.axis >= 0 && !ingot_context_state_get(context, 0, i, &value))
      return value.dims[state.axis];
  }
  return 0;
}

Outcome TokenLoop::run(ingot_context *context, int64_t tokens, TokenTimes &times) {
  using Clock = std::chrono::steady_clock;
  inputs = start;
  std::vector<double> steps;
  for (int64_t step = 0; step < tokens; ++step) {
    if (step)
      if (Outcome outcome = nextInputs(rows(context)); outcome != Outcome::Ok)
        return outcome;
    for (ingot_tensor &output : outputs)
      output = {};
    for (Pair &pair : pairs) {
      NpzArray &buffer = pair.buffers[step & 1];
      outputs[pair.output].data = buffer.data;
      outputs[pair.output].bytes = int64_t(buffer.bytes);
    }
    auto before = Clock::now();
    if (ingot_status status =
            ingot_context_run(context, 0, inputs.data(), int32_t(inputs.size()), outputs.data(), int32_t(outputs.size())))
      return fail(status, "token " + Twine(step + 1) + ": ");
    double us = std::chrono::duration<double, std::micro>(Clock::now() - before).count();
    if (step)
      steps.push_back(us);
    else
      times.first = us;
    for (Pair &pair : pairs)
      inputs[pair.input] = outputs[pair.output];
    if (logits >= 0) {
      // The likeliest token behind the last one.
      const ingot_tensor &values = outputs[size_t(logits)];
      int64_t width = values.dims[values.rank - 1], count = 1;
      for (int32_t d = 0; d < values.rank; ++d)
        count *= values.dims[d];
      if (count >= width && width > 0) {
        const float *last = static_cast<const float *>(values.data) + count - width;
        token = std::max_element(last, last + width) - last;
      }
    }
  }
  times.count = tokens;
  if (steps.empty())
    return Outcome::Ok;
  double total = 0;
  for (double us : steps)
    total += us;
  std::sort(steps.begin(), steps.end());
  times.minimum = steps.front();
  times.median = (steps[(steps.size() - 1) / 2] + steps[steps.size() / 2]) / 2;
  times.perSecond = double(steps.size()) / total * 1e6;
  return Outcome::Ok;
}

} // namespace ingot
