// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <septet/driver.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace septet {

/// The driver of "smi:FILE"; "-" is standard input, read once.
[[nodiscard]] std::unique_ptr<Driver> open_smi_text(std::string_view file);

/// Reads what `nvidia-smi -L` prints, of any driver since R450. `source` becomes Host::source.
///
/// Memory comes from the rounded names of profiles and GPUs, and is 0 where they tell none; a GPU
/// without instances counts as whole, because this text does not tell MIG mode. Throws Error
/// `argument` with `source` and the number of a line that is none of nvidia-smi's.
[[nodiscard]] Host parse_smi_text(std::string_view text, std::string_view source);

/// The reverse, in the spelling of R470 and later. GPUs whose uuid is untold are left out, and
/// stand-ins, which no driver lists.
[[nodiscard]] std::string format_smi_text(const Host& host);

}  // namespace septet
