//===- TrainTest.cpp - ingot train as other tools see it -------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "CommandFixture.h"

#include "llvm/ADT/APFloat.h"

using namespace ingot;

namespace {

/// Trains a small perceptron: x [batch, 20] to logits [batch, 5].
class Train : public Command {
protected:
  const std::string mlp = TRAINING_DATA "/mlp/model_f32.onnx";
  const std::string loss = " --loss softmax_cross_entropy:logits,y";

  /// Rows whose class is the largest of the first five features.
  std::string examples(const char *name, int64_t count, uint32_t seed, int64_t wrongLabel = -1) {
    NpzArray x = array("x", INGOT_F32, {count, 20}), y = array("y", INGOT_I64, {count});
    auto *values = reinterpret_cast<float *>(x.data);
    auto *labels = reinterpret_cast<int64_t *>(y.data);
    for (int64_t i = 0; i < count * 20; ++i) {
      seed = seed * 1664525 + 1013904223;
      values[i] = float(seed >> 8) / float(1 << 23) - 1;
    }
    for (int64_t i = 0; i < count; ++i)
      for (int64_t c = 1; c < 5; ++c)
        if (values[i * 20 + c] > values[i * 20 + labels[i]])
          labels[i] = c;
    if (wrongLabel >= 0)
      labels[count / 2] = wrongLabel;
    return npz(name, std::move(x), std::move(y));
  }

  llvm::json::Value lastLine() {
    size_t end = out.find_last_not_of('\n'), begin = out.rfind('\n', end);
    auto value = llvm::json::parse(llvm::StringRef(out).slice(begin == std::string::npos ? 0 : begin + 1, end + 1));
    EXPECT_TRUE(bool(value)) << out;
    return value ? *value : llvm::json::Value(nullptr);
  }

  double number(const char *key) { return lastLine().getAsObject()->getNumber(key).value_or(-1); }
};

TEST_F(Train, LearnsSavesAndExports) {
  std::string data = examples("d.npz", 1000, 1), test = examples("t.npz", 200, 2);
  ASSERT_EQ(run("train " + mlp + loss + " --optimizer adam --lr 1e-2 --schedule cosine --data " + data + " --validate " + test +
                " --epochs 20 --json -o " + path("m.so") + " --checkpoint " + path("c.ckpt") + " --export " + path("trained.onnx") + " --curve " +
                path("curve.csv")),
            0)
      << err;
  EXPECT_GT(number("validation_accuracy"), 0.85) << out;
  EXPECT_LT(number("loss"), 0.3) << out;
  EXPECT_EQ(number("step"), 20 * 32);
  std::string csv = contentsOf(path("curve.csv"));
  EXPECT_HAS(csv, "step,loss,learning_rate,accuracy,validation_loss,validation_accuracy\n1,1.");
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 1 + 20 * 32 + 20);
  EXPECT_HAS(contentsOf(path("curve.svg")), "<polyline");

  // The checkpoint in the library and the exported model compute the same.
  std::vector<NpzArray> read;
  ASSERT_TRUE(readNpz(test, read).ok());
  std::string in = npz("in.npz", std::move(read[0]));
  ASSERT_EQ(run("run " + path("m.so") + " --checkpoint " + path("c.ckpt") + " --inputs " + in + " --outputs " + path("a.npz")), 0) << err;
  ASSERT_EQ(run("run " + path("trained.onnx") + " --inputs " + in + " --outputs " + path("b.npz")), 0) << err;
  std::vector<NpzArray> a, b;
  ASSERT_TRUE(readNpz(path("a.npz"), a).ok() && readNpz(path("b.npz"), b).ok());
  ASSERT_EQ(a[0].bytes, b[0].bytes);
  for (size_t i = 0; i < a[0].bytes / 4; ++i)
    ASSERT_NEAR(reinterpret_cast<float *>(a[0].data)[i], reinterpret_cast<float *>(b[0].data)[i], 1e-4);
  ASSERT_EQ(run("info " + path("m.so")), 0);
  EXPECT_HAS(out, "parameter fc1.weight: f32 32x20");

  // Without data, what a checkpoint holds.
  ASSERT_EQ(run("train " + mlp + loss + " --optimizer adam --resume " + path("c.ckpt") + " --export " + path("again.onnx") + " -o " + path("m2.so")), 0)
      << err;
  EXPECT_EQ(contentsOf(path("again.onnx")), contentsOf(path("trained.onnx")));
}

