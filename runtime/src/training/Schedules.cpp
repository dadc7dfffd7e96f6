//===- Schedules.cpp - Learning rates ------------------------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The closed forms of torch.optim.lr_scheduler's classes of these names (StepLR, MultiStepLR, ExponentialLR, LinearLR, CosineAnnealingLR,
// CosineAnnealingWarmRestarts, PolynomialLR, OneCycleLR, ReduceLROnPlateau). Where those go up again behind their last step, or end with
// an error, the last rate stays here.
//
//===----------------------------------------------------------------------===//

#include "../Internal.h"

#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

using namespace ingot::runtime;

static constexpr double pi = 3.141592653589793238463;

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

/// From `from` at part 0 to `to` at part 1, along half a cosine wave.
static double alongCosine(double from, double to, double part) { return to + (from - to) * (1 + cos(pi * part)) / 2; }

static double oneCycle(const ingot_schedule &s, int64_t t) {
  double first = s.base / s.first_factor, last = first / s.last_factor, total = double(s.period);
  double top = s.rise * total - 1, end = total - 1, at = double(t);
  if (at <= top)
    return alongCosine(first, s.base, top > 0 ? at / top : 1);
  return at < end ? alongCosine(s.base, last, (at - top) / (end - top)) : last;
}

static double restarts(const ingot_schedule &s, int64_t t) {
  double at = double(t), period = double(s.period);
  if (s.factor > 1)
    for (; at >= period; period *= s.factor)
      at -= period;
  else
    at = double(t % s.period);
  return alongCosine(s.base, s.minimum, at / period);
}

double ingot_schedule_value(const ingot_schedule *schedule, int64_t t) {
  if (!schedule)
    return 0;
  const ingot_schedule &s = *schedule;
  t = t < 0 ? 0 : t;
  if (t < s.warmup)
    return s.base * double(t + 1) / double(s.warmup);
  t -= s.warmup;
  double part = s.period > 0 ? double(t < s.period ? t : s.period) / double(s.period) : 0;
  switch (s.kind) {
  case INGOT_SCHEDULE_STEP: return s.base * pow(s.factor, double(s.period > 0 ? t / s.period : 0));
  case INGOT_SCHEDULE_MULTISTEP: {
    int32_t passed = 0;
    while (passed < s.milestone_count && passed < INGOT_MAX_MILESTONES && s.milestones[passed] <= t)
      ++passed;
    return s.base * pow(s.factor, passed);
  }
  case INGOT_SCHEDULE_EXPONENTIAL: return s.base * pow(s.factor, double(t));
  case INGOT_SCHEDULE_LINEAR: return s.base * (1 + (s.factor - 1) * part);
  case INGOT_SCHEDULE_COSINE: return alongCosine(s.base, s.minimum, part);
  case INGOT_SCHEDULE_COSINE_RESTARTS: return s.period > 0 ? restarts(s, t) : s.base;
  case INGOT_SCHEDULE_POLYNOMIAL: return s.base * pow(1 - part, s.factor);
  case INGOT_SCHEDULE_ONE_CYCLE: return oneCycle(s, t);
  default: return s.base;
  }
}

void ingot_plateau_report(const ingot_schedule *schedule, ingot_plateau *plateau, double metric) {
  if (!schedule || !plateau)
    return;
  bool better = !plateau->started || (schedule->maximize ? metric > plateau->best * (1 + schedule->threshold)
                                                         : metric < plateau->best * (1 - schedule->threshold));
  // A metric that is no number is never better, and does not become the best.
  if (better && !isnan(metric)) {
    plateau->best = metric;
    plateau->started = true;
    plateau->bad = 0;
  } else {
    ++plateau->bad;
  }
  if (plateau->cooldown > 0) {
    --plateau->cooldown;
    plateau->bad = 0;
  }
  if (plateau->bad > schedule->patience) {
    plateau->scale *= schedule->factor;
    plateau->cooldown = schedule->cooldown;
    plateau->bad = 0;
  }
}

//===----------------------------------------------------------------------===//
// Checks
//===----------------------------------------------------------------------===//

