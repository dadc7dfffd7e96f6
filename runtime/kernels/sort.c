/*===- sort.c - Sorting along an axis, and its first k elements -------------------------------------------------------------===*\
|*
|* Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
|*
|* Inputs: x. Outputs: values and indices, of as many elements along the axis as are wanted; working memory of twice the axis' size.
|* Scalars: axis, descending. Equal elements keep their order; NaN counts as the largest.
|*
|* Every element becomes an unsigned key whose order is the wanted one, so that one comparison serves all types.
|*
\*===----------------------------------------------------------------------------------------------------------------------===*/
#include "ingot/kernel.h"

static uint64_t ordered_key(const void *data, int64_t index, int64_t dtype) {
  uint64_t bits, sign, exponent;
  switch (dtype) {
  case INGOT_BOOL:
  case INGOT_U8:
    return ((const uint8_t *)data)[index];
  case INGOT_U16:
    return ((const uint16_t *)data)[index];
  case INGOT_U32:
    return ((const uint32_t *)data)[index];
  case INGOT_U64:
    return ((const uint64_t *)data)[index];
  case INGOT_I8:
    return (uint64_t)(int64_t)((const int8_t *)data)[index] ^ ((uint64_t)1 << 63);
  case INGOT_I16:
    return (uint64_t)(int64_t)((const int16_t *)data)[index] ^ ((uint64_t)1 << 63);
  case INGOT_I32:
    return (uint64_t)(int64_t)((const int32_t *)data)[index] ^ ((uint64_t)1 << 63);
  case INGOT_I64:
    return (uint64_t)((const int64_t *)data)[index] ^ ((uint64_t)1 << 63);
  case INGOT_F16:
    bits = ((const uint16_t *)data)[index], sign = 0x8000u, exponent = 0x7c00u;
    break;
  case INGOT_BF16:
    bits = ((const uint16_t *)data)[index], sign = 0x8000u, exponent = 0x7f80u;
    break;
  case INGOT_F32:
    bits = ((const uint32_t *)data)[index], sign = 0x80000000u, exponent = 0x7f800000u;
    break;
  default:
    bits = ((const uint64_t *)data)[index], sign = (uint64_t)1 << 63, exponent = (uint64_t)0x7ff << 52;
    break;
  }
  if ((bits & ~sign) > exponent)
    return UINT64_MAX; /* NaN */
  if ((bits & ~sign) == 0)
    return sign; /* both zeros are equal */
  return bits & sign ? sign - (bits & ~sign) : bits | sign;
}

static void copy_element(void *to, int64_t to_index, const void *from, int64_t from_index, int64_t dtype) {
  switch (dtype) {
  case INGOT_BOOL:
  case INGOT_U8:
  case INGOT_I8:
    ((uint8_t *)to)[to_index] = ((const uint8_t *)from)[from_index];
    break;
  case INGOT_U16:
  case INGOT_I16:
  case INGOT_F16:
  case INGOT_BF16:
    ((uint16_t *)to)[to_index] = ((const uint16_t *)from)[from_index];
    break;
  case INGOT_U32:
  case INGOT_I32:
  case INGOT_F32:
    ((uint32_t *)to)[to_index] = ((const uint32_t *)from)[from_index];
    break;
  default:
    ((uint64_t *)to)[to_index] = ((const uint64_t *)from)[from_index];
    break;
  }
}

typedef struct line {
  const void *data;
  int64_t base, stride, dtype;
  uint64_t flip; /* all ones when the order is descending */
} line;

static uint64_t key_at(const line *row, int64_t index) {
  return ordered_key(row->data, row->base + index * row->stride, row->dtype) ^ row->flip;
}

/* Whether a comes before b; the lower index first among equals. */
static int before(const line *row, int64_t a, int64_t b) {
  uint64_t x = key_at(row, a), y = key_at(row, b);
  return x < y || (x == y && a < b);
}

/* Restores the heap (the last in order on top) below `at`. */
static void sift(const line *row, int64_t *heap, int64_t at, int64_t count) {
  int64_t moved = heap[at];
  for (;;) {
    int64_t child = 2 * at + 1;
    if (child >= count)
      break;
    if (child + 1 < count && before(row, heap[child], heap[child + 1]))
      ++child;
    if (!before(row, moved, heap[child]))
      break;
    heap[at] = heap[child];
    at = child;
  }
  heap[at] = moved;
}

/* The first k of n indices in order: a heap of k keeps the best, then gives them up from the last to the first. */
static void select_sorted(const line *row, int64_t *heap, int64_t n, int64_t k) {
  int64_t i;
  for (i = 0; i < k; ++i)
    heap[i] = i;
  for (i = k / 2 - 1; i >= 0; --i)
    sift(row, heap, i, k);
  for (i = k; i < n; ++i) {
    if (!before(row, i, heap[0]))
      continue;
    heap[0] = i;
    sift(row, heap, 0, k);
  }
  for (i = k - 1; i > 0; --i) {
    int64_t last = heap[0];
    heap[0] = heap[i];
    heap[i] = last;
    sift(row, heap, 0, i);
  }
}

int32_t ingot_kernel_sort(const int64_t *arguments);
int32_t ingot_kernel_sort(const int64_t *arguments) {
  ingot_kernel_tensor x, values, indices, memory;
  int64_t axis, descending, n, k, rows = 1, row, d, i;
  int64_t *heap;
  arguments = ingot_kernel_read(arguments, &x);
  arguments = ingot_kernel_read(arguments, &values);
  arguments = ingot_kernel_read(arguments, &indices);
  arguments = ingot_kernel_read(arguments, &memory);
  axis = arguments[0];
  descending = arguments[1];
  n = x.dims[axis];
  k = values.dims[axis];
  if (k > n)
    return 1;
  if (k <= 0)
    return 0;
  heap = (int64_t *)memory.data;
  for (d = 0; d < x.rank; ++d)
    if (d != axis)
      rows *= x.dims[d];
  for (row = 0; row < rows; ++row) {
    int64_t rest = row, value_base = 0, index_base = 0;
    line current;
    current.data = x.data;
    current.base = 0;
    current.stride = x.strides[axis];
    current.dtype = x.dtype;
    current.flip = descending ? UINT64_MAX : 0;
    for (d = x.rank - 1; d >= 0; --d) {
      int64_t position;
      if (d == axis)
        continue;
      position = rest % x.dims[d];
      rest /= x.dims[d];
      current.base += position * x.strides[d];
      value_base += position * values.strides[d];
      index_base += position * indices.strides[d];
    }
    select_sorted(&current, heap, n, k);
    for (i = 0; i < k; ++i) {
      copy_element(values.data, value_base + i * values.strides[axis], x.data, current.base + heap[i] * current.stride, x.dtype);
      ((int64_t *)indices.data)[index_base + i * indices.strides[axis]] = heap[i];
    }
  }
  return 0;
}
