//===- Checkpoint.cpp - States as files ----------------------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A file is the FlatBuffer of schema/checkpoint.fbs, then the bytes of its tensors in its order, each from a multiple of 64 on, then, from
// the next one on, a trailer. Zeros fill the gaps. The trailer has the hash of the FlatBuffer, which has those of the tensors: no byte of
// the file can change unseen.
//
//===----------------------------------------------------------------------===//

#include "Files.h"

#include "ingot/checkpoint_generated.h"

#include <math.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

using namespace ingot::runtime;
namespace c = ingot::checkpoint;

static constexpr uint32_t formatVersion = 1;
static constexpr uint64_t alignment = 64;
static constexpr uint32_t allKinds = 0xf;

namespace {

struct Trailer {
  char magic[8];
  uint64_t fileBytes;
  uint64_t flatBytes;
  uint64_t flatHash;
  uint64_t hash; ///< of the fields before
};
constexpr char trailerMagic[8] = {'I', 'N', 'G', 'O', 'T', 'C', 'K', '1'};
static_assert(sizeof(Trailer) == 40, "no gaps");

} // namespace

static uint64_t aligned(uint64_t at) { return (at + alignment - 1) / alignment * alignment; }

//===----------------------------------------------------------------------===//
// Writing FlatBuffers
//===----------------------------------------------------------------------===//

namespace {
/// Writes from the front to the back, parents before children. The library's own builder needs the C++ standard library.
class FlatWriter {
public:
  FlatWriter(const char *identifier) {
    bytes.add(nullptr, 4);
    bytes.add(identifier, 4);
  }
  Growing bytes;

  /// A table of `fields` slots of eight bytes.
  size_t table(uint16_t fields) {
    bytes.align(2);
    size_t start = bytes.size();
    uint16_t header[2] = {uint16_t(4 + 2 * fields), uint16_t(8 + 8 * fields)};
    bytes.add(header, sizeof(header));
    for (uint16_t i = 0; i < fields; ++i) {
      uint16_t offset = uint16_t(8 + 8 * i);
      bytes.add(&offset, sizeof(offset));
    }
    bytes.align(8);
    int32_t back = int32_t(bytes.size() - start);
    size_t at = bytes.add(nullptr, 8 + 8 * size_t(fields));
    patch(at, &back, sizeof(back));
    return at;
  }
  template <typename T> void set(size_t table, int field, T value) { patch(slot(table, field), &value, sizeof(value)); }
  void setText(size_t table, int field, const char *text) {
    bytes.align(4);
    point(slot(table, field), bytes.size());
    uint32_t length = uint32_t(strlen(text));
    bytes.add(&length, sizeof(length));
    bytes.add(text, size_t(length) + 1);
  }
  /// A vector of offsets; `element` is where the one of number i is to be set.
  size_t setVector(size_t table, int field, uint32_t count) {
    bytes.align(4);
    point(slot(table, field), bytes.size());
    bytes.add(&count, sizeof(count));
    return bytes.add(nullptr, 4 * size_t(count));
  }
  void setElement(size_t vector, uint32_t index, size_t target) { point(vector + 4 * size_t(index), target); }
  void setLongs(size_t table, int field, const int64_t *values, uint32_t count) {
    bytes.align(8);
    bytes.add(nullptr, 4);
    point(slot(table, field), bytes.size());
    bytes.add(&count, sizeof(count));
    bytes.add(values, 8 * size_t(count));
  }
  void point(size_t from, size_t to) {
    auto distance = uint32_t(to - from);
    patch(from, &distance, sizeof(distance));
  }

private:
  static size_t slot(size_t table, int field) { return table + 8 + 8 * size_t(field); }
  void patch(size_t at, const void *value, size_t size) {
    if (bytes.ok())
      memcpy(bytes.data() + at, value, size);
  }
};
} // namespace

//===----------------------------------------------------------------------===//
// Saving
//===----------------------------------------------------------------------===//

