//===- Model.cpp - Opening and describing libraries ----------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Internal.h"

#include "ingot/manifest_generated.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

using namespace ingot::runtime;
namespace m = ingot::manifest;

static const char *textOf(const flatbuffers::String *text) { return text ? text->c_str() : ""; }
template <typename V> static uint32_t sizeOf(const V *vector) { return vector ? vector->size() : 0; }
static const m::Manifest *manifestOf(const ingot_model *model) { return m::GetManifest(model->library->manifest); }

//===----------------------------------------------------------------------===//
// From a library to a model
//===----------------------------------------------------------------------===//

/// Sets the model's library: the code for the best level that both have.
static ingot_status chooseLibrary(ingot_library_query_fn query, ingot_model &model) {
  const ingot_library *library = query(INGOT_ABI_VERSION, 0);
  // A library of several levels may have nothing at level 0; its manifest is the same at each of them.
  for (uint32_t level = ingot_cpu_level(); !library && level >= 2; --level)
    library = query(INGOT_ABI_VERSION, level);
  if (!library)
    return fail(INGOT_STATUS_VERSION, "the library was compiled for a newer runtime than this one (ABI version %u)", INGOT_ABI_VERSION);
  ManifestCheck check;
  if (library->abi_version == 0 || library->abi_version > INGOT_ABI_VERSION)
    return fail(INGOT_STATUS_VERSION, "the library has ABI version %u, this runtime has %u", library->abi_version, INGOT_ABI_VERSION);
  if (ingot_status status = checkManifest({static_cast<const unsigned char *>(library->manifest), library->manifest_bytes}, check))
    return status;
  if (check.hasLevels) {
    library = query(INGOT_ABI_VERSION, check.bestLevel);
    if (!library)
      return fail(INGOT_STATUS_NOT_A_LIBRARY, "the library lacks the code for x86-64-v%u that its manifest names", check.bestLevel);
    if (ingot_status status = checkManifest({static_cast<const unsigned char *>(library->manifest), library->manifest_bytes}, check))
      return status;
  }
  model.library = library;
  model.level = check.bestLevel;
  return INGOT_STATUS_OK;
}

void ingot::runtime::fillTensor(const void *tensorInfo, ingot_tensor_info &to) {
  const auto *from = static_cast<const m::TensorInfo *>(tensorInfo);
  to.name = from->name()->c_str();
  to.dtype = from->dtype();
  to.rank = int32_t(sizeOf(from->dims()));
  to.shape_depends_on_data = from->shape_depends_on_data();
  for (int32_t i = 0; i < to.rank; ++i) {
    to.dims[i] = from->dims()->Get(uint32_t(i))->size();
    to.symbols[i] = textOf(from->dims()->Get(uint32_t(i))->symbol());
  }
  for (int32_t i = to.rank; i < INGOT_MAX_RANK; ++i)
    to.symbols[i] = "";
}

/// A state as it is stored, and as the model sees it.
static void fillState(const m::StateInfo *from, ingot_tensor_info &stored, ingot_tensor_info &result, ingot_state_info &info) {
  fillTensor(from->tensor(), stored);
  info.tensor = result = stored;
  info.output = result.name = textOf(from->output());
  info.axis = from->axis();
  info.capacity = from->capacity();
  for (int32_t i = 0; i < info.axis; ++i) {
    info.tensor.dims[i] = stored.dims[i + 1];
    info.tensor.symbols[i] = stored.symbols[i + 1];
  }
  if (info.axis > 0) {
    info.tensor.dims[info.axis] = stored.dims[0];
    info.tensor.symbols[info.axis] = stored.symbols[0];
  }
}

