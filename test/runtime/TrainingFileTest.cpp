//===- TrainingFileTest.cpp - Checkpoints -----------------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "TrainingFiles.h"
#include "TrainingFixture.h"

#include <cerrno>
#include <climits>
#include <cmath>
#include <csignal>
#include <cstdarg>
#include <fcntl.h>
#include <fstream>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>

INGOT_TEST_QUERY(regression_small)
INGOT_TEST_QUERY(regression_adam)
INGOT_TEST_QUERY(regression_resized)

//===----------------------------------------------------------------------===//
// Calls that fail when told to
//===----------------------------------------------------------------------===//

namespace {
struct Fault {
  int calls = INT_MAX; ///< that succeed before one fails
  int error = 0;
  bool isShort = false; ///< instead of an error, a part is written
  bool fails() { return calls != INT_MAX && calls-- == 0; }
};
Fault writeFault, fsyncFault, renameFault, linkFault, readFault;
bool hasUnnamedFiles = true;
} // namespace

extern "C" {
ssize_t __real_write(int fd, const void *data, size_t bytes);
ssize_t __wrap_write(int fd, const void *data, size_t bytes) {
  if (!writeFault.fails())
    return __real_write(fd, data, bytes);
  if (writeFault.isShort)
    return __real_write(fd, data, bytes > 1 ? bytes / 2 : bytes);
  errno = writeFault.error;
  return -1;
}
int __real_fsync(int fd);
int __wrap_fsync(int fd) { return fsyncFault.fails() ? (errno = fsyncFault.error, -1) : __real_fsync(fd); }
int __real_rename(const char *from, const char *to);
int __wrap_rename(const char *from, const char *to) {
  return renameFault.fails() ? (errno = renameFault.error, -1) : __real_rename(from, to);
}
int __real_linkat(int from, const char *name, int to, const char *other, int flags);
int __wrap_linkat(int from, const char *name, int to, const char *other, int flags) {
  return linkFault.fails() ? (errno = linkFault.error, -1) : __real_linkat(from, name, to, other, flags);
}
ssize_t __real_pread(int fd, void *data, size_t bytes, off_t offset);
ssize_t __wrap_pread(int fd, void *data, size_t bytes, off_t offset) {
  if (!readFault.fails())
    return __real_pread(fd, data, bytes, offset);
  return readFault.isShort ? __real_pread(fd, data, bytes > 1 ? bytes / 2 : bytes, offset) : (errno = readFault.error, -1);
}
int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...) {
  va_list arguments;
  va_start(arguments, flags);
  mode_t mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(arguments, mode_t) : 0;
  va_end(arguments);
  if ((flags & O_TMPFILE) == O_TMPFILE && !hasUnnamedFiles) {
    errno = EOPNOTSUPP;
    return -1;
  }
  return __real_open(path, flags, mode);
}
}

//===----------------------------------------------------------------------===//
// Checkpoints
//===----------------------------------------------------------------------===//

namespace {

/// A state in the middle of everything.
ingot_state *busyState(Regression &r) {
  ingot_state_options options = {};
  options.seed = 77;
  ingot_state *state = r.create(options);
  ingot_schedule schedule;
  EXPECT_OK(ingot_schedule_parse("cosine:T=50,min=0.01,warmup=5", 0.1, &schedule));
  EXPECT_OK(ingot_state_set_schedule(state, 0, &schedule));
  EXPECT_OK(ingot_schedule_parse("plateau:patience=1", 0.1, &schedule));
  EXPECT_OK(ingot_state_set_schedule(state, 1, &schedule));
  for (int i = 0; i < 7; ++i) {
    Batch batch = someBatch(i);
    EXPECT_OK(train(r, state, batch));
    EXPECT_OK(ingot_state_report(state, 1, i));
  }
  Batch batch = someBatch(9);
  EXPECT_OK(train(r, state, batch, INGOT_TRAIN_ACCUMULATE));
  EXPECT_OK(ingot_state_set_whole(state, "epoch", 3));
  EXPECT_OK(ingot_state_set_number(state, "best", 0.5));
  EXPECT_OK(ingot_state_set_text(state, "data", "a.npz"));
  return state;
}

void expectSame(ingot_state *a, ingot_state *b) {
  EXPECT_EQ(bytesOf(a), bytesOf(b));
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(ingot_state_step(a, i), ingot_state_step(b, i));
    EXPECT_EQ(ingot_accumulated(a, i), ingot_accumulated(b, i));
    EXPECT_EQ(ingot_state_learning_rate(a, i), ingot_state_learning_rate(b, i));
  }
  EXPECT_EQ(ingot_state_seed(a), ingot_state_seed(b));
  EXPECT_EQ(ingot_state_batch(a), ingot_state_batch(b));
  EXPECT_EQ(ingot_state_loss_scale(a), ingot_state_loss_scale(b));
}