// A picture of stripes is learned, from the first values that the file says.
TEST_F(Train, RunsTheAlgorithmOfTheFile) {
  NpzArray v = array("v", INGOT_F32, {400, 196});
  for (int64_t i = 0; i < 400 * 196; ++i)
    reinterpret_cast<float *>(v.data)[i] = i % 2 ? 1.f : 0.f;
  std::string data = npz("v.npz", std::move(v)), rbm = TRAINING_DATA "/../convergence/rbm.onnx";
  ASSERT_EQ(run("train " + rbm + " --data " + data + " --batch 50 --epochs 10 --json -o " + path("m.so")), 0) << err;
  EXPECT_LT(number("loss"), 0.01) << out;
  EXPECT_EQ(out.find("initialize_loss"), std::string::npos) << out;
  EXPECT_EQ(number("step"), 80);
}

// Weights that are inputs, and some in Constant nodes.
TEST_F(Train, BeginsWithoutWeights) {
  std::string data = examples("d.npz", 1000, 1), test = examples("t.npz", 200, 2), bare = TRAINING_DATA "/bare/model_f32.onnx";
  std::string common = "train " + bare + loss + " --optimizer adam --lr 1e-2 --schedule cosine --data " + data + " --validate " + test +
                       " --epochs 20 --json -o " + path("m.so");
  EXPECT_EQ(run(common), 2);
  EXPECT_HAS(err, "inputs are used as weights: fc1.weight, fc1.bias; ");
  EXPECT_HAS(err, "--parameter");
  EXPECT_HAS(err, "has no array 'fc1.weight'");
  EXPECT_EQ(run(common + " --parameter fc3"), 1);
  EXPECT_HAS(err, "--parameter 'fc3' matches no float input of the model; there are x, fc1.weight, fc1.bias");

  common += " --parameter ^fc1";
  for (const char *initialization : {"", " --init xavier_uniform --seed 3"}) {
    ASSERT_EQ(run(common + initialization + " --export " + path("trained.onnx")), 0) << err;
    EXPECT_EQ(err.find("used as weights"), std::string::npos) << err;
    EXPECT_GT(number("validation_accuracy"), 0.85) << out;
    ASSERT_EQ(run("info " + path("m.so")), 0);
    for (const char *name : {"fc1.weight: f32 20x32", "fc1.bias: f32 32", "fc2.weight: f32 32x5", "fc2.bias: f32 5"})
      EXPECT_HAS(out, std::string("parameter ") + name);
  }
  // The file has all weights now.
  std::vector<NpzArray> read;
  ASSERT_TRUE(readNpz(test, read).ok());
  std::string in = npz("in.npz", std::move(read[0]));
  ASSERT_EQ(run("run " + path("trained.onnx") + " --inputs " + in + " --outputs " + path("logits.npz")), 0) << err;
  std::vector<NpzArray> logits, rows;
  ASSERT_TRUE(readNpz(path("logits.npz"), logits).ok() && readNpz(test, rows).ok());
  int64_t right = 0;
  for (int64_t i = 0; i < 200; ++i) {
    auto *row = reinterpret_cast<float *>(logits[0].data) + i * 5;
    right += std::max_element(row, row + 5) - row == reinterpret_cast<int64_t *>(rows[1].data)[i];
  }
  EXPECT_GT(right, 170);
}

TEST_F(Train, ResumesAsIfItHadNeverStopped) {
  std::string data = examples("d.npz", 300, 1);
  std::string common = "train " + mlp + loss + " --optimizer adamw --schedule cosine:T=100 --seed 7 --data " + data + " -o " + path("m.so");
  ASSERT_EQ(run(common + " --epochs 4 --checkpoint " + path("whole.ckpt")), 0) << err;
  ASSERT_EQ(run(common + " --epochs 2 --checkpoint " + path("half.ckpt")), 0) << err;
  ASSERT_EQ(run(common + " --epochs 4 --resume " + path("half.ckpt") + " --checkpoint " + path("half.ckpt")), 0) << err;
  EXPECT_EQ(contentsOf(path("whole.ckpt")), contentsOf(path("half.ckpt")));
}

