/*===- ingot/kernel.h - How compiled code calls a C kernel ------------------------------------------------------------------===*\
|*
|* Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
|*
|* A kernel is `int32_t name(const int64_t *arguments)` and returns 0, or another number to end the run with an error. The array holds
|* each input, then each output: address, type, rank, sizes, strides (in elements); then the scalars, floating-point ones as the
|* bits of a double. A kernel is linked into a library that calls it; it may not allocate, and its working memory is an output.
|*
\*===----------------------------------------------------------------------------------------------------------------------===*/
#ifndef INGOT_KERNEL_H
#define INGOT_KERNEL_H

#include <stdint.h>

/* Element types; ONNX's numbers. */
enum {
  INGOT_F32 = 1,
  INGOT_U8 = 2,
  INGOT_I8 = 3,
  INGOT_U16 = 4,
  INGOT_I16 = 5,
  INGOT_I32 = 6,
  INGOT_I64 = 7,
  INGOT_BOOL = 9,
  INGOT_F16 = 10,
  INGOT_F64 = 11,
  INGOT_U32 = 12,
  INGOT_U64 = 13,
  INGOT_BF16 = 16
};

typedef struct ingot_kernel_tensor {
  void *data;
  int64_t dtype;
  int64_t rank;
  const int64_t *dims;
  const int64_t *strides; /* in elements */
} ingot_kernel_tensor;

/* Reads a tensor at `arguments` and returns where the next argument is. */
static inline const int64_t *ingot_kernel_read(const int64_t *arguments, ingot_kernel_tensor *tensor) {
  tensor->data = (void *)(intptr_t)arguments[0];
  tensor->dtype = arguments[1];
  tensor->rank = arguments[2];
  tensor->dims = arguments + 3;
  tensor->strides = tensor->dims + tensor->rank;
  return tensor->strides + tensor->rank;
}

#endif /* INGOT_KERNEL_H */