ingot_status ingot_schedule_check(const ingot_schedule *schedule) {
  if (!schedule)
    return fail(INGOT_STATUS_ARGUMENT, "ingot_schedule_check: a null pointer");
  const ingot_schedule &s = *schedule;
  auto wrong = [](const char *what) { return fail(INGOT_STATUS_ARGUMENT, "schedule: %s", what); };
  if (s.kind < INGOT_SCHEDULE_CONSTANT || s.kind > INGOT_SCHEDULE_PLATEAU)
    return wrong("there is no such kind");
  if (!(s.base >= 0) || !isfinite(s.base))
    return wrong("the learning rate must be a finite number, not negative");
  if (s.warmup < 0)
    return wrong("warmup is negative");
  bool needsPeriod = s.kind == INGOT_SCHEDULE_STEP || s.kind == INGOT_SCHEDULE_LINEAR || s.kind == INGOT_SCHEDULE_COSINE ||
                     s.kind == INGOT_SCHEDULE_COSINE_RESTARTS || s.kind == INGOT_SCHEDULE_POLYNOMIAL || s.kind == INGOT_SCHEDULE_ONE_CYCLE;
  if (needsPeriod && s.period < 1)
    return wrong("T, the number of steps, must be at least 1");
  if ((s.kind == INGOT_SCHEDULE_COSINE || s.kind == INGOT_SCHEDULE_COSINE_RESTARTS || s.kind == INGOT_SCHEDULE_PLATEAU) &&
      (!(s.minimum >= 0) || !isfinite(s.minimum)))
    return wrong("min must be a finite number, not negative");
  switch (s.kind) {
  case INGOT_SCHEDULE_STEP: case INGOT_SCHEDULE_MULTISTEP: case INGOT_SCHEDULE_EXPONENTIAL: case INGOT_SCHEDULE_LINEAR:
    if (!(s.factor >= 0) || !isfinite(s.factor))
      return wrong("gamma must be a finite number, not negative");
    break;
  case INGOT_SCHEDULE_COSINE_RESTARTS:
    if (s.factor != 1 && !(s.factor >= 1.001 && isfinite(s.factor)))
      return wrong("growth must be 1, or 1.001 and more");
    break;
  case INGOT_SCHEDULE_POLYNOMIAL:
    if (!(s.factor > 0) || !isfinite(s.factor))
      return wrong("power must be above 0");
    break;
  case INGOT_SCHEDULE_ONE_CYCLE:
    if (!(s.first_factor > 0 && s.last_factor > 0 && s.rise >= 0 && s.rise <= 1) || !isfinite(s.first_factor) || !isfinite(s.last_factor))
      return wrong("div and final_div must be above 0, and rise within 0 and 1");
    if (s.warmup)
      return wrong("one_cycle warms up itself; it takes no warmup");
    break;
  case INGOT_SCHEDULE_PLATEAU:
    if (!(s.factor > 0 && s.factor < 1) || !(s.threshold >= 0) || !isfinite(s.threshold) || s.patience < 0 || s.cooldown < 0)
      return wrong("gamma must lie between 0 and 1, and threshold, patience and cooldown not be negative");
    break;
  }
  if (s.kind == INGOT_SCHEDULE_MULTISTEP) {
    if (s.milestone_count < 1 || s.milestone_count > INGOT_MAX_MILESTONES)
      return wrong("multistep takes 1 to 16 milestones");
    for (int32_t i = 0; i < s.milestone_count; ++i)
      if (s.milestones[i] < 0 || (i && s.milestones[i] <= s.milestones[i - 1]))
        return wrong("milestones must ascend");
  }
  return INGOT_STATUS_OK;
}

//===----------------------------------------------------------------------===//
// Texts
//===----------------------------------------------------------------------===//

static const char *const kindNames[] = {"constant",        "step",       "multistep", "exponential", "linear", "cosine",
                                        "cosine_restarts", "polynomial", "one_cycle", "plateau"};

namespace {

/// Numbers with a point, whatever the program's language.
struct PlainNumbers {
  locale_t plain = newlocale(LC_ALL_MASK, "C", locale_t(nullptr)), before = plain ? uselocale(plain) : locale_t(nullptr);
  ~PlainNumbers() {
    if (!plain)
      return;
    uselocale(before);
    freelocale(plain);
  }
};

/// A name of the text, and what it sets.
struct Field {
  const char *name;
  uint32_t kinds; ///< a bit for each kind that has it
  double ingot_schedule::*number;
  int64_t ingot_schedule::*whole;
};

} // namespace

static constexpr uint32_t bit(ingot_schedule_kind kind) { return 1u << kind; }
static constexpr uint32_t allKinds = 0x3ff;
static constexpr uint32_t withPeriod = bit(INGOT_SCHEDULE_STEP) | bit(INGOT_SCHEDULE_LINEAR) | bit(INGOT_SCHEDULE_COSINE) |
                                       bit(INGOT_SCHEDULE_COSINE_RESTARTS) | bit(INGOT_SCHEDULE_POLYNOMIAL) | bit(INGOT_SCHEDULE_ONE_CYCLE);

