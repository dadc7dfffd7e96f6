//===- finetune.cpp - Teaches a trained network something else --------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//   finetune DATA [--model digits_lora.so] [--epochs N] [--seed N] [--threads N] [--least ACCURACY]
//   finetune DATA --merged digits_turned.so [--least ACCURACY]
//
// A network that reads digits learns to read them lying on their side. Its weights stay as they are: low-rank adapters (LoRA)
// learn, and only they go to a file. With another state the same library still reads digits that stand. The second form tests a
// network into whose weights `ingot train --merge` put the adapters.
//
//===----------------------------------------------------------------------===//

#include "ingot/training.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <memory>
#include <numeric>
#include <random>
#include <string>
#include <sys/stat.h>
#include <vector>
#include <zlib.h>

namespace {

constexpr int64_t side = 28, pixels = side * side, classes = 10, batch = 64;

struct Pictures {
  std::vector<float> image;
  std::vector<int64_t> label;
  int64_t count() const { return int64_t(label.size()); }
};

/// The bytes of an IDX file behind its header; none after an error.
std::vector<unsigned char> readIdx(const std::string &path, unsigned rank, size_t each) {
  std::vector<unsigned char> header(4 + 4 * rank), bytes;
  gzFile file = gzopen(path.c_str(), "rb");
  if (file && gzread(file, header.data(), unsigned(header.size())) == int(header.size()) && header[2] == 8 && header[3] == rank) {
    size_t count = size_t(header[4]) << 24 | size_t(header[5]) << 16 | size_t(header[6]) << 8 | header[7];
    bytes.resize(std::min<size_t>(count, 1000000) * each);
    if (gzread(file, bytes.data(), unsigned(bytes.size())) != int(bytes.size()))
      bytes.clear();
  }
  if (file)
    gzclose(file);
  if (bytes.empty())
    std::fprintf(stderr, "finetune: cannot read '%s'\n", path.c_str());
  return bytes;
}

Pictures readPictures(const std::string &folder, const std::string &which) {
  Pictures pictures;
  std::vector<unsigned char> image = readIdx(folder + "/" + which + "-images-idx3-ubyte.gz", 3, size_t(pixels));
  std::vector<unsigned char> label = readIdx(folder + "/" + which + "-labels-idx1-ubyte.gz", 1, 1);
  if (image.size() == label.size() * size_t(pixels)) {
    for (unsigned char pixel : image)
      pictures.image.push_back(float(pixel) / 255);
    pictures.label.assign(label.begin(), label.end());
  }
  return pictures;
}

/// Each picture by a quarter of a turn.
Pictures turned(const Pictures &standing) {
  Pictures lying = standing;
  for (int64_t i = 0; i < standing.count(); ++i)
    for (int64_t y = 0; y < side; ++y)
      for (int64_t x = 0; x < side; ++x)
        lying.image[size_t(i * pixels + y * side + x)] = standing.image[size_t(i * pixels + x * side + side - 1 - y)];
  return lying;
}

ingot_tensor tensorOf(void *data, int32_t dtype, std::initializer_list<int64_t> dims) {
  ingot_tensor tensor = {};
  tensor.data = data;
  tensor.dtype = dtype;
  tensor.rank = int32_t(dims.size());
  std::copy(dims.begin(), dims.end(), tensor.dims);
  return tensor;
}

[[noreturn]] void fail() {
  std::fprintf(stderr, "finetune: %s\n", ingot_last_error());
  std::exit(1);
}

void check(ingot_status status) {
  if (status)
    fail();
}

struct Network {
  Network(const std::string &path, uint32_t threads) {
    ingot_context_options options = {};
    options.struct_bytes = sizeof(options);
    options.threads = threads;
    check(ingot_model_open_file(path.c_str(), &model));
    check(ingot_context_create(model, &options, &context));
  }
  ~Network() {
    ingot_context_destroy(context);
    ingot_model_close(model);
  }

  /// The share of pictures that are read right. Without a state: by a library that does not train.
  double accuracy(ingot_state *state, Pictures &pictures) {
    int64_t right = 0;
    for (int64_t begin = 0; begin < pictures.count(); begin += batch) {
      int64_t rows = std::min(batch, pictures.count() - begin);
      ingot_tensor image = tensorOf(&pictures.image[size_t(begin * pixels)], INGOT_F32, {rows, 1, side, side}), logits = {};
      check(state ? ingot_infer(context, state, &image, 1, &logits, 1) : ingot_context_run(context, 0, &image, 1, &logits, 1));
      const float *scores = static_cast<const float *>(logits.data);
      for (int64_t i = 0; i < rows; ++i, scores += classes)
        right += std::max_element(scores, scores + classes) - scores == pictures.label[size_t(begin + i)];
    }
    return double(right) / double(pictures.count());
  }

