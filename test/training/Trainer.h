//===- Trainer.h - Compiled training steps and their states -----*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_TEST_TRAINING_TRAINER_H
#define INGOT_TEST_TRAINING_TRAINER_H

#include "ingot/training.h"
#include "utils/compiler/Compiler.h"
#include "utils/support/Npz.h"

#include <map>
#include <string>
#include <vector>

namespace ingot::training {

/// A dense tensor that owns its elements.
struct Array {
  int32_t dtype = 0;
  std::vector<int64_t> dims;
  std::string bytes;

  Array() = default;
  Array(int32_t dtype, std::vector<int64_t> dims);
  Array(int32_t dtype, std::vector<int64_t> dims, llvm::ArrayRef<double> values);
  explicit Array(const NpzArray &array);
  explicit Array(const ingot_tensor &tensor);

  int64_t count() const;
  double number(int64_t i) const;
  void setNumber(int64_t i, double value);
  std::vector<double> numbers() const;
  bool isFloat() const { return dtype == INGOT_F32 || dtype == INGOT_F64; }
  /// Floats in the element type `to`; anything else as it is.
  Array asFloat(int32_t to) const;
  /// Entry `i`, or `n` of them from there, of the first dimension.
  Array row(int64_t i) const;
  Array rows(int64_t i, int64_t n) const;
  ingot_tensor view() const;
};

using Arrays = std::map<std::string, Array>;

/// The arrays of an archive; throws nothing: `problem` says what is wrong with it.
Arrays readArrays(const std::string &path, std::string &problem);

/// The largest difference between elements; infinite where the shapes differ or an element is no number.
double largestDifference(const Array &got, const Array &want);
double largestOf(const Array &array);

/// A state of a library that trains.
class State {
public:
  State() = default;
  State(State &&other) noexcept : state(other.state) { other.state = nullptr; }
  State &operator=(State &&other) noexcept {
    std::swap(state, other.state);
    return *this;
  }
  ~State() { ingot_state_destroy(state); }

  State clone() const;
  /// Empty where there is no such variable.
  Array get(int32_t kind, const std::string &name, const char *role = nullptr) const;
  bool set(int32_t kind, const std::string &name, const Array &value);
  /// The bytes of all variables of all kinds.
  std::string allBytes() const;

  ingot_state *state = nullptr;
};

struct StepResult {
  std::string problem; ///< empty when it worked
  ingot_status status = INGOT_STATUS_OK;
  ingot_step_info info = {};
  Arrays outputs;
};

/// A library that trains, with a context.
class Trainer {
public:
  Trainer() = default;
  Trainer(const Trainer &) = delete;
  ~Trainer();

  /// Empty when it worked, else what is wrong.
  std::string compile(CompileOptions options, const std::string &library);
  std::string open(const std::string &library, unsigned threads = 2);
  /// Another context in place of the one there is.
  std::string setThreads(unsigned threads);
  State newState(const ingot_state_options *options = nullptr) const;

  int algorithm(const std::string &name) const { return ingot_model_find_algorithm(model, name.c_str()); }
  /// One step, with inputs by name; those that the model does not have are not looked at.
  StepResult step(State &state, const Arrays &inputs, uint32_t flags = 0, int algorithm = 0);
  StepResult evaluate(State &state, const Arrays &inputs, int algorithm = 0);
  /// The model's own function, or another one.
  StepResult run(State &state, const Arrays &inputs, int function = -1);
  /// A function without variables.
  StepResult call(int function, const Arrays &inputs);

  ingot_model *model = nullptr;
  ingot_context *context = nullptr;
  CompileResult compiled;

private:
  std::string bind(int32_t function, const Arrays &inputs, std::vector<ingot_tensor> &tensors) const;
  /// The outputs that a call returns: all, or those that are not in ingot_step_info.
  std::vector<std::string> outputsOf(int32_t function, bool all) const;
};

} // namespace ingot::training

#endif // INGOT_TEST_TRAINING_TRAINER_H
