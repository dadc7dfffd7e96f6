/*===- ingot/abi.h - What a compiled library and its host agree on -------------------------------------------------------===*\
|*
|* Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
|*
|* The only header that the compiler and the runtime share. Plain C11, versioned as if it were a schema: a field is never moved or
|* reused; new ones go to the end of a structure and raise INGOT_ABI_VERSION.
|*
\*===----------------------------------------------------------------------------------------------------------------------===*/
#ifndef INGOT_ABI_H
#define INGOT_ABI_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define INGOT_ABI_VERSION 1u

/* The largest number of dimensions of a tensor. */
#define INGOT_MAX_RANK 16

typedef struct ingot_env ingot_env;
typedef struct ingot_frame ingot_frame;

/* Runs tasks `begin` to `end - 1` of a parallel loop. */
typedef void (*ingot_task_fn)(void *argument, int64_t begin, int64_t end);

/* What compiled code may ask of its host. The pointers are valid for one call of a compiled function. */
struct ingot_env {
  uint32_t abi_version;
  uint32_t thread_count; /* what parallel_for uses at most; results never depend on it */
  /* Runs body over [0, tasks), split into contiguous ranges, and returns when all are done. Nested calls run serially. */
  void (*parallel_for)(const ingot_env *env, int64_t tasks, ingot_task_fn body, void *argument);
  /* Memory for a buffer whose size the plan could not know; 64-byte aligned, valid until the run ends; NULL when there is none. */
  void *(*allocate)(const ingot_env *env, int64_t bytes);
  /* The destination of output `index` whose size depends on data; `dims` has its rank. NULL when there is no memory. */
  void *(*allocate_output)(const ingot_env *env, int32_t index, const int64_t *dims, int32_t rank, int64_t bytes);
  /* Called before (begin = 1) and after (begin = 0) kernel `kernel` when not NULL. */
  void (*profile)(const ingot_env *env, int32_t kernel, int32_t begin);
  void *host; /* the host's own */
};

/* Arguments of a compiled function. */
struct ingot_frame {
  void *const *inputs;   /* one pointer an input, then one a state, one a scalar of training, and one a variable of training, which the function
                            may change in place; row-major, aligned to the element size */
  void *const *outputs;  /* one pointer an output; NULL where the size depends on data (see ingot_env.allocate_output). Then one a state:
                            that of the input where the state grows, else other memory. */
  const int64_t *input_dims; /* sizes of all inputs, states and variables, one after another */
  int64_t *output_dims;  /* sizes of all outputs; written by `plan` (-1 where they depend on data) and by `run` */
  const void *constants; /* the weights section, page-aligned */
  void *state;           /* not used: states are inputs and outputs */
  void *arena;           /* 64-byte aligned; at least arena_bytes as computed by `plan` */
  int64_t arena_bytes;   /* written by `plan` */
  int32_t error_node;    /* node the error belongs to, index into the manifest's node names; -1 when unknown */
  int32_t error_detail;  /* see INGOT_ERROR_* */
};

/* Result codes of compiled functions. */
enum {
  INGOT_OK = 0,
  INGOT_ERROR_SHAPE = 1,  /* an input's size disagrees with the model; error_detail is input * INGOT_MAX_RANK + dimension */
  INGOT_ERROR_ASSERT = 2, /* a run-time check failed; error_detail indexes the manifest's messages */
  INGOT_ERROR_MEMORY = 3,
  INGOT_ERROR_INDEX = 4
};

typedef int32_t (*ingot_compiled_fn)(const ingot_env *env, ingot_frame *frame);

typedef struct ingot_compiled_function {
  const char *name;
  ingot_compiled_fn plan; /* reads inputs (where sizes depend on their values) and input_dims; writes output_dims and arena_bytes */
  ingot_compiled_fn run;
} ingot_compiled_function;

typedef struct ingot_library {
  uint32_t abi_version;
  uint32_t function_count;
  const ingot_compiled_function *functions;
  const void *manifest; /* FlatBuffer, see schema/manifest.fbs */
  uint64_t manifest_bytes;
  const void *constants; /* NULL when the weights are in a file of their own */
  uint64_t constants_bytes;
} ingot_library;

/* What a file of weights ends with, at the next multiple of 64 after the weights: which library it belongs to. */
typedef struct ingot_weights_end {
  char magic[8];  /* INGOT_WEIGHTS_MAGIC without its end */
  uint64_t bytes; /* of the weights, as in the manifest */
  uint64_t hash;  /* as in the manifest */
  uint64_t reserved;
} ingot_weights_end;
#define INGOT_WEIGHTS_MAGIC "INGOTWT1"

/* The one exported symbol of a library: NULL when max_version is older than what it was compiled for. `level` chooses among the
   instruction sets it holds: 0 what it was compiled for alone, else 2, 3 or 4 for x86-64-v2, -v3, -v4. */
typedef const ingot_library *(*ingot_library_query_fn)(uint32_t max_version, uint32_t level);
#define INGOT_LIBRARY_QUERY "ingot_library_query"

#if defined(__cplusplus)
#define INGOT_ASSERT_LAYOUT(condition) static_assert(condition, #condition)
#else
#define INGOT_ASSERT_LAYOUT(condition) _Static_assert(condition, #condition)
#endif
#if UINTPTR_MAX == UINT64_MAX
INGOT_ASSERT_LAYOUT(sizeof(ingot_env) == 48);
INGOT_ASSERT_LAYOUT(sizeof(ingot_frame) == 72);
INGOT_ASSERT_LAYOUT(sizeof(ingot_library) == 48);
INGOT_ASSERT_LAYOUT(sizeof(ingot_weights_end) == 32);
#endif

#ifdef __cplusplus
}
#endif

#endif /* INGOT_ABI_H */
