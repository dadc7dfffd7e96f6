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

static void addGradients(CLI::App *command, CompileOptions &options) {
  command
      ->add_option("--grad", options.gradients,
                   "add a function that also returns the gradient of an output, weighted by the input grad.OUTPUT, by inputs; may be repeated")
      ->type_name("OUTPUT:INPUT,...")
      ->allow_extra_args(false);
  command->add_option("--grad-loss", options.gradientLosses, "a loss as of train, whose gradient is --grad loss:INPUT; several are added")
      ->type_name("LOSS")
      ->allow_extra_args(false);
  command
      ->add_option("--surrogate", options.surrogates,
                   "a derivative for spikes (a comparison that becomes a number), Round, Floor, Ceil and Sign nodes whose names match: fast_sigmoid, "
                   "atan, sigmoid, triangle, rectangle, gaussian, straight_through; with parameters: '.*Greater.*=fast_sigmoid:slope=25'")
      ->type_name("RE=KIND")
      ->allow_extra_args(false);
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
  addGradients(command, c.options);
  command->add_flag("--algorithms", c.options.training.modelAlgorithms,
                    "also the training algorithms that the file holds (training_info), as functions of a step each");
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

static void addTrain(CLI::App &app, TrainCommand &c, TrainTexts &texts) {
  CLI::App *command = add(app, "train", "Compile a model's training step, and train it",
                          "ingot train cnn.onnx --loss softmax_cross_entropy:logits,label --optimizer adamw --lr 1e-3 \\\n"
                          "      --data train.npz --validate test.npz --batch 64 --epochs 5 --export trained.onnx -o cnn.so\n\n"
                          "With several algorithms (the two sides of a GAN) an option's value begins with a name: --loss 'd@bce_with_logits:real,1'.");
  TrainOptions &training = c.options.training;
  auto list = [&](const char *name, std::vector<std::string> &values, const char *summary, const char *type) {
    command->add_option(name, values, summary)->type_name(type)->allow_extra_args(false);
  };
  command->add_option("MODEL", c.options.inputPath, "the model (.onnx)")->required();
  command->add_option("-o,--output", c.options.outputPath, "the library to write (default: the model's name)");
  list("--loss", texts.losses, "what to minimize, KIND:OUTPUT,LABEL[:PARAMETER=VALUE,...]; several are added", "LOSS");
  list("--optimizer", texts.optimizers, "sgd, adagrad, rmsprop, adam, adamw, lamb, onnx_*; with parameters: sgd:momentum=0.9 (default: adamw)", "OPT");
  training.learningRate = 1e-3;
  command->add_option("--lr", training.learningRate, "learning rate (default: 1e-3)");
  command->add_option("--schedule", c.schedule, "constant, step, multistep, exponential, linear, cosine, cosine_restarts, polynomial, one_cycle, "
                      "plateau; with parameters: cosine:warmup=100,min=1e-5")->type_name("SCHEDULE");
  list("--weight-decay", texts.decays, "the optimizer's weight_decay", "FLOAT");
  list("--group", texts.groups, "parameters with a rate and decay of their own: RE:lr=0.1,weight_decay=0 (lr is a factor)", "GROUP");
  list("--train", training.train, "train only initializers whose names match; may be repeated", "RE");
  list("--freeze", training.freeze, "leave initializers whose names match as they are; may be repeated", "RE");
  list("--parameter", training.inputParameters, "inputs whose names match are parameters, of a model without values; may be repeated", "RE");
  list("--lora", training.adapters, "freeze all but --train, and give weights whose names match low-rank adapters: RE:r=8,alpha=16; may be repeated", "RE:r=RANK");
  list("--mask", training.masks, "parameters with a mask (slot `mask`) that goes over them after each update; may be repeated", "RE");
  list("--prune", training.prunes, "the same, with zeros for the smallest weights: RE:sparsity=0.8, or RE:pattern=2:4", "RE:sparsity=S");
  command->add_option("--amp", training.mixed, "compute products in bf16, or in f16 with a loss that is scaled; sums and all else stay f32")
      ->check(CLI::IsMember({"bf16", "f16"}))->type_name("TYPE");
  command->add_option("--remat-budget", training.rematBudget, "the part of what the backward pass reads of the forward pass that may be kept, 0 to 1; the "
                      "rest is computed again (default: 1)")->check(CLI::Range(0.0, 1.0));
  command->add_option("--bucket-size", training.bucketMiB, "MiB of gradients that ranks exchange together, while the backward pass goes on (default: 25)")
      ->type_name("MIB");
  addGradients(command, c.options);
  list("--only", texts.only, "of what is trained, what an algorithm changes: NAME@RE", "RE");
  list("--clip-norm", texts.clipNorms, "the largest norm of all gradients together", "FLOAT");
  list("--clip-value", texts.clipValues, "the largest absolute value in a gradient", "FLOAT");
  command->add_flag("--check-gradients", c.checkGradients, "leave all as it is where a gradient is not finite, as --clip-norm and --amp f16 do; "
                    "else only the loss is looked at");
  list("--ema", texts.emas, "keep an average of the parameters with this decay", "FLOAT");
  command->add_flag("--unbiased-variance", training.unbiasedVariance, "running variances of BatchNormalization with n - 1, as PyTorch has them");
  command->add_option("--data", c.data, "examples to train on (npz: arrays by input and label name); without it only the library is made, and --export writes what --resume holds");
  command->add_option("--validate", c.validate, "examples to validate on after each epoch (npz)");
  command->add_option("--batch", c.batch, "examples a step")->capture_default_str();
  command->add_option("--epochs", c.epochs, "passes over the data")->capture_default_str();
  command->add_option("--steps", c.steps, "end after so many updates, in place of --epochs");
  command->add_option("--accumulate", c.accumulate, "batches an update")->capture_default_str();
  command->add_option("--seed", c.seed, "of the order, the initialization, dropout and noise")->capture_default_str();
  command->add_option("--init", c.initialization, "start with the model's values (model), or kaiming_uniform, kaiming_normal, xavier_uniform, xavier_normal, "
                      "uniform, normal")->capture_default_str();
  command->add_option("--gain", c.gain, "of --init: its own default where it is 0");
  command->add_flag("--no-shuffle", c.noShuffle, "take the examples in the file's order");
  command->add_flag("--drop-last", c.dropLast, "leave out a batch that is not full");
  command->add_option("--on-nan", c.onNan, "what a loss that is not finite does: stop, or skip the step")->check(CLI::IsMember({"stop", "skip"}))
      ->capture_default_str();
  command->add_option("--patience", c.patience, "stop after so many epochs without an improvement");
  command->add_option("--min-delta", c.minDelta, "what counts as one");
  command->add_flag("--keep-best", c.keepBest, "end with the parameters of the best epoch");
  command->add_option("--checkpoint", c.checkpoint, "save the state there after each epoch");
  command->add_option("--checkpoint-only", c.checkpointNames, "save only the variables whose names match: adapters are 'lora_'")->type_name("RE");
  command->add_option("--resume", c.resume, "go on from a checkpoint");
  command->add_option("--export", c.exported, "write the model with the trained parameters there (.onnx)");
  command->add_flag("--merge", c.merge, "with --export: add adapters to their weights");
  command->add_option("--curve", c.curve, "write losses there (.csv), and a drawing beside it (.svg)");
  command->add_option("--threads", c.threads, "threads to use (default: all)");
  command->add_option("--collective", c.collective, "train with other ranks on the same data: shm:NAME,RANK,SIZE, mpi, or nccl:FILE,RANK,SIZE");
  command->add_option("--cpu", c.options.cpu, "as of compile")->capture_default_str();
  command->add_option("--cache", c.options.cacheFolder, "keep the code of kernels in this folder, and use it again");
  command->add_option("--shape", c.options.shapes, "sizes of an input or of a symbol; may be repeated")->type_name("NAME=DIMS")->allow_extra_args(false);
  command->add_option("--to", c.options.toPhase, "stop after this phase and write MLIR")->type_name("PHASE");
  command->add_flag("--json", c.json, "print a JSON object a line");
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
  command->add_option("--checkpoint", c.checkpoint, "of a library made by train: the parameters to run with");
  command->add_option("--function", c.function, "a function of the library by its name, as info lists them (default: the model's own)");
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
  TrainCommand train;
  TrainTexts trainTexts;
  std::string emit = "so", explain;
  addCompile(app, compile, emit, explain);
  addRun(app, run);
  addBench(app, bench);
  addCheck(app, check);
  addInfo(app, info);
  addDiff(app, diff);
  addTrain(app, train, trainTexts);
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
    if (app.got_subcommand("train"))
      return runTrain(train, trainTexts);
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