/// Adds up the ranks; clears `isStatic` when a dimension is dynamic.
static int32_t sumRanks(const ingot_tensor_info *tensors, int32_t count, bool &isStatic) {
  int32_t sum = 0;
  for (int32_t i = 0; i < count; ++i) {
    sum += tensors[i].rank;
    isStatic &= !tensors[i].shape_depends_on_data;
    for (int32_t j = 0; j < tensors[i].rank; ++j)
      isStatic &= tensors[i].dims[j] >= 0;
  }
  return sum;
}

/// Fills the tables of functions from the manifest and the library, which must agree.
static ingot_status buildTables(ingot_model &model) {
  const m::Manifest *manifest = manifestOf(&model);
  const ingot_library *library = model.library;
  if (library->function_count != manifest->functions()->size() || !library->functions)
    return fail(INGOT_STATUS_NOT_A_LIBRARY, "the library and its manifest disagree about the functions");
  size_t tensorCount = 0, stateCount = 0;
  for (const m::FunctionInfo *info : *manifest->functions()) {
    tensorCount += size_t(sizeOf(info->inputs())) + sizeOf(info->outputs()) + 2 * size_t(sizeOf(info->states())) +
                   sizeOf(info->scalars()) + sizeOf(info->variables());
    stateCount += sizeOf(info->states());
  }
  auto *functions = static_cast<Function *>(calloc(library->function_count, sizeof(Function)));
  model.functions = functions;
  model.tensors = static_cast<ingot_tensor_info *>(calloc(tensorCount + 1, sizeof(ingot_tensor_info)));
  model.states = static_cast<ingot_state_info *>(calloc(stateCount + 1, sizeof(ingot_state_info)));
  if (!functions || !model.tensors || !model.states)
    return fail(INGOT_STATUS_MEMORY, "out of memory");
  model.functionCount = int32_t(library->function_count);
  model.kernelCount = int32_t(sizeOf(manifest->kernels()));

  ingot_tensor_info *tensors = model.tensors;
  int32_t firstState = 0;
  for (uint32_t i = 0; i < library->function_count; ++i) {
    const m::FunctionInfo *info = manifest->functions()->Get(i);
    const ingot_compiled_function &code = library->functions[i];
    if (!code.name || strcmp(code.name, info->name()->c_str()) || !code.run)
      return fail(INGOT_STATUS_NOT_A_LIBRARY, "the library and its manifest disagree about function %u", i);
    Function &function = functions[i];
    function.name = info->name()->c_str();
    function.code = code;
    function.arenaBytes = info->arena_bytes();
    function.operations = info->operations();
    function.inputCount = int32_t(sizeOf(info->inputs()));
    function.outputCount = int32_t(sizeOf(info->outputs()));
    function.inputs = tensors;
    for (int32_t j = 0; j < function.inputCount; ++j)
      fillTensor(info->inputs()->Get(uint32_t(j)), *tensors++);
    function.stateCount = int32_t(sizeOf(info->states()));
    function.scalarCount = int32_t(sizeOf(info->scalars()));
    function.variableCount = int32_t(sizeOf(info->variables()));
    fillTrainingArguments(manifest, info, tensors + function.stateCount);
    ingot_tensor_info *outputs = tensors + function.stateCount + function.scalarCount + function.variableCount;
    function.outputs = outputs;
    for (int32_t j = 0; j < function.outputCount; ++j)
      fillTensor(info->outputs()->Get(uint32_t(j)), outputs[j]);
    function.firstState = firstState;
    function.states = model.states + firstState;
    for (int32_t j = 0; j < function.stateCount; ++j)
      fillState(info->states()->Get(uint32_t(j)), tensors[j], outputs[function.outputCount + j], model.states[firstState + j]);
    tensors = outputs + function.outputCount + function.stateCount;
    firstState += function.stateCount;
    function.isStatic = function.arenaBytes >= 0;
    function.info = info;
    function.inputRanks = sumRanks(function.inputs, function.argumentCount(), function.isStatic);
    function.outputRanks = sumRanks(function.outputs, function.outputCount + function.stateCount, function.isStatic);
    if (!function.isStatic && !code.plan)
      return fail(INGOT_STATUS_NOT_A_LIBRARY, "function '%s' has dynamic sizes and no plan", function.name);
  }
  return INGOT_STATUS_OK;
}

