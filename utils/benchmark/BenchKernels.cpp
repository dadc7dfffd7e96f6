//===- BenchKernels.cpp - ingot-bench-kernels -----------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Compiles single kernels, loads them and times them in this process, in turns with a probe of the core's peak: what slows the
// machine down for a while slows both.
//
//===----------------------------------------------------------------------===//

#include "utils/benchmark/KernelCases.h"
#include "utils/compiler/Compiler.h"
#include "utils/support/Peak.h"

#include "ingot/runtime.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Regex.h"
#include "llvm/Support/raw_ostream.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <random>

using namespace llvm;

namespace ingot::benchmark {

namespace {

struct Options {
  std::string only;
  unsigned rounds = 9;
  double milliseconds = 10; ///< of a case in a round
  unsigned threads = 1;
  std::string cpu = "native";
  bool csv = false, list = false;
  std::string keep;
  double floor = 0;
};

Options options;

using Clock = std::chrono::steady_clock;

double secondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

bool failed(const Twine &text) {
  errs() << "ingot-bench-kernels: error: " << text << "\n";
  return false;
}

/// A compiled case with its inputs, and what was measured.
class Kernel {
public:
  explicit Kernel(KernelCase description) : description(std::move(description)) {}
  Kernel(Kernel &&) = delete;
  ~Kernel() {
    ingot_context_destroy(context);
    ingot_model_close(model);
  }

  bool build(StringRef folder);
  bool runRound();

  const KernelCase &getCase() const { return description; }
  double bestShare(double peak) const { return description.operations / (bestSeconds * 1e9) / peak; }
  double medianShare() const { return median(shares); }
  double bestMicroseconds() const { return bestSeconds * 1e6; }
  double medianMicroseconds() const { return median(seconds) * 1e6; }
  double peak() const { return bestPeak; }
  double compileSeconds = 0;

private:
  static double median(std::vector<double> values) {
    if (values.empty())
      return 0;
    std::sort(values.begin(), values.end());
    return (values[(values.size() - 1) / 2] + values[values.size() / 2]) / 2;
  }
  bool load(StringRef path);
  bool runOnce();

