//===- ThreadPool.cpp - The process's worker threads ---------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ThreadPool.h"
#include "Internal.h"

#include <atomic>

#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

using namespace ingot::runtime;

namespace {

/// How long a thread that has nothing to do keeps looking. Waking a sleeping one takes 13 to 27 us (measured), a spinning one 0.3.
constexpr int64_t spinNanoseconds = 100'000;

/// A worker's place, written by the master and the worker.
struct alignas(128) Slot {
  std::atomic<uint32_t> go;                  ///< raised by the master when there is a loop to help with
  alignas(64) std::atomic<uint32_t> asleep;  ///< the worker sleeps at `go`
};

/// What is left of one thread's share of a loop. `head` holds the loop's number above the next task: who takes tasks proves with one
/// exchange that they belong to the loop it knows, and as long as a task that was taken is not done, that loop is not over.
struct alignas(64) Share {
  std::atomic<uint64_t> head;
  std::atomic<int64_t> end;
};

constexpr int taskBits = 40;
constexpr uint64_t taskMask = (uint64_t(1) << taskBits) - 1;

struct Pool {
  Slot slots[maxThreads - 1];
  Share shares[maxThreads];
  // The loop that runs, written before the shares.
  ingot_task_fn body;
  void *argument;
  std::atomic<uint32_t> parts;
  std::atomic<uint32_t> number;
  alignas(64) std::atomic<int64_t> left;     ///< tasks of the loop that are not done
  alignas(64) std::atomic<uint32_t> over;    ///< number of the last loop that is over
  std::atomic<uint32_t> waiter;              ///< the master sleeps at `over`
  alignas(64) std::atomic<uint32_t> busy;
  std::atomic<uint32_t> workers;
  std::atomic<int64_t> spin;
  pthread_mutex_t growing;
};

Pool pool; // all zero; an all-zero mutex is PTHREAD_MUTEX_INITIALIZER here

/// Set in workers, and in a caller while its loop runs.
thread_local bool insideLoop = false;

} // namespace

static int64_t now() {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1'000'000'000 + t.tv_nsec;
}

static void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

static void futexWait(std::atomic<uint32_t> &word, uint32_t seen) {
  syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, seen, nullptr, nullptr, 0);
}

static void futexWake(std::atomic<uint32_t> &word) { syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0); }

/// Spins until `word` leaves (or, if `until`, reaches) `value`; false when the time is over.
template <bool until> static bool spinWhile(std::atomic<uint32_t> &word, uint32_t value) {
  auto isReady = [&] { return (word.load(std::memory_order_acquire) == value) == until; };
  int64_t limit = pool.spin.load(std::memory_order_relaxed), end = 0;
  for (;;) {
    for (int i = 0; i < 32; ++i) {
      if (isReady())
        return true;
      relax();
    }
    if (!limit)
      return false;
    int64_t time = now();
    if (!end)
      end = time + limit;
    else if (time >= end)
      return false;
  }
}

/// Waits until `word` is other than `seen`, asleep when it takes long. `asleep` tells the other side that it must wake us; both sides
/// write first and read then (sequentially consistent), so one of them sees the other.
static void awaitChange(std::atomic<uint32_t> &word, uint32_t seen, std::atomic<uint32_t> &asleep) {
  if (spinWhile<false>(word, seen))
    return;
  asleep.store(1);
  while (word.load() == seen)
    futexWait(word, seen);
  asleep.store(0);
}