/// Numbers of the fields, in the order of the schema.
namespace {
enum TensorField {
  TensorName,
  TensorKind,
  TensorParameter,
  TensorRole,
  TensorType,
  TensorDims,
  TensorOffset,
  TensorLength,
  TensorHash,
  TensorFields
};
enum AlgorithmField {
  AlgorithmName, AlgorithmStep, AlgorithmAccumulated, AlgorithmRate, AlgorithmDecay, AlgorithmClipValue, AlgorithmClipNorm,
  AlgorithmSchedule, AlgorithmScale, AlgorithmBest, AlgorithmBad, AlgorithmCooldown, AlgorithmStarted, AlgorithmFields
};
enum PropertyField { PropertyName, PropertyKind, PropertyWhole, PropertyNumber, PropertyText, PropertyFields };
enum RootField {
  RootVersion, RootModel, RootHash, RootLoss, RootOptimizer, RootPrecision, RootSubset, RootSeed, RootBatch, RootScale, RootClean,
  RootAlgorithms, RootTensors, RootProperties, RootFields
};
} // namespace

/// The offset of the tensor is set later, when the size of the FlatBuffer is known.
static size_t writeTensor(FlatWriter &out, const ingot_state &state, int32_t index) {
  ingot_variable_info info;
  describeVariable(state.model, index, info);
  size_t table = out.table(TensorFields);
  out.set(table, TensorKind, int8_t(info.kind));
  out.set(table, TensorType, int8_t(info.tensor.dtype));
  out.set(table, TensorLength, uint64_t(info.bytes));
  out.set(table, TensorHash, hashBytes(state.variables[index].data, size_t(info.bytes)));
  out.setText(table, TensorName, info.tensor.name);
  out.setText(table, TensorParameter, ownerName(state.training, index));
  out.setText(table, TensorRole, info.role);
  out.setLongs(table, TensorDims, info.tensor.dims, uint32_t(info.tensor.rank));
  return table;
}

static ingot_status writeAlgorithm(FlatWriter &out, const ingot_state &state, int32_t index, size_t &table) {
  const Algorithm &algorithm = state.algorithms[index];
  table = out.table(AlgorithmFields);
  out.set(table, AlgorithmStep, algorithm.step);
  out.set(table, AlgorithmAccumulated, algorithm.accumulated);
  out.set(table, AlgorithmRate, algorithm.learningRate);
  out.set(table, AlgorithmDecay, algorithm.weightDecay);
  out.set(table, AlgorithmClipValue, algorithm.clipValue);
  out.set(table, AlgorithmClipNorm, algorithm.clipNorm);
  out.set(table, AlgorithmScale, algorithm.plateau.scale);
  out.set(table, AlgorithmBest, algorithm.plateau.best);
  out.set(table, AlgorithmBad, algorithm.plateau.bad);
  out.set(table, AlgorithmCooldown, algorithm.plateau.cooldown);
  out.set(table, AlgorithmStarted, uint8_t(algorithm.plateau.started != 0));
  out.setText(table, AlgorithmName, textOf(state.training->algorithms()->Get(uint32_t(index))->name()));
  char text[1024] = "";
  if (algorithm.hasSchedule && ingot_schedule_print(&algorithm.schedule, text, sizeof(text)) >= sizeof(text))
    return fail(INGOT_STATUS_INTERNAL, "a schedule's text is too long");
  out.setText(table, AlgorithmSchedule, text);
  return INGOT_STATUS_OK;
}

static void writeProperties(FlatWriter &out, const ingot_state &state, size_t root) {
  uint32_t count = 0;
  for (const Property *property = state.properties; property; property = property->next)
    ++count;
  size_t vector = out.setVector(root, RootProperties, count);
  uint32_t index = 0;
  for (const Property *property = state.properties; property; property = property->next) {
    size_t table = out.table(PropertyFields);
    out.setElement(vector, index++, table);
    out.set(table, PropertyKind, property->kind);
    out.set(table, PropertyWhole, property->whole);
    out.set(table, PropertyNumber, property->number);
    out.setText(table, PropertyName, property->name);
    out.setText(table, PropertyText, property->text);
  }
}

