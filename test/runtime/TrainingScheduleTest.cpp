//===- TrainingScheduleTest.cpp - Learning rates ----------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Expected are the recurrences by which PyTorch's schedulers go from one step to the next (the runtime has closed forms), and rates that
// PyTorch itself recorded.
//
//===----------------------------------------------------------------------===//

#include "TrainingFixture.h"

#include <cmath>
#include <functional>

namespace {

constexpr double pi = 3.14159265358979323846;

ingot_schedule parse(const char *text, double base = 0.1) {
  ingot_schedule schedule = {};
  EXPECT_OK(ingot_schedule_parse(text, base, &schedule));
  return schedule;
}

/// `next(t, rate)` is the rate of step t from that of step t - 1.
void expectRecurrence(const char *text, double first, int64_t steps, std::function<double(int64_t, double)> next) {
  SCOPED_TRACE(text);
  ingot_schedule schedule = parse(text);
  double rate = first;
  for (int64_t t = 0; t < steps; ++t) {
    rate = t ? next(t, rate) : first;
    ASSERT_NEAR(ingot_schedule_value(&schedule, t), rate, 1e-12 * std::fabs(first) + 1e-15) << t;
  }
}

} // namespace

TEST(TrainingSchedule, FollowsRecurrences) {
  expectRecurrence("constant", 0.1, 10, [](int64_t, double rate) { return rate; });
  expectRecurrence("constant:warmup=4", 0.025, 10, [](int64_t t, double) { return t < 4 ? 0.1 * double(t + 1) / 4 : 0.1; });
  expectRecurrence("step:T=3,gamma=0.5", 0.1, 30, [](int64_t t, double rate) { return t % 3 == 0 ? rate * 0.5 : rate; });
  expectRecurrence("multistep:milestones=2;5;6,gamma=0.3", 0.1, 10,
                   [](int64_t t, double rate) { return t == 2 || t == 5 || t == 6 ? rate * 0.3 : rate; });
  expectRecurrence("exponential:gamma=0.97", 0.1, 100, [](int64_t, double rate) { return rate * 0.97; });
  // LinearLR(start_factor=1, end_factor=0.25, total_iters=8)
  expectRecurrence("linear:T=8,end=0.25", 0.1, 20,
                   [](int64_t t, double rate) { return t > 8 ? rate : rate * (1 + (0.25 - 1) / (8.0 + double(t - 1) * (0.25 - 1))); });
  // CosineAnnealingLR(T_max=20, eta_min=0.01)
  expectRecurrence("cosine:T=20,min=0.01", 0.1, 40, [](int64_t t, double rate) {
    return t > 20 ? rate : (1 + std::cos(pi * double(t) / 20)) / (1 + std::cos(pi * double(t - 1) / 20)) * (rate - 0.01) + 0.01;
  });
  // PolynomialLR(total_iters=10, power=2)
  expectRecurrence("polynomial:T=10,power=2", 0.1, 15, [](int64_t t, double rate) {
    return t > 10 ? 0 : rate * std::pow((1 - double(t) / 10) / (1 - double(t - 1) / 10), 2.0);
  });
}

TEST(TrainingSchedule, Restarts) {
  for (int growth : {1, 2, 3}) {
    // CosineAnnealingWarmRestarts(T_0=5, T_mult=growth, eta_min=0.001), which counts up to a restart.
    ingot_schedule schedule = parse(("cosine_restarts:T=5,min=0.001,growth=" + std::to_string(growth)).c_str());
    int current = 0, period = 5;
    for (int64_t t = 0; t < 300; ++t, ++current) {
      if (current >= period)
        current -= period, period *= growth;
      EXPECT_NEAR(ingot_schedule_value(&schedule, t), 0.001 + (0.1 - 0.001) * (1 + std::cos(pi * current / period)) / 2, 1e-15) << t;
    }
  }
}

TEST(TrainingSchedule, GoesThroughOneCycle) {
  // OneCycleLR(max_lr=0.1, total_steps=50): from max/25 to max until step 0.3 * 50 - 1, then to max/25/10000 at step 49.
  ingot_schedule schedule = parse("one_cycle:T=50");
  auto between = [](double from, double to, double part) { return to + (from - to) / 2 * (1 + std::cos(pi * part)); };
  for (int t = 0; t < 60; ++t)
    EXPECT_NEAR(ingot_schedule_value(&schedule, t),
                t <= 14 ? between(0.004, 0.1, t / 14.0) : between(0.1, 0.004 / 1e4, std::fmin(1, (t - 14) / 35.0)), 1e-15)
        << t;
  EXPECT_DOUBLE_EQ(ingot_schedule_value(&schedule, 0), 0.004);
  EXPECT_DOUBLE_EQ(ingot_schedule_value(&schedule, 14), 0.1);
  EXPECT_NEAR(ingot_schedule_value(&schedule, 49), 4e-7, 1e-18);
}

TEST(TrainingSchedule, AgreesWithRecordedRates) {
  ingot_schedule cosine = parse("cosine:T=90,warmup=10,lr=0.005", 1), steps = parse("step:T=20,gamma=0.5,lr=0.02", 1);
  struct {
    int64_t t;
    double cosine, steps;
  } recorded[] = {{0, 0.0005, 0.02},
                  {1, 0.001, 0.02},
                  {9, 0.005, 0.02},
                  {10, 0.005, 0.02},
                  {11, 0.004998477067547739, 0.02},
                  {20, 0.0048492315519647715, 0.01},
                  {39, 0.0038247981605830125, 0.01},
                  {40, 0.00375, 0.005},
                  {55, 0.0025, 0.005},
                  {73, 0.0010305368692688174, 0.0025},
                  {98, 6.089874350439506e-06, 0.00125},
                  {99, 1.5229324522605948e-06, 0.00125}};
  for (auto &r : recorded) {
    EXPECT_NEAR(ingot_schedule_value(&cosine, r.t), r.cosine, 1e-17) << r.t;
    EXPECT_NEAR(ingot_schedule_value(&steps, r.t), r.steps, 1e-17) << r.t;
  }
}

