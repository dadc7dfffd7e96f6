//===- Status.cpp - Status, error text and element types -----------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Internal.h"

#include <stdarg.h>
#include <stdio.h>

using namespace ingot::runtime;

// Fixed per thread: reporting an error must work when there is no memory left.
static thread_local char lastError[512] = "no error";

ingot_status ingot::runtime::fail(ingot_status status, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(lastError, sizeof(lastError), format, arguments);
  va_end(arguments);
  return status;
}

const char *ingot_last_error(void) { return lastError; }

const char *ingot_status_name(ingot_status status) {
  static const char *const names[] = {"ok",    "argument", "not found", "not a library", "version", "cpu",      "shape",
                                      "dtype", "memory",   "assert",    "index",         "system",  "internal", "state", "numeric"};
  return unsigned(status) < sizeof(names) / sizeof(*names) ? names[status] : "?";
}

int64_t ingot_dtype_bytes(int32_t dtype) {
  switch (dtype) {
  case INGOT_U8: case INGOT_I8: case INGOT_BOOL:
    return 1;
  case INGOT_U16: case INGOT_I16: case INGOT_F16: case INGOT_BF16:
    return 2;
  case INGOT_F32: case INGOT_I32: case INGOT_U32:
    return 4;
  case INGOT_F64: case INGOT_I64: case INGOT_U64:
    return 8;
  default:
    return 0;
  }
}

const char *ingot_dtype_name(int32_t dtype) {
  static const char *const names[] = {"?",    "f32", "u8",  "i8",  "u16", "i16", "i32", "i64", "?",
                                      "bool", "f16", "f64", "u32", "u64", "?",   "?",   "bf16"};
  return dtype >= 0 && dtype <= INGOT_BF16 ? names[dtype] : "?";
}

bool ingot::runtime::countBytes(int32_t dtype, const int64_t *dims, int32_t rank, int64_t &bytes) {
  bytes = ingot_dtype_bytes(dtype);
  // An empty tensor has no bytes however long its other dimensions are, so zeros are looked for first.
  bool empty = false;
  for (int32_t i = 0; i < rank; ++i) {
    if (dims[i] < 0)
      return false;
    empty |= dims[i] == 0;
  }
  if (empty) {
    bytes = 0;
    return true;
  }
  for (int32_t i = 0; i < rank; ++i)
    if (__builtin_mul_overflow(bytes, dims[i], &bytes))
      return false;
  return true;
}
