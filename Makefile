# SPDX-License-Identifier: Apache-2.0
# The commands of everyday. Each installs what it needs, and does only what is not done yet.

.DEFAULT_GOAL := help
SHELL := bash
PREFIX ?= /usr/local
export PATH := $(CURDIR)/.venv/bin:$(PATH)

# Tested with g++ 12; a newer g++ where that is the distribution's own.
ifeq ($(origin CXX),default)
export CXX = $(shell command -v g++-12 || command -v g++)
endif

.PHONY: help demo build test bench gpu-test install format

help: ## Show these commands
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1@\2/p' $(MAKEFILE_LIST) | column -t -s @

demo: build .venv/.demo ## Train on four slices, real or simulated, and show the tables and a report
	examples/01_digits/sweep.sh
	@echo; echo "The same as one sweep, with more to try:"
	examples/02_digits_sweep/sweep.sh
	@echo; echo "One training on four slices, its gradients summed by septet.Communicator:"
	examples/04_data_parallel/run.sh

build: build/.installed-minimal ## Build the program: build/bin/septet
	@[ -f build/build.ninja ] || cmake --preset release
	@cmake --build --preset release

test: build/.installed .venv/.tests ## Build and pass every test that needs no GPU
	scripts/test

bench: build/.installed ## Measure, print tables and write JSON to build/bench/results
	scripts/bench

gpu-test: build/.installed-minimal ## The tests that need an NVIDIA GPU
	scripts/gpu-test

install: build ## Install to PREFIX (default /usr/local)
	cmake --install build --prefix $(PREFIX)

format: build/.installed ## Format all sources
	git ls-files '*.hpp' '*.cpp' | xargs clang-format-19 -i

build/.installed build/.installed-minimal: scripts/install-dependencies
	scripts/install-dependencies $(if $(findstring minimal,$@),--minimal)
	@mkdir -p $(@D) && touch $@

.venv/.tests: tests/requirements.txt tests/requirements-no-deps.txt
.venv/.demo: examples/requirements.txt
.venv/.tests .venv/.demo: | build/.installed-minimal
	@[ -x .venv/bin/pip ] || python3 -m venv .venv
	.venv/bin/pip install --quiet --disable-pip-version-check -r $<
	$(if $(filter %.tests,$@),.venv/bin/pip install --quiet --disable-pip-version-check --no-deps -r tests/requirements-no-deps.txt)
	@touch $@
