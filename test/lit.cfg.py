# Configuration of the lit suites; the build's paths come from lit.site.cfg.py.

import os

import lit.formats

config.name = "Ingot"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
config.excludes = ["Inputs", "CMakeLists.txt"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = config.ingot_test_dir

# The project's tools first, then LLVM's FileCheck, not, split-file.
config.environment["PATH"] = os.path.pathsep.join([config.ingot_tools_dir, config.llvm_tools_dir, config.environment["PATH"]])
config.environment["FILECHECK_OPTS"] = "--enable-var-scope --dump-input-filter=error"
config.substitutions.append(("%source_dir", config.ingot_source_dir))
config.substitutions.append(("%build_dir", config.ingot_build_dir))
