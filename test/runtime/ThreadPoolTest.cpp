//===- ThreadPoolTest.cpp - The process's worker threads ------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ingot/runtime.h"
#include "runtime/src/ThreadPool.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include <sys/wait.h>
#include <unistd.h>

using namespace ingot::runtime;

namespace {

/// How often each task ran, and in how many ranges.
struct Count {
  std::vector<std::atomic<int>> times;
  std::atomic<int> ranges{0};
  explicit Count(int64_t tasks) : times(size_t(tasks)) {}

  static void body(void *argument, int64_t begin, int64_t end) {
    auto &count = *static_cast<Count *>(argument);
    ++count.ranges;
    for (int64_t i = begin; i < end; ++i)
      ++count.times[size_t(i)];
  }
  bool isOnceEach() const {
    for (const auto &times : times)
      if (times != 1)
        return false;
    return true;
  }
};

TEST(ThreadPool, RunsEachTaskOnce) {
  ASSERT_EQ(reserveThreads(7), 7u);
  for (uint32_t threads : {1u, 2u, 3u, 7u, 200u})
    for (int64_t tasks : {0, 1, 2, 3, 5, 8, 1000}) {
      Count count(tasks);
      parallelFor(threads, tasks, Count::body, &count);
      EXPECT_TRUE(count.isOnceEach()) << threads << " threads, " << tasks << " tasks";
      EXPECT_LE(count.ranges, tasks);
    }
}

// A thread that is held up in a task does not keep the rest of its share from the others.
TEST(ThreadPool, OthersTakeWhatIsLeft) {
  reserveThreads(2);
  struct Held {
    std::atomic<int> done{0};
    std::atomic<bool> stuck{false};
  } held;
  parallelFor(2, 64, [](void *argument, int64_t begin, int64_t end) {
    Held &held = *static_cast<Held *>(argument);
    // The first to come waits until all tasks but its own are done.
    if (!held.stuck.exchange(true)) {
      for (int i = 0; i < 20000 && held.done + (end - begin) < 64; ++i)
        usleep(100);
      EXPECT_EQ(held.done + (end - begin), 64);
    }
    held.done += int(end - begin);
  }, &held);
  EXPECT_EQ(held.done, 64);
}

TEST(ThreadPool, WakesSleepingWorkers) {
  reserveThreads(3);
  for (int i = 0; i < 20; ++i) {
    usleep(i % 2 ? 3000 : 90); // after the spinning, and about at its end
    Count count(3);
    parallelFor(3, 3, Count::body, &count);
    EXPECT_TRUE(count.isOnceEach());
    EXPECT_LE(count.ranges, 3);
  }
}

TEST(ThreadPool, RepeatsQuickly) {
  reserveThreads(2);
  for (int i = 0; i < 20000; ++i) {
    std::atomic<int> ran{0};
    parallelFor(2, 2, [](void *argument, int64_t begin, int64_t end) { *static_cast<std::atomic<int> *>(argument) += int(end - begin); },
                &ran);
    ASSERT_EQ(ran, 2);
  }
}

TEST(ThreadPool, RunsNestedLoopsSerially) {
  reserveThreads(4);
  std::atomic<int> ran{0};
  parallelFor(4, 8, [](void *argument, int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      Count inner(5);
      parallelFor(4, 5, Count::body, &inner);
      *static_cast<std::atomic<int> *>(argument) += inner.ranges == 1 && inner.isOnceEach();
    }
  }, &ran);
  EXPECT_EQ(ran, 8);
}

TEST(ThreadPool, ServesManyCallers) {
  reserveThreads(4);
  std::vector<std::thread> callers;
  std::atomic<int> wrong{0};
  for (int t = 0; t < 4; ++t)
    callers.emplace_back([&] {
      for (int i = 0; i < 2000; ++i) {
        Count count(17);
        parallelFor(4, 17, Count::body, &count);
        wrong += !count.isOnceEach();
      }
    });
  for (std::thread &caller : callers)
    caller.join();
  EXPECT_EQ(wrong, 0);
}

TEST(ThreadPool, SurvivesFork) {
  reserveThreads(3);
  pid_t child = fork();
  if (!child) {
    alarm(20);
    Count before(9), after(9);
    parallelFor(3, 9, Count::body, &before);
    bool right = before.isOnceEach() && before.ranges == 1;
    reserveThreads(3);
    parallelFor(3, 9, Count::body, &after);
    _exit(right && after.isOnceEach() && after.ranges > 1 ? 0 : 1);
  }
  int status = -1;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

TEST(ThreadPool, KnowsHowManyThreadsThereAre) {
  uint32_t all = ingot_default_threads();
  EXPECT_GE(all, 1u);
  cpu_set_t before, one;
  ASSERT_EQ(sched_getaffinity(0, sizeof(before), &before), 0);
  CPU_ZERO(&one);
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
    if (CPU_ISSET(cpu, &before)) {
      CPU_SET(cpu, &one);
      break;
    }
  ASSERT_EQ(sched_setaffinity(0, sizeof(one), &one), 0);
  EXPECT_EQ(ingot_default_threads(), 1u);
  sched_setaffinity(0, sizeof(before), &before);
  EXPECT_EQ(ingot_default_threads(), all);
}

} // namespace
