//===- Workers.h - Tests in processes of their own --------------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_TEST_E2E_WORKERS_H
#define INGOT_TEST_E2E_WORKERS_H

#include <functional>
#include <string>
#include <vector>

namespace ingot::e2e {

/// What a test tells while it runs; usable only in its process.
class Reporter {
public:
  explicit Reporter(int pipe) : pipe(pipe) {}
  /// What comes next, so that a crash is reported with it.
  void begin(const std::string &step);
  /// Something is wrong in the current step.
  void fail(const std::string &text);

private:
  void send(char kind, const std::string &text);
  int pipe;
};

/// Runs `test(i, reporter)` for all i below `count`, `jobs` at a time, each in a process with bounds on time and memory. Calls
/// `done(i, problems)` in this process as each ends.
void runInProcesses(size_t count, unsigned jobs, unsigned seconds, const std::function<void(size_t, Reporter &)> &test,
                    const std::function<void(size_t, const std::vector<std::string> &)> &done);

} // namespace ingot::e2e

#endif // INGOT_TEST_E2E_WORKERS_H