class TrainingCheckpoint : public ::testing::Test {
protected:
  void TearDown() override {
    writeFault = fsyncFault = renameFault = linkFault = readFault = Fault();
    hasUnnamedFiles = true;
  }
  TemporaryFolder folder;
  std::string path = folder.file("state.ckpt");
};

} // namespace

TEST_F(TrainingCheckpoint, GoesOnAsIfNeverStopped) {
  for (bool unnamed : {true, false}) {
    hasUnnamedFiles = unnamed;
    Regression r;
    ingot_state *state = busyState(r);
    ASSERT_OK(ingot_checkpoint_save(state, path.c_str(), nullptr));
    EXPECT_EQ(folder.names(), std::vector<std::string>{"state.ckpt"});
    Regression later;
    ingot_state *loaded = later.create();
    ASSERT_OK(ingot_state_set_text(loaded, "old", "forgotten"));
    ASSERT_OK(ingot_checkpoint_load(loaded, path.c_str(), nullptr));
    expectSame(state, loaded);
    int64_t epoch = 0;
    double best = 0;
    const char *data = nullptr;
    ASSERT_OK(ingot_state_get_whole(loaded, "epoch", &epoch));
    ASSERT_OK(ingot_state_get_number(loaded, "best", &best));
    ASSERT_OK(ingot_state_get_text(loaded, "data", &data));
    EXPECT_EQ(epoch, 3);
    EXPECT_EQ(best, 0.5);
    EXPECT_STREQ(data, "a.npz");
    EXPECT_EQ(ingot_state_get_text(loaded, "old", &data), INGOT_STATUS_NOT_FOUND);
    EXPECT_STREQ(ingot_state_property(loaded, 2), "data");
    EXPECT_EQ(ingot_state_property(loaded, 3), nullptr);
    for (int i = 0; i < 10; ++i) {
      Batch batch = someBatch(i);
      ASSERT_OK(train(r, state, batch, i % 3 ? 0 : INGOT_TRAIN_ACCUMULATE, nullptr, i & 1));
      ASSERT_OK(train(later, loaded, batch, i % 3 ? 0 : INGOT_TRAIN_ACCUMULATE, nullptr, i & 1));
      ASSERT_OK(ingot_state_report(state, 1, i));
      ASSERT_OK(ingot_state_report(loaded, 1, i));
      expectSame(state, loaded);
    }
  }
}

TEST_F(TrainingCheckpoint, KeepsTheScaleOfTheLoss) {
  Regression r(regression_f16_query);
  ingot_state *state = r.create(), *loaded = r.create();
  Batch batch = someBatch();
  for (int i = 0; i < 5; ++i)
    ASSERT_OK(train(r, state, batch));
  ASSERT_LT(ingot_state_loss_scale(state), 65536);
  ASSERT_OK(ingot_checkpoint_save(state, path.c_str(), nullptr));
  ASSERT_OK(ingot_checkpoint_load(loaded, path.c_str(), nullptr));
  EXPECT_EQ(ingot_state_loss_scale(state), ingot_state_loss_scale(loaded));
}

