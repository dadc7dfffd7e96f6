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

// -----

// The form keeps scores in the cache: static sizes with tails in queries, keys, depth and features.
func.func @attention_tails(%q: tensor<1x2x37x20xf32>, %k: tensor<1x2x45x20xf32>, %v: tensor<1x2x45x13xf32>) -> tensor<1x2x37x13xf32> {
  %s = ingot.contract %q, %k batch [0, 1] x [0, 1] contracting [3] x [3] : (tensor<1x2x37x20xf32>, tensor<1x2x45x20xf32>) -> tensor<1x2x37x45xf32>
  %p = ingot.softmax %s axis = 3 : tensor<1x2x37x45xf32>
  %o = ingot.contract %p, %v batch [0, 1] x [0, 1] contracting [3] x [2] : (tensor<1x2x37x45xf32>, tensor<1x2x45x13xf32>) -> tensor<1x2x37x13xf32>
  return %o : tensor<1x2x37x13xf32>
}

// -----

// Keys in several blocks, and a result whose heads lie side by side, with more work on it.
func.func @attention_blocks(%q: tensor<1x40x2x16xf32>, %k: tensor<1x519x2x16xf32>, %v: tensor<1x519x2x16xf32>, %r: tensor<1x40x2x16xf32>) -> tensor<1x40x2x16xf32> {
  %s = ingot.contract %q, %k batch [0, 2] x [0, 2] contracting [3] x [3] : (tensor<1x40x2x16xf32>, tensor<1x519x2x16xf32>) -> tensor<1x2x40x519xf32>
  %p = ingot.softmax %s axis = 3 : tensor<1x2x40x519xf32>
  %o = ingot.contract %p, %v batch [0, 1] x [0, 2] contracting [3] x [1] : (tensor<1x2x40x519xf32>, tensor<1x519x2x16xf32>) -> tensor<1x2x40x16xf32>
  %t = ingot.transpose %o permutation = [0, 2, 1, 3] : (tensor<1x2x40x16xf32>) -> tensor<1x40x2x16xf32>
  %y = ingot.add %t, %r : tensor<1x40x2x16xf32>
  return %y : tensor<1x40x2x16xf32>
}

// -----

// Any number of queries and keys, none included.
// DIMS: b s b t b t
// SIZES: b=1,2 s=0,1,9,33 t=0,1,33,200,515
func.func @attention_dynamic(%q: tensor<?x2x?x8xf32>, %k: tensor<?x2x?x8xf32>, %v: tensor<?x2x?x24xf32>) -> tensor<?x2x?x24xf32> {
  %s = ingot.contract %q, %k batch [0, 1] x [0, 1] contracting [3] x [3] : (tensor<?x2x?x8xf32>, tensor<?x2x?x8xf32>) -> tensor<?x2x?x?xf32>
  %p = ingot.softmax %s axis = 3 : tensor<?x2x?x?xf32>
  %o = ingot.contract %p, %v batch [0, 1] x [0, 1] contracting [3] x [2] : (tensor<?x2x?x?xf32>, tensor<?x2x?x24xf32>) -> tensor<?x2x?x24xf32>
  return %o : tensor<?x2x?x24xf32>
}

// -----

// A position's bias for each head, a mask of keys for each image, and a sign of its own.
// DIMS: s t t s t t
// SIZES: s=8,35 t=20,300
func.func @attention_bias_and_mask(%q: tensor<2x3x?x8xf32>, %k: tensor<2x3x?x8xf32>, %v: tensor<2x3x?x8xf32>, %b: tensor<1x3x?x?xf32>, %m: tensor<2x1x1x?xi1>) -> tensor<2x3x?x8xf32> {
  %c2 = arith.constant 2 : index
  %n = tensor.dim %q, %c2 : tensor<2x3x?x8xf32>
  %t = tensor.dim %k, %c2 : tensor<2x3x?x8xf32>
  %s = ingot.contract %q, %k batch [0, 1] x [0, 1] contracting [3] x [3] : (tensor<2x3x?x8xf32>, tensor<2x3x?x8xf32>) -> tensor<2x3x?x?xf32>
  %bb = ingot.broadcast %b dimensions = [0, 1, 2, 3] sizes [2, 3, %n, %t] : (tensor<1x3x?x?xf32>) -> tensor<2x3x?x?xf32>
  %mb = ingot.broadcast %m dimensions = [0, 1, 2, 3] sizes [2, 3, %n, %t] : (tensor<2x1x1x?xi1>) -> tensor<2x3x?x?xi1>
  %low = arith.constant dense<-3.0e38> : tensor<1xf32>
  %lb = ingot.broadcast %low dimensions = [3] sizes [2, 3, %n, %t] : (tensor<1xf32>) -> tensor<2x3x?x?xf32>
  %a = ingot.add %s, %bb : tensor<2x3x?x?xf32>
  %w = ingot.select %mb, %a, %lb : (tensor<2x3x?x?xi1>, tensor<2x3x?x?xf32>, tensor<2x3x?x?xf32>) -> tensor<2x3x?x?xf32>
  %p = ingot.softmax %w axis = 3 : tensor<2x3x?x?xf32>
  %o = ingot.contract %p, %v batch [0, 1] x [0, 1] contracting [3] x [2] : (tensor<2x3x?x?xf32>, tensor<2x3x?x8xf32>) -> tensor<2x3x?x8xf32>
  return %o : tensor<2x3x?x8xf32>
}

