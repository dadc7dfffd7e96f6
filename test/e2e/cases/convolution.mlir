// DIMS: n w
// SIZES: n=1,2 w=1,3,17
// SIZES: n=0 w=5
func.func @conv_3x3(%x: tensor<?x9x?x5xf32>, %f: tensor<3x3x5x7xf32>) -> tensor<?x9x?x7xf32> {
  %y = ingot.conv %x, %f strides [1, 1] dilations [1, 1] pads [1, 1] x [1, 1] : (tensor<?x9x?x5xf32>, tensor<3x3x5x7xf32>) -> tensor<?x9x?x7xf32>
  return %y : tensor<?x9x?x7xf32>
}

// -----

// DIMS: n w
// SIZES: n=1,2 w=1,9
func.func @conv_1x1(%x: tensor<?x4x?x24xf32>, %f: tensor<1x1x24x20xf32>) -> tensor<?x4x?x20xf32> {
  %y = ingot.conv %x, %f strides [1, 1] dilations [1, 1] pads [0, 0] x [0, 0] : (tensor<?x4x?x24xf32>, tensor<1x1x24x20xf32>) -> tensor<?x4x?x20xf32>
  return %y : tensor<?x4x?x20xf32>
}

// -----

// SIZES: s=1,2,15
func.func @conv_stride_2(%x: tensor<1x?x11x8xf32>, %f: tensor<3x3x8x16xf32>) -> tensor<1x?x6x16xf32> {
  %y = ingot.conv %x, %f strides [2, 2] dilations [1, 1] pads [1, 1] x [1, 1] : (tensor<1x?x11x8xf32>, tensor<3x3x8x16xf32>) -> tensor<1x?x6x16xf32>
  return %y : tensor<1x?x6x16xf32>
}

// -----

// SIZES: s=1,2,15
func.func @conv_1x1_stride_2(%x: tensor<1x?x11x8xf32>, %f: tensor<1x1x8x16xf32>) -> tensor<1x?x6x16xf32> {
  %y = ingot.conv %x, %f strides [2, 2] dilations [1, 1] pads [0, 0] x [0, 0] : (tensor<1x?x11x8xf32>, tensor<1x1x8x16xf32>) -> tensor<1x?x6x16xf32>
  return %y : tensor<1x?x6x16xf32>
}

// -----

// SIZES: s=5,9
func.func @conv_dilated(%x: tensor<1x?x11x3xf32>, %f: tensor<3x3x3x4xf32>) -> tensor<1x?x7x4xf32> {
  %y = ingot.conv %x, %f strides [1, 1] dilations [2, 2] pads [0, 0] x [0, 0] : (tensor<1x?x11x3xf32>, tensor<3x3x3x4xf32>) -> tensor<1x?x7x4xf32>
  return %y : tensor<1x?x7x4xf32>
}

// -----

// SIZES: s=1,9
func.func @conv_asymmetric_pads(%x: tensor<1x?x11x3xf32>, %f: tensor<2x3x3x4xf32>) -> tensor<1x?x11x4xf32> {
  %y = ingot.conv %x, %f strides [1, 1] dilations [1, 1] pads [0, 0] x [1, 2] : (tensor<1x?x11x3xf32>, tensor<2x3x3x4xf32>) -> tensor<1x?x11x4xf32>
  return %y : tensor<1x?x11x4xf32>
}

// -----

// SIZES: s=1,9
func.func @conv_grouped(%x: tensor<1x?x7x8xf32>, %f: tensor<3x3x4x6xf32>) -> tensor<1x?x7x6xf32> {
  %y = ingot.conv %x, %f strides [1, 1] dilations [1, 1] pads [1, 1] x [1, 1] {groups = 2 : i64} : (tensor<1x?x7x8xf32>, tensor<3x3x4x6xf32>) -> tensor<1x?x7x6xf32>
  return %y : tensor<1x?x7x6xf32>
}

// -----

// SIZES: s=1,2,9
func.func @conv_depthwise(%x: tensor<1x?x7x20xf32>, %f: tensor<3x3x1x20xf32>) -> tensor<1x?x7x20xf32> {
  %y = ingot.conv %x, %f strides [1, 1] dilations [1, 1] pads [1, 1] x [1, 1] {groups = 20 : i64} : (tensor<1x?x7x20xf32>, tensor<3x3x1x20xf32>) -> tensor<1x?x7x20xf32>
  return %y : tensor<1x?x7x20xf32>
}

