func.func @product(%l: tensor<70x300xf32>, %r: tensor<300x90xf32>) -> tensor<70x90xf32> {
  %y = ingot.contract %l, %r batch [] x [] contracting [1] x [0] : (tensor<70x300xf32>, tensor<300x90xf32>) -> tensor<70x90xf32>
  return %y : tensor<70x90xf32>
}

// -----

func.func @product_transposed_rhs(%l: tensor<70x300xf32>, %r: tensor<90x300xf32>) -> tensor<70x90xf32> {
  %y = ingot.contract %l, %r batch [] x [] contracting [1] x [1] : (tensor<70x300xf32>, tensor<90x300xf32>) -> tensor<70x90xf32>
  return %y : tensor<70x90xf32>
}

// -----

func.func @product_transposed_lhs(%l: tensor<300x70xf32>, %r: tensor<300x90xf32>) -> tensor<70x90xf32> {
  %y = ingot.contract %l, %r batch [] x [] contracting [0] x [0] : (tensor<300x70xf32>, tensor<300x90xf32>) -> tensor<70x90xf32>
  return %y : tensor<70x90xf32>
}

// -----

func.func @product_transposed_both(%l: tensor<300x70xf32>, %r: tensor<90x300xf32>) -> tensor<70x90xf32> {
  %y = ingot.contract %l, %r batch [] x [] contracting [0] x [1] : (tensor<300x70xf32>, tensor<90x300xf32>) -> tensor<70x90xf32>
  return %y : tensor<70x90xf32>
}

// -----

func.func @product_long_transposed_rhs(%l: tensor<9x1100xf32>, %r: tensor<33x1100xf32>) -> tensor<9x33xf32> {
  %y = ingot.contract %l, %r batch [] x [] contracting [1] x [1] : (tensor<9x1100xf32>, tensor<33x1100xf32>) -> tensor<9x33xf32>
  return %y : tensor<9x33xf32>
}

// -----

func.func @product_few_columns(%l: tensor<600x70xf32>, %r: tensor<600x10xf32>) -> tensor<70x10xf32> {
  %y = ingot.contract %l, %r batch [] x [] contracting [0] x [0] : (tensor<600x70xf32>, tensor<600x10xf32>) -> tensor<70x10xf32>
  return %y : tensor<70x10xf32>
}

// -----

func.func @product_deep(%l: tensor<5000x20xf32>, %r: tensor<5000x18xf32>) -> tensor<20x18xf32> {
  %y = ingot.contract %l, %r batch [] x [] contracting [0] x [0] : (tensor<5000x20xf32>, tensor<5000x18xf32>) -> tensor<20x18xf32>
  return %y : tensor<20x18xf32>
}

// -----

func.func @product_deep_and_wide(%l: tensor<3000x100xf32>, %r: tensor<3000x40xf32>) -> tensor<100x40xf32> {
  %y = ingot.contract %l, %r batch [] x [] contracting [0] x [0] : (tensor<3000x100xf32>, tensor<3000x40xf32>) -> tensor<100x40xf32>
  return %y : tensor<100x40xf32>
}

// -----

// SIZES: s=0,1,7,48,130
func.func @product_dynamic_rows(%l: tensor<?x300xf32>, %r: tensor<90x300xf32>) -> tensor<?x90xf32> {
  %y = ingot.contract %l, %r batch [] x [] contracting [1] x [1] : (tensor<?x300xf32>, tensor<90x300xf32>) -> tensor<?x90xf32>
  return %y : tensor<?x90xf32>
}

// -----

// SIZES: s=0,1,33,700
func.func @product_dynamic_steps(%l: tensor<?x70xf32>, %r: tensor<?x90xf32>) -> tensor<70x90xf32> {
  %y = ingot.contract %l, %r batch [] x [] contracting [0] x [0] : (tensor<?x70xf32>, tensor<?x90xf32>) -> tensor<70x90xf32>
  return %y : tensor<70x90xf32>
}

// -----

// SIZES: s=0,3,9000
func.func @product_dynamic_steps_deep(%l: tensor<?x30xf32>, %r: tensor<?x20xf32>) -> tensor<30x20xf32> {
  %y = ingot.contract %l, %r batch [] x [] contracting [0] x [0] : (tensor<?x30xf32>, tensor<?x20xf32>) -> tensor<30x20xf32>
  return %y : tensor<30x20xf32>
}

// -----

