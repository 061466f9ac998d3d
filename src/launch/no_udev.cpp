// SPDX-License-Identifier: Apache-2.0
// libhwloc.a asks libudev for the names of disks. Septet asks hwloc about CPUs only, and its
// program shall need no library that a host may lack: so these say that there is no udev, which is
// an answer that hwloc copes with. Weak: the real one wins where somebody links it.

extern "C" {

struct udev;
struct udev_device;

[[gnu::weak]] udev* udev_new() { return nullptr; }
[[gnu::weak]] udev* udev_unref(udev* /*context*/) { return nullptr; }
[[gnu::weak]] udev_device* udev_device_new_from_subsystem_sysname(udev* /*context*/,
                                                                  const char* /*subsystem*/,
                                                                  const char* /*name*/) {
  return nullptr;
}
[[gnu::weak]] udev_device* udev_device_unref(udev_device* /*device*/) { return nullptr; }
[[gnu::weak]] const char* udev_device_get_property_value(udev_device* /*device*/,
                                                         const char* /*key*/) {
  return nullptr;
}

}  // extern "C"
