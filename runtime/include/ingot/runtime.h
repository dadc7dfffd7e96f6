/*===- ingot/runtime.h - Load and run compiled models ---------------------------------------------------------------------===*\
|*
|* Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
|*
|* The general interface to a library that `ingot compile` made. Plain C11.
|*
|*   ingot_model *model;
|*   ingot_context *context;
|*   if (ingot_model_open_file("model.so", &model) || ingot_context_create(model, NULL, &context))
|*     return fprintf(stderr, "%s\n", ingot_last_error());
|*   ingot_tensor in = {pixels, 0, INGOT_F32, 4, {1, 3, 224, 224}}, out = {0};
|*   if (ingot_context_run(context, 0, &in, 1, &out, 1)) ...
|*
|* Threads: a model is immutable and may be used from any number of threads. A context belongs to one thread at a time; contexts of
|* the same model run side by side. Ownership: whatever this interface returns as `const char *` or as memory of an output belongs to
|* the model or the context. Errors: each function returns a status; ingot_last_error() is its text, for the calling thread.
|*
\*===----------------------------------------------------------------------------------------------------------------------===*/
#ifndef INGOT_RUNTIME_H
#define INGOT_RUNTIME_H

#include "ingot/abi.h"

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define INGOT_API __attribute__((visibility("default")))
#else
#define INGOT_API
#endif

/* The name of the section that holds the manifest, so that it can be read without running any code of the library. */
#define INGOT_MANIFEST_SECTION ".ingot.manifest"
/* The largest format_version of a manifest that this runtime reads. */
#define INGOT_MANIFEST_FORMAT 3u

typedef enum ingot_status {
  INGOT_STATUS_OK = 0,
  INGOT_STATUS_ARGUMENT = 1,       /* the call itself is wrong: a null pointer, an index out of range, a wrong count */
  INGOT_STATUS_NOT_FOUND = 2,      /* the file cannot be opened, or the name is not in the model */
  INGOT_STATUS_NOT_A_LIBRARY = 3,  /* not a library compiled by Ingot, or a damaged one */
  INGOT_STATUS_VERSION = 4,        /* compiled by a version that this runtime cannot read */
  INGOT_STATUS_CPU = 5,            /* compiled for another processor */
  INGOT_STATUS_SHAPE = 6,          /* a tensor's rank or sizes disagree with the model, or a buffer is too small */
  INGOT_STATUS_DTYPE = 7,          /* a tensor's element type disagrees with the model */
  INGOT_STATUS_MEMORY = 8,         /* out of memory */
  INGOT_STATUS_ASSERT = 9,         /* a check of the model failed at run time */
  INGOT_STATUS_INDEX = 10,         /* the model indexed a tensor outside of its bounds */
  INGOT_STATUS_SYSTEM = 11,        /* the operating system refused */
  INGOT_STATUS_INTERNAL = 12,
  INGOT_STATUS_STATE = 13,         /* a state has no room left, or a value does not fit it */
  INGOT_STATUS_NUMERIC = 14        /* a loss, a gradient or what a variable would become is not finite */
} ingot_status;

/* The numbers are ONNX's (TensorProto.DataType). A bool is a byte that holds 0 or 1. */
typedef enum ingot_dtype {
  INGOT_F32 = 1, INGOT_U8 = 2, INGOT_I8 = 3, INGOT_U16 = 4, INGOT_I16 = 5, INGOT_I32 = 6, INGOT_I64 = 7, INGOT_BOOL = 9,
  INGOT_F16 = 10, INGOT_F64 = 11, INGOT_U32 = 12, INGOT_U64 = 13, INGOT_BF16 = 16
} ingot_dtype;

/* Bytes of an element, 0 for a number that is no dtype. */
INGOT_API int64_t ingot_dtype_bytes(int32_t dtype);
/* "f32", "u8", ..., "?" for a number that is no dtype. */
INGOT_API const char *ingot_dtype_name(int32_t dtype);

/* ingot_tensor.bytes of an output in a context's memory. */
#define INGOT_CONTEXT_MEMORY (-1)

/* A dense tensor in row-major order. */
typedef struct ingot_tensor {
  void *data;    /* aligned to the element size */
  int64_t bytes; /* size of the buffer at `data`; 0 means just what `dtype` and `dims` need; see INGOT_CONTEXT_MEMORY */
  int32_t dtype; /* ingot_dtype */
  int32_t rank;
  int64_t dims[INGOT_MAX_RANK];
} ingot_tensor;

/* The last status other than OK in the calling thread, as a sentence. Never NULL. */
INGOT_API const char *ingot_last_error(void);
/* "ok", "shape", "cpu", ... */
INGOT_API const char *ingot_status_name(ingot_status status);

/*===----------------------------------------------------------------------------------------------------------------------===*\
|* Models
\*===----------------------------------------------------------------------------------------------------------------------===*/

typedef struct ingot_model ingot_model;

