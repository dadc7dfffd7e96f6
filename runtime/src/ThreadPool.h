//===- ThreadPool.h - The process's worker threads ------------------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// One pool serves all contexts. A parallel loop is cut into contiguous ranges, one a thread, the caller's own included; who is done
// with its own takes from what others have left, so a worker that the system delays delays nobody. Which thread runs a task changes
// nothing in its result. A worker waits
// at a word of its own: it spins for a moment, because the next loop of a network mostly comes within microseconds, then sleeps. When
// another thread has the pool, or when called from inside a loop, the loop runs in the caller: nobody ever waits for the pool.
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_RUNTIME_SRC_THREADPOOL_H
#define INGOT_RUNTIME_SRC_THREADPOOL_H

#include "ingot/abi.h"

namespace ingot::runtime {

constexpr uint32_t maxThreads = 256;

/// Makes sure that loops of `threads` threads can run. Returns how many really can: fewer when the system refuses new ones.
uint32_t reserveThreads(uint32_t threads);

/// Runs body over [0, tasks) on at most `threads` threads. Does not allocate.
void parallelFor(uint32_t threads, int64_t tasks, ingot_task_fn body, void *argument);

} // namespace ingot::runtime

#endif // INGOT_RUNTIME_SRC_THREADPOOL_H