/// Whether the file of weights is the one that was written with the library. Says so by its end: the data is not read.
static ingot_status checkWeightsFile(int fd, const char *path, uint64_t bytes, uint64_t hash) {
  struct stat info;
  uint64_t at = (bytes + 63) / 64 * 64, needed = hash ? at + sizeof(ingot_weights_end) : bytes;
  if (fstat(fd, &info))
    return fail(INGOT_STATUS_SYSTEM, "cannot read the file of weights '%s': %s", path, strerror(errno));
  if (!S_ISREG(info.st_mode) || uint64_t(info.st_size) < needed)
    return fail(INGOT_STATUS_NOT_A_LIBRARY, "the file of weights '%s' is too short: it has %llu bytes, the library needs %llu", path,
                (unsigned long long)info.st_size, (unsigned long long)needed);
  if (!hash)
    return INGOT_STATUS_OK;
  ingot_weights_end end;
  ssize_t done;
  do
    done = pread(fd, &end, sizeof(end), off_t(at));
  while (done < 0 && errno == EINTR);
  if (done != ssize_t(sizeof(end)))
    return fail(INGOT_STATUS_SYSTEM, "cannot read the file of weights '%s': %s", path, done < 0 ? strerror(errno) : "it became shorter");
  if (uint64_t(info.st_size) != needed || memcmp(end.magic, INGOT_WEIGHTS_MAGIC, sizeof(end.magic)) || end.bytes != bytes || end.hash != hash)
    return fail(INGOT_STATUS_NOT_A_LIBRARY, "the file of weights '%s' is damaged or belongs to another library; compile the model again", path);
  return INGOT_STATUS_OK;
}

/// Maps the file of weights that lies beside the library.
static ingot_status mapWeights(const char *libraryPath, const char *name, uint64_t bytes, uint64_t hash, ingot_model &model) {
  char path[PATH_MAX];
  const char *slash = strrchr(libraryPath, '/');
  int folder = slash ? int(slash - libraryPath) + 1 : 0;
  if (size_t(snprintf(path, sizeof(path), "%.*s%s", folder, libraryPath, name)) >= sizeof(path))
    return fail(INGOT_STATUS_NOT_FOUND, "the path of the file of weights '%s' is too long", name);
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return fail(INGOT_STATUS_NOT_FOUND, "cannot open the library's file of weights '%s': %s", path, strerror(errno));
  if (ingot_status status = checkWeightsFile(fd, path, bytes, hash)) {
    close(fd);
    return status;
  }
  void *mapped = mmap(nullptr, bytes, PROT_READ, MAP_SHARED, fd, 0);
  close(fd);
  if (mapped == MAP_FAILED)
    return fail(INGOT_STATUS_SYSTEM, "cannot map the file of weights '%s': %s", path, strerror(errno));
  model.constants = model.weights = mapped;
  model.weightsBytes = bytes;
  return INGOT_STATUS_OK;
}

/// Checks that the weights which the manifest lists are there, or maps their file. `path` is null without a file of the library's.
static ingot_status findWeights(const char *path, ingot_model &model) {
  const m::Manifest *manifest = manifestOf(&model);
  const ingot_library *library = model.library;
  model.constants = library->constants;
  const char *file = textOf(manifest->weights_file());
  if (*file && manifest->weights_bytes()) {
    if (!path)
      return fail(INGOT_STATUS_NOT_FOUND, "the library keeps its weights in the file '%s' and must be opened from a file itself", file);
    return mapWeights(path, file, manifest->weights_bytes(), manifest->weights_hash(), model);
  }
  if (manifest->weights_bytes() > library->constants_bytes || (manifest->weights_bytes() && !library->constants))
    return fail(INGOT_STATUS_NOT_A_LIBRARY, "the library lacks weights that its manifest lists");
  return INGOT_STATUS_OK;
}

