//===- Compile.cpp - ingot compile ----------------------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "utils/ingot/Command.h"

#include "llvm/Support/Format.h"
#include "llvm/Support/JSON.h"

using namespace llvm;

namespace ingot {

static void jsonMessages(json::OStream &out, const CompileResult &result) {
  static constexpr const char *severities[] = {"error", "warning", "note", "remark"};
  out.attributeArray("messages", [&] {
    for (const Message &message : result.messages)
      out.object([&] {
        out.attribute("severity", severities[unsigned(message.severity)]);
        out.attribute("text", message.text);
        if (!message.location.empty())
          out.attribute("location", message.location);
        if (!message.node.empty())
          out.attribute("node", message.node);
      });
  });
}

static void printJson(const CompileResult &result) {
  json::OStream out(outs());
  out.object([&] {
    out.attribute("ok", result.ok());
    out.attribute("exit_code", int64_t(result.outcome));
    out.attribute("seconds", result.seconds);
    out.attributeObject("phases", [&] {
      for (const auto &[name, seconds] : result.phaseSeconds)
        out.attribute(name, seconds);
    });
    out.attribute("peak_memory_bytes", int64_t(result.peakMemoryBytes));
    out.attribute("output", result.outputPath);
    out.attribute("header", result.headerPath);
    if (!result.weightsPath.empty())
      out.attribute("weights", result.weightsPath);
    if (!result.explanationPath.empty())
      out.attribute("explanation", result.explanationPath);
    out.attribute("output_bytes", int64_t(result.outputBytes));
    out.attribute("weight_bytes", int64_t(result.weightBytes));
    out.attribute("arena_bytes", result.arenaBytes);
    out.attribute("live_bytes", result.liveBytes);
    out.attribute("kernels", int64_t(result.kernels));
    jsonMessages(out, result);
  });
  outs() << '\n';
}

Outcome runCompile(CompileCommand &command) {
  CompileResult result;
  bool explains = command.options.explain != Explain::No, toStandardOutput = command.options.outputPath == "-";
  bool printsExplanation = explains && (command.options.explainPath == "-" ||
                                        (command.options.explain == Explain::Text && command.options.explainPath.empty()));
  if (!explains && (!command.options.explainPath.empty() || !command.options.explainShapes.empty()))
    return fail(Outcome::Usage, "--explain-output and --explain-shape are for --explain");
  if (command.options.explainPath == "-" && (command.json || toStandardOutput))
    return fail(Outcome::Usage, "only one thing can go to standard output");
  {
    Progress progress;
    command.options.progress = progress.callback();
    result = compileModel(command.options);
  }
  if (command.json && !toStandardOutput) {
    printJson(result);
    return result.outcome;
  }
  printMessages(result);
  if (!result.ok() || toStandardOutput)
    return result.outcome;
  // What is read by another program stands alone.
  if (command.options.explainPath == "-") {
    outs() << result.explanation;
    return Outcome::Ok;
  }
  outs() << result.outputPath << format(": %.2f s, peak memory ", result.seconds) << formatBytes(result.peakMemoryBytes);
  bool isLibrary = command.options.emit == Emit::SharedLibrary && command.options.toPhase.empty();
  outs() << (isLibrary ? ", library " : ", output ") << formatBytes(result.outputBytes);
  if (!result.weightsPath.empty())
    outs() << ", weights " << formatBytes(result.weightBytes) << " in " << result.weightsPath;
  if (isLibrary)
    outs() << ", arena " << (result.arenaBytes >= 0 ? formatBytes(uint64_t(result.arenaBytes)) : "by the sizes of the inputs");
  outs() << '\n';
  if (printsExplanation)
    outs() << '\n' << result.explanation;
  else if (!result.explanationPath.empty())
    outs() << result.explanationPath << '\n';
  return Outcome::Ok;
}

} // namespace ingot
