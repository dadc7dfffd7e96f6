//===- Contraction.cpp - MatMul, Gemm, Einsum -----------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// All of them become `ingot.contract`. A right side without batch dimensions (a weight) is never broadcast: the left side may have
// any number of free dimensions.
//
//===----------------------------------------------------------------------===//

#include "frontend/decode/Contraction.h"

using namespace mlir;

namespace ingot {

//===--- Matrix products ---------------------------------------------------===//

// The batch dimensions of a tensor are all 1.
static bool hasUnitBatch(Value x) {
  return llvm::all_of(shapeOf(x).drop_back(2), [](int64_t size) { return size == 1; });
}

Value matmul(ImportBuilder &b, Value lhs, Value rhs, bool transposeLhs, bool transposeRhs, Type accumulator) {
  int64_t lhsRank = rankOf(lhs), rhsRank = rankOf(rhs);
  if (rhsRank > 2 && hasUnitBatch(rhs) && lhsRank >= rhsRank) {
    Dims matrix = b.sizes(rhs);
    rhs = b.reshape(rhs, ArrayRef<Dim>(matrix).take_back(2));
    rhsRank = 2;
  }
  int64_t lhsContracting = lhsRank == 1 ? 0 : lhsRank - (transposeLhs ? 2 : 1);
  int64_t rhsContracting = rhsRank == 1 ? 0 : rhsRank - (transposeRhs ? 1 : 2);
  if (rhsRank <= 2 || lhsRank == 1)
    return b.create<ContractOp>(lhs, rhs, ArrayRef<int64_t>{}, ArrayRef<int64_t>{}, ArrayRef<int64_t>{lhsContracting},
                                ArrayRef<int64_t>{rhsContracting}, accumulator);

  // Both have matrices, and the batch dimensions of rhs count: bring both sides to the common batch.
  Dims lhsSizes = b.sizes(lhs), rhsSizes = b.sizes(rhs);
  Dims lhsBatch(lhsSizes.begin(), lhsSizes.end() - 2), rhsBatch(rhsSizes.begin(), rhsSizes.end() - 2);
  int64_t batchRank = std::max(lhsBatch.size(), rhsBatch.size());
  auto sizeAt = [&](ArrayRef<Dim> batch, int64_t i) {
    int64_t own = i - (batchRank - static_cast<int64_t>(batch.size()));
    return own < 0 ? b.dim(1) : batch[own];
  };
  Dims common;
  for (int64_t i = 0; i < batchRank; ++i) {
    Dim left = sizeAt(lhsBatch, i), right = sizeAt(rhsBatch, i);
    if (b.same(left, right) || ImportBuilder::isKnown(right, 1))
      common.push_back(left);
    else if (ImportBuilder::isKnown(left, 1))
      common.push_back(right);
    else if (ImportBuilder::known(left))
      common.push_back(left);
    else if (ImportBuilder::known(right))
      common.push_back(right);
    else
      common.push_back(b.maxDims(left, right));
  }
  auto broadcastBatch = [&](Value x, ArrayRef<Dim> sizes) {
    Dims wanted = common;
    wanted.append(sizes.end() - 2, sizes.end());
    return b.broadcastTo(x, wanted);
  };
  lhs = broadcastBatch(lhs, lhsSizes);
  rhs = broadcastBatch(rhs, rhsSizes);
  SmallVector<int64_t> batch = llvm::to_vector(llvm::seq<int64_t>(0, batchRank));
  return b.create<ContractOp>(lhs, rhs, batch, batch, ArrayRef<int64_t>{batchRank + (transposeLhs ? 0 : 1)},
                              ArrayRef<int64_t>{batchRank + (transposeRhs ? 1 : 0)}, accumulator);
}

static LogicalResult checkMatmul(NodeReader &node, Value lhs, Value rhs) {
  return success(node.check(rankOf(lhs) >= 1 && rankOf(rhs) >= 1, "the operands of a matrix product need at least one dimension"));
}

static Decoded decodeMatMul(NodeReader &node, ImportBuilder &b) {
  Value lhs = node.input(0), rhs = node.input(1);
  if (failed(checkMatmul(node, lhs, rhs)))
    return failure();
  return matmul(b, lhs, rhs);
}

Value centered(ImportBuilder &b, Value x, Value zeroPoint) {
  Type i32 = b.getI32Type();
  Value wide = b.castTo(x, i32);
  return zeroPoint ? b.sub(wide, b.castTo(zeroPoint, i32)) : wide;
}

Value rowZeroPoint(ImportBuilder &b, Value zeroPoint, Value lhs) {
  // One entry a row of the left side; a scalar (also of shape [1]) holds for all.
  if (!zeroPoint || rankOf(zeroPoint) != 1 || rankOf(lhs) < 2 || shapeOf(zeroPoint)[0] == 1)
    return zeroPoint;
  return b.unsqueeze(zeroPoint, {1});
}

static Decoded matMulInteger(NodeReader &node, ImportBuilder &b) {
  Value lhs = node.input(0), rhs = node.input(1);
  if (failed(checkMatmul(node, lhs, rhs)))
    return failure();
  return matmul(b, centered(b, lhs, rowZeroPoint(b, node.input(2), lhs)), centered(b, rhs, node.input(3)));
}

static Decoded gemm(NodeReader &node, ImportBuilder &b) {
  Value lhs = node.input(0), rhs = node.input(1), bias = node.input(2);
  double alpha = node.f("alpha", 1.0), beta = node.f("beta", 1.0);
  // Old versions take matrices of more dimensions to be flattened; new ones have two only.
  if (!node.checkRank(lhs, 2, 2) || !node.checkRank(rhs, 2, 2))
    return failure();
  Value product =
      b.create<ContractOp>(lhs, rhs, ArrayRef<int64_t>{}, ArrayRef<int64_t>{}, ArrayRef<int64_t>{node.i("transA", 0) ? 0 : 1},
                           ArrayRef<int64_t>{node.i("transB", 0) ? 1 : 0});
  if (alpha != 1.0)
    product = b.mul(product, alpha);
  if (!bias || beta == 0.0)
    return product;
  if (beta != 1.0)
    bias = b.mul(bias, beta);
  return b.create<AddOp>(product, b.broadcastLike(bias, product));
}

// [d0, d1, ..., dn, k] to [d1, ..., dn, d0, k]: com.microsoft's `transBatch`.
static Value rotateBatch(ImportBuilder &b, Value x) {
  int64_t rank = rankOf(x);
  SmallVector<int64_t> permutation = llvm::to_vector(llvm::seq<int64_t>(1, rank - 1));
  permutation.push_back(0);
  permutation.push_back(rank - 1);
  return b.transpose(x, permutation);
}

static Decoded fusedMatMul(NodeReader &node, ImportBuilder &b) {
  Value lhs = node.input(0), rhs = node.input(1);
  if (failed(checkMatmul(node, lhs, rhs)))
    return failure();
  if (node.i("transBatchA", 0) && rankOf(lhs) > 2)
    lhs = rotateBatch(b, lhs);
  if (node.i("transBatchB", 0) && rankOf(rhs) > 2)
    rhs = rotateBatch(b, rhs);
  Value product = matmul(b, lhs, rhs, node.i("transA", 0) != 0, node.i("transB", 0) != 0);
  double alpha = node.f("alpha", 1.0);
  return alpha == 1.0 ? product : b.mul(product, alpha);
}

//===--- Einsum ------------------------------------------------------------===//

namespace {

// A label is a letter, or (negative) a dimension under the ellipsis counted from its right end.
using Labels = SmallVector<int64_t>;

struct Term {
  Value value;
  Labels labels;
};

class Einsum {
public:
  Einsum(NodeReader &node, ImportBuilder &b) : node(node), b(b) {}
  FailureOr<Value> build();

private:
  LogicalResult parseOperand(StringRef text, Value operand, Term &term);
  LogicalResult parseOutput(StringRef text);
  void implyOutput();
  Term takeDiagonals(Term term);
  Term dropUnits(Term term);
  Term repeatUnits(Term term);
  Term sumOut(Term term, llvm::function_ref<bool(int64_t)> isNeeded);
  Term join(Term lhs, Term rhs, llvm::function_ref<bool(int64_t)> isNeeded);

