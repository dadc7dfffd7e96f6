// SIZES: s=0,1,19
// INPUT 1: -11 10
func.func @gather_rows(%x: tensor<11x6xf32>, %i: tensor<?xi64>) -> tensor<?x6xf32> {
  %r = ingot.gather %x[%i] axis = 0 : (tensor<11x6xf32>, tensor<?xi64>) -> tensor<?x6xf32>
  return %r : tensor<?x6xf32>
}

// -----

// SIZES: s=1,5
// INPUT 1: -8 7
func.func @gather_inner_i32(%x: tensor<?x8x4xf32>, %i: tensor<2x3xi32>) -> tensor<?x2x3x4xf32> {
  %r = ingot.gather %x[%i] axis = 1 : (tensor<?x8x4xf32>, tensor<2x3xi32>) -> tensor<?x2x3x4xf32>
  return %r : tensor<?x2x3x4xf32>
}

// -----

// SIZES: s=1,5,33
// INPUT 1: -3 2
func.func @gather_elements(%x: tensor<3x?xf32>, %i: tensor<2x?xi64>) -> tensor<2x?xf32> {
  %r = ingot.gather_elements %x[%i] axis = 0 : (tensor<3x?xf32>, tensor<2x?xi64>) -> tensor<2x?xf32>
  return %r : tensor<2x?xf32>
}

// -----

// SIZES: s=0,1,9
// INPUT 1: -5 4
func.func @gather_nd(%x: tensor<5x6x4xf32>, %i: tensor<?x2xi64>) -> tensor<?x4xf32> {
  %r = ingot.gather_nd %x[%i] : (tensor<5x6x4xf32>, tensor<?x2xi64>) -> tensor<?x4xf32>
  return %r : tensor<?x4xf32>
}

// -----

// SIZES: s=4,9
// INPUT 1: -4 3
func.func @gather_nd_batch(%x: tensor<2x?x4xf32>, %i: tensor<2x3x1xi64>) -> tensor<2x3x4xf32> {
  %r = ingot.gather_nd %x[%i] {batch_dims = 1 : i64} : (tensor<2x?x4xf32>, tensor<2x3x1xi64>) -> tensor<2x3x4xf32>
  return %r : tensor<2x3x4xf32>
}

// -----

// SIZES: s=1,17
func.func @scatter_nd_replace(%x: tensor<8x?xf32>, %u: tensor<4x?xf32>) -> tensor<8x?xf32> {
  %i = ingot.constant dense<[[5], [0], [-1], [3]]> : tensor<4x1xi64>
  %r = ingot.scatter_nd replace %u into %x[%i] : (tensor<8x?xf32>, tensor<4x1xi64>, tensor<4x?xf32>) -> tensor<8x?xf32>
  return %r : tensor<8x?xf32>
}

// -----

// SIZES: s=1,17
func.func @scatter_nd_add(%x: tensor<8x?xf32>, %u: tensor<4x?xf32>) -> tensor<8x?xf32> {
  %i = ingot.constant dense<[[5], [0], [-1], [3]]> : tensor<4x1xi64>
  %r = ingot.scatter_nd add %u into %x[%i] : (tensor<8x?xf32>, tensor<4x1xi64>, tensor<4x?xf32>) -> tensor<8x?xf32>
  return %r : tensor<8x?xf32>
}

// -----

// SIZES: s=0,1,7
// INPUT 1: -4 3
func.func @scatter_elements_add(%x: tensor<3x4xf32>, %i: tensor<2x?xi64>, %u: tensor<2x?xf32>) -> tensor<3x4xf32> {
  %r = ingot.scatter_elements add %u into %x[%i] axis = 1 : (tensor<3x4xf32>, tensor<2x?xi64>, tensor<2x?xf32>) -> tensor<3x4xf32>
  return %r : tensor<3x4xf32>
}

// -----

