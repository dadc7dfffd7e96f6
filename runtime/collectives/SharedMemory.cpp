//===- SharedMemory.cpp - Ranks on one machine ---------------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// "NAME,RANK,SIZE[,SECONDS]": threads or processes that agree on a name; SECONDS (60) is how long they wait for all to come. They share a
// piece of memory with a header, a slot for each rank, and a slot for results. Data goes through it slot by slot: each rank writes its own,
// each adds up a part of all of them in the order of the ranks, and each reads the whole result.
//
//===----------------------------------------------------------------------===//

#include "Reduce.h"

#include <atomic>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

using namespace ingot::runtime;

namespace {

constexpr int mostRanks = 256;
constexpr int64_t slotBytes = 1 << 20;
constexpr uint32_t readyMagic = 0x494e4731;

/// At the start of the shared memory, which is zeros when it is made.
struct Header {
  std::atomic<uint32_t> ready; ///< readyMagic from the time on when rank 0 has filled in the next two
  int32_t size;
  int32_t firstProcess;
  std::atomic<uint32_t> arrived;    ///< ranks at the barrier
  std::atomic<uint32_t> generation; ///< barriers that all have passed
  std::atomic<int32_t> lost;        ///< 1 + a rank that did not come to a barrier: there are none any more
  std::atomic<int32_t> process[mostRanks]; ///< of each rank; 0: it has not come yet
  std::atomic<uint32_t> left[mostRanks];   ///< 1: the rank has closed its end
};
static_assert(std::atomic<uint32_t>::is_always_lock_free, "shared between processes");
constexpr int64_t headerBytes = 4096;
static_assert(sizeof(Header) <= headerBytes, "the header has a page");

struct Shared {
  Header *header;
  int64_t bytes;
  int32_t rank, size;
  char error[200];

  char *slot(int index) { return reinterpret_cast<char *>(header) + headerBytes + index * slotBytes; }
  char *result() { return slot(size); }
};

} // namespace

static double now() {
  timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return double(t.tv_sec) + double(t.tv_nsec) * 1e-9;
}

static void rest() {
  timespec t = {0, 1000000};
  nanosleep(&t, nullptr);
}

/// Whether a process is there and not a zombie.
static bool isAlive(int32_t process) {
  if (kill(process, 0) && errno == ESRCH)
    return false;
  char path[64], text[512];
  snprintf(path, sizeof(path), "/proc/%d/stat", process);
  FILE *file = fopen(path, "re");
  if (!file)
    return true;
  size_t count = fread(text, 1, sizeof(text) - 1, file);
  fclose(file);
  text[count] = 0;
  const char *behind = strrchr(text, ')'); // the name in front may hold anything
  return !behind || (behind[1] && behind[2] != 'Z' && behind[2] != 'X');
}

//===----------------------------------------------------------------------===//
// Barriers
//===----------------------------------------------------------------------===//

static void wakeAll(std::atomic<uint32_t> &word) { syscall(SYS_futex, &word, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0); }

/// Waits until the word is no longer `value`, or a tenth of a second.
static void waitFor(std::atomic<uint32_t> &word, uint32_t value) {
  timespec limit = {0, 100000000};
  syscall(SYS_futex, &word, FUTEX_WAIT, value, &limit, nullptr, 0);
}

/// A rank that will never come to a barrier again, or -1.
static int lostRank(const Shared &shared) {
  for (int i = 0; i < shared.size; ++i)
    if (shared.header->left[i].load() || !isAlive(shared.header->process[i].load()))
      return i;
  return -1;
}

static int32_t barrier(void *user) {
  auto &shared = *static_cast<Shared *>(user);
  Header &header = *shared.header;
  auto fail = [&] {
    snprintf(shared.error, sizeof(shared.error), "rank %d has ended", header.lost.load() - 1);
    return 1;
  };
  if (header.lost.load())
    return fail();
  uint32_t generation = header.generation.load();
  if (header.arrived.fetch_add(1) + 1 == uint32_t(shared.size)) {
    header.arrived.store(0);
    header.generation.fetch_add(1);
    wakeAll(header.generation);
    return 0;
  }
  for (int spin = 0; spin < 200 && header.generation.load() == generation; ++spin) {
  }
  while (header.generation.load() == generation) {
    waitFor(header.generation, generation);
    // One that has left may have completed the barrier just before.
    int lost = header.generation.load() == generation ? lostRank(shared) : -1;
    if (header.generation.load() != generation)
      break;
    if (lost >= 0)
      header.lost.store(lost + 1);
    if (header.lost.load())
      return fail();
  }
  return 0;
}

