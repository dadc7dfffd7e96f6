//===- Compiler.h - The compiler as a library -------------------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// One call from a model to an artefact. Nothing here prints or exits: messages, times and sizes come back in the result.
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_COMPILER_COMPILER_H
#define INGOT_COMPILER_COMPILER_H

#include "codegen/TargetInfo.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace mlir {
class DialectRegistry;
class OpPassManager;
} // namespace mlir

namespace ingot {

/// The exit codes of the commands.
enum class Outcome { Ok = 0, Usage = 1, BadInput = 2, Unsupported = 3, Mismatch = 4, System = 5, Internal = 70 };

enum class Emit { SharedLibrary, Object, StaticLibrary, Mlir, Llvm, Assembly, Header };

/// `so`, `obj`, `static`, `mlir`, `llvm`, `asm`, `header`; false for another word.
bool parseEmit(llvm::StringRef word, Emit &emit);

/// How a compilation is explained: by its remarks only, which `Text` includes, or in a file.
enum class Explain { No, Text, Json, Html };

/// `text`, `json`, `html`; false for another word.
bool parseExplain(llvm::StringRef word, Explain &explain);

/// One algorithm of a training: what it minimizes, and how it changes which parameters.
struct AlgorithmOptions {
  std::string name = "train";
  std::vector<std::string> losses;  ///< KIND:OPERANDS[:PARAMETERS]; their sum is minimized
  std::string optimizer = "adamw";  ///< KIND[:PARAMETERS]
  std::vector<std::string> groups;  ///< RE:lr=FACTOR,weight_decay=DECAY
  std::string train;                ///< of the variables, those whose names match change; empty: all
  double clipNorm = 0, clipValue = 0; ///< 0: no limit
  double ema = 0;                   ///< decay of an average of the parameters; 0: none
  bool checkGradients = false;      ///< leave all as it is where a gradient is not finite
};

/// What becomes of a model that is trained.
struct TrainOptions {
  std::vector<AlgorithmOptions> algorithms; ///< none: the model is compiled for inference
  bool modelAlgorithms = false;             ///< those that the file holds (`training_info`), in place of `algorithms`
  std::vector<std::string> train, freeze;   ///< regular expressions over initializers' names, see ImportOptions
  std::vector<std::string> inputParameters; ///< regular expressions over inputs that are parameters, without values in the file
  bool unbiasedVariance = false;            ///< running variances as PyTorch keeps them
  double learningRate = 0;                  ///< what a state starts with; 0: not stated
  std::string schedule;                     ///< likewise, as ingot_schedule_parse reads it
  std::vector<std::string> adapters;        ///< RE:r=RANK,alpha=NUMBER: frozen weights that get low-rank adapters
  std::vector<std::string> masks, prunes;   ///< RE, RE:sparsity=FRACTION or RE:pattern=KEPT:GROUP: parameters with elements that stay 0
  std::string mixed;                        ///< bf16 or f16: products in it, with sums and all else in the model's type; empty: none
  double rematBudget = 1;                   ///< the part of what the backward pass reads that may be kept for it; the rest is computed again
  double bucketMiB = 25;                    ///< of gradients that ranks exchange together
};

/// What is kept of the forward pass for the backward pass, in bytes, when elementwise work is not and is done twice. Open sizes count as 64.
struct Rematerialized {
  std::string function;
  int64_t bytesBefore = 0, bytesAfter = 0;
};

/// A weight with a low-rank adapter: what it stands for is W + scale * B A, see `mergeAdapter`.
struct Adapter {
  std::string weight, a, b; ///< the initializer, and the parameters [r, in] and [out, r]
  double scale = 1;
  int64_t outputDim = 0;    ///< of the initializer: the dimension that counts what comes out
};

struct CompileOptions {
  std::string inputPath;            ///< .onnx, or .mlir where `fromPhase` (or the ending) says so
  llvm::ArrayRef<char> inputBytes;  ///< used in place of the file when not empty; must outlive the call
  std::string outputPath;           ///< empty: the input's name with the ending of `emit`; `-` for text on standard output
  Emit emit = Emit::SharedLibrary;
  std::string cpu = "native";       ///< native, portable, x86-64-v2|v3|v4 or LLVM's name of a processor
  std::string accuracy = "default"; ///< what faster forms of convolutions may cost: strict, default or fast
  std::string precision = "f32";    ///< of products with weights: f32 or bf16
  std::string toPhase, fromPhase;   ///< names of getPhases(); `toPhase` writes MLIR after that phase
  std::vector<std::string> shapes;  ///< NAME=1x3x224x224 or SYMBOL=4
  std::vector<std::string> states;  ///< INPUT=OUTPUT[:CAPACITY[:AXIS]]: kept by the context from run to run
  std::vector<std::string> specializations; ///< SYMBOL=128,256: code of its own for these sizes
  int optLevel = 2;                 ///< 0 to 3
  bool standalone = false;          ///< link the runtime into the library
  Explain explain = Explain::No;
  std::string explainPath;          ///< empty: MODEL.explain.json or .html beside the output, or no file for `Text`; `-`: no file
  std::vector<std::string> explainShapes; ///< sizes to predict for where they are open, as `shapes`; else 1 for the first, 128
  std::string configPath;           ///< choices by node name
  bool verifyEach = false;
  bool printAfterFailure = false;
  uint64_t maxBytes = 0;            ///< largest size of the input with external data; 0: the reader's limit
  std::string weightsPath;          ///< a file for the weights, in the output's folder; empty: inside, if they are less than 2 GiB
  std::string cacheFolder;          ///< object code of earlier compilations, to be used again and added to; empty: none
  std::vector<std::string> gradients;      ///< OUTPUT:INPUT,...: functions that also return gradients by inputs
  std::vector<std::string> gradientLosses; ///< KIND:OPERANDS[:PARAMETERS]: their sum is the output `loss` of such a function
  std::vector<std::string> surrogates;     ///< RE=KIND[:PARAMETERS]: derivatives of spikes and roundings
  TrainOptions training;
  std::string modelName;            ///< prefix of symbols; empty: from the output's name
  /// Called when a step starts: its name, and `i` of `n` where the step has parts (else 0 of 0).
  std::function<void(llvm::StringRef step, unsigned i, unsigned n)> progress;
};

enum class Severity { Error, Warning, Note, Remark };

struct Message {
  Severity severity = Severity::Error;
  std::string text;      ///< without the location
  std::string location;  ///< as printed for people, empty when unknown
  std::string node;      ///< the ONNX node, empty when there is none
};

struct CompileResult {
  Outcome outcome = Outcome::Ok;
  std::vector<Message> messages;
  std::vector<std::pair<std::string, double>> phaseSeconds;  ///< in the order of work
  double seconds = 0;
  uint64_t peakMemoryBytes = 0;
  uint64_t outputBytes = 0;
  int64_t arenaBytes = -1;  ///< of the first function; -1: a formula of the input sizes
  int64_t liveBytes = -1;   ///< the largest sum of buffers in it that are needed at once
  uint64_t weightBytes = 0;
  unsigned kernels = 0;
  std::vector<Adapter> adapters;
  std::vector<Rematerialized> rematerialized;
  std::vector<std::pair<std::string, int64_t>> arenas; ///< of each function, as `arenaBytes`
  std::string outputPath, headerPath, weightsPath; ///< `weightsPath`: of a file of their own, else empty
  std::string explanation, explanationPath;  ///< in the format asked for; the path is empty when it is in no file

  bool ok() const { return outcome == Outcome::Ok; }
};

/// Compiles to `options.outputPath`. A failed compilation leaves no file and does not touch an existing one.
CompileResult compileModel(const CompileOptions &options);

/// Imports only, and returns everything that cannot be compiled.
CompileResult checkModel(const CompileOptions &options);

/// A phase between `import` and `package`.
struct Phase {
  const char *name;
  const char *summary;
  void (*build)(mlir::OpPassManager &pm, const CompileOptions &options, const TargetInfo &target);
};

/// In the order of work. `import` comes before and `package` after them; both are valid for `toPhase`.
llvm::ArrayRef<Phase> getPhases();

/// Everything a context needs for any phase.
void registerAllIngotDialects(mlir::DialectRegistry &registry);
/// Everything `ingot-opt` can name.
void registerAllIngotPasses();

} // namespace ingot

#endif // INGOT_COMPILER_COMPILER_H
