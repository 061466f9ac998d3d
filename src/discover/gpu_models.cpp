// SPDX-License-Identifier: Apache-2.0
//
// The GPUs that Septet can simulate, and where each number was found. How sure a number is:
//   [hw] printed by a real GPU; [doc] NVIDIA's MIG User Guide; [src] source code of NVIDIA's
//   drivers or container tools; [inf] inferred here from the others.
// Memory changes a little between driver releases: read it from the driver, never assume it.
//
// Columns of a profile: name, profile id, NVML's enumerator, compute slices, memory slices, MiB,
// SMs, most instances, places, and engines {copy, decode, encode, jpeg, ofa}.
#include "discover/catalogue.hpp"

namespace septet {
namespace {

using enum nvml::GpuInstanceProfile;

// Chip ids: [inf] from the architecture number that NVIDIA's open drivers give each die.
constexpr std::uint16_t ga100 = 0x170;
constexpr std::uint16_t gh100 = 0x180;
constexpr std::uint16_t gb100 = 0x1a0;
constexpr std::uint16_t gb202 = 0x1b2;

// Placements are {0,1,…}, {0,2,…} and so on: multiples of the size. [hw] for A100, A30, H100 NVL
// and RTX PRO 6000, [inf] by the same die for the other Hoppers, [inf] for B200.

const GpuModel a30{
    .name = "a30",
    .aliases = {"a30-24gb"},
    .device_name = "NVIDIA A30",
    .pci_device = 0x20b7,
    .chip = ga100,
    .compute_major = 8,
    .compute_minor = 0,
    .memory_mib = 24576,
    .multiprocessors = 56,
    .compute_slices = 4,
    .memory_slices = 4,
    .mig_needs_reset = true,
    .engines = {4, 4, 0, 1, 1},
    .profiles =
        {
            {"1g.6gb", 14, slice_1, 1, 1, 5952, 14, 4, 4, {1, 1, 0, 0, 0}},
            {"1g.6gb+me", 21, slice_1_rev1, 1, 1, 5952, 14, 1, 4, {1, 1, 0, 1, 1}},
            {"2g.12gb", 5, slice_2, 2, 2, 11968, 28, 2, 2, {2, 2, 0, 0, 0}},
            {"2g.12gb+me", 6, slice_2_rev1, 2, 2, 11968, 28, 1, 2, {2, 2, 0, 1, 1}},
            {"4g.24gb", 0, slice_4, 4, 4, 24000, 56, 1, 1, {4, 4, 0, 1, 1}},
        },
    .sources =
        "Profiles: a published `nvidia-smi mig -lgip` of driver 535.183.01 [hw]. The user "
        "guide gives 1g no decoder; the hardware has one.",
};

const GpuModel a100_40gb{
    .name = "a100-40gb",
    .aliases = {"a100-40", "a100-sxm4-40gb", "a100-sxm-40gb", "a100-pcie-40gb"},
    .device_name = "NVIDIA A100-SXM4-40GB",
    .pci_device = 0x20b0,
    .chip = ga100,
    .compute_major = 8,
    .compute_minor = 0,
    .memory_mib = 40960,
    .multiprocessors = 108,
    .compute_slices = 7,
    .memory_slices = 8,
    .mig_needs_reset = true,
    .engines = {7, 5, 0, 1, 1},
    .profiles =
        {
            {"1g.5gb", 19, slice_1, 1, 1, 4864, 14, 7, 7, {1, 0, 0, 0, 0}},
            {"1g.5gb+me", 20, slice_1_rev1, 1, 1, 4864, 14, 1, 7, {1, 1, 0, 1, 1}},
            {"1g.10gb", 15, slice_1_rev2, 1, 2, 9856, 14, 4, 4, {1, 1, 0, 0, 0}},
            {"2g.10gb", 14, slice_2, 2, 2, 9856, 28, 3, 3, {2, 1, 0, 0, 0}},
            {"3g.20gb", 9, slice_3, 3, 4, 19968, 42, 2, 2, {3, 2, 0, 0, 0}},
            {"4g.20gb", 5, slice_4, 4, 4, 19968, 56, 1, 1, {4, 2, 0, 0, 0}},
            {"7g.40gb", 0, slice_7, 7, 8, 40192, 98, 1, 1, {7, 5, 0, 1, 1}},
        },
    .sources = "Profiles: MIG User Guide [doc]; MiB agree with the tables of go-nvml [src].",
};

const GpuModel a100_80gb{
    .name = "a100-80gb",
    .aliases = {"a100-80", "a100-sxm4-80gb", "a100-sxm-80gb", "a100-pcie-80gb"},
    .device_name = "NVIDIA A100-SXM4-80GB",
    .pci_device = 0x20b2,
    .chip = ga100,
    .compute_major = 8,
    .compute_minor = 0,
    .memory_mib = 81920,
    .multiprocessors = 108,
    .compute_slices = 7,
    .memory_slices = 8,
    .mig_needs_reset = true,
    .engines = {7, 5, 0, 1, 1},
    .profiles =
        {
            {"1g.10gb", 19, slice_1, 1, 1, 9728, 14, 7, 7, {1, 0, 0, 0, 0}},
            {"1g.10gb+me", 20, slice_1_rev1, 1, 1, 9728, 14, 1, 7, {1, 1, 0, 1, 1}},
            {"1g.20gb", 15, slice_1_rev2, 1, 2, 19968, 14, 4, 4, {1, 1, 0, 0, 0}},
            {"2g.20gb", 14, slice_2, 2, 2, 19968, 28, 3, 3, {2, 1, 0, 0, 0}},
            {"3g.40gb", 9, slice_3, 3, 4, 40192, 42, 2, 2, {3, 2, 0, 0, 0}},
            {"4g.40gb", 5, slice_4, 4, 4, 40192, 56, 1, 1, {4, 2, 0, 0, 0}},
            {"7g.80gb", 0, slice_7, 7, 8, 80896, 98, 1, 1, {7, 5, 0, 1, 1}},
        },
    .sources =
        "Profiles: several published listings [hw] and the user guide [doc]. 9.62 and 9.75 "
        "GiB were also seen for 1g, 39.50 for 3g and 79.12 for 7g.",
};

const GpuModel h100_80gb{
    .name = "h100-80gb",
    .aliases = {"h100-80", "h100", "h100-80gb-hbm3", "h100-sxm5-80gb", "h100-sxm-80gb",
                "h100-pcie-80gb"},
    .device_name = "NVIDIA H100 80GB HBM3",
    .pci_device = 0x2330,
    .chip = gh100,
    .compute_major = 9,
    .compute_minor = 0,
    .memory_mib = 81559,
    .multiprocessors = 132,
    .compute_slices = 7,
    .memory_slices = 8,
    .mig_needs_reset = false,
    .engines = {8, 7, 0, 7, 1},
    .profiles =
        {
            {"1g.10gb", 19, slice_1, 1, 1, 9984, 16, 7, 7, {1, 1, 0, 1, 0}},
            {"1g.10gb+me", 20, slice_1_rev1, 1, 1, 9984, 16, 1, 7, {1, 1, 0, 1, 1}},
            {"1g.20gb", 15, slice_1_rev2, 1, 2, 20096, 26, 4, 4, {1, 1, 0, 1, 0}},
            {"2g.20gb", 14, slice_2, 2, 2, 20096, 32, 3, 3, {2, 2, 0, 2, 0}},
            {"3g.40gb", 9, slice_3, 3, 4, 40448, 60, 2, 2, {3, 3, 0, 3, 0}},
            {"4g.40gb", 5, slice_4, 4, 4, 40448, 64, 1, 1, {4, 4, 0, 4, 0}},
            {"7g.80gb", 0, slice_7, 7, 8, 80896, 132, 1, 1, {8, 7, 0, 7, 1}},
        },
    .sources =
        "Profiles: three published listings of SXM boards [hw]; 7g is \"about 79\" GiB "
        "there, 80896 MiB here [inf].",
};

const GpuModel h100_nvl{
    .name = "h100-94gb",
    .aliases = {"h100-94", "h100-nvl", "h100-nvl-94gb"},
    .device_name = "NVIDIA H100 NVL",
    .pci_device = 0x2321,
    .chip = gh100,
    .compute_major = 9,
    .compute_minor = 0,
    .memory_mib = 95830,
    .multiprocessors = 132,
    .compute_slices = 7,
    .memory_slices = 8,
    .mig_needs_reset = false,
    .engines = {8, 7, 0, 7, 1},
    .profiles =
        {
            {"1g.12gb", 19, slice_1, 1, 1, 11008, 16, 7, 7, {1, 1, 0, 1, 0}},
            {"1g.12gb+me", 20, slice_1_rev1, 1, 1, 11008, 16, 1, 7, {1, 1, 0, 1, 1}},
            {"1g.24gb", 15, slice_1_rev2, 1, 2, 22144, 26, 4, 4, {1, 1, 0, 1, 0}},
            {"2g.24gb", 14, slice_2, 2, 2, 22144, 32, 3, 3, {2, 2, 0, 2, 0}},
            {"3g.47gb", 9, slice_3, 3, 4, 47488, 60, 2, 2, {3, 3, 0, 3, 0}},
            {"4g.47gb", 5, slice_4, 4, 4, 47488, 64, 1, 1, {4, 4, 0, 4, 0}},
            {"7g.94gb", 0, slice_7, 7, 8, 95360, 132, 1, 1, {8, 7, 0, 7, 1}},
        },
    .sources =
        "Profiles and placements: a published listing of driver 560.35.03 [hw]; engines as "
        "H100 80GB [inf], whole memory [inf].",
};

const GpuModel gh200{
    .name = "gh200-96gb",
    .aliases = {"gh200", "gh200-96", "gh200-480gb"},
    .device_name = "NVIDIA GH200 480GB",
    .pci_device = 0x2342,
    .chip = gh100,
    .compute_major = 9,
    .compute_minor = 0,
    .memory_mib = 97871,
    .multiprocessors = 132,
    .compute_slices = 7,
    .memory_slices = 8,
    .mig_needs_reset = false,
    .engines = {8, 7, 0, 7, 1},
    .profiles =
        {
            {"1g.12gb", 19, slice_1, 1, 1, 11264, 16, 7, 7, {1, 1, 0, 1, 0}},
            {"1g.12gb+me", 20, slice_1_rev1, 1, 1, 11264, 16, 1, 7, {1, 1, 0, 1, 1}},
            {"1g.24gb", 15, slice_1_rev2, 1, 2, 23552, 26, 4, 4, {1, 1, 0, 1, 0}},
            {"2g.24gb", 14, slice_2, 2, 2, 23552, 32, 3, 3, {2, 2, 0, 2, 0}},
            {"3g.48gb", 9, slice_3, 3, 4, 47616, 60, 2, 2, {3, 3, 0, 3, 0}},
            {"4g.48gb", 5, slice_4, 4, 4, 47616, 64, 1, 1, {4, 4, 0, 4, 0}},
            {"7g.96gb", 0, slice_7, 7, 8, 95232, 132, 1, 1, {8, 7, 0, 7, 1}},
        },
    .sources =
        "Profiles: a published listing [hw]; engines as H100 [inf], whole memory [inf]. "
        "The 144 GB board is left out: only its profile names are known.",
};

const GpuModel h200{
    .name = "h200-141gb",
    .aliases = {"h200", "h200-141", "h200-sxm-141gb"},
    .device_name = "NVIDIA H200",
    .pci_device = 0x2335,
    .chip = gh100,
    .compute_major = 9,
    .compute_minor = 0,
    .memory_mib = 143771,
    .multiprocessors = 132,
    .compute_slices = 7,
    .memory_slices = 8,
    .mig_needs_reset = false,
    .engines = {8, 7, 0, 7, 1},
    .profiles =
        {
            {"1g.18gb", 19, slice_1, 1, 1, 16384, 16, 7, 7, {1, 1, 0, 1, 0}},
            {"1g.18gb+me", 20, slice_1_rev1, 1, 1, 16384, 16, 1, 7, {1, 1, 0, 1, 1}},
            {"1g.35gb", 15, slice_1_rev2, 1, 2, 33280, 26, 4, 4, {1, 1, 0, 1, 0}},
            {"2g.35gb", 14, slice_2, 2, 2, 33280, 32, 3, 3, {2, 2, 0, 2, 0}},
            {"3g.71gb", 9, slice_3, 3, 4, 71424, 60, 2, 2, {3, 3, 0, 3, 0}},
            {"4g.71gb", 5, slice_4, 4, 4, 71424, 64, 1, 1, {4, 4, 0, 4, 0}},
            {"7g.141gb", 0, slice_7, 7, 8, 143360, 132, 1, 1, {8, 7, 0, 7, 1}},
        },
    .sources = "Every number of the profiles was read off an H200 with driver 580.159.04 [hw].",
};

const GpuModel b200{
    .name = "b200-180gb",
    .aliases = {"b200", "b200-180"},
    .device_name = "NVIDIA B200",
    .pci_device = 0x2901,
    .chip = gb100,
    .compute_major = 10,
    .compute_minor = 0,
    .memory_mib = 183359,
    .multiprocessors = 148,
    .compute_slices = 7,
    .memory_slices = 8,
    .mig_needs_reset = false,
    .engines = {16, 7, 0, 7, 1},
    .profiles =
        {
            {"1g.23gb", 19, slice_1, 1, 1, 22912, 18, 7, 7, {2, 1, 0, 1, 0}},
            {"1g.23gb+me", 20, slice_1_rev1, 1, 1, 22912, 18, 1, 7, {2, 1, 0, 1, 1}},
            {"1g.45gb", 15, slice_1_rev2, 1, 2, 45824, 18, 4, 4, {2, 1, 0, 1, 0}},
            {"2g.45gb", 14, slice_2, 2, 2, 45824, 36, 3, 3, {3, 1, 0, 1, 0}},
            {"3g.90gb", 9, slice_3, 3, 4, 91648, 54, 2, 2, {6, 1, 0, 1, 0}},
            {"4g.90gb", 5, slice_4, 4, 4, 91648, 72, 1, 1, {8, 1, 0, 1, 0}},
            {"7g.180gb", 0, slice_7, 7, 8, 183296, 148, 1, 1, {16, 1, 0, 1, 1}},
        },
    .sources =
        "Names, shares, counts and engines: MIG User Guide [doc]; 18 SMs of 1g [src]. Ids "
        "as on A100 and H100 [inf]. SMs of the others are 18 a compute slice, all 148 for "
        "7g, and MiB are the share of the whole, rounded down to 128 [inf].",
};

const GpuModel rtx_pro_6000{
    .name = "rtx-pro-6000",
    .aliases = {"rtx-pro-6000-96gb", "rtx-pro-6000-blackwell", "rtxpro6000"},
    .device_name = "NVIDIA RTX PRO 6000 Blackwell Server Edition",
    .pci_device = 0x2bb5,
    .chip = gb202,
    .compute_major = 12,
    .compute_minor = 0,
    .memory_mib = 97887,
    .multiprocessors = 188,
    .compute_slices = 4,
    .memory_slices = 12,
    .mig_needs_reset = false,
    .engines = {4, 4, 4, 4, 1},
    .profiles =
        {
            {"1g.24gb", 14, slice_1, 1, 3, 24192, 46, 4, 4, {1, 1, 1, 1, 0}},
            {"1g.24gb+me", 21, slice_1_rev1, 1, 3, 24192, 46, 1, 4, {1, 1, 1, 1, 1}},
            {"1g.24gb+gfx", 47, slice_1_gfx, 1, 3, 24192, 46, 4, 4, {1, 1, 1, 1, 0}},
            {"1g.24gb+me.all", 65, slice_1_all_me, 1, 3, 24192, 46, 1, 4, {1, 4, 4, 4, 1}},
            {"1g.24gb-me", 67, slice_1_no_me, 1, 3, 24192, 46, 4, 4, {1, 0, 0, 0, 0}},
            {"2g.48gb", 5, slice_2, 2, 6, 48512, 94, 2, 2, {2, 2, 2, 2, 0}},
            {"2g.48gb+gfx", 35, slice_2_gfx, 2, 6, 48512, 94, 2, 2, {2, 2, 2, 2, 0}},
            {"2g.48gb+me.all", 64, slice_2_all_me, 2, 6, 48512, 94, 1, 2, {2, 4, 4, 4, 1}},
            {"2g.48gb-me", 66, slice_2_no_me, 2, 6, 48512, 94, 2, 2, {2, 0, 0, 0, 0}},
            {"4g.96gb", 0, slice_4, 4, 12, 97280, 188, 1, 1, {4, 4, 4, 4, 1}},
            {"4g.96gb+gfx", 32, slice_4_gfx, 4, 12, 97280, 188, 1, 1, {4, 4, 4, 4, 1}},
        },
    .sources =
        "Profiles and placements: two published listings [hw]; 4g reads 95.0 to 95.12 GiB. "
        "Whole memory [inf].",
};

}  // namespace

std::span<const GpuModel> gpu_models() {
  static const GpuModel models[]{a30,   a100_40gb, a100_80gb, h100_80gb,   h100_nvl,
                                 gh200, h200,      b200,      rtx_pro_6000};
  return models;
}

}  // namespace septet