// SIZES: s=1,17
func.func @scatter_nd_mul(%x: tensor<8x?xf32>, %u: tensor<4x?xf32>) -> tensor<8x?xf32> {
  %i = ingot.constant dense<[[5], [0], [-1], [3]]> : tensor<4x1xi64>
  %r = ingot.scatter_nd mul %u into %x[%i] : (tensor<8x?xf32>, tensor<4x1xi64>, tensor<4x?xf32>) -> tensor<8x?xf32>
  return %r : tensor<8x?xf32>
}

// -----

// SIZES: s=0,1,7
// INPUT 1: -4 3
func.func @scatter_elements_mul(%x: tensor<3x4xf32>, %i: tensor<2x?xi64>, %u: tensor<2x?xf32>) -> tensor<3x4xf32> {
  %r = ingot.scatter_elements mul %u into %x[%i] axis = 1 : (tensor<3x4xf32>, tensor<2x?xi64>, tensor<2x?xf32>) -> tensor<3x4xf32>
  return %r : tensor<3x4xf32>
}

// -----

// SIZES: s=1,17
func.func @scatter_nd_min(%x: tensor<8x?xf32>, %u: tensor<4x?xf32>) -> tensor<8x?xf32> {
  %i = ingot.constant dense<[[5], [0], [-1], [3]]> : tensor<4x1xi64>
  %r = ingot.scatter_nd min %u into %x[%i] : (tensor<8x?xf32>, tensor<4x1xi64>, tensor<4x?xf32>) -> tensor<8x?xf32>
  return %r : tensor<8x?xf32>
}

// -----

// SIZES: s=0,1,7
// INPUT 1: -4 3
func.func @scatter_elements_min(%x: tensor<3x4xf32>, %i: tensor<2x?xi64>, %u: tensor<2x?xf32>) -> tensor<3x4xf32> {
  %r = ingot.scatter_elements min %u into %x[%i] axis = 1 : (tensor<3x4xf32>, tensor<2x?xi64>, tensor<2x?xf32>) -> tensor<3x4xf32>
  return %r : tensor<3x4xf32>
}

// -----

// SIZES: s=1,17
func.func @scatter_nd_max(%x: tensor<8x?xf32>, %u: tensor<4x?xf32>) -> tensor<8x?xf32> {
  %i = ingot.constant dense<[[5], [0], [-1], [3]]> : tensor<4x1xi64>
  %r = ingot.scatter_nd max %u into %x[%i] : (tensor<8x?xf32>, tensor<4x1xi64>, tensor<4x?xf32>) -> tensor<8x?xf32>
  return %r : tensor<8x?xf32>
}

// -----

// SIZES: s=0,1,7
// INPUT 1: -4 3
func.func @scatter_elements_max(%x: tensor<3x4xf32>, %i: tensor<2x?xi64>, %u: tensor<2x?xf32>) -> tensor<3x4xf32> {
  %r = ingot.scatter_elements max %u into %x[%i] axis = 1 : (tensor<3x4xf32>, tensor<2x?xi64>, tensor<2x?xf32>) -> tensor<3x4xf32>
  return %r : tensor<3x4xf32>
}

// -----

// SIZES: s=1,4
// INPUT 1: -3 2
func.func @scatter_elements_max_i64(%x: tensor<3x4xi64>, %i: tensor<2x?xi64>, %u: tensor<2x?xi64>) -> tensor<3x4xi64> {
  %r = ingot.scatter_elements max %u into %x[%i] axis = 0 : (tensor<3x4xi64>, tensor<2x?xi64>, tensor<2x?xi64>) -> tensor<3x4xi64>
  return %r : tensor<3x4xi64>
}

// -----

// SIZES: s=1,4
// INPUT 1: -3 2
func.func @scatter_elements_max_ui8(%x: tensor<3x4xui8>, %i: tensor<2x?xi64>, %u: tensor<2x?xui8>) -> tensor<3x4xui8> {
  %r = ingot.scatter_elements max %u into %x[%i] axis = 0 : (tensor<3x4xui8>, tensor<2x?xi64>, tensor<2x?xui8>) -> tensor<3x4xui8>
  return %r : tensor<3x4xui8>
}

