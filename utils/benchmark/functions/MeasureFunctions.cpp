//===- MeasureFunctions.cpp - Accuracy of elementary functions ------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Runs each function as native code over numbers spread evenly over the representations of its range, so that every magnitude counts
// the same, and compares with libm's double for f32, and long double for f64. Prints a line for each function and processor:
//   function type cpu count max_ulp at mean_ulp tiny tiny_ulp wrong_specials
// An error is in units in the last place of the exact value, before it is rounded: a correctly rounded value is 0.5 off at most. Results
// below four times the smallest normal number are counted as tiny, with the largest error in units of the smallest subnormal one.
//
//===----------------------------------------------------------------------===//

#include "NativeFunction.h"

#include <cinttypes>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <unistd.h>

using namespace ingot;

namespace {

using Wide = long double;

struct Function {
  const char *name, *op;
  double (*exactF32)(double);
  Wide (*exactF64)(Wide);
  double reachF32 = std::numeric_limits<double>::infinity(); // the largest magnitude for which accuracy is promised
  double reachF64 = std::numeric_limits<double>::infinity();
  double reachF64Unfused = std::numeric_limits<double>::infinity(); // the same where there is no fused multiply-add
};

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
Wide sigmoidWide(Wide x) { return 1 / (1 + expl(-x)); }
double rsqrt(double x) { return 1 / std::sqrt(x); }
Wide rsqrtWide(Wide x) { return 1 / sqrtl(x); }

const Function functions[] = {
    {"exp", "ingot.exp", exp, expl},
    {"exp2", "math.exp2", exp2, exp2l},
    {"expm1", "ingot.expm1", expm1, expm1l},
    {"log", "ingot.log", log, logl},
    {"log2", "math.log2", log2, log2l},
    {"log10", "math.log10", log10, log10l},
    {"log1p", "ingot.log1p", log1p, log1pl},
    {"sin", "ingot.sin", sin, sinl, 0x1p31, 0x1p30, 0x1p20},
    {"cos", "ingot.cos", cos, cosl, 0x1p31, 0x1p30, 0x1p20},
    {"tan", "ingot.tan", tan, tanl, 0x1p31, 0x1p30, 0x1p20},
    {"asin", "ingot.asin", asin, asinl},
    {"acos", "ingot.acos", acos, acosl},
    {"atan", "ingot.atan", atan, atanl},
    {"sinh", "ingot.sinh", sinh, sinhl},
    {"cosh", "ingot.cosh", cosh, coshl},
    {"tanh", "ingot.tanh", tanh, tanhl},
    {"asinh", "ingot.asinh", asinh, asinhl},
    {"acosh", "ingot.acosh", acosh, acoshl},
    {"atanh", "ingot.atanh", atanh, atanhl},
    {"erf", "ingot.erf", erf, erfl},
    {"sigmoid", "ingot.sigmoid", sigmoid, sigmoidWide},
    {"sqrt", "ingot.sqrt", sqrt, sqrtl},
    {"rsqrt", "ingot.rsqrt", rsqrt, rsqrtWide},
    {"cbrt", "math.cbrt", cbrt, cbrtl},
};

/// What a number of results is off by.
struct Tally {
  uint64_t count = 0, tiny = 0, wrong = 0;
  double sum = 0, worst = 0, worstTiny = 0, at = 0;

  template <typename T, typename E>
  void add(T x, T got, E exact) {
    using Limits = std::numeric_limits<T>;
    T rounded = static_cast<T>(exact);
    if (!std::isfinite(rounded)) {
      wrong += std::isnan(rounded) ? !std::isnan(got) : got != rounded;
      return;
    }
    if (!std::isfinite(got)) {
      ++wrong;
      return;
    }
    E magnitude = std::fabs(exact);
    if (magnitude < 4 * E(Limits::min())) {
      if (exact == 0 && got == 0)
        return;
      ++tiny;
      worstTiny = std::max(worstTiny, double(std::fabs(E(got) - exact) / E(Limits::denorm_min())));
      return;
    }
    double error = double(std::fabs(E(got) - exact) / std::ldexp(E(1), std::ilogb(magnitude) - Limits::digits + 1));
    ++count;
    sum += error;
    if (error > worst) {
      worst = error;
      at = double(x);
    }
  }

