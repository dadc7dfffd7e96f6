//===- Recording.h - Recorded training runs ---------------------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A folder with spec.json, model_*.onnx and run_*.npz: what another implementation computed, step by step, and how near one has to come.
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_TEST_TRAINING_RECORDING_H
#define INGOT_TEST_TRAINING_RECORDING_H

#include "test/training/Trainer.h"

#include "llvm/Support/JSON.h"

namespace ingot::training {

/// A run of one algorithm within a step: almost all recordings have one, a GAN two.
struct Update {
  std::string algorithm;
  std::map<std::string, std::string> batchOf; ///< by input of the model or of the loss: the recorded array
  std::string losses = "loss", prefix;        ///< of the recorded losses and of the parameters that it changes
  std::map<std::string, std::string> outputs; ///< recorded outputs of step 1, and the model's names
};

struct Tolerances {
  double loss = 0, gradient = 0, early = 0, last = 0, update = 0, output = 0;
};

struct Recording {
  std::string folder, precision; ///< f32 or f64
  llvm::json::Object spec;
  Arrays arrays, batches;
  CompileOptions options;
  std::vector<Update> updates;
  std::vector<std::string> parameters, buffers;
  /// Recorded parameters that the model's file does not have: by name, which factor of which weight's change they are.
  struct Factor {
    std::string weight;
    bool isFirst;
  };
  std::map<std::string, Factor> adapters;
  Tolerances tolerances;
  int64_t steps = 0, microBatches = 1;

  /// Empty when it worked, else what is wrong.
  std::string load();
  int32_t dtype() const { return precision == "f64" ? INGOT_F64 : INGOT_F32; }
  /// The values of step `s` in the run's precision, by recorded name.
  Arrays batch(int64_t s) const;
  const Array *find(const std::string &name) const;
  /// Not a training, but gradients by inputs.
  bool isSaliency() const { return !find("loss"); }

private:
  std::string readLoss();
  std::string readOptimizer(const llvm::json::Object &optimizer, AlgorithmOptions &algorithm);
  std::string readSchedule();
  void readAdapters();
  void readSpikes();
  void readTolerances();
};

} // namespace ingot::training

#endif // INGOT_TEST_TRAINING_RECORDING_H
