# LLVM and MLIR as Debian packages them, linked dynamically, with one precompiled header for all compiler code.

find_package(MLIR REQUIRED CONFIG PATHS /usr/lib/llvm-22 NO_DEFAULT_PATH)
if(NOT LLVM_VERSION_MAJOR EQUAL 22)
  message(FATAL_ERROR "Ingot needs LLVM 22, found ${LLVM_PACKAGE_VERSION}; run utils/setup")
endif()
list(APPEND CMAKE_MODULE_PATH ${MLIR_CMAKE_DIR} ${LLVM_CMAKE_DIR})
include(TableGen)
include(AddLLVM)
include(AddMLIR)

include_directories(SYSTEM ${LLVM_INCLUDE_DIRS} ${MLIR_INCLUDE_DIRS})
include_directories(${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR})
add_definitions(${LLVM_DEFINITIONS})

set(INGOT_CXX_FLAGS -Wall -Wextra -Wno-unused-parameter -Xclang -fno-pch-timestamp)

add_library(IngotPch OBJECT ${CMAKE_SOURCE_DIR}/utils/cmake/pch.cpp)
target_precompile_headers(IngotPch PRIVATE ${CMAKE_SOURCE_DIR}/utils/cmake/pch.h)
target_compile_options(IngotPch PRIVATE ${INGOT_CXX_FLAGS})

# ingot_add_compiler_library: ingot_add_library, plus MLIR and the precompiled header.
function(ingot_add_compiler_library name)
  ingot_add_library(${name} ${ARGN})
  target_link_libraries(${name} PUBLIC MLIR LLVM)
  ingot_use_pch(${name})
endfunction()

function(ingot_use_pch name)
  target_compile_options(${name} PRIVATE ${INGOT_CXX_FLAGS})
  target_precompile_headers(${name} REUSE_FROM IngotPch)
endfunction()

# ingot_add_dialect(STEM FILE.td DIALECT): declarations and definitions of a dialect's ops, types, attributes, enums, interfaces.
function(ingot_add_dialect stem dialect)
  set(LLVM_TARGET_DEFINITIONS ${stem}Ops.td)
  mlir_tablegen(${stem}Ops.h.inc -gen-op-decls)
  mlir_tablegen(${stem}Ops.cpp.inc -gen-op-defs)
  mlir_tablegen(${stem}Dialect.h.inc -gen-dialect-decls -dialect=${dialect})
  mlir_tablegen(${stem}Dialect.cpp.inc -gen-dialect-defs -dialect=${dialect})
  mlir_tablegen(${stem}Enums.h.inc -gen-enum-decls)
  mlir_tablegen(${stem}Enums.cpp.inc -gen-enum-defs)
  mlir_tablegen(${stem}Attributes.h.inc -gen-attrdef-decls -attrdefs-dialect=${dialect})
  mlir_tablegen(${stem}Attributes.cpp.inc -gen-attrdef-defs -attrdefs-dialect=${dialect})
  if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${stem}Interfaces.td)
    set(LLVM_TARGET_DEFINITIONS ${stem}Interfaces.td)
    mlir_tablegen(${stem}Interfaces.h.inc -gen-op-interface-decls)
    mlir_tablegen(${stem}Interfaces.cpp.inc -gen-op-interface-defs)
  endif()
  add_public_tablegen_target(${stem}IncGen)
endfunction()

# ingot_add_passes(STEM): Passes.td of this folder.
function(ingot_add_passes stem)
  set(LLVM_TARGET_DEFINITIONS Passes.td)
  mlir_tablegen(Passes.h.inc -gen-pass-decls -name ${stem})
  add_public_tablegen_target(${stem}PassIncGen)
endfunction()

function(ingot_add_tool name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_LINK})
  target_link_options(${name} PRIVATE -fuse-ld=lld)
  # Like the libraries, whose precompiled header it uses; CMake would make it -fPIE.
  set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
  target_compile_options(${name} PRIVATE -fPIC)
  ingot_use_pch(${name})
endfunction()
