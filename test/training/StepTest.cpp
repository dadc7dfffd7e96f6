//===- StepTest.cpp - What must not matter to a training step --------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Compiled steps of the recorded models: threads, contexts, checkpoints, how a batch is cut, open sizes; and what they refuse.
//
//===----------------------------------------------------------------------===//

#include "test/training/Recording.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"

#include "gtest/gtest.h"

#include <cinttypes>
#include <cmath>
#include <condition_variable>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <limits>
#include <mutex>
#include <thread>

using namespace llvm;
using namespace ingot;
using namespace ingot::training;

namespace {

/// Sums between threads.
class Ranks {
public:
  explicit Ranks(int32_t size) : size(size) {}

  ingot_collective of(int32_t rank) {
    ingot_collective collective = {};
    collective.struct_bytes = sizeof(collective);
    collective.user = this;
    collective.rank = rank;
    collective.size = size;
    collective.allreduce = [](void *user, void *data, int64_t count, int32_t dtype) {
      return static_cast<Ranks *>(user)->reduce(data, count, dtype);
    };
    collective.broadcast = [](void *, void *, int64_t, int32_t) { return 1; };
    collective.barrier = [](void *user) { return static_cast<Ranks *>(user)->meet(), 0; };
    return collective;
  }

private:
  int32_t reduce(void *data, int64_t count, int32_t dtype) {
    Array own(dtype, {count});
    std::memcpy(own.bytes.data(), data, own.bytes.size());
    {
      std::lock_guard<std::mutex> lock(mutex);
      if (sum.dtype == 0)
        sum = own;
      else
        for (int64_t i = 0; i < count; ++i)
          sum.setNumber(i, sum.number(i) + own.number(i));
    }
    meet();
    std::memcpy(data, sum.bytes.data(), sum.bytes.size());
    meet();
    {
      std::lock_guard<std::mutex> lock(mutex);
      sum = Array();
    }
    // Before that nobody begins the next sum.
    meet();
    return 0;
  }

  void meet() {
    std::unique_lock<std::mutex> lock(mutex);
    int64_t now = round;
    if (++waiting == size) {
      waiting = 0;
      ++round;
      all.notify_all();
    } else {
      all.wait(lock, [&] { return round != now; });
    }
  }

  int32_t size, waiting = 0;
  int64_t round = 0;
  std::mutex mutex;
  std::condition_variable all;
  Array sum;
};

/// A folder with the library of a recording.
struct Session {
  Session() { EXPECT_FALSE(sys::fs::createUniqueDirectory("step-test", folder)); }
  ~Session() { sys::fs::remove_directories(folder); }

  std::string path(const std::string &name) { return folder.str().str() + "/" + name; }

  /// A recording and its compiled step, after `change` has been made to the options.
  std::string open(const std::string &run, const std::string &precision = "f32", function_ref<void(CompileOptions &)> change = nullptr) {
    recording.folder = INGOT_RUNS "/" + run;
    recording.precision = precision;
    if (std::string problem = recording.load(); !problem.empty())
      return problem;
    if (change)
      change(recording.options);
    if (std::string problem = trainer.compile(recording.options, path("library.so")); !problem.empty())
      return problem;
    return trainer.open(path("library.so"));
  }

  Arrays inputs(int64_t s, const Update &update) {
    Arrays batch = recording.batch(s), inputs;
    for (auto &[input, recorded] : update.batchOf)
      if (batch.count(recorded))
        inputs[input] = batch[recorded];
    return inputs;
  }
  Arrays inputs(int64_t s) { return inputs(s, recording.updates[0]); }

  /// Trains on the recorded batches of steps [from, to).
  void train(Trainer &with, State &state, int64_t from, int64_t to) {
    for (int64_t s = from; s < to; ++s)
      for (const Update &update : recording.updates) {
        StepResult result = with.step(state, inputs(s, update), 0, with.algorithm(update.algorithm));
        ASSERT_TRUE(result.problem.empty()) << result.problem;
      }
  }

  /// The recorded batches of two steps as one.
  Arrays joined(int64_t s) {
    Arrays a = inputs(s), b = inputs(s + 1);
    for (auto &[name, array] : a) {
      array.dims[0] += b[name].dims[0];
      array.bytes += b[name].bytes;
    }
    return a;
  }

  void expectNear(const State &a, const State &b, double bound) {
    for (const std::string &name : recording.parameters)
      EXPECT_LE(largestDifference(a.get(INGOT_PARAMETER, name), b.get(INGOT_PARAMETER, name)), bound) << name;
  }

