//===- State.cpp - What a context keeps from run to run ------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Compiled code sees a state as an input and an output. For one that grows both are the same memory: rows are stored one after
// another (the model's axis that grows is dimension 0), and a run writes only behind those that it got. One that does not grow has
// two pieces of memory that take turns. So a run that fails has changed nothing.
//
//===----------------------------------------------------------------------===//

#include "Context.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

using namespace ingot::runtime;

//===----------------------------------------------------------------------===//
// Slots
//===----------------------------------------------------------------------===//

static const ingot_tensor_info &storedInfo(const Function &function, int32_t index) {
  return function.inputs[function.inputCount + index];
}

static void clear(StateSlot &slot, const Function &function, int32_t index) {
  const ingot_tensor_info &info = storedInfo(function, index);
  slot.isSet = false;
  for (int32_t i = 0; i < info.rank; ++i)
    slot.dims[i] = info.dims[i];
  if (function.states[index].axis >= 0)
    slot.dims[0] = 0;
}

bool ingot::runtime::buildStates(ingot_context &context) {
  size_t count = 0;
  for (int32_t i = 0; i < context.model->functionCount; ++i)
    count += size_t(context.model->functions[i].stateCount);
  if (!count)
    return true;
  if (!reserve(context, context.stateTable, count * sizeof(StateSlot)))
    return false;
  memset(context.stateTable.data, 0, context.stateTable.bytes);
  context.states = static_cast<StateSlot *>(context.stateTable.data);
  ingot_context_state_reset(&context);
  return true;
}

void ingot::runtime::releaseStates(ingot_context &context) {
  for (int32_t i = 0; context.states && i < context.model->functionCount; ++i) {
    const Function &function = context.model->functions[i];
    for (int32_t j = 0; j < function.stateCount; ++j) {
      StateSlot &slot = context.states[function.firstState + j];
      release(context, slot.now.data, slot.now.bytes);
      release(context, slot.next.data, slot.next.bytes);
    }
  }
  release(context, context.stateTable.data, context.stateTable.bytes);
}

/// Bytes of the slot's memory once its sizes are known; false when they overflow.
static bool countSlotBytes(const Function &function, int32_t index, const int64_t *dims, int64_t &bytes) {
  const ingot_tensor_info &info = storedInfo(function, index);
  int64_t sizes[INGOT_MAX_RANK];
  memcpy(sizes, dims, sizeof(sizes));
  if (function.states[index].axis >= 0)
    sizes[0] = function.states[index].capacity;
  return countBytes(info.dtype, sizes, info.rank, bytes);
}

/// The size that a dimension without a size yet has by its name among the inputs, -1 when none has this name.
static int64_t sizeByName(const ingot_context &context, const char *symbol) {
  const Function &function = *context.running;
  const int64_t *dims = context.inputDims;
  for (int32_t i = 0; i < function.inputCount; dims += function.inputs[i].rank, ++i)
    for (int32_t j = 0; j < function.inputs[i].rank; ++j)
      if (*symbol && !strcmp(function.inputs[i].symbols[j], symbol))
        return dims[j];
  return -1;
}

ingot_status ingot::runtime::takeStates(ingot_context &context) {
  const Function &function = *context.running;
  int64_t *dims = context.inputDims;
  for (int32_t i = 0; i < function.inputCount; ++i)
    dims += function.inputs[i].rank;
  for (int32_t i = 0; i < function.stateCount; ++i) {
    StateSlot &slot = context.states[function.firstState + i];
    const ingot_tensor_info &info = storedInfo(function, i);
    if (!slot.isSet) {
      clear(slot, function, i);
      for (int32_t j = 0; j < info.rank; ++j)
        if (slot.dims[j] < 0 && (slot.dims[j] = sizeByName(context, info.symbols[j])) < 0)
          return fail(INGOT_STATUS_STATE, "state '%s' has no size in dimension %d yet, and no input tells it: set the state first",
                      info.name, j);
    }
    int64_t bytes;
    if (!countSlotBytes(function, i, slot.dims, bytes))
      return fail(INGOT_STATUS_STATE, "state '%s' would be too large", info.name);
    if (!reserve(context, slot.now, size_t(bytes)))
      return fail(INGOT_STATUS_MEMORY, "out of memory: state '%s' needs %lld bytes", info.name, static_cast<long long>(bytes));
    if (!slot.isSet && function.states[i].axis < 0)
      memset(slot.now.data, 0, size_t(bytes));
    context.inputs[function.inputCount + i] = slot.now.data;
    for (int32_t j = 0; j < info.rank; ++j)
      *dims++ = slot.dims[j];
  }
  return INGOT_STATUS_OK;
}