// DIMS: m k n k
// SIZES: m=0,1,60 k=0,1,270 n=1,40
// SIZES: m=50 k=3000 n=0,33
func.func @product_dynamic(%l: tensor<?x?xf32>, %r: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %y = ingot.contract %l, %r batch [] x [] contracting [1] x [1] : (tensor<?x?xf32>, tensor<?x?xf32>) -> tensor<?x?xf32>
  return %y : tensor<?x?xf32>
}

// -----

func.func @product_f64(%l: tensor<300x50xf64>, %r: tensor<60x300xf64>) -> tensor<50x60xf64> {
  %y = ingot.contract %l, %r batch [] x [] contracting [0] x [1] : (tensor<300x50xf64>, tensor<60x300xf64>) -> tensor<50x60xf64>
  return %y : tensor<50x60xf64>
}

// -----

// SIZES: s=1,50
func.func @product_with_bias(%l: tensor<?x270xf32>, %r: tensor<40x270xf32>, %c: tensor<40xf32>) -> tensor<?x40xf32> {
  %z = arith.constant 0 : index
  %s = tensor.dim %l, %z : tensor<?x270xf32>
  %y = ingot.contract %l, %r batch [] x [] contracting [1] x [1] : (tensor<?x270xf32>, tensor<40x270xf32>) -> tensor<?x40xf32>
  %b = ingot.broadcast %c dimensions = [1] sizes [%s, 40] : (tensor<40xf32>) -> tensor<?x40xf32>
  %r1 = ingot.add %y, %b : tensor<?x40xf32>
  %t = ingot.tanh %r1 : tensor<?x40xf32>
  return %t : tensor<?x40xf32>
}

// -----

// SIZES: s=1,3
func.func @batch_product_transposed_lhs(%l: tensor<?x70x55xf32>, %r: tensor<?x70x64xf32>) -> tensor<?x55x64xf32> {
  %y = ingot.contract %l, %r batch [0] x [0] contracting [1] x [1] : (tensor<?x70x55xf32>, tensor<?x70x64xf32>) -> tensor<?x55x64xf32>
  return %y : tensor<?x55x64xf32>
}

// -----

func.func @product_of_heads(%l: tensor<2x50x3x40xf32>, %r: tensor<2x60x3x40xf32>) -> tensor<2x3x50x60xf32> {
  %y = ingot.contract %l, %r batch [0, 2] x [0, 2] contracting [3] x [3] : (tensor<2x50x3x40xf32>, tensor<2x60x3x40xf32>) -> tensor<2x3x50x60xf32>
  return %y : tensor<2x3x50x60xf32>
}

// -----

func.func @filter_gradient(%x: tensor<3x9x11x20xf32>, %d: tensor<3x9x11x18xf32>) -> tensor<3x3x20x18xf32> {
  %r = ingot.conv_grad_filter %x, %d filter_sizes [3, 3] strides [1, 1] dilations [1, 1] pads [1, 1] x [1, 1] : (tensor<3x9x11x20xf32>, tensor<3x9x11x18xf32>) -> tensor<3x3x20x18xf32>
  return %r : tensor<3x3x20x18xf32>
}

// -----

func.func @filter_gradient_stride(%x: tensor<3x9x11x20xf32>, %d: tensor<3x5x6x18xf32>) -> tensor<3x3x20x18xf32> {
  %r = ingot.conv_grad_filter %x, %d filter_sizes [3, 3] strides [2, 2] dilations [1, 1] pads [1, 1] x [1, 1] : (tensor<3x9x11x20xf32>, tensor<3x5x6x18xf32>) -> tensor<3x3x20x18xf32>
  return %r : tensor<3x3x20x18xf32>
}

// -----

func.func @filter_gradient_1x1(%x: tensor<2x9x8x20xf32>, %d: tensor<2x9x8x40xf32>) -> tensor<1x1x20x40xf32> {
  %r = ingot.conv_grad_filter %x, %d filter_sizes [1, 1] strides [1, 1] dilations [1, 1] pads [0, 0] x [0, 0] : (tensor<2x9x8x20xf32>, tensor<2x9x8x40xf32>) -> tensor<1x1x20x40xf32>
  return %r : tensor<1x1x20x40xf32>
}

// -----

// SIZES: s=0,1,40
func.func @filter_gradient_one_channel(%x: tensor<?x12x12x1xf32>, %d: tensor<?x12x12x6xf32>) -> tensor<5x5x1x6xf32> {
  %r = ingot.conv_grad_filter %x, %d filter_sizes [5, 5] strides [1, 1] dilations [1, 1] pads [2, 2] x [2, 2] : (tensor<?x12x12x1xf32>, tensor<?x12x12x6xf32>) -> tensor<5x5x1x6xf32>
  return %r : tensor<5x5x1x6xf32>
}