// -----

// A mask of bytes for each query and key hides whole rows, which are NaN then.
// INPUT 3: 1.5 2.5
func.func @attention_hidden_rows(%q: tensor<1x2x40x16xf32>, %k: tensor<1x2x600x16xf32>, %v: tensor<1x2x600x16xf32>, %x: tensor<40x1xf32>, %y: tensor<1x600xf32>) -> tensor<1x2x40x16xf32> {
  %s = ingot.contract %q, %k batch [0, 1] x [0, 1] contracting [3] x [3] : (tensor<1x2x40x16xf32>, tensor<1x2x600x16xf32>) -> tensor<1x2x40x600xf32>
  %xb = ingot.broadcast %x dimensions = [0, 1] sizes [40, 600] : (tensor<40x1xf32>) -> tensor<40x600xf32>
  %yb = ingot.broadcast %y dimensions = [0, 1] sizes [40, 600] : (tensor<1x600xf32>) -> tensor<40x600xf32>
  %c = ingot.compare lt %xb, %yb : (tensor<40x600xf32>, tensor<40x600xf32>) -> tensor<40x600xi1>
  %cb = ingot.broadcast %c dimensions = [2, 3] sizes [1, 2, 40, 600] : (tensor<40x600xi1>) -> tensor<1x2x40x600xi1>
  %low = arith.constant dense<0xFF800000> : tensor<1x2x40x600xf32>
  %w = ingot.select %cb, %s, %low : (tensor<1x2x40x600xi1>, tensor<1x2x40x600xf32>, tensor<1x2x40x600xf32>) -> tensor<1x2x40x600xf32>
  %p = ingot.softmax %w axis = 3 : tensor<1x2x40x600xf32>
  %o = ingot.contract %p, %v batch [0, 1] x [0, 1] contracting [3] x [2] : (tensor<1x2x40x600xf32>, tensor<1x2x600x16xf32>) -> tensor<1x2x40x16xf32>
  return %o : tensor<1x2x40x16xf32>
}

// -----

// The usual guard makes them 0.
// INPUT 3: 1.5 2.5
func.func @attention_hidden_rows_guarded(%q: tensor<1x2x40x16xf32>, %k: tensor<1x2x600x16xf32>, %v: tensor<1x2x600x16xf32>, %x: tensor<40x1xf32>, %y: tensor<1x600xf32>) -> tensor<1x2x40x16xf32> {
  %s = ingot.contract %q, %k batch [0, 1] x [0, 1] contracting [3] x [3] : (tensor<1x2x40x16xf32>, tensor<1x2x600x16xf32>) -> tensor<1x2x40x600xf32>
  %xb = ingot.broadcast %x dimensions = [0, 1] sizes [40, 600] : (tensor<40x1xf32>) -> tensor<40x600xf32>
  %yb = ingot.broadcast %y dimensions = [0, 1] sizes [40, 600] : (tensor<1x600xf32>) -> tensor<40x600xf32>
  %c = ingot.compare lt %xb, %yb : (tensor<40x600xf32>, tensor<40x600xf32>) -> tensor<40x600xi1>
  %cb = ingot.broadcast %c dimensions = [2, 3] sizes [1, 2, 40, 600] : (tensor<40x600xi1>) -> tensor<1x2x40x600xi1>
  %low = arith.constant dense<0xFF800000> : tensor<1x2x40x600xf32>
  %w = ingot.select %cb, %s, %low : (tensor<1x2x40x600xi1>, tensor<1x2x40x600xf32>, tensor<1x2x40x600xf32>) -> tensor<1x2x40x600xf32>
  %p = ingot.softmax %w axis = 3 : tensor<1x2x40x600xf32>
  %zero = arith.constant dense<0.0> : tensor<1x2x40x600xf32>
  %nan = ingot.is_nan %p : (tensor<1x2x40x600xf32>) -> tensor<1x2x40x600xi1>
  %g = ingot.select %nan, %zero, %p : (tensor<1x2x40x600xi1>, tensor<1x2x40x600xf32>, tensor<1x2x40x600xf32>) -> tensor<1x2x40x600xf32>
  %o = ingot.contract %g, %v batch [0, 1] x [0, 1] contracting [3] x [2] : (tensor<1x2x40x600xf32>, tensor<1x2x600x16xf32>) -> tensor<1x2x40x16xf32>
  return %o : tensor<1x2x40x16xf32>
}

