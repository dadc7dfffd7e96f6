//===- WeightsObject.cpp - Weights as an ELF object --------------------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Written directly: hundreds of megabytes need not pass through an assembler. Each entry goes from the mapped model to the file.
//
//===----------------------------------------------------------------------===//

#include "codegen/emit/Package.h"
#include "codegen/memory/Weights.h"

#include "llvm/BinaryFormat/ELF.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

namespace ingot {

llvm::Error writeWeightsObject(mlir::ModuleOp module, const std::string &symbol, const std::string &path) {
  std::error_code code;
  raw_fd_ostream os(path, code, sys::fs::OF_None);
  if (code)
    return make_error<SystemError>("cannot write '" + path + "': " + code.message());
  auto finish = [&]() -> llvm::Error {
    os.close();
    if (!os.has_error())
      return llvm::Error::success();
    std::string text = "cannot write '" + path + "': " + os.error().message();
    os.clear_error();
    return make_error<SystemError>(text);
  };

  // Sections: null, weights, symbol table, strings, section names.
  constexpr uint64_t pageSize = 4096;
  const std::string names = std::string("\0.ingot.weights\0.symtab\0.strtab\0.shstrtab\0.note.GNU-stack\0", 59);
  const std::string strings = std::string(1, '\0') + symbol + '\0';
  uint64_t weightsBytes = getWeightsBytes(module);
  ELF::Elf64_Sym symbols[2] = {};
  symbols[1].st_name = 1;
  symbols[1].setBindingAndType(ELF::STB_GLOBAL, ELF::STT_OBJECT);
  symbols[1].st_other = ELF::STV_HIDDEN;
  symbols[1].st_shndx = 1;
  symbols[1].st_size = weightsBytes;

  uint64_t symbolsAt = alignTo(pageSize + weightsBytes, 8), stringsAt = symbolsAt + sizeof(symbols);
  uint64_t namesAt = stringsAt + strings.size(), headersAt = alignTo(namesAt + names.size(), 8);
  ELF::Elf64_Shdr sections[6] = {};
  auto nameAt = [&](StringRef name) { return static_cast<uint32_t>(StringRef(names).find((Twine(name) + StringRef("\0", 1)).str())); };
  sections[1] = {nameAt(".ingot.weights"), ELF::SHT_PROGBITS, ELF::SHF_ALLOC, 0, pageSize, weightsBytes, 0, 0, pageSize, 0};
  sections[2] = {nameAt(".symtab"), ELF::SHT_SYMTAB, 0, 0, symbolsAt, sizeof(symbols), 3, 1, 8, sizeof(ELF::Elf64_Sym)};
  sections[3] = {nameAt(".strtab"), ELF::SHT_STRTAB, 0, 0, stringsAt, strings.size(), 0, 0, 1, 0};
  sections[4] = {nameAt(".shstrtab"), ELF::SHT_STRTAB, 0, 0, namesAt, names.size(), 0, 0, 1, 0};
  sections[5] = {nameAt(".note.GNU-stack"), ELF::SHT_PROGBITS, 0, 0, headersAt, 0, 0, 0, 1, 0};

  ELF::Elf64_Ehdr header = {};
  memcpy(header.e_ident, ELF::ElfMagic, 4);
  header.e_ident[ELF::EI_CLASS] = ELF::ELFCLASS64;
  header.e_ident[ELF::EI_DATA] = ELF::ELFDATA2LSB;
  header.e_ident[ELF::EI_VERSION] = ELF::EV_CURRENT;
  header.e_type = ELF::ET_REL;
  header.e_machine = ELF::EM_X86_64;
  header.e_version = ELF::EV_CURRENT;
  header.e_shoff = headersAt;
  header.e_ehsize = sizeof(header);
  header.e_shentsize = sizeof(ELF::Elf64_Shdr);
  header.e_shnum = 6;
  header.e_shstrndx = 4;

  auto raw = [&](const void *data, size_t size) { os.write(static_cast<const char *>(data), size); };
  raw(&header, sizeof(header));
  for (const Weight &weight : getWeights(module)) {
    os.write_zeros(pageSize + weight.offset - os.tell());
    SmallVector<char> scratch;
    ArrayRef<char> bytes = rawBytes(weight.value, scratch);
    raw(bytes.data(), bytes.size());
    if (os.has_error())
      return finish();
  }
  os.write_zeros(symbolsAt - os.tell());
  raw(symbols, sizeof(symbols));
  raw(strings.data(), strings.size());
  raw(names.data(), names.size());
  os.write_zeros(headersAt - os.tell());
  raw(sections, sizeof(sections));
  return finish();
}

} // namespace ingot
