//===- ContextTest.cpp - Planning and running -----------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "ingot/ingot.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <string>
#include <thread>
#include <vector>
#include <unistd.h>

//===----------------------------------------------------------------------===//
// Counting allocations
//===----------------------------------------------------------------------===//

static std::atomic<long> allocations{0};

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
extern "C" int __sanitizer_install_malloc_and_free_hooks(void (*)(const volatile void *, size_t), void (*)(const volatile void *));
static int installed = __sanitizer_install_malloc_and_free_hooks([](const volatile void *, size_t) { ++allocations; },
                                                                 [](const volatile void *) {});
#else
extern "C" {
void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);
void *malloc(size_t size) { return ++allocations, __libc_malloc(size); }
void *calloc(size_t count, size_t size) { return ++allocations, __libc_calloc(count, size); }
void *realloc(void *old, size_t size) { return ++allocations, __libc_realloc(old, size); }
void *aligned_alloc(size_t alignment, size_t size) { return ++allocations, __libc_memalign(alignment, size); }
int posix_memalign(void **result, size_t alignment, size_t size) {
  ++allocations;
  *result = __libc_memalign(alignment, size);
  return *result ? 0 : ENOMEM;
}
}
#endif

namespace {

class ContextTest : public ::testing::Test {
protected:
  void SetUp() override {
    ASSERT_EQ(ingot_model_open_file(FAKES "/fake.so", &model), INGOT_STATUS_OK) << ingot_last_error();
    add = ingot_model_find_function(model, "add");
    one = ingot_model_find_function(model, "one");
    nonzero = ingot_model_find_function(model, "nonzero");
    failing = ingot_model_find_function(model, "fail");
    fill = ingot_model_find_function(model, "fill");
  }
  void TearDown() override { ingot_model_close(model); }

  ingot_context *create(ingot_context_options options = {}) {
    ingot_context *context = nullptr;
    options.struct_bytes = sizeof(options);
    EXPECT_EQ(ingot_context_create(model, &options, &context), INGOT_STATUS_OK) << ingot_last_error();
    return context;
  }

  static ingot_tensor floats(std::vector<float> &values) {
    return {values.data(), int64_t(values.size() * 4), INGOT_F32, 1, {int64_t(values.size())}};
  }

