//===- TrainingFiles.h - Folders and files of tests -------------------*- C++ -*-===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef INGOT_TEST_RUNTIME_TRAININGFILES_H
#define INGOT_TEST_RUNTIME_TRAININGFILES_H

#include <algorithm>
#include <cstdlib>
#include <dirent.h>
#include <fstream>
#include <iterator>
#include <string>
#include <unistd.h>
#include <vector>

inline std::string readFile(const std::string &path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

inline void writeFile(const std::string &path, const std::string &bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc).write(bytes.data(), std::streamsize(bytes.size()));
}

struct TemporaryFolder {
  std::string path;

  TemporaryFolder() {
    const char *parent = getenv("TMPDIR");
    path = std::string(parent && *parent ? parent : "/tmp") + "/ingot-test-XXXXXX";
    if (!mkdtemp(&path[0]))
      abort();
  }
  ~TemporaryFolder() {
    for (const std::string &name : names())
      unlink(file(name).c_str());
    rmdir(path.c_str());
  }
  std::string file(const std::string &name) const { return path + "/" + name; }
  std::vector<std::string> names() const {
    std::vector<std::string> result;
    DIR *folder = opendir(path.c_str());
    while (dirent *entry = readdir(folder))
      if (std::string(entry->d_name) != "." && std::string(entry->d_name) != "..")
        result.push_back(entry->d_name);
    closedir(folder);
    std::sort(result.begin(), result.end());
    return result;
  }
};

#endif // INGOT_TEST_RUNTIME_TRAININGFILES_H
