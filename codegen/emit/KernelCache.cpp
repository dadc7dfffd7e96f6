//===- KernelCache.cpp - Object code from earlier compilations -------------===//
//
// Part of the Ingot project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "codegen/emit/KernelCache.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/BinaryFormat/ELF.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SHA256.h"
#include "llvm/Support/xxhash.h"

#include <cstring>

using namespace llvm;

namespace ingot {

namespace {
struct EntryHeader {
  char magic[8];
  uint64_t size, hash;
};
constexpr char entryMagic[] = "INGOTOB1";

uint64_t hashOf(ArrayRef<char> bytes) {
  return xxh3_64bits(ArrayRef<uint8_t>(reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size()));
}
} // namespace

KernelCache::KernelCache(const std::string &folder, std::function<void(const std::string &)> warn)
    : folder(folder), warn(std::move(warn)) {
  if (folder.empty())
    return;
  if (std::error_code code = sys::fs::create_directories(folder))
    refuse("cannot make the folder", code);
}

void KernelCache::refuse(const Twine &what, std::error_code code) {
  std::lock_guard<std::mutex> lock(mutex);
  if (!isReadOnly && warn)
    warn(("the kernel cache '" + folder + "' is not used for writing: " + what + ": " + code.message()).str());
  isReadOnly = true;
}

std::string KernelCache::keyOf(ArrayRef<StringRef> contents) {
  SHA256 hash;
  for (StringRef part : contents) {
    // With its length, so that parts cannot be taken for others.
    hash.update(std::to_string(part.size()) + ":");
    hash.update(part);
  }
  return toHex(hash.final(), /*LowerCase=*/true);
}

std::string KernelCache::pathOf(StringRef key) const {
  SmallString<256> path(folder);
  // Thousands of files in one folder are slow on some file systems.
  sys::path::append(path, key.take_front(2), key.drop_front(2) + ".o");
  return path.str().str();
}

bool KernelCache::load(StringRef key, ObjectBytes &bytes) const {
  if (folder.empty())
    return false;
  auto file = MemoryBuffer::getFile(pathOf(key), /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!file)
    return false;
  StringRef contents = (*file)->getBuffer();
  EntryHeader header;
  if (contents.size() < sizeof(header))
    return false;
  std::memcpy(&header, contents.data(), sizeof(header));
  ArrayRef<char> object(contents.data() + sizeof(header), contents.size() - sizeof(header));
  if (std::memcmp(header.magic, entryMagic, sizeof(header.magic)) || header.size != object.size() || header.hash != hashOf(object))
    return false;
  bytes.assign(object.begin(), object.end());
  return true;
}

void KernelCache::store(StringRef key, ArrayRef<char> bytes) {
  {
    std::lock_guard<std::mutex> lock(mutex);
    if (folder.empty() || isReadOnly)
      return;
  }
  std::string path = pathOf(key);
  if (std::error_code code = sys::fs::create_directories(sys::path::parent_path(path)))
    return refuse("cannot make a folder", code);
  int fd;
  SmallString<256> temporary;
  if (std::error_code code = sys::fs::createUniqueFile(path + ".%%%%%%%%.tmp", fd, temporary))
    return refuse("cannot write an entry", code);
  EntryHeader header;
  std::memcpy(header.magic, entryMagic, sizeof(header.magic));
  header.size = bytes.size();
  header.hash = hashOf(bytes);
  std::error_code code;
  {
    raw_fd_ostream os(fd, /*shouldClose=*/true);
    os.write(reinterpret_cast<const char *>(&header), sizeof(header));
    os.write(bytes.data(), bytes.size());
    os.close();
    code = os.error();
    os.clear_error();
  }
  if (!code)
    code = sys::fs::rename(temporary, path);
  if (!code)
    return;
  sys::fs::remove(temporary);
  refuse("cannot write an entry", code);
}

llvm::Error renameSymbols(ObjectBytes &object, const StringMap<std::string> &names) {
  auto malformed = [] { return createStringError("the code generator wrote an object of an unexpected form"); };
  auto inside = [&](uint64_t offset, uint64_t size) { return offset <= object.size() && size <= object.size() - offset; };
  ELF::Elf64_Ehdr header;
  if (!inside(0, sizeof(header)))
    return malformed();
  std::memcpy(&header, object.data(), sizeof(header));
  std::vector<ELF::Elf64_Shdr> sections(header.e_shnum);
  if (!inside(header.e_shoff, sections.size() * sizeof(sections[0])))
    return malformed();
  std::memcpy(sections.data(), object.data() + header.e_shoff, sections.size() * sizeof(sections[0]));
  for (const ELF::Elf64_Shdr &table : sections) {
    if (table.sh_type != ELF::SHT_SYMTAB)
      continue;
    if (table.sh_link >= sections.size() || !inside(table.sh_offset, table.sh_size))
      return malformed();
    ELF::Elf64_Shdr &strings = sections[table.sh_link];
    if (!inside(strings.sh_offset, strings.sh_size))
      return malformed();
    // The table of names may be that of sections as well: the old names stay, new ones follow, at the end of the file.
    ObjectBytes text(object.begin() + strings.sh_offset, object.begin() + strings.sh_offset + strings.sh_size);
    for (uint64_t at = 0; at + sizeof(ELF::Elf64_Sym) <= table.sh_size; at += sizeof(ELF::Elf64_Sym)) {
      ELF::Elf64_Sym symbol;
      std::memcpy(&symbol, object.data() + table.sh_offset + at, sizeof(symbol));
      if (symbol.st_name >= strings.sh_size)
        return malformed();
      auto found = names.find(StringRef(text.data() + symbol.st_name));
      if (found == names.end())
        continue;
      symbol.st_name = text.size();
      text.append(found->second.begin(), found->second.end());
      text.push_back('\0');
      std::memcpy(object.data() + table.sh_offset + at, &symbol, sizeof(symbol));
    }
    strings.sh_offset = object.size();
    strings.sh_size = text.size();
    object.append(text.begin(), text.end());
  }
  std::memcpy(object.data() + header.e_shoff, sections.data(), sections.size() * sizeof(sections[0]));
  return Error::success();
}

} // namespace ingot
