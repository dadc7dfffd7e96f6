// RUN: ingot-opt %s --bind-symbols="shapes=batch=4,image=?x3x8x?" --refine-shapes | FileCheck %s
// RUN: not ingot-opt %s --bind-symbols="shapes=depth=4" 2>&1 | FileCheck %s --check-prefix=NAME
// RUN: not ingot-opt %s --bind-symbols="shapes=image=4x5x8x8" 2>&1 | FileCheck %s --check-prefix=SIZE
// RUN: not ingot-opt %s --bind-symbols="shapes=image=4x3" 2>&1 | FileCheck %s --check-prefix=RANK
// RUN: not ingot-opt %s --bind-symbols="shapes=image=4x3x8x8,batch=5" 2>&1 | FileCheck %s --check-prefix=TWICE
// RUN: not ingot-opt %s --bind-symbols="shapes=image" 2>&1 | FileCheck %s --check-prefix=FORM
// RUN: not ingot-opt %s --bind-symbols="shapes=batch=-1" 2>&1 | FileCheck %s --check-prefix=FORM

// NAME: --shape depth=4: the model has no input and no dimension of this name
// SIZE: --shape image=4x5x8x8: dimension 1 of the input "image" is 3, not 5
// RANK: --shape image=4x3: the input 'image' has 4 dimensions, not 2
// TWICE: --shape batch=5: the dimension 'batch' is bound to 4 already
// FORM: expected NAME=SIZES, for example image=1x3x224x224

// CHECK: func.func @model
// CHECK-SAME: tensor<4x3x8x?xf32> {ingot.name = "image", ingot.symbols = ["", "", "", "width"]}
// CHECK-SAME: tensor<4x7xf32> {ingot.name = "state", ingot.symbols = ["", ""]}
// CHECK-SAME: -> (tensor<4x3x8x?xf32>, tensor<4x7xf32>)
func.func @model(%image: tensor<?x3x?x?xf32> {ingot.name = "image", ingot.symbols = ["batch", "", "", "width"]},
                 %state: tensor<?x7xf32> {ingot.name = "state", ingot.symbols = ["batch", ""]}) -> (tensor<?x3x?x?xf32>, tensor<?x7xf32>) {
  // CHECK: ingot.exp %{{.*}} : tensor<4x3x8x?xf32>
  %0 = ingot.exp %image : tensor<?x3x?x?xf32>
  // CHECK: ingot.exp %{{.*}} : tensor<4x7xf32>
  %1 = ingot.exp %state : tensor<?x7xf32>
  return %0, %1 : tensor<?x3x?x?xf32>, tensor<?x7xf32>
}
