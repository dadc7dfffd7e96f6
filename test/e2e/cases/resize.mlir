// SIZES: s=1,4,9
func.func @nearest_half_pixel(%x: tensor<1x2x?x5xf32>) -> tensor<1x2x?x8xf32> {
  %c2 = arith.constant 2 : index
  %x2 = tensor.dim %x, %c2 : tensor<1x2x?x5xf32>
  %two = arith.constant 2 : index
  %h = arith.muli %x2, %two : index
  %r = ingot.resize nearest half_pixel floor %x sizes [1, 2, %h, 8] : (tensor<1x2x?x5xf32>, index) -> tensor<1x2x?x8xf32>
  return %r : tensor<1x2x?x8xf32>
}

// -----

// SIZES: s=1,4,9
func.func @nearest_asymmetric(%x: tensor<1x2x?x5xf32>) -> tensor<1x2x?x8xf32> {
  %c2 = arith.constant 2 : index
  %x2 = tensor.dim %x, %c2 : tensor<1x2x?x5xf32>
  %two = arith.constant 2 : index
  %h = arith.muli %x2, %two : index
  %r = ingot.resize nearest asymmetric floor %x sizes [1, 2, %h, 8] : (tensor<1x2x?x5xf32>, index) -> tensor<1x2x?x8xf32>
  return %r : tensor<1x2x?x8xf32>
}

// -----

// SIZES: s=1,4,9
func.func @nearest_align_corners(%x: tensor<1x2x?x5xf32>) -> tensor<1x2x?x8xf32> {
  %c2 = arith.constant 2 : index
  %x2 = tensor.dim %x, %c2 : tensor<1x2x?x5xf32>
  %two = arith.constant 2 : index
  %h = arith.muli %x2, %two : index
  %r = ingot.resize nearest align_corners floor %x sizes [1, 2, %h, 8] : (tensor<1x2x?x5xf32>, index) -> tensor<1x2x?x8xf32>
  return %r : tensor<1x2x?x8xf32>
}

// -----

// SIZES: s=1,4,9
func.func @nearest_pytorch_half_pixel(%x: tensor<1x2x?x5xf32>) -> tensor<1x2x?x8xf32> {
  %c2 = arith.constant 2 : index
  %x2 = tensor.dim %x, %c2 : tensor<1x2x?x5xf32>
  %two = arith.constant 2 : index
  %h = arith.muli %x2, %two : index
  %r = ingot.resize nearest pytorch_half_pixel floor %x sizes [1, 2, %h, 8] : (tensor<1x2x?x5xf32>, index) -> tensor<1x2x?x8xf32>
  return %r : tensor<1x2x?x8xf32>
}

// -----

// SIZES: s=1,4,9
func.func @linear_half_pixel(%x: tensor<1x2x?x5xf32>) -> tensor<1x2x?x8xf32> {
  %c2 = arith.constant 2 : index
  %x2 = tensor.dim %x, %c2 : tensor<1x2x?x5xf32>
  %two = arith.constant 2 : index
  %h = arith.muli %x2, %two : index
  %r = ingot.resize linear half_pixel floor %x sizes [1, 2, %h, 8] : (tensor<1x2x?x5xf32>, index) -> tensor<1x2x?x8xf32>
  return %r : tensor<1x2x?x8xf32>
}

// -----

// SIZES: s=1,4,9
func.func @linear_asymmetric(%x: tensor<1x2x?x5xf32>) -> tensor<1x2x?x8xf32> {
  %c2 = arith.constant 2 : index
  %x2 = tensor.dim %x, %c2 : tensor<1x2x?x5xf32>
  %two = arith.constant 2 : index
  %h = arith.muli %x2, %two : index
  %r = ingot.resize linear asymmetric floor %x sizes [1, 2, %h, 8] : (tensor<1x2x?x5xf32>, index) -> tensor<1x2x?x8xf32>
  return %r : tensor<1x2x?x8xf32>
}

// -----

// SIZES: s=1,4,9
func.func @linear_align_corners(%x: tensor<1x2x?x5xf32>) -> tensor<1x2x?x8xf32> {
  %c2 = arith.constant 2 : index
  %x2 = tensor.dim %x, %c2 : tensor<1x2x?x5xf32>
  %two = arith.constant 2 : index
  %h = arith.muli %x2, %two : index
  %r = ingot.resize linear align_corners floor %x sizes [1, 2, %h, 8] : (tensor<1x2x?x5xf32>, index) -> tensor<1x2x?x8xf32>
  return %r : tensor<1x2x?x8xf32>
}

// -----

// SIZES: s=1,4,9
func.func @linear_pytorch_half_pixel(%x: tensor<1x2x?x5xf32>) -> tensor<1x2x?x8xf32> {
  %c2 = arith.constant 2 : index
  %x2 = tensor.dim %x, %c2 : tensor<1x2x?x5xf32>
  %two = arith.constant 2 : index
  %h = arith.muli %x2, %two : index
  %r = ingot.resize linear pytorch_half_pixel floor %x sizes [1, 2, %h, 8] : (tensor<1x2x?x5xf32>, index) -> tensor<1x2x?x8xf32>
  return %r : tensor<1x2x?x8xf32>
}

// -----

// SIZES: s=1,4,9
func.func @cubic_half_pixel(%x: tensor<1x2x?x5xf32>) -> tensor<1x2x?x8xf32> {
  %c2 = arith.constant 2 : index
  %x2 = tensor.dim %x, %c2 : tensor<1x2x?x5xf32>
  %two = arith.constant 2 : index
  %h = arith.muli %x2, %two : index
  %r = ingot.resize cubic half_pixel floor %x sizes [1, 2, %h, 8] : (tensor<1x2x?x5xf32>, index) -> tensor<1x2x?x8xf32>
  return %r : tensor<1x2x?x8xf32>
}