/* Opens a library. Its ELF structure, manifest, version and CPU features are checked before any of its code runs. */
INGOT_API ingot_status ingot_model_open_file(const char *path, ingot_model **model);
/* The same from memory; the bytes are copied. */
INGOT_API ingot_status ingot_model_open_memory(const void *bytes, size_t size, ingot_model **model);
/* A library that is linked into the program: pass its (prefixed) ingot_library_query. */
INGOT_API ingot_status ingot_model_open_static(ingot_library_query_fn query, ingot_model **model);
/* Call after all contexts of the model are destroyed. NULL is allowed. */
INGOT_API void ingot_model_close(ingot_model *model);

typedef struct ingot_model_info {
  const char *name;             /* "" when the model has none */
  const char *compiler_version;
  const char *target_triple;
  const char *cpu;
  uint32_t level;               /* the x86-64 level in use when the library holds several, else 0 */
  int32_t function_count;
  int32_t kernel_count;
  int32_t weight_count;
  uint64_t weights_bytes;
} ingot_model_info;

typedef struct ingot_function_info {
  const char *name;
  int32_t input_count;
  int32_t output_count;
  int64_t arena_bytes; /* -1: depends on the sizes of the inputs */
  int64_t operations;  /* floating-point operations of one run, -1 when they depend on sizes */
} ingot_function_info;

typedef struct ingot_tensor_info {
  const char *name;
  int32_t dtype;
  int32_t rank;
  int64_t dims[INGOT_MAX_RANK];        /* -1: chosen by the caller (inputs) or computed (outputs) */
  const char *symbols[INGOT_MAX_RANK]; /* the model's name of a dynamic dimension, "" when it has none; equal names are equal sizes */
  int32_t shape_depends_on_data;       /* an output whose sizes are known only after the run */
} ingot_tensor_info;

INGOT_API ingot_status ingot_model_describe(const ingot_model *model, ingot_model_info *info);
INGOT_API ingot_status ingot_model_function(const ingot_model *model, int32_t function, ingot_function_info *info);
INGOT_API ingot_status ingot_model_input(const ingot_model *model, int32_t function, int32_t index, ingot_tensor_info *info);
INGOT_API ingot_status ingot_model_output(const ingot_model *model, int32_t function, int32_t index, ingot_tensor_info *info);

/* A tensor that each context keeps from run to run (`ingot compile --state`): neither an input nor an output of a run. */
typedef struct ingot_state_info {
  ingot_tensor_info tensor; /* named after the model's input */
  const char *output;       /* the model's output that the next run finds there */
  int32_t axis;             /* the dimension along which it grows, -1 when it does not */
  int64_t capacity;         /* the size of that dimension that there is room for */
} ingot_state_info;

INGOT_API int32_t ingot_model_state_count(const ingot_model *model, int32_t function);
INGOT_API ingot_status ingot_model_state(const ingot_model *model, int32_t function, int32_t index, ingot_state_info *info);

/* Sizes that the function has code of its own for (`ingot compile --specialize`), as "batch=1, sequence=128": `index` from 0 on, NULL behind
   the last. */
INGOT_API const char *ingot_model_specialization(const ingot_model *model, int32_t function, int32_t index);

/* The index of a name, -1 when there is none. */
INGOT_API int32_t ingot_model_find_function(const ingot_model *model, const char *name);
INGOT_API int32_t ingot_model_find_input(const ingot_model *model, int32_t function, const char *name);
INGOT_API int32_t ingot_model_find_output(const ingot_model *model, int32_t function, const char *name);
INGOT_API int32_t ingot_model_find_state(const ingot_model *model, int32_t function, const char *name);
/* The FlatBuffer of schema/manifest.fbs, verified. */
INGOT_API const void *ingot_model_manifest(const ingot_model *model, uint64_t *bytes);

/*===----------------------------------------------------------------------------------------------------------------------===*\
|* Contexts
\*===----------------------------------------------------------------------------------------------------------------------===*/

/* The arena, the state and the buffers of one stream of runs. */
typedef struct ingot_context ingot_context;

enum { INGOT_LOG_ERROR = 0, INGOT_LOG_WARNING = 1, INGOT_LOG_DEBUG = 2 };

/* Set `struct_bytes` to sizeof(ingot_context_options); everything else may be zero. */
typedef struct ingot_context_options {
  size_t struct_bytes;
  /* Threads of the process-wide pool to use, the caller's included. 0: as many as the process may use (its CPU mask and its cgroup's
     quota). Results never depend on it. */
  uint32_t threads;
  /* Keep times of kernels, see ingot_context_profile; 2: each call and each thread's part of it as well, see
     ingot_context_profile_events. */
  uint32_t profile;
  void *user; /* passed to the functions below */
  /* Memory, aligned to `alignment` (a power of two). Both or neither. */
  void *(*allocate)(void *user, size_t bytes, size_t alignment);
  void (*release)(void *user, void *memory, size_t bytes);
  /* The caller's own threads instead of the pool: run body over [0, tasks) in contiguous ranges, return when all are done. */
  void (*parallel_for)(void *user, int64_t tasks, ingot_task_fn body, void *argument);
  void (*log)(void *user, int32_t level, const char *text);
} ingot_context_options;

