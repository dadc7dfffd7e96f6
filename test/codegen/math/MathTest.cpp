//===- MathTest.cpp - Accuracy of elementary functions -------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Compiles each function for each x86-64 level that this machine has, and compares with libm's long double.
//
//===----------------------------------------------------------------------===//

#include "NativeFunction.h"

#include "gtest/gtest.h"

#include <cmath>
#include <functional>
#include <random>
#include <unistd.h>

using namespace ingot;

namespace {

struct Function {
  const char *name;
  std::function<long double(long double)> exact;
  double ulpF32, ulpF64;   // the largest error, as MathExpansions.cpp states it
  double low, high;        // where it is measured, for f32
  double lowF64, highF64;
};

const Function functions[] = {
    {"exp", expl, 1, 2, -86, 88.7, -707, 709.7},
    {"exp2", exp2l, 1, 2, -124, 127.9, -1020, 1023.9},
    {"expm1", expm1l, 4, 4.1, -86, 88.7, -707, 709.7},
    {"log", logl, 1, 1, 1e-44, 1e38, 1e-310, 1e300},
    {"log2", log2l, 2, 2, 1e-44, 1e38, 1e-310, 1e300},
    {"log10", log10l, 2, 2, 1e-44, 1e38, 1e-310, 1e300},
    {"log1p", log1pl, 3, 3, -0.999, 1e30, -0.999, 1e300},
    {"tanh", tanhl, 2, 4, -20, 20, -40, 40},
    {"sinh", sinhl, 4, 4, -89, 89, -710, 710},
    {"cosh", coshl, 4, 4, -89, 89, -710, 710},
    {"asinh", asinhl, 3, 4, -1e30, 1e30, -1e200, 1e200},
    {"acosh", acoshl, 3, 4, 1, 1e30, 1, 1e200},
    {"atanh", atanhl, 4, 4, -0.9999, 0.9999, -0.9999, 0.9999},
    {"sin", sinl, 2, 4, -2e9, 2e9, -1e5, 1e5},
    {"cos", cosl, 2, 4, -2e9, 2e9, -1e5, 1e5},
    {"tan", tanl, 4, 4, -2e9, 2e9, -1e5, 1e5},
    {"atan", atanl, 3, 4, -1e10, 1e10, -1e100, 1e100},
    {"asin", asinl, 3, 4, -1, 1, -1, 1},
    {"acos", acosl, 3, 4, -1, 1, -1, 1},
    {"erf", erfl, 3, 4, -10, 10, -10, 10},
    {"cbrt", cbrtl, 1, 2, -1e30, 1e30, -1e200, 1e200},
};

// Points spread over the range and over the magnitudes in it.
template <typename T>
std::vector<T> points(double low, double high) {
  std::mt19937 random(1);
  std::uniform_real_distribution<double> uniform(0, 1);
  std::vector<T> result;
  for (int i = 0; i < 4000; ++i)
    result.push_back(static_cast<T>(low + (high - low) * uniform(random)));
  for (int i = 0; i < 4000; ++i) {
    double most = std::min(std::max(std::fabs(low), std::fabs(high)), 1e30);
    double x = std::exp(std::log(1e-36) + (std::log(most) - std::log(1e-36)) * uniform(random)) * (random() % 2 ? 1 : -1);
    if (x >= low && x <= high)
      result.push_back(static_cast<T>(x));
  }
  return result;
}

class Math : public testing::TestWithParam<int> {
protected:
  void SetUp() override {
    if (static_cast<int>(ingot_cpu_level()) < GetParam())
      GTEST_SKIP() << "this machine is not x86-64-v" << GetParam();
  }

  // Runs math.NAME over all of `x`.
  template <typename T>
  std::vector<T> run(const std::string &name, const std::string &type, const std::vector<T> &x) {
    std::string error;
    auto function = NativeFunction::compile("math." + name, type, 1, "x86-64-v" + std::to_string(GetParam()),
                                            testing::TempDir() + "ingot-math-" + std::to_string(getpid()), error);
    std::vector<T> y(x.size());
    EXPECT_TRUE(function) << name << ": " << error;
    if (function)
      EXPECT_TRUE(function->run<T>({x.data()}, x.size(), y.data())) << ingot_last_error();
    return y;
  }

