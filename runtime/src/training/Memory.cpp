//===- Memory.cpp - Where variables lie ----------------------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Parameters, slots and buffers lie in one piece of memory, gradients in another, which is there from their first use on: a step in
// one function never uses it.
//
//===----------------------------------------------------------------------===//

#include "Training.h"

#include <link.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

using namespace ingot::runtime;

static constexpr size_t alignment = 64;
static constexpr size_t page = 4096; // at least: what the first cache takes an address modulo

//===----------------------------------------------------------------------===//
// Places
//===----------------------------------------------------------------------===//

bool ingot::runtime::isGradient(const ingot_state &state, int32_t index) {
  return state.training->variables()->Get(uint32_t(index))->kind() == m::VariableKind_Gradient;
}

/// The parameter that a variable is or belongs to, or -1.
static int32_t parameterOf(const ingot_state &state, uint32_t index) {
  const m::VariableInfo *variable = state.training->variables()->Get(index);
  return variable->kind() == m::VariableKind_Parameter ? int32_t(index)
         : variable->kind() == m::VariableKind_Buffer  ? -1
                                                       : variable->parameter();
}

/// Whether memory from `at` on would lie a multiple of a page behind a variable of the same parameter. An update goes through all
/// of them side by side, and is a tenth slower when they share their places in the first cache.
static bool clashes(const ingot_state &state, uint32_t index, size_t at) {
  int32_t parameter = parameterOf(state, index);
  for (uint32_t i = 0; parameter >= 0 && i < uint32_t(state.variableCount); ++i)
    if (state.variables[i].offset >= 0 && parameterOf(state, i) == parameter &&
        (at - size_t(state.variables[i].offset)) % page == 0)
      return true;
  return false;
}

void ingot::runtime::placeVariables(ingot_state &state) {
  size_t sizes[2] = {0, 0}; // of values, of gradients
  auto place = [&](uint32_t index) {
    Variable &variable = state.variables[index];
    if (variable.offset >= 0)
      return;
    bool gradient = isGradient(state, int32_t(index));
    size_t &at = sizes[gradient];
    while (!gradient && clashes(state, index, at))
      at += alignment;
    variable.offset = int64_t(at);
    at += (size_t(variable.bytes) + alignment - 1) / alignment * alignment;
  };
  for (int32_t i = 0; i < state.variableCount; ++i)
    state.variables[i].offset = -1;
  const auto *buckets = state.training->buckets();
  for (uint32_t i = 0; i < sizeOf(buckets); ++i)
    for (uint32_t j = 0; j < sizeOf(buckets->Get(i)->variables()); ++j)
      place(uint32_t(buckets->Get(i)->variables()->Get(j)));
  // Gradients first: as a bucket has no gaps, the others make way for them.
  for (bool gradients : {true, false})
    for (int8_t kind = m::VariableKind_MIN; kind <= m::VariableKind_MAX; ++kind)
      for (uint32_t i = 0; i < uint32_t(state.variableCount); ++i)
        if (state.training->variables()->Get(i)->kind() == kind && isGradient(state, int32_t(i)) == gradients)
          place(i);
  state.memoryBytes = sizes[0] ? sizes[0] : alignment;
  state.gradientBytes = sizes[1];
}

//===----------------------------------------------------------------------===//
// Zeros
//===----------------------------------------------------------------------===//

/// Large pieces come from the system, where a page costs nothing until something is written to it.
void *ingot::runtime::allocateZeros(void *, size_t bytes, size_t align) {
  if (bytes < 2 * hugePage) {
    void *memory = nullptr;
    if (posix_memalign(&memory, align, bytes))
      return nullptr;
    return memset(memory, 0, bytes);
  }
  return mapMemory(bytes);
}

void ingot::runtime::releaseZeros(void *, void *memory, size_t bytes) {
  if (bytes < 2 * hugePage)
    free(memory);
  else
    unmapMemory(memory, bytes);
}

/// Zeros for variables; a page's place in the first cache is that of the offset.
static char *reserve(const ingot_state &state, size_t bytes) {
  void *memory = state.options.allocate(state.options.user, bytes, page);
  if (memory && state.options.allocate != allocateZeros)
    memset(memory, 0, bytes);
  return static_cast<char *>(memory);
}

