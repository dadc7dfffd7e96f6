//===- Others.cpp - A text, a game, a graph, and points in the plane --------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "test/training/convergence/Network.h"

#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"

#include <cmath>
#include <numeric>
#include <set>

#include <gtest/gtest.h>

using namespace llvm;

namespace ingot::convergence {

//===----------------------------------------------------------------------===//
// A small GPT
//===----------------------------------------------------------------------===//

namespace {

constexpr int64_t characters = 96;

int64_t codeOf(char c) {
  return c == '\n' ? characters - 1 : c - ' ';
}

// Nats a character of the best table of what follows what. It is made of the text itself: no other table of pairs does better on
// it.
double bigramEntropy(ArrayRef<int64_t> text) {
  std::vector<double> pairs(size_t(characters * characters)), firsts(static_cast<size_t>(characters));
  for (size_t i = 0; i + 1 < text.size(); ++i) {
    ++pairs[size_t(text[i] * characters + text[i + 1])];
    ++firsts[size_t(text[i])];
  }
  double nats = 0;
  for (size_t i = 0; i < pairs.size(); ++i)
    if (pairs[i] > 0)
      nats -= pairs[i] * std::log(pairs[i] / firsts[i / size_t(characters)]);
  return nats / double(text.size() - 1);
}

} // namespace

TEST(Convergence, Gpt) {
  auto file = MemoryBuffer::getFile(INGOT_CONVERGENCE_DATA "/coriolanus.txt");
  ASSERT_TRUE(bool(file));
  std::vector<int64_t> text;
  for (char c : (*file)->getBuffer())
    text.push_back(codeOf(c));
  constexpr int64_t batch = 32, length = 64, steps = 500;
  size_t split = text.size() * 9 / 10;
  ArrayRef<int64_t> train = ArrayRef(text).take_front(split), test = ArrayRef(text).drop_front(split);
  double bigram = bigramEntropy(test);
  TrainOptions options = training("softmax_cross_entropy:logits,next:axis=-1", "adamw:beta2=0.95,weight_decay=0.1");
  options.algorithms[0].clipNorm = 1;
  options.algorithms[0].groups = {"norm|bias|position|token:weight_decay=0"};
  Network network(INGOT_CONVERGENCE_DATA "/gpt.onnx", options);

  auto batchAt = [&](ArrayRef<int64_t> from, ArrayRef<int64_t> begins, std::vector<int64_t> &tokens,
                     std::vector<int64_t> &next) -> Inputs {
    tokens.clear(), next.clear();
    for (int64_t begin : begins) {
      append_range(tokens, from.slice(size_t(begin), size_t(length)));
      append_range(next, from.slice(size_t(begin + 1), size_t(length)));
    }
    int64_t dims[] = {int64_t(begins.size()), length};
    return {{"tokens", tensorOf(tokens, dims)}, {"next", tensorOf(next, dims)}};
  };
  for (uint64_t seed : seeds()) {
    Clock clock;
    Random random(seed + 1);
    std::vector<int64_t> tokens, next, begins(static_cast<size_t>(batch));
    ASSERT_TRUE(network.begin(seed, "normal", 0.05));
    ASSERT_TRUE(network.schedule("cosine:warmup=20,T=" + std::to_string(steps - 20), 4e-3));
    for (int64_t step = 0; step < steps; ++step) {
      for (int64_t &begin : begins)
        begin = random.below(int64_t(train.size()) - length);
      ASSERT_TRUE(network.step(batchAt(train, begins, tokens, next)));
    }
    begins.clear();
    for (int64_t begin = 0; begin + length < int64_t(test.size()); begin += length)
      begins.push_back(begin);
    ASSERT_TRUE(network.evaluate(batchAt(test, begins, tokens, next)));
    report("GPT", seed, network, clock, formatv("{0:f3} nats a character (best bigram table {1:f3})", network.loss(), bigram));
    EXPECT_LT(network.loss(), bigram);
  }
}

//===----------------------------------------------------------------------===//
// A GAN
//===----------------------------------------------------------------------===//

TEST(Convergence, Gan) {
  constexpr int64_t batch = 256, noise = 8, modes = 8, steps = 4000, samples = 4000;
  constexpr double radius = 2, deviation = 0.1;
  TrainOptions options;
  options.algorithms.resize(2);
  AlgorithmOptions &d = options.algorithms[0], &g = options.algorithms[1];
  d.name = "d", g.name = "g";
  d.losses = {"bce_with_logits:real,1", "bce_with_logits:fake,0"};
  g.losses = {"bce_with_logits:fake,1"};
  // The decay keeps the discriminator from being so sure that its gradient says nothing.
  d.optimizer = "adamw:beta1=0.5,weight_decay=0.3", g.optimizer = "adam:beta1=0.5";
  d.train = "^D", g.train = "^G";
  Network network(INGOT_CONVERGENCE_DATA "/gan.onnx", options);
  for (uint64_t seed : seeds()) {
    Clock clock;
    Random random(seed + 1);
    std::vector<float> z, points;
    auto draw = [&](int64_t count) {
      z.clear(), points.clear();
      for (int64_t i = 0; i < count * noise; ++i)
        z.push_back(float(random.normal()));
      for (int64_t i = 0; i < count; ++i) {
        double angle = 2 * M_PI * double(random.below(modes)) / double(modes);
        points.push_back(float(radius * std::cos(angle) + deviation * random.normal()));
        points.push_back(float(radius * std::sin(angle) + deviation * random.normal()));
      }
      return Inputs{{"noise", tensorOf(z, {count, noise})}, {"point", tensorOf(points, {count, 2})}};
    };
    ASSERT_TRUE(network.begin(seed, "kaiming_normal"));
    ASSERT_TRUE(network.schedule("linear:end=0.05,T=" + std::to_string(steps), 3e-3));
    // Means over the last tenth.
    double dLoss = 0, gLoss = 0;
    for (int64_t step = 0; step < steps; ++step) {
      ASSERT_TRUE(network.step(draw(batch), 0));
      dLoss += step >= steps * 9 / 10 ? network.loss() / double(steps / 10) : 0;
      ASSERT_TRUE(network.step(draw(batch), 1));
      gLoss += step >= steps * 9 / 10 ? network.loss() / double(steps / 10) : 0;
    }
    ASSERT_TRUE(network.infer(draw(samples)));
    ArrayRef<float> sample = network.output("sample");
    std::vector<int64_t> near(static_cast<size_t>(modes));
    for (int64_t i = 0; i < samples; ++i) {
      double x = double(sample[size_t(2 * i)]), y = double(sample[size_t(2 * i + 1)]);
      int64_t mode = (std::lround(std::atan2(y, x) / (2 * M_PI) * double(modes)) + modes) % modes;
      double angle = 2 * M_PI * double(mode) / double(modes);
      near[size_t(mode)] += std::hypot(x - radius * std::cos(angle), y - radius * std::sin(angle)) < 4 * deviation;
    }
    double share = double(std::accumulate(near.begin(), near.end(), int64_t(0))) / double(samples);
    double least = double(*std::min_element(near.begin(), near.end())) / double(samples);
    report(
        "GAN", seed, network, clock,
        formatv("{0:f3} of the points near a mode, the rarest mode {1:f3}; losses D {2:f3}, G {3:f3}", share, least, dLoss, gLoss));
    EXPECT_GT(share, 0.7);
    EXPECT_GT(least, 0.02);
    // 2 log 2 is the loss of a discriminator that cannot tell.
    EXPECT_GT(dLoss, 0.5);
    EXPECT_LT(dLoss, 1.1 * 2 * M_LN2);
  }
}

//===----------------------------------------------------------------------===//
// Proximal policy optimization on the cart with a pole
//===----------------------------------------------------------------------===//

namespace {

/// After Barto, Sutton and Anderson (1983): a push to the left or right every 20 ms; 200 of them at most. Each gives a reward of 1.
class CartPole {
public:
  explicit CartPole(Random &random) : random(random) { reset(); }

