//===- Train.cpp - ingot train --------------------------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Compiles a training step, and runs it over data for as long as it is asked to.
//
//===----------------------------------------------------------------------===//

#include "utils/ingot/Command.h"
#include "utils/ingot/Dataset.h"
#include "utils/ingot/LossCurve.h"
#include "utils/ingot/Reference.h"

#include "frontend/Importer.h"
#include "frontend/ModelWriter.h"
#include "ingot/training.h"
#include "utils/support/MergeAdapter.h"

#include "mlir/IR/MLIRContext.h"

#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Regex.h"

#include <chrono>
#include <cmath>
#include <cstring>
#include <numeric>
#include <utility>

#include <sys/ioctl.h>
#include <unistd.h>

using namespace llvm;

namespace ingot {
namespace {

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }
constexpr double nothing = std::numeric_limits<double>::quiet_NaN();

/// A line on the terminal while an epoch runs.
class EpochBar {
public:
  EpochBar(int64_t epoch, int64_t epochs, int64_t steps) : epoch(epoch), epochs(epochs), steps(steps), start(now()), shown(start) {}

  void show(int64_t step, int64_t examples, double loss, double accuracy) {
    if (!isatty(STDERR_FILENO) || now() - shown < 0.1)
      return;
    shown = now();
    double passed = shown - start;
    std::string text;
    raw_string_ostream out(text);
    constexpr int64_t width = 24;
    out << "epoch " << epoch << '/' << epochs << " [";
    for (int64_t i = 0; i < width; ++i)
      out << (i * steps < step * width ? '#' : '.');
    out << format("] loss %.4f", loss);
    if (!std::isnan(accuracy))
      out << format("  accuracy %.4f", accuracy);
    out << format("  %.0f samples/s", double(examples) / passed);
    double left = passed * double(steps - step) / double(std::max<int64_t>(step, 1));
    out << (left >= 60 ? formatv("  {0}:{1:02} left", int64_t(left) / 60, int64_t(left) % 60).str() : formatv("  {0:f0} s left", left).str());
    winsize size = {};
    size_t columns = !ioctl(STDERR_FILENO, TIOCGWINSZ, &size) && size.ws_col ? size.ws_col - 1u : 79u;
    errs() << '\r' << StringRef(text).take_front(columns) << "\033[K";
    errs().flush();
  }

  ~EpochBar() {
    if (isatty(STDERR_FILENO))
      errs() << "\r\033[K";
  }

private:
  int64_t epoch, epochs, steps;
  double start, shown;
};

/// The outputs of a function that are the model's or metrics, in the context's memory.
struct Outputs {
  std::vector<ingot_tensor> tensors;
  int accuracy = -1;

  ingot_status describe(const ingot_model *model, int32_t function) {
    ingot_function_info info;
    if (ingot_status status = ingot_model_function(model, function, &info))
      return status;
    for (int32_t i = 0; i < info.output_count; ++i) {
      ingot_tensor_info output;
      if (ingot_status status = ingot_model_output(model, function, i, &output))
        return status;
      int32_t role = ingot_model_output_role(model, function, i);
      // The others come back in ingot_step_info.
      if (role != INGOT_OUTPUT_MODEL && role != INGOT_OUTPUT_METRIC)
        continue;
      if (role == INGOT_OUTPUT_METRIC && StringRef(output.name) == "accuracy" && output.rank == 0 &&
          is_contained({INGOT_F32, INGOT_F64}, output.dtype))
        accuracy = int(tensors.size());
      tensors.push_back({nullptr, INGOT_CONTEXT_MEMORY, 0, 0, {0}});
    }
    return INGOT_STATUS_OK;
  }

  double accuracyOf() const {
    if (accuracy < 0 || !tensors[size_t(accuracy)].data)
      return nothing;
    const ingot_tensor &tensor = tensors[size_t(accuracy)];
    return tensor.dtype == INGOT_F64 ? *static_cast<const double *>(tensor.data) : double(*static_cast<const float *>(tensor.data));
  }
};

class Training {
public:
  Training(TrainCommand &command, ArrayRef<Adapter> adapters) : command(command), adapters(adapters) {}
  ~Training() {
    ingot_state_destroy(best);
    ingot_state_destroy(state);
    ingot_collective_close(collective);
  }

  Outcome run();
  /// Without data: what a checkpoint holds, as a model.
  Outcome convert();

private:
  /// An algorithm and its part in the epoch at hand. All take their steps in turns, on the same rows.
  struct Side {
    ingot_algorithm_info algorithm = {};
    Dataset data;
    Outputs outputs;
    double loss = 0, accuracy = nothing; ///< means over the epoch so far
    int64_t examples = 0;
  };