  template <typename T>
  void check(const Function &function, const char *type, double low, double high, double limit) {
    std::vector<T> x = points<T>(low, high);
    size_t measured = x.size();
    for (T special : {T(0), T(-0.0), T(1), T(-1), std::numeric_limits<T>::infinity(), -std::numeric_limits<T>::infinity(),
                      std::numeric_limits<T>::quiet_NaN()})
      x.push_back(special);
    std::vector<T> y = run<T>(function.name, type, x);
    double worst = 0;
    T where = 0;
    for (size_t i = 0; i < measured; ++i) {
      long double exact = function.exact(x[i]);
      T rounded = static_cast<T>(exact);
      if (std::fabs(rounded) < 8 * std::numeric_limits<T>::min() || std::isinf(rounded))
        continue;
      T next = std::nextafter(std::fabs(rounded), std::numeric_limits<T>::infinity());
      long double unit = std::isinf(next) ? std::fabs(rounded) * std::numeric_limits<T>::epsilon() : next - std::fabs(rounded);
      double error = static_cast<double>(fabsl(y[i] - exact) / unit);
      if (!(error <= worst)) {
        worst = error;
        where = x[i];
      }
    }
    EXPECT_LE(worst, limit) << function.name << " " << type << " at " << where;
    bool periodic = isPeriodic(function.name);
    for (size_t i = measured; i < x.size(); ++i) {
      T exact = static_cast<T>(function.exact(x[i]));
      if (periodic && std::isinf(x[i]))
        continue;
      if (std::isnan(exact))
        EXPECT_TRUE(std::isnan(y[i])) << function.name << "(" << x[i] << ") = " << y[i];
      else if (std::isinf(exact))
        EXPECT_EQ(y[i], exact) << function.name << "(" << x[i] << ")";
      else
        EXPECT_NEAR(y[i], exact, 1e-6) << function.name << "(" << x[i] << ")";
    }
  }

  // An infinite angle has no value; which NaN or number comes out is not promised.
  static bool isPeriodic(const std::string &name) { return name == "sin" || name == "cos" || name == "tan"; }
};

TEST_P(Math, F32) {
  for (const Function &function : functions)
    check<float>(function, "f32", function.low, function.high, function.ulpF32);
}

TEST_P(Math, F64) {
  for (const Function &function : functions)
    check<double>(function, "f64", function.lowF64, function.highF64, function.ulpF64);
}

// Exponentials of numbers far outside of the range of T.
TEST_P(Math, Limits) {
  auto limits = [&](auto model, const char *type) {
    using T = decltype(model);
    constexpr T inf = std::numeric_limits<T>::infinity(), most = std::numeric_limits<T>::max();
    for (const char *name : {"exp", "exp2"}) {
      for (T y : run<T>(name, type, {-inf, -most, T(-1e5), T(-1100)}))
        EXPECT_EQ(y, T(0)) << name << " " << type;
      for (T y : run<T>(name, type, {T(1100), T(1e5), most, inf}))
        EXPECT_EQ(y, inf) << name << " " << type;
    }
  };
  limits(0.0f, "f32");
  limits(0.0, "f64");
}

// Lanes of whole vectors and what is left over are computed alike.
TEST_P(Math, LengthDoesNotMatter) {
  std::vector<float> x;
  for (int i = 0; i < 67; ++i)
    x.push_back(-103 + 2.9f * i);
  for (const char *name : {"exp", "tanh", "erf"}) {
    std::vector<float> whole = run<float>(name, "f32", x);
    for (size_t i = 0; i < x.size(); i += 5)
      EXPECT_EQ(run<float>(name, "f32", {x[i]})[0], whole[i]) << name << " of " << x[i];
  }
}

INSTANTIATE_TEST_SUITE_P(Level, Math, testing::Values(2, 3, 4));

} // namespace