// -----

// SIZES: s=1,9
func.func @conv_depthwise_5x5_stride_2(%x: tensor<1x?x13x17xf32>, %f: tensor<5x5x1x17xf32>) -> tensor<1x?x7x17xf32> {
  %y = ingot.conv %x, %f strides [2, 2] dilations [1, 1] pads [2, 2] x [2, 2] {groups = 17 : i64} : (tensor<1x?x13x17xf32>, tensor<5x5x1x17xf32>) -> tensor<1x?x7x17xf32>
  return %y : tensor<1x?x7x17xf32>
}

// -----

// SIZES: s=1,9
func.func @conv_depthwise_multiplier(%x: tensor<1x?x7x4xf32>, %f: tensor<3x3x1x8xf32>) -> tensor<1x?x7x8xf32> {
  %y = ingot.conv %x, %f strides [1, 1] dilations [1, 1] pads [1, 1] x [1, 1] {groups = 4 : i64} : (tensor<1x?x7x4xf32>, tensor<3x3x1x8xf32>) -> tensor<1x?x7x8xf32>
  return %y : tensor<1x?x7x8xf32>
}

// -----

// DIMS: n s
// SIZES: n=1,3 s=1,40
func.func @conv_1d(%x: tensor<?x?x6xf32>, %f: tensor<5x6x10xf32>) -> tensor<?x?x10xf32> {
  %y = ingot.conv %x, %f strides [1] dilations [1] pads [2] x [2] : (tensor<?x?x6xf32>, tensor<5x6x10xf32>) -> tensor<?x?x10xf32>
  return %y : tensor<?x?x10xf32>
}

// -----

// SIZES: s=7,64
func.func @conv_1d_stride_3(%x: tensor<1x?x1xf32>, %f: tensor<7x1x12xf32>) -> tensor<1x?x12xf32> {
  %y = ingot.conv %x, %f strides [3] dilations [1] pads [0] x [0] : (tensor<1x?x1xf32>, tensor<7x1x12xf32>) -> tensor<1x?x12xf32>
  return %y : tensor<1x?x12xf32>
}

// -----

// SIZES: s=1,4
func.func @conv_3d(%x: tensor<1x?x5x6x3xf32>, %f: tensor<3x3x3x3x4xf32>) -> tensor<1x?x5x6x4xf32> {
  %y = ingot.conv %x, %f strides [1, 1, 1] dilations [1, 1, 1] pads [1, 1, 1] x [1, 1, 1] : (tensor<1x?x5x6x3xf32>, tensor<3x3x3x3x4xf32>) -> tensor<1x?x5x6x4xf32>
  return %y : tensor<1x?x5x6x4xf32>
}

// -----

// SIZES: s=1,4
func.func @conv_f64(%x: tensor<1x?x5x3xf64>, %f: tensor<3x3x3x4xf64>) -> tensor<1x?x5x4xf64> {
  %y = ingot.conv %x, %f strides [1, 1] dilations [1, 1] pads [1, 1] x [1, 1] : (tensor<1x?x5x3xf64>, tensor<3x3x3x4xf64>) -> tensor<1x?x5x4xf64>
  return %y : tensor<1x?x5x4xf64>
}

// -----

// SIZES: s=1,4
func.func @conv_f16(%x: tensor<1x?x5x3xf16>, %f: tensor<3x3x3x4xf16>) -> tensor<1x?x5x4xf16> {
  %y = ingot.conv %x, %f strides [1, 1] dilations [1, 1] pads [1, 1] x [1, 1] : (tensor<1x?x5x3xf16>, tensor<3x3x3x4xf16>) -> tensor<1x?x5x4xf16>
  return %y : tensor<1x?x5x4xf16>
}

// -----

// SIZES: s=1,4
func.func @conv_i8_i32(%x: tensor<1x?x5x3xui8>, %f: tensor<3x3x3x4xi8>) -> tensor<1x?x5x4xi32> {
  %y = ingot.conv %x, %f strides [1, 1] dilations [1, 1] pads [1, 1] x [1, 1] : (tensor<1x?x5x3xui8>, tensor<3x3x3x4xi8>) -> tensor<1x?x5x4xi32>
  return %y : tensor<1x?x5x4xi32>
}

