//===- Locate.cpp - Where a number that is none comes from ---------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A step whose loss is not finite has changed nothing, so it can be run again: this time with a look at all memory that kernels write,
// cleared before, behind each of them. Only steps that fail pay for it.
//
//===----------------------------------------------------------------------===//

#include "../Context.h"
#include "Training.h"

#include <stdio.h>

using namespace ingot::runtime;

namespace {

/// Bytes to look at before giving up: some seconds.
constexpr int64_t mostBytes = int64_t(32) << 30;

enum class Kind { NotANumber, Infinity };

struct Observer {
  ingot_context &context;
  Kind wanted;
  int32_t kernel = -1; ///< behind which it was seen first
  int64_t seenBytes = 0;
};

} // namespace

/// The bits that processors make. Others may belong to whole numbers, of which -1 is the most common.
static bool isWanted(uint32_t bits, Kind kind) {
  return kind == Kind::NotANumber ? (bits & 0x7fffffffu) == 0x7fc00000u : bits == 0x7f800000u;
}
static bool isWanted(uint64_t bits, Kind kind) {
  return kind == Kind::NotANumber ? (bits & ~(uint64_t(1) << 63)) == 0x7ff8000000000000u : bits == 0x7ff0000000000000u;
}

template <typename Word> static bool holds(const void *memory, size_t bytes, Kind kind) {
  const auto *words = static_cast<const Word *>(memory);
  // In pieces, within which there is no way out and the loop can be vectorized.
  for (size_t i = 0, count = bytes / sizeof(Word); i < count;) {
    bool found = false;
    for (size_t end = i + 4096 < count ? i + 4096 : count; i < end; ++i)
      found |= isWanted(words[i], kind);
    if (found)
      return true;
  }
  return false;
}

static bool holdsTyped(const void *memory, int64_t bytes, int32_t dtype, Kind kind) {
  return dtype == INGOT_F32   ? holds<uint32_t>(memory, size_t(bytes), kind)
         : dtype == INGOT_F64 ? holds<uint64_t>(memory, size_t(bytes), kind)
                              : false;
}

/// Calls `visit` with each piece of memory that a run writes.
template <typename Visit> static void forEachPiece(ingot_context &context, const Function &function, Visit visit) {
  visit(context.arena.data, context.arena.bytes);
  for (int32_t i = 0; i < function.outputCount; ++i)
    visit(context.owned[i].data, context.owned[i].bytes);
  // Several are put together before the next run.
  if (context.chunks && !context.chunks->next)
    visit(reinterpret_cast<char *>(context.chunks) + memoryAlignment, context.chunks->bytes - memoryAlignment);
}

static void observe(const ingot_env *env, int32_t kernel, int32_t begin) {
  auto &observer = *static_cast<Observer *>(static_cast<ingot_context *>(env->host)->training->observer);
  if (begin || observer.kernel >= 0 || observer.seenBytes > mostBytes)
    return;
  forEachPiece(observer.context, *observer.context.running, [&](void *memory, size_t bytes) {
    observer.seenBytes += int64_t(bytes);
    if (bytes && (holds<uint32_t>(memory, bytes, observer.wanted) || holds<uint64_t>(memory, bytes, observer.wanted)))
      observer.kernel = kernel;
  });
}

static bool nameKernel(const ingot_model &model, int32_t kernel, char *text, size_t size) {
  const auto *manifest = m::GetManifest(model.library->manifest);
  if (kernel < 0 || uint32_t(kernel) >= sizeOf(manifest->kernels()))
    return false;
  const auto *nodes = manifest->kernels()->Get(uint32_t(kernel))->nodes();
  if (!sizeOf(nodes))
    return false;
  const auto *node = manifest->nodes()->Get(uint32_t(nodes->Get(0)));
  char others[64] = "";
  if (nodes->size() > 1)
    snprintf(others, sizeof(others), " or a node computed with it");
  snprintf(text, size, "node '%s' (%s)%s", textOf(node->name()), textOf(node->op()), others);
  return true;
}

bool ingot::runtime::locate(ingot_context &context, ingot_state &state, int32_t index, const ingot_tensor *inputs, int32_t inputCount,
                            char *text, size_t size) {
  const Function &function = context.model->functions[index];
  if (function.stateCount)
    return false; // a run would change the context's states
  for (Kind kind : {Kind::NotANumber, Kind::Infinity}) {
    for (int32_t i = 0; i < inputCount; ++i) {
      int64_t bytes = 0;
      countBytes(inputs[i].dtype, inputs[i].dims, inputs[i].rank, bytes);
      if (bytes && holdsTyped(inputs[i].data, bytes, inputs[i].dtype, kind)) {
        snprintf(text, size, "input '%s'", function.inputs[i].name);
        return true;
      }
    }
    for (int32_t i = 0; i < function.variableCount; ++i) {
      int32_t variable = function.info->variables()->Get(uint32_t(i))->variable();
      const m::VariableInfo *info = state.training->variables()->Get(uint32_t(variable));
      if (info->kind() != m::VariableKind_Gradient &&
          holdsTyped(state.variables[variable].data, state.variables[variable].bytes, info->tensor()->dtype(), kind)) {
        snprintf(text, size, "%s '%s'", kindName(info->kind()), info->tensor()->name()->c_str());
        return true;
      }
    }
  }
  for (Kind kind : {Kind::NotANumber, Kind::Infinity}) {
    Observer observer = {context, kind};
    forEachPiece(context, function, [](void *memory, size_t bytes) { bytes ? memset(memory, 0, bytes) : memory; });
    auto profile = context.env.profile;
    context.env.profile = observe;
    ingot_status status = runWith(context, state, index, inputs, inputCount, &observer);
    context.env.profile = profile;
    if (status)
      return false;
    if (nameKernel(*context.model, observer.kernel, text, size))
      return true;
  }
  return false;
}