TEST_F(TrainingCheckpoint, IsAlignedAndDescribed) {
  Regression r;
  ingot_state *state = r.create();
  ASSERT_OK(ingot_checkpoint_save(state, path.c_str(), nullptr));
  std::string bytes = readFile(path);
  EXPECT_EQ(bytes.substr(4, 4), "INGC");
  // Parameter w, from a multiple of 64 on.
  float w[2] = {1, -2};
  size_t at = bytes.find(std::string(reinterpret_cast<char *>(w), 8));
  ASSERT_NE(at, std::string::npos);
  EXPECT_EQ(at % 64, 0u);
}

TEST_F(TrainingCheckpoint, IsRefusedWhenCut) {
  Regression r(regression_small_query);
  ingot_state *state = busyState(r), *loaded = r.create();
  ASSERT_OK(ingot_checkpoint_save(state, path.c_str(), nullptr));
  std::string bytes = readFile(path), before = bytesOf(loaded);
  for (size_t length = bytes.size(); length--;) {
    ASSERT_EQ(truncate(path.c_str(), off_t(length)), 0);
    ASSERT_EQ(ingot_checkpoint_load(loaded, path.c_str(), nullptr), INGOT_STATUS_STATE) << length;
  }
  writeFile(path, bytes + '\0');
  EXPECT_EQ(ingot_checkpoint_load(loaded, path.c_str(), nullptr), INGOT_STATUS_STATE);
  EXPECT_EQ(bytesOf(loaded), before);
  EXPECT_EQ(ingot_state_step(loaded, 0), 0);
}

TEST_F(TrainingCheckpoint, IsRefusedWhenOneBitIsAltered) {
  Regression r(regression_small_query);
  ingot_state *state = busyState(r), *loaded = r.create();
  ASSERT_OK(ingot_checkpoint_save(state, path.c_str(), nullptr));
  std::string bytes = readFile(path), before = bytesOf(loaded);
  int fd = __real_open(path.c_str(), O_RDWR);
  for (size_t i = 0; i < bytes.size(); ++i)
    for (int bit = 0; bit < 8; ++bit) {
      // The bytes of the largest tensor are all alike.
      if (i > 8000 && i + 8000 < bytes.size() && (i % 16 || bit != int(i / 16 % 8)))
        continue;
      char altered = char(bytes[i] ^ 1 << bit);
      ASSERT_EQ(pwrite(fd, &altered, 1, off_t(i)), 1);
      ingot_status status = ingot_checkpoint_load(loaded, path.c_str(), nullptr);
      ASSERT_EQ(status, INGOT_STATUS_STATE) << i << "." << bit << ": " << ingot_last_error();
      ASSERT_EQ(pwrite(fd, &bytes[i], 1, off_t(i)), 1);
    }
  close(fd);
  EXPECT_EQ(bytesOf(loaded), before);
  EXPECT_OK(ingot_checkpoint_load(loaded, path.c_str(), nullptr));
}

TEST_F(TrainingCheckpoint, IsRefusedWhenOfAnotherModel) {
  Regression r;
  ingot_state *state = busyState(r);
  ASSERT_OK(ingot_checkpoint_save(state, path.c_str(), nullptr));
  struct {
    ingot_library_query_fn query;
    const char *text;
  } cases[] = {{regression_other_query, "the variables are the same, but the graph"},
               {regression_adam_query, "its optimizer is 'sgd', the model's is 'adam'"},
               {regression_renamed_query, "the model has no parameter 'conv', the file has no parameter 'folded'"},
               {regression_resized_query, "parameter 'conv' is f32 [64, 32, 3] in the file and f32 [63, 32, 3] in the model"}};
  for (auto &c : cases) {
    Regression other(c.query);
    ingot_state *loaded = other.create();
    std::string before = bytesOf(loaded);
    EXPECT_ERROR(ingot_checkpoint_load(loaded, path.c_str(), nullptr), INGOT_STATUS_STATE, c.text);
    EXPECT_EQ(bytesOf(loaded), before);
  }
  writeFile(path, "something else entirely, long enough to have a trailer, which it has not");
  EXPECT_ERROR(ingot_checkpoint_load(state, path.c_str(), nullptr), INGOT_STATUS_STATE, "damaged or no checkpoint");
  EXPECT_EQ(ingot_checkpoint_load(state, folder.file("nothing").c_str(), nullptr), INGOT_STATUS_NOT_FOUND);
  EXPECT_ERROR(ingot_checkpoint_load(state, folder.path.c_str(), nullptr), INGOT_STATUS_STATE, "is no file");
}

