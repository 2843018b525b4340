#!/usr/bin/env python3
"""Compares flightc with rivals as whole processes, in turns, on this machine.

    compare.py --work FOLDER --rival LLAMA-CPP-BUILD/bin [--parts decode,prefill,...] [--sizes 1.1b,7b] [--page docs/performance.md]

What is measured is kept in FOLDER/results.json, part by part and size by size: a part that is there is not measured again
unless --again names it. --page writes the tables of what there is between the markers of a page. README.md has the rest.
"""
import argparse
import json
import os
import sys

import compiling
import machine
import page
import speed
import startup
from processes import Failed, say
from workplace import SHAPES, Workplace

# By size, in the order in which they are measured; start-up has no size.
PARTS = {
    "decode": speed.decode, "prefill": speed.prefill, "compile": compiling.compile_, "scaling": compiling.scaling,
    "gptq": compiling.gptq, "cache": compiling.cache,
}


def main(arguments=None):
    options = parse(arguments)
    work = Workplace(options.work, options.flightc, options.rival, options.threads, options.gguf_py)
    path = work.at("results.json")
    results = read(path)
    failed = False
    for part in options.parts:
        for size in options.sizes if part in PARTS else ["all"]:
            if size in results.get(part, {}) and part not in options.again:
                say(f"{part} {size}: kept from before")
                continue
            try:
                measured = measure(work, part, size, options)
            except Failed as error:
                say(f"error: {part} {size}: {error}")
                failed = True
                continue
            results["machine"] = machine.describe(work.threads)
            results.setdefault("rival", rival_of(work))
            results.setdefault(part, {})[size] = measured
            write(path, json.dumps(results, indent=1) + "\n")
    if options.page:
        page.fill(options.page, results)
    print(page.text(results), end="")
    return 1 if failed else 0


def measure(work, part, size, options):
    if part == "startup":
        return startup.startup(work, options.runs)
    extra = {"prefill": options.types, "gptq": options.calibrate_options}.get(part)
    return PARTS[part](work, size, options.runs, extra)


def rival_of(work):
    try:
        return work.version_of_rival()
    except Failed:
        return None


def parse(arguments):
    parser = argparse.ArgumentParser(description="Compares flightc with rivals on this machine.")
    parser.add_argument("--work", required=True, help="a folder for everything that is made; what is there is used again")
    parser.add_argument("--flightc", help="the program; the repository's Release build where it is left out")
    parser.add_argument("--rival", help="the folder of llama.cpp's programs; LLAMA_CPP/build/bin where it is left out")
    parser.add_argument("--gguf-py", help="llama.cpp's Python package; LLAMA_CPP/gguf-py where it is left out")
    parser.add_argument("--parts", type=names([*PARTS, "startup"]), default=[], help=f"of {', '.join([*PARTS, 'startup'])}; none writes the tables only")
    parser.add_argument("--sizes", type=names(list(SHAPES)), default=["1.1b"], help=f"of {', '.join(SHAPES)}")
    parser.add_argument("--again", type=names([*PARTS, "startup"]), default=[], help="parts to measure again")
    parser.add_argument("--types", type=lambda text: text.split(","), help="types of llama.cpp for prefill, in place of those of the size")
    parser.add_argument("--runs", type=int, default=5, help="rounds of everything, at least 5 for figures that are told")
    parser.add_argument("--threads", type=int, help="of both; all cores where it is left out")
    parser.add_argument("--calibrate-options", type=str.split, default=[], help="more options of 'flightc calibrate', as one text")
    parser.add_argument("--page", help="a page whose markers are filled")
    options = parser.parse_args(arguments)
    source = os.environ.get("LLAMA_CPP")
    if source:
        options.rival = options.rival or os.path.join(source, "build", "bin")
        options.gguf_py = options.gguf_py or os.path.join(source, "gguf-py")
    if options.runs < 1:
        parser.error("--runs is at least 1")
    return options


def names(known):
    def read_names(text):
        found = text.split(",")
        unknown = [name for name in found if name not in known]
        if unknown:
            raise argparse.ArgumentTypeError(f"'{unknown[0]}' is none of {', '.join(known)}")
        return found
    return read_names


def read(path):
    if not os.path.exists(path):
        return {}
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def write(path, text):
    with open(path + ".partial", "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(path + ".partial", path)


if __name__ == "__main__":
    sys.exit(main())
