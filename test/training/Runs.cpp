//===- Runs.cpp - Training against recorded runs ---------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Compiles the training step of each recorded run, trains as long as the recording does on its batches, and compares every loss, the
// first gradients, and parameters, buffers and outputs at the begin and at the end. Prints the largest error and its bound of each.
//
// With --budgets it compiles the steps for each of these budgets of memory instead, and asks for the same bits after some steps.
//
//===----------------------------------------------------------------------===//

#include "test/e2e/Workers.h"
#include "test/training/Recording.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

#include <cmath>
#include <set>
#include <thread>
#include <unistd.h>

using namespace llvm;
using namespace ingot;
using namespace ingot::training;

namespace {

/// The largest error of one quantity in units of its bound.
struct Quantity {
  explicit Quantity(const char *name) : name(name) {}

  const char *name;
  double error = 0, bound = 0;
  std::string where;

  void add(double newError, double newBound, const std::string &place) {
    // Written so that an error that is no number counts.
    if (!(newError * bound <= error * newBound) || bound == 0) {
      error = newError;
      bound = newBound;
      where = place;
    }
  }
  bool ok() const { return error <= bound; }
};

class RunTest {
public:
  RunTest(Recording &recording, const std::string &library, e2e::Reporter &reporter)
      : recording(recording), tolerances(recording.tolerances), library(library), reporter(reporter) {}

  void run();

private:
  void runSaliency();
  bool open();
  bool train(int64_t s);
  bool finish();
  bool probe(const Update &update, int index, const std::vector<Arrays> &micro, int64_t s);
  void compareParameters(const std::string &moment, double bound, Quantity &quantity, const std::string &prefix = "");
  void compareBuffers(const std::string &moment, double bound);
  void print();

  std::string nameOf(const std::string &recorded) const {
    auto found = recording.adapters.find(recorded);
    if (found != recording.adapters.end())
      for (const Adapter &adapter : trainer.compiled.adapters)
        if (adapter.weight == found->second.weight)
          return found->second.isFirst ? adapter.a : adapter.b;
    return recorded;
  }
  bool fail(const std::string &text) {
    reporter.fail(text);
    return false;
  }