// -----

func.func @conv_wide(%x: tensor<1x14x14x64xf32>, %f: tensor<3x3x64x64xf32>) -> tensor<1x14x14x64xf32> {
  %y = ingot.conv %x, %f strides [1, 1] dilations [1, 1] pads [1, 1] x [1, 1] : (tensor<1x14x14x64xf32>, tensor<3x3x64x64xf32>) -> tensor<1x14x14x64xf32>
  return %y : tensor<1x14x14x64xf32>
}

// -----

// SIZES: s=0,1,3
func.func @conv_bn_relu_residual(%x: tensor<?x8x8x3xf32>, %z: tensor<?x8x8x6xf32>) -> tensor<?x8x8x6xf32> {
  %c0 = arith.constant 0 : index
  %x0 = tensor.dim %x, %c0 : tensor<?x8x8x3xf32>
  %f = ingot.constant dense<[[[[0.60, 0.59, 0.63, -0.49, 0.68, 0.35], [-0.83, -0.97, -0.97, 0.51, -0.50, -0.78], [0.25, -0.31, -0.86, -0.68, 0.05, -0.66]], [[-0.45, 0.42, -0.09, -0.36, -0.05, -0.95], [-0.23, -0.16, -0.62, -0.78, 0.80, 0.02], [-0.58, 0.21, 0.63, -0.96, -0.96, -0.71]], [[0.44, -0.68, 0.41, 0.36, 0.09, -0.56], [0.95, 0.60, 0.03, -0.55, 0.30, -0.21], [0.15, -0.36, 0.26, -0.88, -0.40, 0.94]]], [[[0.75, -0.39, 0.72, -0.38, 0.88, 0.49], [-0.17, -0.50, -0.98, 0.76, -0.92, 0.64], [0.92, 0.14, -0.66, 0.74, 0.95, 0.41]], [[0.02, -0.24, -0.31, -0.59, 0.35, -0.13], [-0.61, -0.79, 0.33, -0.41, -0.00, -0.35], [0.74, 0.80, -0.96, -0.60, -0.34, 0.97]], [[0.57, -0.32, -0.57, 0.35, 0.68, 0.86], [-0.31, 0.76, 0.37, -0.03, 0.97, -0.53], [0.45, -0.83, -0.66, 0.82, -0.57, 0.52]]], [[[0.20, 0.68, -0.26, -0.32, -0.42, 0.73], [0.21, 0.91, 0.77, -0.73, 0.10, -0.79], [-0.92, -0.85, 0.73, 0.58, 0.66, -0.32]], [[0.23, 0.56, -0.24, 0.14, -0.55, -0.84], [-0.47, 0.78, 0.13, 0.85, -0.08, -0.45], [0.57, 0.66, -0.98, 0.34, -0.82, -0.77]], [[0.77, -0.92, -0.52, 0.98, -0.16, -0.77], [-0.67, -0.52, 0.49, -0.79, 0.82, -0.24], [0.94, 0.82, -0.41, -0.49, -0.05, -0.80]]]]> : tensor<3x3x3x6xf32>
  %g = ingot.constant dense<[0.30, -0.92, -0.98, 0.97, -0.41, 0.19]> : tensor<6xf32>
  %b = ingot.constant dense<[-0.10, -0.37, -0.87, 0.83, 0.94, 0.94]> : tensor<6xf32>
  %c = ingot.conv %x, %f strides [1, 1] dilations [1, 1] pads [1, 1] x [1, 1] : (tensor<?x8x8x3xf32>, tensor<3x3x3x6xf32>) -> tensor<?x8x8x6xf32>
  %gb = ingot.broadcast %g dimensions = [3] sizes [%x0, 8, 8, 6] : (tensor<6xf32>) -> tensor<?x8x8x6xf32>
  %m = ingot.mul %c, %gb : tensor<?x8x8x6xf32>
  %bb = ingot.broadcast %b dimensions = [3] sizes [%x0, 8, 8, 6] : (tensor<6xf32>) -> tensor<?x8x8x6xf32>
  %a = ingot.add %m, %bb : tensor<?x8x8x6xf32>
  %s = ingot.add %a, %z : tensor<?x8x8x6xf32>
  %zero = ingot.constant dense<0.0> : tensor<f32>
  %zb = ingot.broadcast %zero dimensions = [] sizes [%x0, 8, 8, 6] : (tensor<f32>) -> tensor<?x8x8x6xf32>
  %r = ingot.max %s, %zb : tensor<?x8x8x6xf32>
  return %r : tensor<?x8x8x6xf32>
}