/// Takes part `self` in loop `number`: first its own share, then what others have left, a quarter of the rest at a time, so that a
/// thread that the system holds up does not hold up the loop.
static void takePart(uint32_t number, uint32_t self) {
  uint32_t parts = pool.parts.load();
  if (self >= parts)
    return;
  for (uint32_t k = 0; k < parts; ++k) {
    Share &share = pool.shares[self + k < parts ? self + k : self + k - parts];
    for (;;) {
      uint64_t head = share.head.load();
      if ((head & ~taskMask) != uint64_t(number) << taskBits)
        return;
      int64_t next = int64_t(head & taskMask), end = share.end.load();
      if (next >= end)
        break;
      int64_t count = (end - next + 3) / 4;
      if (!share.head.compare_exchange_strong(head, head + uint64_t(count)))
        continue;
      pool.body(pool.argument, next, next + count);
      if (pool.left.fetch_sub(count) == count) {
        pool.over.store(number);
        if (pool.waiter.load())
          futexWake(pool.over);
      }
    }
  }
}

static void *work(void *argument) {
  uint32_t index = uint32_t(static_cast<Slot *>(argument) - pool.slots);
  Slot &slot = pool.slots[index];
  insideLoop = true;
  for (uint32_t last = 0;;) {
    awaitChange(slot.go, last, slot.asleep);
    last = slot.go.load();
    takePart(pool.number.load(), index + 1);
  }
  return nullptr;
}

/// A forked child has this memory but none of the workers.
static void forgetWorkers() {
  memset(static_cast<void *>(&pool), 0, sizeof(pool));
  pthread_mutex_t fresh = PTHREAD_MUTEX_INITIALIZER;
  pool.growing = fresh;
}

static bool startWorker(Slot &slot) {
  // Signals are the application's business, in its own threads.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_t thread;
  bool started = !pthread_create(&thread, nullptr, work, &slot);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (started)
    pthread_detach(thread);
  return started;
}

uint32_t ingot::runtime::reserveThreads(uint32_t threads) {
  if (threads > maxThreads)
    threads = maxThreads;
  pthread_mutex_lock(&pool.growing);
  static bool registered = false;
  if (!registered)
    registered = !pthread_atfork(nullptr, nullptr, forgetWorkers);
  uint32_t workers = pool.workers.load();
  while (workers + 1 < threads && startWorker(pool.slots[workers]))
    pool.workers.store(++workers);
  // With more threads than processors a spinning one takes the time that the one it waits for needs.
  pool.spin.store(workers + 1 <= ingot_default_threads() ? spinNanoseconds : 0);
  pthread_mutex_unlock(&pool.growing);
  return threads < workers + 1 ? threads : workers + 1;
}

void ingot::runtime::parallelFor(uint32_t threads, int64_t tasks, ingot_task_fn body, void *argument) {
  if (tasks <= 0)
    return;
  uint32_t workers = pool.workers.load(std::memory_order_acquire);
  int64_t parts = threads < workers + 1 ? threads : workers + 1;
  parts = parts < tasks ? parts : tasks;
  if (parts <= 1 || insideLoop || pool.busy.exchange(1, std::memory_order_acquire)) {
    body(argument, 0, tasks);
    return;
  }
  insideLoop = true;
  uint32_t number = pool.number.load(std::memory_order_relaxed) + 1;
  uint64_t tag = uint64_t(number) << taskBits;
  // A worker that comes late must not mistake the new ends for those of the loop it was woken for: the heads change first.
  for (int64_t i = 0; i < parts; ++i)
    pool.shares[i].head.store(tag | taskMask);
  pool.body = body;
  pool.argument = argument;
  pool.left.store(tasks);
  pool.parts.store(uint32_t(parts));
  int64_t each = tasks / parts, longer = tasks % parts, begin = 0; // the first `longer` parts have one more
  for (int64_t i = 0; i < parts; ++i) {
    int64_t end = begin + each + (i < longer);
    pool.shares[i].end.store(end);
    pool.shares[i].head.store(tag | uint64_t(begin));
    begin = end;
  }
  pool.number.store(number);
  for (int64_t i = 1; i < parts; ++i) {
    Slot &slot = pool.slots[i - 1];
    slot.go.fetch_add(1);
    if (slot.asleep.load())
      futexWake(slot.go);
  }
  takePart(number, 0);
  if (!spinWhile<true>(pool.over, number)) {
    pool.waiter.store(1);
    for (uint32_t seen; (seen = pool.over.load()) != number;)
      futexWait(pool.over, seen);
    pool.waiter.store(0);
  }
  insideLoop = false;
  pool.busy.store(0, std::memory_order_release);
}