/// The FlatBuffer; `chosen` says which variables are in the file.
static ingot_status writeDescription(FlatWriter &out, const ingot_state &state, const bool *chosen, bool isSubset) {
  uint32_t count = 0;
  for (int32_t i = 0; i < state.variableCount; ++i)
    count += chosen[i];
  size_t root = out.table(RootFields);
  out.point(0, root);
  out.set(root, RootVersion, formatVersion);
  out.set(root, RootHash, state.training->model_hash());
  out.set(root, RootSubset, uint8_t(isSubset));
  out.set(root, RootSeed, state.seed);
  out.set(root, RootBatch, state.batch);
  out.set(root, RootScale, state.lossScale);
  out.set(root, RootClean, state.cleanSteps);
  ingot_model_info model;
  ingot_model_describe(state.model, &model);
  out.setText(root, RootModel, model.name);
  out.setText(root, RootLoss, textOf(state.training->loss()));
  out.setText(root, RootOptimizer, textOf(state.training->optimizer()));
  out.setText(root, RootPrecision, textOf(state.training->precision()));
  size_t algorithms = out.setVector(root, RootAlgorithms, uint32_t(state.algorithmCount));
  for (int32_t i = 0; i < state.algorithmCount; ++i) {
    size_t table;
    if (ingot_status status = writeAlgorithm(out, state, i, table))
      return status;
    out.setElement(algorithms, uint32_t(i), table);
  }
  writeProperties(out, state, root);
  size_t tensors = out.setVector(root, RootTensors, count);
  auto *tables = static_cast<size_t *>(malloc((count + 1) * sizeof(size_t)));
  if (!tables)
    return fail(INGOT_STATUS_MEMORY, "out of memory");
  for (int32_t i = 0, next = 0; i < state.variableCount; ++i)
    if (chosen[i]) {
      tables[next] = writeTensor(out, state, i);
      out.setElement(tensors, uint32_t(next), tables[next]);
      ++next;
    }
  uint64_t at = aligned(out.bytes.size());
  for (int32_t i = 0, next = 0; i < state.variableCount; ++i)
    if (chosen[i]) {
      out.set(tables[next++], TensorOffset, at);
      at = aligned(at + uint64_t(state.variables[i].bytes));
    }
  free(tables);
  if (!out.bytes.ok())
    return fail(INGOT_STATUS_MEMORY, "out of memory");
  if (out.bytes.size() > FLATBUFFERS_MAX_BUFFER_SIZE)
    return fail(INGOT_STATUS_STATE, "the description of the state is too large for a checkpoint");
  return INGOT_STATUS_OK;
}

static ingot_status writeAligned(NewFile &file, const void *data, uint64_t bytes) {
  static const char gap[alignment] = {};
  if (ingot_status status = file.write(data, size_t(bytes)))
    return status;
  return file.write(gap, size_t(aligned(bytes) - bytes));
}

static ingot_status writeFile(const ingot_state &state, const char *path, const FlatWriter &description, const bool *chosen) {
  NewFile file(path);
  if (ingot_status status = file.open())
    return status;
  Trailer trailer;
  memcpy(trailer.magic, trailerMagic, sizeof(trailerMagic));
  trailer.flatBytes = description.bytes.size();
  trailer.flatHash = hashBytes(description.bytes.data(), description.bytes.size());
  trailer.fileBytes = aligned(trailer.flatBytes) + sizeof(trailer);
  if (ingot_status status = writeAligned(file, description.bytes.data(), description.bytes.size()))
    return status;
  for (int32_t i = 0; i < state.variableCount; ++i)
    if (chosen[i]) {
      if (ingot_status status = writeAligned(file, state.variables[i].data, uint64_t(state.variables[i].bytes)))
        return status;
      trailer.fileBytes += aligned(uint64_t(state.variables[i].bytes));
    }
  trailer.hash = hashBytes(&trailer, offsetof(Trailer, hash));
  if (ingot_status status = file.write(&trailer, sizeof(trailer)))
    return status;
  return file.commit();
}