// -----

// DIMS: h w
// SIZES: h=1,5 w=1,16
func.func @conv_nchw_weights(%x: tensor<1x3x?x?xf32>) -> tensor<1x6x?x?xf32> {
  %c2 = arith.constant 2 : index
  %x2 = tensor.dim %x, %c2 : tensor<1x3x?x?xf32>
  %c3 = arith.constant 3 : index
  %x3 = tensor.dim %x, %c3 : tensor<1x3x?x?xf32>
  %f = ingot.constant dense<[[[[-0.78, -0.57, 0.24, 0.96, 0.09, 0.38], [0.32, -0.48, 0.08, -0.39, -0.51, -0.84], [-0.44, 0.97, -0.10, 0.30, 0.29, 0.88]], [[-0.22, -0.39, -0.35, -0.37, 0.69, 0.79], [-0.39, -0.33, 0.09, 0.16, 0.19, -0.51], [-0.96, -0.51, -0.86, 0.10, -0.86, -0.85]], [[0.27, -0.42, 0.58, -0.01, 0.73, -0.69], [0.00, 0.59, -0.85, 0.90, -0.65, 0.55], [0.97, 0.64, -0.36, -0.79, 0.03, 0.84]]], [[[-0.41, 0.79, -0.72, 0.82, -0.94, -0.37], [0.81, 0.61, 0.81, 0.68, 0.49, 0.38], [-0.64, -0.13, -0.68, 0.43, 0.34, -0.49]], [[-0.87, 0.93, 0.62, 0.10, 0.08, 0.70], [-0.09, -0.21, -0.32, -0.48, -0.95, 0.29], [-0.17, 0.14, -0.88, -0.29, -0.72, -0.75]], [[-0.48, 0.66, -0.20, -0.20, 0.22, -0.53], [-0.99, 0.06, 0.00, 0.30, -0.12, 0.37], [0.46, -0.52, -0.01, -0.04, -0.55, -0.18]]], [[[0.12, 0.81, 0.84, -0.45, 0.29, -0.90], [-0.86, 0.02, 0.75, -0.68, 0.53, 0.77], [-0.38, 0.39, 0.70, -0.26, 0.40, 0.47]], [[0.19, 0.71, 0.79, 0.92, 0.14, -0.65], [-0.50, -0.56, 0.14, 0.52, -0.90, 0.36], [0.43, -0.30, 0.03, -0.67, 0.46, -0.92]], [[0.96, 0.62, 0.26, -0.46, 0.83, 0.92], [-0.72, 0.55, 0.68, 0.32, 0.40, -0.11], [0.85, 0.94, -0.24, 0.61, -0.13, -0.67]]]]> : tensor<3x3x3x6xf32>
  %t = ingot.transpose %x permutation = [0, 2, 3, 1] : (tensor<1x3x?x?xf32>) -> tensor<1x?x?x3xf32>
  %c = ingot.conv %t, %f strides [1, 1] dilations [1, 1] pads [1, 1] x [1, 1] : (tensor<1x?x?x3xf32>, tensor<3x3x3x6xf32>) -> tensor<1x?x?x6xf32>
  %s = ingot.sigmoid %c : tensor<1x?x?x6xf32>
  %m = ingot.mul %c, %s : tensor<1x?x?x6xf32>
  %r = ingot.transpose %m permutation = [0, 3, 1, 2] : (tensor<1x?x?x6xf32>) -> tensor<1x6x?x?xf32>
  return %r : tensor<1x6x?x?xf32>
}

// -----