  Recording &recording;
  const Tolerances &tolerances;
  std::string library;
  e2e::Reporter &reporter;
  Trainer trainer;
  State state;
  Arrays updated; ///< parameters that the separate functions for gradients and updates arrive at
  Quantity loss{"loss"}, gradient{"grad"}, norm{"norm"}, early{"param 1-3"}, last{"param"}, total{"update"}, buffer{"buffer"}, output{"output"},
      rate{"lr"}, apart{"apart"};
};

// The inputs of one update in as many parts as it is accumulated of.
std::vector<Arrays> inputsOf(const Update &update, const Arrays &batch, int64_t parts) {
  std::vector<Arrays> inputs(static_cast<size_t>(parts));
  for (int64_t part = 0; part < parts; ++part)
    for (auto &[input, recorded] : update.batchOf) {
      auto found = batch.find(recorded);
      if (found != batch.end())
        inputs[static_cast<size_t>(part)][input] = parts > 1 ? found->second.row(part) : found->second;
    }
  return inputs;
}

bool RunTest::open() {
  reporter.begin("compile");
  if (std::string problem = trainer.compile(recording.options, library); !problem.empty())
    return fail(problem);
  reporter.begin("open");
  if (std::string problem = trainer.open(library); !problem.empty())
    return fail(problem);
  state = trainer.newState();
  if (!state.state)
    return fail(ingot_last_error());
  for (const std::string &name : recording.parameters) {
    const Array &first = *recording.find("param:0:" + name);
    Array own = state.get(INGOT_PARAMETER, nameOf(name));
    if (own.dims != first.dims)
      return fail("there is no parameter '" + nameOf(name) + "' of the recorded sizes");
    // Adapters are no part of the model, and begin where the recording does.
    if (recording.adapters.count(name))
      state.set(INGOT_PARAMETER, nameOf(name), first);
    else if (largestDifference(own, first) != 0)
      return fail("'" + name + "' does not begin with the recorded value");
  }
  // The export of the model was itself a forward pass in training mode, which has moved the statistics in the file.
  for (const std::string &name : recording.buffers)
    if (!state.set(INGOT_BUFFER, name, *recording.find("buffer:0:" + name)))
      return fail("there is no buffer '" + name + "' of the recorded sizes");
  return true;
}

// Gradients by the function for them, in a copy of the state; then the update by its own function.
bool RunTest::probe(const Update &update, int index, const std::vector<Arrays> &micro, int64_t s) {
  reporter.begin("gradients of step " + std::to_string(s + 1));
  State copy = state.clone();
  for (const Arrays &inputs : micro)
    if (StepResult result = trainer.step(copy, inputs, INGOT_TRAIN_ACCUMULATE, index); !result.problem.empty())
      return fail(result.problem);
  std::string prefix = "grad:" + std::to_string(s + 1) + ":";
  double largest = 0;
  for (const std::string &name : recording.parameters)
    if (const Array *want = recording.find(prefix + name); want && StringRef(name).starts_with(update.prefix))
      largest = std::max(largest, largestOf(*want));
  for (const std::string &name : recording.parameters) {
    const Array *want = recording.find(prefix + name);
    if (!want || !StringRef(name).starts_with(update.prefix))
      continue;
    Array got = copy.get(INGOT_GRADIENT, nameOf(name));
    for (int64_t i = 0; i < got.count(); ++i)
      got.setNumber(i, got.number(i) / static_cast<double>(micro.size()));
    gradient.add(largestDifference(got, *want), tolerances.gradient * std::max(largestOf(*want), 1e-2 * largest), prefix + name);
  }
  ingot_step_info info = INGOT_STEP_INFO;
  if (ingot_optimizer_step(trainer.context, copy.state, index, nullptr, &info))
    return fail(ingot_last_error());
  for (const std::string &name : recording.parameters)
    if (StringRef(name).starts_with(update.prefix))
      updated[name] = copy.get(INGOT_PARAMETER, nameOf(name));
  return true;
}

bool RunTest::train(int64_t s) {
  Arrays batch = recording.batch(s);
  double learningRate = recording.find("lr")->number(s);
  for (const Update &update : recording.updates) {
    int index = trainer.algorithm(update.algorithm);
    rate.add(std::abs(ingot_state_learning_rate(state.state, index) - learningRate), 1e-15, "step " + std::to_string(s + 1));
    std::vector<Arrays> micro = inputsOf(update, batch, recording.microBatches);
    if (s < 3 && !probe(update, index, micro, s))
      return false;
    reporter.begin("step " + std::to_string(s + 1));
    double sum = 0;
    for (auto [part, inputs] : enumerate(micro)) {
      StepResult result = trainer.step(state, inputs, part + 1 < micro.size() ? INGOT_TRAIN_ACCUMULATE : 0, index);
      if (!result.problem.empty())
        return fail(result.problem);
      sum += result.info.loss;
      if (const Array *each = recording.find("micro_loss"))
        loss.add(std::abs(result.info.loss - each->number(s * recording.microBatches + static_cast<int64_t>(part))), tolerances.loss,
                 "micro-batch of step " + std::to_string(s + 1));
      if (const Array *norms = recording.find("grad_norm"))
        norm.add(std::abs(result.info.gradient_norm - norms->number(s)), tolerances.gradient * norms->number(s), "step " + std::to_string(s + 1));
      if (s > 0)
        continue;
      for (auto &[recorded, name] : update.outputs) {
        Array want = *recording.find("output:1:" + recorded);
        if (micro.size() > 1)
          want = want.row(static_cast<int64_t>(part));
        output.add(largestDifference(result.outputs[name], want), tolerances.output * largestOf(want), "output:1:" + recorded);
      }
    }
    loss.add(std::abs(sum / static_cast<double>(micro.size()) - recording.find(update.losses)->number(s)), tolerances.loss,
             "step " + std::to_string(s + 1));
    if (s >= 3)
      continue;
    // The fused step and the two functions do the same.
    for (const std::string &name : recording.parameters)
      if (StringRef(name).starts_with(update.prefix))
        apart.add(largestDifference(updated[name], state.get(INGOT_PARAMETER, nameOf(name))), tolerances.early, name);
    compareParameters(std::to_string(s + 1), tolerances.early, early, update.prefix);
  }
  if (s < 3)
    compareBuffers(std::to_string(s + 1), tolerances.early);
  return true;
}

void RunTest::compareParameters(const std::string &moment, double bound, Quantity &quantity, const std::string &prefix) {
  for (const std::string &name : recording.parameters)
    if (const Array *want = recording.find("param:" + moment + ":" + name); want && StringRef(name).starts_with(prefix))
      quantity.add(largestDifference(state.get(INGOT_PARAMETER, nameOf(name)), *want), bound, "param:" + moment + ":" + name);
}

void RunTest::compareBuffers(const std::string &moment, double bound) {
  for (const std::string &name : recording.buffers)
    if (const Array *want = recording.find("buffer:" + moment + ":" + name))
      buffer.add(largestDifference(state.get(INGOT_BUFFER, name), *want), bound * std::max(1.0, largestOf(*want)), "buffer:" + moment + ":" + name);
}

bool RunTest::finish() {
  compareParameters("final", tolerances.last, last);
  compareBuffers("final", tolerances.last);
  double difference = 0, change = 0;
  for (const std::string &name : recording.parameters) {
    Array got = state.get(INGOT_PARAMETER, nameOf(name));
    const Array *want = recording.find("param:final:" + name), *first = recording.find("param:0:" + name);
    for (int64_t i = 0; want && i < got.count(); ++i) {
      difference += (got.number(i) - want->number(i)) * (got.number(i) - want->number(i));
      change += (want->number(i) - first->number(i)) * (want->number(i) - first->number(i));
    }
  }
  total.add(std::sqrt(difference), tolerances.update * std::sqrt(change), "all parameters");
  const Array *lastLoss = recording.find("loss_final");
  if (!lastLoss)
    return true;
  reporter.begin("after the last step");
  State copy = state.clone();
  const Update &update = recording.updates[0];
  StepResult result = trainer.step(copy, inputsOf(update, recording.batch(0), recording.microBatches)[0]);
  if (!result.problem.empty())
    return fail(result.problem);
  loss.add(std::abs(result.info.loss - lastLoss->number(0)), tolerances.loss, "loss_final");
  for (auto &[recorded, name] : update.outputs)
    if (const Array *want = recording.find("output:final:" + recorded))
      output.add(largestDifference(result.outputs[name], *want), std::max(tolerances.output, 10 * tolerances.update) * largestOf(*want),
                 "output:final:" + recorded);
  return true;
}

void RunTest::print() {
  std::string text;
  raw_string_ostream out(text);
  out << left_justify(sys::path::filename(recording.folder), 28) << ' ' << recording.precision;
  bool ok = true;
  for (const Quantity *quantity : {&loss, &gradient, &norm, &early, &last, &total, &buffer, &output, &apart, &rate}) {
    if (quantity->bound == 0)
      continue;
    out << "  " << quantity->name << format(" %.1e/%.0e", quantity->error, quantity->bound);
    if (!quantity->ok())
      out << '!';
    ok &= quantity->ok();
  }
  out << '\n';
  // One write, so that lines of different processes do not mix.
  if (write(1, text.data(), text.size()) < 0)
    reporter.fail("cannot write");
  if (!ok) {
    reporter.begin("compare");
    for (const Quantity *quantity : {&loss, &gradient, &norm, &early, &last, &total, &buffer, &output, &apart, &rate})
      if (!quantity->ok())
        reporter.fail(std::string(quantity->name) + ": " + std::to_string(quantity->error / quantity->bound) + " times the bound at " +
                      quantity->where);
  }
}

// Gradients by the input of a model that is not trained any more: of each row's largest logit, and of the cross entropy.
void RunTest::runSaliency() {
  reporter.begin("compile");
  if (std::string problem = trainer.compile(recording.options, library); !problem.empty())
    return reporter.fail(problem);
  if (std::string problem = trainer.open(library); !problem.empty())
    return reporter.fail(problem);
  double bound = recording.precision == "f64" ? 1e-13 : 5e-6;
  for (std::string images : {"noisy:", ""}) {
    reporter.begin("gradients of " + (images.empty() ? "plain" : images));
    Arrays batch = recording.batch(0);
    const Array &logits = *recording.find(images + "logits"), &best = *recording.find(images + "argmax");
    Arrays inputs;
    inputs["x"] = recording.batches.at(images.empty() ? "batch:x" : "batch:x_noisy").asFloat(recording.dtype());
    inputs["y"] = recording.batches.at("batch:y");
    Array &hot = inputs["grad.logits"] = Array(recording.dtype(), logits.dims);
    for (int64_t row = 0; row < logits.dims[0]; ++row)
      hot.setNumber(row * logits.dims[1] + static_cast<int64_t>(best.number(row)), 1);
    StepResult ofLogits = trainer.call(ingot_model_find_function(trainer.model, "grad_logits"), inputs);
    StepResult ofLoss = trainer.call(ingot_model_find_function(trainer.model, "grad_loss"), inputs);
    for (const StepResult *result : {&ofLogits, &ofLoss})
      if (!result->problem.empty())
        return reporter.fail(result->problem);
    gradient.add(largestDifference(ofLogits.outputs["grad.x"], *recording.find(images + "grad:max_logit")), bound, images + "grad:max_logit");
    gradient.add(largestDifference(ofLoss.outputs["grad.x"], *recording.find(images + "grad:ce")), bound, images + "grad:ce");
    output.add(largestDifference(ofLogits.outputs["logits"], logits), (bound > 1e-10 ? 2e-5 : 1e-12) * largestOf(logits), images + "logits");
    // The attack: 0.1 along the sign, within [0, 1]. Where the gradient is as small as its error the sign says nothing.
    const Array &slope = *recording.find(images + "grad:ce"), &attack = *recording.find(images + "fgsm:x_adv");
    Array attacked(recording.dtype(), slope.dims);
    for (int64_t i = 0; i < slope.count(); ++i) {
      double by = ofLoss.outputs["grad.x"].number(i), sign = by > 0 ? 1 : by < 0 ? -1 : 0;
      bool isClear = std::abs(slope.number(i)) > bound;
      attacked.setNumber(i, isClear ? std::clamp(inputs["x"].number(i) + 0.1 * sign, 0.0, 1.0) : attack.number(i));
    }
    output.add(largestDifference(attacked, attack), 1e-6, images + "fgsm:x_adv");
    inputs["x"] = attack;
    const Array &after = *recording.find(images + "fgsm:logits");
    output.add(largestDifference(trainer.call(0, inputs).outputs["logits"], after), (bound > 1e-10 ? 2e-5 : 1e-12) * largestOf(after),
               images + "fgsm:logits");
  }
  print();
}

void RunTest::run() {
  if (recording.isSaliency())
    return runSaliency();
  if (!open())
    return;
  for (int64_t s = 0; s < recording.steps; ++s)
    if (!train(s))
      return;
  if (finish())
    print();
}

//===----------------------------------------------------------------------===//
// Budgets
//===----------------------------------------------------------------------===//

// The variables after some steps, made by one function and by those for gradients and updates.
std::string trainedWith(double budget, const Recording &recording, const std::string &library, State &state, Trainer &trainer) {
  CompileOptions options = recording.options;
  options.training.rematBudget = budget;
  if (std::string problem = trainer.compile(options, library); !problem.empty())
    return problem;
  if (std::string problem = trainer.open(library); !problem.empty())
    return problem;
  state = trainer.newState();
  if (!state.state)
    return ingot_last_error();
  for (int64_t s = 0; s < 4; ++s)
    for (const Update &update : recording.updates) {
      int index = trainer.algorithm(update.algorithm);
      for (const Arrays &inputs : inputsOf(update, recording.batch(s), recording.microBatches))
        if (StepResult result = trainer.step(state, inputs, s == 3 ? INGOT_TRAIN_ACCUMULATE : 0, index); !result.problem.empty())
          return result.problem;
      if (s == 3 && ingot_optimizer_step(trainer.context, state.state, index, nullptr, nullptr))
        return ingot_last_error();
    }
  return "";
}

void compareBudgets(const Recording &recording, ArrayRef<double> budgets, const std::string &library, e2e::Reporter &reporter) {
  if (recording.isSaliency())
    return;
  reporter.begin("everything kept");
  Trainer kept;
  State first;
  if (std::string problem = trainedWith(1, recording, library, first, kept); !problem.empty())
    return reporter.fail(problem);
  for (double budget : budgets) {
    reporter.begin("budget " + std::to_string(budget));
    Trainer trainer;
    State state;
    if (std::string problem = trainedWith(budget, recording, library, state, trainer); !problem.empty())
      return reporter.fail(problem);
    if (state.allBytes() == first.allBytes())
      continue;
    std::string names;
    for (const std::string &name : recording.parameters)
      if (state.get(INGOT_PARAMETER, name).bytes != first.get(INGOT_PARAMETER, name).bytes)
        names += " " + name;
    reporter.fail("other bits than with everything kept:" + names);
  }
}

//===----------------------------------------------------------------------===//
// All runs
//===----------------------------------------------------------------------===//

struct Job {
  std::string folder, precision;
  std::string name() const { return sys::path::filename(folder).str() + " " + precision; }
};

void addJobs(const std::string &root, std::vector<Job> &jobs) {
  std::error_code code;
  std::set<std::string> folders;
  for (sys::fs::directory_iterator i(root, code), end; !code && i != end; i.increment(code))
    if (sys::fs::exists(i->path() + "/spec.json"))
      folders.insert(i->path());
  for (const std::string &folder : folders)
    for (const char *precision : {"f32", "f64"})
      if (none_of(jobs, [&](const Job &job) { return job.name() == sys::path::filename(folder).str() + " " + precision; }))
        jobs.push_back({folder, precision});
}

int usage() {
  errs() << "usage: ingot-training-runs [-j JOBS] [--cpu CPU] [--expected-failures FILE] [--only TEXT] [--budgets NUMBER,...] FOLDER...\n";
  return 1;
}

} // namespace