/// The model's number of dimension `stored` of a state.
static int32_t modelDimension(const ingot_state_info &state, int32_t stored) {
  return stored > state.axis ? stored : stored == 0 ? state.axis : stored - 1;
}

/// Whether the sizes that the plan or the run computed are those of the states; -1, which the plan does not know, only if `isKnown`
/// is false.
static ingot_status checkSizes(const ingot_context &context, const int64_t *dims, bool isKnown) {
  const Function &function = *context.running;
  for (int32_t i = 0; i < function.stateCount; dims += storedInfo(function, i).rank, ++i) {
    const StateSlot &slot = context.states[function.firstState + i];
    const ingot_state_info &state = function.states[i];
    bool grows = state.axis >= 0;
    for (int32_t j = grows; j < state.tensor.rank; ++j)
      if (dims[j] != slot.dims[j] && (isKnown || dims[j] >= 0))
        return fail(INGOT_STATUS_STATE,
                    "output '%s' would have size %lld in dimension %d and cannot take the place of state '%s', which has %lld",
                    state.output, static_cast<long long>(dims[j]), modelDimension(state, j), state.tensor.name,
                    static_cast<long long>(slot.dims[j]));
    if (grows && dims[0] > state.capacity)
      return fail(INGOT_STATUS_STATE, "state '%s' is full: it has %lld rows of at most %lld, and the run adds %lld",
                  state.tensor.name, static_cast<long long>(slot.dims[0]), static_cast<long long>(state.capacity),
                  static_cast<long long>(dims[0] - slot.dims[0]));
  }
  return INGOT_STATUS_OK;
}

/// Of the states, behind those of the outputs.
static const int64_t *stateOutputDims(const ingot_context &context) {
  const int64_t *dims = context.outputDims;
  for (int32_t i = 0; i < context.running->outputCount; ++i)
    dims += context.running->outputs[i].rank;
  return dims;
}

ingot_status ingot::runtime::placeStates(ingot_context &context) {
  const Function &function = *context.running;
  if (ingot_status status = checkSizes(context, stateOutputDims(context), /*isKnown=*/false))
    return status;
  for (int32_t i = 0; i < function.stateCount; ++i) {
    StateSlot &slot = context.states[function.firstState + i];
    bool grows = function.states[i].axis >= 0;
    if (!grows && !reserve(context, slot.next, slot.now.bytes))
      return fail(INGOT_STATUS_MEMORY, "out of memory: state '%s' needs %zu bytes", function.states[i].tensor.name, slot.now.bytes);
    context.outputs[function.outputCount + i] = grows ? slot.now.data : slot.next.data;
  }
  return INGOT_STATUS_OK;
}

void *ingot::runtime::stateMemory(ingot_context &context, int32_t index, int64_t bytes) {
  const Function &function = *context.running;
  const StateSlot &slot = context.states[function.firstState + index];
  const Buffer &buffer = function.states[index].axis >= 0 ? slot.now : slot.next;
  return uint64_t(bytes) <= buffer.bytes ? buffer.data : nullptr;
}

