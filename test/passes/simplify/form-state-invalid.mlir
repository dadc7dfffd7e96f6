// RUN: ingot-opt %s --split-input-file --verify-diagnostics --form-state='states=a=b:16'

// expected-error @below {{--state a=b:16: the model has no input 'a'}}
func.func @no_input(%x: tensor<?xf32> {ingot.name = "x"}) -> (tensor<?xf32> {ingot.name = "b"}) {
  return %x : tensor<?xf32>
}

// -----

// expected-error @below {{--state a=b:16: the model has no output 'b' for the input 'a'}}
func.func @no_output(%x: tensor<?xf32> {ingot.name = "a"}) -> (tensor<?xf32> {ingot.name = "y"}) {
  return %x : tensor<?xf32>
}

// -----

// expected-error @below {{--state a=b:16: 'a' and 'b' differ in type: 'tensor<?xf32>' and 'tensor<?xi32>'}}
func.func @other_type(%x: tensor<?xf32> {ingot.name = "a"}) -> (tensor<?xi32> {ingot.name = "b"}) {
  %0 = ingot.cast %x : (tensor<?xf32>) -> tensor<?xi32>
  return %0 : tensor<?xi32>
}

// -----

// expected-error @below {{--state a=b:16: a capacity is given, but 'b' is not 'a' with more rows behind it (Concat)}}
func.func @no_growth(%x: tensor<?xf32> {ingot.name = "a"}) -> (tensor<?xf32> {ingot.name = "b"}) {
  %0 = ingot.neg %x : tensor<?xf32>
  return %0 : tensor<?xf32>
}

// -----

// expected-error @below {{--state a=b:16: the input 'a' always has 4 rows along axis 0; export the model with a dynamic dimension there}}
func.func @fixed(%x: tensor<4xf32> {ingot.name = "a"}, %y: tensor<1xf32> {ingot.name = "y"}) -> (tensor<5xf32> {ingot.name = "b"}) {
  %0 = ingot.concat %x, %y axis = 0 : (tensor<4xf32>, tensor<1xf32>) -> tensor<5xf32>
  return %0 : tensor<5xf32>
}
