//===- MinimumCut.h - Two labels at least cost ------------------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_SUPPORT_MINIMUMCUT_H
#define INGOT_SUPPORT_MINIMUMCUT_H

#include "llvm/ADT/SmallVector.h"

#include <cstdint>

namespace ingot {

/// A directed graph with a source and a sink; `run` divides its nodes into two sides so that the edges from the source's side to the
/// sink's weigh least (Dinic's algorithm).
class MinimumCut {
public:
  using Node = unsigned;
  static constexpr Node source = 0, sink = 1;
  static constexpr int64_t unlimited = int64_t(1) << 60;

  MinimumCut() : edgesOf(2) {}

  Node addNode() {
    edgesOf.emplace_back();
    return edgesOf.size() - 1;
  }
  void addEdge(Node from, Node to, int64_t weight);

  /// The weight of the cut.
  int64_t run();

  /// After `run`: whether the node is on the source's side. The source's side is as small as possible.
  bool isOnSourceSide(Node node) const { return level[node] >= 0; }

private:
  struct Edge {
    Node to;
    int64_t capacity;
  };

  bool computeLevels();
  int64_t push(Node node, int64_t limit);

  llvm::SmallVector<Edge> edges; // 2k and 2k + 1 are each other's reverse
  llvm::SmallVector<llvm::SmallVector<unsigned, 4>> edgesOf;
  llvm::SmallVector<int> level;
  llvm::SmallVector<unsigned> next;
};

} // namespace ingot

#endif // INGOT_SUPPORT_MINIMUMCUT_H