ingot_status ingot_checkpoint_save(const ingot_state *state, const char *path, const ingot_file_options *options) {
  if (!state || !path)
    return fail(INGOT_STATUS_ARGUMENT, "ingot_checkpoint_save: a null pointer");
  // Gradients are a part of the state only between accumulation and update.
  uint32_t kinds = allKinds & ~INGOT_KIND_BIT(INGOT_GRADIENT);
  for (int32_t i = 0; i < state->algorithmCount; ++i)
    kinds |= state->algorithms[i].accumulated ? INGOT_KIND_BIT(INGOT_GRADIENT) : 0;
  Selection selection;
  if (ingot_status status = selection.read(options, kinds))
    return status;
  auto *chosen = static_cast<bool *>(malloc(size_t(state->variableCount) + 1));
  if (!chosen)
    return fail(INGOT_STATUS_MEMORY, "out of memory");
  bool any = false;
  ingot_status status = INGOT_STATUS_OK;
  for (int32_t i = 0; i < state->variableCount; ++i) {
    any |= chosen[i] = selection.has(state->training, i);
    if (chosen[i] && !status)
      status = needVariable(*state, i);
  }
  bool isSubset = selection.options.kinds || selection.options.names;
  FlatWriter description(c::CheckpointIdentifier());
  if (!status && isSubset && !any)
    status = fail(INGOT_STATUS_NOT_FOUND, "the model has no variable of that name and kind: nothing to save");
  if (!status)
    status = writeDescription(description, *state, chosen, isSubset);
  if (!status)
    status = writeFile(*state, path, description, chosen);
  free(chosen);
  return status;
}

//===----------------------------------------------------------------------===//
// Loading
//===----------------------------------------------------------------------===//

namespace {

/// Frees at the end.
struct Memory {
  char *data = nullptr;
  ~Memory() { free(data); }
};

/// A sentence that is put together, cut when it gets too long.
struct Sentence {
  char text[400] = "";
  size_t length = 0;
  int parts = 0;
  __attribute__((format(printf, 2, 3))) void add(const char *format, ...) {
    if (++parts > 3) // the first tell enough
      return;
    if (parts > 1 && length + 3 < sizeof(text)) {
      memcpy(text + length, ", ", 3);
      length += 2;
    }
    va_list arguments;
    va_start(arguments, format);
    int count = vsnprintf(text + length, sizeof(text) - length, format, arguments);
    va_end(arguments);
    length += count < 0 ? 0 : size_t(count) < sizeof(text) - length ? size_t(count) : sizeof(text) - length - 1;
  }
};

/// "f32 [2, 3]"
struct TypeText {
  char text[160];
  TypeText(int32_t dtype, const int64_t *dims, uint32_t rank) {
    int at = snprintf(text, sizeof(text), "%s [", ingot_dtype_name(dtype));
    for (uint32_t i = 0; i < rank && at < int(sizeof(text)) - 24; ++i)
      at += snprintf(text + at, sizeof(text) - size_t(at), i ? ", %lld" : "%lld", static_cast<long long>(dims[i]));
    snprintf(text + at, sizeof(text) - size_t(at), "]");
  }
};

} // namespace

static ingot_status damaged(const char *path, const char *what) {
  return fail(INGOT_STATUS_STATE, "'%s' is damaged or no checkpoint: %s", path, what);
}

/// Sizes of a tensor of the file; false when there are too many. The verifier does not ask for their alignment.
static bool readDims(const c::Tensor *tensor, int64_t *dims) {
  uint32_t rank = sizeOf(tensor->dims());
  if (rank > INGOT_MAX_RANK)
    return false;
  if (rank)
    memcpy(dims, static_cast<const void *>(tensor->dims()->Data()), rank * sizeof(int64_t));
  return true;
}

