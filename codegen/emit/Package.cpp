//===- Package.cpp - Libraries, objects and archives -------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/emit/Package.h"
#include "codegen/memory/Weights.h"
#include "utils/support/Npz.h"

#include "lld/Common/Driver.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/Object/ArchiveWriter.h"
#include "llvm/Object/ObjectFile.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

#include <mutex>

LLD_HAS_DRIVER(elf)

using namespace llvm;

namespace ingot {

llvm::Error writeFile(const std::string &path, StringRef contents) {
  Status status = writeFileAtomically(path, [&](raw_ostream &os) { os << contents; });
  if (status.ok())
    return llvm::Error::success();
  return make_error<SystemError>(status.message);
}

// Runs lld on `arguments`; its messages are the error.
static llvm::Error link(ArrayRef<std::string> arguments) {
  // The linker keeps its state in globals.
  static std::mutex one;
  std::lock_guard<std::mutex> lock(one);
  std::vector<const char *> argv = {"ld.lld"};
  for (const std::string &argument : arguments)
    argv.push_back(argument.c_str());
  std::string output, errors;
  raw_string_ostream out(output), err(errors);
  const lld::DriverDef drivers[] = {{lld::Gnu, &lld::elf::link}};
  lld::Result result = lld::lldMain(argv, out, err, drivers);
  if (result.retCode == 0)
    return llvm::Error::success();
  // What the disk refuses is not a fault of the compiler.
  for (const char *text : {"No space left", "Permission denied", "Read-only file system", "cannot open output file", "failed to write", "Input/output"})
    if (StringRef(errors).contains(text))
      return make_error<SystemError>(StringRef(errors).trim().str());
  return createStringError("the linker failed: " + StringRef(errors).trim());
}

// The linker writes through a mapping, where a full disk is a signal instead of an error.
static llvm::Error checkSpace(const std::string &path, ArrayRef<std::string> inputs, uint64_t added) {
  uint64_t needed = (64 << 10) + added;
  for (const std::string &input : inputs) {
    uint64_t size = 0;
    if (!sys::fs::file_size(input, size))
      needed += size;
  }
  SmallString<128> folder(sys::path::parent_path(path));
  llvm::ErrorOr<sys::fs::space_info> space = sys::fs::disk_space(folder.empty() ? "." : folder.str());
  if (!space || space->available >= needed)
    return llvm::Error::success();
  return make_error<SystemError>("cannot write '" + path + "': no space left on device (" + std::to_string(needed >> 10) + " KiB are needed, " +
                                 std::to_string(space->available >> 10) + " are free)");
}

// Calls of what nobody provides would only be found when an app loads the library.
static llvm::Error checkSymbols(ArrayRef<ObjectBytes> objects, const std::string &prefix) {
  for (const ObjectBytes &bytes : objects) {
    llvm::Expected<std::unique_ptr<object::ObjectFile>> object =
        object::ObjectFile::createObjectFile(MemoryBufferRef(StringRef(bytes.data(), bytes.size()), "code"));
    if (!object)
      return object.takeError();
    for (const object::SymbolRef &symbol : (*object)->symbols()) {
      llvm::Expected<uint32_t> flags = symbol.getFlags();
      llvm::Expected<StringRef> name = symbol.getName();
      if (!flags || !name) {
        consumeError(flags.takeError());
        consumeError(name.takeError());
        continue;
      }
      if (!(*flags & object::SymbolRef::SF_Undefined) || name->empty() || name->starts_with(prefix + "_") ||
          name->starts_with("ingot_kernel_") || is_contained({"memcpy", "memset", "memmove", "_GLOBAL_OFFSET_TABLE_"}, *name))
        continue;
      return createStringError("the code calls '" + *name + "', which no library provides");
    }
  }
  return llvm::Error::success();
}

llvm::Error package(ArrayRef<CodeLevel> levels, const PackageOptions &options, Artefact kind, const std::string &path) {
  // Tell about an unwritable destination before spending time on code.
  std::string temporary = path + ".tmp";
  {
    std::error_code code;
    // A device or a folder must not be renamed over.
    if (sys::fs::exists(path) && !sys::fs::is_regular_file(path))
      code = std::make_error_code(sys::fs::is_directory(path) ? std::errc::is_a_directory : std::errc::operation_not_permitted);
    else
      raw_fd_ostream probe(temporary, code, sys::fs::OF_None);
    if (code)
      return make_error<SystemError>("cannot write '" + path + "': " + code.message());
  }
  llvm::scope_exit removeTemporary([&] { sys::fs::remove(temporary); });
  SmallString<128> folder;
  if (std::error_code code = sys::fs::createUniqueDirectory("ingot", folder))
    return make_error<SystemError>("cannot make a temporary folder: " + code.message());
  llvm::scope_exit removeFolder([&] { sys::fs::remove_directories(folder); });

  bool shared = kind == Artefact::SharedLibrary;
  mlir::ModuleOp first = levels.front().module;
  uint64_t weightsHash = 0, weightsBytes = getWeightsBytes(first);
  std::vector<uint8_t> manifest = buildManifest(levels, options, weightsHash);
  llvm::Expected<ObjectBytes> glue = emitGlue(levels, manifest, options, shared);
  if (!glue)
    return glue.takeError();
  std::vector<std::string> inputs;
  bool inside = weightsBytes && options.weightsPath.empty();
  if (inside) {
    inputs.push_back((folder + "/weights.o").str());
    if (options.progress && !shared)
      options.progress("weights", 0, 0);
    if (llvm::Error error = writeWeightsObject(first, options.modelName + "_constants", inputs.back(), /*reserve=*/shared, options.threads))
      return error;
  }
  llvm::Expected<std::vector<ObjectBytes>> objects = emitObjects(levels, options);
  if (!objects)
    return objects.takeError();
  objects->push_back(std::move(*glue));
  if (llvm::Error error = checkSymbols(*objects, options.modelName))
    return error;
  for (auto [i, object] : llvm::enumerate(*objects)) {
    inputs.push_back((folder + "/code" + Twine(i) + ".o").str());
    if (llvm::Error error = writeFile(inputs.back(), StringRef(object.data(), object.size())))
      return error;
    object = ObjectBytes();
  }

  if (options.progress)
    options.progress("link", 0, 0);
  std::string kernels = options.libraryFolder + "/libingot_kernels.a", runtime = options.libraryFolder + "/libingot_runtime.a";
  if (kind == Artefact::StaticLibrary) {
    std::vector<NewArchiveMember> members;
    for (const std::string &input : inputs) {
      llvm::Expected<NewArchiveMember> member = NewArchiveMember::getFile(input, /*Deterministic=*/true);
      if (!member)
        return member.takeError();
      member->MemberName = sys::path::filename(input);
      members.push_back(std::move(*member));
    }
    if (llvm::Error error = writeArchive(temporary, members, SymtabWritingMode::NormalSymtab, object::Archive::K_GNU, true, false))
      return make_error<SystemError>("cannot write '" + path + "': " + toString(std::move(error)));
  } else {
    std::vector<std::string> arguments = {"-o", temporary, "-m", "elf_x86_64", "--build-id=none", "--error-limit=4"};
    if (shared)
      for (const char *argument : {"-shared", "-z", "relro", "-z", "now", "-z", "noexecstack", "--gc-sections", "--hash-style=gnu", "-O1"})
        arguments.push_back(argument);
    else
      arguments.push_back("-r");
    arguments.insert(arguments.end(), inputs.begin(), inputs.end());
    if (sys::fs::exists(kernels))
      arguments.push_back(kernels);
    if (options.standalone) {
      if (!sys::fs::exists(runtime))
        return make_error<SystemError>("--standalone needs '" + runtime + "', which is not there");
      for (const std::string &argument : {std::string("--whole-archive"), runtime, std::string("--no-whole-archive")})
        arguments.push_back(argument);
    }
    if (llvm::Error error = checkSpace(path, inputs, shared ? weightsBytes : 0))
      return error;
    if (llvm::Error error = link(arguments))
      return error;
    if (shared && weightsBytes && options.progress)
      options.progress("weights", 0, 0);
    if (shared && inside)
      if (llvm::Error error = addWeights(first, temporary, options.threads))
        return error;
  }
  if (weightsBytes && !inside) {
    std::string file = options.weightsPath + ".tmp";
    llvm::scope_exit removeFile([&] { sys::fs::remove(file); });
    if (llvm::Error error = writeWeightsFile(first, file, weightsHash, options.threads))
      return error;
    // Before the library: one without its weights must never be there.
    if (std::error_code code = sys::fs::rename(file, options.weightsPath))
      return make_error<SystemError>("cannot write '" + options.weightsPath + "': " + code.message());
    removeFile.release();
  }
  if (std::error_code code = sys::fs::rename(temporary, path))
    return make_error<SystemError>("cannot write '" + path + "': " + code.message());
  removeTemporary.release();
  return llvm::Error::success();
}

} // namespace ingot