  ingot_model *model = nullptr;
  int32_t add, one, nonzero, failing, fill;
};

#define EXPECT_ERROR(call, status, text)                                                                                                \
  EXPECT_EQ(call, status);                                                                                                              \
  EXPECT_NE(std::string(ingot_last_error()).find(text), std::string::npos) << ingot_last_error()

TEST_F(ContextTest, PlansBeforeRunning) {
  ingot_context *context = create();
  ingot_tensor in[2] = {{nullptr, 0, INGOT_F32, 1, {1000}}, {nullptr, 0, INGOT_F32, 1, {1000}}}, out = {};
  int64_t arena = 0;
  ASSERT_EQ(ingot_context_plan(context, add, in, 2, &out, 1, &arena), INGOT_STATUS_OK) << ingot_last_error();
  EXPECT_EQ(arena, 4000);
  EXPECT_EQ(out.dtype, INGOT_F32);
  EXPECT_EQ(out.rank, 1);
  EXPECT_EQ(out.dims[0], 1000);
  EXPECT_EQ(out.data, nullptr);
  int64_t shape[2] = {3, 5};
  ingot_tensor shapeTensor = {shape, 0, INGOT_I64, 1, {2}};
  ASSERT_EQ(ingot_context_plan(context, fill, &shapeTensor, 1, &out, 1, nullptr), INGOT_STATUS_OK);
  EXPECT_EQ(out.dims[0], 3);
  EXPECT_EQ(out.dims[1], 5);
  shapeTensor.data = nullptr; // values count as zeros
  ASSERT_EQ(ingot_context_plan(context, fill, &shapeTensor, 1, &out, 1, nullptr), INGOT_STATUS_OK);
  EXPECT_EQ(out.dims[0], 0);
  std::vector<float> x(10);
  ingot_tensor xs = floats(x);
  ASSERT_EQ(ingot_context_plan(context, nonzero, &xs, 1, &out, 1, nullptr), INGOT_STATUS_OK);
  EXPECT_EQ(out.dims[0], -1);
  ingot_context_destroy(context);
}

TEST_F(ContextTest, RunsWithAnyThreads) {
  std::vector<float> x(10007), y(10007), z(10007);
  for (size_t i = 0; i < x.size(); ++i)
    x[i] = float(i), y[i] = 2 * float(i);
  for (uint32_t threads : {0u, 1u, 2u, 3u, 7u, 300u}) {
    ingot_context_options options = {};
    options.threads = threads;
    ingot_context *context = create(options);
    EXPECT_GE(ingot_context_threads(context), 1u);
    ingot_tensor in[2] = {floats(x), floats(y)}, out = floats(z);
    std::fill(z.begin(), z.end(), 0.0f);
    ASSERT_EQ(ingot_context_run(context, add, in, 2, &out, 1), INGOT_STATUS_OK) << ingot_last_error();
    EXPECT_EQ(out.data, z.data());
    for (size_t i = 0; i < z.size(); ++i)
      ASSERT_EQ(z[i], 3 * float(i) + 0.5f);
    ingot_context_destroy(context);
  }
}

TEST_F(ContextTest, OwnsOutputsWithoutData) {
  ingot_context *context = create();
  std::vector<float> x(5, 1), y(5, 2), longer(9, 1);
  ingot_tensor in[2] = {floats(x), floats(y)}, out = {};
  ASSERT_EQ(ingot_context_run(context, add, in, 2, &out, 1), INGOT_STATUS_OK);
  ASSERT_NE(out.data, nullptr);
  EXPECT_EQ(static_cast<float *>(out.data)[4], 3.5f);
  // The same tensor again, now with larger sizes: it still is the context's memory.
  in[0] = in[1] = floats(longer);
  ASSERT_EQ(ingot_context_run(context, add, in, 2, &out, 1), INGOT_STATUS_OK) << ingot_last_error();
  EXPECT_EQ(out.dims[0], 9);
  EXPECT_EQ(static_cast<float *>(out.data)[8], 2.5f);
  EXPECT_EQ(ingot_context_run(context, add, in, 2, nullptr, 0), INGOT_STATUS_OK);
  ingot_context_destroy(context);
}

TEST_F(ContextTest, GivesOutputsThatDependOnData) {
  ingot_context *context = create();
  std::vector<float> x = {0, 1, 0, 3, 4};
  ingot_tensor in = floats(x), out = {};
  ASSERT_EQ(ingot_context_run(context, nonzero, &in, 1, &out, 1), INGOT_STATUS_OK) << ingot_last_error();
  ASSERT_EQ(out.dims[0], 3);
  EXPECT_EQ(static_cast<int64_t *>(out.data)[2], 4);
  // Into the caller's buffer when it is large enough, else into the context's.
  int64_t buffer[8];
  out = {buffer, sizeof(buffer), INGOT_I64, 1, {8}};
  ASSERT_EQ(ingot_context_run(context, nonzero, &in, 1, &out, 1), INGOT_STATUS_OK);
  EXPECT_EQ(out.data, buffer);
  EXPECT_EQ(buffer[0], 1);
  out = {buffer, 8, INGOT_I64, 1, {1}};
  ASSERT_EQ(ingot_context_run(context, nonzero, &in, 1, &out, 1), INGOT_STATUS_OK);
  EXPECT_NE(out.data, buffer);
  // Nothing found: an empty output, which still has an address.
  std::vector<float> none(3, 0);
  in = floats(none);
  out = {};
  ASSERT_EQ(ingot_context_run(context, nonzero, &in, 1, &out, 1), INGOT_STATUS_OK) << ingot_last_error();
  EXPECT_EQ(out.dims[0], 0);
  EXPECT_NE(out.data, nullptr);
  ingot_context_destroy(context);
}

TEST_F(ContextTest, ComputesSizesFromValues) {
  ingot_context *context = create();
  for (int64_t rows : {2, 6, 3}) {
    int64_t shape[2] = {rows, 4};
    ingot_tensor in = {shape, 0, INGOT_I64, 1, {2}}, out = {};
    ASSERT_EQ(ingot_context_run(context, fill, &in, 1, &out, 1), INGOT_STATUS_OK);
    EXPECT_EQ(out.dims[0], rows);
    EXPECT_EQ(static_cast<float *>(out.data)[rows * 4 - 1], 7.0f);
  }
  int64_t shape[2] = {-3, 4};
  ingot_tensor in = {shape, 0, INGOT_I64, 1, {2}}, out = {};
  EXPECT_NE(ingot_context_run(context, fill, &in, 1, &out, 1), INGOT_STATUS_OK);
  ingot_context_destroy(context);
}

TEST_F(ContextTest, AllocatesNothingInRun) {
  for (uint32_t threads : {1u, 2u, 4u}) {
    ingot_context_options options = {};
    options.threads = threads;
    options.profile = 1;
    ingot_context *context = create(options);
    std::vector<float> x(1000, 1), y(1000, 2), z(1000);
    ingot_tensor in[2] = {floats(x), floats(y)}, out = floats(z), found = {}, owned = {};
    auto all = [&] {
      ASSERT_EQ(ingot_context_run(context, add, in, 2, &out, 1), INGOT_STATUS_OK);
      ASSERT_EQ(ingot_context_run(context, add, in, 2, &owned, 1), INGOT_STATUS_OK);
      ASSERT_EQ(ingot_context_run(context, nonzero, in, 1, &found, 1), INGOT_STATUS_OK);
    };
    all();
    all(); // here the memory handed out piece by piece becomes one piece
    // Threads that start late allocate what the sanitizers keep of a thread.
    for (long seen = -1; seen != allocations; usleep(100000))
      seen = allocations;
    long before = allocations;
    for (int i = 0; i < 100; ++i)
      all();
    EXPECT_EQ(allocations - before, 0);
    ingot_context_destroy(context);
  }
  long before = allocations;
  free(malloc(100));
  EXPECT_GT(allocations - before, 0) << "the counter itself does not work";
}

TEST_F(ContextTest, RunsAStaticFunction) {
  ingot_context *context = create();
  float a = 1, b = 2, c = 0;
  ingot_tensor in[2] = {{&a, 0, INGOT_F32, 1, {1}}, {&b, 0, INGOT_F32, 1, {1}}}, out = {&c, 0, INGOT_F32, 1, {1}};
  ASSERT_EQ(ingot_context_run(context, one, in, 2, &out, 1), INGOT_STATUS_OK);
  EXPECT_EQ(c, 3);
  ingot_context_destroy(context);
}

TEST_F(ContextTest, ChecksTensors) {
  ingot_context *context = create();
  std::vector<float> x(6, 1), y(6, 2), z(6);
  ingot_tensor in[2] = {floats(x), floats(y)}, out = floats(z);
  auto run = [&] { return ingot_context_run(context, add, in, 2, &out, 1); };
  ASSERT_EQ(run(), INGOT_STATUS_OK);
  auto with = [&](ingot_tensor &tensor, void (*change)(ingot_tensor &)) {
    ingot_tensor saved = tensor;
    change(tensor);
    ingot_status status = run();
    tensor = saved;
    return status;
  };
  EXPECT_ERROR(with(in[0], [](ingot_tensor &t) { t.dtype = INGOT_F64; }), INGOT_STATUS_DTYPE, "input 'x' is f64, the model takes f32");
  EXPECT_ERROR(with(in[1], [](ingot_tensor &t) { t.rank = 2; }), INGOT_STATUS_SHAPE, "'y' has 2 dimensions");
  EXPECT_ERROR(with(in[1], [](ingot_tensor &t) { t.dims[0] = 5; }), INGOT_STATUS_SHAPE, "input 'y' has size 5 in dimension 0 (N)");
  EXPECT_ERROR(with(in[0], [](ingot_tensor &t) { t.dims[0] = -2; }), INGOT_STATUS_SHAPE, "negative");
  EXPECT_ERROR(with(in[0], [](ingot_tensor &t) { t.dims[0] = INT64_MAX; }), INGOT_STATUS_SHAPE, "too large");
  EXPECT_ERROR(with(in[0], [](ingot_tensor &t) { t.bytes = 20; }), INGOT_STATUS_SHAPE, "20 bytes");
  EXPECT_ERROR(with(in[0], [](ingot_tensor &t) { t.data = nullptr; }), INGOT_STATUS_ARGUMENT, "no data");
  EXPECT_ERROR(with(in[0], [](ingot_tensor &t) { t.data = static_cast<char *>(t.data) + 1; }), INGOT_STATUS_ARGUMENT, "aligned");
  EXPECT_ERROR(with(out, [](ingot_tensor &t) { t.bytes = 20; }), INGOT_STATUS_SHAPE, "too small");
  EXPECT_ERROR(with(out, [](ingot_tensor &t) { t.bytes = 0, t.dims[0] = 7; }), INGOT_STATUS_SHAPE, "other sizes");
  EXPECT_ERROR(with(out, [](ingot_tensor &t) { t.dtype = INGOT_I64; }), INGOT_STATUS_DTYPE, "output 'z'");
  EXPECT_EQ(ingot_context_run(context, add, in, 1, &out, 1), INGOT_STATUS_ARGUMENT);
  EXPECT_EQ(ingot_context_run(context, add, in, 2, &out, 2), INGOT_STATUS_ARGUMENT);
  EXPECT_EQ(ingot_context_run(context, 99, in, 2, &out, 1), INGOT_STATUS_ARGUMENT);
  EXPECT_EQ(ingot_context_run(nullptr, add, in, 2, &out, 1), INGOT_STATUS_ARGUMENT);
  EXPECT_EQ(run(), INGOT_STATUS_OK);
  ingot_context_destroy(context);
}

TEST_F(ContextTest, RunsEmptyTensors) {
  ingot_context *context = create();
  ingot_tensor in[2] = {{nullptr, 0, INGOT_F32, 1, {0}}, {nullptr, 0, INGOT_F32, 1, {0}}}, out = {};
  ASSERT_EQ(ingot_context_run(context, add, in, 2, &out, 1), INGOT_STATUS_OK) << ingot_last_error();
  EXPECT_EQ(out.dims[0], 0);
  ingot_context_destroy(context);
}

TEST_F(ContextTest, ExplainsFailures) {
  std::string logged;
  ingot_context_options options = {};
  options.user = &logged;
  options.log = [](void *user, int32_t level, const char *text) {
    if (level == INGOT_LOG_ERROR)
      *static_cast<std::string *>(user) = text;
  };
  ingot_context *context = create(options);
  int32_t code = 0;
  ingot_tensor in = {&code, 0, INGOT_I32, 0, {}};
  auto run = [&](int32_t value) { return code = value, ingot_context_run(context, failing, &in, 1, nullptr, 0); };
  EXPECT_EQ(run(INGOT_OK), INGOT_STATUS_OK);
  EXPECT_ERROR(run(INGOT_ERROR_ASSERT), INGOT_STATUS_ASSERT, "node 'Add_0' (Add): the sizes must be positive");
  EXPECT_EQ(logged, ingot_last_error());
  EXPECT_ERROR(run(INGOT_ERROR_SHAPE), INGOT_STATUS_SHAPE, "Add_0");
  EXPECT_ERROR(run(INGOT_ERROR_MEMORY), INGOT_STATUS_MEMORY, "out of memory");
  EXPECT_ERROR(run(INGOT_ERROR_INDEX), INGOT_STATUS_INDEX, "outside");
  EXPECT_ERROR(run(77), INGOT_STATUS_INTERNAL, "77");
  ingot_context_destroy(context);
}

TEST_F(ContextTest, ProfilesKernels) {
  ingot_context_options options = {};
  options.profile = 1;
  ingot_context *context = create(options), *plain = create();
  std::vector<float> x(100), y(100);
  ingot_tensor in[2] = {floats(x), floats(y)};
  for (int i = 0; i < 3; ++i)
    ASSERT_EQ(ingot_context_run(context, add, in, 2, nullptr, 0), INGOT_STATUS_OK);
  ingot_kernel_profile profile;
  ASSERT_EQ(ingot_context_profile(context, 0, &profile), INGOT_STATUS_OK);
  EXPECT_STREQ(profile.name, "add_kernel");
  EXPECT_STREQ(profile.node, "Add_0");
  EXPECT_STREQ(profile.op, "Add");
  EXPECT_EQ(profile.node_count, 2);
  EXPECT_EQ(profile.calls, 3);
  EXPECT_GE(profile.total_ns, profile.min_ns * 3);
  EXPECT_GE(profile.last_end_ns, profile.last_start_ns);
  ingot_context_profile_reset(context);
  ASSERT_EQ(ingot_context_profile(context, 0, &profile), INGOT_STATUS_OK);
  EXPECT_EQ(profile.calls, 0);
  EXPECT_EQ(ingot_context_profile(context, 1, &profile), INGOT_STATUS_ARGUMENT);
  EXPECT_ERROR(ingot_context_profile(plain, 0, &profile), INGOT_STATUS_ARGUMENT, "without");
  const ingot_profile_event *events;
  int64_t count;
  EXPECT_ERROR(ingot_context_profile_events(context, &events, &count), INGOT_STATUS_ARGUMENT, "profile 2");
  ingot_context_destroy(context);
  ingot_context_destroy(plain);
}

TEST_F(ContextTest, KeepsEventsOfCallsAndThreads) {
  ingot_context_options options = {};
  options.profile = 2;
  options.threads = 2;
  ingot_context *context = create(options);
  std::vector<float> x(100), y(100);
  ingot_tensor in[2] = {floats(x), floats(y)};
  for (int i = 0; i < 3; ++i)
    ASSERT_EQ(ingot_context_run(context, add, in, 2, nullptr, 0), INGOT_STATUS_OK);
  const ingot_profile_event *events;
  int64_t count;
  ASSERT_EQ(ingot_context_profile_events(context, &events, &count), INGOT_STATUS_OK);
  int calls = 0, parts = 0;
  int64_t lastEnd = 0;
  for (int64_t i = 0; i < count; ++i) {
    EXPECT_EQ(events[i].kernel, 0);
    EXPECT_GE(events[i].end_ns, events[i].start_ns);
    if (events[i].thread >= 0) {
      // A part lies within its call, which is recorded after it.
      EXPECT_GE(events[i].start_ns, lastEnd);
      ++parts;
      continue;
    }
    EXPECT_GE(events[i].start_ns, lastEnd);
    lastEnd = events[i].end_ns;
    ++calls;
  }
  EXPECT_EQ(calls, 3);
  EXPECT_GE(parts, 3);
  ingot_context_profile_reset(context);
  ASSERT_EQ(ingot_context_profile_events(context, &events, &count), INGOT_STATUS_OK);
  EXPECT_EQ(count, 0);
  EXPECT_EQ(ingot_context_profile_events(context, nullptr, &count), INGOT_STATUS_ARGUMENT);
  // Thousands of runs later there is no room for more, and nothing else has changed.
  for (int i = 0; i < 40000; ++i)
    ASSERT_EQ(ingot_context_run(context, add, in, 2, nullptr, 0), INGOT_STATUS_OK);
  ASSERT_EQ(ingot_context_profile_events(context, &events, &count), INGOT_STATUS_OK);
  EXPECT_EQ(count, 1 << 16);
  ingot_context_destroy(context);
}

struct Counter {
  long live = 0, calls = 0, loops = 0;
  bool exhausted = false;
};

TEST_F(ContextTest, UsesTheCallersMemoryAndThreads) {
  Counter counter;
  ingot_context_options options = {};
  options.user = &counter;
  options.threads = 3;
  options.allocate = [](void *user, size_t bytes, size_t alignment) -> void * {
    auto &counter = *static_cast<Counter *>(user);
    if (counter.exhausted)
      return nullptr;
    ++counter.calls;
    counter.live += long(bytes);
    return std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
  };
  options.release = [](void *user, void *memory, size_t bytes) {
    static_cast<Counter *>(user)->live -= long(bytes);
    std::free(memory);
  };
  options.parallel_for = [](void *user, int64_t tasks, ingot_task_fn body, void *argument) {
    ++static_cast<Counter *>(user)->loops;
    std::thread half(body, argument, 0, tasks / 2);
    body(argument, tasks / 2, tasks);
    half.join();
  };
  ingot_context *context = create(options);
  EXPECT_EQ(ingot_context_threads(context), 3u);
  std::vector<float> x(100, 1), y(100, 2);
  ingot_tensor in[2] = {floats(x), floats(y)}, out = {};
  ASSERT_EQ(ingot_context_run(context, add, in, 2, &out, 1), INGOT_STATUS_OK);
  EXPECT_EQ(static_cast<float *>(out.data)[99], 3.5f);
  EXPECT_EQ(counter.loops, 1);
  EXPECT_GT(counter.calls, 2);
  // No more memory: a status, and the context works again afterwards.
  counter.exhausted = true;
  std::vector<float> longer(100000, 1);
  in[0] = in[1] = floats(longer);
  EXPECT_ERROR(ingot_context_run(context, add, in, 2, &out, 1), INGOT_STATUS_MEMORY, "arena needs 400000");
  EXPECT_EQ(ingot_context_run(context, nonzero, in, 1, nullptr, 0), INGOT_STATUS_MEMORY);
  counter.exhausted = false;
  out = {};
  EXPECT_EQ(ingot_context_run(context, add, in, 2, &out, 1), INGOT_STATUS_OK) << ingot_last_error();
  ingot_context_destroy(context);
  EXPECT_EQ(counter.live, 0);
}

TEST_F(ContextTest, ChecksOptions) {
  ingot_context *context;
  ingot_context_options options = {};
  EXPECT_ERROR(ingot_context_create(model, &options, &context), INGOT_STATUS_ARGUMENT, "struct_bytes");
  options.struct_bytes = sizeof(options);
  options.release = [](void *, void *, size_t) {};
  EXPECT_ERROR(ingot_context_create(model, &options, &context), INGOT_STATUS_ARGUMENT, "together");
  EXPECT_EQ(ingot_context_create(nullptr, nullptr, &context), INGOT_STATUS_ARGUMENT);
  // An older, shorter structure: what it lacks is zero.
  options.struct_bytes = offsetof(ingot_context_options, profile);
  ASSERT_EQ(ingot_context_create(model, &options, &context), INGOT_STATUS_OK);
  ingot_context_destroy(context);
  ingot_context_destroy(nullptr);
}

TEST_F(ContextTest, ServesManyThreadsAtOnce) {
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      ingot_context_options options = {};
      options.threads = 3;
      ingot_context *context = create(options);
      std::vector<float> x(3000, float(t)), y(3000, 1), z(3000);
      ingot_tensor in[2] = {floats(x), floats(y)}, out = floats(z);
      for (int i = 0; i < 300; ++i) {
        std::fill(z.begin(), z.end(), -1.0f);
        if (ingot_context_run(context, add, in, 2, &out, 1) || z[0] != float(t) + 1.5f || z[2999] != float(t) + 1.5f)
          ++wrong;
      }
      ingot_context_destroy(context);
    });
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_EQ(wrong, 0);
}

TEST(Wrapper, OwnsItsHandles) {
  ingot::Model model;
  ASSERT_EQ(model.open(FAKES "/fake.so"), INGOT_STATUS_OK);
  ingot::Context context;
  ASSERT_EQ(context.create(model), INGOT_STATUS_OK);
  float a[3] = {1, 2, 3}, b[3] = {4, 5, 6};
  ingot_tensor in[2] = {ingot::tensor(a, {3}), ingot::tensor(b, {3})}, out = {};
  ASSERT_EQ(context.run(0, in, 2, &out, 1), INGOT_STATUS_OK);
  EXPECT_EQ(ingot::data<float>(out)[2], 9.5f);
  ingot::Context moved = std::move(context);
  EXPECT_EQ(context.get(), nullptr);
  EXPECT_EQ(moved.run(0, in, 2, &out, 1), INGOT_STATUS_OK);
}

} // namespace
