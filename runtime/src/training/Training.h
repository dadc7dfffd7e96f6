//===- Training.h - What a state of training holds ------------------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_RUNTIME_SRC_TRAINING_TRAINING_H
#define INGOT_RUNTIME_SRC_TRAINING_TRAINING_H

#include "../Internal.h"

#include "ingot/manifest_generated.h"

#include <string.h>

namespace ingot::runtime {

namespace m = ingot::manifest;

template <typename V> uint32_t sizeOf(const V *vector) { return vector ? vector->size() : 0; }
inline const char *textOf(const flatbuffers::String *text) { return text ? text->c_str() : ""; }

/// A variable's memory.
struct Variable {
  char *data; ///< null of gradients that nothing has used
  int64_t bytes;
  int64_t offset; ///< within the memory of all, or of all gradients
};

/// The counters of one of the functions that train together.
struct Algorithm {
  int64_t step;        ///< updates done
  int32_t accumulated; ///< batches in the gradients
  int32_t hasSchedule;
  double learningRate; ///< where there is no schedule
  double weightDecay;  ///< a factor
  double clipValue;    ///< below 0: as compiled
  double clipNorm;
  ingot_schedule schedule;
  ingot_plateau plateau;
};

/// What the program keeps with a state; text and name follow in the same piece of memory.
struct Property {
  Property *next;
  size_t bytes; ///< of the piece
  const char *name;
  const char *text;
  int64_t whole;
  double number;
  int8_t kind; ///< 0: whole, 1: number, 2: text
};

struct Exchange;

/// What the scalars of the function that runs are computed from.
struct Scalars {
  double learningRate, weightDecay, clipValue, clipNorm, lossScale, keep, gradientScale;
  int64_t step; ///< from 1
};

} // namespace ingot::runtime

struct ingot_state {
  const ingot_model *model;
  const ingot::manifest::TrainingInfo *training;
  ingot_state_options options; ///< with defaults filled in

  ingot::runtime::Variable *variables;
  int32_t variableCount;
  ingot::runtime::Algorithm *algorithms;
  int32_t algorithmCount;
  ingot_tensor *outputs; ///< as many as any of the functions has
  void *tables;          ///< what the three above point into
  size_t tablesBytes;
  char *memory; ///< of all variables but gradients
  size_t memoryBytes;
  mutable char *gradients; ///< memory of them, or null: no variable changes when they are given some
  size_t gradientBytes;

  uint64_t seed;
  int64_t batch;
  double lossScale;
  int64_t cleanSteps; ///< updates since the loss scale was changed
  ingot::runtime::Scalars scalars;
  ingot::runtime::Property *properties; ///< the newest last
  ingot_collective collective;          ///< of size 1 when there is none
  ingot::runtime::Exchange *exchange;   ///< null when there is none
};

namespace ingot::runtime {

inline bool scalesDynamically(const ingot_state &state) { return !strcmp(textOf(state.training->precision()), "f16"); }

/// The rate of the next update.
double learningRateOf(const Algorithm &algorithm);
/// What the scalars of the next call are, with what the caller says for it alone.
Scalars scalarsOf(const ingot_state &state, const Algorithm &algorithm, const ingot_hyper &hyper);
/// A structure as callers give it, null included; fails when a number in it is none.
ingot_status readHyper(const ingot_hyper *from, ingot_hyper &to);
/// Writes a scalar as its type. Eight bytes.
void writeScalar(const ingot_state &state, const m::ScalarInfo &info, void *to);
/// The value of a tensor's first element.
double readScalar(int32_t dtype, const void *from);

/// Runs a function with the state's variables, its outputs in the context's memory. ingot_env.profile may find `observer`.
ingot_status runWith(ingot_context &context, ingot_state &state, int32_t function, const ingot_tensor *inputs, int32_t inputCount,
                     void *observer);
/// After a function that found its loss not finite and so has changed nothing: says which input, variable or node that came from.
bool locate(ingot_context &context, ingot_state &state, int32_t function, const ingot_tensor *inputs, int32_t inputCount, char *text,
            size_t size);

bool isGradient(const ingot_state &state, int32_t index);
/// Gives each variable its place in memory, and counts the bytes of all. Gradients of a bucket lie one behind another, so that they can be
/// exchanged as one piece; the gaps between variables are zeros for ever.
void placeVariables(ingot_state &state);
/// Zeros for the variables that have places, gradients excepted.
ingot_status allocateValues(ingot_state &state);
/// Zeros for gradients, where they have no memory yet. Before any of them is used.
ingot_status needGradients(const ingot_state &state);
/// The same where a variable, or one of a function's, is a gradient.
ingot_status needVariable(const ingot_state &state, int32_t index);
ingot_status needVariablesOf(const ingot_state &state, const Function &function);
/// Memory of states for which the caller has no functions.
void *allocateZeros(void *user, size_t bytes, size_t alignment);
void releaseZeros(void *user, void *memory, size_t bytes);

/// Reads the weights of a library for variables to start with. Where they come from a file, they do not stay in memory.
class WeightsReader {
public:
  explicit WeightsReader(const ingot_model &model);
  void read(void *to, uint64_t offset, uint64_t length) const;

private:
  const char *begin;
  uint64_t bytes;
  bool canReturn;
};

inline bool hasOthers(const ingot_state &state) { return state.collective.size > 1; }
/// The text of the collective's last failure as an error.
ingot_status collectiveFailed(const ingot_state &state);

/// Appends a property without a look at the others; false when there is no memory.
bool appendProperty(const ingot_state &state, Property **list, const char *name, int8_t kind, int64_t whole, double number,
                    const char *text);
void releaseProperties(const ingot_state &state, Property *list);
/// A list of the same; false when there is no memory, and then the list is empty.
bool copyProperties(const ingot_state &state, const Property *from, Property **list);

/// "parameter", "gradient", ...
const char *kindName(int32_t kind);

/// Sets every variable to what it starts with.
void initialize(ingot_state &state);

/// Describes variable `index`, which exists.
void describeVariable(const ingot_model *model, int32_t index, ingot_variable_info &info);

} // namespace ingot::runtime

#endif // INGOT_RUNTIME_SRC_TRAINING_TRAINING_H