namespace ingot::runtime {
uint64_t hashBytes(const void *data, size_t bytes);
}

TEST_F(TrainingCheckpoint, IsSafeWhenHostile) {
  using ingot::runtime::hashBytes;
  EXPECT_EQ(hashBytes("", 0), 0xEF46DB3751D8E999u);
  EXPECT_EQ(hashBytes("abc", 3), 0x44BC2CF5AD770999u);
  EXPECT_EQ(hashBytes("Nobody inspects the spammish repetition", 39), 0xFBCEA83C8A378BF1u);
  Regression r(regression_small_query);
  ingot_state *state = busyState(r), *loaded = r.create();
  ASSERT_OK(ingot_checkpoint_save(state, path.c_str(), nullptr));
  std::string bytes = readFile(path);
  struct {
    char magic[8];
    uint64_t fileBytes, flatBytes, flatHash, hash;
  } trailer;
  memcpy(&trailer, &bytes[bytes.size() - sizeof(trailer)], sizeof(trailer));
  ASSERT_EQ(trailer.fileBytes, bytes.size());
  ASSERT_LT(trailer.flatBytes, 8000u);
  // Altered descriptions whose hashes are right.
  unsigned random = 1;
  auto next = [&] { return (random = random * 1664525u + 1013904223u) >> 8; };
  int accepted = 0, fd = __real_open(path.c_str(), O_RDWR);
  for (int i = 0; i < 4000; ++i) {
    std::string altered = bytes.substr(0, trailer.flatBytes);
    for (unsigned j = 0, count = 1 + next() % 3; j < count; ++j) {
      size_t at = next() % trailer.flatBytes;
      static const unsigned char values[] = {0, 1, 0x7f, 0x80, 0xff};
      altered[at] = char(next() & 1 ? values[next() % 5] : next());
    }
    auto changed = trailer;
    if (next() % 16 == 0)
      changed.flatBytes = next() % trailer.flatBytes;
    changed.flatHash = hashBytes(altered.data(), changed.flatBytes);
    changed.hash = hashBytes(&changed, 32);
    ASSERT_EQ(pwrite(fd, altered.data(), altered.size(), 0), ssize_t(altered.size()));
    ASSERT_EQ(pwrite(fd, &changed, sizeof(changed), off_t(bytes.size() - sizeof(changed))), ssize_t(sizeof(changed)));
    accepted += ingot_checkpoint_load(loaded, path.c_str(), nullptr) == INGOT_STATUS_OK;
  }
  close(fd);
  EXPECT_LT(accepted, 2000); // those in which a counter or nothing has changed
}

static std::vector<std::string> reports;
static void report(void *, const char *text) { reports.push_back(text); }

TEST_F(TrainingCheckpoint, GivesWhatFitsToAnotherModel) {
  Regression r;
  ingot_state *state = busyState(r);
  ASSERT_OK(ingot_checkpoint_save(state, path.c_str(), nullptr));
  ingot_file_options options = {};
  options.struct_bytes = sizeof(options);
  options.flags = INGOT_FILE_PARTIAL;
  options.report = report;
  Regression renamed(regression_renamed_query), resized(regression_resized_query);
  ingot_state *loaded = renamed.create();
  reports.clear();
  ASSERT_OK(ingot_checkpoint_load(loaded, path.c_str(), &options));
  EXPECT_EQ(floatsOf(loaded, INGOT_PARAMETER, "w")[0], floatsOf(state, INGOT_PARAMETER, "w")[0]);
  EXPECT_EQ(floatsOf(loaded, INGOT_SLOT, "w", "momentum")[0], 0);
  EXPECT_EQ(ingot_state_step(loaded, 0), 0);
  EXPECT_EQ(reports, (std::vector<std::string>{"parameter 'conv' of the file is not in the model",
                                               "parameter 'folded' of the model is not in the file"}));
  reports.clear();
  ASSERT_OK(ingot_checkpoint_load(resized.create(), path.c_str(), &options));
  EXPECT_EQ(reports.size(), 2u);
  options.names = "^folded$";
  EXPECT_ERROR(ingot_checkpoint_load(loaded, path.c_str(), &options), INGOT_STATUS_STATE, "nothing that fits");
}