// SIZES: s=1,9
func.func @depthwise_pointwise(%x: tensor<1x?x6x12xf32>) -> tensor<1x?x6x8xf32> {
  %f = ingot.constant dense<[[[[-0.35, -0.75, 0.82, 0.92, -0.76, 0.20, -0.18, -0.76, -0.41, -0.50, 0.50, -0.99]], [[-0.62, -0.12, -0.96, 0.26, 0.21, 0.67, -0.59, -0.43, 0.08, -0.45, 0.17, -0.50]], [[0.37, 0.58, 0.62, 0.95, 0.09, -0.02, 0.71, 0.54, 0.14, -0.23, -0.43, -0.78]]], [[[0.62, -0.76, 0.49, 0.09, 0.93, 0.52, 0.95, -0.73, 0.00, 0.15, -0.38, 0.01]], [[-0.29, 0.06, -1.00, -0.12, -0.10, -0.39, -0.20, 0.57, 0.37, -0.02, 0.30, -0.24]], [[-0.59, -0.99, -0.44, 0.20, 0.76, 0.66, 0.02, 0.97, -0.08, 0.67, -0.18, 0.49]]], [[[0.98, -0.39, -0.66, 0.24, 0.06, -0.28, -0.99, -0.22, -0.15, -0.19, 0.72, 0.17]], [[0.47, 0.80, 0.50, -0.01, 0.49, 0.28, 0.30, 0.26, -0.19, 0.26, 0.27, 0.87]], [[0.56, 0.69, 0.53, 0.63, 0.21, -0.30, -0.47, 0.42, 0.75, 0.09, -0.70, 0.67]]]]> : tensor<3x3x1x12xf32>
  %g = ingot.constant dense<[[[[-0.03, -0.07, -0.91, 0.02, 0.49, -0.15, -0.29, 0.31], [-0.96, 0.01, 0.89, 0.38, -0.20, 0.38, 0.21, -0.58], [-0.58, 0.77, -0.46, -0.85, 0.66, 0.05, -0.26, 0.02], [0.47, -0.66, 0.31, 0.43, 0.63, -0.46, 0.22, -0.54], [0.12, -0.66, 0.58, 0.73, -0.34, -0.56, 0.93, 0.41], [0.69, -0.94, 0.80, 0.24, -0.37, -0.14, 0.52, 0.57], [-0.62, 0.25, -0.67, 0.95, -0.11, 0.83, 0.46, 0.21], [-0.48, 0.05, -0.72, -0.72, 0.43, -0.28, 0.50, -0.52], [0.44, 0.44, -0.39, -0.79, -0.21, -0.02, -0.80, -0.63], [-0.89, 0.20, 0.78, -0.57, -0.93, 0.41, 0.63, 0.93], [0.23, -0.32, 0.68, -0.76, 0.39, -0.81, -0.20, -0.01], [-0.24, -0.66, -0.54, 0.64, -0.07, 0.16, -0.58, 0.43]]]]> : tensor<1x1x12x8xf32>
  %c = ingot.conv %x, %f strides [1, 1] dilations [1, 1] pads [1, 1] x [1, 1] {groups = 12 : i64} : (tensor<1x?x6x12xf32>, tensor<3x3x1x12xf32>) -> tensor<1x?x6x12xf32>
  %e = ingot.tanh %c : tensor<1x?x6x12xf32>
  %r = ingot.conv %e, %g strides [1, 1] dilations [1, 1] pads [0, 0] x [0, 0] : (tensor<1x?x6x12xf32>, tensor<1x1x12x8xf32>) -> tensor<1x?x6x8xf32>
  return %r : tensor<1x?x6x8xf32>
}

// -----

// SIZES: s=1,5
func.func @transposed_2x2(%x: tensor<1x?x4x4xf32>, %f: tensor<2x2x3x4xf32>) -> tensor<1x?x8x3xf32> {
  %c1 = arith.constant 1 : index
  %x1 = tensor.dim %x, %c1 : tensor<1x?x4x4xf32>
  %c2 = arith.constant 2 : index
  %h = arith.muli %x1, %c2 : index
  %r = ingot.conv_grad_input %x, %f sizes [%h, 8] strides [2, 2] dilations [1, 1] pads [0, 0] x [0, 0] : (tensor<1x?x4x4xf32>, tensor<2x2x3x4xf32>, index) -> tensor<1x?x8x3xf32>
  return %r : tensor<1x?x8x3xf32>
}

// -----

