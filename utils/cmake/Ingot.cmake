# Thin helpers over CMake. `ingot_add_library` keeps the order of the floors: linking a target of the same or a higher rank is an
# error at configure time.

find_program(CCACHE ccache)
if(CCACHE)
  # base_dir lets clones share results; the sloppiness is what ccache asks for with precompiled headers.
  set(launcher ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${launcher})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher})
endif()

# ingot_add_library(NAME RANK n [SOURCES ...] [DEPENDS generated targets ...] [LINK ...]): a static library of the folder's sources.
function(ingot_add_library name)
  cmake_parse_arguments(ARG "" "RANK" "SOURCES;DEPENDS;LINK" ${ARGN})
  if(NOT DEFINED ARG_RANK)
    message(FATAL_ERROR "${name}: every library says its RANK")
  endif()
  if(NOT ARG_SOURCES)
    file(GLOB_RECURSE ARG_SOURCES CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp ${CMAKE_CURRENT_SOURCE_DIR}/*.c)
  endif()
  add_library(${name} STATIC ${ARG_SOURCES})
  set_target_properties(${name} PROPERTIES INGOT_RANK ${ARG_RANK})
  if(ARG_DEPENDS)
    add_dependencies(${name} ${ARG_DEPENDS})
  endif()
  foreach(used IN LISTS ARG_LINK)
    if(TARGET ${used})
      get_target_property(rank ${used} INGOT_RANK)
      if(NOT rank MATCHES "NOTFOUND" AND NOT rank LESS ARG_RANK)
        message(FATAL_ERROR "${name} (rank ${ARG_RANK}) must not link ${used} (rank ${rank}): only lower ranks")
      endif()
    endif()
  endforeach()
  target_link_libraries(${name} PUBLIC ${ARG_LINK})
endfunction()

# ingot_add_lit_suite(FOLDER DEPENDS targets ...): the lit tests of test/FOLDER as the CTest test lit-FOLDER.
function(ingot_add_lit_suite folder)
  cmake_parse_arguments(ARG "" "" "DEPENDS" ${ARGN})
  string(REPLACE "/" "-" name ${folder})
  add_test(NAME lit-${name} COMMAND ${LLVM_TOOLS_BINARY_DIR}/lit -sv ${CMAKE_BINARY_DIR}/test/${folder})
  set_tests_properties(lit-${name} PROPERTIES TIMEOUT 900)
  set_property(GLOBAL APPEND PROPERTY INGOT_TEST_DEPENDS ${ARG_DEPENDS})
endfunction()

# ingot_add_gtest(NAME SOURCES ... LINK ...): a GoogleTest program on compiler libraries as the CTest test NAME.
function(ingot_add_gtest name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  find_package(GTest REQUIRED)
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_LINK} GTest::gtest GTest::gtest_main)
  target_link_options(${name} PRIVATE -fuse-ld=lld)
  ingot_use_pch(${name})
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT 300)
  set_property(GLOBAL APPEND PROPERTY INGOT_TEST_DEPENDS ${name})
endfunction()