// Also in the middle of an epoch, which has 10 batches and 5 updates.
TEST_F(Train, ResumesBehindAnyStep) {
  std::string data = examples("d.npz", 300, 1);
  std::string common = "train " + mlp + loss + " --schedule cosine:T=8 --seed 7 --accumulate 2 --data " + data + " -o " + path("m.so");
  std::string whole = path("whole.ckpt"), half = path("half.ckpt");
  ASSERT_EQ(run(common + " --steps 8 --export " + path("whole.onnx")), 0) << err;
  ASSERT_EQ(run(common + " --steps 3 --checkpoint " + half), 0) << err;
  ASSERT_EQ(run(common + " --steps 8 --resume " + half + " --checkpoint " + half + " --export " + path("half.onnx")), 0) << err;
  EXPECT_EQ(contentsOf(path("whole.onnx")), contentsOf(path("half.onnx")));
  ASSERT_EQ(run(common + " --steps 8 --resume " + half), 0) << err;
  EXPECT_HAS(err, "has done 8 steps; --steps 8 leaves none");
}

// A label that is not of the batch is no example's own, however many examples there are.
TEST_F(Train, KeepsWeightsOfClassesTogether) {
  std::vector<NpzArray> read;
  ASSERT_TRUE(readNpz(examples("d.npz", 5, 1), read).ok());
  NpzArray weights = floats("w", {1, 2, 3, 4, 5});
  std::string data = npz("w.npz", std::move(read[0]), std::move(read[1]), std::move(weights));
  EXPECT_EQ(run("train " + mlp + loss + ",w --batch 2 --data " + data + " -o " + path("m.so")), 0) << err;
}

TEST_F(Train, MergesAdaptersOfHalfPrecision) {
  onnx::ModelProto proto;
  ASSERT_TRUE(proto.ParseFromString(contentsOf(weighted("add.onnx", 1))));
  onnx::GraphProto *graph = proto.mutable_graph();
  for (auto *value : {graph->mutable_input(0), graph->mutable_output(0)})
    value->mutable_type()->mutable_tensor_type()->set_elem_type(onnx::TensorProto::FLOAT16);
  graph->mutable_node(0)->set_op_type("MatMul");
  onnx::TensorProto *w = graph->mutable_initializer(0);
  w->clear_float_data();
  w->set_data_type(onnx::TensorProto::FLOAT16);
  w->add_dims(4);
  for (int i = 0; i < 16; ++i)
    w->mutable_raw_data()->append(i % 5 ? std::string(2, '\0') : std::string("\0\x3c", 2)); // the unit matrix
  std::string model = write("f16.onnx", proto.SerializeAsString());
  NpzArray x = array("x", INGOT_F16, {16, 4}), t = array("t", INGOT_F16, {16, 4});
  for (int i = 0; i < 64; ++i)
    reinterpret_cast<uint16_t *>(x.data)[i] = uint16_t(0x3800 + 37 * i);
  std::string in = npz("in.npz", array("x", INGOT_F16, {16, 4}));
  std::string data = npz("d.npz", std::move(x), std::move(t));
  ASSERT_EQ(run("train " + model + " --loss mse:y,t --optimizer sgd --lr 0.002 --lora w:r=2,init=gaussian --batch 4 --epochs 3 --data " + data +
                " --checkpoint " + path("c.ckpt") + " --export " + path("merged.onnx") + " --merge -o " + path("m.so")),
            0)
      << err;
  std::vector<NpzArray> read;
  ASSERT_TRUE(readNpz(data, read).ok());
  in = npz("in.npz", std::move(read[0]));
  ASSERT_EQ(run("run " + path("m.so") + " --checkpoint " + path("c.ckpt") + " --inputs " + in + " --outputs " + path("a.npz")), 0) << err;
  ASSERT_EQ(run("run " + path("merged.onnx") + " --inputs " + in + " --outputs " + path("b.npz")), 0) << err;
  std::vector<NpzArray> a, b;
  ASSERT_TRUE(readNpz(path("a.npz"), a).ok() && readNpz(path("b.npz"), b).ok());
  auto number = [](const NpzArray &of, size_t i) {
    llvm::APFloat half(llvm::APFloat::IEEEhalf(), llvm::APInt(16, reinterpret_cast<uint16_t *>(of.data)[i]));
    return double(half.convertToFloat());
  };
  for (size_t i = 0; i < 64; ++i)
    EXPECT_NEAR(number(a[0], i), number(b[0], i), 0.01);
}

