//===- Check.cpp - ingot check --------------------------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "utils/ingot/Command.h"

#include "frontend/Importer.h"

#include "mlir/IR/MLIRContext.h"
#include "llvm/Support/JSON.h"

using namespace llvm;

namespace ingot {

static void printJson(const DiagnosticList &diagnostics) {
  json::OStream out(outs());
  out.object([&] {
    out.attribute("ok", diagnostics.empty());
    out.attribute("exit_code", diagnostics.empty() ? 0 : int64_t(diagnostics.kind()));
    out.attributeArray("problems", [&] {
      for (const Diagnostic &diagnostic : diagnostics.all())
        out.object([&] {
          out.attribute("kind", describe(diagnostic.kind));
          out.attribute("file", diagnostic.file);
          out.attribute("node", diagnostic.node);
          out.attribute("op", diagnostic.op);
          out.attribute("opset", diagnostic.opset);
          out.attribute("reason", diagnostic.message);
          out.attribute("remedy", diagnostic.remedy);
          out.attribute("count", diagnostic.count);
        });
    });
  });
  outs() << '\n';
}

Outcome runCheck(CheckCommand &command) {
  mlir::MLIRContext context;
  loadImportDialects(context);
  ImportOptions options;
  options.path = command.model;
  if (command.maxBytes)
    options.maxBytes = command.maxBytes;
  ImportResult result = importModel(options, context);
  const DiagnosticList &diagnostics = result.diagnostics;
  Outcome outcome = diagnostics.empty() ? Outcome::Ok : static_cast<Outcome>(diagnostics.kind());
  if (command.json) {
    printJson(diagnostics);
    return outcome;
  }
  for (const Diagnostic &diagnostic : diagnostics.all())
    errs() << "ingot: " << describe(diagnostic.kind) << ": " << diagnostic.str() << '\n';
  if (outcome == Outcome::Ok)
    outs() << command.model << ": every node can be compiled\n";
  return outcome;
}

} // namespace ingot