  SmallString<128> folder;
  Recording recording;
  Trainer trainer;
};

struct Step : testing::Test, Session {};

struct Threads : Step, testing::WithParamInterface<const char *> {};

TEST_P(Threads, NumberOfThreadsDoesNotMatter) {
  std::string problem = open(GetParam());
  ASSERT_TRUE(problem.empty()) << problem;
  std::string first;
  for (unsigned threads : {1u, 2u, 3u, 7u}) {
    ASSERT_EQ(trainer.setThreads(threads), "");
    State state = trainer.newState();
    train(trainer, state, 0, 4);
    State other = state.clone();
    // By way of the functions for gradients and updates, too.
    for (const Update &update : recording.updates)
      for (uint32_t flags : {INGOT_TRAIN_ACCUMULATE, 0u}) {
        StepResult result = trainer.step(other, inputs(5, update), flags, trainer.algorithm(update.algorithm));
        ASSERT_TRUE(result.problem.empty()) << result.problem;
      }
    std::string bytes = state.allBytes() + other.allBytes();
    if (first.empty())
      first = bytes;
    EXPECT_TRUE(bytes == first) << threads << " threads";
  }
}

INSTANTIATE_TEST_SUITE_P(Step, Threads, testing::Values("mlp", "cnn_bn_adam", "lstm_adam", "gan_alternating", "gcn_adagrad"));

TEST_F(Step, GoesOnFromACheckpointAsIfNothingHadHappened) {
  std::string problem = open("cnn_bn_adam", "f32", [](CompileOptions &options) {
    options.training.schedule = "cosine:T=20,warmup=3";
    options.training.algorithms[0].ema = 0.9;
    options.training.algorithms[0].clipNorm = 1;
  });
  ASSERT_TRUE(problem.empty()) << problem;
  State whole = trainer.newState();
  train(trainer, whole, 0, 8);
  State begun = trainer.newState();
  train(trainer, begun, 0, 5);
  ASSERT_EQ(ingot_checkpoint_save(begun.state, path("at5").c_str(), nullptr), INGOT_STATUS_OK) << ingot_last_error();
  Trainer later;
  ASSERT_EQ(later.open(path("library.so"), 1), "");
  State resumed = later.newState();
  ASSERT_EQ(ingot_checkpoint_load(resumed.state, path("at5").c_str(), nullptr), INGOT_STATUS_OK) << ingot_last_error();
  EXPECT_EQ(ingot_state_step(resumed.state, 0), 5);
  train(later, resumed, 5, 8);
  EXPECT_TRUE(resumed.allBytes() == whole.allBytes());
  EXPECT_EQ(ingot_state_learning_rate(resumed.state, 0), ingot_state_learning_rate(whole.state, 0));
}

TEST_F(Step, ABatchInPartsIsTheWholeBatch) {
  std::string problem = open("mlp");
  ASSERT_TRUE(problem.empty()) << problem;
  State whole = trainer.newState(), parts = trainer.newState();
  for (int64_t s = 0; s < 6; s += 2) {
    Arrays batch = joined(s);
    ASSERT_EQ(batch["x"].dims[0], 64);
    StepResult once = trainer.step(whole, batch);
    ASSERT_TRUE(once.problem.empty()) << once.problem;
    double loss = 0;
    for (int64_t part = 0; part < 4; ++part) {
      Arrays rows;
      for (auto &[name, array] : batch)
        rows[name] = array.rows(part * 16, 16);
      StepResult result = trainer.step(parts, rows, part < 3 ? INGOT_TRAIN_ACCUMULATE : 0);
      ASSERT_TRUE(result.problem.empty()) << result.problem;
      EXPECT_EQ(result.info.updated, part == 3);
      loss += result.info.loss / 4;
    }
    EXPECT_NEAR(loss, once.info.loss, 1e-6);
    expectNear(whole, parts, 1e-6);
  }
}

// A kernel that makes a gradient and at once the next parameter reads the old one where it writes: with long sums, too.
TEST_F(Step, OneFunctionDoesWhatTwoDo) {
  struct {
    const char *run, *optimizer;
    int64_t repeats;
  } const cases[] = {{"mlp", "sgd", 100}, {"mlp", "sgd:momentum=0.9,nesterov=true", 100}, {"mlp", "adam", 1}, {"mlp", "lamb", 30},
                     {"cnn_bn_adam", "sgd:momentum=0.9", 1}, {"cnn_bn_adam", "adamw:weight_decay=0.1", 12}, {"lstm_adam", "rmsprop:momentum=0.9", 40}};
  for (auto [run, optimizer, repeats] : cases) {
    SCOPED_TRACE(std::string(run) + " " + optimizer);
    Session session;
    ASSERT_EQ(session.open(run, "f64", [&](CompileOptions &options) { options.training.algorithms[0].optimizer = optimizer; }), "");
    State one = session.trainer.newState(), two = session.trainer.newState();
    for (int64_t s = 0; s < 3; ++s) {
      Arrays batch = session.inputs(s);
      for (auto &[name, array] : batch) {
        std::string rows = array.bytes;
        for (int64_t i = 1; i < repeats; ++i)
          array.bytes += rows;
        array.dims[0] *= repeats;
      }
      StepResult result = session.trainer.step(one, batch);
      ASSERT_EQ(result.problem, "");
      result = session.trainer.step(two, batch, INGOT_TRAIN_ACCUMULATE);
      ASSERT_EQ(result.problem, "");
      ASSERT_EQ(ingot_optimizer_step(session.trainer.context, two.state, 0, nullptr, nullptr), INGOT_STATUS_OK) << ingot_last_error();
    }
    session.expectNear(one, two, 1e-13);
    for (const std::string &name : session.recording.buffers)
      EXPECT_LE(largestDifference(one.get(INGOT_BUFFER, name), two.get(INGOT_BUFFER, name)), 1e-14) << name;
  }
}

// What is computed again has the same bits as what was kept. The test `training-budgets` does the same for all recorded runs.
TEST_F(Step, WhatIsKeptForTheBackwardPassDoesNotMatter) {
  bool any = false;
  for (const char *run : {"mlp", "cnn_bn_adam", "lstm_adam", "gcn_adagrad"}) {
    SCOPED_TRACE(run);
    Session kept;
    ASSERT_EQ(kept.open(run), "");
    State first = kept.trainer.newState();
    kept.train(kept.trainer, first, 0, 4);
    for (double budget : {0.5, 0.0}) {
      Session session;
      ASSERT_EQ(session.open(run, "f32", [&](CompileOptions &options) { options.training.rematBudget = budget; }), "");
      for (const Rematerialized &one : session.trainer.compiled.rematerialized)
        any |= one.bytesAfter < one.bytesBefore;
      State state = session.trainer.newState();
      session.train(session.trainer, state, 0, 4);
      EXPECT_TRUE(state.allBytes() == first.allBytes()) << "budget " << budget;
    }
  }
  EXPECT_TRUE(any) << "nothing was computed again";
}

struct Buckets : Step, testing::WithParamInterface<double> {};

TEST_P(Buckets, TwoRanksAreOneWithADoubleBatch) {
  std::string problem = open("mlp", "f32", [](CompileOptions &options) { options.training.bucketMiB = GetParam(); });
  ASSERT_TRUE(problem.empty()) << problem;
  State alone = trainer.newState();
  for (int64_t s = 0; s < 6; s += 2) {
    StepResult result = trainer.step(alone, joined(s));
    ASSERT_TRUE(result.problem.empty()) << result.problem;
  }
  Ranks ranks(2);
  Trainer trainers[2];
  State states[2];
  std::string problems[2];
  std::vector<std::thread> threads;
  for (int32_t rank = 0; rank < 2; ++rank) {
    ASSERT_EQ(trainers[rank].open(path("library.so"), 1), "");
    states[rank] = trainers[rank].newState();
  }
  for (int32_t rank = 0; rank < 2; ++rank)
    threads.emplace_back([&, rank] {
      ingot_collective collective = ranks.of(rank);
      // One exchanges gradients behind the backward pass, the other one while it goes on.
      collective.flags = rank ? INGOT_COLLECTIVE_ANY_THREAD : 0;
      ingot_state_set_collective(states[rank].state, &collective);
      for (int64_t s = 0; s < 6 && problems[rank].empty(); s += 2)
        problems[rank] = trainers[rank].step(states[rank], inputs(s + rank)).problem;
      ingot_state_set_collective(states[rank].state, nullptr);
    });
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_EQ(problems[0], "");
  EXPECT_EQ(problems[1], "");
  EXPECT_TRUE(states[0].allBytes() == states[1].allBytes());
  expectNear(alone, states[0], 1e-6);
}

// 25 MiB: all gradients together. Next to nothing: each for itself.
INSTANTIATE_TEST_SUITE_P(Step, Buckets, testing::Values(25, 1e-6));

namespace {
/// A collective of two, the other of which always has the same gradients. Says what it gets, and lets the step wait for it.
struct Recorder {
  explicit Recorder(Trainer &trainer, uint32_t flags = INGOT_COLLECTIVE_ANY_THREAD) {
    ingot_context_options options = {};
    options.struct_bytes = sizeof(options);
    options.threads = 2;
    options.user = this;
    options.parallel_for = [](void *user, int64_t tasks, ingot_task_fn body, void *argument) {
      static_cast<Recorder *>(user)->waitForExchange();
      body(argument, 0, tasks);
    };
    ingot_context_destroy(trainer.context);
    trainer.context = nullptr;
    EXPECT_EQ(ingot_context_create(trainer.model, &options, &trainer.context), INGOT_STATUS_OK) << ingot_last_error();
    collective.struct_bytes = sizeof(collective);
    collective.user = this;
    collective.size = 2;
    collective.flags = flags;
    collective.allreduce = [](void *user, void *data, int64_t count, int32_t dtype) {
      auto &recorder = *static_cast<Recorder *>(user);
      std::lock_guard<std::mutex> lock(recorder.mutex);
      recorder.got.push_back(data);
      recorder.arrived.notify_all();
      // What the ranks agree on last is in doubles.
      for (int64_t i = 0; i < count; ++i)
        if (dtype == INGOT_F32)
          static_cast<float *>(data)[i] *= 2;
        else
          static_cast<double *>(data)[i] *= 2;
      return recorder.failsAt == static_cast<int64_t>(recorder.got.size()) - 1 ? 1 : 0;
    };
    collective.broadcast = [](void *, void *, int64_t, int32_t) { return 0; };
    collective.barrier = [](void *) { return 0; };
    collective.error = [](void *) { return "the wire is cut"; };
  }

