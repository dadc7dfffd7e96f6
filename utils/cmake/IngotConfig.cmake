# find_package(Ingot) gives
#   Ingot::runtime, Ingot::runtime_shared   the library to load and run models with
#   Ingot::training, Ingot::training_shared the same, and to train models with
#   ingot_compile_model(TARGET MODEL.onnx)  compiles a model to TARGET.so and TARGET.h, when the command `ingot` is there
#   ingot_train_model(TARGET MODEL.onnx OPTIONS --loss ...)  the same for a model that the program trains

include(CMakeFindDependencyMacro)
find_dependency(Threads)
include(${CMAKE_CURRENT_LIST_DIR}/IngotTargets.cmake)

# In a build folder the command lies beside this folder, in an installation in the prefix.
find_program(INGOT_COMMAND ingot HINTS ${CMAKE_CURRENT_LIST_DIR}/../bin ${CMAKE_CURRENT_LIST_DIR}/../../../bin NO_DEFAULT_PATH)
find_program(INGOT_COMMAND ingot)

# ingot_compile_model(TARGET MODEL.onnx [OPTIONS ...]): a custom target that makes TARGET.so and TARGET.h in the current binary folder.
# OPTIONS go to `ingot compile`, e.g. --cpu=portable. TARGET's property INGOT_LIBRARY is the library's path.
function(ingot_compile_model target model)
  ingot_run_on_model(compile ${target} ${model} ${ARGN})
endfunction()

# ingot_train_model(TARGET MODEL.onnx OPTIONS --loss LOSS ...): likewise, by `ingot train` without data.
function(ingot_train_model target model)
  ingot_run_on_model(train ${target} ${model} ${ARGN})
endfunction()

function(ingot_run_on_model subcommand target model)
  cmake_parse_arguments(ARG "" "" "OPTIONS" ${ARGN})
  if(NOT INGOT_COMMAND)
    message(FATAL_ERROR "ingot_${subcommand}_model: the command 'ingot' was not found; set INGOT_COMMAND")
  endif()
  get_filename_component(model ${model} ABSOLUTE)
  set(library ${CMAKE_CURRENT_BINARY_DIR}/${target}.so)
  add_custom_command(OUTPUT ${library} COMMAND ${INGOT_COMMAND} ${subcommand} ${model} -o ${library} ${ARG_OPTIONS}
                     DEPENDS ${model} ${INGOT_COMMAND} VERBATIM)
  add_custom_target(${target} ALL DEPENDS ${library})
  set_target_properties(${target} PROPERTIES INGOT_LIBRARY ${library})
endfunction()
