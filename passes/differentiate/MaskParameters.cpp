//===- MaskParameters.cpp - Weights that stay zero -------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Says by `ingot.mask` which elements of a parameter are kept (1) or zero (0). `build-training` makes a slot of it that goes over
// the parameter after each update.
//
//===----------------------------------------------------------------------===//

#include "ir/Eval/Eval.h"
#include "passes/Passes.h"
#include "passes/differentiate/TrainingBuilder.h"

#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Regex.h"

#include <limits>
#include <numeric>

using namespace mlir;

namespace ingot {

#define GEN_PASS_DEF_MASKPARAMETERSPASS
#include "passes/Passes.h.inc"

namespace {

struct Entry {
  StringRef option, text, pattern;
  double sparsity = 0;
  int64_t kept = 0, group = 0; ///< so many of each group along the last dimension; 0: by sparsity
  bool used = false;
};

struct MaskParametersPass : impl::MaskParametersPassBase<MaskParametersPass> {
  using Base::Base;

  void runOnOperation() override {
    if (failed(mask()))
      signalPassFailure();
  }

private:
  LogicalResult usage(const Twine &message) { return emitError(getOperation().getLoc()) << message; }

  LogicalResult mask() {
    SmallVector<Entry> entries;
    for (StringRef text : prunes) {
      Entry entry{"--prune", text, {}};
      auto [pattern, rest] = text.rsplit(':');
      // `RE:pattern=2:4` has a colon of its own.
      if (auto at = text.rfind(":pattern="); at != StringRef::npos) {
        pattern = text.take_front(at);
        auto [kept, group] = text.drop_front(at + 9).split(':');
        if (kept.getAsInteger(10, entry.kept) || group.getAsInteger(10, entry.group) || entry.kept <= 0 ||
            entry.kept >= entry.group)
          return usage("--prune: '" + text + "': expected pattern=KEPT:GROUP, as 2:4");
      } else if (!rest.consume_front("sparsity=") || rest.getAsDouble(entry.sparsity) ||
                 !(entry.sparsity >= 0 && entry.sparsity <= 1)) {
        return usage("--prune: '" + text + "': expected RE:sparsity=FRACTION or RE:pattern=KEPT:GROUP");
      }
      entry.pattern = pattern;
      entries.push_back(entry);
    }
    for (StringRef text : masks)
      entries.push_back({"--mask", text, text});
    for (const Entry &entry : entries) {
      std::string why;
      if (entry.pattern.empty() || !llvm::Regex(entry.pattern).isValid(why))
        return usage(entry.option + ": '" + entry.pattern +
                     "' is not a regular expression: " + (why.empty() ? "it is empty" : why));
    }
    llvm::SmallSetVector<StringRef, 16> names;
    WalkResult walk = getOperation()->walk([&](ParameterOp op) {
      if (op.getKind() != VariableKind::Parameter || !isa<FloatType>(op.getType().getElementType()))
        return WalkResult::advance();
      names.insert(op.getName());
      for (Entry &entry : entries)
        if (llvm::Regex(entry.pattern).match(op.getName())) {
          entry.used = true;
          if (failed(set(op, entry)))
            return WalkResult::interrupt();
          break;
        }
      return WalkResult::advance();
    });
    if (walk.wasInterrupted())
      return failure();
    for (const Entry &entry : entries)
      if (!entry.used)
        return usage(entry.option + ": '" + entry.text +
                     "' matches no parameter of the model; there are: " + llvm::join(names.getArrayRef().take_front(40), ", "));
    return success();
  }

  static LogicalResult set(ParameterOp op, const Entry &entry) {
    auto type = op.getType();
    if (entry.sparsity == 0 && !entry.group) {
      op->setAttr("ingot.mask", DenseElementsAttr::get(type, FloatAttr::get(type.getElementType(), 1.0)));
      return success();
    }
    FailureOr<EvalTensor> value = EvalTensor::fromAttribute(op.getValue());
    if (failed(value))
      return op.emitOpError("has no value that could be pruned");
    int64_t count = value->getNumElements(), group = entry.group ? entry.group : count;
    int64_t kept =
        entry.group ? entry.kept : count - static_cast<int64_t>(std::llround(entry.sparsity * static_cast<double>(count)));
    int64_t row = type.getRank() ? type.getShape().back() : 1;
    if (entry.group && row % group != 0)
      return emitError(op.getLoc()) << "--prune: the last dimension of '" << op.getName() << "', " << row << ", is no multiple of "
                                    << group;
    double least = std::numeric_limits<double>::infinity(), most = 0;
    for (int64_t i = 0; i < count; ++i) {
      least = std::min(least, std::abs(value->getDouble(i)));
      most = std::max(most, std::abs(value->getDouble(i)));
    }
    if (least == most && count > 1)
      return emitError(op.getLoc()) << "--prune: the elements of '" << op.getName()
                                    << "' are all of the same magnitude, as before a training; "
                                    << "prune a trained model, or give it a --mask";
    EvalTensor mask(type.getShape(), type.getElementType()), pruned(type.getShape(), type.getElementType());
    SmallVector<int64_t> order;
    for (int64_t begin = 0; begin < count; begin += group) {
      order.resize(group);
      std::iota(order.begin(), order.end(), begin);
      // The largest first; of equal ones the earlier.
      llvm::sort(order, [&](int64_t i, int64_t j) {
        double left = std::abs(value->getDouble(i)), right = std::abs(value->getDouble(j));
        return left > right || (left == right && i < j);
      });
      for (int64_t i : ArrayRef(order).take_front(kept)) {
        mask.setDouble(i, 1);
        pruned.setDouble(i, value->getDouble(i));
      }
    }
    op->setAttr("ingot.mask", mask.toElements());
    op.setValueAttr(pruned.toElements());
    return success();
  }
};

} // namespace
} // namespace ingot