// -----

// Six heads of queries share two heads of keys and values, which are repeated in words only; both sides are scaled.
// DIMS: s t t
// SIZES: s=9,32,50 t=1,70,400
func.func @attention_repeated_heads(%q: tensor<1x6x?x8xf32>, %k: tensor<1x2x?x8xf32>, %v: tensor<1x2x?x8xf32>) -> tensor<1x6x?x8xf32> {
  %c2 = arith.constant 2 : index
  %n = tensor.dim %q, %c2 : tensor<1x6x?x8xf32>
  %t = tensor.dim %k, %c2 : tensor<1x2x?x8xf32>
  %one = arith.constant dense<0.6> : tensor<1xf32>
  %kb = ingot.broadcast %k dimensions = [0, 1, 3, 4] sizes [1, 2, 3, %t, 8] : (tensor<1x2x?x8xf32>) -> tensor<1x2x3x?x8xf32>
  %kr = ingot.reshape %kb sizes [1, 6, %t, 8] : (tensor<1x2x3x?x8xf32>) -> tensor<1x6x?x8xf32>
  %kf = ingot.broadcast %one dimensions = [3] sizes [1, 6, %t, 8] : (tensor<1xf32>) -> tensor<1x6x?x8xf32>
  %ks = ingot.mul %kr, %kf : tensor<1x6x?x8xf32>
  %qf = ingot.broadcast %one dimensions = [3] sizes [1, 6, %n, 8] : (tensor<1xf32>) -> tensor<1x6x?x8xf32>
  %qs = ingot.mul %q, %qf : tensor<1x6x?x8xf32>
  %vb = ingot.broadcast %v dimensions = [0, 1, 3, 4] sizes [1, 2, 3, %t, 8] : (tensor<1x2x?x8xf32>) -> tensor<1x2x3x?x8xf32>
  %vr = ingot.reshape %vb sizes [1, 6, %t, 8] : (tensor<1x2x3x?x8xf32>) -> tensor<1x6x?x8xf32>
  %s = ingot.contract %qs, %ks batch [0, 1] x [0, 1] contracting [3] x [3] : (tensor<1x6x?x8xf32>, tensor<1x6x?x8xf32>) -> tensor<1x6x?x?xf32>
  %p = ingot.softmax %s axis = 3 : tensor<1x6x?x?xf32>
  %o = ingot.contract %p, %vr batch [0, 1] x [0, 1] contracting [3] x [2] : (tensor<1x6x?x?xf32>, tensor<1x6x?x8xf32>) -> tensor<1x6x?x8xf32>
  return %o : tensor<1x6x?x8xf32>
}

// -----

// Keys and values that grow by what is new, as in a decoder; one query or several.
// DIMS: s t s t s
// SIZES: s=1,10,33 t=0,7,140
func.func @attention_cache(%q: tensor<1x2x?x16xf32>, %pk: tensor<1x2x?x16xf32>, %k: tensor<1x2x?x16xf32>, %pv: tensor<1x2x?x16xf32>, %v: tensor<1x2x?x16xf32>) -> (tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>) {
  %ks = ingot.concat %pk, %k axis = 2 : (tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>) -> tensor<1x2x?x16xf32>
  %vs = ingot.concat %pv, %v axis = 2 : (tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>) -> tensor<1x2x?x16xf32>
  %s = ingot.contract %q, %ks batch [0, 1] x [0, 1] contracting [3] x [3] : (tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>) -> tensor<1x2x?x?xf32>
  %p = ingot.softmax %s axis = 3 : tensor<1x2x?x?xf32>
  %o = ingot.contract %p, %vs batch [0, 1] x [0, 1] contracting [3] x [2] : (tensor<1x2x?x?xf32>, tensor<1x2x?x16xf32>) -> tensor<1x2x?x16xf32>
  return %o, %ks : tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>
}