// -----

// SIZES: s=1,4
// INPUT 1: -3 2
func.func @scatter_elements_max_f16(%x: tensor<3x4xf16>, %i: tensor<2x?xi64>, %u: tensor<2x?xf16>) -> tensor<3x4xf16> {
  %r = ingot.scatter_elements max %u into %x[%i] axis = 0 : (tensor<3x4xf16>, tensor<2x?xi64>, tensor<2x?xf16>) -> tensor<3x4xf16>
  return %r : tensor<3x4xf16>
}

// -----

// SIZES: s=0,1,9,100
func.func @nonzero_bool(%x: tensor<3x?xi1>) -> tensor<2x?xi64> {
  %r = ingot.nonzero %x : (tensor<3x?xi1>) -> tensor<2x?xi64>
  return %r : tensor<2x?xi64>
}

// -----

// SIZES: s=1,9,100
func.func @nonzero_f32_used(%x: tensor<?xf32>) -> tensor<1x?xf32> {
  %c = ingot.round %x : tensor<?xf32>
  %i = ingot.nonzero %c : (tensor<?xf32>) -> tensor<1x?xi64>
  %r = ingot.gather %x[%i] axis = 0 : (tensor<?xf32>, tensor<1x?xi64>) -> tensor<1x?xf32>
  return %r : tensor<1x?xf32>
}

// -----

// SIZES: s=0,1,6
func.func @topk_f32(%x: tensor<?x9xf32>) -> (tensor<?x4xf32>, tensor<?x4xi64>) {
  %v, %i = ingot.topk %x k [4] axis = 1 : (tensor<?x9xf32>) -> (tensor<?x4xf32>, tensor<?x4xi64>)
  return %v, %i : tensor<?x4xf32>, tensor<?x4xi64>
}

// -----

// SIZES: s=0,1,6
func.func @topk_i64(%x: tensor<?x9xi64>) -> (tensor<?x4xi64>, tensor<?x4xi64>) {
  %v, %i = ingot.topk %x k [4] axis = 1 : (tensor<?x9xi64>) -> (tensor<?x4xi64>, tensor<?x4xi64>)
  return %v, %i : tensor<?x4xi64>, tensor<?x4xi64>
}

// -----

// SIZES: s=0,1,6
func.func @topk_ui8(%x: tensor<?x9xui8>) -> (tensor<?x4xui8>, tensor<?x4xi64>) {
  %v, %i = ingot.topk %x k [4] axis = 1 : (tensor<?x9xui8>) -> (tensor<?x4xui8>, tensor<?x4xi64>)
  return %v, %i : tensor<?x4xui8>, tensor<?x4xi64>
}

// -----

// SIZES: s=0,1,6
func.func @topk_f16(%x: tensor<?x9xf16>) -> (tensor<?x4xf16>, tensor<?x4xi64>) {
  %v, %i = ingot.topk %x k [4] axis = 1 : (tensor<?x9xf16>) -> (tensor<?x4xf16>, tensor<?x4xi64>)
  return %v, %i : tensor<?x4xf16>, tensor<?x4xi64>
}

// -----

// SIZES: s=7,40
// INPUT 1: 0 7
func.func @topk_run_time(%x: tensor<3x?xf32>, %k: tensor<i64>) -> (tensor<3x?xf32>, tensor<3x?xi64>) {
  %kv = tensor.extract %k[] : tensor<i64>
  %ki = arith.index_cast %kv : i64 to index
  %v, %i = ingot.topk %x k [%ki] axis = 1 {largest = false} : (tensor<3x?xf32>) -> (tensor<3x?xf32>, tensor<3x?xi64>)
  return %v, %i : tensor<3x?xf32>, tensor<3x?xi64>
}

// -----

// SIZES: s=0,1,6
func.func @sort(%x: tensor<?x13xf32>) -> (tensor<?x13xf32>, tensor<?x13xi64>) {
  %v, %i = ingot.sort %x axis = 1 : (tensor<?x13xf32>) -> (tensor<?x13xf32>, tensor<?x13xi64>)
  return %v, %i : tensor<?x13xf32>, tensor<?x13xi64>
}