TEST_F(TrainingCheckpoint, HoldsAnAdapterAlone) {
  Regression r;
  ingot_state *state = busyState(r), *loaded = r.create();
  ingot_file_options options = {};
  options.struct_bytes = sizeof(options);
  options.names = "^(w|scale)$";
  options.kinds = INGOT_KIND_BIT(INGOT_PARAMETER);
  floatsOf(state, INGOT_PARAMETER, "conv")[0] = 123;
  ASSERT_OK(ingot_checkpoint_save(state, path.c_str(), &options));
  EXPECT_LT(readFile(path).size(), 3000u);
  ASSERT_OK(ingot_checkpoint_load(loaded, path.c_str(), nullptr));
  EXPECT_EQ(floatsOf(loaded, INGOT_PARAMETER, "w")[0], floatsOf(state, INGOT_PARAMETER, "w")[0]);
  EXPECT_NE(floatsOf(loaded, INGOT_PARAMETER, "conv")[0], 123);
  EXPECT_EQ(ingot_state_step(loaded, 0), 0);
  EXPECT_EQ(ingot_state_seed(loaded), 0u);
  options.names = "lora";
  EXPECT_ERROR(ingot_checkpoint_save(state, path.c_str(), &options), INGOT_STATUS_NOT_FOUND, "nothing to save");
  options.names = "(";
  EXPECT_ERROR(ingot_checkpoint_save(state, path.c_str(), &options), INGOT_STATUS_ARGUMENT, "no regular expression");
  options.names = nullptr;
  options.kinds = 1 << 4;
  EXPECT_EQ(ingot_checkpoint_save(state, path.c_str(), &options), INGOT_STATUS_ARGUMENT);
  options.struct_bytes = 0;
  EXPECT_EQ(ingot_checkpoint_load(state, path.c_str(), &options), INGOT_STATUS_ARGUMENT);
}

//===----------------------------------------------------------------------===//
// Saving that fails
//===----------------------------------------------------------------------===//

TEST_F(TrainingCheckpoint, KeepsTheOldFileWhateverFails) {
  Regression r;
  ingot_state *state = busyState(r);
  ASSERT_OK(ingot_checkpoint_save(state, path.c_str(), nullptr));
  std::string before = readFile(path);
  ASSERT_OK(ingot_state_set_step(state, 0, 99));
  auto keeps = [&](const char *text) {
    EXPECT_ERROR(ingot_checkpoint_save(state, path.c_str(), nullptr), INGOT_STATUS_SYSTEM, text);
    EXPECT_NE(std::string(ingot_last_error()).find("nothing has been changed"), std::string::npos);
    writeFault = fsyncFault = renameFault = linkFault = Fault();
    EXPECT_EQ(readFile(path), before);
    EXPECT_EQ(folder.names(), std::vector<std::string>{"state.ckpt"});
  };
  for (bool unnamed : {true, false}) {
    hasUnnamedFiles = unnamed;
    for (int calls = 0; calls < 20; ++calls) {
      writeFault = {calls, ENOSPC, false};
      keeps("No space left on device");
    }
    fsyncFault = {0, EIO, false};
    keeps("Input/output error");
    renameFault = {0, EACCES, false};
    keeps("Permission denied");
  }
  hasUnnamedFiles = true;
  int unnamed = __real_open(folder.path.c_str(), O_TMPFILE | O_WRONLY, 0600);
  if (unnamed >= 0) {
    close(unnamed);
    linkFault = {0, ENOSPC, false};
    keeps("No space left on device");
  }
  // A write that is done in parts, or interrupted, is none that fails.
  for (int calls = 0; calls < 20; ++calls) {
    writeFault = calls & 1 ? Fault{calls, EINTR, false} : Fault{calls, 0, true};
    ASSERT_OK(ingot_checkpoint_save(state, path.c_str(), nullptr));
    writeFault = Fault();
    readFault = calls & 1 ? Fault{calls / 2, EINTR, false} : Fault{calls / 2, 0, true};
    ASSERT_OK(ingot_checkpoint_load(r.create(), path.c_str(), nullptr));
    readFault = Fault();
  }
  readFault = {3, EIO, false};
  EXPECT_ERROR(ingot_checkpoint_load(state, path.c_str(), nullptr), INGOT_STATUS_SYSTEM, "Input/output error");
  readFault = Fault();
  // That the folder is not on the disk yet is said, but the file is there.
  fsyncFault = {1, EIO, false};
  EXPECT_ERROR(ingot_checkpoint_save(state, path.c_str(), nullptr), INGOT_STATUS_SYSTEM, "folder cannot be forced");
  fsyncFault = Fault();
  ASSERT_OK(ingot_checkpoint_load(r.create(), path.c_str(), nullptr));
}

