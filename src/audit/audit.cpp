// SPDX-License-Identifier: Apache-2.0
// libseptet_audit.so: named in LD_AUDIT, it has the loader answer every request for NCCL with the
// library that SEPTET_NCCL names: by soname, along RPATH or RUNPATH, and by absolute path, which no
// other variable of the loader redirects. Source of the interface: rtld-audit(7).
//
// It needs no library and no symbol, not even of libc: the loader would give it a libc of its own,
// in every process, and static TLS for that. So it runs wherever the loader audits at all.
#include <link.h>

namespace {

constexpr unsigned longest_path = 4096;

/// The value of SEPTET_NCCL; empty: nothing is answered. A copy, for programs that show a title of
/// their own in ps overwrite the environment they were started with.
char replacement[longest_path];

/// `text` behind `prefix`, or null if it does not begin with that.
const char* behind(const char* prefix, const char* text) {
  while (*prefix != '\0' && *prefix == *text) {
    ++prefix;
    ++text;
  }
  return *prefix == '\0' ? text : nullptr;
}

/// Keeps an absolute path. What is relative would be another file after a chdir, and what does not
/// fit is no path.
void keep(const char* path) {
  if (*path != '/') return;
  unsigned length = 0;
  while (path[length] != '\0' && length < longest_path) ++length;
  if (length == longest_path) return;
  // Volatile: or the compiler would call memcpy, which is not there.
  volatile char* copy = replacement;
  for (unsigned i = 0; i <= length; ++i) copy[i] = path[i];
}

const char* last_component(const char* path) {
  const char* component = path;
  for (; *path != '\0'; ++path) {
    if (*path == '/') component = path + 1;
  }
  return component;
}

/// Digits with dots between and before them: "", ".2", ".2.30.7".
bool is_version(const char* text) {
  while (*text == '.') {
    if (*++text < '0' || *text > '9') return false;
    while (*text >= '0' && *text <= '9') ++text;
  }
  return *text == '\0';
}

/// libnccl.so, libnccl.so.2, libnccl.so.2.30.7: no plugin (libnccl-net.so), no other major version.
bool is_nccl(const char* path) {
  const char* version = behind("libnccl.so", last_component(path));
  if (version == nullptr || !is_version(version)) return false;
  const char* minor = behind(".2", version);
  return *version == '\0' || (minor != nullptr && (*minor == '\0' || *minor == '.'));
}

/// The loader calls it as it does every constructor, with the arguments of main.
[[gnu::constructor]] void read_environment(int, char**, char** variables) {
  for (; *variables != nullptr; ++variables) {
    if (const char* value = behind("SEPTET_NCCL=", *variables)) return keep(value);
  }
}

}  // namespace

extern "C" {

/// Any version of the interface will do: la_objsearch is the same in all of them.
[[gnu::visibility("default")]] unsigned la_version(unsigned version) { return version; }

/// Whatever asks, and wherever it would look: the replacement is a path, at which a search ends.
[[gnu::visibility("default")]] char* la_objsearch(const char* name, uintptr_t* /*asked_by*/,
                                                  unsigned /*place*/) {
  const bool is_answered = replacement[0] != '\0' && is_nccl(name);
  return is_answered ? replacement : const_cast<char*>(name);
}
}
