// SPDX-License-Identifier: Apache-2.0
// Two functions that the static libstdc++ and libgcc of a newer distribution take from glibc 2.35
// and 2.36. Defined here, from older ones, so that the program starts on glibc 2.34 as well;
// tests/checks/portable_test.py sees to it that the list is whole.

#include <link.h>
#include <sys/random.h>

#include <cstdint>

namespace {

/// The head of glibc's struct dl_find_object on 64-bit machines. Source: <dlfcn.h> of glibc 2.35.
struct FoundObject {
  unsigned long long flags;
  void* map_start;
  void* map_end;
  link_map* map;
  void* exception_frames;
};

struct Search {
  std::uintptr_t address;
  FoundObject* found;
};

std::uintptr_t start_of(const dl_phdr_info& object, const ElfW(Phdr) & segment) {
  return static_cast<std::uintptr_t>(object.dlpi_addr + segment.p_vaddr);
}

// NOLINTBEGIN(performance-no-int-to-ptr): the loader tells places as numbers.
/// Callback of dl_iterate_phdr: fills `found` and ends the search at the object with the address.
int match(dl_phdr_info* object, std::size_t /*size*/, void* data) {
  const auto& search = *static_cast<Search*>(data);
  bool holds_address = false;
  void* frames = nullptr;
  for (int i = 0; i < object->dlpi_phnum; ++i) {
    const auto& segment = object->dlpi_phdr[i];
    const auto start = start_of(*object, segment);
    if (segment.p_type == PT_GNU_EH_FRAME) frames = reinterpret_cast<void*>(start);
    if (segment.p_type == PT_LOAD && search.address - start < segment.p_memsz) {
      holds_address = true;
      search.found->map_start = reinterpret_cast<void*>(start);
      search.found->map_end = reinterpret_cast<void*>(start + segment.p_memsz);
    }
  }
  search.found->exception_frames = frames;
  return holds_address && frames != nullptr ? 1 : 0;
}
// NOLINTEND(performance-no-int-to-ptr)

}  // namespace

// The names are set below the language: newer headers declare both functions in their own way.
extern "C" {

/// Where the unwinder finds the exception tables of the code at `address`: 0, or -1 for none.
int find_object(void* address, FoundObject* found) __asm__("_dl_find_object");
int find_object(void* address, FoundObject* found) {
  *found = {};
  Search search{reinterpret_cast<std::uintptr_t>(address), found};
  return ::dl_iterate_phdr(match, &search) == 1 ? 0 : -1;
}

/// A random number, for std::random_device.
std::uint32_t random_number() __asm__("arc4random");
std::uint32_t random_number() {
  std::uint32_t number = 0;
  // So few bytes come whole, once the kernel has gathered enough to give any.
  while (::getrandom(&number, sizeof number, 0) != sizeof number) continue;
  return number;
}

}  // extern "C"