TEST(TrainingSchedule, WatchesAPlateau) {
  // ReduceLROnPlateau(factor=0.5, patience=2, cooldown=1, threshold=0.1, min_lr=0.03), by its own words.
  Regression r;
  ingot_state *state = r.create();
  ingot_schedule schedule = parse("plateau:gamma=0.5,patience=2,cooldown=1,threshold=0.1,min=0.03");
  ASSERT_OK(ingot_state_set_schedule(state, 0, &schedule));
  struct {
    double metric, rate;
  } reports[] = {
      {1.0, 0.1},   {0.95, 0.1}, {0.8, 0.1},         // better by more than a tenth
      {0.79, 0.1},  {0.75, 0.1}, {0.73, 0.05},       // the third that is not: halved
      {0.9, 0.05},                                   // cooling down
      {0.9, 0.05},  {0.9, 0.05}, {NAN, 0.03},        // not below the least
      {0.5, 0.03},  {0.5, 0.03}, {INFINITY, 0.03},
  };
  for (auto &report : reports) {
    ASSERT_OK(ingot_state_report(state, 0, report.metric));
    EXPECT_NEAR(ingot_state_learning_rate(state, 0), report.rate, 1e-15) << report.metric;
  }
  schedule = parse("plateau:mode=max,patience=0");
  ingot_plateau plateau = {1, 0, 0, 0, 0};
  for (double metric : {1.0, 2.0, 3.0})
    ingot_plateau_report(&schedule, &plateau, metric);
  EXPECT_EQ(plateau.scale, 1);
  ingot_plateau_report(&schedule, &plateau, 2);
  EXPECT_EQ(plateau.scale, 0.1);
}

TEST(TrainingSchedule, IsATextAndBack) {
  for (const char *text :
       {"constant:lr=0.1", "step:lr=0.1,T=30,gamma=0.5", "multistep:lr=0.1,gamma=0.2,milestones=3;5;9", "exponential:lr=0.1,gamma=0.99",
        "linear:lr=0.1,T=10,end=0.1,warmup=5", "cosine:lr=0.001,T=1000,min=1e-05,warmup=100", "cosine_restarts:lr=0.1,T=10,growth=2",
        "polynomial:lr=0.1,T=7,power=0.5", "one_cycle:lr=0.3,T=500,div=10,final_div=100,rise=0.25",
        "plateau:lr=0.1,gamma=0.3,threshold=0.01,patience=3,cooldown=2,mode=max", "constant:lr=0.30000000000000004"}) {
    ingot_schedule schedule = parse(text, 77), again;
    char printed[256], cut[8];
    EXPECT_EQ(ingot_schedule_print(&schedule, printed, sizeof(printed)), strlen(text));
    EXPECT_STREQ(printed, text);
    EXPECT_EQ(ingot_schedule_print(&schedule, cut, sizeof(cut)), strlen(text));
    EXPECT_EQ(std::string(cut), std::string(text).substr(0, 7));
    EXPECT_EQ(ingot_schedule_print(&schedule, nullptr, 0), strlen(text));
    ASSERT_OK(ingot_schedule_parse(printed, 1, &again));
    EXPECT_EQ(memcmp(&schedule, &again, sizeof(schedule)), 0);
  }
  EXPECT_EQ(parse("cosine:T=1e5").period, 100000);
  EXPECT_EQ(parse("step:T=10").factor, 0.1);
}

TEST(TrainingSchedule, SaysWhatIsWrong) {
  struct {
    const char *text, *message;
  } cases[] = {{"", "there is no ''"},
               {"cosin:T=3", "there is no 'cosin'"},
               {"cosine", "T, the number of steps"},
               {"cosine:T=0", "T, the number of steps"},
               {"cosine:T", "'T' needs a value"},
               {"cosine:T=", "'' is no value for 'T'"},
               {"cosine:T=1.5", "'1.5' is no value for 'T'"},
               {"cosine:T=-1", "'-1' is no value for 'T'"},
               {"cosine:T=5x", "'5x' is no value for 'T'"},
               {"cosine:T=5,T=6", "'T' is given twice"},
               {"cosine:T=5,", "'' needs a value"},
               {"cosine:T=5,gamma=1", "'cosine' has no 'gamma'"},
               {"cosine:T=5,min=nan", "min must be"},
               {"constant:lr=-1", "the learning rate must be"},
               {"constant:lr=inf", "the learning rate must be"},
               {"step:T=5,gamma=-1", "gamma must be"},
               {"multistep", "1 to 16 milestones"},
               {"multistep:milestones=5;3", "must ascend"},
               {"multistep:milestones=5;x", "is no value for 'milestones'"},
               {"multistep:milestones=1;2;3;4;5;6;7;8;9;10;11;12;13;14;15;16;17", "more than 16"},
               {"cosine_restarts:T=5,growth=0.5", "growth must be"},
               {"polynomial:T=5,power=0", "power must be"},
               {"one_cycle:T=5,rise=2", "rise within"},
               {"one_cycle:T=5,warmup=2", "'one_cycle' has no 'warmup'"},
               {"plateau:gamma=1", "between 0 and 1"},
               {"plateau:mode=best", "'best' is no value for 'mode'"}};
  for (auto &c : cases) {
    ingot_schedule schedule;
    EXPECT_ERROR(ingot_schedule_parse(c.text, 0.1, &schedule), INGOT_STATUS_ARGUMENT, c.message) << c.text;
  }
}