//===----------------------------------------------------------------------===//
// Data
//===----------------------------------------------------------------------===//

static int32_t allreduce(void *user, void *data, int64_t count, int32_t dtype) {
  auto &shared = *static_cast<Shared *>(user);
  int64_t size;
  AddUp add = addUpOf(dtype, size);
  if (!add || count < 0) {
    snprintf(shared.error, sizeof(shared.error), "there is no sum of elements of the type %d", dtype);
    return 1;
  }
  auto *at = static_cast<char *>(data);
  for (int64_t left = count * size; left > 0;) {
    int64_t bytes = left < slotBytes ? left : slotBytes;
    memcpy(shared.slot(shared.rank), at, size_t(bytes));
    if (barrier(user))
      return 1;
    // Each rank's part begins at a line of the cache.
    int64_t part = (bytes / shared.size + 63) / 64 * 64, begin = part * shared.rank, end = begin + part;
    begin = begin < bytes ? begin : bytes;
    end = end < bytes && shared.rank + 1 < shared.size ? end : bytes;
    const void *sources[mostRanks];
    for (int i = 0; i < shared.size; ++i)
      sources[i] = shared.slot(i) + begin;
    add(shared.result() + begin, sources, shared.size, (end - begin) / size);
    if (barrier(user))
      return 1;
    memcpy(at, shared.result(), size_t(bytes));
    at += bytes;
    left -= bytes;
  }
  return 0;
}

static int32_t broadcast(void *user, void *data, int64_t count, int32_t root) {
  auto &shared = *static_cast<Shared *>(user);
  if (root < 0 || root >= shared.size) {
    snprintf(shared.error, sizeof(shared.error), "there is no rank %d", root);
    return 1;
  }
  auto *at = static_cast<char *>(data);
  for (int64_t left = count; left > 0;) {
    int64_t bytes = left < slotBytes ? left : slotBytes;
    if (shared.rank == root)
      memcpy(shared.slot(root), at, size_t(bytes));
    if (barrier(user))
      return 1;
    if (shared.rank != root)
      memcpy(at, shared.slot(root), size_t(bytes));
    if (barrier(user))
      return 1;
    at += bytes;
    left -= bytes;
  }
  return 0;
}

static const char *lastError(void *user) { return static_cast<Shared *>(user)->error; }

static void destroy(void *user) {
  auto *shared = static_cast<Shared *>(user);
  shared->header->left[shared->rank].store(1);
  munmap(shared->header, size_t(shared->bytes));
  free(shared);
}

//===----------------------------------------------------------------------===//
// Meeting
//===----------------------------------------------------------------------===//

static int32_t refuse(char *error, size_t size, const char *what, const char *name) {
  snprintf(error, size, "%s '%s': %s", what, name, strerror(errno));
  return 1;
}

