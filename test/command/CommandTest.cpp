//===- CommandTest.cpp - The command line as other tools see it -----------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CommandFixture.h"

#include "utils/support/MergeAdapter.h"

#include <csignal>
#include <set>
#include <sys/resource.h>

using namespace ingot;

namespace {

TEST_F(Command, HelpsWithAnExample) {
  EXPECT_EQ(run("--help"), 0);
  EXPECT_HAS(out, "Example:");
  EXPECT_HAS(out, "70 internal error");
  for (const char *name : {"compile", "run", "bench", "check", "info", "diff"}) {
    EXPECT_EQ(run(std::string(name) + " --help"), 0);
    EXPECT_HAS(out, std::string("Example:\n  ingot ") + name);
  }
  EXPECT_EQ(run("--version"), 0);
  EXPECT_HAS(out, "ingot ");
}

TEST_F(Command, RefusesWrongUsage) {
  for (const char *arguments : {"", "frobnicate", "compile", "run", "bench x.so --threads 0", "bench x.so --seconds often",
                                "compile x.onnx -O9", "compile x.onnx --emit=paper", "run x.so --no-such-option", "compile a b c"}) {
    EXPECT_EQ(run(arguments), 1) << arguments;
    EXPECT_FALSE(err.empty());
  }
  EXPECT_EQ(run("diff " + fake), 1);
}

TEST_F(Command, RunsALibrary) {
  std::string in = npz("in.npz", floats("x", {1, 2, 3}), floats("y", {10, 20, 30}));
  for (const char *threads : {"", " --threads 1", " --threads 7"}) {
    ASSERT_EQ(run("run " + fake + " --inputs " + in + " --outputs " + path("out.npz") + threads), 0) << err;
    std::vector<NpzArray> arrays;
    ASSERT_TRUE(readNpz(path("out.npz"), arrays).ok());
    ASSERT_EQ(arrays.size(), 1u);
    EXPECT_EQ(arrays[0].name, "z");
    EXPECT_EQ(reinterpret_cast<float *>(arrays[0].data)[2], 33.5f);
  }
  EXPECT_EQ(out + err, "");
  // A recorded case has inputs and outputs in one file.
  in = npz("case.npz", floats("in:x", {1}), floats("in:y", {2}), floats("out:z", {3.5}));
  EXPECT_EQ(run("run " + fake + " --inputs " + in), 0) << err;
  EXPECT_HAS(out, "z: f32 1");
}

TEST_F(Command, RefusesWrongArrays) {
  auto runWith = [&](const std::string &in) {
    int code = run("run " + fake + " --inputs " + in + " --outputs " + path("out.npz"));
    EXPECT_FALSE(llvm::sys::fs::exists(path("out.npz")));
    return code;
  };
  EXPECT_EQ(runWith(npz("a.npz", floats("x", {1}))), 2);
  EXPECT_HAS(err, "lacks the array 'y'; inputs: 'x', 'y'");
  EXPECT_EQ(runWith(npz("a.npz", floats("x", {1}), floats("q", {1}))), 2);
  EXPECT_HAS(err, "'q', which is no input");
  EXPECT_EQ(runWith(npz("a.npz", floats("x", {1}), array("y", INGOT_F64, {1}))), 2);
  EXPECT_HAS(err, "'y' is f64, the model takes f32");
  EXPECT_EQ(runWith(npz("a.npz", floats("x", {1}), array("y", INGOT_F32, {1, 1}))), 2);
  EXPECT_HAS(err, "'y' has shape 1x1, the model takes N");
  EXPECT_EQ(runWith(npz("a.npz", floats("x", {1}), floats("y", {1, 2}))), 2);
  EXPECT_HAS(err, "dimension 0 (N)");
  EXPECT_EQ(runWith(path("none.npz")), 2);
  EXPECT_HAS(err, "none.npz");
  EXPECT_EQ(runWith(write("text.npz", "not an archive")), 2);
  EXPECT_EQ(run("run " + fake), 2);
  EXPECT_HAS(err, "no --inputs");
}

TEST_F(Command, RefusesLibrariesThatCannotRun) {
  for (const char *name : {"newer", "abi9", "newer_manifest", "other_cpu", "noquery"}) {
    EXPECT_EQ(run("run " FAKES "/" + std::string(name) + ".so"), 2) << name;
    EXPECT_HAS(err, "ingot: error: ");
  }
  EXPECT_EQ(run("info " + write("cut.so", contentsOf(fake).substr(0, 3000))), 2);
  EXPECT_HAS(err, "damaged or truncated");
  EXPECT_EQ(run("info " + path("none.so")), 2);
  EXPECT_EQ(run("bench " + write("empty.so", "")), 2);
}

TEST_F(Command, ReportsFullDisksAndUnwritableFiles) {
  std::string in = npz("in.npz", floats("x", std::vector<float>(100000)), floats("y", std::vector<float>(100000)));
  std::string start = "run " + fake + " --inputs " + in + " --outputs ";
  EXPECT_EQ(run(start + "/dev/full"), 5);
  EXPECT_HAS(err, "No space left");
  EXPECT_EQ(run(start + path("no/folder/out.npz")), 5);
  EXPECT_EQ(run(start + folder.str().str()), 5);
  // A file that may not grow: what was there stays, and no temporary file is left.
  write("old.npz", "what was there");
  size_t files = listFiles().size();
  EXPECT_EQ(run(start + path("old.npz"), "ulimit -f 20; "), 5);
  EXPECT_EQ(contentsOf(path("old.npz")), "what was there");
  EXPECT_LE(listFiles().size(), files + 1); // `err` is new
  EXPECT_EQ(run("info " + fake + " >/dev/full; exit $?; true"), 5);
}

TEST_F(Command, Benchmarks) {
  ASSERT_EQ(run("bench " + fake + " --shape N=100 --threads 2 --seconds 0.05 --json --profile"), 0) << err;
  auto value = llvm::json::parse(out);
  ASSERT_TRUE(bool(value)) << out;
  const llvm::json::Object &object = *value->getAsObject();
  EXPECT_GT(*object.getNumber("min_us"), 0);
  EXPECT_GE(*object.getNumber("median_us"), *object.getNumber("min_us"));
  EXPECT_GE(*object.getInteger("runs"), 3);
  EXPECT_EQ(*object.getInteger("arena_bytes"), 400);
  EXPECT_EQ(*object.getInteger("threads"), 2);
  EXPECT_EQ(object.getArray("kernels")->size(), 1u);
  ASSERT_EQ(run("bench " + fake + " --seconds 0.05 --profile"), 0);
  EXPECT_HAS(out, "median");
  EXPECT_HAS(out, "add_kernel");
}

TEST_F(Command, Explains) {
  std::string tanh = model("tanh.onnx", "Tanh"), library = path("tanh.so");
  ASSERT_EQ(run("compile " + tanh + " -o " + library + " --explain"), 0) << err;
  EXPECT_HAS(out, "1 groups");
  EXPECT_HAS(out, "the_node");
  EXPECT_FALSE(llvm::sys::fs::exists(path("tanh.explain.json")));
  ASSERT_EQ(run("compile " + tanh + " -o " + library + " --explain=json --explain-shape N=1000"), 0) << err;
  auto value = llvm::json::parse(contentsOf(path("tanh.explain.json")));
  ASSERT_TRUE(bool(value));
  const llvm::json::Object &object = *value->getAsObject();
  EXPECT_EQ(object.getInteger("schema_version"), 1);
  EXPECT_EQ(object.getString("model"), llvm::StringRef("tanh.onnx"));
  const llvm::json::Object &function = *(*object.getArray("functions"))[0].getAsObject();
  ASSERT_EQ(function.getArray("groups")->size(), 1u);
  const llvm::json::Object &group = *(*function.getArray("groups"))[0].getAsObject();
  EXPECT_EQ((*group.getArray("nodes"))[0].getAsString(), llvm::StringRef("the_node"));
  EXPECT_EQ((*group.getArray("ops"))[0].getAsString(), llvm::StringRef("Tanh"));
  EXPECT_EQ(group.getInteger("bytes_read"), 16000);
  EXPECT_EQ(group.getInteger("bytes_written"), 16000);
  EXPECT_EQ(group.getInteger("flops"), 4000);
  for (const char *field : {"compute_us", "memory_us", "limit_us", "predicted_us", "share"})
    EXPECT_GT(group.getNumber(field).value_or(-1), 0) << field;
  EXPECT_LE(*group.getNumber("share"), 1);
  EXPECT_EQ((*object.getArray("nodes"))[0].getAsObject()->getArray("groups")->size(), 1u);

  // The explanation is for these sizes, and no others.
  std::string bench = "bench " + library + " --seconds 0.05 --threads 1 --profile";
  ASSERT_EQ(run(bench + " --shape N=1000 --json"), 0) << err;
  auto measured = llvm::json::parse(out);
  ASSERT_TRUE(bool(measured)) << out;
  EXPECT_GT(measured->getAsObject()->getObject("machine")->getNumber("gflops").value_or(0), 0);
  const llvm::json::Object &kernel = *(*measured->getAsObject()->getArray("kernels"))[0].getAsObject();
  EXPECT_GT(kernel.getNumber("limit_share").value_or(0), 0);
  ASSERT_EQ(run(bench + " --shape N=1000"), 0) << err;
  EXPECT_HAS(out, "limit");
  ASSERT_EQ(run(bench + " --shape N=10"), 0) << err;
  EXPECT_HAS(err, "other sizes");
  EXPECT_EQ(out.find("limit"), std::string::npos) << out;
  // A model is explained on the way.
  ASSERT_EQ(run("bench " + tanh + " --seconds 0.05 --threads 1 --profile --shape N=10"), 0) << err;
  EXPECT_HAS(out, "limit");

  ASSERT_EQ(run("compile " + tanh + " -o " + library + " --explain=html --explain-output " + path("page.html")), 0) << err;
  std::string page = contentsOf(path("page.html"));
  EXPECT_EQ(page.compare(0, 15, "<!DOCTYPE html>"), 0);
  EXPECT_HAS(page, "the_node");
  // One file: nothing is loaded from elsewhere.
  for (const char *part : {" src=", " href=", "@import", "url("})
    EXPECT_EQ(page.find(part), std::string::npos) << part;
}

TEST_F(Command, ExplainsInABrowser) {
  std::string browser;
  for (const char *name : {"chromium", "chromium-browser", "google-chrome"})
    if (browser.empty() && std::system((std::string("command -v ") + name + " >/dev/null 2>&1").c_str()) == 0)
      browser = name;
  if (browser.empty())
    GTEST_SKIP() << "no Chromium here; utils/setup --bench installs it";
  std::string net = write("net.mlir", R"mlir(
func.func @net(%x: tensor<8x64xf32>) -> tensor<8x32xf32> {
  %w = arith.constant dense<0.5> : tensor<64x32xf32>
  %p = ingot.contract %x, %w batch [] x [] contracting [1] x [0] : (tensor<8x64xf32>, tensor<64x32xf32>) -> tensor<8x32xf32> loc("a </script> product"("MatMul, opset 17"))
  %y = ingot.softmax %p axis = 1 : tensor<8x32xf32> loc("softmax"("Softmax, opset 17"))
  return %y : tensor<8x32xf32>
}
)mlir");
  ASSERT_EQ(run("compile " + net + " -o " + path("net.so") + " --explain=html"), 0) << err;
  std::string command = "timeout 100 " + browser + " --headless --no-sandbox --disable-gpu --user-data-dir=" + path("profile") +
                        " --virtual-time-budget=5000 --dump-dom file://" + path("net.explain.html") + " >" + path("dom") + " 2>/dev/null";
  ASSERT_EQ(std::system(command.c_str()), 0);
  // The script has run to its end: the table has a row for each group and the arena a box for each buffer.
  std::string dom = contentsOf(path("dom"));
  auto count = [&](const std::string &part) {
    int found = 0;
    for (size_t at = dom.find(part); at != std::string::npos; at = dom.find(part, at + 1))
      ++found;
    return found;
  };
  EXPECT_EQ(count("<tr class=\"group\""), 2);
  EXPECT_EQ(count("<rect class=\"buffer\""), 1);
  EXPECT_HAS(dom, "a &lt;/script&gt; product</td>");
}

TEST_F(Command, BindsSymbolsOfAModel) {
  std::string tanh = model("tanh.onnx", "Tanh");
  ASSERT_EQ(run("compile " + tanh + " -o " + path("tanh.so") + " --shape N=10"), 0) << err;
  ASSERT_EQ(run("info " + path("tanh.so")), 0) << err;
  EXPECT_HAS(out, "10x4");
  EXPECT_EQ(run("compile " + tanh + " -o " + path("tanh.so") + " --shape M=10"), 1);
  EXPECT_HAS(err, "'M'");
}

TEST_F(Command, ObeysChoices) {
  std::string tanh = model("tanh.onnx", "Tanh"), library = path("tanh.so");
  for (auto [choice, serial] : {std::pair("1", true), std::pair("\"all\"", false)}) {
    std::string config = write("choices.json", std::string("{\"nodes\": {\"the_*\": {\"threads\": ") + choice + "}}}");
    ASSERT_EQ(run("compile " + tanh + " -o " + library + " --config " + config + " --explain=json --explain-shape N=100000"), 0) << err;
    auto value = llvm::json::parse(contentsOf(path("tanh.explain.json")));
    ASSERT_TRUE(bool(value));
    const llvm::json::Object &function = *(*value->getAsObject()->getArray("functions"))[0].getAsObject();
    EXPECT_EQ((*function.getArray("groups"))[0].getAsObject()->getBoolean("serial"), serial);
  }
}

TEST_F(Command, Traces) {
  std::string file = path("trace.json");
  ASSERT_EQ(run("bench " + fake + " --shape N=100 --threads 2 --seconds 0.05 --trace " + file), 0) << err;
  auto value = llvm::json::parse(contentsOf(file));
  ASSERT_TRUE(bool(value));
  int calls = 0, runs = 0;
  for (const llvm::json::Value &element : *value->getAsArray()) {
    const llvm::json::Object &event = *element.getAsObject();
    llvm::StringRef category = event.getString("cat").value_or("");
    runs += category == "run";
    if (category != "kernel")
      continue;
    ++calls;
    EXPECT_EQ(event.getString("ph"), llvm::StringRef("X"));
    EXPECT_GE(event.getNumber("ts").value_or(-1), 0);
    EXPECT_GE(event.getNumber("dur").value_or(-1), 0);
    EXPECT_EQ(event.getObject("args")->getString("node"), llvm::StringRef("Add_0"));
    EXPECT_EQ(event.getObject("args")->getString("kernel"), llvm::StringRef("add_kernel"));
  }
  EXPECT_GE(runs, 1);
  EXPECT_EQ(calls, runs);
}

TEST_F(Command, DescribesALibrary) {
  ASSERT_EQ(run("info " + fake + " --json"), 0);
  auto value = llvm::json::parse(out);
  ASSERT_TRUE(bool(value)) << out;
  EXPECT_EQ(value->getAsObject()->getString("name"), llvm::StringRef("fake"));
  ASSERT_EQ(run("info " + fake), 0);
  EXPECT_HAS(out, "input x: f32 N");
}

TEST_F(Command, DescribesAModel) {
  std::string abs = model("abs.onnx", "Abs");
  ASSERT_EQ(run("info " + abs), 0) << err;
  EXPECT_HAS(out, "input x: float32 Nx4");
  ASSERT_EQ(run("info " + abs + " --json"), 0);
  EXPECT_TRUE(bool(llvm::json::parse(out)));
}

TEST_F(Command, CompilesAndRuns) {
  std::string abs = model("abs.onnx", "Abs"), library = path("abs.so");
  ASSERT_EQ(run("compile " + abs + " -o " + library), 0) << err;
  EXPECT_HAS(out, "peak memory");
  EXPECT_HAS(out, "arena");
  EXPECT_EQ(std::count(out.begin(), out.end(), '\n'), 1);
  EXPECT_EQ(err, "");
  EXPECT_TRUE(llvm::sys::fs::exists(path("abs.h")));
  NpzArray x = array("x", INGOT_F32, {2, 4});
  reinterpret_cast<float *>(x.data)[5] = -3;
  std::string in = npz("in.npz", std::move(x));
  for (const std::string &which : {library, abs}) {
    ASSERT_EQ(run("run " + which + " --inputs " + in + " --outputs " + path("out.npz")), 0) << err;
    std::vector<NpzArray> arrays;
    ASSERT_TRUE(readNpz(path("out.npz"), arrays).ok());
    EXPECT_EQ(reinterpret_cast<float *>(arrays[0].data)[5], 3);
  }
  ASSERT_EQ(run("compile " + abs + " -o " + library + " --json"), 0) << err;
  auto value = llvm::json::parse(out);
  ASSERT_TRUE(bool(value)) << out;
  EXPECT_EQ(value->getAsObject()->getBoolean("ok"), true);
  EXPECT_GT(*value->getAsObject()->getInteger("peak_memory_bytes"), 0);
}

TEST_F(Command, KeepsWeightsInAFileOfTheirOwn) {
  std::string model = weighted("add.onnx", 1), library = path("add.so"), weights = path("add.bin");
  NpzArray x = array("x", INGOT_F32, {2, 4});
  std::string in = npz("in.npz", std::move(x)), run = "run " + library + " --inputs " + in + " --outputs " + path("out.npz");
  // A name alone is in the library's folder.
  ASSERT_EQ(this->run("compile " + model + " -o " + library + " --weights add.bin --json"), 0) << err;
  EXPECT_HAS(out, "add.bin");
  ASSERT_TRUE(llvm::sys::fs::exists(weights));
  ASSERT_EQ(this->run(run), 0) << err;
  std::vector<NpzArray> arrays;
  ASSERT_TRUE(readNpz(path("out.npz"), arrays).ok());
  EXPECT_EQ(reinterpret_cast<float *>(arrays[0].data)[4], 1);
  EXPECT_EQ(reinterpret_cast<float *>(arrays[0].data)[7], 4);
  // The same weights again may lie there; others may not, and not half of them.
  std::string good = contentsOf(weights);
  ASSERT_EQ(this->run("compile " + weighted("other.onnx", 9) + " -o " + path("other.so") + " --weights " + path("other.bin")), 0) << err;
  write("add.bin", contentsOf(path("other.bin")));
  EXPECT_EQ(this->run(run), 2);
  EXPECT_HAS(err, "belongs to another library");
  write("add.bin", good.substr(0, good.size() - 1));
  EXPECT_EQ(this->run(run), 2);
  EXPECT_HAS(err, "too short");
  write("add.bin", good + "x");
  EXPECT_EQ(this->run(run), 2);
  std::remove(weights.c_str());
  EXPECT_EQ(this->run(run), 2);
  EXPECT_HAS(err, "cannot open the library's file of weights");
  write("add.bin", good);
  EXPECT_EQ(this->run(run), 0) << err;

  const std::string wrongs[] = {"--weights " + path("no/add.bin"), "--weights /tmp/add.bin", "--weights new.so", "--weights w --emit=static",
                                "--weights w --emit=obj"};
  for (const std::string &wrong : wrongs) {
    EXPECT_EQ(this->run("compile " + model + " -o " + path("new.so") + " " + wrong), 1) << wrong;
    EXPECT_HAS(err, "weights");
    EXPECT_FALSE(llvm::sys::fs::exists(path("new.so")));
  }
}

TEST_F(Command, CachesKernels) {
  std::string model = weighted("add.onnx", 1), cache = path("cache"), library = path("add.so");
  auto compile = [&](const std::string &options) {
    EXPECT_EQ(run("compile " + model + " -o " + library + " --name add " + options), 0) << err;
    return contentsOf(library);
  };
  auto entries = [&] {
    std::vector<std::string> files;
    std::error_code code;
    for (llvm::sys::fs::recursive_directory_iterator i(cache, code), end; i != end && !code; i.increment(code))
      if (i->type() == llvm::sys::fs::file_type::regular_file)
        files.push_back(i->path());
    return files;
  };
  std::string plain = compile("");
  EXPECT_EQ(compile("--cache " + cache), plain);
  EXPECT_EQ(err, "");
  size_t count = entries().size();
  EXPECT_GT(count, 0u);
  EXPECT_EQ(compile("--cache " + cache), plain);
  EXPECT_EQ(entries().size(), count);
  // Weights are no part of the code, and neither is a model's name: another model finds its kernels there.
  std::string other = weighted("other.onnx", 9);
  ASSERT_EQ(run("compile " + other + " -o " + path("other.so") + " --cache " + cache), 0) << err;
  EXPECT_EQ(entries().size(), count);
  // Effort and processor are.
  ASSERT_EQ(run("compile " + other + " -o " + path("other.so") + " -O1 --cpu x86-64-v2 --cache " + cache), 0) << err;
  EXPECT_GT(entries().size(), count);

  // Damaged entries are written anew.
  for (const std::string &entry : entries()) {
    std::string contents = contentsOf(entry);
    contents[contents.size() / 2] ^= 1;
    std::ofstream(entry, std::ios::binary) << contents;
  }
  EXPECT_EQ(compile("--cache " + cache), plain);
  for (const std::string &entry : entries())
    std::ofstream(entry, std::ios::binary) << "short";
  EXPECT_EQ(compile("--cache " + cache), plain);
  EXPECT_EQ(compile("--cache " + cache), plain);
  EXPECT_EQ(err, "");
  llvm::sys::fs::remove_directories(cache);
  EXPECT_EQ(compile("--cache " + cache), plain);
  EXPECT_EQ(entries().size(), count);

  // Where nothing can be written there is a warning, and a library.
  EXPECT_EQ(compile("--cache " + write("file", "") + "/cache"), plain);
  EXPECT_HAS(err, "warning: the kernel cache");
  EXPECT_EQ(compile("--cache /proc/ingot"), plain);
  EXPECT_HAS(err, "warning: the kernel cache");
}

TEST_F(Command, KeepsStates) {
  std::string model = decoder("decoder.onnx"), plain = path("plain.so"), state = path("state.so");
  ASSERT_EQ(run("compile " + model + " -o " + plain), 0) << err;
  ASSERT_EQ(run("compile " + model + " -o " + state + " --state 'past_*=present_*:6'"), 0) << err;
  ASSERT_EQ(run("info " + state), 0) << err;
  EXPECT_HAS(out, "state past_0: f32 1xpastx4, becomes present_0, up to 6 along dimension 1");
  ASSERT_EQ(run("info " + state + " --json"), 0) << err;
  EXPECT_TRUE(bool(llvm::json::parse(out))) << out;
  // Step by step: one feeds the cache back, the other keeps it.
  std::vector<NpzArray> last;
  for (int64_t step = 0; step < 6; ++step) {
    NpzArray ids = array("input_ids", INGOT_I64, {1, 1}), past = array("past_0", INGOT_F32, {1, step, 4});
    reinterpret_cast<int64_t *>(ids.data)[0] = (step * 3) % 5;
    if (step)
      std::memcpy(past.data, find(last, "present_0").data, past.bytes);
    NpzArray same = array("input_ids", INGOT_I64, {1, 1});
    std::memcpy(same.data, ids.data, 8);
    std::string in = npz("in.npz", std::move(ids), std::move(past)), only = npz("only.npz", std::move(same));
    ASSERT_EQ(run("run " + plain + " --inputs " + in + " --outputs " + path("plain.npz")), 0) << err;
    ASSERT_EQ(run("run " + state + " --inputs " + only + " --outputs " + path("state.npz") + " --save-state " + path("saved") +
                  (step ? " --load-state " + path("saved") : "")),
              0)
        << err;
    std::vector<NpzArray> expected, got;
    ASSERT_TRUE(readNpz(path("plain.npz"), expected).ok());
    ASSERT_TRUE(readNpz(path("state.npz"), got).ok());
    for (const char *name : {"logits", "present_0"}) {
      const NpzArray &a = find(expected, name), &b = find(got, name);
      EXPECT_EQ(a.dims, b.dims);
      ASSERT_EQ(a.bytes, b.bytes);
      EXPECT_EQ(std::memcmp(a.data, b.data, a.bytes), 0) << name << " in step " << step;
    }
    // The value may be given as well.
    ASSERT_EQ(run("run " + state + " --inputs " + in + " --outputs " + path("given.npz")), 0) << err;
    EXPECT_EQ(contentsOf(path("given.npz")), contentsOf(path("state.npz")));
    last = std::move(expected);
  }
  EXPECT_EQ(
      run("run " + state + " --inputs " + path("only.npz") + " --load-state " + path("saved") + " --save-state " + path("saved")),
      2);
  EXPECT_HAS(err, "state 'past_0' is full: it has 6 rows of at most 6, and the run adds 1");
  EXPECT_EQ(run("run " + state + " --inputs " + path("only.npz") + " --load-state " + write("bad", "no states")), 2);
  EXPECT_HAS(err, "is damaged or holds no states");
}

TEST_F(Command, RefusesWrongStates) {
  std::string start = "compile " + decoder("decoder.onnx") + " -o " + path("out.so") + " --state ";
  for (auto [state, message] :
       {std::pair("past_0", "expected INPUT=OUTPUT"), std::pair("q=present_0:4", "no input 'q'"),
        std::pair("past_0=q:4", "no output 'q'"), std::pair("past_0=present_0", "say how far"),
        std::pair("past_0=present_0:4:2", "grows along axis 1, not 2"), std::pair("past_0=logits:4", "a capacity is given")}) {
    EXPECT_EQ(run(start + state), 1) << state;
    EXPECT_HAS(err, std::string("--state ") + state);
    EXPECT_HAS(err, message);
    EXPECT_FALSE(llvm::sys::fs::exists(path("out.so")));
  }
}

TEST_F(Command, TimesTokens) {
  std::string model = decoder("decoder.onnx"), state = path("state.so");
  ASSERT_EQ(run("compile " + model + " -o " + state + " --state past_0=present_0:20"), 0) << err;
  for (const std::string &which : {model, state}) {
    ASSERT_EQ(run("bench " + which + " --shape past=3 --tokens 8 --json --profile"), 0) << err;
    auto value = llvm::json::parse(out);
    ASSERT_TRUE(bool(value)) << out;
    const llvm::json::Object &object = *value->getAsObject();
    EXPECT_EQ(*object.getInteger("tokens"), 8);
    EXPECT_GT(*object.getNumber("first_token_us"), 0);
    EXPECT_GT(*object.getNumber("token_median_us"), 0);
    EXPECT_GE(*object.getNumber("token_median_us"), *object.getNumber("token_min_us"));
    EXPECT_GT(*object.getNumber("tokens_per_second"), 0);
    // The cache is not copied.
    for (const llvm::json::Value &kernel : *object.getArray("kernels"))
      if (which == state) {
        EXPECT_NE(kernel.getAsObject()->getString("op"), llvm::StringRef("Concat")) << out;
      }
    ASSERT_EQ(run("bench " + which + " --tokens 3"), 0) << err;
    EXPECT_HAS(out, "first token");
    ASSERT_EQ(run("bench " + which + " --seconds 0.02 --shape past=3"), 0) << err;
  }
  EXPECT_EQ(run("bench " + state + " --shape past=3 --tokens 18"), 2);
  EXPECT_HAS(err, "token 18: state 'past_0' is full");
  EXPECT_EQ(run("bench " + fake + " --tokens 3"), 2);
  EXPECT_HAS(err, "no integer input");
}

TEST_F(Command, SpecializesForSizes) {
  std::string abs = model("abs.onnx", "Abs"), library = path("abs.so");
  ASSERT_EQ(run("compile " + abs + " -o " + library + " --specialize N=2,3"), 0) << err;
  ASSERT_EQ(run("info " + library), 0) << err;
  EXPECT_HAS(out, "specialized for N=2\n  specialized for N=3\n");
  for (int64_t n : {1, 2, 3, 4}) {
    NpzArray x = array("x", INGOT_F32, {n, 4});
    for (int64_t i = 0; i < 4 * n; ++i)
      reinterpret_cast<float *>(x.data)[i] = float(i) - 5;
    ASSERT_EQ(run("run " + library + " --inputs " + npz("in.npz", std::move(x)) + " --outputs " + path("out.npz")), 0) << err;
    std::vector<NpzArray> arrays;
    ASSERT_TRUE(readNpz(path("out.npz"), arrays).ok());
    EXPECT_EQ(arrays[0].dims, std::vector<int64_t>({n, 4}));
    for (int64_t i = 0; i < 4 * n; ++i)
      EXPECT_EQ(reinterpret_cast<float *>(arrays[0].data)[i], std::abs(float(i) - 5));
    // The code of its own is what runs: its kernel is another entry of the profile than that of all other sizes.
    ASSERT_EQ(run("bench " + library + " --shape N=" + std::to_string(n) + " --seconds 0.01 --profile --json"), 0) << err;
    auto value = llvm::json::parse(out);
    ASSERT_TRUE(bool(value)) << out;
    ASSERT_EQ(value->getAsObject()->getArray("kernels")->size(), 1u) << out;
    names.insert((*value->getAsObject()->getArray("kernels"))[0].getAsObject()->getString("name")->str());
  }
  EXPECT_EQ(names.size(), 3u);
  EXPECT_EQ(run("compile " + abs + " -o " + library + " --specialize M=2"), 1);
  EXPECT_HAS(err, "no input has a dimension of this name");
  EXPECT_EQ(run("compile " + abs + " -o " + library + " --specialize N=two"), 1);
  EXPECT_HAS(err, "expected NAME=SIZE");
}

TEST_F(Command, CompilesToStandardOutput) {
  std::string abs = model("abs.onnx", "Abs");
  ASSERT_EQ(run("compile " + abs + " --to=import -o -"), 0) << err;
  EXPECT_HAS(out, "ingot.abs");
  ASSERT_EQ(run("compile " + abs + " --emit=llvm -o -"), 0) << err;
  EXPECT_HAS(out, "define ");
  EXPECT_EQ(run("compile " + abs + " --to=nowhere -o -"), 1);
}

// y = x W, where no weight is a bf16: 1.001 becomes 1.
TEST_F(Command, ComputesInTheChosenPrecision) {
  onnx::ModelProto proto;
  ASSERT_TRUE(proto.ParseFromString(contentsOf(model("product.onnx", "MatMul"))));
  onnx::GraphProto *graph = proto.mutable_graph();
  graph->mutable_input(0)->mutable_type()->mutable_tensor_type()->mutable_shape()->mutable_dim(1)->set_dim_value(32);
  graph->mutable_node(0)->add_input("w");
  onnx::TensorProto *weights = graph->add_initializer();
  weights->set_name("w");
  weights->set_data_type(1);
  weights->add_dims(32);
  weights->add_dims(4);
  for (int i = 0; i < 32 * 4; ++i)
    weights->add_float_data(1.001F);
  std::string product = write("product.onnx", proto.SerializeAsString());
  NpzArray x = array("x", INGOT_F32, {1, 32});
  std::fill_n(reinterpret_cast<float *>(x.data), 32, 1.0F);
  std::string inputs = npz("in.npz", std::move(x));
  for (auto [precision, expected] : {std::pair("f32", 32.032F), std::pair("bf16", 32.0F)}) {
    ASSERT_EQ(run("compile " + product + " --precision " + precision + " -o " + path("product.so")), 0) << err;
    ASSERT_EQ(run("run " + path("product.so") + " --inputs " + inputs + " --outputs " + path("out.npz")), 0) << err;
    std::vector<NpzArray> arrays;
    ASSERT_TRUE(readNpz(path("out.npz"), arrays).ok());
    ASSERT_EQ(arrays.size(), 1U);
    for (int i = 0; i < 4; ++i)
      EXPECT_NEAR(reinterpret_cast<const float *>(arrays[0].data)[i], expected, 1e-3F) << precision;
  }
  EXPECT_EQ(run("compile " + product + " --accuracy exact -o " + path("product.so")), 1);
  EXPECT_HAS(err, "unknown accuracy 'exact'");
  EXPECT_EQ(run("compile " + product + " --accuracy strict -o " + path("product.so")), 0) << err;
  EXPECT_EQ(run("compile " + product + " --precision f16 -o " + path("product.so")), 1);
  EXPECT_HAS(err, "unknown precision 'f16'");
}

TEST_F(Command, GivesGradientsByInputs) {
  std::string model = this->model("m.onnx", "Sigmoid"), library = path("m.so");
  ASSERT_EQ(run("compile " + model + " -o " + library + " --grad y:x --grad-loss output:y:reduction=sum --grad loss:x"), 0) << err;
  NpzArray x = array("x", INGOT_F32, {3, 4}), dy = array("grad.y", INGOT_F32, {3, 4});
  auto values = [](NpzArray &array) { return reinterpret_cast<float *>(array.data); };
  for (int i = 0; i < 12; ++i) {
    values(x)[i] = float(i - 6) / 3;
    values(dy)[i] = float(i + 1);
  }
  NpzArray same = array("x", INGOT_F32, {3, 4});
  std::memcpy(same.data, x.data, 48);
  std::string in = npz("in.npz", std::move(x), std::move(dy)), alone = npz("x.npz", std::move(same));
  for (bool isLoss : {false, true}) {
    ASSERT_EQ(run("run " + library + " --function " + (isLoss ? "grad_loss" : "grad_y") + " --inputs " + (isLoss ? alone : in) + " --outputs " +
                  path("out.npz")), 0) << err;
    std::vector<NpzArray> arrays;
    ASSERT_TRUE(readNpz(path("out.npz"), arrays).ok());
    auto *gradient = reinterpret_cast<const float *>(find(arrays, "grad.x").data);
    double sum = 0;
    for (int i = 0; i < 12; ++i) {
      double s = 1 / (1 + std::exp(-float(i - 6) / 3));
      sum += s;
      EXPECT_NEAR(gradient[i], s * (1 - s) * (isLoss ? 1 : i + 1), 1e-6);
    }
    if (isLoss)
      EXPECT_NEAR(*reinterpret_cast<const float *>(find(arrays, "loss").data), sum, 1e-5);
  }
  EXPECT_EQ(run("run " + library + " --function nothing --inputs " + in), 1);
  EXPECT_HAS(err, "no function 'nothing'; it has: test, grad_y, grad_loss");
  for (const char *options : {"--grad q:x", "--grad y:q", "--grad y", "--grad-loss mse:y,t", "--grad-loss mse:y,t --grad loss:q", "--surrogate .*=atan",
                              "--surrogate the_node=bend"}) {
    EXPECT_EQ(run("compile " + model + " -o " + path("no.so") + " " + options), 1) << options << err;
    EXPECT_FALSE(llvm::sys::fs::exists(path("no.so")));
  }
}

TEST_F(Command, RefusesWrongFineTuning) {
  std::string model = weighted("m.onnx", 1);
  for (const char *options : {"--lora w", "--lora q", "--lora w:r=0", "--mask q", "--prune w", "--prune w:sparsity=7", "--mask '('", "--lora '('"}) {
    EXPECT_EQ(run("train " + model + " --loss mse:y,t -o " + path("no.so") + " " + options), 1) << options << err;
    EXPECT_FALSE(llvm::sys::fs::exists(path("no.so")));
  }
}

TEST_F(Command, MergesAdapters) {
  const std::vector<float> a = {1, 2, 3, 4, 5, 6}, b = {1, -1, 2, 0, 3, 1, -2, 2}; // [2, 3] and [4, 2]
  for (int64_t outputDim : {0, 1}) {
    std::vector<float> weight(12, 0.5f);
    mergeAdapter({/*out=*/4, /*in=*/3, /*rank=*/2, outputDim}, 2, weight.data(), a.data(), b.data());
    for (size_t o = 0; o < 4; ++o)
      for (size_t i = 0; i < 3; ++i)
        EXPECT_EQ(weight[outputDim ? i * 4 + o : o * 3 + i], 0.5f + 2 * (b[o * 2] * a[i] + b[o * 2 + 1] * a[3 + i]));
  }
}

TEST_F(Command, ListsWhatCannotBeCompiled) {
  std::string bad = model("bad.onnx", "NoSuchOperator");
  EXPECT_EQ(run("check " + bad), 3);
  EXPECT_HAS(err, "NoSuchOperator");
  EXPECT_HAS(err, "the_node");
  EXPECT_EQ(run("check " + bad + " --json"), 3);
  auto value = llvm::json::parse(out);
  ASSERT_TRUE(bool(value)) << out;
  const llvm::json::Array *problems = value->getAsObject()->getArray("problems");
  ASSERT_TRUE(problems && problems->size() == 1);
  EXPECT_EQ((*problems)[0].getAsObject()->getString("node"), llvm::StringRef("the_node"));
  EXPECT_EQ((*problems)[0].getAsObject()->getInteger("opset"), 17);
  EXPECT_FALSE((*problems)[0].getAsObject()->getString("reason")->empty());
  EXPECT_EQ(run("compile " + bad + " -o " + path("bad.so")), 3);
  EXPECT_FALSE(llvm::sys::fs::exists(path("bad.so")));
  EXPECT_EQ(run("check " + model("abs.onnx", "Abs")), 0);
}

TEST_F(Command, RefusesBadModels) {
  std::string abs = contentsOf(model("abs.onnx", "Abs"));
  const std::string bad[] = {path("none.onnx"), write("empty.onnx", ""), write("text.onnx", "this is a text"),
                             write("cut.onnx", abs.substr(0, abs.size() - 5)), folder.str().str()};
  for (const std::string &file : bad)
    for (const char *name : {"compile -o ", "check", "info", "run", "bench", "diff"}) {
      std::string arguments = name[0] == 'c' && name[1] == 'o' ? name + path("out.so") : name;
      EXPECT_EQ(run(arguments + " " + file), 2) << arguments << " " << file;
      EXPECT_HAS(err, "ingot: ");
      EXPECT_FALSE(llvm::sys::fs::exists(path("out.so")));
    }
}

TEST_F(Command, LeavesNoHalfLibrary) {
  std::string abs = model("abs.onnx", "Abs");
  write("old.so", "what was there");
  EXPECT_EQ(run("compile " + abs + " -o " + path("old.so"), "ulimit -f 2; "), 5) << err;
  EXPECT_EQ(contentsOf(path("old.so")), "what was there");
  EXPECT_EQ(run("compile " + abs + " -o " + path("no/folder/x.so")), 5);
  EXPECT_EQ(run("compile " + abs + " -o " + folder.str().str()), 5);
  EXPECT_EQ(run("compile " + abs + " --to=import -o /dev/full"), 5);
}

TEST_F(Command, ComparesWithTheEvaluator) {
  std::string add = model("add.onnx", "Add", 2);
  NpzArray x = array("x", INGOT_F32, {2, 4}), right = array("y", INGOT_F32, {2, 4}), wrong = array("y", INGOT_F32, {2, 4});
  for (int i = 0; i < 8; ++i) {
    reinterpret_cast<float *>(x.data)[i] = float(i);
    reinterpret_cast<float *>(right.data)[i] = float(2 * i);
    reinterpret_cast<float *>(wrong.data)[i] = float(3 * i);
  }
  std::string in = npz("in.npz", std::move(x));
  EXPECT_EQ(run("diff " + add + " --inputs " + in), 0) << err;
  EXPECT_HAS(out, "agree");
  EXPECT_EQ(run("diff " + add + " --inputs " + in + " --expected " + npz("right.npz", std::move(right))), 0) << err;
  std::string expected = npz("wrong.npz", std::move(wrong));
  EXPECT_EQ(run("diff " + add + " --inputs " + in + " --expected " + expected), 4);
  EXPECT_HAS(err, "7 of 8 elements differ");
  EXPECT_EQ(run("diff " + add + " --inputs " + in + " --expected " + expected + " --json"), 4);
  EXPECT_TRUE(bool(llvm::json::parse(out)));
}

} // namespace
