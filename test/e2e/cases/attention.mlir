// DIMS: b s b t b t s t
// SIZES: b=1,2 s=1,9 t=1,20
func.func @attention_masked(%q: tensor<?x4x?x8xf32>, %k: tensor<?x4x?x8xf32>, %v: tensor<?x4x?x6xf32>, %m: tensor<1x1x?x?xf32>) -> tensor<?x4x?x6xf32> {
  %r = ingot.attention %q, %k, %v mask %m scale = 0.35 : (tensor<?x4x?x8xf32>, tensor<?x4x?x8xf32>, tensor<?x4x?x6xf32>, tensor<1x1x?x?xf32>) -> tensor<?x4x?x6xf32>
  return %r : tensor<?x4x?x6xf32>
}

// -----

// DIMS: s s s
// SIZES: s=1,9,33
func.func @attention_grouped_causal(%q: tensor<1x4x?x8xf32>, %k: tensor<1x2x?x8xf32>, %v: tensor<1x2x?x6xf32>) -> tensor<1x4x?x6xf32> {
  %r = ingot.attention %q, %k, %v scale = 0.35 {causal} : (tensor<1x4x?x8xf32>, tensor<1x2x?x8xf32>, tensor<1x2x?x6xf32>) -> tensor<1x4x?x6xf32>
  return %r : tensor<1x4x?x6xf32>
}

// -----

// SIZES: s=1,7,33
// TOLERANCE: 1e-3
// INPUT 0: -0.5 0.5
func.func @self_attention_spelled_out(%x: tensor<1x?x16xf32>, %wq: tensor<16x16xf32>, %wk: tensor<16x16xf32>, %wv: tensor<16x16xf32>) -> tensor<1x?x16xf32> {
  %c1 = arith.constant 1 : index
  %x1 = tensor.dim %x, %c1 : tensor<1x?x16xf32>
  %q = ingot.contract %x, %wq batch [] x [] contracting [2] x [0] : (tensor<1x?x16xf32>, tensor<16x16xf32>) -> tensor<1x?x16xf32>
  %qr = ingot.reshape %q sizes [1, %x1, 2, 8] : (tensor<1x?x16xf32>) -> tensor<1x?x2x8xf32>
  %qt = ingot.transpose %qr permutation = [0, 2, 1, 3] : (tensor<1x?x2x8xf32>) -> tensor<1x2x?x8xf32>
  %k = ingot.contract %x, %wk batch [] x [] contracting [2] x [0] : (tensor<1x?x16xf32>, tensor<16x16xf32>) -> tensor<1x?x16xf32>
  %kr = ingot.reshape %k sizes [1, %x1, 2, 8] : (tensor<1x?x16xf32>) -> tensor<1x?x2x8xf32>
  %kt = ingot.transpose %kr permutation = [0, 2, 1, 3] : (tensor<1x?x2x8xf32>) -> tensor<1x2x?x8xf32>
  %v = ingot.contract %x, %wv batch [] x [] contracting [2] x [0] : (tensor<1x?x16xf32>, tensor<16x16xf32>) -> tensor<1x?x16xf32>
  %vr = ingot.reshape %v sizes [1, %x1, 2, 8] : (tensor<1x?x16xf32>) -> tensor<1x?x2x8xf32>
  %vt = ingot.transpose %vr permutation = [0, 2, 1, 3] : (tensor<1x?x2x8xf32>) -> tensor<1x2x?x8xf32>
  %s = ingot.contract %qt, %kt batch [0, 1] x [0, 1] contracting [3] x [3] : (tensor<1x2x?x8xf32>, tensor<1x2x?x8xf32>) -> tensor<1x2x?x?xf32>
  %p = ingot.softmax %s axis = 3 : tensor<1x2x?x?xf32>
  %o = ingot.contract %p, %vt batch [0, 1] x [0, 1] contracting [3] x [2] : (tensor<1x2x?x?xf32>, tensor<1x2x?x8xf32>) -> tensor<1x2x?x8xf32>
  %ot = ingot.transpose %o permutation = [0, 2, 1, 3] : (tensor<1x2x?x8xf32>) -> tensor<1x?x2x8xf32>
  %or = ingot.reshape %ot sizes [1, %x1, 16] : (tensor<1x?x2x8xf32>) -> tensor<1x?x16xf32>
  %r = ingot.add %or, %x : tensor<1x?x16xf32>
  return %r : tensor<1x?x16xf32>
}