/// Rank 0 makes the memory, in the place of one that an earlier run may have left.
static void *make(const char *name, int64_t bytes) {
  shm_unlink(name);
  int fd = shm_open(name, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
  if (fd < 0)
    return MAP_FAILED;
  // Its pages now: later, a lack of them would be a signal.
  int reason = posix_fallocate(fd, 0, bytes);
  void *memory = reason ? MAP_FAILED : mmap(nullptr, size_t(bytes), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  reason = reason ? reason : errno;
  close(fd);
  if (memory == MAP_FAILED)
    shm_unlink(name);
  errno = reason;
  return memory;
}

/// What rank 0 has made for this run, or MAP_FAILED as long as it has not.
static void *join(const char *name, int64_t bytes, int32_t size) {
  int fd = shm_open(name, O_RDWR | O_CLOEXEC, 0);
  if (fd < 0)
    return MAP_FAILED;
  struct stat info;
  void *memory = MAP_FAILED;
  if (!fstat(fd, &info) && info.st_size == bytes)
    memory = mmap(nullptr, size_t(bytes), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  if (memory == MAP_FAILED)
    return memory;
  auto *header = static_cast<Header *>(memory);
  if (header->ready.load() == readyMagic && header->size == size && isAlive(header->firstProcess))
    return memory;
  munmap(memory, size_t(bytes));
  return MAP_FAILED;
}

static bool haveAllCome(const Header &header, int32_t size) {
  for (int i = 0; i < size; ++i)
    if (!header.process[i].load())
      return false;
  return true;
}

/// The name, and the numbers behind it.
static bool parse(const char *options, char *name, size_t nameSize, int32_t &rank, int32_t &size, double &seconds) {
  size_t length = strcspn(options, ",");
  if (!length || length + 8 > nameSize || memchr(options, '/', length))
    return false;
  snprintf(name, nameSize, "/ingot-%.*s", int(length), options);
  char *end;
  const char *at = options + length;
  long values[2];
  for (long &value : values) {
    if (*at != ',')
      return false;
    value = strtol(at + 1, &end, 10);
    if (end == at + 1)
      return false;
    at = end;
  }
  seconds = 60;
  if (*at == ',') {
    seconds = strtod(at + 1, &end);
    if (end == at + 1 || !(seconds >= 0))
      return false;
    at = end;
  }
  rank = int32_t(values[0]);
  size = int32_t(values[1]);
  return !*at && values[1] >= 1 && values[1] <= mostRanks && values[0] >= 0 && values[0] < values[1];
}

extern "C" INGOT_API int32_t ingot_collective_create(const char *options, ingot_collective *collective, char *error, size_t errorBytes) {
  char name[200];
  int32_t rank, size;
  double seconds;
  if (!parse(options, name, sizeof(name), rank, size, seconds)) {
    snprintf(error, errorBytes, "'%s' is not NAME,RANK,SIZE with a rank below the size, at most %d ranks, and no '/' in the name", options,
             mostRanks);
    return 1;
  }
  int64_t bytes = headerBytes + slotBytes * (size + 1);
  double limit = now() + seconds;
  void *memory = MAP_FAILED;
  if (rank == 0) {
    memory = make(name, bytes);
    if (memory == MAP_FAILED)
      return refuse(error, errorBytes, "cannot make the shared memory", name);
    auto *header = static_cast<Header *>(memory);
    header->size = size;
    header->firstProcess = int32_t(getpid());
    header->ready.store(readyMagic);
  }
  while (memory == MAP_FAILED && (memory = join(name, bytes, size)) == MAP_FAILED) {
    if (now() > limit) {
      snprintf(error, errorBytes, "rank 0 of %d has not come to '%s'", size, name);
      return 1;
    }
    rest();
  }
  auto *header = static_cast<Header *>(memory);
  auto *shared = static_cast<Shared *>(calloc(1, sizeof(Shared)));
  int32_t none = 0;
  bool isMine = header->process[rank].compare_exchange_strong(none, int32_t(getpid()));
  while (shared && isMine && !haveAllCome(*header, size) && now() <= limit)
    rest();
  bool complete = haveAllCome(*header, size);
  if (rank == 0)
    shm_unlink(name); // who is there has it mapped
  if (!shared || !isMine || !complete) {
    if (!isMine)
      snprintf(error, errorBytes, "there are two ranks %d of '%s'", rank, name);
    else
      snprintf(error, errorBytes, complete ? "out of memory" : "not all of the %d ranks have come to '%s'", size, name);
    if (isMine)
      header->left[rank].store(1);
    munmap(memory, size_t(bytes));
    free(shared);
    return 1;
  }
  shared->header = header;
  shared->bytes = bytes;
  shared->rank = rank;
  shared->size = size;
  collective->user = shared;
  collective->rank = rank;
  collective->size = size;
  collective->allreduce = allreduce;
  collective->broadcast = broadcast;
  collective->barrier = barrier;
  collective->error = lastError;
  collective->destroy = destroy;
  collective->flags = INGOT_COLLECTIVE_ANY_THREAD;
  return 0;
}