/// Reads the FlatBuffer and checks all that is known without the tensors' bytes.
static ingot_status readDescription(OldFile &file, Memory &memory, const c::Checkpoint *&checkpoint, uint64_t &flatBytes) {
  Trailer trailer;
  if (file.size() < sizeof(trailer))
    return damaged(file.name(), "it is too short");
  if (ingot_status status = file.read(file.size() - sizeof(trailer), &trailer, sizeof(trailer)))
    return status;
  if (memcmp(trailer.magic, trailerMagic, sizeof(trailerMagic)) || trailer.hash != hashBytes(&trailer, offsetof(Trailer, hash)))
    return damaged(file.name(), "its end is missing or altered");
  if (trailer.fileBytes != file.size() || trailer.flatBytes > file.size() - sizeof(trailer) || trailer.flatBytes < 16 ||
      trailer.flatBytes > FLATBUFFERS_MAX_BUFFER_SIZE)
    return damaged(file.name(), "its size is wrong");
  memory.data = static_cast<char *>(malloc(size_t(trailer.flatBytes)));
  if (!memory.data)
    return fail(INGOT_STATUS_MEMORY, "out of memory");
  if (ingot_status status = file.read(0, memory.data, size_t(trailer.flatBytes)))
    return status;
  if (hashBytes(memory.data, size_t(trailer.flatBytes)) != trailer.flatHash)
    return damaged(file.name(), "the hash of its description is wrong");
  flatbuffers::Verifier verifier(reinterpret_cast<const uint8_t *>(memory.data), size_t(trailer.flatBytes), /*max_depth=*/16,
                                 /*max_tables=*/10000000);
  if (!verifier.VerifyBuffer<c::Checkpoint>(c::CheckpointIdentifier()))
    return damaged(file.name(), "the FlatBuffers verifier refuses it");
  checkpoint = c::GetCheckpoint(memory.data);
  if (checkpoint->format_version() < 1 || checkpoint->format_version() > formatVersion)
    return fail(INGOT_STATUS_VERSION, "'%s' has the format %u, this runtime reads %u", file.name(), checkpoint->format_version(),
                formatVersion);
  flatBytes = trailer.flatBytes;
  uint64_t at = aligned(flatBytes), end = file.size() - sizeof(trailer);
  for (uint32_t i = 0; i < sizeOf(checkpoint->tensors()); ++i) {
    const c::Tensor *tensor = checkpoint->tensors()->Get(i);
    int64_t bytes, dims[INGOT_MAX_RANK];
    if (tensor->kind() < INGOT_PARAMETER || tensor->kind() > INGOT_BUFFER || !ingot_dtype_bytes(tensor->dtype()) ||
        !readDims(tensor, dims) || !countBytes(tensor->dtype(), dims, int32_t(sizeOf(tensor->dims())), bytes))
      return damaged(file.name(), "a tensor's type");
    if (tensor->offset() != at || at > end || tensor->length() != uint64_t(bytes) || tensor->length() > end - at)
      return damaged(file.name(), "a tensor's place");
    at = aligned(at + tensor->length());
  }
  if (at != end)
    return damaged(file.name(), "bytes that belong to nothing");
  return INGOT_STATUS_OK;
}

/// Checks bytes that are not wanted, or that are zeros between others (`hash` null).
static ingot_status checkBytes(OldFile &file, uint64_t at, uint64_t bytes, Memory &buffer, const uint64_t *hash) {
  if (bytes) {
    free(buffer.data);
    buffer.data = static_cast<char *>(malloc(size_t(bytes)));
    if (!buffer.data)
      return fail(INGOT_STATUS_MEMORY, "out of memory");
    if (ingot_status status = file.read(at, buffer.data, size_t(bytes)))
      return status;
  }
  if (hash)
    return hashBytes(buffer.data, size_t(bytes)) == *hash ? INGOT_STATUS_OK : damaged(file.name(), "the hash of a tensor is wrong");
  for (uint64_t i = 0; i < bytes; ++i)
    if (buffer.data[i])
      return damaged(file.name(), "bytes between its tensors are altered");
  return INGOT_STATUS_OK;
}

static bool sameText(const flatbuffers::String *text, const char *other) { return !strcmp(textOf(text), other); }

