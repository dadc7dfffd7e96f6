//===- Digits.cpp - Networks on pictures of digits -------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/training/convergence/Network.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"

#include <cmath>
#include <numeric>

#include <gtest/gtest.h>
#include <zlib.h>

using namespace llvm;

namespace ingot::convergence {

//===----------------------------------------------------------------------===//
// Data
//===----------------------------------------------------------------------===//

/// The bytes of an IDX file behind its header. Empty where it is none of that rank, or its sizes differ from those that are stated.
static std::vector<unsigned char> readIdx(const std::string &path, unsigned rank, int64_t &count, int64_t each) {
  std::vector<unsigned char> bytes, header(4 + 4 * rank);
  gzFile file = gzopen(path.c_str(), "rb");
  if (!file)
    return {};
  if (gzread(file, header.data(), unsigned(header.size())) == int(header.size()) && header[2] == 8 && header[3] == rank) {
    int64_t sizes[3] = {0, 1, 1}, item = 1;
    for (unsigned d = 0; d < rank; ++d)
      sizes[d] = int64_t(header[4 + 4 * d]) << 24 | header[5 + 4 * d] << 16 | header[6 + 4 * d] << 8 | header[7 + 4 * d];
    item = sizes[1] * sizes[2];
    if (item == each && (count == 0 || count == sizes[0])) {
      count = sizes[0];
      bytes.resize(size_t(count * each));
      if (gzread(file, bytes.data(), unsigned(bytes.size())) != int(bytes.size()))
        bytes.clear();
    }
  }
  gzclose(file);
  return bytes;
}

Digits readDigits(const std::string &folder, const std::string &which) {
  Digits digits;
  std::vector<unsigned char> pixels = readIdx(folder + "/" + which + "-images-idx3-ubyte.gz", 3, digits.count, 784);
  std::vector<unsigned char> labels = readIdx(folder + "/" + which + "-labels-idx1-ubyte.gz", 1, digits.count, 1);
  if (pixels.empty() || labels.empty()) {
    ADD_FAILURE() << "no pictures in " << folder;
    return {};
  }
  for (unsigned char pixel : pixels)
    digits.pixels.push_back(float(pixel) / 255);
  digits.labels.assign(labels.begin(), labels.end());
  return digits;
}

const Digits &trainingDigits() {
  static const Digits digits = readDigits(INGOT_DIGITS "/data", "train");
  return digits;
}

const Digits &testDigits() {
  static const Digits digits = readDigits(INGOT_DIGITS "/data", "test");
  return digits;
}

bool forEachBatch(int64_t count, int64_t batch, Random &random, function_ref<bool(ArrayRef<int64_t> rows)> use) {
  std::vector<int64_t> order(static_cast<size_t>(count));
  std::iota(order.begin(), order.end(), 0);
  random.shuffle(order);
  for (int64_t begin = 0; begin < count; begin += batch)
    if (!use(ArrayRef(order).slice(size_t(begin), size_t(std::min(batch, count - begin)))))
      return false;
  return true;
}

std::vector<float> rowsOf(ArrayRef<float> values, int64_t width, ArrayRef<int64_t> rows) {
  std::vector<float> chosen;
  chosen.reserve(rows.size() * size_t(width));
  for (int64_t row : rows)
    append_range(chosen, values.slice(size_t(row * width), size_t(width)));
  return chosen;
}

static SmallVector<int64_t> batchOf(size_t rows, ArrayRef<int64_t> dims) {
  SmallVector<int64_t> all = {int64_t(rows)};
  append_range(all, dims);
  return all;
}

// A picture that is moved leaves black behind.
static void move(MutableArrayRef<float> picture, int64_t right, int64_t down) {
  std::vector<float> old(picture.begin(), picture.end());
  for (int64_t y = 0; y < 28; ++y)
    for (int64_t x = 0; x < 28; ++x) {
      int64_t fromX = x - right, fromY = y - down;
      bool inside = fromX >= 0 && fromX < 28 && fromY >= 0 && fromY < 28;
      picture[size_t(28 * y + x)] = inside ? old[size_t(28 * fromY + fromX)] : 0;
    }
}

bool trainClassifier(Network &network, const Digits &data, const char *input, ArrayRef<int64_t> dims, int64_t batch, int64_t epochs,
                     double rate, int64_t shift, uint64_t seed) {
  Random random(seed + 1);
  int64_t steps = epochs * ((data.count + batch - 1) / batch);
  if (!network.schedule("cosine:T=" + std::to_string(steps), rate))
    return false;
  for (int64_t epoch = 0; epoch < epochs; ++epoch) {
    bool trained = forEachBatch(data.count, batch, random, [&](ArrayRef<int64_t> rows) {
      std::vector<float> pixels = rowsOf(data.pixels, 784, rows);
      for (size_t i = 0; shift && i < rows.size(); ++i)
        move(MutableArrayRef(pixels).slice(784 * i, 784), random.below(2 * shift + 1) - shift, random.below(2 * shift + 1) - shift);
      std::vector<int64_t> labels;
      for (int64_t row : rows)
        labels.push_back(data.labels[size_t(row)]);
      return network.step(
          {{input, tensorOf(pixels, batchOf(rows.size(), dims))}, {"label", tensorOf(labels, int64_t(rows.size()))}});
    });
    if (!trained)
      return false;
  }
  return true;
}

double accuracyOf(Network &network, const Digits &data, const char *input, ArrayRef<int64_t> dims, const char *output) {
  int64_t right = 0, batch = 250;
  for (int64_t begin = 0; begin < data.count; begin += batch) {
    int64_t rows = std::min(batch, data.count - begin);
    ArrayRef<float> pixels = ArrayRef(data.pixels).slice(size_t(begin * 784), size_t(rows * 784));
    if (!network.infer({{input, tensorOf(pixels, batchOf(size_t(rows), dims))}}))
      return 0;
    ArrayRef<float> scores = network.output(output);
    for (int64_t i = 0; i < rows; ++i) {
      ArrayRef<float> row = scores.slice(size_t(i * 10), 10);
      right += std::max_element(row.begin(), row.end()) - row.begin() == data.labels[size_t(begin + i)];
    }
  }
  return double(right) / double(data.count);
}

//===----------------------------------------------------------------------===//
// Classifiers
//===----------------------------------------------------------------------===//

namespace {

struct Classifier {
  const char *name, *path, *input, *output;
  std::vector<int64_t> dims;
  const char *optimizer, *initialization;
  double gain, rate;
  int64_t batch, epochs, shift;
  double least;
  std::vector<std::string> surrogates;