  void waitForExchange() {
    std::unique_lock<std::mutex> lock(mutex);
    if (calls++ == waitsAt)
      cameInTime = arrived.wait_for(lock, std::chrono::seconds(20), [&] { return !got.empty(); });
  }

  ingot_collective collective = {};
  std::mutex mutex;
  std::condition_variable arrived;
  std::vector<void *> got;
  int64_t calls = 0, waitsAt = -1, failsAt = -1;
  bool cameInTime = false;
};
} // namespace

TEST_F(Step, BucketsAreExchangedWhileTheBackwardPassGoesOn) {
  std::string problem = open("cnn_bn_adam", "f32", [](CompileOptions &options) { options.training.bucketMiB = 1e-6; });
  ASSERT_TRUE(problem.empty()) << problem;
  State plain = trainer.newState(), state = trainer.newState(), counted = trainer.newState(), behind = trainer.newState();
  train(trainer, plain, 0, 3);

  // How often the backward pass asks for threads; at the last time it waits for the first bucket.
  Recorder recorder(trainer);
  StepResult result = trainer.step(counted, inputs(0), INGOT_TRAIN_ACCUMULATE);
  ASSERT_EQ(result.problem, "");
  ASSERT_GT(recorder.calls, 1);
  recorder.waitsAt = recorder.calls - 1;
  recorder.calls = 0;
  ASSERT_EQ(ingot_state_set_collective(state.state, &recorder.collective), INGOT_STATUS_OK) << ingot_last_error();
  result = trainer.step(state, inputs(0));
  ASSERT_EQ(result.problem, "");
  EXPECT_TRUE(recorder.cameInTime);

  // In the order in which they get ready: the last layers first. Then the ranks agree.
  ASSERT_EQ(recorder.got.size(), recording.parameters.size() + 1);
  std::vector<std::string> names;
  for (void *data : recorder.got)
    for (const std::string &name : recording.parameters) {
      ingot_tensor gradient;
      ASSERT_EQ(ingot_state_tensor(state.state, INGOT_GRADIENT, name.c_str(), nullptr, &gradient), INGOT_STATUS_OK);
      if (gradient.data == data)
        names.push_back(name);
    }
  ASSERT_EQ(names.size(), recording.parameters.size());
  std::vector<std::string> weights;
  for (const std::string &name : names)
    if (StringRef(name).ends_with(".weight"))
      weights.push_back(name);
  EXPECT_EQ(weights, (std::vector<std::string>{"fc.weight", "bn2.weight", "conv2.weight", "bn1.weight", "conv1.weight"}));

  // The same bits as without others, and as when the exchange follows the backward pass.
  train(trainer, state, 1, 3);
  ingot_state_set_collective(state.state, nullptr);
  Recorder later(trainer, 0);
  ASSERT_EQ(ingot_state_set_collective(behind.state, &later.collective), INGOT_STATUS_OK) << ingot_last_error();
  train(trainer, behind, 0, 3);
  ingot_state_set_collective(behind.state, nullptr);
  EXPECT_TRUE(state.allBytes() == behind.allBytes());
  for (const std::string &name : recording.parameters)
    EXPECT_EQ(state.get(INGOT_PARAMETER, name).bytes, plain.get(INGOT_PARAMETER, name).bytes) << name;
}

TEST_F(Step, AFailedExchangeChangesNothing) {
  std::string problem = open("mlp", "f32", [](CompileOptions &options) { options.training.bucketMiB = 1e-6; });
  ASSERT_TRUE(problem.empty()) << problem;
  for (uint32_t flags : {0u, INGOT_COLLECTIVE_ANY_THREAD}) {
    Recorder recorder(trainer, flags);
    State state = trainer.newState();
    ASSERT_EQ(ingot_state_set_collective(state.state, &recorder.collective), INGOT_STATUS_OK) << ingot_last_error();
    ASSERT_EQ(trainer.step(state, inputs(0)).problem, "");
    std::string parameters;
    for (const std::string &name : recording.parameters)
      parameters += state.get(INGOT_PARAMETER, name).bytes;
    int64_t first = static_cast<int64_t>(recorder.got.size());
    for (int64_t failing : {0, 3, 6}) { // a bucket, another one, what the ranks agree on
      recorder.got.clear();
      recorder.failsAt = failing;
      StepResult result = trainer.step(state, inputs(1));
      EXPECT_EQ(result.status, INGOT_STATUS_SYSTEM);
      EXPECT_NE(result.problem.find("the wire is cut"), std::string::npos) << result.problem;
      EXPECT_EQ(static_cast<int64_t>(recorder.got.size()), failing + 1) << "of " << first;
      std::string after;
      for (const std::string &name : recording.parameters)
        after += state.get(INGOT_PARAMETER, name).bytes;
      EXPECT_TRUE(after == parameters);
      EXPECT_EQ(ingot_state_step(state.state, 0), 1);
      EXPECT_EQ(ingot_accumulated(state.state, 0), 0);
    }
    recorder.failsAt = -1;
    EXPECT_EQ(trainer.step(state, inputs(1)).problem, "");
    ingot_state_set_collective(state.state, nullptr);
  }
}

TEST_F(Step, SizesMayBeOpenOrKnown) {
  for (const char *run : {"mlp", "cnn_bn_adam"}) {
    SCOPED_TRACE(run);
    Session open, known;
    EXPECT_EQ(open.open(run), "");
    int64_t rows = open.inputs(0).begin()->second.dims[0];
    EXPECT_EQ(known.open(run, "f32", [&](CompileOptions &options) { options.shapes = {"batch=" + std::to_string(rows)}; }), "");
    State a = open.trainer.newState(), b = known.trainer.newState();
    open.train(open.trainer, a, 0, 5);
    known.train(known.trainer, b, 0, 5);
    open.expectNear(a, b, 1e-6);
    // A size that the model has fixed is refused, and nothing changes.
    std::string before = b.allBytes();
    Arrays more = known.joined(0);
    StepResult result = known.trainer.step(b, more);
    EXPECT_EQ(result.status, INGOT_STATUS_SHAPE) << result.problem;
    EXPECT_TRUE(b.allBytes() == before);
    // An open one may change from step to step.
    result = open.trainer.step(a, open.joined(0));
    EXPECT_EQ(result.problem, "");
  }
}

TEST_F(Step, WhatIsRefusedChangesNothing) {
  std::string problem = open("cnn_bn_adam");
  ASSERT_TRUE(problem.empty()) << problem;
  State state = trainer.newState();
  train(trainer, state, 0, 2);
  std::string before = state.allBytes();
  for (double label : {10.0, -1.0, -100.0, 1e15}) {
    Arrays batch = inputs(2);
    batch["y"].setNumber(3, label);
    for (uint32_t flags : {0u, INGOT_TRAIN_ACCUMULATE}) {
      StepResult result = trainer.step(state, batch, flags);
      EXPECT_EQ(result.status, INGOT_STATUS_ASSERT);
      EXPECT_NE(result.problem.find("a label in 'y' is not in [0, classes)"), std::string::npos) << result.problem;
      EXPECT_TRUE(state.allBytes() == before) << label << ", flags " << flags;
    }
  }
  for (double value : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    Arrays batch = inputs(2);
    batch["x"].setNumber(100, value);
    StepResult result = trainer.step(state, batch);
    EXPECT_EQ(result.status, INGOT_STATUS_NUMERIC) << result.problem;
    EXPECT_TRUE(state.allBytes() == before) << value;
  }
  EXPECT_EQ(ingot_state_step(state.state, 0), 2);
  // It goes on as if nothing had been.
  train(trainer, state, 2, 4);
  State other = trainer.newState();
  train(trainer, other, 0, 4);
  EXPECT_TRUE(state.allBytes() == other.allBytes());
}

TEST_F(Step, ALossThatIsNotFiniteIsSkippedWhereThatIsAsked) {
  std::string problem = open("mlp");
  ASSERT_TRUE(problem.empty()) << problem;
  ingot_state_options options = {};
  options.struct_bytes = sizeof(options);
  options.numeric_policy = INGOT_NUMERIC_SKIP;
  State state = trainer.newState(&options);
  train(trainer, state, 0, 1);
  std::string before = state.allBytes();
  Arrays batch = inputs(1);
  batch["x"].setNumber(0, std::numeric_limits<double>::quiet_NaN());
  StepResult result = trainer.step(state, batch);
  EXPECT_EQ(result.problem, "");
  EXPECT_TRUE(result.info.skipped);
  EXPECT_FALSE(result.info.updated);
  EXPECT_TRUE(state.allBytes() == before);
  EXPECT_EQ(ingot_state_step(state.state, 0), 1);
}

TEST_F(Step, FirstValuesDoNotStayInMemory) {
  ASSERT_EQ(open("cnn_bn_adam"), "");
  ingot_model_info info;
  ASSERT_EQ(ingot_model_describe(trainer.model, &info), INGOT_STATUS_OK);
  // KiB of the section of weights that are in memory; -1 when there is no mapping of that size.
  auto resident = [&] {
    std::ifstream maps("/proc/self/smaps");
    bool found = false;
    for (std::string line; std::getline(maps, line);) {
      uint64_t begin, end;
      int kib;
      if (std::sscanf(line.c_str(), "%" SCNx64 "-%" SCNx64 " %*4s ", &begin, &end) == 2)
        found = StringRef(line).ends_with("library.so") && end - begin == alignTo(info.weights_bytes, 4096);
      else if (found && std::sscanf(line.c_str(), "Rss: %d kB", &kib) == 1)
        return kib;
    }
    return -1;
  };
  State state = trainer.newState();
  EXPECT_EQ(resident(), 0);
  State other = trainer.newState();
  EXPECT_EQ(state.allBytes(), other.allBytes());
}

TEST_F(Step, EvaluationAndInferenceReadTheState) {
  std::string problem = open("cnn_bn_adam");
  ASSERT_TRUE(problem.empty()) << problem;
  State state = trainer.newState();
  train(trainer, state, 0, 3);
  std::string before = state.allBytes();
  StepResult evaluated = trainer.evaluate(state, inputs(0));
  ASSERT_EQ(evaluated.problem, "");
  StepResult inferred = trainer.run(state, inputs(0));
  ASSERT_EQ(inferred.problem, "");
  EXPECT_TRUE(state.allBytes() == before);
  EXPECT_LE(largestDifference(evaluated.outputs["logits"], inferred.outputs["logits"]), 1e-5);
  // The loss of these outputs, by its definition.
  Array logits = evaluated.outputs["logits"], labels = inputs(0)["y"];
  double loss = 0;
  for (int64_t row = 0; row < logits.dims[0]; ++row) {
    double sum = 0, mean = 0;
    for (int64_t k = 0; k < 10; ++k)
      sum += std::exp(logits.number(row * 10 + k));
    for (int64_t k = 0; k < 10; ++k)
      mean += (std::log(sum) - logits.number(row * 10 + k)) / 10;
    loss += 0.9 * (std::log(sum) - logits.number(row * 10 + static_cast<int64_t>(labels.number(row)))) + 0.1 * mean;
  }
  EXPECT_NEAR(evaluated.info.loss, loss / static_cast<double>(logits.dims[0]), 1e-5);
}

} // namespace