static const Field fields[] = {
    {"lr", allKinds, &ingot_schedule::base, nullptr},
    {"T", withPeriod, nullptr, &ingot_schedule::period},
    {"gamma", bit(INGOT_SCHEDULE_STEP) | bit(INGOT_SCHEDULE_MULTISTEP) | bit(INGOT_SCHEDULE_EXPONENTIAL) | bit(INGOT_SCHEDULE_PLATEAU),
     &ingot_schedule::factor, nullptr},
    {"end", bit(INGOT_SCHEDULE_LINEAR), &ingot_schedule::factor, nullptr},
    {"growth", bit(INGOT_SCHEDULE_COSINE_RESTARTS), &ingot_schedule::factor, nullptr},
    {"power", bit(INGOT_SCHEDULE_POLYNOMIAL), &ingot_schedule::factor, nullptr},
    {"min", bit(INGOT_SCHEDULE_COSINE) | bit(INGOT_SCHEDULE_COSINE_RESTARTS) | bit(INGOT_SCHEDULE_PLATEAU), &ingot_schedule::minimum,
     nullptr},
    {"warmup", allKinds & ~bit(INGOT_SCHEDULE_ONE_CYCLE), nullptr, &ingot_schedule::warmup},
    {"div", bit(INGOT_SCHEDULE_ONE_CYCLE), &ingot_schedule::first_factor, nullptr},
    {"final_div", bit(INGOT_SCHEDULE_ONE_CYCLE), &ingot_schedule::last_factor, nullptr},
    {"rise", bit(INGOT_SCHEDULE_ONE_CYCLE), &ingot_schedule::rise, nullptr},
    {"threshold", bit(INGOT_SCHEDULE_PLATEAU), &ingot_schedule::threshold, nullptr},
    {"patience", bit(INGOT_SCHEDULE_PLATEAU), nullptr, &ingot_schedule::patience},
    {"cooldown", bit(INGOT_SCHEDULE_PLATEAU), nullptr, &ingot_schedule::cooldown},
};

/// PyTorch's defaults, where it has some.
static void setDefaults(int32_t kind, double base, ingot_schedule &s) {
  memset(&s, 0, sizeof(s));
  s.kind = kind;
  s.base = base;
  s.factor = kind == INGOT_SCHEDULE_STEP || kind == INGOT_SCHEDULE_MULTISTEP || kind == INGOT_SCHEDULE_PLATEAU ? 0.1
             : kind == INGOT_SCHEDULE_LINEAR                                                                    ? 0.0
                                                                                                                : 1.0;
  s.first_factor = 25;
  s.last_factor = 1e4;
  s.rise = 0.3;
  s.threshold = 1e-4;
  s.patience = 10;
}

static bool isWord(const char *text, size_t length, const char *word) { return strlen(word) == length && !memcmp(text, word, length); }

/// A whole number from `at` on, which is moved behind it.
static bool readWhole(const char *&at, int64_t &value) {
  char *end;
  // 1e5 is a number of steps, too.
  double number = strtod(at, &end);
  if (end == at || !(number >= 0 && number <= 0x1p53) || number != floor(number))
    return false;
  value = int64_t(number);
  at = end;
  return true;
}

static ingot_status readField(const char *&at, uint64_t &set, ingot_schedule &s) {
  const char *name = at;
  size_t length = strcspn(at, "=,");
  at += length;
  if (*at != '=')
    return fail(INGOT_STATUS_ARGUMENT, "schedule: '%.*s' needs a value: NAME=VALUE", int(length), name);
  const char *value = ++at;
  auto wrongValue = [&] {
    return fail(INGOT_STATUS_ARGUMENT, "schedule: '%.*s' is no value for '%.*s'", int(strcspn(value, ",")), value, int(length), name);
  };
  auto once = [&](int field) {
    bool first = !(set >> field & 1);
    set |= uint64_t(1) << field;
    return first ? INGOT_STATUS_OK : fail(INGOT_STATUS_ARGUMENT, "schedule: '%.*s' is given twice", int(length), name);
  };
  if (s.kind == INGOT_SCHEDULE_MULTISTEP && isWord(name, length, "milestones")) {
    if (ingot_status status = once(62))
      return status;
    do {
      if (s.milestone_count == INGOT_MAX_MILESTONES)
        return fail(INGOT_STATUS_ARGUMENT, "schedule: more than %d milestones", INGOT_MAX_MILESTONES);
      if (!readWhole(at, s.milestones[s.milestone_count++]))
        return wrongValue();
    } while (*at == ';' && at++);
    return *at && *at != ',' ? wrongValue() : INGOT_STATUS_OK;
  }
  if (s.kind == INGOT_SCHEDULE_PLATEAU && isWord(name, length, "mode")) {
    at += strcspn(at, ",");
    s.maximize = isWord(value, size_t(at - value), "max");
    return s.maximize || isWord(value, size_t(at - value), "min") ? once(63) : wrongValue();
  }
  for (const Field &field : fields) {
    if (!isWord(name, length, field.name) || !(field.kinds >> s.kind & 1))
      continue;
    if (ingot_status status = once(int(&field - fields)))
      return status;
    char *end;
    if (field.whole) {
      if (!readWhole(at, s.*field.whole))
        return wrongValue();
    } else {
      s.*field.number = strtod(at, &end);
      if (end == at)
        return wrongValue();
      at = end;
    }
    return *at && *at != ',' ? wrongValue() : INGOT_STATUS_OK;
  }
  return fail(INGOT_STATUS_ARGUMENT, "schedule: '%s' has no '%.*s'", kindNames[s.kind], int(length), name);
}