// -----

// SIZES: s=1,4,9
func.func @cubic_asymmetric(%x: tensor<1x2x?x5xf32>) -> tensor<1x2x?x8xf32> {
  %c2 = arith.constant 2 : index
  %x2 = tensor.dim %x, %c2 : tensor<1x2x?x5xf32>
  %two = arith.constant 2 : index
  %h = arith.muli %x2, %two : index
  %r = ingot.resize cubic asymmetric floor %x sizes [1, 2, %h, 8] : (tensor<1x2x?x5xf32>, index) -> tensor<1x2x?x8xf32>
  return %r : tensor<1x2x?x8xf32>
}

// -----

// SIZES: s=1,4,9
func.func @cubic_align_corners(%x: tensor<1x2x?x5xf32>) -> tensor<1x2x?x8xf32> {
  %c2 = arith.constant 2 : index
  %x2 = tensor.dim %x, %c2 : tensor<1x2x?x5xf32>
  %two = arith.constant 2 : index
  %h = arith.muli %x2, %two : index
  %r = ingot.resize cubic align_corners floor %x sizes [1, 2, %h, 8] : (tensor<1x2x?x5xf32>, index) -> tensor<1x2x?x8xf32>
  return %r : tensor<1x2x?x8xf32>
}

// -----

// SIZES: s=1,4,9
func.func @cubic_pytorch_half_pixel(%x: tensor<1x2x?x5xf32>) -> tensor<1x2x?x8xf32> {
  %c2 = arith.constant 2 : index
  %x2 = tensor.dim %x, %c2 : tensor<1x2x?x5xf32>
  %two = arith.constant 2 : index
  %h = arith.muli %x2, %two : index
  %r = ingot.resize cubic pytorch_half_pixel floor %x sizes [1, 2, %h, 8] : (tensor<1x2x?x5xf32>, index) -> tensor<1x2x?x8xf32>
  return %r : tensor<1x2x?x8xf32>
}

// -----

func.func @nearest_round_prefer_floor(%x: tensor<2x7xui8>) -> tensor<3x4xui8> {
  %r = ingot.resize nearest half_pixel round_prefer_floor %x sizes [3, 4] : (tensor<2x7xui8>) -> tensor<3x4xui8>
  return %r : tensor<3x4xui8>
}

// -----

func.func @nearest_round_prefer_ceil(%x: tensor<2x7xui8>) -> tensor<3x4xui8> {
  %r = ingot.resize nearest half_pixel round_prefer_ceil %x sizes [3, 4] : (tensor<2x7xui8>) -> tensor<3x4xui8>
  return %r : tensor<3x4xui8>
}

// -----

func.func @nearest_ceil(%x: tensor<2x7xui8>) -> tensor<3x4xui8> {
  %r = ingot.resize nearest half_pixel ceil %x sizes [3, 4] : (tensor<2x7xui8>) -> tensor<3x4xui8>
  return %r : tensor<3x4xui8>
}

// -----

func.func @linear_antialias(%x: tensor<1x1x12x10xf32>) -> tensor<1x1x5x4xf32> {
  %r = ingot.resize linear half_pixel floor %x sizes [1, 1, 5, 4] {antialias} : (tensor<1x1x12x10xf32>) -> tensor<1x1x5x4xf32>
  return %r : tensor<1x1x5x4xf32>
}

// -----

// SIZES: h=1,3,5 w=1,4,33
// DIMS: h w
func.func @linear_planes(%x: tensor<1x2x?x?xf32>) -> tensor<1x2x?x?xf32> {
  %c2 = arith.constant 2 : index
  %c3 = arith.constant 3 : index
  %h = tensor.dim %x, %c2 : tensor<1x2x?x?xf32>
  %w = tensor.dim %x, %c3 : tensor<1x2x?x?xf32>
  %h2 = arith.muli %h, %c3 : index
  %w2 = arith.muli %w, %c2 : index
  %r = ingot.resize linear half_pixel round_prefer_floor %x sizes [1, 2, %h2, %w2] : (tensor<1x2x?x?xf32>, index, index) -> tensor<1x2x?x?xf32>
  return %r : tensor<1x2x?x?xf32>
}

// -----

func.func @cubic_planes(%x: tensor<2x6x7xf32>) -> tensor<2x13x33xf32> {
  %r = ingot.resize cubic align_corners round_prefer_floor %x sizes [2, 13, 33] : (tensor<2x6x7xf32>) -> tensor<2x13x33xf32>
  return %r : tensor<2x13x33xf32>
}

// -----

func.func @linear_planes_i32(%x: tensor<2x6x7xi32>) -> tensor<2x12x28xi32> {
  %r = ingot.resize linear half_pixel round_prefer_floor %x sizes [2, 12, 28] : (tensor<2x6x7xi32>) -> tensor<2x12x28xi32>
  return %r : tensor<2x12x28xi32>
}

// -----

func.func @linear_planes_shrinking(%x: tensor<2x36x40xf32>) -> tensor<2x7x50xf32> {
  %r = ingot.resize linear half_pixel round_prefer_floor %x sizes [2, 7, 50] : (tensor<2x36x40xf32>) -> tensor<2x7x50xf32>
  return %r : tensor<2x7x50xf32>
}