static ingot_status place(const ingot_state &state, char *&memory, size_t bytes, bool gradients) {
  memory = reserve(state, bytes);
  if (!memory)
    return fail(INGOT_STATUS_MEMORY, "out of memory: the %s of training need %llu bytes", gradients ? "gradients" : "variables",
                static_cast<unsigned long long>(bytes));
  for (int32_t i = 0; i < state.variableCount; ++i)
    if (isGradient(state, i) == gradients)
      state.variables[i].data = memory + state.variables[i].offset;
  return INGOT_STATUS_OK;
}

ingot_status ingot::runtime::allocateValues(ingot_state &state) {
  return place(state, state.memory, state.memoryBytes, false);
}

ingot_status ingot::runtime::needGradients(const ingot_state &state) {
  return state.gradients || !state.gradientBytes ? INGOT_STATUS_OK : place(state, state.gradients, state.gradientBytes, true);
}

ingot_status ingot::runtime::needVariable(const ingot_state &state, int32_t index) {
  return isGradient(state, index) ? needGradients(state) : INGOT_STATUS_OK;
}

ingot_status ingot::runtime::needVariablesOf(const ingot_state &state, const Function &function) {
  for (int32_t i = 0; !state.gradients && i < function.variableCount; ++i)
    if (ingot_status status = needVariable(state, function.info->variables()->Get(uint32_t(i))->variable()))
      return status;
  return INGOT_STATUS_OK;
}

//===----------------------------------------------------------------------===//
// First values
//===----------------------------------------------------------------------===//

namespace {
/// A place in memory, and whether it was loaded from a file that nothing can have changed.
struct Place {
  const char *at;
  bool isConstant;
};
} // namespace

static int findPlace(dl_phdr_info *object, size_t, void *argument) {
  auto &place = *static_cast<Place *>(argument);
  for (int i = 0; i < object->dlpi_phnum; ++i) {
    const auto &segment = object->dlpi_phdr[i];
    auto begin = reinterpret_cast<const char *>(object->dlpi_addr + segment.p_vaddr);
    if (segment.p_type == PT_LOAD && place.at >= begin && size_t(place.at - begin) < segment.p_filesz) {
      place.isConstant = !(segment.p_flags & PF_W);
      return 1;
    }
  }
  return 0;
}

WeightsReader::WeightsReader(const ingot_model &model)
    : begin(static_cast<const char *>(model.constants)), bytes(m::GetManifest(model.library->manifest)->weights_bytes()) {
  // What was not mapped from a file by the loader or by the runtime itself would be lost.
  Place place = {begin, model.weights != nullptr};
  if (!model.weights && model.handle && bytes)
    dl_iterate_phdr(findPlace, &place);
  canReturn = place.isConstant;
}

/// Reading a page of a file makes those around it resident, too: as many as this.
static constexpr size_t around = size_t(64) << 10;

void WeightsReader::read(void *to, uint64_t offset, uint64_t length) const {
  constexpr uint64_t piece = 4 << 20;
  for (uint64_t done = 0; done < length; done += piece) {
    uint64_t at = offset + done, size = length - done < piece ? length - done : piece;
    memcpy(static_cast<char *>(to) + done, begin + at, size);
#ifdef MADV_DONTNEED
    if (!canReturn)
      continue;
    // The pages are still in the file: whoever reads one again finds the same there.
    auto first = reinterpret_cast<uintptr_t>(begin + at) / around * around;
    auto last = (reinterpret_cast<uintptr_t>(begin + at + size) + around - 1) / around * around;
    auto system = uintptr_t(sysconf(_SC_PAGESIZE));
    auto low = reinterpret_cast<uintptr_t>(begin) / system * system;
    auto high = (reinterpret_cast<uintptr_t>(begin + bytes) + system - 1) / system * system;
    first = first < low ? low : first;
    last = last > high ? high : last;
    madvise(reinterpret_cast<void *>(first), last - first, MADV_DONTNEED);
#endif
  }
}