//===----------------------------------------------------------------------===//
// How many threads the process may use
//===----------------------------------------------------------------------===//

/// Reads a small file as a string; false when it cannot be read.
static bool readFile(const char *path, char *text, size_t capacity) {
  int fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return false;
  ssize_t got = read(fd, text, capacity - 1);
  close(fd);
  text[got > 0 ? got : 0] = 0;
  return got > 0;
}

/// Threads that a quota of CPU time lets run all the time, rounded up; UINT_MAX without one.
static uint32_t threadsOfQuota(long long quota, long long period) {
  if (quota <= 0 || period <= 0)
    return UINT_MAX;
  long long threads = (quota + period - 1) / period;
  return threads < INT_MAX ? uint32_t(threads) : UINT_MAX;
}

/// The smallest quota of cgroup `group` and of those around it, in the hierarchy mounted at `root`.
static uint32_t quotaAlong(const char *root, char *group, bool isV2) {
  uint32_t least = UINT_MAX;
  for (;;) {
    char path[PATH_MAX], text[128];
    long long quota = 0, period = 0;
    if (isV2) {
      snprintf(path, sizeof(path), "%s%s/cpu.max", root, group);
      if (readFile(path, text, sizeof(text)) && sscanf(text, "%lld %lld", &quota, &period) != 2)
        quota = 0;
    } else {
      snprintf(path, sizeof(path), "%s%s/cpu.cfs_quota_us", root, group);
      if (readFile(path, text, sizeof(text)))
        quota = atoll(text);
      snprintf(path, sizeof(path), "%s%s/cpu.cfs_period_us", root, group);
      if (readFile(path, text, sizeof(text)))
        period = atoll(text);
    }
    uint32_t threads = threadsOfQuota(quota, period);
    least = threads < least ? threads : least;
    char *slash = strrchr(group, '/');
    if (!slash)
      return least;
    *slash = 0;
  }
}

static uint32_t threadsOfCgroup() {
  char groups[4096];
  if (!readFile("/proc/self/cgroup", groups, sizeof(groups)))
    return UINT_MAX;
  uint32_t least = UINT_MAX;
  char *rest = groups;
  while (char *line = strsep(&rest, "\n")) {
    // "0::/path" in version 2, "4:cpu,cpuacct:/path" in version 1.
    char *controllers = strchr(line, ':');
    char *group = controllers ? strchr(controllers + 1, ':') : nullptr;
    if (!group)
      continue;
    *controllers++ = 0;
    *group++ = 0;
    if (!strcmp(group, "/"))
      *group = 0;
    bool isV2 = !*controllers;
    if (!isV2 && !strstr(controllers, "cpu"))
      continue;
    // In a container the path is that outside of it, while the mount shows the container's own group as its root.
    char none[1] = "";
    const char *root = isV2 ? "/sys/fs/cgroup" : "/sys/fs/cgroup/cpu";
    uint32_t outer = quotaAlong(root, none, isV2), inner = quotaAlong(root, group, isV2);
    least = outer < least ? outer : least;
    least = inner < least ? inner : least;
  }
  return least;
}

uint32_t ingot_default_threads(void) {
  cpu_set_t set;
  int processors = 1;
  if (!sched_getaffinity(0, sizeof(set), &set))
    processors = CPU_COUNT(&set);
  else if (long online = sysconf(_SC_NPROCESSORS_ONLN); online > 0)
    processors = int(online);
  uint32_t threads = threadsOfCgroup();
  threads = uint32_t(processors) < threads ? uint32_t(processors) : threads;
  return threads < 1 ? 1 : threads > maxThreads ? maxThreads : threads;
}