/* `options` may be NULL. */
INGOT_API ingot_status ingot_context_create(const ingot_model *model, const ingot_context_options *options, ingot_context **context);
/* NULL is allowed. */
INGOT_API void ingot_context_destroy(ingot_context *context);

/* What a run with such inputs would need: fills dtype, rank and dims of the outputs (a dimension is -1 where it depends on data) and
   the size of the arena, and reserves that arena, so that the run does not allocate. `inputs` need `data` only where a model computes
   sizes from values (a Reshape to a run-time shape); without it, such values count as zeros. `outputs` and `arena_bytes` may be NULL. */
INGOT_API ingot_status ingot_context_plan(ingot_context *context, int32_t function, const ingot_tensor *inputs, int32_t input_count,
                                          ingot_tensor *outputs, int32_t output_count, int64_t *arena_bytes);

/* Runs a function. An output with `data` is written there: `bytes` must suffice, or be 0 and `dims` be the very ones that come out.
   An output without `data`, or whose `bytes` is INGOT_CONTEXT_MEMORY from an earlier run, gets memory of the context, valid until the
   context runs again or is destroyed. So does an output whose
   sizes depend on data when the caller's buffer is too small for it. On return dtype, rank, dims and data of each output are set. From
   the second run of the same sizes on nothing is allocated. `outputs` may be NULL if `output_count` is 0: nothing is returned. */
INGOT_API ingot_status ingot_context_run(ingot_context *context, int32_t function, const ingot_tensor *inputs, int32_t input_count,
                                         ingot_tensor *outputs, int32_t output_count);

/* States. A state that grows has no rows at first and gets those that each run adds, written behind the others: nothing is copied. Any
   other one holds zeros until it is set or a run has ended. A run that fails changes no state; one for which a state has no room fails
   with INGOT_STATUS_STATE before it starts. Tensors are in the order of the model's dimensions. */

/* Sets dtype, rank and dims, and copies the value to `data`, which has room for `bytes` (0: for just `dims`), unless it is NULL. */
INGOT_API ingot_status ingot_context_state_get(const ingot_context *context, int32_t function, int32_t index, ingot_tensor *tensor);
INGOT_API ingot_status ingot_context_state_set(ingot_context *context, int32_t function, int32_t index, const ingot_tensor *tensor);
/* Forgets the rows from number `rows` on in each state of the function that grows: back to an earlier moment. */
INGOT_API ingot_status ingot_context_state_truncate(ingot_context *context, int32_t function, int64_t rows);
/* As after ingot_context_create, for all functions. */
INGOT_API ingot_status ingot_context_state_reset(ingot_context *context);
/* All states of the context as a file, which is replaced only when it is complete. Loading checks all of it before it changes anything. */
INGOT_API ingot_status ingot_context_state_save(const ingot_context *context, const char *path);
INGOT_API ingot_status ingot_context_state_load(ingot_context *context, const char *path);

/* Threads that a run uses at most. */
INGOT_API uint32_t ingot_context_threads(const ingot_context *context);

/* One kernel's times since the context was created or since ingot_context_profile_reset. */
typedef struct ingot_kernel_profile {
  const char *name;
  const char *description;
  const char *node; /* the first ONNX node that it computes, "" when it computes none */
  const char *op;   /* that node's operator */
  int32_t node_count;
  int64_t calls;
  int64_t total_ns;
  int64_t min_ns;
  int64_t last_start_ns; /* of the monotonic clock */
  int64_t last_end_ns;
} ingot_kernel_profile;

/* `kernel` counts from 0 to ingot_model_info.kernel_count - 1. */
INGOT_API ingot_status ingot_context_profile(const ingot_context *context, int32_t kernel, ingot_kernel_profile *profile);
INGOT_API void ingot_context_profile_reset(ingot_context *context);

/* One call of a kernel, or what one thread did of it. */
typedef struct ingot_profile_event {
  int32_t kernel;
  int32_t thread; /* -1: the whole call; else a number from 0 on that a thread keeps */
  int64_t start_ns; /* of the monotonic clock */
  int64_t end_ns;
} ingot_profile_event;

/* The events since the context was created or since ingot_context_profile_reset, by their ends, up to a limit of some ten thousand. They
   are valid until the next run. */
INGOT_API ingot_status ingot_context_profile_events(const ingot_context *context, const ingot_profile_event **events, int64_t *count);

/* Threads that this process may use: its CPU mask, bounded by its cgroup's CPU quota. At least 1. */
INGOT_API uint32_t ingot_default_threads(void);
/* The x86-64 level of this machine: 1 to 4; 0 on other processors. */
INGOT_API uint32_t ingot_cpu_level(void);

#ifdef __cplusplus
}
#endif

#endif /* INGOT_RUNTIME_H */