// -----

// Features before queries in the result, as attention over an image gives it, and keys whose positions are innermost.
func.func @attention_features_first(%q: tensor<4x50x8xf32>, %k: tensor<4x8x70xf32>, %v: tensor<4x11x70xf32>) -> tensor<4x11x50xf32> {
  %s = ingot.contract %q, %k batch [0] x [0] contracting [2] x [1] : (tensor<4x50x8xf32>, tensor<4x8x70xf32>) -> tensor<4x50x70xf32>
  %p = ingot.softmax %s axis = 2 : tensor<4x50x70xf32>
  %o = ingot.contract %v, %p batch [0] x [0] contracting [2] x [2] : (tensor<4x11x70xf32>, tensor<4x50x70xf32>) -> tensor<4x11x50xf32>
  return %o : tensor<4x11x50xf32>
}

// -----

// NaN and infinities spoil the rows that they spoil without the form.
// INPUT 0: special
func.func @attention_special(%q: tensor<1x20x8xf32>, %k: tensor<1x300x8xf32>, %v: tensor<1x300x8xf32>) -> tensor<1x20x8xf32> {
  %s = ingot.contract %q, %k batch [0] x [0] contracting [2] x [2] : (tensor<1x20x8xf32>, tensor<1x300x8xf32>) -> tensor<1x20x300xf32>
  %p = ingot.softmax %s axis = 2 : tensor<1x20x300xf32>
  %o = ingot.contract %p, %v batch [0] x [0] contracting [2] x [1] : (tensor<1x20x300xf32>, tensor<1x300x8xf32>) -> tensor<1x20x8xf32>
  return %o : tensor<1x20x8xf32>
}

// -----

// Most keys of the first panels are hidden, in blocks of their own too.
// DIMS: s s s
// SIZES: s=20,70,300
func.func @attention_causal_blocks(%q: tensor<1x2x?x16xf32>, %k: tensor<1x2x?x16xf32>, %v: tensor<1x2x?x13xf32>) -> tensor<1x2x?x13xf32> {
  %r = ingot.attention %q, %k, %v scale = 0.35 {causal} : (tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x13xf32>) -> tensor<1x2x?x13xf32>
  return %r : tensor<1x2x?x13xf32>
}

// -----

// Scores so far apart that most keys weigh nothing, in any order: some blocks end with such keys.
// DIMS: s t t s t
// SIZES: s=20,40 t=37,300
// INPUT 3: -400 400
func.func @attention_far_scores(%q: tensor<1x2x?x8xf32>, %k: tensor<1x2x?x8xf32>, %v: tensor<1x2x?x8xf32>, %m: tensor<1x1x?x?xf32>) -> tensor<1x2x?x8xf32> {
  %r = ingot.attention %q, %k, %v mask %m scale = 0.35 : (tensor<1x2x?x8xf32>, tensor<1x2x?x8xf32>, tensor<1x2x?x8xf32>, tensor<1x1x?x?xf32>) -> tensor<1x2x?x8xf32>
  return %r : tensor<1x2x?x8xf32>
}

// -----

// A key that is no number spoils what sees it, whatever the mask hides beside it.
// INPUT 1: special
func.func @attention_special_causal(%q: tensor<1x2x70x8xf32>, %k: tensor<1x2x70x8xf32>, %v: tensor<1x2x70x8xf32>) -> tensor<1x2x70x8xf32> {
  %r = ingot.attention %q, %k, %v scale = 0.35 {causal} : (tensor<1x2x70x8xf32>, tensor<1x2x70x8xf32>, tensor<1x2x70x8xf32>) -> tensor<1x2x70x8xf32>
  return %r : tensor<1x2x70x8xf32>
}

// -----

// Only the run knows how many query heads share a key head.
// SIZES: h=2,4 g=2 s=1,5
// DIMS: h s g s g s
func.func @attention_dynamic_heads(%q: tensor<1x?x?x8xf32>, %k: tensor<1x?x?x8xf32>, %v: tensor<1x?x?x6xf32>) -> tensor<1x?x?x6xf32> {
  %r = ingot.attention %q, %k, %v scale = 0.35 : (tensor<1x?x?x8xf32>, tensor<1x?x?x8xf32>, tensor<1x?x?x6xf32>) -> tensor<1x?x?x6xf32>
  return %r : tensor<1x?x?x6xf32>
}
