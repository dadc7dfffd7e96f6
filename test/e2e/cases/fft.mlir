// SIZES: s=1,5
func.func @onesided(%x: tensor<?x16x1xf32>) -> tensor<?x9x2xf32> {
  %r = ingot.fft %x axis = 1 {onesided} : (tensor<?x16x1xf32>) -> tensor<?x9x2xf32>
  return %r : tensor<?x9x2xf32>
}

// -----

// SIZES: s=1,8,15,37
func.func @complex_of_odd_size(%x: tensor<3x?x2xf32>) -> tensor<3x?x2xf32> {
  %r = ingot.fft %x axis = 1 : (tensor<3x?x2xf32>) -> tensor<3x?x2xf32>
  return %r : tensor<3x?x2xf32>
}

// -----

func.func @inverse_f64(%x: tensor<12x2xf64>) -> tensor<12x2xf64> {
  %r = ingot.fft %x axis = 0 {inverse} : (tensor<12x2xf64>) -> tensor<12x2xf64>
  return %r : tensor<12x2xf64>
}
