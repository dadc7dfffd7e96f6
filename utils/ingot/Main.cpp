//===- Main.cpp - The command `ingot` -------------------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Declares every subcommand with its options. What a subcommand does is in the file of its name.
//
//===----------------------------------------------------------------------===//

#include "utils/ingot/Command.h"

#include "llvm/Support/InitLLVM.h"
#include "llvm/Support/Signals.h"
#include "llvm/Support/PrettyStackTrace.h"

#include <CLI/CLI.hpp>

#include <csignal>
#include <unistd.h>

using namespace ingot;

static constexpr const char *exitCodes = "Exit codes: 0 ok, 1 usage, 2 bad input file, 3 unsupported model, 4 data mismatch,\n"
                                         "5 system (disk, memory), 70 internal error.";

/// Adds a subcommand whose --help ends with an example.
static CLI::App *add(CLI::App &app, const char *name, const char *summary, const char *example) {
  CLI::App *command = app.add_subcommand(name, summary);
  command->footer(std::string("Example:\n  ") + example + "\n\n" + exitCodes);
  return command;
}

static void addCompile(CLI::App &app, CompileCommand &c, std::string &emit, std::string &explain) {
  CLI::App *command = add(app, "compile", "Compile a model to a native library and a C header",
                          "ingot compile resnet50.onnx -o resnet50.so --shape data=1x3x224x224");
  command->add_option("MODEL", c.options.inputPath, "the model (.onnx), or with --from MLIR text")->required();
  command->add_option("-o,--output", c.options.outputPath, "the library to write (default: the model's name); '-' for text on standard output");
  command->add_option("--emit", emit, "what to write")
      ->check(CLI::IsMember({"so", "obj", "static", "mlir", "llvm", "asm", "header"}))
      ->default_str("so");
  command->add_option("--cpu", c.options.cpu, "native, portable (v2, v3 and v4 in one library), x86-64-v2, -v3, -v4, or a processor's name")
      ->capture_default_str();
  command->add_option("--accuracy", c.options.accuracy,
                      "what faster forms of convolutions may cost: strict (nothing), default (errors within 5e-5 of a layer's rms), fast")
      ->capture_default_str();
  command->add_option("--precision", c.options.precision, "in which products with weights are computed: f32, or bf16 with sums in f32")
      ->capture_default_str();
  auto *to = command->add_option("--to", c.options.toPhase, "stop after this phase and write MLIR");
  command->add_option("--from", c.options.fromPhase, "start after this phase; MODEL is MLIR written by --to");
  to->type_name("PHASE");
  command->get_option("--from")->type_name("PHASE");
  command->add_option("--shape", c.options.shapes, "sizes of an input (NAME=1x3x224x224) or of a symbol (batch=4); may be repeated")
      ->type_name("NAME=DIMS")->allow_extra_args(false);
  command
      ->add_option("--state", c.options.states,
                   "keep an input and the output that becomes it in the context; `*` for many: 'past_*=present_*:1024' (a cache of "
                   "up to 1024 rows)")
      ->type_name("IN=OUT[:ROWS[:AXIS]]")
      ->allow_extra_args(false);
  command
      ->add_option(
          "--specialize", c.options.specializations,
          "add code of its own for hot sizes of a dynamic dimension, chosen at run time: sequence=128,256; may be repeated")
      ->type_name("NAME=SIZES")
      ->allow_extra_args(false);
  command->add_option("--name", c.options.modelName, "prefix of the functions in the header (default: from the output's name)");
  command->add_option("--weights", c.options.weightsPath, "a file for the weights beside the library (default: inside, up to 2 GiB)")
      ->type_name("FILE");
  command->add_option("--cache", c.options.cacheFolder,
                      "keep the code of kernels in this folder and use what is there; it may be shared, and deleted at any time")
      ->type_name("DIR");
  command->add_option("--max-bytes", c.options.maxBytes, "largest size of the model with its external data");
  command->add_option("-O", c.options.optLevel, "effort, -O0 to -O3")->check(CLI::Range(0, 3))->capture_default_str();
  command->add_flag("--standalone", c.options.standalone, "link the runtime into the library");
  command
      ->add_flag("--explain{text}", explain,
                 "what became of each ONNX node, at what cost and why: printed, or with =json or =html in MODEL.explain.json or .html")
      ->check(CLI::IsMember({"text", "json", "html"}));
  command->add_option("--explain-output", c.options.explainPath, "the explanation's file; '-' for standard output")->type_name("FILE");
  command->add_option("--explain-shape", c.options.explainShapes, "sizes to explain open dimensions for, as --shape; else 1 for the first, 128")
      ->type_name("NAME=DIMS")->allow_extra_args(false);
  command->add_option("--config", c.options.configPath, "choices by node name (JSON, docs/explain.md)")->type_name("FILE");
  command->add_flag("--verify-each", c.options.verifyEach, "verify after each pass");
  command->add_flag("--json", c.json, "print one JSON object");
}

static void addCheck(CLI::App &app, CheckCommand &c) {
  CLI::App *command = add(app, "check", "List everything in a model that cannot be compiled, with the reason and a remedy",
                          "ingot check model.onnx --json");
  command->add_option("MODEL", c.model, "the model (.onnx)")->required();
  command->add_option("--max-bytes", c.maxBytes, "largest size of a tensor")->check(CLI::PositiveNumber);
  command->add_flag("--json", c.json, "print one JSON object");
}