  NodeReader &node;
  ImportBuilder &b;
  SmallVector<Term> terms;
  Labels output;
  int64_t ellipsisRank = 0;
  llvm::DenseMap<int64_t, Dim> sizes; // of each label; 1 only where all operands have 1
};

} // namespace

LogicalResult Einsum::parseOperand(StringRef text, Value operand, Term &term) {
  term.value = operand;
  size_t letters = 0;
  for (char c : text)
    letters += llvm::isAlpha(c);
  int64_t hidden = rankOf(operand) - static_cast<int64_t>(letters);
  bool hasEllipsis = text.contains("...");
  if (hidden < 0 || (hidden > 0 && !hasEllipsis))
    return node.fail("the equation gives '" + text + "' to an operand of rank " + Twine(rankOf(operand)));
  for (size_t i = 0; i < text.size(); ++i) {
    if (llvm::isAlpha(text[i])) {
      term.labels.push_back(text[i]);
    } else if (text.substr(i).starts_with("...")) {
      for (int64_t dim = hidden; dim > 0; --dim)
        term.labels.push_back(-dim);
      i += 2;
    } else {
      return node.fail("'" + Twine(text[i]) + "' in the equation is neither a letter nor an ellipsis");
    }
  }
  if (static_cast<int64_t>(term.labels.size()) != rankOf(operand))
    return node.fail("the equation has two ellipses in one operand");
  ellipsisRank = std::max(ellipsisRank, hidden);
  for (auto [dim, label] : llvm::enumerate(term.labels)) {
    Dim size = b.size(operand, dim);
    auto [entry, isNew] = sizes.try_emplace(label, size);
    if (isNew || ImportBuilder::isKnown(size, 1))
      continue;
    Dim &common = entry->second;
    if (ImportBuilder::isKnown(common, 1) || (!ImportBuilder::known(common) && ImportBuilder::known(size)))
      common = size;
    else if (label < 0 && !ImportBuilder::known(common) && !b.same(common, size))
      common = b.maxDims(common, size);
  }
  return success();
}

LogicalResult Einsum::parseOutput(StringRef text) {
  for (size_t i = 0; i < text.size(); ++i) {
    if (llvm::isAlpha(text[i])) {
      if (!sizes.count(text[i]) || llvm::is_contained(output, text[i]))
        return node.fail("'" + Twine(text[i]) + "' of the equation's output is in no operand, or twice in the output");
      output.push_back(text[i]);
    } else if (text.substr(i).starts_with("...")) {
      for (int64_t dim = ellipsisRank; dim > 0; --dim)
        output.push_back(-dim);
      i += 2;
    } else {
      return node.fail("'" + Twine(text[i]) + "' in the equation is neither a letter nor an ellipsis");
    }
  }
  return success();
}

// The ellipsis, then the letters that occur once, in ASCII order.
void Einsum::implyOutput() {
  std::map<int64_t, int> count;
  for (const Term &term : terms)
    for (int64_t label : term.labels)
      ++count[label];
  for (int64_t dim = ellipsisRank; dim > 0; --dim)
    output.push_back(-dim);
  for (auto [label, times] : count)
    if (label > 0 && times == 1)
      output.push_back(label);
}

// x[i, i] is the sum over j of x[i, j] where i = j. A select, not a product, so that a NaN beside the diagonal stays out.
Term Einsum::takeDiagonals(Term term) {
  for (size_t i = 0; i < term.labels.size(); ++i)
    for (size_t j = i + 1; j < term.labels.size();) {
      if (term.labels[i] != term.labels[j]) {
        ++j;
        continue;
      }
      Dims all = b.sizes(term.value);
      Value rows = b.iota(b.getI64Type(), all, i), columns = b.iota(b.getI64Type(), all, j);
      Value kept = b.select(b.compare(Comparison::EQ, rows, columns), term.value, b.splatLike(0, term.value));
      term.value = b.reduce(ReduceKind::Sum, kept, {static_cast<int64_t>(j)}, /*keepDims=*/false);
      term.labels.erase(term.labels.begin() + j);
    }
  return term;
}

// A dimension of 1 that others have longer broadcasts: without it, it is a product like any other.
Term Einsum::dropUnits(Term term) {
  SmallVector<int64_t> units;
  Labels rest;
  for (auto [dim, label] : llvm::enumerate(term.labels)) {
    if (shapeOf(term.value)[dim] == 1 && !ImportBuilder::isKnown(sizes[label], 1))
      units.push_back(dim);
    else
      rest.push_back(label);
  }
  if (!units.empty())
    term.value = b.squeeze(term.value, units);
  term.labels = rest;
  return term;
}

// Dimensions under the ellipsis whose size is known at run time only may be 1 then.
Term Einsum::repeatUnits(Term term) {
  Dims wanted = b.sizes(term.value);
  for (auto [size, label] : llvm::zip(wanted, term.labels))
    if (label < 0)
      size = sizes[label];
  term.value = b.broadcastTo(term.value, wanted);
  return term;
}

Term Einsum::sumOut(Term term, llvm::function_ref<bool(int64_t)> isNeeded) {
  SmallVector<int64_t> summed;
  Labels rest;
  for (auto [dim, label] : llvm::enumerate(term.labels)) {
    if (isNeeded(label))
      rest.push_back(label);
    else
      summed.push_back(dim);
  }
  if (!summed.empty())
    term.value = b.reduce(ReduceKind::Sum, term.value, summed, /*keepDims=*/false);
  term.labels = rest;
  return term;
}

Term Einsum::join(Term lhs, Term rhs, llvm::function_ref<bool(int64_t)> isNeeded) {
  lhs = sumOut(lhs, [&](int64_t label) { return isNeeded(label) || llvm::is_contained(rhs.labels, label); });
  rhs = sumOut(rhs, [&](int64_t label) { return isNeeded(label) || llvm::is_contained(lhs.labels, label); });
  SmallVector<int64_t> lhsBatch, rhsBatch, lhsContracting, rhsContracting;
  Labels batch, lhsFree, rhsFree;
  for (auto [dim, label] : llvm::enumerate(lhs.labels)) {
    auto *found = llvm::find(rhs.labels, label);
    if (found == rhs.labels.end()) {
      lhsFree.push_back(label);
      continue;
    }
    bool needed = isNeeded(label);
    (needed ? lhsBatch : lhsContracting).push_back(dim);
    (needed ? rhsBatch : rhsContracting).push_back(found - rhs.labels.begin());
    if (needed)
      batch.push_back(label);
  }
  for (int64_t label : rhs.labels)
    if (!llvm::is_contained(lhs.labels, label))
      rhsFree.push_back(label);
  Term result;
  result.labels = batch;
  llvm::append_range(result.labels, lhsFree);
  llvm::append_range(result.labels, rhsFree);
  result.value = b.create<ContractOp>(lhs.value, rhs.value, lhsBatch, rhsBatch, lhsContracting, rhsContracting);
  return result;
}

FailureOr<Value> Einsum::build() {
  std::string equation;
  for (char c : node.s("equation"))
    if (c != ' ')
      equation.push_back(c);
  StringRef text = equation;
  size_t arrow = text.find("->");
  SmallVector<StringRef> operands;
  text.take_front(arrow).split(operands, ',');
  SmallVector<Value> inputs = node.inputs();
  if (operands.size() != inputs.size())
    return node.fail("the equation '" + text + "' has " + Twine(operands.size()) + " operands, the node " + Twine(inputs.size()));
  for (auto [operandText, input] : llvm::zip(operands, inputs))
    if (failed(parseOperand(operandText, input, terms.emplace_back())))
      return failure();
  if (arrow == StringRef::npos)
    implyOutput();
  else if (failed(parseOutput(text.drop_front(arrow + 2))))
    return failure();

  for (Term &term : terms)
    term = repeatUnits(dropUnits(takeDiagonals(term)));
  Term all = terms[0];
  for (size_t i = 1; i < terms.size(); ++i)
    all = join(all, terms[i], [&](int64_t label) {
      return llvm::is_contained(output, label) || llvm::any_of(ArrayRef<Term>(terms).drop_front(i + 1),
                                                               [&](const Term &t) { return llvm::is_contained(t.labels, label); });
    });
  all = sumOut(all, [&](int64_t label) { return llvm::is_contained(output, label); });
  SmallVector<int64_t> permutation;
  for (int64_t label : output)
    permutation.push_back(llvm::find(all.labels, label) - all.labels.begin());
  return b.transpose(all.value, permutation);
}

static Decoded einsum(NodeReader &node, ImportBuilder &b) {
  return Einsum(node, b).build();
}

void registerContraction(DecoderTable &table) {
  table.on("MatMul", 1, decodeMatMul);
  table.on("MatMulInteger", 10, matMulInteger);
  table.on("Gemm", 1, gemm);
  table.on("Einsum", 12, einsum);
  table.on("com.microsoft", "FusedMatMul", 1, fusedMatMul);
  table.on("com.microsoft", "TransposeMatMul", 1, fusedMatMul);
}

} // namespace ingot