/// Finishes `model`, which has its handle; closes it when anything is wrong.
static ingot_status adopt(ingot_library_query_fn query, const char *path, ingot_model *model, ingot_model **result) {
  ingot_status status = chooseLibrary(query, *model);
  if (!status)
    status = buildTables(*model);
  if (!status)
    status = findWeights(path, *model);
  if (status)
    ingot_model_close(model);
  else
    *result = model;
  return status;
}

static ingot_model *newModel() {
  auto *model = static_cast<ingot_model *>(calloc(1, sizeof(ingot_model)));
  if (model)
    model->fd = -1;
  else
    fail(INGOT_STATUS_MEMORY, "out of memory");
  return model;
}

//===----------------------------------------------------------------------===//
// Opening
//===----------------------------------------------------------------------===//

/// Everything that can be told without running code of the library.
static ingot_status checkImage(Bytes image) {
  Bytes manifest;
  if (ingot_status status = checkElf(image, manifest))
    return status;
  ManifestCheck check;
  return manifest.data ? checkManifest(manifest, check) : INGOT_STATUS_OK;
}

/// Loads the library. The loader knows libraries by their paths, so it must not be asked twice for the same path with different
/// contents: `viaFd` names the open file by its descriptor, which stays open (and so unique) until the model is closed.
static ingot_status load(int fd, bool viaFd, const char *path, ingot_model *model, ingot_model **result) {
  char name[PATH_MAX];
  if (!viaFd && realpath(path, name))
    if (void *loaded = dlopen(name, RTLD_NOW | RTLD_LOCAL | RTLD_NOLOAD)) {
      dlclose(loaded);
      viaFd = true;
    }
  if (viaFd) {
    snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
    model->fd = fd;
  }
  model->handle = dlopen(name, RTLD_NOW | RTLD_LOCAL);
  if (!viaFd)
    close(fd);
  if (!model->handle) {
    const char *reason = dlerror();
    fail(INGOT_STATUS_NOT_A_LIBRARY, "cannot load the library: %s", reason ? reason : "unknown reason");
    ingot_model_close(model);
    return INGOT_STATUS_NOT_A_LIBRARY;
  }
  void *symbol = dlsym(model->handle, INGOT_LIBRARY_QUERY);
  if (!symbol) {
    ingot_model_close(model);
    return fail(INGOT_STATUS_NOT_A_LIBRARY, "not a library compiled by Ingot (it does not export %s)", INGOT_LIBRARY_QUERY);
  }
  ingot_library_query_fn query;
  memcpy(&query, &symbol, sizeof(query)); // ISO C has no cast from an object to a function pointer
  return adopt(query, path, model, result);
}

ingot_status ingot_model_open_file(const char *path, ingot_model **model) {
  if (!path || !model)
    return fail(INGOT_STATUS_ARGUMENT, "ingot_model_open_file: a null pointer");
  *model = nullptr;
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return fail(INGOT_STATUS_NOT_FOUND, "cannot open '%s': %s", path, strerror(errno));
  struct stat info;
  if (fstat(fd, &info) || !S_ISREG(info.st_mode) || info.st_size == 0) {
    close(fd);
    return fail(INGOT_STATUS_NOT_A_LIBRARY, "'%s' is not a library compiled by Ingot (%s)", path,
                S_ISREG(info.st_mode) ? "it is empty" : "it is no file");
  }
  void *mapped = mmap(nullptr, size_t(info.st_size), PROT_READ, MAP_PRIVATE, fd, 0);
  if (mapped == MAP_FAILED) {
    close(fd);
    return fail(INGOT_STATUS_SYSTEM, "cannot read '%s': %s", path, strerror(errno));
  }
  ingot_status status = checkImage({static_cast<const unsigned char *>(mapped), uint64_t(info.st_size)});
  munmap(mapped, size_t(info.st_size));
  ingot_model *opened = status ? nullptr : newModel();
  if (!opened) {
    close(fd);
    return status ? status : INGOT_STATUS_MEMORY;
  }
  return load(fd, /*viaFd=*/false, path, opened, model);
}

