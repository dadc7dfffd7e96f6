//===- Helpers.cpp - Properties and early stopping -----------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Training.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>

using namespace ingot::runtime;

//===----------------------------------------------------------------------===//
// Properties
//===----------------------------------------------------------------------===//

bool ingot::runtime::appendProperty(const ingot_state &state, Property **list, const char *name, int8_t kind, int64_t whole, double number,
                                    const char *text) {
  size_t nameBytes = strlen(name) + 1, textBytes = strlen(text) + 1, bytes = sizeof(Property) + nameBytes + textBytes;
  auto *property = static_cast<Property *>(state.options.allocate(state.options.user, bytes, alignof(Property)));
  if (!property)
    return false;
  auto *names = reinterpret_cast<char *>(property + 1);
  memcpy(names, name, nameBytes);
  memcpy(names + nameBytes, text, textBytes);
  *property = {nullptr, bytes, names, names + nameBytes, whole, number, kind};
  while (*list)
    list = &(*list)->next;
  *list = property;
  return true;
}

void ingot::runtime::releaseProperties(const ingot_state &state, Property *list) {
  while (Property *property = list) {
    list = property->next;
    state.options.release(state.options.user, property, property->bytes);
  }
}

bool ingot::runtime::copyProperties(const ingot_state &state, const Property *from, Property **list) {
  *list = nullptr;
  for (; from; from = from->next)
    if (!appendProperty(state, list, from->name, from->kind, from->whole, from->number, from->text)) {
      releaseProperties(state, *list);
      *list = nullptr;
      return false;
    }
  return true;
}

/// Where the property of that name hangs, or the end of the list.
static Property **find(ingot_state &state, const char *name) {
  Property **at = &state.properties;
  while (*at && strcmp((*at)->name, name))
    at = &(*at)->next;
  return at;
}

static ingot_status set(ingot_state *state, const char *name, int8_t kind, int64_t whole, double number, const char *text) {
  if (!state || !name || !text)
    return fail(INGOT_STATUS_ARGUMENT, "ingot_state_set: a null pointer");
  Property *made = nullptr;
  if (!appendProperty(*state, &made, name, kind, whole, number, text))
    return fail(INGOT_STATUS_MEMORY, "out of memory");
  Property **at = find(*state, name), *old = *at;
  if (old) {
    made->next = old->next;
    old->next = nullptr;
    releaseProperties(*state, old);
  }
  *at = made;
  return INGOT_STATUS_OK;
}

static ingot_status get(const ingot_state *state, const char *name, int8_t kind, const Property *&property) {
  if (!state || !name)
    return fail(INGOT_STATUS_ARGUMENT, "ingot_state_get: a null pointer");
  property = *find(const_cast<ingot_state &>(*state), name);
  static const char *const kinds[] = {"whole number", "number", "text"};
  if (!property || property->kind != kind)
    return fail(INGOT_STATUS_NOT_FOUND, "the state has no %s '%s'", kinds[kind], name);
  return INGOT_STATUS_OK;
}

ingot_status ingot_state_set_whole(ingot_state *state, const char *name, int64_t value) { return set(state, name, 0, value, 0, ""); }
ingot_status ingot_state_set_number(ingot_state *state, const char *name, double value) { return set(state, name, 1, 0, value, ""); }
ingot_status ingot_state_set_text(ingot_state *state, const char *name, const char *value) { return set(state, name, 2, 0, 0, value); }

ingot_status ingot_state_get_whole(const ingot_state *state, const char *name, int64_t *value) {
  const Property *property;
  if (ingot_status status = get(state, name, 0, property))
    return status;
  *value = property->whole;
  return INGOT_STATUS_OK;
}

ingot_status ingot_state_get_number(const ingot_state *state, const char *name, double *value) {
  const Property *property;
  if (ingot_status status = get(state, name, 1, property))
    return status;
  *value = property->number;
  return INGOT_STATUS_OK;
}

ingot_status ingot_state_get_text(const ingot_state *state, const char *name, const char **value) {
  const Property *property;
  if (ingot_status status = get(state, name, 2, property))
    return status;
  *value = property->text;
  return INGOT_STATUS_OK;
}

const char *ingot_state_property(const ingot_state *state, int32_t index) {
  const Property *property = state && index >= 0 ? state->properties : nullptr;
  for (; property && index; --index)
    property = property->next;
  return property ? property->name : nullptr;
}

//===----------------------------------------------------------------------===//
// Early stopping
//===----------------------------------------------------------------------===//

struct ingot_early_stopping {
  int64_t patience;
  double minDelta;
  int32_t maximize;
  int64_t bad;
  double best;
  ingot_state *state; ///< with the best metric, or null
};

ingot_status ingot_early_stopping_create(int64_t patience, double minDelta, int32_t maximize, ingot_early_stopping **stopping) {
  if (!stopping)
    return fail(INGOT_STATUS_ARGUMENT, "ingot_early_stopping_create: a null pointer");
  *stopping = nullptr;
  if (patience < 0 || !(minDelta >= 0) || !isfinite(minDelta))
    return fail(INGOT_STATUS_ARGUMENT, "ingot_early_stopping_create: patience and min_delta are not negative");
  auto *made = static_cast<ingot_early_stopping *>(calloc(1, sizeof(ingot_early_stopping)));
  if (!made)
    return fail(INGOT_STATUS_MEMORY, "out of memory");
  made->patience = patience;
  made->minDelta = minDelta;
  made->maximize = maximize;
  *stopping = made;
  return INGOT_STATUS_OK;
}

void ingot_early_stopping_destroy(ingot_early_stopping *stopping) {
  if (!stopping)
    return;
  ingot_state_destroy(stopping->state);
  free(stopping);
}

ingot_status ingot_early_stopping_update(ingot_early_stopping *stopping, const ingot_state *state, double metric, int32_t *stop) {
  if (!stopping || !state || !stop)
    return fail(INGOT_STATUS_ARGUMENT, "ingot_early_stopping_update: a null pointer");
  double gain = stopping->maximize ? metric - stopping->best : stopping->best - metric;
  if (!isnan(metric) && (!stopping->state || gain > stopping->minDelta)) {
    ingot_status status = stopping->state ? ingot_state_assign(stopping->state, state) : ingot_state_clone(state, &stopping->state);
    if (status)
      return status;
    stopping->best = metric;
    stopping->bad = 0;
  } else {
    ++stopping->bad;
  }
  *stop = stopping->bad > stopping->patience;
  return INGOT_STATUS_OK;
}

ingot_status ingot_early_stopping_best(const ingot_early_stopping *stopping, double *metric) {
  if (!stopping || !metric)
    return fail(INGOT_STATUS_ARGUMENT, "ingot_early_stopping_best: a null pointer");
  if (!stopping->state)
    return fail(INGOT_STATUS_NOT_FOUND, "no state has been kept: the metric was never a number");
  *metric = stopping->best;
  return INGOT_STATUS_OK;
}

ingot_status ingot_early_stopping_restore(const ingot_early_stopping *stopping, ingot_state *state) {
  double metric;
  if (ingot_status status = ingot_early_stopping_best(stopping, &metric))
    return status;
  return ingot_state_assign(state, stopping->state);
}
