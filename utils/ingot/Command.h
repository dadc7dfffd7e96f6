//===- Command.h - The subcommands of `ingot` -------------------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_COMMAND_COMMAND_H
#define INGOT_COMMAND_COMMAND_H

#include "ingot/training.h"
#include "utils/compiler/Compiler.h"
#include "utils/support/Npz.h"

#include <string>
#include <utility>
#include <vector>

namespace ingot {

//===----------------------------------------------------------------------===//
// Options and commands: one structure and one function each, filled and called by Main.cpp
//===----------------------------------------------------------------------===//

struct CompileCommand {
  CompileOptions options;
  bool json = false;
};
struct RunCommand {
  std::string model, inputs, outputs, loadState, saveState, function;
  std::string checkpoint; ///< of a library that was made by `train`: the parameters to run with; empty: those of the model
  uint32_t threads = 0;
};
struct BenchCommand {
  std::string model, inputs;
  std::vector<std::string> shapes;
  uint32_t threads = 0;
  double seconds = 1;
  int64_t tokens = 0;
  bool profile = false, json = false;
  std::string trace;       ///< write the calls of kernels there
  std::string explanation; ///< JSON of `compile --explain=json`; empty: MODEL.explain.json beside the library, if there is one
};
struct CheckCommand {
  std::string model;
  int64_t maxBytes = 0;
  bool json = false;
};
struct InfoCommand {
  std::string model;
  bool json = false;
};
struct DiffCommand {
  std::string model, inputs, expected;
  uint32_t threads = 0;
  double relative = 1e-3, absolute = -1;
  bool json = false;
};

struct TrainCommand {
  CompileOptions options;              ///< its one algorithm and the rest of `options.training` come from the command line
  std::string data, validate;          ///< npz files; without data only the library is made
  std::string schedule;                ///< as ingot_schedule_parse reads it; its length may be missing
  std::string checkpoint, resume, exported, curve;
  std::string checkpointNames;         ///< a regular expression: only these variables are saved; empty: all
  bool merge = false;                  ///< adapters become part of the weights in what is exported
  std::string collective;              ///< of this rank, as ingot_collective_open reads it; empty: one rank
  std::string initialization = "model", onNan = "stop";
  int64_t batch = 32, epochs = 1, steps = 0, accumulate = 1;
  uint64_t seed = 0;
  uint32_t threads = 0;
  double gain = 0;
  int64_t patience = 0;                ///< epochs without an improvement after which the training ends; 0: never
  double minDelta = 0;
  bool keepBest = false;               ///< end with the parameters of the best epoch
  bool checkGradients = false;         ///< leave all as it is where a gradient is not finite, not only where the loss is
  bool noShuffle = false, dropLast = false, json = false;
};

/// Options of `train` that may begin with the name of an algorithm, `NAME@`.
struct TrainTexts {
  std::vector<std::string> losses, optimizers, decays, groups, only, clipNorms, clipValues, emas;
};

Outcome runCompile(CompileCommand &command);
Outcome runTrain(TrainCommand &command, const TrainTexts &texts);
Outcome runCheck(CheckCommand &command);
Outcome runRun(RunCommand &command);
Outcome runBench(BenchCommand &command);
Outcome runInfo(InfoCommand &command);
Outcome runDiff(DiffCommand &command);

//===----------------------------------------------------------------------===//
// Messages
//===----------------------------------------------------------------------===//

/// Prints `ingot: error: text` and returns `outcome`.
Outcome fail(Outcome outcome, const llvm::Twine &text);
/// What a status of the runtime is as an exit code.
Outcome outcomeOf(ingot_status status);
/// Prints ingot_last_error() after `what` and returns the exit code.
Outcome fail(ingot_status status, const llvm::Twine &what = "");
Outcome fail(const Status &status);
/// Prints the compiler's messages.
void printMessages(const CompileResult &result);
/// `3.1 MiB`, `812 B`.
std::string formatBytes(uint64_t bytes);
/// `1x3x224x224`; `scalar` for no dimensions. Dynamic ones by their symbol or `?`.
std::string formatDims(llvm::ArrayRef<int64_t> dims, const char *const *symbols = nullptr);

//===----------------------------------------------------------------------===//
// Models
//===----------------------------------------------------------------------===//

/// A line on the terminal that tells what takes so long, from the first second on. Quiet when standard error is no terminal.
class Progress {
public:
  Progress();
  ~Progress();
  /// For CompileOptions::progress.
  std::function<void(llvm::StringRef, unsigned, unsigned)> callback();

private:
  struct State;
  std::unique_ptr<State> state;
};

/// An opened library, compiled first when it is given as a model.
class LoadedModel {
public:
  LoadedModel() = default;
  LoadedModel(const LoadedModel &) = delete;
  ~LoadedModel() { ingot_model_close(model); }

