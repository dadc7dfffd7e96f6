//===- Elf.cpp - Checks of a shared object before it is loaded -----------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

//
// The dynamic loader maps whatever a damaged file promises and faults later. So everything it will follow is checked here: the
// headers, the segments' places in the file, and that the query is exported.
//
//===----------------------------------------------------------------------===//

#include "Internal.h"

#include <elf.h>
#include <string.h>

using namespace ingot::runtime;

#if defined(__x86_64__)
static constexpr uint16_t hostMachine = EM_X86_64;
#elif defined(__aarch64__)
static constexpr uint16_t hostMachine = EM_AARCH64;
#elif defined(__riscv)
static constexpr uint16_t hostMachine = EM_RISCV;
#else
#error "the runtime does not know this processor"
#endif

static bool inside(Bytes image, uint64_t offset, uint64_t size) { return offset <= image.size && size <= image.size - offset; }

/// Reads a structure that need not be aligned in the file; the caller has checked that it is inside.
template <typename T> static T read(Bytes image, uint64_t offset) {
  T value;
  memcpy(&value, image.data + offset, sizeof(T));
  return value;
}

/// Whether the string at `offset` of a string table is `text`.
static bool isString(Bytes image, const Elf64_Shdr &table, uint64_t offset, const char *text) {
  uint64_t size = strlen(text) + 1;
  return offset < table.sh_size && size <= table.sh_size - offset && !memcmp(image.data + table.sh_offset + offset, text, size);
}

static ingot_status damaged(const char *what) { return fail(INGOT_STATUS_NOT_A_LIBRARY, "the library is damaged or truncated: %s", what); }

static ingot_status checkSegments(Bytes image, const Elf64_Ehdr &header) {
  bool loads = false, dynamic = false;
  for (uint64_t i = 0; i < header.e_phnum; ++i) {
    auto segment = read<Elf64_Phdr>(image, header.e_phoff + i * sizeof(Elf64_Phdr));
    if (segment.p_type == PT_INTERP)
      return fail(INGOT_STATUS_NOT_A_LIBRARY, "a program, not a library compiled by Ingot");
    if (segment.p_type != PT_LOAD && segment.p_type != PT_DYNAMIC)
      continue;
    (segment.p_type == PT_LOAD ? loads : dynamic) = true;
    if (!inside(image, segment.p_offset, segment.p_filesz) || segment.p_filesz > segment.p_memsz)
      return damaged("a segment reaches past the end of the file");
  }
  return loads && dynamic ? INGOT_STATUS_OK : damaged("no segments to load");
}

ingot_status ingot::runtime::checkElf(Bytes image, Bytes &manifest) {
  manifest = Bytes();
  if (image.size < sizeof(Elf64_Ehdr) || memcmp(image.data, ELFMAG, SELFMAG))
    return fail(INGOT_STATUS_NOT_A_LIBRARY, "not a library compiled by Ingot (no ELF file)");
  auto header = read<Elf64_Ehdr>(image, 0);
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB || header.e_machine != hostMachine)
    return fail(INGOT_STATUS_CPU, "the library was compiled for another kind of processor (ELF machine %u)", header.e_machine);
  if (header.e_type != ET_DYN)
    return fail(INGOT_STATUS_NOT_A_LIBRARY, "not a shared library (ELF type %u)", header.e_type);
  if (header.e_phentsize != sizeof(Elf64_Phdr) || !inside(image, header.e_phoff, uint64_t(header.e_phnum) * sizeof(Elf64_Phdr)))
    return damaged("program headers");
  if (ingot_status status = checkSegments(image, header))
    return status;

  if (header.e_shentsize != sizeof(Elf64_Shdr) || !header.e_shnum || header.e_shstrndx >= header.e_shnum ||
      !inside(image, header.e_shoff, uint64_t(header.e_shnum) * sizeof(Elf64_Shdr)))
    return damaged("section headers");
  auto section = [&](uint64_t i) { return read<Elf64_Shdr>(image, header.e_shoff + i * sizeof(Elf64_Shdr)); };
  Elf64_Shdr names = section(header.e_shstrndx);
  if (!inside(image, names.sh_offset, names.sh_size))
    return damaged("section names");

  bool exported = false;
  for (uint64_t i = 0; i < header.e_shnum; ++i) {
    Elf64_Shdr s = section(i);
    if (s.sh_type == SHT_NOBITS || s.sh_type == SHT_NULL)
      continue;
    if (!inside(image, s.sh_offset, s.sh_size))
      return damaged("a section reaches past the end of the file");
    if (isString(image, names, s.sh_name, INGOT_MANIFEST_SECTION))
      manifest = {image.data + s.sh_offset, s.sh_size};
    if (s.sh_type != SHT_DYNSYM)
      continue;
    if (s.sh_link >= header.e_shnum)
      return damaged("dynamic symbols");
    Elf64_Shdr strings = section(s.sh_link);
    if (!inside(image, strings.sh_offset, strings.sh_size))
      return damaged("dynamic symbols");
    for (uint64_t at = 0; at + sizeof(Elf64_Sym) <= s.sh_size; at += sizeof(Elf64_Sym)) {
      auto symbol = read<Elf64_Sym>(image, s.sh_offset + at);
      exported |= symbol.st_shndx != SHN_UNDEF && isString(image, strings, symbol.st_name, INGOT_LIBRARY_QUERY);
    }
  }
  if (!exported)
    return fail(INGOT_STATUS_NOT_A_LIBRARY, "not a library compiled by Ingot (it does not export %s)", INGOT_LIBRARY_QUERY);
  return INGOT_STATUS_OK;
}