  void print(const char *name, const char *type, const std::string &cpu) const {
    std::printf("%s %s %s %" PRIu64 " %.4f %.9g %.4f %" PRIu64 " %.4g %" PRIu64 "\n", name, type, cpu.c_str(), count, worst, at,
                count ? sum / count : 0.0, tiny, worstTiny, wrong);
    std::fflush(stdout);
  }
};

using Natives = std::vector<std::unique_ptr<NativeFunction>>;

bool compile(const char *op, const char *type, unsigned operands, const std::vector<std::string> &cpus, Natives &natives) {
  const char *folder = std::getenv("TMPDIR");
  std::string stem = std::string(folder ? folder : "/tmp") + "/ingot-function-" + std::to_string(getpid()), error;
  for (const std::string &cpu : cpus) {
    natives.push_back(NativeFunction::compile(op, type, operands, cpu, stem, error));
    if (!natives.back()) {
      std::fprintf(stderr, "ingot-bench-functions: %s %s %s: %s\n", op, type, cpu.c_str(), error.c_str());
      return false;
    }
  }
  return true;
}

template <typename T, typename E>
bool measureBlock(const Natives &natives, const std::vector<const T *> &x, size_t count, const std::vector<E> &exact, std::vector<T> &y,
                  std::vector<Tally> &tallies, const std::vector<double> &reach) {
  for (size_t i = 0; i < natives.size(); ++i) {
    if (!natives[i]->run<T>(x, count, y.data())) {
      std::fprintf(stderr, "ingot-bench-functions: %s\n", ingot_last_error());
      return false;
    }
    for (size_t k = 0; k < count; ++k)
      if (std::isinf(reach[i]) || std::fabs(x[0][k]) <= reach[i])
        tallies[i].add(x[0][k], y[k], exact[k]);
  }
  return true;
}

constexpr size_t blockSize = 1 << 18;

/// Every `stride`-th of the representations of T. `reach`: of each processor, the largest magnitude that counts.
template <typename T, typename Bits, typename E>
bool measure(const Function &function, E (*exactOf)(E), const std::vector<double> &reach, Bits stride,
             const std::vector<std::string> &cpus) {
  const char *type = sizeof(T) == 4 ? "f32" : "f64";
  Natives natives;
  if (!compile(function.op, type, 1, cpus, natives))
    return false;
  std::vector<Tally> tallies(cpus.size());
  std::vector<T> x(blockSize), y(blockSize);
  std::vector<E> exact(blockSize);
  Bits bits = 0;
  for (bool more = true; more;) {
    size_t count = 0;
    for (; count < blockSize && more; ++count, more = bits <= std::numeric_limits<Bits>::max() - stride, bits += stride) {
      std::memcpy(&x[count], &bits, sizeof(T));
      exact[count] = exactOf(x[count]);
    }
    if (!measureBlock<T, E>(natives, {x.data()}, count, exact, y, tallies, reach))
      return false;
  }
  for (size_t i = 0; i < cpus.size(); ++i)
    tallies[i].print(function.name, type, cpus[i]);
  return true;
}

/// x to the y for pairs at random: x of any magnitude, y such that the result is in range.
template <typename T, typename E>
bool measurePower(size_t count, const std::vector<std::string> &cpus) {
  const char *type = sizeof(T) == 4 ? "f32" : "f64";
  Natives natives;
  if (!compile("ingot.pow", type, 2, cpus, natives))
    return false;
  std::vector<Tally> tallies(cpus.size());
  std::vector<T> x(blockSize), y(blockSize), result(blockSize);
  std::vector<E> exact(blockSize);
  std::vector<double> reach(cpus.size(), std::numeric_limits<double>::infinity());
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> uniform(-1, 1);
  double most = std::numeric_limits<T>::max_exponent * 0.99;
  for (size_t done = 0; done < count; done += blockSize) {
    for (size_t i = 0; i < blockSize; ++i) {
      x[i] = static_cast<T>(std::exp2(uniform(random) * (i % 2 ? 2 : most)));
      double exponent = most / std::max(std::fabs(std::log2(double(x[i]))), 1e-3);
      y[i] = static_cast<T>(std::min(exponent, 1e4) * uniform(random));
      if constexpr (sizeof(E) == 8)
        exact[i] = std::pow(double(x[i]), double(y[i]));
      else
        exact[i] = powl(x[i], y[i]);
    }
    if (!measureBlock<T, E>(natives, {x.data(), y.data()}, blockSize, exact, result, tallies, reach))
      return false;
  }
  for (size_t i = 0; i < cpus.size(); ++i)
    tallies[i].print("pow", type, cpus[i]);
  return true;
}

} // namespace

/// ingot-bench-functions STRIDE TYPE[,TYPE] [FUNCTION]...: all floats with STRIDE 1, every STRIDE-th otherwise; of f64 as many as of f32.
int main(int argc, char **argv) {
  uint64_t stride = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 0;
  if (!stride || stride > 1u << 24) {
    std::fprintf(stderr, "usage: ingot-bench-functions STRIDE f32,f64 [FUNCTION]...\n");
    return 1;
  }
  std::string types = argc > 2 ? argv[2] : "f32,f64";
  std::vector<std::string> cpus;
  for (int level = 2; level <= static_cast<int>(ingot_cpu_level()) && level <= 4; ++level)
    cpus.push_back("x86-64-v" + std::to_string(level));
  cpus.push_back("native");
  auto wanted = [&](const char *name) {
    bool found = argc <= 3;
    for (int i = 3; i < argc; ++i)
      found |= !std::strcmp(argv[i], name);
    return found;
  };
  bool f32 = types.find("f32") != std::string::npos, f64 = types.find("f64") != std::string::npos, ok = true;
  for (const Function &function : functions) {
    if (!wanted(function.name))
      continue;
    if (f32)
      ok &= measure<float, uint32_t, double>(function, function.exactF32, std::vector<double>(cpus.size(), function.reachF32),
                                             static_cast<uint32_t>(stride), cpus);
    if (f64) {
      std::vector<double> reach;
      for (const std::string &cpu : cpus)
        reach.push_back(cpu == "x86-64-v2" || ingot_cpu_level() < 3 ? function.reachF64Unfused : function.reachF64);
      ok &= measure<double, uint64_t, Wide>(function, function.exactF64, reach, (stride << 32) + 0x9e3779b9u, cpus);
    }
  }
  if (wanted("pow")) {
    size_t count = std::max<size_t>((uint64_t(1) << 32) / stride, blockSize);
    if (f32)
      ok &= measurePower<float, double>(count, cpus);
    if (f64)
      ok &= measurePower<double, Wide>(count, cpus);
  }
  return ok ? 0 : 1;
}