  /// Opens a library, or compiles the model `path` to a temporary one. Prints what is wrong.
  Outcome open(llvm::StringRef path, llvm::ArrayRef<std::string> shapes = {}, Explain explain = Explain::No);
  /// Compiles to a temporary library and opens that. The output's path is set here.
  Outcome compile(CompileOptions options);
  /// Makes another function than the first the one that is described. Prints what there is when there is none of this name.
  Outcome select(llvm::StringRef name);

  const ingot_model *get() const { return model; }
  /// Of a model that was compiled here and explained.
  const std::string &explanation() const { return explanationText; }
  const ingot_function_info &function() const { return info; }
  int32_t functionIndex() const { return index; }
  const std::vector<ingot_tensor_info> &inputs() const { return inputInfos; }
  const std::vector<ingot_tensor_info> &outputs() const { return outputInfos; }

private:
  Outcome describe();

  ingot_model *model = nullptr;
  int32_t index = 0;
  std::string explanationText;
  ingot_function_info info = {};
  std::vector<ingot_tensor_info> inputInfos, outputInfos;
};

/// Whether a file starts like a shared library.
bool isLibrary(llvm::StringRef path);

/// A context with its destructor.
class RunContext {
public:
  RunContext() = default;
  RunContext(const RunContext &) = delete;
  ~RunContext() { ingot_context_destroy(context); }
  /// `profile` as in ingot_context_options.
  ingot_status create(const ingot_model *model, uint32_t threads, uint32_t profile);
  ingot_context *get() const { return context; }

private:
  ingot_context *context = nullptr;
};

/// What training has changed, with its destructor.
class RunState {
public:
  RunState() = default;
  RunState(const RunState &) = delete;
  ~RunState() { ingot_state_destroy(state); }
  /// The model's own parameters, or those of a checkpoint where `path` is not empty. Null for a library that was compiled for inference.
  ingot_status create(const ingot_model *model, const std::string &path);
  ingot_state *get() const { return state; }

private:
  ingot_state *state = nullptr;
};

/// Values for states of the context, by their index.
using StateValues = std::vector<std::pair<int32_t, ingot_tensor>>;

/// Puts arrays in the order of the model's inputs, by name, and checks names, types and shapes. Names may carry the prefix `in:`
/// (recorded cases hold inputs and outputs, `out:`, in one file). The tensors point into `arrays`. Arrays named after states, which
/// may be missing, go to `states`.
Outcome bindInputs(const LoadedModel &model, std::vector<NpzArray> &arrays, llvm::StringRef file,
                   std::vector<ingot_tensor> &tensors, StateValues &states);
Outcome setStates(ingot_context *context, const StateValues &states);
/// The values of all states that have one, under the names of their outputs.
Outcome getStates(const LoadedModel &model, ingot_context *context, std::vector<NpzArray> &arrays);

ingot_tensor tensorOf(NpzArray &array);
/// A view of a tensor of the runtime.
NpzArray arrayOf(const ingot_tensor &tensor, llvm::StringRef name);

} // namespace ingot

#endif // INGOT_COMMAND_COMMAND_H