ingot_status ingot::runtime::keepStates(ingot_context &context) {
  const Function &function = *context.running;
  const int64_t *dims = stateOutputDims(context);
  if (ingot_status status = checkSizes(context, dims, /*isKnown=*/true))
    return status;
  for (int32_t i = 0; i < function.stateCount; dims += storedInfo(function, i).rank, ++i) {
    StateSlot &slot = context.states[function.firstState + i];
    slot.isSet = true;
    if (function.states[i].axis >= 0) {
      slot.dims[0] = dims[0];
      continue;
    }
    Buffer written = slot.next;
    slot.next = slot.now;
    slot.now = written;
  }
  return INGOT_STATUS_OK;
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

static const Function *functionOf(const ingot_context *context, int32_t function, int32_t index, const char *what) {
  if (context && function >= 0 && function < context->model->functionCount && index >= 0 &&
      index < context->model->functions[function].stateCount)
    return &context->model->functions[function];
  fail(INGOT_STATUS_ARGUMENT, "%s: no context, or no state %d of function %d", what, index, function);
  return nullptr;
}

/// Sizes in the order of the model's dimensions.
static void modelDims(const ingot_state_info &state, const int64_t *stored, int64_t *dims) {
  for (int32_t i = 0; i < state.tensor.rank; ++i)
    dims[i] = stored[i < state.axis ? i + 1 : i];
  if (state.axis >= 0)
    dims[state.axis] = stored[0];
}

/// Copies between a tensor in the model's order of dimensions and a slot. `dims` are the model's.
static void copyValue(const ingot_state_info &state, const int64_t *dims, char *stored, char *tensor, bool toSlot) {
  int64_t rows = 1, outer = 1, inner = ingot_dtype_bytes(state.tensor.dtype);
  for (int32_t i = 0; i < state.tensor.rank; ++i)
    (i < state.axis ? outer : i == state.axis ? rows : inner) *= dims[i];
  for (int64_t i = 0; inner && i < outer; ++i)
    for (int64_t row = 0; row < rows; ++row) {
      char *in = stored + (row * outer + i) * inner, *out = tensor + (i * rows + row) * inner;
      memcpy(toSlot ? in : out, toSlot ? out : in, size_t(inner));
    }
}

ingot_status ingot_context_state_get(const ingot_context *context, int32_t function, int32_t index, ingot_tensor *tensor) {
  const Function *f = functionOf(context, function, index, "ingot_context_state_get");
  if (!f || !tensor)
    return f ? fail(INGOT_STATUS_ARGUMENT, "ingot_context_state_get: a null pointer") : INGOT_STATUS_ARGUMENT;
  const StateSlot &slot = context->states[f->firstState + index];
  const ingot_state_info &state = f->states[index];
  int64_t dims[INGOT_MAX_RANK], bytes;
  modelDims(state, slot.dims, dims);
  if (!countBytes(state.tensor.dtype, dims, state.tensor.rank, bytes))
    return fail(INGOT_STATUS_STATE, "state '%s' has no value yet, and its sizes depend on the inputs", state.tensor.name);
  bool same = tensor->rank == state.tensor.rank && !memcmp(tensor->dims, dims, size_t(state.tensor.rank) * sizeof(int64_t));
  if (tensor->data && (tensor->bytes > 0 ? tensor->bytes < bytes : !same))
    return fail(INGOT_STATUS_SHAPE, "the buffer for state '%s', which has %lld bytes, has other sizes or is too small",
                state.tensor.name, static_cast<long long>(bytes));
  tensor->dtype = state.tensor.dtype;
  tensor->rank = state.tensor.rank;
  memcpy(tensor->dims, dims, size_t(state.tensor.rank) * sizeof(int64_t));
  if (tensor->data && bytes && slot.isSet)
    copyValue(state, dims, static_cast<char *>(slot.now.data), static_cast<char *>(tensor->data), /*toSlot=*/false);
  else if (tensor->data)
    memset(tensor->data, 0, size_t(bytes));
  return INGOT_STATUS_OK;
}

/// Whether `tensor` may become a state's value; its sizes as they are stored, and the bytes of the slot.
static ingot_status checkValue(const Function &function, int32_t index, const ingot_tensor &tensor, int64_t *stored,
                               int64_t &slotBytes) {
  const ingot_state_info &state = function.states[index];
  const char *name = state.tensor.name;
  if (tensor.dtype != state.tensor.dtype)
    return fail(INGOT_STATUS_DTYPE, "state '%s' is %s, not %s", name, ingot_dtype_name(state.tensor.dtype),
                ingot_dtype_name(tensor.dtype));
  if (tensor.rank != state.tensor.rank)
    return fail(INGOT_STATUS_SHAPE, "state '%s' has %d dimensions, not %d", name, state.tensor.rank, tensor.rank);
  int64_t bytes;
  if (!countBytes(tensor.dtype, tensor.dims, tensor.rank, bytes))
    return fail(INGOT_STATUS_SHAPE, "the value for state '%s' has a negative or too large size", name);
  if (tensor.bytes > 0 && tensor.bytes < bytes)
    return fail(INGOT_STATUS_SHAPE, "the value for state '%s' has %lld bytes, its sizes need %lld", name,
                static_cast<long long>(tensor.bytes), static_cast<long long>(bytes));
  for (int32_t i = 0; i < tensor.rank; ++i)
    if (state.tensor.dims[i] >= 0 && tensor.dims[i] != state.tensor.dims[i])
      return fail(INGOT_STATUS_SHAPE, "the value for state '%s' has size %lld in dimension %d, the model takes %lld", name,
                  static_cast<long long>(tensor.dims[i]), i, static_cast<long long>(state.tensor.dims[i]));
  if (state.axis >= 0 && tensor.dims[state.axis] > state.capacity)
    return fail(INGOT_STATUS_STATE, "the value for state '%s' has %lld rows, there is room for %lld", name,
                static_cast<long long>(tensor.dims[state.axis]), static_cast<long long>(state.capacity));
  for (int32_t i = 0; i < tensor.rank; ++i)
    if (i != state.axis)
      stored[i < state.axis ? i + 1 : i] = tensor.dims[i];
  if (state.axis >= 0)
    stored[0] = tensor.dims[state.axis];
  if (!countSlotBytes(function, index, stored, slotBytes))
    return fail(INGOT_STATUS_STATE, "state '%s' would be too large", name);
  return INGOT_STATUS_OK;
}

/// Changes the state; nothing but memory can be missing after checkValue.
static ingot_status setValue(ingot_context &context, const Function &function, int32_t index, const ingot_tensor &tensor,
                             const int64_t *stored, int64_t slotBytes) {
  StateSlot &slot = context.states[function.firstState + index];
  // Not over what is there as long as memory may be missing.
  if (!slot.now.data || slot.now.bytes < size_t(slotBytes)) {
    Buffer larger = {nullptr, 0};
    if (!reserve(context, larger, size_t(slotBytes)))
      return fail(INGOT_STATUS_MEMORY, "out of memory: state '%s' needs %lld bytes", function.states[index].tensor.name,
                  static_cast<long long>(slotBytes));
    release(context, slot.now.data, slot.now.bytes);
    slot.now = larger;
  }
  memcpy(slot.dims, stored, size_t(tensor.rank) * sizeof(int64_t));
  slot.isSet = true;
  int64_t bytes;
  if (countBytes(tensor.dtype, tensor.dims, tensor.rank, bytes) && bytes)
    copyValue(function.states[index], tensor.dims, static_cast<char *>(slot.now.data), static_cast<char *>(tensor.data),
              /*toSlot=*/true);
  return INGOT_STATUS_OK;
}

ingot_status ingot_context_state_set(ingot_context *context, int32_t function, int32_t index, const ingot_tensor *tensor) {
  const Function *f = functionOf(context, function, index, "ingot_context_state_set");
  if (!f || !tensor)
    return f ? fail(INGOT_STATUS_ARGUMENT, "ingot_context_state_set: a null pointer") : INGOT_STATUS_ARGUMENT;
  int64_t stored[INGOT_MAX_RANK] = {}, slotBytes, bytes;
  if (ingot_status status = checkValue(*f, index, *tensor, stored, slotBytes))
    return status;
  if (!tensor->data && countBytes(tensor->dtype, tensor->dims, tensor->rank, bytes) && bytes)
    return fail(INGOT_STATUS_ARGUMENT, "the value for state '%s' has no data", f->states[index].tensor.name);
  return setValue(*context, *f, index, *tensor, stored, slotBytes);
}

ingot_status ingot_context_state_truncate(ingot_context *context, int32_t function, int64_t rows) {
  if (!context || function < 0 || function >= context->model->functionCount || rows < 0)
    return fail(INGOT_STATUS_ARGUMENT, "ingot_context_state_truncate: no context, no function %d, or a negative number", function);
  const Function &f = context->model->functions[function];
  for (int32_t i = 0; i < f.stateCount; ++i) {
    StateSlot &slot = context->states[f.firstState + i];
    if (f.states[i].axis >= 0 && slot.dims[0] > rows)
      slot.dims[0] = rows;
  }
  return INGOT_STATUS_OK;
}

ingot_status ingot_context_state_reset(ingot_context *context) {
  if (!context)
    return fail(INGOT_STATUS_ARGUMENT, "ingot_context_state_reset: no context");
  for (int32_t i = 0; i < context->model->functionCount; ++i) {
    const Function &function = context->model->functions[i];
    for (int32_t j = 0; j < function.stateCount; ++j)
      clear(context->states[function.firstState + j], function, j);
  }
  return INGOT_STATUS_OK;
}

//===----------------------------------------------------------------------===//
// Files
//===----------------------------------------------------------------------===//

namespace {

constexpr char fileMagic[8] = {'I', 'N', 'G', 'S', 'T', 'A', 'T', '1'};

/// In front of each value. The name of its function and its own, each with a final zero, follow, then its elements in the order of
/// the model's dimensions. At the end of the file is the checksum of everything before it.
struct FileEntry {
  uint32_t functionBytes, nameBytes;
  int32_t dtype, rank;
  int64_t dims[INGOT_MAX_RANK];
  int64_t bytes;
};

/// FNV-1a over 64-bit words.
struct Checksum {
  uint64_t value = 14695981039346656037u;
  void add(const void *data, size_t bytes) {
    const char *at = static_cast<const char *>(data);
    for (; bytes; at += bytes < 8 ? bytes : 8, bytes -= bytes < 8 ? bytes : 8) {
      uint64_t word = 0;
      memcpy(&word, at, bytes < 8 ? bytes : 8);
      value = (value ^ word) * 1099511628211u;
    }
  }
};

/// Writes and adds up.
struct Writer {
  FILE *file;
  Checksum sum;
  bool ok = true;
  void write(const void *data, size_t bytes) {
    sum.add(data, bytes);
    ok = ok && (!bytes || fwrite(data, bytes, 1, file) == 1);
  }
};

} // namespace

static bool writeStates(const ingot_context &context, Writer &out) {
  out.write(fileMagic, sizeof(fileMagic));
  for (int32_t i = 0; i < context.model->functionCount; ++i) {
    const Function &function = context.model->functions[i];
    for (int32_t j = 0; out.ok && j < function.stateCount; ++j) {
      if (!context.states[function.firstState + j].isSet)
        continue;
      const ingot_state_info &state = function.states[j];
      ingot_tensor value = {};
      ingot_context_state_get(&context, i, j, &value);
      FileEntry entry = {
          uint32_t(strlen(function.name) + 1), uint32_t(strlen(state.tensor.name) + 1), value.dtype, value.rank, {}, 0};
      memcpy(entry.dims, value.dims, sizeof(entry.dims));
      countBytes(value.dtype, value.dims, value.rank, entry.bytes);
      value.data = malloc(entry.bytes ? size_t(entry.bytes) : 1);
      if (!value.data) {
        errno = ENOMEM;
        return false;
      }
      value.bytes = entry.bytes;
      ingot_context_state_get(&context, i, j, &value);
      out.write(&entry, sizeof(entry));
      out.write(function.name, entry.functionBytes);
      out.write(state.tensor.name, entry.nameBytes);
      out.write(value.data, size_t(entry.bytes));
      free(value.data);
    }
  }
  uint64_t sum = out.sum.value;
  out.write(&sum, sizeof(sum));
  return out.ok;
}

ingot_status ingot_context_state_save(const ingot_context *context, const char *path) {
  if (!context || !path)
    return fail(INGOT_STATUS_ARGUMENT, "ingot_context_state_save: a null pointer");
  size_t length = strlen(path) + 5;
  auto *temporary = static_cast<char *>(malloc(length));
  if (!temporary)
    return fail(INGOT_STATUS_MEMORY, "out of memory");
  snprintf(temporary, length, "%s.tmp", path);
  Writer out;
  out.file = fopen(temporary, "wbe");
  bool ok = out.file && writeStates(*context, out);
  int reason = errno;
  if (out.file && fclose(out.file) && ok) {
    reason = errno;
    ok = false;
  }
  if (ok && rename(temporary, path)) {
    reason = errno;
    ok = false;
  }
  if (!ok)
    unlink(temporary);
  free(temporary);
  return ok ? INGOT_STATUS_OK : fail(INGOT_STATUS_SYSTEM, "cannot write the states to '%s': %s", path, strerror(reason));
}

namespace {
/// The bytes of a file, freed at the end.
struct FileBytes {
  char *data = nullptr;
  size_t size = 0;
  ~FileBytes() { free(data); }
};
} // namespace

static ingot_status readAll(const char *path, FileBytes &bytes) {
  FILE *file = fopen(path, "rbe");
  if (!file)
    return fail(INGOT_STATUS_NOT_FOUND, "cannot open '%s': %s", path, strerror(errno));
  long size = fseek(file, 0, SEEK_END) ? -1 : ftell(file);
  bool ok = size >= 0 && !fseek(file, 0, SEEK_SET);
  if (ok) {
    bytes.size = size_t(size);
    bytes.data = static_cast<char *>(malloc(bytes.size + 1));
    ok = bytes.data && (!bytes.size || fread(bytes.data, bytes.size, 1, file) == 1);
  }
  fclose(file);
  return ok ? INGOT_STATUS_OK : fail(INGOT_STATUS_SYSTEM, "cannot read '%s'", path);
}

/// Reads the entry at `at`; the value's data points into the file.
static ingot_status readEntry(const ingot_context &context, const char *path, const FileBytes &file, size_t end, size_t &at,
                              int32_t &function, int32_t &index, ingot_tensor &value) {
  FileEntry entry;
  auto damaged = [&] { return fail(INGOT_STATUS_STATE, "'%s' is damaged or holds no states", path); };
  if (end - at < sizeof(entry))
    return damaged();
  memcpy(&entry, file.data + at, sizeof(entry));
  at += sizeof(entry);
  int64_t bytes = 0;
  if (entry.rank < 0 || entry.rank > INGOT_MAX_RANK || !ingot_dtype_bytes(entry.dtype) ||
      !countBytes(entry.dtype, entry.dims, entry.rank, bytes) || bytes != entry.bytes || !entry.functionBytes || !entry.nameBytes ||
      uint64_t(entry.functionBytes) + entry.nameBytes > end - at ||
      uint64_t(bytes) > end - at - entry.functionBytes - entry.nameBytes)
    return damaged();
  const char *functionName = file.data + at, *name = functionName + entry.functionBytes;
  if (functionName[entry.functionBytes - 1] || name[entry.nameBytes - 1])
    return damaged();
  at += entry.functionBytes + entry.nameBytes;
  function = ingot_model_find_function(context.model, functionName);
  index = ingot_model_find_state(context.model, function, name);
  if (index < 0)
    return fail(INGOT_STATUS_STATE, "'%s' holds the state '%s' of function '%s', which the model does not have", path, name,
                functionName);
  value = {};
  value.data = file.data + at;
  value.bytes = bytes;
  value.dtype = entry.dtype;
  value.rank = entry.rank;
  memcpy(value.dims, entry.dims, sizeof(value.dims));
  at += size_t(bytes);
  return INGOT_STATUS_OK;
}

ingot_status ingot_context_state_load(ingot_context *context, const char *path) {
  if (!context || !path)
    return fail(INGOT_STATUS_ARGUMENT, "ingot_context_state_load: a null pointer");
  FileBytes file;
  if (ingot_status status = readAll(path, file))
    return status;
  uint64_t sum;
  if (file.size < sizeof(fileMagic) + sizeof(sum) || memcmp(file.data, fileMagic, sizeof(fileMagic)))
    return fail(INGOT_STATUS_STATE, "'%s' is damaged or holds no states", path);
  size_t end = file.size - sizeof(sum);
  memcpy(&sum, file.data + end, sizeof(sum));
  // First everything is checked, then everything is set.
  for (int pass = 0; pass < 2; ++pass) {
    bool set = pass == 1;
    if (set)
      ingot_context_state_reset(context);
    Checksum check;
    check.add(file.data, sizeof(fileMagic));
    for (size_t at = sizeof(fileMagic); at < end;) {
      int32_t function, index;
      ingot_tensor value;
      size_t begin = at;
      if (ingot_status status = readEntry(*context, path, file, end, at, function, index, value))
        return status;
      const Function &f = context->model->functions[function];
      int64_t stored[INGOT_MAX_RANK] = {}, slotBytes;
      if (ingot_status status = checkValue(f, index, value, stored, slotBytes))
        return status;
      if (set) {
        if (ingot_status status = setValue(*context, f, index, value, stored, slotBytes))
          return status;
        continue;
      }
      // In the pieces in which it was written.
      const char *data = file.data + begin, *names = data + sizeof(FileEntry), *bytes = static_cast<char *>(value.data);
      check.add(data, sizeof(FileEntry));
      check.add(names, strlen(names) + 1);
      check.add(names + strlen(names) + 1, size_t(bytes - names) - strlen(names) - 1);
      check.add(bytes, size_t(value.bytes));
    }
    if (!set && check.value != sum)
      return fail(INGOT_STATUS_STATE, "'%s' is damaged: its checksum is wrong", path);
  }
  return INGOT_STATUS_OK;
}
