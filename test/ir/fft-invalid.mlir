// RUN: ingot-opt %s --split-input-file --verify-diagnostics

func.func @c1(%x: tensor<8x3xf32>) {
  // expected-error-re@+1 {{(C1) {{.*}}does not hold a real number or a complex one}}
  %r = ingot.fft %x axis = 0 : (tensor<8x3xf32>) -> tensor<8x2xf32>
  return
}

// -----

func.func @c2(%x: tensor<8x2xf32>) {
  // expected-error@+1 {{(C2) axis 1 is out of range for rank 1}}
  %r = ingot.fft %x axis = 1 : (tensor<8x2xf32>) -> tensor<8x2xf32>
  return
}

// -----

func.func @c3(%x: tensor<8x2xf32>) {
  // expected-error@+1 {{(C3) the result is 'tensor<8x2xf32>', not 'tensor<5x2xf32>'}}
  %r = ingot.fft %x axis = 0 {onesided} : (tensor<8x2xf32>) -> tensor<8x2xf32>
  return
}