  /// The last one may be of fewer batches.
  int64_t updatesOfEpoch() const { return (epochSteps - 1) / command.accumulate + 1; }

  Outcome open();
  Outcome begin();
  Outcome checkNames();
  Outcome setSchedule();
  Outcome resume();
  Outcome trainEpoch(int64_t epoch);
  Outcome validate(double &loss, double &accuracy);
  void explainNonFinite(const Side &side, ArrayRef<ingot_tensor> inputs);
  Outcome end();
  Outcome save(int64_t epoch);
  Outcome exportModel();
  void report(int64_t epoch, double validationLoss, double validationAccuracy, double seconds);

  TrainCommand &command;
  ArrayRef<Adapter> adapters;
  LoadedModel model;
  RunContext context;
  ingot_state *state = nullptr, *best = nullptr;
  ingot_collective *collective = nullptr;
  std::vector<Side> sides;
  int32_t initialize = -1; ///< the function with the first values of the model's file
  Dataset validation;
  Outputs evaluateOutputs;
  LossCurve curve;
  int64_t epochSteps = 0, totalSteps = 0, skipped = 0;
  int64_t firstEpoch = 0, firstBatch = 0; ///< where a run that is resumed goes on in the data
  int64_t nextBatch = 0;                  ///< of the epoch at hand; 0 where it is over
  double bestLoss = std::numeric_limits<double>::infinity();
  int64_t bestEpoch = -1, badEpochs = 0;
  bool stopped = false;
};

Outcome Training::open() {
  if (Outcome outcome = model.open(command.options.outputPath); outcome != Outcome::Ok)
    return outcome;
  ingot_training_info training;
  if (ingot_model_training(model.get(), &training))
    training.algorithm_count = 0;
  if (training.algorithm_count == 0)
    return fail(Outcome::Usage, "the model has no training algorithms of its own; --loss says what to minimize: "
                                "softmax_cross_entropy:OUTPUT,LABEL, mse:OUTPUT,TARGET, output:NAME, ...");
  sides.resize(size_t(training.algorithm_count));
  for (size_t i = 0; i < sides.size(); ++i)
    if (ingot_status status = ingot_model_algorithm(model.get(), int32_t(i), &sides[i].algorithm))
      return fail(status);
  // What the file says of first values is the last one, and no part of an iteration.
  if (command.options.training.modelAlgorithms && sides.size() > 1 && StringRef(sides.back().algorithm.name).starts_with("initialize")) {
    initialize = sides.back().algorithm.step;
    sides.pop_back();
  }
  return context.create(model.get(), command.threads, 0) ? fail(INGOT_STATUS_INTERNAL) : Outcome::Ok;
}

// Whether a schedule has an end, and does not say which.
static bool needsLength(StringRef text) {
  StringRef kind = text.split(':').first;
  return (kind == "cosine" || kind == "linear" || kind == "polynomial" || kind == "one_cycle") && !text.contains("T=");
}

// It ends with the training then.
Outcome Training::setSchedule() {
  std::string text = command.schedule.empty() ? "constant" : command.schedule;
  StringRef kind = StringRef(text).split(':').first;
  if (needsLength(text)) {
    int64_t warmup = 0;
    if (auto at = StringRef(text).find("warmup="); at != StringRef::npos)
      (void)StringRef(text).drop_front(at + 7).take_while([](char c) { return c >= '0' && c <= '9'; }).getAsInteger(10, warmup);
    // The steps behind the warm-up, except where the whole course is one.
    int64_t length = std::max<int64_t>(1, totalSteps - (kind == "one_cycle" ? 0 : warmup));
    text += (StringRef(text).contains(':') ? ",T=" : ":T=") + std::to_string(length);
  }
  ingot_schedule schedule;
  if (ingot_schedule_parse(text.c_str(), command.options.training.learningRate, &schedule))
    return fail(Outcome::Usage, "--schedule: " + Twine(ingot_last_error()));
  ingot_status status = ingot_state_set_schedule(state, -1, &schedule);
  return status ? fail(status) : Outcome::Ok;
}

// --checkpoint-only must name something: the first epoch is over when the file is written.
Outcome Training::checkNames() {
  if (command.checkpointNames.empty())
    return Outcome::Ok;
  Regex pattern(command.checkpointNames);
  std::string error;
  if (!pattern.isValid(error))
    return fail(Outcome::Usage, "--checkpoint-only '" + Twine(command.checkpointNames) + "' is not a regular expression: " + error);
  ingot_training_info training;
  if (ingot_status status = ingot_model_training(model.get(), &training))
    return fail(status);
  for (int32_t i = 0; i < training.variable_count; ++i) {
    ingot_variable_info info;
    if (ingot_status status = ingot_model_variable(model.get(), i, &info))
      return fail(status);
    if (info.parameter < 0 && pattern.match(info.tensor.name))
      return Outcome::Ok;
  }
  return fail(Outcome::Usage, "--checkpoint-only '" + Twine(command.checkpointNames) + "' matches no variable; `ingot info " +
                                  command.options.outputPath + "` lists them");
}

Outcome Training::begin() {
  if (Outcome outcome = checkNames(); outcome != Outcome::Ok)
    return outcome;
  for (Side &side : sides) {
    if (Outcome outcome = side.data.load(command.data, model.get(), side.algorithm.step); outcome != Outcome::Ok)
      return outcome;
    if (ingot_status status = side.outputs.describe(model.get(), side.algorithm.step))
      return fail(status);
  }
  Dataset &data = sides.front().data;
  int32_t evaluate = sides.front().algorithm.evaluate;
  if (evaluate < 0 && !command.validate.empty())
    return fail(Outcome::Usage, "--validate needs a --loss: what the file says of training has no evaluation");
  if (!command.validate.empty()) {
    if (Outcome outcome = validation.load(command.validate, model.get(), evaluate); outcome != Outcome::Ok)
      return outcome;
    if (validation.examples() < validation.fixedBatch())
      return fail(Outcome::BadInput, Twine(command.validate) + " has " + Twine(validation.examples()) +
                                         " examples, less than the model's batch of " + Twine(validation.fixedBatch()));
  }
  if (evaluate >= 0)
    if (ingot_status status = evaluateOutputs.describe(model.get(), evaluate))
      return fail(status);
  if (data.fixedBatch() && data.fixedBatch() != 1 && command.batch != data.fixedBatch())
    return fail(Outcome::Usage, "the model's batch is " + Twine(data.fixedBatch()) + ", not " + Twine(command.batch) +
                                    "; use --batch " + Twine(data.fixedBatch()) + ", or leave it open in the model");
  if (data.fixedBatch())
    command.batch = data.fixedBatch();
  // Ranks must have rows in each batch.
  bool partial = !command.dropLast && !data.fixedBatch() && command.collective.empty();
  epochSteps = partial ? (data.examples() + command.batch - 1) / command.batch : data.examples() / command.batch;
  if (epochSteps == 0)
    return fail(Outcome::BadInput, Twine(command.data) + " has " + Twine(data.examples()) + " examples, less than a batch of " + Twine(command.batch));
  int64_t updates = updatesOfEpoch();
  if (command.steps)
    command.epochs = (command.steps - 1) / updates + 1;
  bool isEndless = command.epochs > std::numeric_limits<int64_t>::max() / updates;
  totalSteps = command.steps ? command.steps : isEndless ? std::numeric_limits<int64_t>::max() : command.epochs * updates;

  ingot_state_options options = {};
  options.struct_bytes = sizeof(options);
  options.seed = command.seed;
  options.initialization = ingot_initialization_find(command.initialization.c_str());
  options.numeric_policy = command.onNan == "skip" ? INGOT_NUMERIC_SKIP : INGOT_NUMERIC_ERROR;
  options.gain = command.gain;
  if (ingot_status status = ingot_state_create(model.get(), &options, &state))
    return fail(status);
  if (initialize >= 0)
    if (ingot_status status = ingot_state_run(context.get(), state, initialize, nullptr, 0, nullptr, 0))
      return fail(status);
  if (Outcome outcome = setSchedule(); outcome != Outcome::Ok)
    return outcome;
  if (!command.collective.empty()) {
    // Every rank has all examples and trains on each size-th row of a batch.
    if (ingot_collective_open(command.collective.c_str(), &collective))
      return fail(Outcome::Usage, "--collective: " + Twine(ingot_last_error()));
    if (command.batch % collective->size)
      return fail(Outcome::Usage, "--batch " + Twine(command.batch) + " does not divide among " + Twine(collective->size) + " ranks");
    ingot_status status = ingot_state_set_collective(state, collective);
    if (!status)
      status = ingot_state_broadcast(state, 0);
    if (status)
      return fail(status);
  }
  return command.resume.empty() ? Outcome::Ok : resume();
}

Outcome Training::trainEpoch(int64_t epoch) {
  int64_t examples = sides.front().data.examples();
  std::vector<int64_t> order = shuffledOrder(examples, ingot_state_seed(state), epoch);
  if (command.noShuffle)
    std::iota(order.begin(), order.end(), 0);
  EpochBar bar(epoch + 1, command.epochs, epochSteps);
  for (Side &side : sides)
    side.loss = side.accuracy = 0, side.examples = 0;
  for (int64_t step = std::exchange(firstBatch, 0); step < epochSteps && !stopped; ++step) {
    nextBatch = step + 1 < epochSteps ? step + 1 : 0;
    int64_t begin = step * command.batch, rows = std::min(command.batch, examples - begin);
    bool isLast = (step + 1) % command.accumulate == 0 || step + 1 == epochSteps;
    for (auto [number, side] : llvm::enumerate(sides)) {
      std::vector<int64_t> own;
      for (int64_t row = collective ? collective->rank : 0; row < rows; row += collective ? collective->size : 1)
        own.push_back(order[size_t(begin + row)]);
      ArrayRef<ingot_tensor> inputs = side.data.batch(own);
      ingot_step_info info = INGOT_STEP_INFO;
      std::vector<ingot_tensor> &outputs = side.outputs.tensors;
      for (ingot_tensor &tensor : outputs)
        tensor = {nullptr, INGOT_CONTEXT_MEMORY, 0, 0, {0}};
      ingot_status status = ingot_train_step(context.get(), state, int32_t(number), inputs.data(), int32_t(inputs.size()), outputs.data(),
                                             int32_t(outputs.size()), isLast ? 0 : INGOT_TRAIN_ACCUMULATE, &info);
      if (status) {
        std::string text = ingot_last_error();
        Outcome outcome = fail(outcomeOf(status), "step " + Twine(ingot_state_step(state, int32_t(number)) + 1) + " of epoch " +
                                                      Twine(epoch + 1) + ": " + text);
        if (status == INGOT_STATUS_NUMERIC)
          explainNonFinite(side, inputs);
        return outcome;
      }
      skipped += info.skipped;
      double accuracy = side.outputs.accuracyOf();
      if (std::isfinite(info.loss)) {
        double share = double(rows) / double(side.examples += rows);
        side.loss += (info.loss - side.loss) * share;
        side.accuracy += (accuracy - side.accuracy) * share;
      }
      if (number == 0) {
        curve.add({info.step, info.loss, info.learning_rate, accuracy, nothing, nothing});
        stopped = command.steps && info.step >= command.steps;
      }
    }
    bar.show(step + 1, sides[0].examples, sides[0].loss, sides[0].accuracy);
  }
  return Outcome::Ok;
}

// Which node it was, and what helps.
void Training::explainNonFinite(const Side &side, ArrayRef<ingot_tensor> inputs) {
  std::vector<std::string> names;
  for (int32_t i = 0; i < int32_t(inputs.size()); ++i) {
    ingot_tensor_info info;
    if (ingot_model_input(model.get(), side.algorithm.step, i, &info))
      return;
    names.push_back(info.name);
  }
  std::string found = findNonFinite(command.options, state, inputs, names);
  if (!found.empty())
    errs() << "ingot: note: " << found << '\n';
  errs() << "ingot: note: no variable was changed by this step; a lower --lr, --clip-norm, or --on-nan skip may help\n";
}

Outcome Training::validate(double &loss, double &accuracy) {
  loss = accuracy = 0;
  int64_t count = validation.examples(), batch = validation.fixedBatch() ? validation.fixedBatch() : command.batch;
  std::vector<int64_t> order(static_cast<size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  int64_t seen = 0;
  for (int64_t begin = 0; begin < count; begin += batch) {
    int64_t rows = std::min(batch, count - begin);
    if (validation.fixedBatch() && rows < batch)
      break;
    ArrayRef<ingot_tensor> inputs = validation.batch(ArrayRef(order).slice(size_t(begin), size_t(rows)));
    ingot_step_info info = {};
    info.struct_bytes = sizeof(info);
    for (ingot_tensor &tensor : evaluateOutputs.tensors)
      tensor = {nullptr, INGOT_CONTEXT_MEMORY, 0, 0, {0}};
    if (ingot_status status = ingot_evaluate_step(context.get(), state, 0, inputs.data(), int32_t(inputs.size()),
                                                  evaluateOutputs.tensors.data(), int32_t(evaluateOutputs.tensors.size()), &info))
      return fail(status, "validation: ");
    loss += info.loss * double(rows);
    accuracy += evaluateOutputs.accuracyOf() * double(rows);
    seen += rows;
  }
  loss /= double(std::max<int64_t>(seen, 1));
  accuracy /= double(std::max<int64_t>(seen, 1));
  return Outcome::Ok;
}

void Training::report(int64_t epoch, double validationLoss, double validationAccuracy, double seconds) {
  if (collective && collective->rank != 0)
    return;
  if (command.json) {
    json::Object line{{"epoch", epoch + 1}, {"step", ingot_state_step(state, 0)}, {"loss", sides[0].loss}, {"seconds", seconds},
                      {"examples_per_second", double(sides[0].examples) / seconds}, {"learning_rate", ingot_state_learning_rate(state, 0)}};
    if (!std::isnan(sides[0].accuracy))
      line["accuracy"] = sides[0].accuracy;
    for (const Side &side : ArrayRef(sides).drop_front())
      line[std::string(side.algorithm.name) + "_loss"] = side.loss;
    if (!std::isnan(validationLoss))
      line["validation_loss"] = validationLoss;
    if (!std::isnan(validationAccuracy))
      line["validation_accuracy"] = validationAccuracy;
    outs() << json::Value(std::move(line)) << '\n';
  } else {
    outs() << "epoch " << epoch + 1 << '/' << command.epochs << format("  loss %.4f", sides[0].loss);
    for (const Side &side : ArrayRef(sides).drop_front())
      outs() << "  " << side.algorithm.name << format(" %.4f", side.loss);
    if (!std::isnan(sides[0].accuracy))
      outs() << format("  accuracy %.4f", sides[0].accuracy);
    if (!std::isnan(validationLoss))
      outs() << format("  validation loss %.4f", validationLoss);
    if (!std::isnan(validationAccuracy))
      outs() << format("  validation accuracy %.4f", validationAccuracy);
    outs() << format("  %.0f samples/s  %.1f s\n", double(sides[0].examples) / seconds, seconds);
  }
  outs().flush();
}

Outcome Training::run() {
  if (Outcome outcome = open(); outcome != Outcome::Ok)
    return outcome;
  if (Outcome outcome = begin(); outcome != Outcome::Ok)
    return outcome;
  for (int64_t epoch = firstEpoch; epoch < command.epochs && !stopped; ++epoch) {
    double start = now();
    if (Outcome outcome = trainEpoch(epoch); outcome != Outcome::Ok)
      return outcome;
    double seconds = now() - start, loss = nothing, accuracy = nothing;
    if (!command.validate.empty()) {
      if (Outcome outcome = validate(loss, accuracy); outcome != Outcome::Ok)
        return outcome;
      curve.add({ingot_state_step(state, 0), nothing, ingot_state_learning_rate(state, 0), nothing, loss, accuracy});
    }
    report(epoch, loss, accuracy, seconds);
    double watched = std::isnan(loss) ? sides[0].loss : loss;
    (void)ingot_state_report(state, 0, watched);
    if (watched < bestLoss - command.minDelta) {
      bestLoss = watched;
      bestEpoch = epoch;
      badEpochs = 0;
      if (command.keepBest) {
        ingot_status status = best ? ingot_state_assign(best, state) : ingot_state_clone(state, &best);
        if (status)
          return fail(status);
      }
    } else if (command.patience && ++badEpochs >= command.patience) {
      outs() << "no improvement in " << badEpochs << " epochs: stopped\n";
      stopped = true;
    }
    if (Outcome outcome = save(epoch); outcome != Outcome::Ok)
      return outcome;
  }
  return end();
}

// What goes on from here must find its place in the data again.
Outcome Training::save(int64_t epoch) {
  if (command.checkpoint.empty() || (collective && collective->rank != 0))
    return Outcome::Ok;
  ingot_file_options options = {};
  options.struct_bytes = sizeof(options);
  options.names = command.checkpointNames.c_str();
  ingot_status status = ingot_state_set_whole(state, "epoch", nextBatch ? epoch : epoch + 1);
  if (!status)
    status = ingot_state_set_whole(state, "batch_of_epoch", nextBatch);
  if (!status)
    status = ingot_state_set_whole(state, "bad_epochs", badEpochs);
  if (!status && std::isfinite(bestLoss))
    status = ingot_state_set_number(state, "best_loss", bestLoss);
  if (!status)
    status = ingot_checkpoint_save(state, command.checkpoint.c_str(), command.checkpointNames.empty() ? nullptr : &options);
  return status ? fail(status) : Outcome::Ok;
}

Outcome Training::resume() {
  if (ingot_status status = ingot_checkpoint_load(state, command.resume.c_str(), nullptr))
    return fail(status);
  (void)ingot_state_get_whole(state, "epoch", &firstEpoch);
  (void)ingot_state_get_whole(state, "bad_epochs", &badEpochs);
  (void)ingot_state_get_whole(state, "batch_of_epoch", &firstBatch);
  (void)ingot_state_get_number(state, "best_loss", &bestLoss);
  firstEpoch = std::max<int64_t>(firstEpoch, 0);
  // Other batches than those of the run before: then the epoch begins anew.
  if (firstBatch < 0 || firstBatch >= epochSteps)
    firstBatch = 0;
  int64_t done = ingot_state_step(state, 0);
  stopped = command.steps && done >= command.steps;
  if (stopped)
    errs() << "ingot: warning: " << command.resume << " has done " << done << " steps; --steps " << command.steps << " leaves none\n";
  else if (command.steps) // however the steps before were made
    command.epochs = firstEpoch + 1 + (command.steps - done - 1 + (firstBatch + command.accumulate - 1) / command.accumulate) / updatesOfEpoch();
  else if (firstEpoch >= command.epochs)
    errs() << "ingot: warning: " << command.resume << " has done " << firstEpoch << " epochs; --epochs " << command.epochs << " leaves none\n";
  return Outcome::Ok;
}

Outcome Training::end() {
  if (skipped)
    errs() << "ingot: warning: " << skipped << " steps were skipped because the loss or a gradient was not finite\n";
  if (best && bestEpoch + 1 < command.epochs) {
    if (ingot_status status = ingot_state_assign(state, best))
      return fail(status);
    outs() << "kept the parameters of epoch " << bestEpoch + 1 << '\n';
  }
  if (collective && collective->rank != 0)
    return Outcome::Ok;
  // The model first: it is what cannot be had again.
  if (!command.exported.empty())
    if (Outcome outcome = exportModel(); outcome != Outcome::Ok)
      return outcome;
  if (command.curve.empty())
    return Outcome::Ok;
  SmallString<128> svg(command.curve);
  sys::path::replace_extension(svg, ".svg");
  if (Status status = curve.writeCsv(command.curve); !status.ok())
    return fail(status);
  std::string title = "Training of " + sys::path::filename(command.options.inputPath).str();
  Status status = curve.writeSvg(svg.str().str(), title);
  return status.ok() ? Outcome::Ok : fail(status);
}

Outcome Training::convert() {
  if (Outcome outcome = open(); outcome != Outcome::Ok)
    return outcome;
  ingot_status status = ingot_state_create(model.get(), nullptr, &state);
  if (!status && !command.resume.empty())
    status = ingot_checkpoint_load(state, command.resume.c_str(), nullptr);
  return status ? fail(status) : exportModel();
}

static std::vector<double> doublesOf(const EvalTensor &tensor) {
  std::vector<double> numbers(static_cast<size_t>(tensor.getNumElements()));
  for (size_t i = 0; i < numbers.size(); ++i)
    numbers[i] = tensor.getDouble(int64_t(i));
  return numbers;
}

// The model's file with what was learned; adapters become part of their weights.
Outcome Training::exportModel() {
  ingot_training_info training;
  if (ingot_status status = ingot_model_training(model.get(), &training))
    return fail(status);
  auto isOfAdapter = [&](StringRef name) {
    return any_of(adapters, [&](const Adapter &adapter) { return name == adapter.a || name == adapter.b; });
  };
  std::vector<TrainedTensor> tensors;
  for (int32_t i = 0; i < training.variable_count; ++i) {
    ingot_variable_info info;
    ingot_tensor tensor;
    ingot_status status = ingot_model_variable(model.get(), i, &info);
    if (!status)
      status = ingot_state_variable(state, i, &tensor);
    if (status)
      return fail(status);
    if ((info.kind != INGOT_PARAMETER && info.kind != INGOT_BUFFER) || isOfAdapter(info.tensor.name))
      continue;
    tensors.push_back({info.tensor.name, tensor.dtype, {tensor.dims, tensor.dims + tensor.rank},
                       {static_cast<const char *>(tensor.data), size_t(info.bytes)}});
  }
  std::vector<EvalTensor> merged; // keeps the bytes
  mlir::MLIRContext mlirContext;
  if (!adapters.empty()) {
    loadImportDialects(mlirContext);
    ImportOptions import;
    import.path = command.options.inputPath;
    import.training = true;
    ImportResult imported = importModel(import, mlirContext);
    if (!imported.module)
      return fail(Outcome::Internal, "the weights of adapters cannot be read again");
    StringMap<EvalTensor> weights;
    imported.module->walk([&](ParameterOp op) {
      if (FailureOr<EvalTensor> value = EvalTensor::fromAttribute(op.getValueAttr()); succeeded(value))
        weights[op.getName()] = *value;
    });
    merged.reserve(adapters.size());
    for (const Adapter &adapter : adapters) {
      ingot_tensor a, b;
      ingot_status status = ingot_state_tensor(state, INGOT_PARAMETER, adapter.a.c_str(), nullptr, &a);
      if (!status)
        status = ingot_state_tensor(state, INGOT_PARAMETER, adapter.b.c_str(), nullptr, &b);
      if (status)
        return fail(status);
      auto found = weights.find(adapter.weight);
      if (found == weights.end())
        return fail(Outcome::Unsupported, "the adapter of '" + Twine(adapter.weight) + "' cannot be merged: it is no float initializer of the model");
      EvalTensor &weight = merged.emplace_back(found->second.copied());
      AdapterShape shape = {b.dims[0], a.dims[1], a.dims[0], adapter.outputDim};
      if (a.dtype == INGOT_F32) {
        mergeAdapter(shape, adapter.scale, weight.data<float>(), static_cast<const float *>(a.data), static_cast<const float *>(b.data));
      } else {
        // Through double, which holds the numbers of every other type.
        auto numbers = [&](const ingot_tensor &tensor) {
          EvalTensor read({tensor.dims[0], tensor.dims[1]}, weight.getElementType());
          std::memcpy(read.bytes(), tensor.data, read.getNumBytes());
          return doublesOf(read);
        };
        std::vector<double> sum = doublesOf(weight), left = numbers(a), right = numbers(b);
        mergeAdapter(shape, adapter.scale, sum.data(), left.data(), right.data());
        for (size_t i = 0; i < sum.size(); ++i)
          weight.setDouble(int64_t(i), sum[i]);
      }
      tensors.push_back({adapter.weight, a.dtype, weight.getShape().vec(), {weight.bytes(), weight.getNumBytes()}});
    }
  }
  Status status = writeTrainedModel(command.options.inputPath, tensors, command.exported);
  if (!status.ok())
    return fail(status);
  if (!command.json)
    outs() << "wrote " << command.exported << ", " << tensors.size() << " trained tensors\n";
  return Outcome::Ok;
}

} // namespace

// Which algorithm each option is for. False, after a message, where a number is none.
static bool sortTexts(const TrainTexts &texts, std::vector<AlgorithmOptions> &algorithms) {
  // `d@mse:out,target` is for algorithm d; what has no such beginning is for `train`, or for all where there are others.
  auto forEach = [&](ArrayRef<std::string> values, bool creates, function_ref<void(AlgorithmOptions &, StringRef)> use) {
    for (StringRef value : values) {
      StringRef name = value.take_while([](char c) { return isAlnum(c) || c == '_'; });
      bool isNamed = !name.empty() && value.drop_front(name.size()).starts_with("@");
      StringRef text = isNamed ? value.drop_front(name.size() + 1) : value;
      if (!isNamed && !creates && !algorithms.empty()) {
        for (AlgorithmOptions &algorithm : algorithms)
          use(algorithm, text);
        continue;
      }
      std::string own = isNamed ? name.str() : "train";
      auto found = find_if(algorithms, [&](const AlgorithmOptions &algorithm) { return algorithm.name == own; });
      if (found == algorithms.end()) {
        algorithms.emplace_back().name = own;
        found = algorithms.end() - 1;
      }
      use(*found, text);
    }
  };
  bool ok = true;
  auto number = [&](const char *option, double AlgorithmOptions::*field) {
    return [&ok, option, field](AlgorithmOptions &algorithm, StringRef text) {
      if (text.getAsDouble(algorithm.*field) || !(algorithm.*field >= 0) || std::isinf(algorithm.*field)) {
        fail(Outcome::Usage, Twine(option) + " must be a number that is not negative, not '" + text + "'");
        ok = false;
      }
    };
  };
  forEach(texts.losses, true, [](AlgorithmOptions &algorithm, StringRef text) { algorithm.losses.push_back(text.str()); });
  forEach(texts.optimizers, false, [](AlgorithmOptions &algorithm, StringRef text) { algorithm.optimizer = text.str(); });
  forEach(texts.decays, false, [](AlgorithmOptions &algorithm, StringRef text) {
    algorithm.optimizer += ((StringRef(algorithm.optimizer).contains(':') ? ",weight_decay=" : ":weight_decay=") + text).str();
  });
  forEach(texts.groups, false, [](AlgorithmOptions &algorithm, StringRef text) { algorithm.groups.push_back(text.str()); });
  forEach(texts.only, false, [](AlgorithmOptions &algorithm, StringRef text) { algorithm.train = text.str(); });
  forEach(texts.clipNorms, false, number("--clip-norm", &AlgorithmOptions::clipNorm));
  forEach(texts.clipValues, false, number("--clip-value", &AlgorithmOptions::clipValue));
  forEach(texts.emas, false, number("--ema", &AlgorithmOptions::ema));
  return ok;
}

// What cannot be written is said before hours of training, and nothing that is read is overwritten.
static Outcome checkFiles(const TrainCommand &command) {
  SmallString<128> drawing(command.curve);
  if (!command.curve.empty())
    sys::path::replace_extension(drawing, ".svg");
  struct File {
    const char *option;
    StringRef path;
  };
  const File written[] = {{"-o", command.options.outputPath}, {"--checkpoint", command.checkpoint}, {"--export", command.exported},
                          {"--curve", command.curve}, {"the drawing of --curve", drawing}};
  const File read[] = {{"MODEL", command.options.inputPath}, {"--data", command.data}, {"--validate", command.validate}};
  auto isSame = [](StringRef a, StringRef b) { return !a.empty() && (a == b || sys::fs::equivalent(a, b)); };
  for (const File *file = std::begin(written); file != std::end(written); ++file) {
    if (file->path.empty() || (command.data.empty() && file != &written[0] && file != &written[2]))
      continue;
    StringRef folder = sys::path::parent_path(file->path);
    std::string shown = (Twine("cannot write '") + file->path + "' (" + file->option + "): ").str();
    if (sys::fs::is_directory(file->path))
      return fail(Outcome::System, shown + "it is a folder");
    if (std::error_code code = sys::fs::access(folder.empty() ? "." : folder, sys::fs::AccessMode::Write))
      return fail(Outcome::System, shown + "folder '" + (folder.empty() ? "." : folder) + "': " + code.message());
    for (const File &other : read)
      // The model itself may be exported to its own place.
      if (isSame(file->path, other.path) && !(file == &written[2] && &other == &read[0]))
        return fail(Outcome::Usage, Twine(file->option) + " would overwrite '" + other.path + "', which is " + other.option);
    for (const File *other = std::begin(written); other != file; ++other)
      if (isSame(file->path, other->path))
        return fail(Outcome::Usage, Twine(file->option) + " and " + other->option + " are both '" + file->path + "'");
  }
  return Outcome::Ok;
}

Outcome runTrain(TrainCommand &command, const TrainTexts &texts) {
  TrainOptions &training = command.options.training;
  if (!sortTexts(texts, training.algorithms))
    return Outcome::Usage;
  for (const AlgorithmOptions &algorithm : training.algorithms)
    if (algorithm.losses.empty())
      return fail(Outcome::Usage, "algorithm '" + Twine(algorithm.name) + "' has no --loss");
  for (AlgorithmOptions &algorithm : training.algorithms)
    algorithm.checkGradients = command.checkGradients;
  // Without a loss the file itself must say how it is trained.
  training.modelAlgorithms = training.algorithms.empty();
  if (!(training.learningRate >= 0) || std::isinf(training.learningRate))
    return fail(Outcome::Usage, "--lr must be a number that is not negative");
  if (!command.schedule.empty()) {
    std::string text = command.schedule;
    if (needsLength(text))
      text += StringRef(text).contains(':') ? ",T=1000000000" : ":T=1000000000";
    ingot_schedule schedule;
    if (ingot_schedule_parse(text.c_str(), training.learningRate, &schedule))
      return fail(Outcome::Usage, "--schedule: " + Twine(ingot_last_error()));
    // What the library starts with, as far as it is known without data.
    if (!needsLength(command.schedule))
      training.schedule = command.schedule;
  }
  if (command.batch <= 0 || command.epochs <= 0 || command.accumulate <= 0 || command.steps < 0)
    return fail(Outcome::Usage, "--batch, --epochs and --accumulate must be positive");
  if (command.patience < 0 || std::isnan(command.minDelta))
    return fail(Outcome::Usage, "--patience must not be negative, and --min-delta a number");
  if (ingot_initialization_find(command.initialization.c_str()) < 0)
    return fail(Outcome::Usage, "--init: there is no rule '" + Twine(command.initialization) + "'");
  if (!(command.gain >= 0) || std::isinf(command.gain))
    return fail(Outcome::Usage, "--gain must be a number that is not negative");
  if (Outcome outcome = checkFiles(command); outcome != Outcome::Ok)
    return outcome;
  CompileResult result;
  {
    Progress progress;
    command.options.progress = progress.callback();
    result = compileModel(command.options);
  }
  printMessages(result);
  if (!result.ok())
    return result.outcome;
  command.options.outputPath = result.outputPath;
  if (!command.json)
    outs() << "compiled " << result.outputPath << format(" in %.1f s", result.seconds) << ", " << result.kernels << " kernels\n";
  for (const Rematerialized &entry : result.rematerialized)
    if (!command.json && is_contained(map_range(training.algorithms, [](const AlgorithmOptions &a) { return a.name; }), entry.function)) {
      outs() << entry.function << " keeps " << formatBytes(uint64_t(entry.bytesAfter)) << " for the backward pass instead of "
             << formatBytes(uint64_t(entry.bytesBefore)) << " (with 64 for open sizes)";
      for (const auto &[name, bytes] : result.arenas)
        if (name == entry.function && bytes >= 0)
          outs() << ", arena " << formatBytes(uint64_t(bytes));
      outs() << '\n';
    }
  if (!command.exported.empty() && !result.adapters.empty() && !command.merge)
    return fail(Outcome::Usage, "--export writes the file of the model that there is, which has no place for adapters: --merge adds them to their weights");
  Training run(command, result.adapters);
  if (command.data.empty())
    return command.exported.empty() ? Outcome::Ok : run.convert();
  return run.run();
}

} // namespace ingot
