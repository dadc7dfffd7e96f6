// RUN: ingot compile %s --from=import --cpu=x86-64-v3 -o %t.so --explain=json --explain-output=- | FileCheck %s
// RUN: ingot compile %s --from=import --cpu=x86-64-v3 -o %t.so --explain=json --explain-output=- --explain-shape=batch=7 | FileCheck %s --check-prefix=SEVEN
// RUN: ingot compile %s --from=import --cpu=x86-64-v3 -o %t.so --explain=json --explain-output=- --explain-shape=x=40x512 | FileCheck %s --check-prefix=FORTY

// What a product of unknown rows costs for the sizes that are assumed: 2 x 512 x 256 operations for each row, one for each of the results,
// weights of 512 x 256 floats.
// CHECK: {"schema_version":1,"model":"explain.mlir","target":{"cpu":"x86-64-v3","level":3,"vector_bits":256,"gigahertz":3.5,"peak_gflops":112,
// CHECK-SAME: "functions":[{"name":"net","inputs":[{"name":"x","dims":[1,512],"declared":[null,512]}]
// CHECK-SAME: "weight_bytes":524288
// CHECK-SAME: "complete":true
// CHECK-SAME: "groups":[{"id":0,"kernel":"kernel_contract","form":"contract","profile_index":0,"nodes":["product","abs"],"ops":["MatMul","Abs"]
// CHECK-SAME: "config":{"block_rows":128,"chains":{{[0-9]+}},"lanes":8,"packed":1,"rows":6,"serial":{{true|false}},"vectors":2},"serial":{{true|false}},"tasks":{{[0-9]+}},"calls":1,"conditional":false
// CHECK-SAME: "reads":[{"place":"input","name":"x","bytes":2048},{"place":"weight",{{.*}}"bytes":524288}]
// CHECK-SAME: "writes":[{"place":"arena","buffer":0,"offset":0,"bytes":1024}]
// CHECK-SAME: "flops":262400,"direct_flops":262400,"bytes_read":526336,"bytes_written":1024,"weight_bytes":524288
// CHECK-SAME: "memory_level":"l2"
// CHECK-SAME: "why":["1 row: a column that was loaded is used only once"
// CHECK-SAME: {"id":1,"kernel":"kernel_rows","form":"rows","profile_index":1,"nodes":["softmax"]
// CHECK-SAME: "writes":[{"place":"output","name":"y","bytes":1024}]
// CHECK-SAME: "buffers":[{"id":0,"offset":0,"bytes":1024,"first":0,"last":1}]
// CHECK-SAME: "nodes":[
// CHECK-SAME: {"name":"product","op":"MatMul","groups":[0],"why":[]}
// CHECK-SAME: {"name":"softmax","op":"Softmax","groups":[1],"why":[

// SEVEN: "dims":[7,512]
// SEVEN-SAME: "flops":1836800

// FORTY: "dims":[40,512]
// FORTY-SAME: "flops":10496000

func.func @net(%x: tensor<?x512xf32> {ingot.name = "x", ingot.symbols = ["batch", ""]}) -> (tensor<?x256xf32> {ingot.name = "y"}) {
  %w = arith.constant dense<0.5> : tensor<512x256xf32>
  %p = ingot.contract %x, %w batch [] x [] contracting [1] x [0] : (tensor<?x512xf32>, tensor<512x256xf32>) -> tensor<?x256xf32> loc("product"("MatMul, opset 17"))
  %a = ingot.abs %p : tensor<?x256xf32> loc("abs"("Abs, opset 17"))
  %y = ingot.softmax %a axis = 1 : tensor<?x256xf32> loc("softmax"("Softmax, opset 17"))
  return %y : tensor<?x256xf32>
}