TEST_F(TrainingCheckpoint, KeepsTheOldFileWhenTheDiskIsFull) {
  Regression r;
  ingot_state *state = busyState(r);
  ASSERT_OK(ingot_checkpoint_save(state, path.c_str(), nullptr));
  std::string before = readFile(path);
  // The limit of a process for the size of its files stands for a full disk.
  pid_t child = fork();
  if (!child) {
    signal(SIGXFSZ, SIG_IGN);
    rlimit limit = {100000, 100000};
    setrlimit(RLIMIT_FSIZE, &limit);
    _exit(ingot_checkpoint_save(state, path.c_str(), nullptr) == INGOT_STATUS_SYSTEM ? 0 : 1);
  }
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(readFile(path), before);
  EXPECT_EQ(folder.names(), std::vector<std::string>{"state.ckpt"});
}

TEST_F(TrainingCheckpoint, RefusesPlacesThatAreNoFiles) {
  Regression r;
  ingot_state *state = r.create();
  EXPECT_ERROR(ingot_checkpoint_save(state, "/dev/null", nullptr), INGOT_STATUS_SYSTEM, "it is no file");
  EXPECT_ERROR(ingot_checkpoint_save(state, folder.path.c_str(), nullptr), INGOT_STATUS_SYSTEM, "it is no file");
  EXPECT_ERROR(ingot_checkpoint_save(state, folder.file("none/state").c_str(), nullptr), INGOT_STATUS_SYSTEM, "No such file");
  EXPECT_ERROR(ingot_checkpoint_save(state, "", nullptr), INGOT_STATUS_SYSTEM, "No such file");
  // What a link names is replaced, and who may read it stays as it was.
  std::string link = folder.file("link");
  writeFile(path, "");
  ASSERT_EQ(chmod(path.c_str(), 0640), 0);
  ASSERT_EQ(symlink("state.ckpt", link.c_str()), 0);
  ASSERT_OK(ingot_checkpoint_save(state, link.c_str(), nullptr));
  struct stat info;
  ASSERT_EQ(lstat(link.c_str(), &info), 0);
  EXPECT_TRUE(S_ISLNK(info.st_mode));
  ASSERT_EQ(stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0640u);
  ASSERT_OK(ingot_checkpoint_load(state, path.c_str(), nullptr));
}