static void addRun(CLI::App &app, RunCommand &c) {
  CLI::App *command =
      add(app, "run", "Run a model on arrays", "ingot run model.so --inputs in.npz --outputs out.npz --threads 2");
  command->add_option("MODEL", c.model, "a compiled library, or a model, which is compiled first")->required();
  command->add_option("--inputs", c.inputs, "arrays by input name (.npz)");
  command->add_option("--outputs", c.outputs, "where to write the arrays by output name (.npz)");
  command->add_option("--load-state", c.loadState, "go on from states that an earlier run saved");
  command->add_option("--save-state", c.saveState, "where to save the states after the run");
  command->add_option("--threads", c.threads, "threads to use (default: as many as the process may)")->check(CLI::Range(1, 256));
}

static void addBench(CLI::App &app, BenchCommand &c) {
  CLI::App *command = add(app, "bench", "Time a model", "ingot bench resnet50.so --threads 1 --seconds 2 --json");
  command->add_option("MODEL", c.model, "a compiled library, or a model, which is compiled first")->required();
  command->add_option("--inputs", c.inputs, "arrays by input name (.npz); random ones by default");
  command->add_option("--shape", c.shapes, "sizes of an input (NAME=1x3x224x224) or of a symbol (batch=4) for random inputs; else 1")
      ->type_name("NAME=DIMS")->allow_extra_args(false);
  command->add_option("--threads", c.threads, "threads to use (default: as many as the process may)")->check(CLI::Range(1, 256));
  command->add_option("--seconds", c.seconds, "how long to measure")->check(CLI::Range(0.0, 3600.0))->capture_default_str();
  command->add_option("--tokens", c.tokens, "run a decoder for so many tokens: time of the first and of each other one")
      ->check(CLI::Range(1, 1 << 20));
  command->add_flag("--profile", c.profile, "print the time of each kernel, and its share of the machine's limit where the explanation is known");
  command->add_option("--explain-json", c.explanation, "written by compile --explain=json (default: beside the library, if it is there)")
      ->type_name("FILE");
  command->add_option("--trace", c.trace, "write the calls of kernels as a Chrome trace, for chrome://tracing or Perfetto")->type_name("FILE");
  command->add_flag("--json", c.json, "print one JSON object: min_us, median_us, runs, arena_bytes, threads");
}

static void addInfo(CLI::App &app, InfoCommand &c) {
  CLI::App *command = add(app, "info", "Describe a library or a model", "ingot info model.so");
  command->add_option("MODEL", c.model, "a compiled library or a model")->required();
  command->add_flag("--json", c.json, "print one JSON object");
}

static void addDiff(CLI::App &app, DiffCommand &c) {
  CLI::App *command = add(app, "diff", "Compare native code with the reference evaluator, node by node, and name the first wrong node",
                          "ingot diff model.onnx --inputs in.npz --expected out.npz");
  command->add_option("MODEL", c.model, "the model (.onnx)")->required();
  command->add_option("--inputs", c.inputs, "arrays by input name (.npz)");
  command->add_option("--expected", c.expected, "arrays by output name (.npz) that both must give");
  command->add_option("--threads", c.threads, "threads to use (default: as many as the process may)")->check(CLI::Range(1, 256));
  command->add_option("--rtol", c.relative, "largest relative difference")->capture_default_str();
  command->add_option("--atol", c.absolute, "largest absolute difference (default: 1e-5 of the largest value)");
  command->add_flag("--json", c.json, "print one JSON object");
}

int main(int argc, char **argv) {
  llvm::setBugReportMsg("ingot: internal error: the program crashed. Please report it with the command line, the model if you can share it, and "
                        "what follows.\n");
  llvm::InitLLVM init(argc, argv);
  // After the trace is printed: the exit code of an internal error, not a signal.
  llvm::sys::AddSignalHandler([](void *) { _exit(static_cast<int>(Outcome::Internal)); }, nullptr);
  // A file that reaches its size limit is an error of write(), which is reported; the signal would end us in the middle.
  std::signal(SIGXFSZ, SIG_IGN);

  CLI::App app("Ingot, the ahead-of-time compiler for ONNX models", "ingot");
  app.require_subcommand(1);
  app.set_version_flag("--version", std::string("ingot ") + INGOT_VERSION);
  app.footer(std::string("Example:\n  ingot compile model.onnx -o model.so && ingot run model.so --inputs in.npz --outputs out.npz\n\n") +
             exitCodes);
  CompileCommand compile;
  CheckCommand check;
  RunCommand run;
  BenchCommand bench;
  InfoCommand info;
  DiffCommand diff;
  std::string emit = "so", explain;
  addCompile(app, compile, emit, explain);
  addRun(app, run);
  addBench(app, bench);
  addCheck(app, check);
  addInfo(app, info);
  addDiff(app, diff);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError &error) {
    return app.exit(error) ? int(Outcome::Usage) : 0;
  }
  auto dispatch = [&]() -> Outcome {
    if (app.got_subcommand("compile")) {
      bool known = parseEmit(emit, compile.options.emit) && (explain.empty() || parseExplain(explain, compile.options.explain));
      return known ? runCompile(compile) : Outcome::Usage;
    }
    if (app.got_subcommand("check"))
      return runCheck(check);
    if (app.got_subcommand("run"))
      return runRun(run);
    if (app.got_subcommand("bench"))
      return runBench(bench);
    if (app.got_subcommand("info"))
      return runInfo(info);
    return runDiff(diff);
  };
  Outcome outcome = Outcome::Internal;
  try {
    outcome = dispatch();
  } catch (const std::bad_alloc &) {
    return int(fail(Outcome::System, "out of memory"));
  }
  // A full disk may show only here.
  llvm::outs().flush();
  if (llvm::outs().has_error()) {
    std::string reason = llvm::outs().error().message();
    llvm::outs().clear_error();
    return int(fail(Outcome::System, "cannot write to standard output: " + reason));
  }
  return int(outcome);
}