ingot_status ingot_model_open_memory(const void *bytes, size_t size, ingot_model **model) {
  if (!bytes || !model)
    return fail(INGOT_STATUS_ARGUMENT, "ingot_model_open_memory: a null pointer");
  *model = nullptr;
  // Through memfd_create's number: its wrapper came with glibc 2.27 only.
  int fd = int(syscall(SYS_memfd_create, "ingot-model", 1u /* MFD_CLOEXEC */));
  if (fd < 0)
    return fail(INGOT_STATUS_SYSTEM, "cannot make a file in memory: %s", strerror(errno));
  for (size_t done = 0; done < size;) {
    ssize_t wrote = write(fd, static_cast<const char *>(bytes) + done, size - done);
    if (wrote < 0 && errno == EINTR)
      continue;
    if (wrote <= 0) {
      close(fd);
      return fail(INGOT_STATUS_MEMORY, "cannot write a file in memory: %s", strerror(errno));
    }
    done += size_t(wrote);
  }
  // The copy is checked, not the caller's bytes: it cannot change any more, and it is aligned.
  void *mapped = size ? mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0) : MAP_FAILED;
  ingot_status status = INGOT_STATUS_OK;
  if (mapped == MAP_FAILED) {
    status = size ? fail(INGOT_STATUS_SYSTEM, "cannot map a file in memory: %s", strerror(errno))
                  : fail(INGOT_STATUS_NOT_A_LIBRARY, "not a library compiled by Ingot (no bytes)");
  } else {
    status = checkImage({static_cast<const unsigned char *>(mapped), size});
    munmap(mapped, size);
  }
  ingot_model *opened = status ? nullptr : newModel();
  if (!opened) {
    close(fd);
    return status ? status : INGOT_STATUS_MEMORY;
  }
  return load(fd, /*viaFd=*/true, nullptr, opened, model);
}

ingot_status ingot_model_open_static(ingot_library_query_fn query, ingot_model **model) {
  if (!query || !model)
    return fail(INGOT_STATUS_ARGUMENT, "ingot_model_open_static: a null pointer");
  *model = nullptr;
  ingot_model *opened = newModel();
  return opened ? adopt(query, nullptr, opened, model) : INGOT_STATUS_MEMORY;
}

void ingot_model_close(ingot_model *model) {
  if (!model)
    return;
  if (model->weights)
    munmap(model->weights, model->weightsBytes);
  free(const_cast<Function *>(model->functions));
  free(model->tensors);
  free(model->states);
  if (model->handle)
    dlclose(model->handle);
  if (model->fd >= 0)
    close(model->fd);
  free(model);
}

//===----------------------------------------------------------------------===//
// Descriptions
//===----------------------------------------------------------------------===//

ingot_status ingot_model_describe(const ingot_model *model, ingot_model_info *info) {
  if (!model || !info)
    return fail(INGOT_STATUS_ARGUMENT, "ingot_model_describe: a null pointer");
  const m::Manifest *manifest = manifestOf(model);
  info->name = textOf(manifest->model_name());
  info->compiler_version = textOf(manifest->compiler_version());
  info->target_triple = textOf(manifest->target_triple());
  info->cpu = textOf(manifest->cpu());
  info->level = model->level;
  info->function_count = model->functionCount;
  info->kernel_count = model->kernelCount;
  info->weight_count = int32_t(sizeOf(manifest->weights()));
  info->weights_bytes = manifest->weights_bytes();
  return INGOT_STATUS_OK;
}

