//===- ingot/training.hpp - Owning handles for training in C++ --*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// ingot/training.h with destructors. No exceptions: everything that can fail returns an ingot_status.
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_TRAINING_HPP
#define INGOT_TRAINING_HPP

#include "ingot/ingot.hpp"
#include "ingot/training.h"

namespace ingot {

/// What an output of a function is to the training: INGOT_OUTPUT_*, see ingot_model_output_role; -1 where there is none.
inline int32_t outputRole(const Model &model, int32_t function, int32_t index) {
  return ingot_model_output_role(model.get(), function, index);
}

/// What training changes. The model must outlive it.
class State {
public:
  State() = default;
  State(State &&other) : state(other.state) { other.state = nullptr; }
  State &operator=(State &&other) {
    ingot_state *mine = state;
    state = other.state;
    other.state = mine;
    return *this;
  }
  ~State() { ingot_state_destroy(state); }

  ingot_status create(const Model &model, const ingot_state_options *options = nullptr) {
    ingot_state_destroy(state);
    state = nullptr;
    return ingot_state_create(model.get(), options, &state);
  }
  ingot_status clone(State &copy) const {
    ingot_state_destroy(copy.state);
    copy.state = nullptr;
    return ingot_state_clone(state, &copy.state);
  }
  ingot_status assign(const State &source) { return ingot_state_assign(state, source.state); }

  /// A view of a variable; null when there is none of that name, or when its elements are of another type.
  template <typename T> T *find(ingot_variable_kind kind, const char *name, const char *role = nullptr) {
    ingot_tensor tensor;
    return ingot_state_tensor(state, kind, name, role, &tensor) ? nullptr : data<T>(tensor);
  }

  /// A step of algorithm `algorithm`, see ingot_train_step.
  ingot_status train(const Context &context, const ingot_tensor *inputs, int32_t inputCount, ingot_step_info *info = nullptr,
                     uint32_t flags = 0, int32_t algorithm = 0) {
    return ingot_train_step(context.get(), state, algorithm, inputs, inputCount, nullptr, 0, flags, info);
  }
  ingot_status update(const Context &context, const ingot_hyper *hyper = nullptr, ingot_step_info *info = nullptr, int32_t algorithm = 0) {
    return ingot_optimizer_step(context.get(), state, algorithm, hyper, info);
  }
  ingot_status evaluate(const Context &context, const ingot_tensor *inputs, int32_t inputCount, ingot_step_info *info,
                        int32_t algorithm = 0) {
    return ingot_evaluate_step(context.get(), state, algorithm, inputs, inputCount, nullptr, 0, info);
  }
  ingot_status infer(const Context &context, const ingot_tensor *inputs, int32_t inputCount, ingot_tensor *outputs, int32_t outputCount) {
    return ingot_infer(context.get(), state, inputs, inputCount, outputs, outputCount);
  }

  ingot_status save(const char *path, const ingot_file_options *options = nullptr) const {
    return ingot_checkpoint_save(state, path, options);
  }
  ingot_status load(const char *path, const ingot_file_options *options = nullptr) { return ingot_checkpoint_load(state, path, options); }

  ingot_state *get() const { return state; }

private:
  ingot_state *state = nullptr;
};

/// How ranks talk. Must outlive the states that use it.
class Collective {
public:
  Collective() = default;
  Collective(Collective &&other) : collective(other.collective) { other.collective = nullptr; }
  Collective &operator=(Collective &&other) {
    ingot_collective *mine = collective;
    collective = other.collective;
    other.collective = mine;
    return *this;
  }
  ~Collective() { ingot_collective_close(collective); }

  ingot_status open(const char *text) {
    ingot_collective_close(collective);
    return ingot_collective_open(text, &collective);
  }
  ingot_collective *get() const { return collective; }

private:
  ingot_collective *collective = nullptr;
};

} // namespace ingot

#endif // INGOT_TRAINING_HPP
