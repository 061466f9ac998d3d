// SPDX-License-Identifier: Apache-2.0
#include "cli/benching.hpp"
#include "cli/request_options.hpp"
#include "cli/verbs.hpp"

#include <memory>

namespace septet::cli {
namespace {

const VerbText text{
    .name = "bench",
    .summary = "measure collectives between slices, and check them",
    .description =
        "Leases slices as run does (default: four), starts one rank on each and measures "
        "operations by size, as nccl-tests do: time of calls back to back, algbw and busbw, and "
        "p50, p99 and least time of calls that are waited for; of the slowest rank. Results are "
        "compared, to the last bit, with the host's arithmetic; status 1 says that an element was "
        "wrong. With --buffers host it needs no GPU. Another library is measured in turn with "
        "Septet, and its column says how many times as long as Septet it took.",
    .examples =
        "  septet bench -n 4                                     # all-reduce, 8 bytes to 64 MiB\n"
        "  septet bench all -n 7 --sizes 1K:256M:4 --json results.json --html results.html\n"
        "  septet bench all_reduce --type bfloat16,float8_e4m3 --reduction all --check\n"
        "  septet bench -n 4 --devices mps:4 --nccl /usr/lib/libnccl.so.2 --graph\n"
        "  septet bench -n 4 --path all --sizes 1K:1M:2          # the best way by size\n"
        "  septet bench --buffers host -n 4 --gloo=/usr/bin/python3  # beside PyTorch's Gloo\n"
        "  septet bench -n 4 --resources --nccl /usr/lib/libnccl.so.2  # memory, threads, "
        "idleness\n"
        "  septet bench -n 4 --tune ~/slices.tuning              # for SEPTET_TUNING=...\n"
        "  septet bench all --buffers host -n 4 --sizes 8,64K    # no GPU",
};

}  // namespace

void add_bench(CLI::App& app, Context& context) {
  // Owned by the action; the options of the verb point into it.
  const auto run = std::make_shared<BenchRun>();
  auto& verb = add_verb(app, context, text, [&context, run, &app] {
    return run_bench(*app.get_subcommand(text.name), context, *run);
  });
  add_bench_options(verb, run->bench);
  add_request_options(verb);
  add_patience_options(verb);
  add_devices_option(verb, context, run->devices);
  verb.add_option("--json", run->json_file, "Write results and raw samples to FILE; -: to stdout")
      ->type_name("FILE");
  verb.add_option("--html", run->html_file, "Write a page with plots to FILE")->type_name("FILE");
  verb.add_option("--timeout", run->timeout, "Stop after TIME, with status 124")->type_name("TIME");
  verb.add_flag("-q,--quiet", run->quiet, "No notes on stderr, only errors");
}

}  // namespace septet::cli