/// The variable that a tensor of the file is called after; -1 when there is none. Searches from `start` on, because files are mostly in
/// the order of the model.
static int32_t findVariable(const ingot_state &state, const c::Tensor *tensor, int32_t start) {
  const auto *variables = state.training->variables();
  for (int32_t i = 0; i < state.variableCount; ++i) {
    int32_t index = (start + i) % state.variableCount;
    const m::VariableInfo *variable = variables->Get(uint32_t(index));
    if (variable->kind() == tensor->kind() && sameText(tensor->name(), variable->tensor()->name()->c_str()) &&
        sameText(tensor->role(), textOf(variable->role())) &&
        (tensor->kind() == INGOT_PARAMETER || tensor->kind() == INGOT_BUFFER ||
         sameText(tensor->parameter(), ownerName(state.training, index))))
      return index;
  }
  return -1;
}

static bool sameType(const ingot_variable_info &info, int32_t dtype, const int64_t *dims, uint32_t rank) {
  return info.tensor.dtype == dtype && uint32_t(info.tensor.rank) == rank && !memcmp(info.tensor.dims, dims, rank * sizeof(int64_t));
}

namespace {
/// Which tensor of a file goes to which variable.
struct Matching {
  Memory memory;
  int32_t *variables = nullptr; ///< of each tensor; -1: it goes nowhere
  Sentence differences;
};
} // namespace

/// Finds the variable of each tensor, and what differs.
static ingot_status match(const ingot_state &state, const c::Checkpoint *checkpoint, const char *path, const Selection &selection,
                          Staged &staged, Matching &result) {
  uint32_t count = sizeOf(checkpoint->tensors());
  result.memory.data = static_cast<char *>(malloc((size_t(count) + 1) * sizeof(int32_t)));
  if (!result.memory.data)
    return fail(INGOT_STATUS_MEMORY, "out of memory");
  result.variables = reinterpret_cast<int32_t *>(result.memory.data);
  int32_t next = 0, wanted = 0;
  for (uint32_t i = 0; i < count; ++i) {
    const c::Tensor *tensor = checkpoint->tensors()->Get(i);
    result.variables[i] = -1;
    bool belongs = tensor->kind() == INGOT_GRADIENT || tensor->kind() == INGOT_SLOT;
    const char *name = tensor->name()->c_str(), *owner = belongs ? textOf(tensor->parameter()) : name;
    if (!selection.has(tensor->kind(), owner))
      continue;
    int32_t variable = findVariable(state, tensor, next);
    if (variable < 0) {
      result.differences.add("the model has no %s '%s'", kindName(tensor->kind()), name);
      if (selection.isPartial())
        selection.report("%s '%s' of the file is not in the model", kindName(tensor->kind()), name);
      continue;
    }
    next = variable + 1;
    ingot_variable_info info;
    describeVariable(state.model, variable, info);
    int64_t dims[INGOT_MAX_RANK];
    readDims(tensor, dims);
    if (!sameType(info, tensor->dtype(), dims, sizeOf(tensor->dims()))) {
      TypeText file(tensor->dtype(), dims, sizeOf(tensor->dims()));
      TypeText model(info.tensor.dtype, info.tensor.dims, uint32_t(info.tensor.rank));
      result.differences.add("%s '%s' is %s in the file and %s in the model", kindName(info.kind), name, file.text, model.text);
      if (selection.isPartial())
        selection.report("%s '%s' is %s in the file and %s in the model", kindName(info.kind), name, file.text, model.text);
      continue;
    }
    if (staged.wants(variable))
      return damaged(path, "it has a tensor twice");
    staged.want(variable);
    result.variables[i] = variable;
    ++wanted;
  }
  for (int32_t i = 0; i < state.variableCount; ++i) {
    const m::VariableInfo *variable = state.training->variables()->Get(uint32_t(i));
    if (staged.wants(i) || !selection.has(state.training, i) || variable->kind() == m::VariableKind_Gradient)
      continue;
    const char *name = variable->tensor()->name()->c_str();
    if (!checkpoint->subset())
      result.differences.add("the file has no %s '%s'", kindName(variable->kind()), name);
    if (selection.isPartial())
      selection.report("%s '%s' of the model is not in the file", kindName(variable->kind()), name);
  }
  if (!wanted && selection.isPartial())
    return fail(INGOT_STATUS_STATE, "'%s' has nothing that fits the model", path);
  return INGOT_STATUS_OK;
}