// -----

func.func @filter_gradient_7x7(%x: tensor<2x20x22x3xf32>, %d: tensor<2x10x11x16xf32>) -> tensor<7x7x3x16xf32> {
  %r = ingot.conv_grad_filter %x, %d filter_sizes [7, 7] strides [2, 2] dilations [1, 1] pads [3, 3] x [3, 3] : (tensor<2x20x22x3xf32>, tensor<2x10x11x16xf32>) -> tensor<7x7x3x16xf32>
  return %r : tensor<7x7x3x16xf32>
}

// -----

// SIZES: s=0,1,9
func.func @filter_gradient_dynamic_batch(%x: tensor<?x7x7x33xf32>, %d: tensor<?x7x7x40xf32>) -> tensor<3x3x33x40xf32> {
  %r = ingot.conv_grad_filter %x, %d filter_sizes [3, 3] strides [1, 1] dilations [1, 1] pads [1, 1] x [1, 1] : (tensor<?x7x7x33xf32>, tensor<?x7x7x40xf32>) -> tensor<3x3x33x40xf32>
  return %r : tensor<3x3x33x40xf32>
}

// -----

func.func @filter_gradient_groups(%x: tensor<2x9x8x24xf32>, %d: tensor<2x9x8x36xf32>) -> tensor<3x3x8x36xf32> {
  %r = ingot.conv_grad_filter %x, %d filter_sizes [3, 3] strides [1, 1] dilations [1, 1] pads [1, 1] x [1, 1] {groups = 3 : i64} : (tensor<2x9x8x24xf32>, tensor<2x9x8x36xf32>) -> tensor<3x3x8x36xf32>
  return %r : tensor<3x3x8x36xf32>
}

// -----

// SIZES: s=0,1,5
func.func @filter_gradient_depthwise(%x: tensor<?x9x8x40xf32>, %d: tensor<?x9x8x40xf32>) -> tensor<3x3x1x40xf32> {
  %r = ingot.conv_grad_filter %x, %d filter_sizes [3, 3] strides [1, 1] dilations [1, 1] pads [1, 1] x [1, 1] {groups = 40 : i64} : (tensor<?x9x8x40xf32>, tensor<?x9x8x40xf32>) -> tensor<3x3x1x40xf32>
  return %r : tensor<3x3x1x40xf32>
}

// -----

func.func @filter_gradient_depthwise_stride(%x: tensor<3x9x8x21xf32>, %d: tensor<3x5x4x21xf32>) -> tensor<5x5x1x21xf32> {
  %r = ingot.conv_grad_filter %x, %d filter_sizes [5, 5] strides [2, 2] dilations [1, 1] pads [2, 2] x [2, 2] {groups = 21 : i64} : (tensor<3x9x8x21xf32>, tensor<3x5x4x21xf32>) -> tensor<5x5x1x21xf32>
  return %r : tensor<5x5x1x21xf32>
}

// -----

// DIMS: n h n h
// SIZES: n=1,2 h=1,9
func.func @filter_gradient_dynamic_image(%x: tensor<?x?x8x17xf32>, %d: tensor<?x?x8x20xf32>) -> tensor<3x3x17x20xf32> {
  %r = ingot.conv_grad_filter %x, %d filter_sizes [3, 3] strides [1, 1] dilations [1, 1] pads [1, 1] x [1, 1] : (tensor<?x?x8x17xf32>, tensor<?x?x8x20xf32>) -> tensor<3x3x17x20xf32>
  return %r : tensor<3x3x17x20xf32>
}

// -----

func.func @input_gradient_stride_2(%d: tensor<2x5x6x20xf32>, %w: tensor<3x3x18x20xf32>) -> tensor<2x9x12x18xf32> {
  %r = ingot.conv_grad_input %d, %w sizes [9, 12] strides [2, 2] dilations [1, 1] pads [1, 1] x [1, 1] : (tensor<2x5x6x20xf32>, tensor<3x3x18x20xf32>) -> tensor<2x9x12x18xf32>
  return %r : tensor<2x9x12x18xf32>
}

// -----

func.func @input_gradient_stride_2_even(%d: tensor<2x4x4x20xf32>, %w: tensor<3x3x18x20xf32>) -> tensor<2x8x8x18xf32> {
  %r = ingot.conv_grad_input %d, %w sizes [8, 8] strides [2, 2] dilations [1, 1] pads [1, 1] x [1, 1] : (tensor<2x4x4x20xf32>, tensor<3x3x18x20xf32>) -> tensor<2x8x8x18xf32>
  return %r : tensor<2x8x8x18xf32>
}

// -----

