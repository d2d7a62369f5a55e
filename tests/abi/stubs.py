#!/usr/bin/env python3
"""Writes a C file that defines every function of tests/conformance/abi.json, empty, as the header declares it.

Compiled with debug information it shows abidw and abidiff all that a program is compiled with: the library itself is
written in Rust, and its debug information names Rust's types.
"""

import json
import sys

abi = json.load(open(sys.argv[1], encoding="utf-8"))
print('#include "primer.h"')
for function in abi["functions"]:
    arguments = ", ".join(f"{a['type']} {a['name']}" for a in function["arguments"])
    uses = "".join(f" (void){a['name']};" for a in function["arguments"])
    returns = function["returns"]
    value = "" if returns == "void" else f" static {returns.removeprefix('const ') if not returns.endswith('*') else returns} nothing; return nothing;"
    print(f"{returns} {function['name']}({arguments or 'void'}) {{{uses}{value} }}")