/// Refuses a file of another model, and says in what it is another.
static ingot_status checkModel(const ingot_state &state, const c::Checkpoint *checkpoint, const char *path, Sentence &differences) {
  const m::TrainingInfo *training = state.training;
  bool same = checkpoint->model_hash() == training->model_hash();
  if (same && !differences.parts)
    return INGOT_STATUS_OK;
  struct {
    const char *what, *file, *model;
  } texts[] = {{"optimizer", textOf(checkpoint->optimizer()), textOf(training->optimizer())},
               {"loss", textOf(checkpoint->loss()), textOf(training->loss())},
               {"precision", textOf(checkpoint->precision()), textOf(training->precision())}};
  for (auto &text : texts)
    if (strcmp(text.file, text.model))
      differences.add("its %s is '%s', the model's is '%s'", text.what, text.file, text.model);
  if (!differences.parts)
    differences.add("the variables are the same, but the graph that computes with them is not");
  int more = differences.parts - 3;
  char rest[40] = "";
  if (more > 0)
    snprintf(rest, sizeof(rest), ", and %d more", more);
  return fail(INGOT_STATUS_STATE, "the checkpoint '%s' is of another model: %s%s", path, differences.text, rest);
}

namespace {
/// Counters of a file, checked.
struct Counters {
  Memory memory;
  Algorithm *algorithms = nullptr; ///< as many as the state has
};
} // namespace

static ingot_status readCounters(const ingot_state &state, const c::Checkpoint *checkpoint, const char *path, Counters &result) {
  if (checkpoint->batch() < 0 || !(checkpoint->loss_scale() > 0) || !isfinite(checkpoint->loss_scale()) || checkpoint->clean_steps() < 0)
    return damaged(path, "a counter");
  size_t bytes = size_t(state.algorithmCount + 1) * sizeof(Algorithm);
  result.memory.data = static_cast<char *>(malloc(bytes));
  if (!result.memory.data)
    return fail(INGOT_STATUS_MEMORY, "out of memory");
  result.algorithms = reinterpret_cast<Algorithm *>(result.memory.data);
  memcpy(result.memory.data, state.algorithms, bytes);
  for (uint32_t i = 0; i < sizeOf(checkpoint->algorithms()); ++i) {
    const c::Algorithm *from = checkpoint->algorithms()->Get(i);
    int32_t index = ingot_model_find_algorithm(state.model, from->name()->c_str());
    if (index < 0)
      return fail(INGOT_STATUS_STATE, "the checkpoint '%s' is of another model: the model has no algorithm '%s'", path,
                  from->name()->c_str());
    Algorithm &to = result.algorithms[index];
    if (from->step() < 0 || from->accumulated() < 0 || !(from->learning_rate() >= 0) || !isfinite(from->learning_rate()) ||
        !isfinite(from->weight_decay()) || isnan(from->clip_value()) || isnan(from->clip_norm()) || !(from->plateau_scale() >= 0) ||
        from->plateau_bad() < 0 || from->plateau_cooldown() < 0)
      return damaged(path, "a counter");
    memset(static_cast<void *>(&to), 0, sizeof(to));
    to.step = from->step();
    to.accumulated = from->accumulated();
    to.learningRate = from->learning_rate();
    to.weightDecay = from->weight_decay();
    to.clipValue = from->clip_value();
    to.clipNorm = from->clip_norm();
    to.plateau = {from->plateau_scale(), from->plateau_best(), from->plateau_bad(), from->plateau_cooldown(), from->plateau_started()};
    if (!sizeOf(from->schedule()))
      continue;
    to.hasSchedule = true;
    if (ingot_status status = ingot_schedule_parse(from->schedule()->c_str(), to.learningRate, &to.schedule))
      return status;
  }
  return INGOT_STATUS_OK;
}