func.func @transposed_3x3_stride_2(%x: tensor<1x5x4x4xf32>, %f: tensor<3x3x3x4xf32>) -> tensor<1x9x7x3xf32> {
  %r = ingot.conv_grad_input %x, %f sizes [9, 7] strides [2, 2] dilations [1, 1] pads [1, 1] x [1, 1] : (tensor<1x5x4x4xf32>, tensor<3x3x3x4xf32>) -> tensor<1x9x7x3xf32>
  return %r : tensor<1x9x7x3xf32>
}

// -----

// SIZES: n=1,2 s=1,2,7
// DIMS: n s
func.func @transposed_4x4_pad_1(%x: tensor<?x?x5x6xf32>, %f: tensor<4x4x20x6xf32>) -> tensor<?x?x10x20xf32> {
  %c1 = arith.constant 1 : index
  %x1 = tensor.dim %x, %c1 : tensor<?x?x5x6xf32>
  %c2 = arith.constant 2 : index
  %h = arith.muli %x1, %c2 : index
  %r = ingot.conv_grad_input %x, %f sizes [%h, 10] strides [2, 2] dilations [1, 1] pads [1, 1] x [1, 1] : (tensor<?x?x5x6xf32>, tensor<4x4x20x6xf32>, index) -> tensor<?x?x10x20xf32>
  return %r : tensor<?x?x10x20xf32>
}

// -----

func.func @transposed_3x3_pad_1_cut(%x: tensor<2x5x4x8xf32>, %f: tensor<3x3x16x8xf32>) -> tensor<2x9x8x16xf32> {
  %r = ingot.conv_grad_input %x, %f sizes [9, 8] strides [2, 2] dilations [1, 1] pads [1, 1] x [1, 0] : (tensor<2x5x4x8xf32>, tensor<3x3x16x8xf32>) -> tensor<2x9x8x16xf32>
  return %r : tensor<2x9x8x16xf32>
}

// -----

// SIZES: s=1,5
func.func @transposed_2x2_wide(%x: tensor<1x?x7x5xf32>, %f: tensor<2x2x24x5xf32>, %c: tensor<24xf32>) -> tensor<1x?x14x24xf32> {
  %c1 = arith.constant 1 : index
  %x1 = tensor.dim %x, %c1 : tensor<1x?x7x5xf32>
  %c2 = arith.constant 2 : index
  %h = arith.muli %x1, %c2 : index
  %r = ingot.conv_grad_input %x, %f sizes [%h, 14] strides [2, 2] dilations [1, 1] pads [0, 0] x [0, 0] : (tensor<1x?x7x5xf32>, tensor<2x2x24x5xf32>, index) -> tensor<1x?x14x24xf32>
  %b = ingot.broadcast %c dimensions = [3] sizes [1, %h, 14, 24] : (tensor<24xf32>) -> tensor<1x?x14x24xf32>
  %s = ingot.add %r, %b : tensor<1x?x14x24xf32>
  return %s : tensor<1x?x14x24xf32>
}

// -----

func.func @transposed_one_element(%x: tensor<2x1x1x33xf32>, %f: tensor<4x3x40x33xf32>) -> tensor<2x4x3x40xf32> {
  %r = ingot.conv_grad_input %x, %f sizes [4, 3] strides [1, 1] dilations [1, 1] pads [0, 0] x [0, 0] : (tensor<2x1x1x33xf32>, tensor<4x3x40x33xf32>) -> tensor<2x4x3x40xf32>
  return %r : tensor<2x4x3x40xf32>
}

// -----

// SIZES: s=1,3,17
func.func @transposed_row_by_halves(%x: tensor<1x?x12xf32>, %f: tensor<16x10x12xf32>) -> tensor<1x?x10xf32> {
  %c1 = arith.constant 1 : index
  %x1 = tensor.dim %x, %c1 : tensor<1x?x12xf32>
  %c8 = arith.constant 8 : index
  %l = arith.muli %x1, %c8 : index
  %r = ingot.conv_grad_input %x, %f sizes [%l] strides [8] dilations [1] pads [4] x [4] : (tensor<1x?x12xf32>, tensor<16x10x12xf32>, index) -> tensor<1x?x10xf32>
  return %r : tensor<1x?x10xf32>
}

// -----

