"""Checks that every public symbol is documented, and that the symbols which documentation speaks of are there.

usage: check_documented.py Primer.symbols.json PAGE...

The graph is what `swift package dump-symbol-graph` writes; pages are those of the DocC catalogue.
"""

import json
import re
import sys


def links(text):
    return re.findall(r"(?<!`)``([^`\n]+)``(?!`)", text)


def resolves(reference, path, paths):
    """Whether a link, as in ``Status/io``, leads from a symbol to one of its members, siblings or any type's member."""
    return any("/".join(path[:depth] + [reference]) in paths for depth in range(len(path) + 1))


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        symbols = json.load(file)["symbols"]
    paths = {"/".join(symbol["pathComponents"]) for symbol in symbols}
    faults = []
    for symbol in symbols:
        path = symbol["pathComponents"]
        name = "/".join(path)
        if "docComment" not in symbol:
            faults.append(f"{name} is not documented")
            continue
        text = "\n".join(line["text"] for line in symbol["docComment"]["lines"])
        for reference in links(text):
            if not resolves(reference, path, paths):
                faults.append(f"{name} speaks of {reference}, which is not there")
    for page in sys.argv[2:]:
        with open(page, encoding="utf-8") as file:
            # The module itself is no symbol.
            for reference in set(links(file.read())) - {"Primer"}:
                if reference not in paths:
                    faults.append(f"{page} speaks of {reference}, which is not there")
    if len(symbols) < 200:
        faults.append(f"only {len(symbols)} symbols: the graph is not whole")
    for fault in faults:
        print(fault, file=sys.stderr)
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
