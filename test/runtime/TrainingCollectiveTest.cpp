//===- TrainingCollectiveTest.cpp - More than one rank ----------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TrainingFiles.h"
#include "TrainingFixture.h"

#include <chrono>
#include <cmath>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <functional>
#include <limits>
#include <sys/mman.h>
#include <sys/wait.h>
#include <thread>

namespace {

std::string uniqueName() {
  static int count;
  return "test-" + std::to_string(getpid()) + "-" + std::to_string(count++);
}

std::string options(const std::string &name, int rank, int size, const char *seconds = "20") {
  return "shm:" + name + "," + std::to_string(rank) + "," + std::to_string(size) + "," + seconds;
}

/// Runs `body` once a rank, each in a thread of its own.
void inThreads(int size, std::function<void(const ingot_collective *)> body) {
  std::string name = uniqueName();
  std::vector<std::thread> threads;
  for (int rank = 0; rank < size; ++rank)
    threads.emplace_back([&, rank] {
      ingot_collective *collective = nullptr;
      EXPECT_OK(ingot_collective_open(options(name, rank, size).c_str(), &collective));
      if (collective)
        body(collective);
      ingot_collective_close(collective);
    });
  for (std::thread &thread : threads)
    thread.join();
}

/// The same with processes; `body` returns whether all is well.
void inProcesses(int size, std::function<bool(const ingot_collective *)> body) {
  std::string name = uniqueName();
  std::vector<pid_t> children;
  for (int rank = 0; rank < size; ++rank) {
    pid_t child = fork();
    if (!child) {
      ingot_collective *collective = nullptr;
      if (ingot_collective_open(options(name, rank, size).c_str(), &collective))
        _exit(2);
      bool ok = body(collective);
      ingot_collective_close(collective);
      _exit(ok ? 0 : 1);
    }
    children.push_back(child);
  }
  for (pid_t child : children) {
    int status = -1;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
}

/// Values of a rank that make the order of a sum visible.
float valueOf(int rank, int64_t i) { return float(std::sin(double(i) * 0.7 + rank) * std::pow(10, (i + 3 * rank) % 7)); }

bool sumsAndBroadcasts(const ingot_collective *all) {
  bool ok = true;
  for (int64_t count : {int64_t(0), int64_t(1), int64_t(17), int64_t(262144), int64_t(600001)}) {
    std::vector<float> floats(static_cast<size_t>(count));
    std::vector<double> doubles(floats.size());
    std::vector<int64_t> wholes(floats.size());
    for (int64_t i = 0; i < count; ++i) {
      floats[size_t(i)] = valueOf(all->rank, i);
      doubles[size_t(i)] = double(valueOf(all->rank, i)) / 3;
      wholes[size_t(i)] = i * (all->rank + 1);
    }
    ok &= !all->allreduce(all->user, floats.data(), count, INGOT_F32);
    ok &= !all->allreduce(all->user, doubles.data(), count, INGOT_F64);
    ok &= !all->allreduce(all->user, wholes.data(), count, INGOT_I64);
    for (int64_t i = 0; i < count; ++i) {
      float sum = valueOf(0, i);
      double wide = double(valueOf(0, i)) / 3;
      for (int rank = 1; rank < all->size; ++rank)
        sum += valueOf(rank, i), wide += double(valueOf(rank, i)) / 3;
      ok &= floats[size_t(i)] == sum && doubles[size_t(i)] == wide && wholes[size_t(i)] == i * all->size * (all->size + 1) / 2;
    }
    for (int root = 0; root < all->size; ++root) {
      std::string bytes(size_t(3 * count), char('a' + all->rank));
      ok &= !all->broadcast(all->user, &bytes[0], int64_t(bytes.size()), root);
      ok &= bytes == std::string(size_t(3 * count), char('a' + root));
    }
    ok &= !all->barrier(all->user);
  }
  // 1 + 2^-10 (f16) and 1 + 2^-7 (bf16), added up and rounded once.
  uint16_t half = 0x3c01, brain = 0x3f81;
  ok &= !all->allreduce(all->user, &half, 1, INGOT_F16) && !all->allreduce(all->user, &brain, 1, INGOT_BF16);
  uint16_t halves[] = {0, 0x3c01, 0x4001, 0x4202, 0x4401}, brains[] = {0, 0x3f81, 0x4001, 0x4042, 0x4081};
  ok &= half == halves[all->size] && brain == brains[all->size];
  uint8_t truth = 1;
  ok &= all->allreduce(all->user, &truth, 1, INGOT_BOOL) != 0 && strstr(all->error(all->user), "no sum");
  return ok;
}

} // namespace

TEST(TrainingCollective, SumsInThreads) {
  for (int size : {1, 2, 3, 4})
    inThreads(size, [](const ingot_collective *all) { EXPECT_TRUE(sumsAndBroadcasts(all)); });
}

TEST(TrainingCollective, SumsInProcesses) {
  for (int size : {2, 4})
    inProcesses(size, sumsAndBroadcasts);
}

TEST(TrainingCollective, SaysWhyItCannotConnect) {
  ingot_collective *all;
  std::string name = uniqueName();
  for (const char *wrong : {"shm", "shm:", "shm:a", "shm:a,1", "shm:a,1,1", "shm:a,-1,2", "shm:a,0,257", "shm:a,0,1x", "shm:a/b,0,1",
                            "shm:,0,1", "shm:a,0,1,-1", "shm:a,0,1,1,1"}) {
    EXPECT_ERROR(ingot_collective_open(wrong, &all), INGOT_STATUS_SYSTEM, "is not NAME,RANK,SIZE") << wrong;
  }
  EXPECT_ERROR(ingot_collective_open("tcp:host", &all), INGOT_STATUS_NOT_FOUND, "cannot load the plug-in 'tcp'");
  EXPECT_ERROR(ingot_collective_open("./nowhere.so:x", &all), INGOT_STATUS_NOT_FOUND, "nowhere.so");
  EXPECT_ERROR(ingot_collective_open("", &all), INGOT_STATUS_ARGUMENT, "is no collective");
  EXPECT_ERROR(ingot_collective_open(options(name, 1, 2, "0.1").c_str(), &all), INGOT_STATUS_SYSTEM, "rank 0 of 2 has not come");
  EXPECT_ERROR(ingot_collective_open(options(name, 0, 2, "0.1").c_str(), &all), INGOT_STATUS_SYSTEM, "not all of the 2 ranks have come");
  if (ingot_collective_open("nccl:/nonexistent/id,0,1", &all) == INGOT_STATUS_OK)
    ingot_collective_close(all);
  else
    EXPECT_NE(std::string(ingot_last_error()).find("the plug-in 'nccl' cannot connect: "), std::string::npos) << ingot_last_error();
  EXPECT_ERROR(ingot_collective_open("nccl:id", &all), INGOT_STATUS_SYSTEM, "is not FILE,RANK,SIZE");
}

TEST(TrainingCollective, DoesNotMindWhatWasLeft) {
  // Memory of a run that ended without tidying up, here of one that was never ready.
  std::string name = uniqueName();
  int fd = shm_open(("/ingot-" + name).c_str(), O_CREAT | O_RDWR, 0600);
  ASSERT_GE(fd, 0);
  ASSERT_EQ(ftruncate(fd, 4096 + 3 * (1 << 20)), 0);
  close(fd);
  ingot_collective *second = nullptr;
  std::thread thread([&] { EXPECT_OK(ingot_collective_open(options(name, 1, 2).c_str(), &second)); });
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  ingot_collective *first = nullptr;
  EXPECT_OK(ingot_collective_open(options(name, 0, 2).c_str(), &first));
  thread.join();
  EXPECT_EQ(shm_open(("/ingot-" + name).c_str(), O_RDWR, 0), -1); // and leaves nothing itself
  ingot_collective_close(first);
  ingot_collective_close(second);
}

TEST(TrainingCollective, NoticesRanksThatEnd) {
  // One that is killed, and one that closes.
  for (bool killed : {true, false}) {
    std::string name = uniqueName();
    pid_t child = fork();
    if (!child) {
      ingot_collective *all = nullptr;
      if (ingot_collective_open(options(name, 1, 2).c_str(), &all) || all->barrier(all->user))
        _exit(1);
      if (killed)
        raise(SIGKILL);
      ingot_collective_close(all);
      std::this_thread::sleep_for(std::chrono::seconds(1));
      _exit(0);
    }
    ingot_collective *all = nullptr;
    ASSERT_OK(ingot_collective_open(options(name, 0, 2).c_str(), &all));
    EXPECT_EQ(all->barrier(all->user), 0);
    float value = 1;
    for (int i = 0; i < 3; ++i) {
      EXPECT_NE(all->allreduce(all->user, &value, 1, INGOT_F32), 0);
      EXPECT_STREQ(all->error(all->user), "rank 1 has ended");
    }
    ingot_collective_close(all);
    int status;
    waitpid(child, &status, 0);
  }
}

//===----------------------------------------------------------------------===//
// Training
//===----------------------------------------------------------------------===//

namespace {

/// Batches of all ranks as one.
Batch together(int number, int size) {
  Batch all({}, {});
  for (int rank = 0; rank < size; ++rank) {
    Batch part = someBatch(number * size + rank);
    all.x.insert(all.x.end(), part.x.begin(), part.x.end());
    all.y.insert(all.y.end(), part.y.begin(), part.y.end());
  }
  return Batch(all);
}

/// Trains on a part of each batch; the parameters at the end.
std::vector<float> trainRank(const ingot_collective *all, int steps, std::vector<double> *losses = nullptr) {
  Regression r;
  ingot_state_options options = {};
  options.seed = uint64_t(all->rank);
  ingot_state *state = r.create(options);
  floatsOf(state, INGOT_PARAMETER, "w")[0] = float(all->rank + 1);
  EXPECT_OK(ingot_state_set_step(state, 0, all->rank));
  EXPECT_OK(ingot_state_set_collective(state, all));
  EXPECT_OK(ingot_state_broadcast(state, 0));
  EXPECT_EQ(ingot_state_step(state, 0), 0);
  for (int i = 0; i < steps; ++i) {
    Batch batch = someBatch(i * all->size + all->rank);
    ingot_step_info info = INGOT_STEP_INFO;
    EXPECT_OK(train(r, state, batch, 0, &info));
    EXPECT_TRUE(info.updated);
    if (losses)
      losses->push_back(info.loss);
  }
  float *w = floatsOf(state, INGOT_PARAMETER, "w"), *ema = floatsOf(state, INGOT_SLOT, "w", "ema");
  return {w[0], w[1], floatsOf(state, INGOT_PARAMETER, "b")[0], ema[0], ema[1]};
}

} // namespace

TEST(TrainingCollective, TrainsAsOneRankWithAllBatches) {
  for (int size : {2, 4}) {
    Regression r;
    ingot_state *one = r.create();
    std::vector<double> losses;
    for (int i = 0; i < 10; ++i) {
      Batch batch = together(i, size);
      ingot_step_info info = INGOT_STEP_INFO;
      ASSERT_OK(train(r, one, batch, 0, &info));
      losses.push_back(info.loss);
    }
    std::vector<std::vector<float>> results(static_cast<size_t>(size));
    std::vector<std::vector<double>> rankLosses(static_cast<size_t>(size));
    inThreads(size, [&](const ingot_collective *all) { results[size_t(all->rank)] = trainRank(all, 10, &rankLosses[size_t(all->rank)]); });
    EXPECT_NEAR(results[0][0], floatsOf(one, INGOT_PARAMETER, "w")[0], 1e-6);
    EXPECT_NEAR(results[0][1], floatsOf(one, INGOT_PARAMETER, "w")[1], 1e-6);
    EXPECT_NEAR(results[0][2], floatsOf(one, INGOT_PARAMETER, "b")[0], 1e-6);
    EXPECT_NEAR(results[0][4], floatsOf(one, INGOT_SLOT, "w", "ema")[1], 1e-6);
    for (size_t i = 0; i < losses.size(); ++i)
      EXPECT_NEAR(rankLosses[0][i], losses[i], 1e-5);
    for (int rank = 1; rank < size; ++rank) {
      EXPECT_EQ(results[size_t(rank)], results[0]);
      EXPECT_EQ(rankLosses[size_t(rank)], rankLosses[0]);
    }
    // Processes get the same bits as threads.
    inProcesses(size, [&](const ingot_collective *all) { return trainRank(all, 10) == results[0]; });
  }
}

TEST(TrainingCollective, Accumulates) {
  Regression r;
  ingot_state *one = r.create();
  for (int i = 0; i < 4; ++i) {
    Batch batch = together(i, 2);
    ASSERT_OK(train(r, one, batch, i & 1 ? 0 : INGOT_TRAIN_ACCUMULATE));
  }
  inThreads(2, [&](const ingot_collective *all) {
    Regression mine;
    ingot_state *state = mine.create();
    EXPECT_OK(ingot_state_set_collective(state, all));
    for (int i = 0; i < 4; ++i) {
      Batch batch = someBatch(i * 2 + all->rank);
      EXPECT_OK(train(mine, state, batch, i == 3 ? INGOT_TRAIN_ACCUMULATE : i & 1 ? 0 : INGOT_TRAIN_ACCUMULATE));
    }
    ingot_step_info info = INGOT_STEP_INFO;
    EXPECT_OK(ingot_optimizer_step(mine.context, state, 0, nullptr, &info));
    EXPECT_EQ(info.step, 2);
    EXPECT_NEAR(floatsOf(state, INGOT_PARAMETER, "w")[0], floatsOf(one, INGOT_PARAMETER, "w")[0], 1e-6);
    EXPECT_NEAR(floatsOf(state, INGOT_PARAMETER, "w")[1], floatsOf(one, INGOT_PARAMETER, "w")[1], 1e-6);
    // Not on one of them alone.
    Batch batch = someBatch();
    if (!all->rank)
      EXPECT_OK(train(mine, state, batch, INGOT_TRAIN_ACCUMULATE));
    std::string before = bytesOf(state, INGOT_PARAMETER);
    EXPECT_NE(ingot_optimizer_step(mine.context, state, 0, nullptr, nullptr), INGOT_STATUS_OK);
    EXPECT_EQ(bytesOf(state, INGOT_PARAMETER), before);
    EXPECT_ERROR(ingot_fused_step(mine.context, state, 0, nullptr, batch.inputs, 2, nullptr, 0, nullptr), INGOT_STATUS_ARGUMENT,
                 all->rank ? "other ranks" : "accumulated");
  });
}

TEST(TrainingCollective, FailsTogether) {
  inThreads(3, [&](const ingot_collective *all) {
    Regression r;
    ingot_state *state = r.create();
    EXPECT_OK(ingot_state_set_collective(state, all));
    Batch good = someBatch(all->rank);
    EXPECT_OK(train(r, state, good));
    std::string before = bytesOf(state, INGOT_PARAMETER) + bytesOf(state, INGOT_SLOT);
    Batch negative = someBatch(), nan = someBatch();
    negative.y[0] = -1;
    nan.y[0] = std::numeric_limits<float>::quiet_NaN();
    if (all->rank == 1) {
      EXPECT_ERROR(train(r, state, negative), INGOT_STATUS_ASSERT, "a label is negative");
    } else {
      EXPECT_ERROR(train(r, state, good), INGOT_STATUS_SYSTEM, "the step failed on 1 of 3 ranks");
    }
    EXPECT_ERROR(train(r, state, all->rank == 2 ? nan : good), INGOT_STATUS_NUMERIC, "not a number in step 2");
    EXPECT_EQ(bytesOf(state, INGOT_PARAMETER) + bytesOf(state, INGOT_SLOT), before);
    EXPECT_EQ(ingot_state_step(state, 0), 1);
    EXPECT_OK(train(r, state, good));
  });
}

TEST(TrainingCollective, RefusesOtherModels) {
  inThreads(2, [&](const ingot_collective *all) {
    Regression r(all->rank ? regression_other_query : regression_query);
    ingot_state *state = r.create();
    EXPECT_OK(ingot_state_set_collective(state, all));
    EXPECT_ERROR(ingot_state_broadcast(state, 0), INGOT_STATUS_STATE, "1 of 2 ranks have another model than rank 0");
  });
  Regression r;
  ingot_state *state = r.create();
  ingot_collective none = {};
  EXPECT_EQ(ingot_state_set_collective(state, &none), INGOT_STATUS_ARGUMENT);
  none.struct_bytes = sizeof(none);
  EXPECT_EQ(ingot_state_set_collective(state, &none), INGOT_STATUS_ARGUMENT);
  EXPECT_EQ(ingot_state_broadcast(state, 1), INGOT_STATUS_ARGUMENT);
  EXPECT_OK(ingot_state_broadcast(state, 0));
}

/// Run by mpirun alone, see CMakeLists.txt.
TEST(TrainingMpi, DISABLED_Trains) {
  ingot_collective *all = nullptr;
  ASSERT_OK(ingot_collective_open("mpi", &all));
  EXPECT_GT(all->size, 1);
  std::vector<float> result = trainRank(all, 10), first = result;
  ASSERT_EQ(all->broadcast(all->user, first.data(), int64_t(first.size() * 4), 0), 0);
  EXPECT_EQ(result, first);
  Regression r;
  ingot_state *one = r.create();
  for (int i = 0; i < 10; ++i) {
    Batch batch = together(i, all->size);
    ASSERT_OK(train(r, one, batch));
  }
  EXPECT_NEAR(result[0], floatsOf(one, INGOT_PARAMETER, "w")[0], 1e-6);
  std::vector<uint16_t> halves(1000, 0x3c00), brains(1000, 0x3f80);
  ASSERT_EQ(all->allreduce(all->user, halves.data(), 1000, INGOT_F16), 0);
  ASSERT_EQ(all->allreduce(all->user, brains.data(), 1000, INGOT_BF16), 0);
  if (all->size == 2) {
    EXPECT_EQ(halves[999], 0x4000);
    EXPECT_EQ(brains[999], 0x4000);
  }
  ASSERT_EQ(all->barrier(all->user), 0);
  uint8_t truth = 1;
  EXPECT_NE(all->allreduce(all->user, &truth, 1, INGOT_BOOL), 0);
  ingot_collective *other;
  EXPECT_ERROR(ingot_collective_open("mpi:x", &other), INGOT_STATUS_SYSTEM, "no options");
  ingot_collective_close(all);
  EXPECT_ERROR(ingot_collective_open("mpi", &other), INGOT_STATUS_SYSTEM, "has been finalized");
}