  void run(const Digits &train, const Digits &test) const {
    Network network(path, training(std::string("softmax_cross_entropy:") + output + ",label", optimizer), surrogates);
    for (uint64_t seed : seeds()) {
      Clock clock;
      ASSERT_TRUE(network.begin(seed, initialization, gain));
      ASSERT_TRUE(trainClassifier(network, train, input, dims, batch, epochs, rate, shift, seed));
      double accuracy = accuracyOf(network, test, input, dims, output);
      report(name, seed, network, clock, formatv("accuracy {0:f4}", accuracy));
      EXPECT_GE(accuracy, least);
    }
  }
};

} // namespace

TEST(Convergence, DigitsCnn) {
  Classifier{"digits CNN",
             INGOT_DIGITS "/digits.onnx",
             "image",
             "logits",
             {1, 28, 28},
             "adam",
             "kaiming_normal",
             0,
             2e-3,
             64,
             12,
             2,
             0.97,
             {}}
      .run(trainingDigits(), testDigits());
}

TEST(Convergence, MnistCnn) {
  if (!isLong())
    GTEST_SKIP() << "takes minutes; INGOT_CONVERGENCE_SEEDS=3 runs it";
  const char *shared = std::getenv("INGOT_SHARED");
  std::string folder = std::string(shared ? shared : INGOT_SHARED_FOLDER) + "/datasets/mnist";
  if (!sys::fs::exists(folder))
    GTEST_SKIP() << "there is no " << folder << " (set INGOT_SHARED)";
  Digits train = readDigits(folder, "train"), test = readDigits(folder, "t10k");
  Classifier{
      "MNIST CNN", INGOT_DIGITS "/digits.onnx", "image", "logits", {1, 28, 28}, "adam", "kaiming_normal", 0, 2e-3, 64, 3, 0, 0.985,
      {}}
      .run(train, test);
}

TEST(Convergence, Lstm) {
  Classifier{"LSTM", INGOT_CONVERGENCE_DATA "/lstm.onnx", "rows", "logits", {28, 28}, "adam", "uniform", 0.125, 5e-3, 50, 8, 0, 0.9,
             {}}
      .run(trainingDigits(), testDigits());
}

TEST(Convergence, Spiking) {
  Classifier{"spiking network",
             INGOT_CONVERGENCE_DATA "/spiking.onnx",
             "image",
             "counts",
             {784},
             "adam",
             "kaiming_normal",
             0,
             2e-3,
             64,
             12,
             0,
             0.9,
             {".*spike.*=fast_sigmoid:slope=5"}}
      .run(trainingDigits(), testDigits());
}

//===----------------------------------------------------------------------===//
// A variational autoencoder
//===----------------------------------------------------------------------===//

// Nats for each picture of independent pixels, each as bright as the training pictures are on average.
static double independentPixels(const Digits &train, const Digits &test) {
  std::vector<double> mean(784);
  for (int64_t i = 0; i < train.count; ++i)
    for (size_t p = 0; p < 784; ++p)
      mean[p] += double(train.pixels[size_t(i) * 784 + p]) / double(train.count);
  double nats = 0;
  for (int64_t i = 0; i < test.count; ++i)
    for (size_t p = 0; p < 784; ++p) {
      double x = double(test.pixels[size_t(i) * 784 + p]), q = std::clamp(mean[p], 1e-4, 1 - 1e-4);
      nats -= x * std::log(q) + (1 - x) * std::log1p(-q);
    }
  return nats / double(test.count);
}

TEST(Convergence, Vae) {
  const Digits &train = trainingDigits(), &test = testDigits();
  Network network(INGOT_CONVERGENCE_DATA "/vae.onnx", training("vae_elbo:reconstruction,image,mean,log_variance", "adam"));
  double baseline = independentPixels(train, test);
  constexpr int64_t batch = 64, epochs = 20;
  for (uint64_t seed : seeds()) {
    Clock clock;
    Random random(seed + 1);
    ASSERT_TRUE(network.begin(seed, "xavier_uniform"));
    ASSERT_TRUE(network.schedule("cosine:T=" + std::to_string(epochs * ((train.count + batch - 1) / batch)), 2e-3));
    for (int64_t epoch = 0; epoch < epochs; ++epoch)
      ASSERT_TRUE(forEachBatch(train.count, batch, random, [&](ArrayRef<int64_t> rows) {
        std::vector<float> pixels = rowsOf(train.pixels, 784, rows);
        return network.step({{"image", tensorOf(pixels, {int64_t(rows.size()), 784})}});
      }));
    ASSERT_TRUE(network.evaluate({{"image", tensorOf(test.pixels, {test.count, 784})}}));
    report("VAE", seed, network, clock, formatv("-ELBO {0:f1} nats (independent pixels: {1:f1})", network.loss(), baseline));
    EXPECT_LT(network.loss(), 0.65 * baseline);
  }
}

//===----------------------------------------------------------------------===//
// A restricted Boltzmann machine
//===----------------------------------------------------------------------===//

// 14 x 14 pixels, black or white.
static std::vector<float> halved(const Digits &digits) {
  std::vector<float> result(size_t(digits.count) * 196);
  for (int64_t i = 0; i < digits.count; ++i)
    for (int64_t y = 0; y < 14; ++y)
      for (int64_t x = 0; x < 14; ++x) {
        const float *p = &digits.pixels[size_t(i * 784 + 2 * y * 28 + 2 * x)];
        result[size_t(i * 196 + y * 14 + x)] = p[0] + p[1] + p[28] + p[29] > 2 ? 1.f : 0.f;
      }
  return result;
}

static double squaredError(ArrayRef<float> x, ArrayRef<float> y) {
  double sum = 0;
  for (auto [a, b] : zip(x, y))
    sum += double(a - b) * double(a - b);
  return sum / double(x.size());
}

// The error of the average picture.
static double averageError(ArrayRef<float> train, ArrayRef<float> test) {
  std::vector<float> mean(196), all;
  for (size_t i = 0; i < train.size(); ++i)
    mean[i % 196] += train[i] * 196 / float(train.size());
  for (size_t i = 0; i < test.size(); ++i)
    all.push_back(mean[i % 196]);
  return squaredError(test, all);
}

TEST(Convergence, Rbm) {
  std::vector<float> train = halved(trainingDigits()), test = halved(testDigits());
  int64_t count = trainingDigits().count, testCount = testDigits().count;
  TrainOptions options;
  options.modelAlgorithms = true;
  Network network(INGOT_CONVERGENCE_DATA "/rbm.onnx", options);
  double baseline = averageError(train, test);
  constexpr int64_t batch = 50, epochs = 20;
  for (uint64_t seed : seeds()) {
    Clock clock;
    Random random(seed + 1);
    ASSERT_TRUE(network.begin(seed, "model"));
    Inputs all = {{"v", tensorOf(test, {testCount, 196})}};
    ASSERT_TRUE(network.infer(all));
    double before = squaredError(test, network.output("reconstruction"));
    for (int64_t epoch = 0; epoch < epochs; ++epoch)
      ASSERT_TRUE(forEachBatch(count, batch, random, [&](ArrayRef<int64_t> rows) {
        std::vector<float> pixels = rowsOf(train, 196, rows);
        return network.step({{"v", tensorOf(pixels, {int64_t(rows.size()), 196})}});
      }));
    ASSERT_TRUE(network.infer(all));
    double after = squaredError(test, network.output("reconstruction"));
    report("RBM", seed, network, clock, formatv("error {0:f4} (before {1:f4}, average picture {2:f4})", after, before, baseline));
    EXPECT_LT(after, 0.4 * baseline);
  }
}

} // namespace ingot::convergence
