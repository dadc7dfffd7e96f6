//===- TrainingSpec.h - What is asked of a training step --------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Losses and optimizers as people write them: `softmax_cross_entropy:LOGITS,LABEL:label_smoothing=0.1`, `adamw:weight_decay=0.1`.
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_PASSES_DIFFERENTIATE_TRAININGSPEC_H
#define INGOT_PASSES_DIFFERENTIATE_TRAININGSPEC_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Regex.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ingot {

/// `KIND:OPERAND,OPERAND:KEY=VALUE,KEY=VALUE`; operands and parameters may be left out. A name may hold colons.
struct TermSpec {
  std::string text, kind;
  std::vector<std::string> operands;
  std::map<std::string, std::string> parameters;

  /// Numbers of the parameters; `error` gets what is wrong with one.
  double number(llvm::StringRef key, double otherwise, std::string &error) const;
  bool flag(llvm::StringRef key, bool otherwise, std::string &error) const;
  std::string word(llvm::StringRef key, llvm::StringRef otherwise) const;

  static std::optional<TermSpec> parse(llvm::StringRef text, std::string &error);
};

/// `RE:lr=0.1,weight_decay=0`: parameters whose names match have their own rate (a factor) and decay.
struct GroupSpec {
  std::string text;
  std::shared_ptr<llvm::Regex> pattern;
  std::optional<double> rate, decay;

  static std::optional<GroupSpec> parse(llvm::StringRef text, std::string &error);
};

/// One algorithm of a library.
struct TrainingSpec {
  std::vector<TermSpec> losses; ///< their sum is minimized
  TermSpec optimizer;
  std::vector<GroupSpec> groups;
  double clipNorm = 0, clipValue = 0;       ///< limits of the gradients together and of each element; 0: none
  double ema = 0;                           ///< decay of an average of the weights; 0: none
  bool scaleLoss = false;                   ///< differentiate the loss times the scalar `loss_scale`
  bool checkGradients = false;              ///< leave everything as it is where a gradient is not finite, not only where the loss is

  /// Entries as written on the command line. `error` says in which option, what is wrong, and which names there are.
  static std::optional<TrainingSpec> parse(llvm::ArrayRef<std::string> losses, llvm::StringRef optimizer,
                                           llvm::ArrayRef<std::string> groups, std::string &error,
                                           llvm::StringRef lossOption = "--loss");
};

} // namespace ingot

#endif // INGOT_PASSES_DIFFERENTIATE_TRAININGSPEC_H