// -----

// SIZES: s=1,26
func.func @sort_descending_axis0(%x: tensor<?x3xi32>) -> (tensor<?x3xi32>, tensor<?x3xi64>) {
  %v, %i = ingot.sort %x axis = 0 {descending} : (tensor<?x3xi32>) -> (tensor<?x3xi32>, tensor<?x3xi64>)
  return %v, %i : tensor<?x3xi32>, tensor<?x3xi64>
}

// -----

// SIZES: s=0,1,7
func.func @cumulate_sum(%x: tensor<?x9xf32>) -> tensor<?x9xf32> {
  %r = ingot.cumulate sum %x axis = 1 : tensor<?x9xf32>
  return %r : tensor<?x9xf32>
}

// -----

// SIZES: s=0,1,7
func.func @cumulate_sum_exclusive(%x: tensor<?x9xf32>) -> tensor<?x9xf32> {
  %r = ingot.cumulate sum %x axis = 1 {exclusive} : tensor<?x9xf32>
  return %r : tensor<?x9xf32>
}

// -----

// SIZES: s=0,1,7
func.func @cumulate_sum_reverse(%x: tensor<?x9xf32>) -> tensor<?x9xf32> {
  %r = ingot.cumulate sum %x axis = 1 {reverse} : tensor<?x9xf32>
  return %r : tensor<?x9xf32>
}

// -----

// SIZES: s=0,1,7
func.func @cumulate_sum_exclusive_reverse(%x: tensor<?x9xf32>) -> tensor<?x9xf32> {
  %r = ingot.cumulate sum %x axis = 1 {exclusive, reverse} : tensor<?x9xf32>
  return %r : tensor<?x9xf32>
}

// -----

// SIZES: s=0,1,7
func.func @cumulate_product(%x: tensor<?x9xf32>) -> tensor<?x9xf32> {
  %r = ingot.cumulate product %x axis = 1 : tensor<?x9xf32>
  return %r : tensor<?x9xf32>
}

// -----

// SIZES: s=0,1,7
func.func @cumulate_product_exclusive(%x: tensor<?x9xf32>) -> tensor<?x9xf32> {
  %r = ingot.cumulate product %x axis = 1 {exclusive} : tensor<?x9xf32>
  return %r : tensor<?x9xf32>
}

// -----

// SIZES: s=0,1,7
func.func @cumulate_product_reverse(%x: tensor<?x9xf32>) -> tensor<?x9xf32> {
  %r = ingot.cumulate product %x axis = 1 {reverse} : tensor<?x9xf32>
  return %r : tensor<?x9xf32>
}

// -----

// SIZES: s=0,1,7
func.func @cumulate_product_exclusive_reverse(%x: tensor<?x9xf32>) -> tensor<?x9xf32> {
  %r = ingot.cumulate product %x axis = 1 {exclusive, reverse} : tensor<?x9xf32>
  return %r : tensor<?x9xf32>
}

// -----

// SIZES: s=0,1,37
func.func @cumulate_axis0_i64(%x: tensor<?x5xi64>) -> tensor<?x5xi64> {
  %r = ingot.cumulate sum %x axis = 0 : tensor<?x5xi64>
  return %r : tensor<?x5xi64>
}

// -----

// SIZES: s=1,37
func.func @arg_max(%x: tensor<?x9xf32>) -> tensor<?xi64> {
  %r = ingot.arg_reduce max %x axis = 1 : (tensor<?x9xf32>) -> tensor<?xi64>
  return %r : tensor<?xi64>
}

// -----

// SIZES: s=1,37
func.func @arg_min_last_axis0(%x: tensor<?x9xi8>) -> tensor<9xi64> {
  %r = ingot.arg_reduce min %x axis = 0 {last} : (tensor<?x9xi8>) -> tensor<9xi64>
  return %r : tensor<9xi64>
}