int main(int argc, char **argv) {
  std::vector<Job> jobs;
  std::set<std::string> expected;
  std::string only, failuresFile, cpu = "native";
  std::vector<std::string> folders;
  std::vector<double> budgets;
  unsigned parallel = std::max(1u, std::thread::hardware_concurrency());
  for (int i = 1; i < argc; ++i) {
    StringRef argument = argv[i];
    if (argument.starts_with("-") && i + 1 == argc)
      return usage();
    if (argument == "-j") {
      if (StringRef(argv[++i]).getAsInteger(10, parallel) || parallel == 0)
        return usage();
    } else if (argument == "--cpu") {
      cpu = argv[++i];
    } else if (argument == "--only") {
      only = argv[++i];
    } else if (argument == "--budgets") {
      for (StringRef text : split(argv[++i], ','))
        if (text.getAsDouble(budgets.emplace_back()))
          return usage();
    } else if (argument == "--expected-failures") {
      failuresFile = argv[++i];
    } else if (argument.starts_with("-")) {
      return usage();
    } else {
      folders.push_back(argv[i]);
    }
  }
  for (const std::string &folder : folders) {
    if (!sys::fs::is_directory(folder)) {
      outs() << "skipped: there is no " << folder << " (set INGOT_SHARED)\n";
      continue;
    }
    addJobs(folder, jobs);
  }
  if (!failuresFile.empty()) {
    auto text = MemoryBuffer::getFile(failuresFile);
    if (!text)
      return errs() << "cannot read " << failuresFile << '\n', 1;
    for (StringRef line : split((*text)->getBuffer(), '\n'))
      if (StringRef name = line.split('#').first.trim(); !name.empty())
        expected.insert(name.str());
  }
  if (!only.empty())
    erase_if(jobs, [&](const Job &job) { return !StringRef(job.name()).contains(only); });
  SmallString<128> scratch;
  if (sys::fs::createUniqueDirectory("ingot-training", scratch))
    return errs() << "cannot make a folder for libraries\n", 5;
  outs().flush();

  size_t passed = 0, failed = 0;
  auto test = [&](size_t i, e2e::Reporter &reporter) {
    reporter.begin("read");
    Recording recording;
    recording.folder = jobs[i].folder;
    recording.precision = jobs[i].precision;
    if (std::string problem = recording.load(); !problem.empty())
      return reporter.fail(problem);
    recording.options.cpu = cpu;
    std::string library = scratch.str().str() + "/" + std::to_string(i) + ".so";
    if (budgets.empty())
      RunTest(recording, library, reporter).run();
    else
      compareBudgets(recording, budgets, library, reporter);
  };
  e2e::runInProcesses(jobs.size(), parallel, 300, test, [&](size_t i, const std::vector<std::string> &problems) {
    bool isExpected = expected.count(jobs[i].name());
    if (problems.empty() == isExpected) {
      ++failed;
      if (isExpected)
        outs() << "FAIL " << jobs[i].name() << ": passes, although it is an expected failure\n";
    } else {
      ++passed;
    }
    for (const std::string &problem : problems)
      outs() << (isExpected ? "expected failure " : "FAIL ") << jobs[i].name() << ": " << problem << '\n';
    outs().flush();
  });
  sys::fs::remove_directories(scratch);
  outs() << passed << " passed, " << failed << " failed\n";
  return failed || (!passed && !jobs.empty()) ? 4 : 0;
}