// A model whose batch is fixed cannot be validated on less: that would be a loss of 0, and the best.
TEST_F(Train, RefusesLessThanABatchToValidate) {
  onnx::ModelProto proto;
  ASSERT_TRUE(proto.ParseFromString(contentsOf(weighted("add.onnx", 1))));
  for (auto *value : {proto.mutable_graph()->mutable_input(0), proto.mutable_graph()->mutable_output(0)})
    value->mutable_type()->mutable_tensor_type()->mutable_shape()->mutable_dim(0)->set_dim_value(8);
  std::string model = write("fixed.onnx", proto.SerializeAsString());
  std::string data = npz("d.npz", array("x", INGOT_F32, {16, 4}), array("t", INGOT_F32, {16, 4}));
  std::string test = npz("t.npz", array("x", INGOT_F32, {5, 4}), array("t", INGOT_F32, {5, 4}));
  EXPECT_EQ(run("train " + model + " --loss mse:y,t --batch 8 --data " + data + " --validate " + test + " -o " + path("m.so")), 2);
  EXPECT_HAS(err, "t.npz has 5 examples, less than the model's batch of 8");
}

TEST_F(Train, OverwritesNothingThatItReads) {
  std::string data = examples("d.npz", 64, 1), model = write("m.onnx", contentsOf(mlp)), before = contentsOf(data);
  std::string common = "train " + model + loss + " --data " + data;
  EXPECT_EQ(run(common + " -o " + model), 1);
  EXPECT_HAS(err, "which is MODEL");
  EXPECT_EQ(run(common + " -o " + path("m.so") + " --export " + data), 1);
  EXPECT_HAS(err, "which is --data");
  EXPECT_EQ(run(common + " -o " + path("m.so") + " --checkpoint " + path("m.so")), 1);
  EXPECT_HAS(err, "--checkpoint and -o are both");
  EXPECT_EQ(contentsOf(model), contentsOf(mlp));
  EXPECT_EQ(contentsOf(data), before);
  // What cannot be written is said before anything is computed.
  EXPECT_EQ(run(common + " -o " + path("m.so") + " --export " + path("no/folder.onnx")), 5);
  EXPECT_EQ(out, "");
  // The model's own place is one that was asked for.
  EXPECT_EQ(run(common + " -o " + path("m.so") + " --export " + model), 0) << err;
}

TEST_F(Train, TrainsWithAnotherProcess) {
  std::string data = examples("d.npz", 320, 1), name = "command-test-" + std::to_string(getpid());
  std::string common = "train " + mlp + loss + " --optimizer sgd --lr 0.1 --batch 32 --epochs 3 --json --data " + data + " --threads 1";
  ASSERT_EQ(run(common + " -o " + path("one.so")), 0) << err;
  double alone = number("loss");
  std::string other = ingot + " " + common + " -o " + path("r1.so") + " --collective shm:" + name + ",1,2 >/dev/null & ";
  ASSERT_EQ(run(common + " -o " + path("r0.so") + " --collective shm:" + name + ",0,2", other), 0) << err;
  // Each rank reports the loss of its own half.
  EXPECT_NEAR(number("loss"), alone, 0.05);
}

TEST_F(Train, StopsEarlyAndKeepsTheBest) {
  std::string data = examples("d.npz", 64, 1), test = examples("t.npz", 64, 2);
  ASSERT_EQ(run("train " + mlp + loss + " --optimizer adam --lr 0.05 --data " + data + " --validate " + test +
                " --epochs 500 --patience 5 --keep-best -o " + path("m.so")),
            0)
      << err;
  EXPECT_HAS(out, "no improvement in 5 epochs: stopped");
  EXPECT_HAS(out, "kept the parameters of epoch");
}

TEST_F(Train, NamesTheNodeThatIsNotFinite) {
  std::string data = examples("d.npz", 320, 1);
  std::string common = "train " + mlp + loss + " --optimizer sgd --lr 1e36 --data " + data + " -o " + path("m.so");
  EXPECT_EQ(run(common), 2);
  EXPECT_HAS(err, "step 2 of epoch 1");
  EXPECT_HAS(err, "fc3/Gemm");
  EXPECT_EQ(run(common + " --on-nan skip"), 0) << err;
  EXPECT_HAS(err, "9 steps were skipped");
}

TEST_F(Train, RefusesBadData) {
  auto fails = [&](const std::string &data, const char *message) {
    EXPECT_EQ(run("train " + mlp + loss + " --data " + data + " -o " + path("m.so")), 2) << data;
    EXPECT_HAS(err, message);
  };
  fails(examples("label.npz", 100, 1, /*wrongLabel=*/5), "a label in 'y' is not in [0, classes)");
  fails(npz("missing.npz", array("x", INGOT_F32, {10, 20})), "has no array 'y' (i64 batch); it has 'x'");
  fails(npz("shape.npz", array("x", INGOT_F32, {10, 21}), array("y", INGOT_I64, {10})), "array 'x' in");
  fails(npz("rows.npz", array("x", INGOT_F32, {10, 20}), array("y", INGOT_I64, {9})), "different numbers of examples: 9 and 10");
  fails(npz("type.npz", array("x", INGOT_F32, {10, 20}), array("y", INGOT_F32, {10})), "holds f32, which does not become i64");
  fails(npz("none.npz", array("x", INGOT_F32, {0, 20}), array("y", INGOT_I64, {0})), "has no examples");
  fails(path("nothing.npz"), "nothing.npz");
}