func.func @input_gradient_1x1_stride_2(%d: tensor<2x5x4x20xf32>, %w: tensor<1x1x17x20xf32>) -> tensor<2x9x8x17xf32> {
  %r = ingot.conv_grad_input %d, %w sizes [9, 8] strides [2, 2] dilations [1, 1] pads [0, 0] x [0, 0] : (tensor<2x5x4x20xf32>, tensor<1x1x17x20xf32>) -> tensor<2x9x8x17xf32>
  return %r : tensor<2x9x8x17xf32>
}

// -----

func.func @input_gradient_stride_3(%d: tensor<1x5x4x8xf32>, %w: tensor<5x5x16x8xf32>) -> tensor<1x13x10x16xf32> {
  %r = ingot.conv_grad_input %d, %w sizes [13, 10] strides [3, 3] dilations [1, 1] pads [2, 2] x [2, 2] : (tensor<1x5x4x8xf32>, tensor<5x5x16x8xf32>) -> tensor<1x13x10x16xf32>
  return %r : tensor<1x13x10x16xf32>
}

// -----

func.func @input_gradient_depthwise_stride_2(%d: tensor<2x5x5x20xf32>, %w: tensor<3x3x1x20xf32>) -> tensor<2x9x10x20xf32> {
  %r = ingot.conv_grad_input %d, %w sizes [9, 10] strides [2, 2] dilations [1, 1] pads [1, 1] x [1, 1] {groups = 20 : i64} : (tensor<2x5x5x20xf32>, tensor<3x3x1x20xf32>) -> tensor<2x9x10x20xf32>
  return %r : tensor<2x9x10x20xf32>
}

// -----

func.func @input_gradient_groups_stride_2(%d: tensor<2x5x5x16xf32>, %w: tensor<3x3x6x16xf32>) -> tensor<2x9x10x24xf32> {
  %r = ingot.conv_grad_input %d, %w sizes [9, 10] strides [2, 2] dilations [1, 1] pads [1, 1] x [1, 1] {groups = 4 : i64} : (tensor<2x5x5x16xf32>, tensor<3x3x6x16xf32>) -> tensor<2x9x10x24xf32>
  return %r : tensor<2x9x10x24xf32>
}

// -----

func.func @conv_filter_at_run_time(%x: tensor<2x12x12x32xf32>, %w: tensor<3x3x32x48xf32>) -> tensor<2x12x12x48xf32> {
  %r = ingot.conv %x, %w strides [1, 1] dilations [1, 1] pads [1, 1] x [1, 1] : (tensor<2x12x12x32xf32>, tensor<3x3x32x48xf32>) -> tensor<2x12x12x48xf32>
  return %r : tensor<2x12x12x48xf32>
}

// -----

func.func @conv_filter_at_run_time_tails(%x: tensor<1x13x14x40xf32>, %w: tensor<3x3x40x70xf32>) -> tensor<1x13x14x70xf32> {
  %r = ingot.conv %x, %w strides [1, 1] dilations [1, 1] pads [1, 1] x [1, 1] : (tensor<1x13x14x40xf32>, tensor<3x3x40x70xf32>) -> tensor<1x13x14x70xf32>
  return %r : tensor<1x13x14x70xf32>
}

// -----

// SIZES: s=0,1,3
func.func @conv_filter_at_run_time_batch(%x: tensor<?x16x16x64xf32>, %w: tensor<3x3x64x64xf32>) -> tensor<?x16x16x64xf32> {
  %r = ingot.conv %x, %w strides [1, 1] dilations [1, 1] pads [1, 1] x [1, 1] : (tensor<?x16x16x64xf32>, tensor<3x3x64x64xf32>) -> tensor<?x16x16x64xf32>
  return %r : tensor<?x16x16x64xf32>
}

// -----

// SIZES: s=0,1,2
func.func @max_pool_gradient_3x3_stride_2(%x: tensor<?x9x12x20xf32>, %d: tensor<?x5x6x20xf32>) -> tensor<?x9x12x20xf32> {
  %r = ingot.max_pool_grad %x, %d window [1, 3, 3, 1] strides [1, 2, 2, 1] dilations [1, 1, 1, 1] pads [0, 1, 1, 0] x [0, 1, 1, 0] : (tensor<?x9x12x20xf32>, tensor<?x5x6x20xf32>) -> tensor<?x9x12x20xf32>
  return %r : tensor<?x9x12x20xf32>
}

// -----