  KernelCase description;
  ingot_model *model = nullptr;
  ingot_context *context = nullptr;
  std::vector<std::vector<float>> data;
  std::vector<ingot_tensor> inputs;
  ingot_tensor output = {};
  double bestSeconds = 1e30, bestPeak = 0;
  std::vector<double> seconds, shares; // of each round
};

std::string fileName(StringRef name) {
  std::string text;
  for (char c : name)
    text += isAlnum(c) ? c : '_';
  return text;
}

bool Kernel::build(StringRef folder) {
  SmallString<128> source(folder), library;
  sys::path::append(source, fileName(description.name) + ".mlir");
  library = source;
  sys::path::replace_extension(library, "so");
  {
    std::error_code error;
    raw_fd_ostream out(source, error);
    if (error)
      return failed("cannot write '" + source + "': " + error.message());
    description.write(out);
    out.close();
    if (out.has_error())
      return failed("cannot write '" + source + "': " + out.error().message());
  }
  CompileOptions compile;
  compile.inputPath = source.str().str();
  compile.outputPath = library.str().str();
  compile.fromPhase = "import";
  compile.cpu = options.cpu;
  compile.modelName = "kernel";
  CompileResult result = compileModel(compile);
  compileSeconds = result.seconds;
  if (!result.ok()) {
    for (const Message &message : result.messages)
      errs() << "  " << message.text << "\n";
    return failed(description.name + ": cannot be compiled");
  }
  bool ok = load(library);
  if (options.keep.empty()) {
    sys::fs::remove(source);
    sys::fs::remove(library);
    sys::path::replace_extension(library, "h");
    sys::fs::remove(library);
  }
  return ok;
}

bool Kernel::load(StringRef path) {
  ingot_context_options settings = {};
  settings.struct_bytes = sizeof settings;
  settings.threads = options.threads;
  if (ingot_model_open_file(path.str().c_str(), &model) || ingot_context_create(model, &settings, &context))
    return failed(description.name + ": " + ingot_last_error());
  std::mt19937 random(1);
  for (const std::vector<int64_t> &sizes : description.inputs) {
    ingot_tensor tensor = {};
    tensor.dtype = INGOT_F32;
    size_t count = 1;
    for (int64_t size : sizes) {
      tensor.dims[tensor.rank++] = size;
      count *= size_t(size);
    }
    std::vector<float> &values = data.emplace_back(count + 16);
    for (float &value : values)
      value = float(random()) / 2147483648.0f - 1.0f;
    uintptr_t address = (reinterpret_cast<uintptr_t>(values.data()) + 63) / 64 * 64;
    tensor.data = reinterpret_cast<void *>(address);
    inputs.push_back(tensor);
  }
  return runOnce();
}

bool Kernel::runOnce() {
  if (ingot_context_run(context, 0, inputs.data(), int32_t(inputs.size()), &output, 1))
    return failed(description.name + ": " + ingot_last_error());
  return true;
}

bool Kernel::runRound() {
  double peak = probePeak(), best = 1e30;
  auto start = Clock::now();
  unsigned runs = 0;
  // Another kernel has used the caches before: the first run of a round is not counted.
  do {
    auto before = Clock::now();
    if (!runOnce())
      return false;
    double time = secondsSince(before);
    if (runs)
      best = std::min(best, time);
  } while (++runs < 4 || secondsSince(start) * 1000 < options.milliseconds);
  peak = std::max(peak, probePeak());
  bestPeak = std::max(bestPeak, peak);
  bestSeconds = std::min(bestSeconds, best);
  seconds.push_back(best);
  shares.push_back(description.operations / (best * 1e9) / (peak * options.threads));
  return true;
}

void print(const Kernel &kernel, double peak) {
  const KernelCase &c = kernel.getCase();
  double gflops = c.operations / kernel.bestMicroseconds() / 1000, gbytes = c.bytes / kernel.bestMicroseconds() / 1000;
  if (options.csv)
    outs() << c.group << ",\"" << c.name << '"'
           << format(",%.2f,%.2f,%.2f,%.4f,%.4f,%.2f,%.3f\n", kernel.bestMicroseconds(), kernel.medianMicroseconds(), gflops,
                     kernel.bestShare(peak), kernel.medianShare(), gbytes, kernel.compileSeconds);
  else
    outs() << left_justify(c.name, 34)
           << format("%11.1f %11.1f %8.1f %7.1f%% %7.1f%% %7.1f %8.2f\n", kernel.bestMicroseconds(), kernel.medianMicroseconds(),
                     gflops, 100 * kernel.bestShare(peak), 100 * kernel.medianShare(), gbytes, kernel.compileSeconds);
  outs().flush();
}

int run() {
  Regex filter(options.only);
  std::string error;
  if (!options.only.empty() && !filter.isValid(error))
    return failed("--only: " + error), 1;
  std::vector<std::unique_ptr<Kernel>> kernels;
  for (KernelCase &c : kernelCases())
    if (options.only.empty() || filter.match(c.name))
      kernels.push_back(std::make_unique<Kernel>(std::move(c)));
  if (options.list) {
    for (auto &kernel : kernels)
      outs() << kernel->getCase().name << "\n";
    return 0;
  }
  if (kernels.empty())
    return failed("no case matches '" + options.only + "'"), 1;

  SmallString<128> folder(options.keep);
  if (std::error_code code =
          options.keep.empty() ? sys::fs::createUniqueDirectory("ingot-bench", folder) : sys::fs::create_directories(folder))
    return failed("cannot create a folder: " + code.message()), 5;
  bool ok = true;
  for (std::unique_ptr<Kernel> &kernel : kernels)
    if (!kernel->build(folder)) {
      ok = false;
      kernel.reset();
    }
  if (options.keep.empty())
    sys::fs::remove(folder);
  erase_if(kernels, [](const std::unique_ptr<Kernel> &kernel) { return !kernel; });

  for (unsigned i = 0; i < std::max(1u, options.rounds); ++i)
    for (std::unique_ptr<Kernel> &kernel : kernels)
      if (!kernel->runRound())
        return 70;

  double peak = 0;
  for (std::unique_ptr<Kernel> &kernel : kernels)
    peak = std::max(peak, kernel->peak());
  peak *= options.threads;
  if (options.csv)
    outs() << "group,kernel,min_us,median_us,gflops,share_best,share_median,gbytes,compile_s\n";
  else
    outs() << format("peak %.1f GF/s", peak) << " (" << peakInstructions() << ", " << options.threads
           << (options.threads == 1 ? " thread" : " threads") << "), " << options.rounds << " rounds\n"
           << left_justify("kernel", 34) << "     min us   median us     GF/s     best   median    GB/s  compile\n";
  double lowest = 1e30;
  for (std::unique_ptr<Kernel> &kernel : kernels) {
    print(*kernel, peak);
    // A product with a vector is bound by memory, and is not held to the peak of arithmetic.
    if (kernel->getCase().group != "gemv")
      lowest = std::min(lowest, 100 * kernel->bestShare(peak));
  }
  if (!ok)
    return 70;
  return lowest < options.floor ? 4 : 0;
}

} // namespace

} // namespace ingot::benchmark

int main(int argc, char **argv) {
  using ingot::benchmark::options;
  CLI::App app("Times single kernels against the peak of the core, which is probed in between.");
  app.add_option("--only", options.only, "cases whose name matches this regular expression");
  app.add_option("--rounds", options.rounds, "rounds over all cases")->capture_default_str();
  app.add_option("--ms", options.milliseconds, "milliseconds of a case in a round")->capture_default_str();
  app.add_option("--threads", options.threads, "threads of a kernel")->capture_default_str()->check(CLI::Range(1u, 1024u));
  app.add_option("--cpu", options.cpu, "processor to compile for, as for `ingot compile`")->capture_default_str();
  app.add_flag("--csv", options.csv, "comma-separated values");
  app.add_flag("--list", options.list, "print the names of the cases");
  app.add_option("--keep", options.keep, "leave modules and libraries in this folder");
  app.add_option("--floor", options.floor, "exit with 4 when a kernel's best share of the peak is below this percentage");
  app.footer("Example:\n  ingot-bench-kernels --only '^gemm' --rounds 5");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError &error) {
    return app.exit(error) ? 1 : 0;
  }
  return ingot::benchmark::run();
}
