//===- Workers.cpp - Tests in processes of their own ----------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/e2e/Workers.h"

#include <csignal>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace ingot::e2e {

// A message is a kind, a text and a zero byte.
void Reporter::send(char kind, const std::string &text) {
  std::string message = kind + text.substr(0, 1000) + '\0';
  if (write(pipe, message.data(), message.size()) < 0)
    _exit(5);
}
void Reporter::begin(const std::string &step) { send('@', step); }
void Reporter::fail(const std::string &text) { send('!', text); }

namespace {
struct Running {
  pid_t pid;
  int pipe;
  size_t index;
  time_t started;
  std::string received;
};
} // namespace

static Running start(size_t index, const std::function<void(size_t, Reporter &)> &test) {
  int ends[2];
  if (pipe(ends))
    return {-1, -1, index, 0, {}};
  pid_t pid = fork();
  if (pid == 0) {
    close(ends[0]);
    rlimit memory = {16ull << 30, 16ull << 30}, core = {0, 0};
    setrlimit(RLIMIT_AS, &memory);
    setrlimit(RLIMIT_CORE, &core);
    // Crashes are reported by the parent; LLVM's stack traces would only hide that.
    int null = open("/dev/null", O_WRONLY);
    dup2(null, 2);
    Reporter reporter(ends[1]);
    test(index, reporter);
    reporter.begin("");
    _exit(0);
  }
  close(ends[1]);
  return {pid, ends[0], index, time(nullptr), {}};
}

// The problems among the messages, each with the step it happened in; `end` is how the process ended, empty when well.
static std::vector<std::string> problemsIn(const std::string &messages, const std::string &end) {
  std::vector<std::string> problems;
  std::string step;
  for (size_t at = 0; at < messages.size();) {
    size_t next = messages.find('\0', at);
    std::string text = messages.substr(at + 1, next - at - 1);
    if (messages[at] == '@')
      step = text;
    else
      problems.push_back(step + ": " + text);
    at = next == std::string::npos ? messages.size() : next + 1;
  }
  if (!end.empty())
    problems.push_back(step + ": " + end);
  else if (!step.empty())
    problems.push_back(step + ": the process ended early");
  return problems;
}

void runInProcesses(size_t count, unsigned jobs, unsigned seconds, const std::function<void(size_t, Reporter &)> &test,
                    const std::function<void(size_t, const std::vector<std::string> &)> &done) {
  std::vector<Running> running;
  size_t next = 0;
  while (next < count || !running.empty()) {
    while (next < count && running.size() < jobs) {
      running.push_back(start(next, test));
      ++next;
    }
    std::vector<pollfd> polls;
    for (Running &one : running)
      polls.push_back({one.pipe, POLLIN, 0});
    poll(polls.data(), polls.size(), 500);
    for (size_t i = 0; i < running.size();) {
      Running &one = running[i];
      char buffer[4096];
      ssize_t bytes = 1;
      bool late = time(nullptr) - one.started > static_cast<time_t>(seconds);
      if (polls[i].revents)
        bytes = read(one.pipe, buffer, sizeof buffer);
      if (polls[i].revents && bytes > 0)
        one.received.append(buffer, static_cast<size_t>(bytes));
      if (bytes > 0 && !late) {
        ++i;
        continue;
      }
      if (late && one.pid > 0)
        kill(one.pid, SIGKILL);
      int status = 0;
      if (one.pid > 0)
        waitpid(one.pid, &status, 0);
      close(one.pipe);
      std::string end;
      if (late)
        end = "no end after " + std::to_string(seconds) + " s";
      else if (WIFSIGNALED(status))
        end = strsignal(WTERMSIG(status));
      else if (one.pid < 0 || WEXITSTATUS(status))
        end = "the process failed";
      done(one.index, problemsIn(one.received, end));
      running.erase(running.begin() + static_cast<ptrdiff_t>(i));
      polls.erase(polls.begin() + static_cast<ptrdiff_t>(i));
    }
  }
}

} // namespace ingot::e2e
