//===- MinimumCut.cpp - Two labels at least cost -----------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "utils/support/MinimumCut.h"

#include <algorithm>

using namespace llvm;

namespace ingot {

void MinimumCut::addEdge(Node from, Node to, int64_t weight) {
  edgesOf[from].push_back(edges.size());
  edges.push_back({to, weight});
  edgesOf[to].push_back(edges.size());
  edges.push_back({from, 0});
}

bool MinimumCut::computeLevels() {
  level.assign(edgesOf.size(), -1);
  level[source] = 0;
  SmallVector<Node> queue{source};
  for (size_t at = 0; at < queue.size(); ++at)
    for (unsigned number : edgesOf[queue[at]]) {
      const Edge &edge = edges[number];
      if (edge.capacity == 0 || level[edge.to] >= 0)
        continue;
      level[edge.to] = level[queue[at]] + 1;
      queue.push_back(edge.to);
    }
  return level[sink] >= 0;
}

/// Sends up to `limit` along one path of the level graph. The path is kept in a list: networks are thousands of nodes deep.
int64_t MinimumCut::push(Node start, int64_t limit) {
  SmallVector<unsigned> path;
  Node node = start;
  while (node != sink) {
    unsigned &at = next[node];
    bool advanced = false;
    for (; at < edgesOf[node].size(); ++at) {
      const Edge &edge = edges[edgesOf[node][at]];
      if (edge.capacity > 0 && level[edge.to] == level[node] + 1) {
        path.push_back(edgesOf[node][at]);
        node = edge.to;
        advanced = true;
        break;
      }
    }
    if (advanced)
      continue;
    if (path.empty())
      return 0;
    node = edges[path.pop_back_val() ^ 1].to; // a dead end: go back and never come again
    ++next[node];
  }
  for (unsigned number : path)
    limit = std::min(limit, edges[number].capacity);
  for (unsigned number : path) {
    edges[number].capacity -= limit;
    edges[number ^ 1].capacity += limit;
  }
  return limit;
}

int64_t MinimumCut::run() {
  int64_t total = 0;
  while (computeLevels()) {
    next.assign(edgesOf.size(), 0);
    while (int64_t sent = push(source, unlimited))
      total += sent;
  }
  return total;
}

} // namespace ingot
