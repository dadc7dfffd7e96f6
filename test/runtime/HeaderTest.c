/*===- HeaderTest.c - The public headers, compiled as strict C11 ----------------------------------------------------------===*\
|*
|* Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
|*
\*===----------------------------------------------------------------------------------------------------------------------===*/
#include "ingot/runtime.h"

#include <string.h>

/* A whole program of an application in C. Returns 0 when z = x + y + 0.5. */
int header_test_run(const char *path) {
  float x[4] = {1, 2, 3, 4}, y[4] = {10, 20, 30, 40}, z[4] = {0};
  ingot_model *model;
  ingot_context *context = NULL;
  ingot_tensor inputs[2] = {{x, 0, INGOT_F32, 1, {4}}, {y, sizeof(y), INGOT_F32, 1, {4}}};
  ingot_tensor output = {z, sizeof(z), INGOT_F32, 1, {4}};
  int result = 1;
  if (ingot_model_open_file(path, &model))
    return 2;
  if (!ingot_context_create(model, NULL, &context) && !ingot_context_run(context, 0, inputs, 2, &output, 1))
    result = z[0] != 11.5f || z[3] != 44.5f || strcmp(ingot_status_name(INGOT_STATUS_OK), "ok");
  ingot_context_destroy(context);
  ingot_model_close(model);
  return result;
}