static const Function *functionAt(const ingot_model *model, int32_t function) {
  return model && function >= 0 && function < model->functionCount ? &model->functions[function] : nullptr;
}

ingot_status ingot_model_function(const ingot_model *model, int32_t function, ingot_function_info *info) {
  const Function *f = functionAt(model, function);
  if (!f || !info)
    return fail(INGOT_STATUS_ARGUMENT, "ingot_model_function: a null pointer, or no function %d", function);
  *info = {f->name, f->inputCount, f->outputCount, f->arenaBytes, f->operations};
  return INGOT_STATUS_OK;
}

ingot_status ingot_model_input(const ingot_model *model, int32_t function, int32_t index, ingot_tensor_info *info) {
  const Function *f = functionAt(model, function);
  if (!f || !info || index < 0 || index >= f->inputCount)
    return fail(INGOT_STATUS_ARGUMENT, "ingot_model_input: a null pointer, or no input %d of function %d", index, function);
  *info = f->inputs[index];
  return INGOT_STATUS_OK;
}

ingot_status ingot_model_output(const ingot_model *model, int32_t function, int32_t index, ingot_tensor_info *info) {
  const Function *f = functionAt(model, function);
  if (!f || !info || index < 0 || index >= f->outputCount)
    return fail(INGOT_STATUS_ARGUMENT, "ingot_model_output: a null pointer, or no output %d of function %d", index, function);
  *info = f->outputs[index];
  return INGOT_STATUS_OK;
}

const char *ingot_model_specialization(const ingot_model *model, int32_t function, int32_t index) {
  if (!functionAt(model, function))
    return nullptr;
  const auto *list = manifestOf(model)->functions()->Get(uint32_t(function))->specializations();
  return index >= 0 && uint32_t(index) < sizeOf(list) ? list->Get(uint32_t(index))->c_str() : nullptr;
}

int32_t ingot_model_state_count(const ingot_model *model, int32_t function) {
  const Function *f = functionAt(model, function);
  return f ? f->stateCount : 0;
}

ingot_status ingot_model_state(const ingot_model *model, int32_t function, int32_t index, ingot_state_info *info) {
  const Function *f = functionAt(model, function);
  if (!f || !info || index < 0 || index >= f->stateCount)
    return fail(INGOT_STATUS_ARGUMENT, "ingot_model_state: a null pointer, or no state %d of function %d", index, function);
  *info = f->states[index];
  return INGOT_STATUS_OK;
}

int32_t ingot_model_find_state(const ingot_model *model, int32_t function, const char *name) {
  const Function *f = functionAt(model, function);
  for (int32_t i = 0; f && name && i < f->stateCount; ++i)
    if (!strcmp(f->states[i].tensor.name, name))
      return i;
  return -1;
}

int32_t ingot_model_find_function(const ingot_model *model, const char *name) {
  for (int32_t i = 0; model && name && i < model->functionCount; ++i)
    if (!strcmp(model->functions[i].name, name))
      return i;
  return -1;
}

static int32_t findTensor(const ingot_tensor_info *tensors, int32_t count, const char *name) {
  for (int32_t i = 0; name && i < count; ++i)
    if (!strcmp(tensors[i].name, name))
      return i;
  return -1;
}

int32_t ingot_model_find_input(const ingot_model *model, int32_t function, const char *name) {
  const Function *f = functionAt(model, function);
  return f ? findTensor(f->inputs, f->inputCount, name) : -1;
}

int32_t ingot_model_find_output(const ingot_model *model, int32_t function, const char *name) {
  const Function *f = functionAt(model, function);
  return f ? findTensor(f->outputs, f->outputCount, name) : -1;
}

const void *ingot_model_manifest(const ingot_model *model, uint64_t *bytes) {
  if (!model)
    return nullptr;
  if (bytes)
    *bytes = model->library->manifest_bytes;
  return model->library->manifest;
}
