// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cli/verb.hpp"

namespace septet::cli {

// One function a verb, each in the file of its name, in the order of `septet --help`.
void add_list(CLI::App& app, Context& context);
void add_run(CLI::App& app, Context& context);
void add_hold(CLI::App& app, Context& context);
void add_bind(CLI::App& app, Context& context);
void add_sweep(CLI::App& app, Context& context);
void add_ensemble(CLI::App& app, Context& context);
void add_ps(CLI::App& app, Context& context);
void add_wait(CLI::App& app, Context& context);
void add_check(CLI::App& app, Context& context);
void add_doctor(CLI::App& app, Context& context);
void add_bench(CLI::App& app, Context& context);
void add_simulate(CLI::App& app, Context& context);
void add_install_host(CLI::App& app, Context& context);
void add_completion(CLI::App& app, Context& context);
void add_man(CLI::App& app, Context& context);
void add_bench_rank(CLI::App& app, Context& context);
void add_keep_mps(CLI::App& app, Context& context);

}  // namespace septet::cli