func.func @transposed_5x5_stride_3(%x: tensor<1x4x5x6xf32>, %f: tensor<5x5x18x6xf32>) -> tensor<1x12x13x18xf32> {
  %r = ingot.conv_grad_input %x, %f sizes [12, 13] strides [3, 3] dilations [1, 1] pads [1, 0] x [1, 0] : (tensor<1x4x5x6xf32>, tensor<5x5x18x6xf32>) -> tensor<1x12x13x18xf32>
  return %r : tensor<1x12x13x18xf32>
}

// -----

func.func @transposed_grouped(%x: tensor<1x5x4x4xf32>, %f: tensor<3x3x1x4xf32>) -> tensor<1x7x6x4xf32> {
  %r = ingot.conv_grad_input %x, %f sizes [7, 6] strides [1, 1] dilations [1, 1] pads [0, 0] x [0, 0] {groups = 4 : i64} : (tensor<1x5x4x4xf32>, tensor<3x3x1x4xf32>) -> tensor<1x7x6x4xf32>
  return %r : tensor<1x7x6x4xf32>
}

// -----

func.func @filter_gradient(%x: tensor<2x8x3xf32>, %d: tensor<2x6x4xf32>) -> tensor<3x3x4xf32> {
  %r = ingot.conv_grad_filter %x, %d filter_sizes [3] strides [1] dilations [1] pads [0] x [0] : (tensor<2x8x3xf32>, tensor<2x6x4xf32>) -> tensor<3x3x4xf32>
  return %r : tensor<3x3x4xf32>
}

// -----

// SIZES: h=1,7 w=1,9
// DIMS: h w
func.func @joined_convolutions(%x: tensor<1x?x?x6xf32>, %f: tensor<1x1x6x20xf32>, %g: tensor<3x3x6x13xf32>) -> tensor<1x?x?x39xf32> {
  %a = ingot.conv %x, %f strides [1, 1] dilations [1, 1] pads [0, 0] x [0, 0] : (tensor<1x?x?x6xf32>, tensor<1x1x6x20xf32>) -> tensor<1x?x?x20xf32>
  %b = ingot.conv %x, %g strides [1, 1] dilations [1, 1] pads [1, 1] x [1, 1] : (tensor<1x?x?x6xf32>, tensor<3x3x6x13xf32>) -> tensor<1x?x?x13xf32>
  %r = ingot.concat %a, %x, %b axis = 3 : (tensor<1x?x?x20xf32>, tensor<1x?x?x6xf32>, tensor<1x?x?x13xf32>) -> tensor<1x?x?x39xf32>
  return %r : tensor<1x?x?x39xf32>
}

// -----

func.func @joined_winograd(%x: tensor<1x9x11x32xf32>, %y: tensor<1x9x11x5xf32>) -> tensor<1x9x11x69xf32> {
  %f = ingot.constant dense<0.02> : tensor<3x3x32x64xf32>
  %a = ingot.conv %x, %f strides [1, 1] dilations [1, 1] pads [1, 1] x [1, 1] : (tensor<1x9x11x32xf32>, tensor<3x3x32x64xf32>) -> tensor<1x9x11x64xf32>
  %b = ingot.tanh %y : tensor<1x9x11x5xf32>
  %r = ingot.concat %b, %a axis = 3 : (tensor<1x9x11x5xf32>, tensor<1x9x11x64xf32>) -> tensor<1x9x11x69xf32>
  return %r : tensor<1x9x11x69xf32>
}

// -----

func.func @joined_windows(%x: tensor<1x8x10x19xf32>, %y: tensor<2x4x5x19xf32>) -> tensor<5x4x5x19xf32> {
  %a = ingot.reduce_window max %x window [1, 2, 2, 1] strides [1, 2, 2, 1] dilations [1, 1, 1, 1] pads [0, 0, 0, 0] x [0, 0, 0, 0] : (tensor<1x8x10x19xf32>) -> tensor<1x4x5x19xf32>
  %b = ingot.softmax %y axis = 3 : tensor<2x4x5x19xf32>
  %c = ingot.tanh %y : tensor<2x4x5x19xf32>
  %r = ingot.concat %b, %a, %c axis = 0 : (tensor<2x4x5x19xf32>, tensor<1x4x5x19xf32>, tensor<2x4x5x19xf32>) -> tensor<5x4x5x19xf32>
  return %r : tensor<5x4x5x19xf32>
}