// SIZES: s=0,1,3
func.func @max_pool_gradient_2x2(%x: tensor<?x8x6x16xf32>, %d: tensor<?x4x3x16xf32>) -> tensor<?x8x6x16xf32> {
  %r = ingot.max_pool_grad %x, %d window [1, 2, 2, 1] strides [1, 2, 2, 1] dilations [1, 1, 1, 1] pads [0, 0, 0, 0] x [0, 0, 0, 0] : (tensor<?x8x6x16xf32>, tensor<?x4x3x16xf32>) -> tensor<?x8x6x16xf32>
  return %r : tensor<?x8x6x16xf32>
}

// -----

func.func @max_pool_gradient_cut(%x: tensor<2x9x7x5xf32>, %d: tensor<2x4x3x5xf32>) -> tensor<2x9x7x5xf32> {
  %r = ingot.max_pool_grad %x, %d window [1, 2, 2, 1] strides [1, 2, 2, 1] dilations [1, 1, 1, 1] pads [0, 0, 0, 0] x [0, 0, 0, 0] : (tensor<2x9x7x5xf32>, tensor<2x4x3x5xf32>) -> tensor<2x9x7x5xf32>
  return %r : tensor<2x9x7x5xf32>
}

// -----

func.func @max_pool_gradient_overlap(%x: tensor<1x6x7x17xf32>, %d: tensor<1x6x7x17xf32>) -> tensor<1x6x7x17xf32> {
  %r = ingot.max_pool_grad %x, %d window [1, 3, 3, 1] strides [1, 1, 1, 1] dilations [1, 1, 1, 1] pads [0, 1, 1, 0] x [0, 1, 1, 0] : (tensor<1x6x7x17xf32>, tensor<1x6x7x17xf32>) -> tensor<1x6x7x17xf32>
  return %r : tensor<1x6x7x17xf32>
}

// -----

func.func @max_pool_gradient_gaps(%x: tensor<1x11x11x16xf32>, %d: tensor<1x4x4x16xf32>) -> tensor<1x11x11x16xf32> {
  %r = ingot.max_pool_grad %x, %d window [1, 2, 2, 1] strides [1, 3, 3, 1] dilations [1, 1, 1, 1] pads [0, 0, 0, 0] x [0, 1, 1, 0] : (tensor<1x11x11x16xf32>, tensor<1x4x4x16xf32>) -> tensor<1x11x11x16xf32>
  return %r : tensor<1x11x11x16xf32>
}

// -----

// INPUT 0: special
func.func @max_pool_gradient_special(%x: tensor<1x8x8x8xf32>, %d: tensor<1x4x4x8xf32>) -> tensor<1x8x8x8xf32> {
  %r = ingot.max_pool_grad %x, %d window [1, 3, 3, 1] strides [1, 2, 2, 1] dilations [1, 1, 1, 1] pads [0, 1, 1, 0] x [0, 0, 0, 0] : (tensor<1x8x8x8xf32>, tensor<1x4x4x8xf32>) -> tensor<1x8x8x8xf32>
  return %r : tensor<1x8x8x8xf32>
}

// -----

func.func @max_pool_gradient_f64(%x: tensor<1x8x8x9xf64>, %d: tensor<1x4x4x9xf64>) -> tensor<1x8x8x9xf64> {
  %r = ingot.max_pool_grad %x, %d window [1, 3, 3, 1] strides [1, 2, 2, 1] dilations [1, 1, 1, 1] pads [0, 1, 1, 0] x [0, 1, 1, 0] : (tensor<1x8x8x9xf64>, tensor<1x4x4x9xf64>) -> tensor<1x8x8x9xf64>
  return %r : tensor<1x8x8x9xf64>
}

// -----

func.func @max_pool_gradient_f16(%x: tensor<1x8x8x9xf16>, %d: tensor<1x4x4x9xf16>) -> tensor<1x8x8x9xf16> {
  %r = ingot.max_pool_grad %x, %d window [1, 3, 3, 1] strides [1, 2, 2, 1] dilations [1, 1, 1, 1] pads [0, 1, 1, 0] x [0, 1, 1, 0] : (tensor<1x8x8x9xf16>, tensor<1x4x4x9xf16>) -> tensor<1x8x8x9xf16>
  return %r : tensor<1x8x8x9xf16>
}

// -----

// INPUT 1: 0 10
func.func @scatter_rows(%x: tensor<11x37xf32>, %i: tensor<29x1xi64>, %u: tensor<29x37xf32>) -> tensor<11x37xf32> {
  %r = ingot.scatter_nd add %u into %x[%i] : (tensor<11x37xf32>, tensor<29x1xi64>, tensor<29x37xf32>) -> tensor<11x37xf32>
  return %r : tensor<11x37xf32>
}