  void reset() {
    for (double *value : {&x, &speed, &angle, &turning})
      *value = random.uniform(-0.05, 0.05);
    time = 0;
  }

  /// False when the pole has fallen or the cart has left its track.
  bool push(int64_t direction) {
    constexpr double gravity = 9.8, cart = 1, pole = 0.1, half = 0.5, push = 10, tick = 0.02;
    double force = direction ? push : -push, cosine = std::cos(angle), sine = std::sin(angle);
    double drift = (force + pole * half * turning * turning * sine) / (cart + pole);
    double twist = (gravity * sine - cosine * drift) / (half * (4.0 / 3.0 - pole * cosine * cosine / (cart + pole)));
    double acceleration = drift - pole * half * twist * cosine / (cart + pole);
    x += tick * speed, speed += tick * acceleration;
    angle += tick * turning, turning += tick * twist;
    ++time;
    return std::abs(x) <= 2.4 && std::abs(angle) <= 12 * M_PI / 180;
  }

  bool isOver() const { return time >= 200; }
  void observe(std::vector<float> &to) const {
    for (double value : {x, speed, angle, turning})
      to.push_back(float(value));
  }

  int64_t time = 0;

private:
  Random &random;
  double x = 0, speed = 0, angle = 0, turning = 0;
};

/// An action and the logarithm of its probability.
std::pair<int64_t, float> choose(const float *logits, Random &random) {
  double right = 1 / (1 + std::exp(double(logits[0]) - double(logits[1])));
  int64_t action = random.uniform() < right;
  return {action, float(std::log(action ? right : 1 - right))};
}

/// The mean return of `count` games, each action the likelier one.
double play(Network &network, int64_t count, uint64_t seed) {
  Random random(seed);
  std::vector<CartPole> games;
  for (int64_t i = 0; i < count; ++i)
    games.emplace_back(random);
  std::vector<bool> done(static_cast<size_t>(count));
  double sum = 0;
  while (llvm::is_contained(done, false)) {
    std::vector<float> seen;
    for (const CartPole &game : games)
      game.observe(seen);
    if (!network.infer({{"observation", tensorOf(seen, {count, 4})}}))
      return 0;
    ArrayRef<float> logits = network.output("logits");
    for (size_t i = 0; i < games.size(); ++i)
      if (!done[i] && (!games[i].push(logits[2 * i + 1] > logits[2 * i]) || games[i].isOver())) {
        done[i] = true;
        sum += double(games[i].time);
      }
  }
  return sum / double(count);
}

} // namespace

TEST(Convergence, CartPole) {
  constexpr int64_t games = 16, horizon = 128, rounds = 30, passes = 8, batch = 256, count = games * horizon;
  constexpr double discount = 0.99, trace = 0.95;
  TrainOptions options =
      training("ppo_clip:logits,action,old,advantage,value,return:clip=0.2,entropy=0.01,value=0.5", "adam:eps=1e-5");
  options.algorithms[0].clipNorm = 0.5;
  Network network(INGOT_CONVERGENCE_DATA "/policy.onnx", options);
  for (uint64_t seed : seeds()) {
    Clock clock;
    Random random(seed + 1);
    ASSERT_TRUE(network.begin(seed, "xavier_uniform"));
    ASSERT_TRUE(network.schedule("linear:end=0.05,T=" + std::to_string(rounds * passes * count / batch), 2.5e-3));
    std::vector<CartPole> carts;
    for (int64_t i = 0; i < games; ++i)
      carts.emplace_back(random);
    int64_t frames = 0;
    for (int64_t round = 0; round < rounds; ++round) {
      std::vector<float> observations, old, values, rewards, advantages(static_cast<size_t>(count)),
          returns(static_cast<size_t>(count));
      std::vector<int64_t> actions;
      std::vector<bool> ends;
      for (int64_t t = 0; t <= horizon; ++t) {
        std::vector<float> seen;
        for (const CartPole &cart : carts)
          cart.observe(seen);
        ASSERT_TRUE(network.infer({{"observation", tensorOf(seen, {games, 4})}}));
        append_range(values, network.output("value"));
        if (t == horizon)
          break;
        append_range(observations, seen);
        ArrayRef<float> logits = network.output("logits");
        for (size_t i = 0; i < carts.size(); ++i) {
          auto [action, logarithm] = choose(&logits[2 * i], random);
          actions.push_back(action), old.push_back(logarithm), rewards.push_back(1);
          bool stands = carts[i].push(action);
          ends.push_back(!stands || carts[i].isOver());
          // The clock is none of the observations: what would have come counts as the critic sees it.
          if (stands && carts[i].isOver())
            rewards.back() += float(discount) * values[values.size() - carts.size() + i];
          if (ends.back())
            carts[i].reset();
        }
        frames += games;
      }
      // Generalized advantages, from the end to the begin.
      for (size_t i = 0; i < size_t(games); ++i) {
        double advantage = 0;
        for (size_t t = size_t(horizon); t-- > 0;) {
          size_t at = t * size_t(games) + i;
          double after = ends[at] ? 0 : 1;
          double surprise = double(rewards[at]) + discount * after * double(values[at + size_t(games)]) - double(values[at]);
          advantage = surprise + discount * trace * after * advantage;
          advantages[at] = float(advantage);
          returns[at] = float(advantage + double(values[at]));
        }
      }
      for (int64_t pass = 0; pass < passes; ++pass)
        ASSERT_TRUE(forEachBatch(count, batch, random, [&](ArrayRef<int64_t> rows) {
          auto n = int64_t(rows.size());
          std::vector<float> seen = rowsOf(observations, 4, rows), logarithms = rowsOf(old, 1, rows),
                             gains = rowsOf(advantages, 1, rows), wanted = rowsOf(returns, 1, rows);
          std::vector<int64_t> taken;
          for (int64_t row : rows)
            taken.push_back(actions[size_t(row)]);
          double mean = std::accumulate(gains.begin(), gains.end(), 0.0) / double(n), squares = 0;
          for (float gain : gains)
            squares += (double(gain) - mean) * (double(gain) - mean);
          for (float &gain : gains)
            gain = float((double(gain) - mean) / (std::sqrt(squares / double(n)) + 1e-8));
          return network.step({{"observation", tensorOf(seen, {n, 4})},
                               {"action", tensorOf(taken, n)},
                               {"old", tensorOf(logarithms, n)},
                               {"advantage", tensorOf(gains, n)},
                               {"return", tensorOf(wanted, n)}});
        }));
    }
    double mean = play(network, 100, seed + 1000);
    report("PPO on cart-pole", seed, network, clock,
           formatv("mean return {0:f1} of 200 over 100 games ({1} frames)", mean, frames));
    EXPECT_GE(mean, 195);
  }
}

//===----------------------------------------------------------------------===//
// A graph convolution network
//===----------------------------------------------------------------------===//

TEST(Convergence, Gcn) {
  constexpr int64_t nodes = 600, classes = 4, width = 16, known = 5, steps = 200;
  Network network(INGOT_CONVERGENCE_DATA "/gcn.onnx",
                  training("softmax_cross_entropy:logits,label:ignore_index=-1", "adam:weight_decay=5e-3"));
  for (uint64_t seed : seeds()) {
    Clock clock;
    Random random(seed + 1);
    // Four communities whose members know each other more often than others; what is seen of each alone says little.
    std::vector<float> features;
    std::vector<int64_t> community, label(size_t(nodes), -1), source, target;
    for (int64_t i = 0; i < nodes; ++i) {
      community.push_back(i % classes);
      if (i / classes < known)
        label[size_t(i)] = i % classes;
      for (int64_t f = 0; f < width; ++f)
        features.push_back(float(random.normal() + (f % classes == i % classes ? 0.4 : 0)));
    }
    std::vector<double> degree(size_t(nodes), 1);
    auto connect = [&](int64_t a, int64_t b) { source.push_back(a), target.push_back(b); };
    for (int64_t a = 0; a < nodes; ++a) {
      connect(a, a);
      for (int64_t b = 0; b < a; ++b)
        if (random.uniform() < (a % classes == b % classes ? 0.08 : 0.01)) {
          connect(a, b), connect(b, a);
          ++degree[size_t(a)], ++degree[size_t(b)];
        }
    }
    std::vector<float> weight;
    for (auto [a, b] : zip(source, target))
      weight.push_back(float(1 / std::sqrt(degree[size_t(a)] * degree[size_t(b)])));
    auto edges = int64_t(source.size());
    Inputs inputs = {{"features", tensorOf(features, {nodes, width})},
                     {"source", tensorOf(source, edges)},
                     {"target", tensorOf(target, edges)},
                     {"weight", tensorOf(weight, edges)},
                     {"label", tensorOf(label, nodes)}};
    ASSERT_TRUE(network.begin(seed, "xavier_uniform"));
    ASSERT_TRUE(network.schedule("constant", 1e-2));
    for (int64_t step = 0; step < steps; ++step)
      ASSERT_TRUE(network.step(inputs));
    ASSERT_TRUE(network.infer(inputs));
    ArrayRef<float> logits = network.output("logits");
    int64_t right = 0, unknown = 0;
    for (int64_t i = 0; i < nodes; ++i)
      if (label[size_t(i)] < 0) {
        ArrayRef<float> row = logits.slice(size_t(i * classes), size_t(classes));
        right += std::max_element(row.begin(), row.end()) - row.begin() == community[size_t(i)];
        ++unknown;
      }
    double accuracy = double(right) / double(unknown);
    report("GCN", seed, network, clock, formatv("accuracy {0:f4} on {1} nodes without a label", accuracy, unknown));
    EXPECT_GE(accuracy, 0.9);
  }
}

} // namespace ingot::convergence
