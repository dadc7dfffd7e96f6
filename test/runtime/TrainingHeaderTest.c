/*===- TrainingHeaderTest.c - The header of training, compiled as strict C11 -----------------------------------------------===*\
|*
|* Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
|* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
|*
\*===----------------------------------------------------------------------------------------------------------------------===*/
#include "ingot/training.h"

/* A whole program of an application in C. Returns 0 when `steps` steps made the loss smaller. */
int training_header_test_run(ingot_library_query_fn query, int steps) {
  float x[8] = {1, 0, 0, 1, 1, 1, 2, 1}, y[4] = {3, 2, 4, 6};
  ingot_model *model;
  ingot_context *context = NULL;
  ingot_state *state = NULL;
  ingot_tensor inputs[2] = {{x, 0, INGOT_F32, 2, {4, 2}}, {y, 0, INGOT_F32, 1, {4}}};
  ingot_step_info info = INGOT_STEP_INFO;
  ingot_hyper hyper = INGOT_HYPER_UNCHANGED;
  double first = 0;
  int result = 1;
  if (ingot_model_open_static(query, &model))
    return 2;
  hyper.learning_rate = 0.05;
  if (!ingot_context_create(model, NULL, &context) && !ingot_state_create(model, NULL, &state) && !ingot_state_set_hyper(state, -1, &hyper)) {
    result = 0;
    for (int i = 0; i < steps && !result; ++i) {
      result = ingot_train_step(context, state, 0, inputs, 2, NULL, 0, 0, &info);
      first = i ? first : info.loss;
    }
    result = result || info.loss >= first;
  }
  ingot_state_destroy(state);
  ingot_context_destroy(context);
  ingot_model_close(model);
  return result;
}