TEST_F(TrainingCheckpoint, IsTheOldOrTheNewOneAfterAKill) {
  Regression r;
  ingot_state *state = r.create(), *loaded = r.create();
  ASSERT_OK(ingot_checkpoint_save(state, path.c_str(), nullptr));
  int64_t last = 0;
  for (int round = 0; round < 40; ++round) {
    hasUnnamedFiles = round & 1;
    pid_t child = fork();
    if (!child) {
      for (int64_t step = last + 1;; ++step) {
        ingot_state_set_step(state, 0, step);
        floatsOf(state, INGOT_PARAMETER, "conv")[64 * 32 * 3 - 1] = float(step);
        if (ingot_checkpoint_save(state, path.c_str(), nullptr))
          _exit(1);
      }
    }
    std::this_thread::sleep_for(std::chrono::microseconds(500 + 701 * round));
    kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));
    ASSERT_OK(ingot_checkpoint_load(loaded, path.c_str(), nullptr));
    int64_t step = ingot_state_step(loaded, 0);
    EXPECT_GE(step, last);
    if (step) {
      EXPECT_EQ(floatsOf(loaded, INGOT_PARAMETER, "conv")[64 * 32 * 3 - 1], float(step));
    }
    last = step;
  }
  EXPECT_GT(last, 0);
}

//===----------------------------------------------------------------------===//
// Early stopping
//===----------------------------------------------------------------------===//

TEST(TrainingEarlyStopping, KeepsTheBest) {
  for (int maximize : {0, 1}) {
    Regression r;
    ingot_state *state = r.create();
    ingot_early_stopping *stopping;
    EXPECT_EQ(ingot_early_stopping_create(-1, 0, 0, &stopping), INGOT_STATUS_ARGUMENT);
    ASSERT_OK(ingot_early_stopping_create(2, 0.125, maximize, &stopping));
    double best = 0;
    EXPECT_EQ(ingot_early_stopping_restore(stopping, state), INGOT_STATUS_NOT_FOUND);
    struct {
      double metric;
      int stop;
    } values[] = {{NAN, 0}, {1, 0}, {0.5, 0}, {0.4375, 0}, {0.375, 0}, {0.25, 0}, {0.25, 0}, {NAN, 0}, {0.2, 1}};
    for (auto &value : values) {
      ASSERT_OK(ingot_state_set_step(state, 0, ingot_state_step(state, 0) + 1));
      floatsOf(state, INGOT_PARAMETER, "w")[0] = float(ingot_state_step(state, 0));
      int32_t stop = -1;
      ASSERT_OK(ingot_early_stopping_update(stopping, state, maximize ? -value.metric : value.metric, &stop));
      EXPECT_EQ(stop, value.stop) << value.metric;
    }
    ASSERT_OK(ingot_early_stopping_best(stopping, &best));
    EXPECT_EQ(best, maximize ? -0.25 : 0.25);
    ASSERT_OK(ingot_early_stopping_restore(stopping, state));
    EXPECT_EQ(ingot_state_step(state, 0), 6);
    EXPECT_EQ(floatsOf(state, INGOT_PARAMETER, "w")[0], 6);
    ingot_early_stopping_destroy(stopping);
    ingot_early_stopping_destroy(nullptr);
  }
}

TEST(TrainingState, HasProperties) {
  Regression r;
  ingot_state *state = r.create(), *clone;
  int64_t whole = 5;
  EXPECT_EQ(ingot_state_get_whole(state, "a", &whole), INGOT_STATUS_NOT_FOUND);
  EXPECT_EQ(whole, 5);
  ASSERT_OK(ingot_state_set_whole(state, "a", INT64_MIN));
  ASSERT_OK(ingot_state_set_text(state, "b", "text"));
  ASSERT_OK(ingot_state_set_number(state, "a", 2.5)); // another kind now
  EXPECT_ERROR(ingot_state_get_whole(state, "a", &whole), INGOT_STATUS_NOT_FOUND, "no whole number 'a'");
  double number = 0;
  ASSERT_OK(ingot_state_get_number(state, "a", &number));
  EXPECT_EQ(number, 2.5);
  ASSERT_OK(ingot_state_clone(state, &clone));
  r.states.push_back(clone);
  const char *text = nullptr;
  ASSERT_OK(ingot_state_set_text(state, "b", "other"));
  ASSERT_OK(ingot_state_get_text(clone, "b", &text));
  EXPECT_STREQ(text, "text");
  EXPECT_STREQ(ingot_state_property(clone, 0), "a");
  EXPECT_STREQ(ingot_state_property(clone, 1), "b");
  EXPECT_EQ(ingot_state_property(clone, 2), nullptr);
}