TEST_F(Train, RefusesWrongOptions) {
  std::string data = examples("d.npz", 64, 1);
  for (auto [options, message] : std::vector<std::pair<const char *, const char *>>{
           {"--loss nothing:logits,y", "there is no loss 'nothing'"},
           {"--loss mse:logit,y", "the model has no output 'logit'; it has: logits"},
           {"--loss mse:logits", "is written mse:OUTPUT,TARGET"},
           {"--loss mse:logits,y:widht=2", "has no parameter 'widht'"},
           {"--loss mse:logits,y --optimizer adan", "there is no optimizer 'adan'"},
           {"--loss mse:logits,y --optimizer sgd:nesterov=true", "nesterov needs a momentum"},
           {"--loss mse:logits,y --freeze nothing", "'nothing' matches no parameter"},
           {"--loss mse:logits,y --group fc:rate=2", "expected lr=FACTOR or weight_decay=DECAY"},
           {"--loss softmax_cross_entropy:logits,y --schedule wavy", "--schedule"},
           {"--loss softmax_cross_entropy:logits,y --init wavy", "--init"},
           {"--loss softmax_cross_entropy:logits,y --lr nan", "--lr must be a number"},
           {"--loss softmax_cross_entropy:logits,y --clip-norm nan", "--clip-norm must be a number"},
           {"--loss softmax_cross_entropy:logits,y --gain nan", "--gain must be a number"},
           {"--loss softmax_cross_entropy:logits,y --patience -1", "--patience must not be negative"},
           {"--loss softmax_cross_entropy:logits,y --group 'fc:lr=nan'", "expected lr=FACTOR or weight_decay=DECAY"},
           {"--loss softmax_cross_entropy:logits,y --group 'fd:lr=2'", "matches no parameter that is trained"},
           {"--loss softmax_cross_entropy:logits,y --only nothing", "--only nothing: matches no parameter"},
           {"--loss softmax_cross_entropy:logits,y --checkpoint-only '('", "is not a regular expression"},
           {"--loss softmax_cross_entropy:logits,y --checkpoint-only nothing", "'nothing' matches no variable"},
           {"--loss mse:x,y", "it depends on no parameter that is trained"},
           {"--loss mse:logits,x", "'x' is [batch, 20], not [batch, 5] as 'logits' asks for"},
           {"--loss softmax_cross_entropy:logits,y --batch 0", "must be positive"},
           {"--loss softmax_cross_entropy:logits,y --collective shm", "--collective"},
           {"", "--loss"}}) {
    EXPECT_EQ(run("train " + mlp + " " + options + " --data " + data + " -o " + path("m.so")), 1) << options;
    EXPECT_HAS(err, message);
  }
}

TEST_F(Train, LosesNothingWhenSavingFails) {
  std::string data = examples("d.npz", 64, 1), ckpt = path("c.ckpt");
  std::string common = "train " + mlp + loss + " --data " + data + " -o " + path("m.so");
  ASSERT_EQ(run(common + " --checkpoint " + ckpt), 0) << err;
  std::string before = contentsOf(ckpt);
  // Another model's, a damaged one, half of one, none.
  std::string damaged = before;
  damaged[damaged.size() / 2] = char(damaged[damaged.size() / 2] ^ 1);
  EXPECT_EQ(run(common + " --resume " + write("damaged.ckpt", damaged)), 2);
  EXPECT_HAS(err, "damaged.ckpt");
  EXPECT_EQ(run(common + " --resume " + write("half.ckpt", before.substr(0, before.size() / 2))), 2);
  EXPECT_EQ(run(common + " --resume " + path("nothing.ckpt")), 2);
  EXPECT_EQ(run("train " + mlp + loss + " --optimizer sgd --data " + data + " -o " + path("m.so") + " --resume " + ckpt), 2);
  EXPECT_HAS(err, "c.ckpt");
  EXPECT_EQ(run(common + " --checkpoint " + path("no/folder/c.ckpt")), 5) << err;
  EXPECT_EQ(contentsOf(ckpt), before);
}

} // namespace