static ingot_status readProperties(const ingot_state &state, const c::Checkpoint *checkpoint, const char *path, Property **list) {
  for (uint32_t i = 0; i < sizeOf(checkpoint->properties()); ++i) {
    const c::Property *property = checkpoint->properties()->Get(i);
    if (property->kind() < 0 || property->kind() > 2)
      return damaged(path, "a property");
    if (!appendProperty(state, list, property->name()->c_str(), property->kind(), property->whole(), property->number(),
                        textOf(property->text())))
      return fail(INGOT_STATUS_MEMORY, "out of memory");
  }
  return INGOT_STATUS_OK;
}

/// Reads the bytes of all tensors, those that go to a variable to where it is staged.
static ingot_status readTensors(OldFile &file, const c::Checkpoint *checkpoint, const Matching &matching, Staged &staged, uint64_t at) {
  Memory buffer;
  for (uint32_t i = 0; i < sizeOf(checkpoint->tensors()); ++i) {
    const c::Tensor *tensor = checkpoint->tensors()->Get(i);
    if (ingot_status status = checkBytes(file, at, tensor->offset() - at, buffer, nullptr))
      return status;
    uint64_t hash = tensor->hash();
    if (matching.variables[i] < 0) {
      if (ingot_status status = checkBytes(file, tensor->offset(), tensor->length(), buffer, &hash))
        return status;
    } else {
      char *to = staged.of(matching.variables[i]);
      if (ingot_status status = file.read(tensor->offset(), to, size_t(tensor->length())))
        return status;
      if (hashBytes(to, size_t(tensor->length())) != hash)
        return damaged(file.name(), "the hash of a tensor is wrong");
    }
    at = tensor->offset() + tensor->length();
  }
  return checkBytes(file, at, file.size() - sizeof(Trailer) - at, buffer, nullptr);
}

ingot_status ingot_checkpoint_load(ingot_state *state, const char *path, const ingot_file_options *options) {
  if (!state || !path)
    return fail(INGOT_STATUS_ARGUMENT, "ingot_checkpoint_load: a null pointer");
  Selection selection;
  bool partial = options && options->struct_bytes >= sizeof(size_t) + 2 * sizeof(uint32_t) && (options->flags & INGOT_FILE_PARTIAL);
  if (ingot_status status =
          selection.read(options, partial ? INGOT_KIND_BIT(INGOT_PARAMETER) | INGOT_KIND_BIT(INGOT_BUFFER) : allKinds))
    return status;
  OldFile file(path);
  Memory description;
  const c::Checkpoint *checkpoint = nullptr;
  uint64_t flatBytes = 0;
  if (ingot_status status = file.open())
    return status;
  if (ingot_status status = readDescription(file, description, checkpoint, flatBytes))
    return status;
  Staged staged(*state);
  Matching matching;
  if (ingot_status status = staged.begin())
    return status;
  if (ingot_status status = match(*state, checkpoint, path, selection, staged, matching))
    return status;
  if (!partial)
    if (ingot_status status = checkModel(*state, checkpoint, path, matching.differences))
      return status;
  bool all = !checkpoint->subset() && !partial && !selection.options.kinds && !selection.options.names;
  Counters counters;
  if (all)
    if (ingot_status status = readCounters(*state, checkpoint, path, counters))
      return status;
  if (ingot_status status = staged.reserve())
    return status;
  if (ingot_status status = readTensors(file, checkpoint, matching, staged, flatBytes))
    return status;
  Property *properties = nullptr;
  if (all)
    if (ingot_status status = readProperties(*state, checkpoint, path, &properties)) {
      releaseProperties(*state, properties);
      return status;
    }
  staged.commit();
  if (!all)
    return INGOT_STATUS_OK;
  memcpy(state->algorithms, counters.algorithms, size_t(state->algorithmCount + 1) * sizeof(Algorithm));
  releaseProperties(*state, state->properties);
  state->properties = properties;
  state->seed = checkpoint->seed();
  state->batch = checkpoint->batch();
  state->lossScale = checkpoint->loss_scale();
  state->cleanSteps = checkpoint->clean_steps();
  return INGOT_STATUS_OK;
}