ingot_status ingot_schedule_parse(const char *text, double base, ingot_schedule *schedule) {
  if (!text || !schedule)
    return fail(INGOT_STATUS_ARGUMENT, "ingot_schedule_parse: a null pointer");
  PlainNumbers plain;
  size_t length = strcspn(text, ":");
  int32_t kind = 0;
  while (kind <= INGOT_SCHEDULE_PLATEAU && !isWord(text, length, kindNames[kind]))
    ++kind;
  if (kind > INGOT_SCHEDULE_PLATEAU)
    return fail(INGOT_STATUS_ARGUMENT,
                "schedule: there is no '%.*s'; there are constant, step, multistep, exponential, linear, cosine, cosine_restarts, "
                "polynomial, one_cycle and plateau",
                int(length), text);
  ingot_schedule made;
  setDefaults(kind, base, made);
  const char *at = text + length;
  uint64_t set = 0;
  while (*at) {
    ++at; // ':' or ','
    if (ingot_status status = readField(at, set, made))
      return status;
  }
  if (ingot_status status = ingot_schedule_check(&made))
    return status;
  *schedule = made;
  return INGOT_STATUS_OK;
}

namespace {
/// Appends to a text that may have too little room, and counts.
struct Printer {
  char *text;
  size_t size, length = 0;
  void add(const char *piece) {
    for (; *piece; ++piece, ++length)
      if (length + 1 < size)
        text[length] = *piece;
    if (size)
      text[length < size ? length : size - 1] = 0;
  }
  /// With as few digits as read back the same.
  void add(double number) {
    char digits[40];
    for (int precision = 15; precision <= 17; ++precision) {
      snprintf(digits, sizeof(digits), "%.*g", precision, number);
      if (strtod(digits, nullptr) == number)
        break;
    }
    add(digits);
  }
  void add(int64_t number) {
    char digits[40];
    snprintf(digits, sizeof(digits), "%lld", static_cast<long long>(number));
    add(digits);
  }
};
} // namespace

size_t ingot_schedule_print(const ingot_schedule *schedule, char *text, size_t size) {
  if (!schedule || schedule->kind < INGOT_SCHEDULE_CONSTANT || schedule->kind > INGOT_SCHEDULE_PLATEAU)
    return 0;
  PlainNumbers plain;
  Printer out = {text, text ? size : 0};
  out.add(kindNames[schedule->kind]);
  ingot_schedule defaults;
  setDefaults(schedule->kind, -1, defaults);
  const char *separator = ":";
  auto begin = [&](const char *name) {
    out.add(separator);
    out.add(name);
    out.add("=");
    separator = ",";
  };
  for (const Field &field : fields) {
    if (!(field.kinds >> schedule->kind & 1))
      continue;
    if (field.whole && schedule->*field.whole != defaults.*field.whole) {
      begin(field.name);
      out.add(schedule->*field.whole);
    } else if (field.number && schedule->*field.number != defaults.*field.number) {
      begin(field.name);
      out.add(schedule->*field.number);
    }
  }
  if (schedule->kind == INGOT_SCHEDULE_MULTISTEP)
    for (int32_t i = 0; i < schedule->milestone_count && i < INGOT_MAX_MILESTONES; ++i) {
      if (i)
        out.add(";");
      else
        begin("milestones");
      out.add(schedule->milestones[i]);
    }
  if (schedule->kind == INGOT_SCHEDULE_PLATEAU && schedule->maximize) {
    begin("mode");
    out.add("max");
  }
  return out.length;
}