  ingot_model *model = nullptr;
  ingot_context *context = nullptr;
};

using State = std::unique_ptr<ingot_state, decltype(&ingot_state_destroy)>;

State newState(const Network &network, uint64_t seed) {
  ingot_state_options options = {};
  options.struct_bytes = sizeof(options);
  options.seed = seed;
  ingot_state *state = nullptr;
  check(ingot_state_create(network.model, &options, &state));
  return {state, ingot_state_destroy};
}

void train(Network &network, ingot_state *state, const Pictures &data, int epochs, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<int64_t> order(size_t(data.count()));
  std::iota(order.begin(), order.end(), 0);
  ingot_schedule schedule;
  check(
      ingot_schedule_parse(("cosine:T=" + std::to_string(epochs * ((data.count() + batch - 1) / batch))).c_str(), 4e-3, &schedule));
  check(ingot_state_set_schedule(state, 0, &schedule));
  std::vector<float> image;
  std::vector<int64_t> label;
  for (int epoch = 1; epoch <= epochs; ++epoch) {
    std::shuffle(order.begin(), order.end(), random);
    double loss = 0;
    for (int64_t begin = 0; begin < data.count(); begin += batch) {
      int64_t rows = std::min(batch, data.count() - begin);
      image.clear(), label.clear();
      for (int64_t i = begin; i < begin + rows; ++i) {
        auto from = data.image.begin() + order[size_t(i)] * pixels;
        image.insert(image.end(), from, from + pixels);
        label.push_back(data.label[size_t(order[size_t(i)])]);
      }
      ingot_tensor inputs[] = {tensorOf(image.data(), INGOT_F32, {rows, 1, side, side}), tensorOf(label.data(), INGOT_I64, {rows})};
      ingot_tensor outputs[2] = {}; // the accuracy and the logits stay in the context's memory
      ingot_step_info info = INGOT_STEP_INFO;
      check(ingot_train_step(network.context, state, 0, inputs, 2, outputs, 2, 0, &info));
      loss += info.loss * double(rows);
    }
    std::printf("epoch %d/%d  loss %.4f\n", epoch, epochs, loss / double(data.count()));
    std::fflush(stdout);
  }
}

} // namespace

int main(int argc, char **argv) {
  std::string model = "./digits_lora.so", merged;
  int epochs = 6;
  uint32_t threads = 0;
  uint64_t seed = 0;
  double least = 0;
  for (int i = 2; i + 1 < argc; i += 2) {
    std::string option = argv[i], value = argv[i + 1];
    if (option == "--model")
      model = value;
    else if (option == "--merged")
      merged = value;
    else if (option == "--epochs")
      epochs = std::atoi(value.c_str());
    else if (option == "--seed")
      seed = std::strtoull(value.c_str(), nullptr, 10);
    else if (option == "--threads")
      threads = uint32_t(std::atoi(value.c_str()));
    else if (option == "--least")
      least = std::atof(value.c_str());
    else
      argc = 0;
  }
  if (argc < 2 || argc % 2 || epochs < 1) {
    std::fprintf(stderr,
                 "usage: finetune DATA [--model digits_lora.so | --merged digits_turned.so] [--epochs N] [--seed N] [--threads N] "
                 "[--least ACCURACY]\n");
    return 1;
  }
  Pictures standing = readPictures(argv[1], "test"), lying = turned(standing);
  if (!standing.count())
    return 1;

  if (!merged.empty()) {
    Network network(merged, threads);
    double right = network.accuracy(nullptr, lying);
    std::printf("merged into the weights: %.1f %% of lying digits read right\n", 100 * right);
    return right >= least ? 0 : 1;
  }

  Pictures data = turned(readPictures(argv[1], "train"));
  if (!data.count())
    return 1;
  Network network(model, threads);
  State state = newState(network, seed);
  std::printf("as it was trained: %.1f %% of standing digits read right, %.1f %% of lying ones\n",
              100 * network.accuracy(state.get(), standing), 100 * network.accuracy(state.get(), lying));
  auto start = std::chrono::steady_clock::now();
  train(network, state.get(), data, epochs, seed);
  std::printf("trained %.1f KiB of adapters in %.1f s\n", double(ingot_state_flat_bytes(state.get(), INGOT_PARAMETER)) / 1024,
              std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());

  // The adapters alone go to a file, and come back into another state.
  ingot_file_options adapters = {};
  adapters.struct_bytes = sizeof(adapters);
  adapters.kinds = INGOT_KIND_BIT(INGOT_PARAMETER);
  adapters.names = "lora_[AB]$";
  check(ingot_checkpoint_save(state.get(), "turned.ckpt", &adapters));
  struct stat file;
  if (!stat("turned.ckpt", &file))
    std::printf("turned.ckpt has %.1f KiB\n", double(file.st_size) / 1024);
  State reader = newState(network, seed + 1);
  double before = network.accuracy(reader.get(), standing);
  check(ingot_checkpoint_load(reader.get(), "turned.ckpt", &adapters));
  double right = network.accuracy(reader.get(), lying);
  std::printf("without adapters: %.1f %% of standing digits read right; with them: %.1f %% of lying ones\n", 100 * before,
              100 * right);
  return right >= least ? 0 : 1;
}
