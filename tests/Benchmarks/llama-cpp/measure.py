#!/usr/bin/env python3
"""Measures llama.cpp's types on a model under the protocol of `flightc eval`.

    LLAMA_CPP=FOLDER measure.py MODEL --text TEXT.jsonl --calibration TEXT.jsonl --types Q8_0,Q4_K_M,... --output FOLDER

Converts the checkpoint, collects the importance matrix, quantises to every type, scores all of them, and writes
results.json and results.md into the output folder. README.md says how llama.cpp is built.
"""
import argparse
import json
import os
import re
import subprocess
import sys

sys.path.insert(0, os.path.join(os.environ.get("LLAMA_CPP", ""), "gguf-py"))

import convert
import gguf
import hull
import scores
import windows

HERE = os.path.dirname(os.path.abspath(__file__))
HULL_BITS = (4.5, 4.0, 3.5, 3.0)
COLUMNS = ("type", "bits per weight", "mean KL, nat", "± s.e.", "perplexity ratio", "± s.e.", "same top token")


def main():
    options = parse()
    os.makedirs(options.output, exist_ok=True)

    def at(name):
        return os.path.join(options.output, name)

    model = at("F32.gguf")
    convert.convert(options.model, model)
    with open(os.path.join(options.model, "config.json"), encoding="utf-8") as file:
        config = json.load(file)
        window = config.get("max_position_embeddings") or config["n_positions"]
    for text, path in ((options.text, "text.windows"), (options.calibration, "calibration.windows")):
        write(at(path), "".join(windows.lines_of(text, window)))

    score, importance = (build(options, name) for name in ("score", "importance"))
    threads = str(options.threads)
    head = ["--head"] if options.head else []
    run(importance, model, at("calibration.windows"), threads, at("importance.gguf"), *head)

    # The float weights stand beside the types: what is left of their KL is the cache of F16.
    rows = [("F32", model)]
    for name in options.types:
        rows.append((name, at(f"{name.replace('/', '-')}.gguf")))
        version = quantise(options, name, model, at("importance.gguf"), rows[-1][1])
    run(score, model, at("text.windows"), threads, options.output, *(path for _, path in rows))
    results = summarize(options, version, rows, window)
    write(at("results.json"), json.dumps(results, indent=1) + "\n")
    write(at("results.md"), table(results))
    print(table(results), end="")


def parse():
    parser = argparse.ArgumentParser(description="Measures llama.cpp's types under the protocol of flightc eval.")
    parser.add_argument("model", help="the folder of the checkpoint")
    parser.add_argument("--text", required=True, help="what is scored: .jsonl with ids")
    parser.add_argument("--calibration", required=True, help="what the importance matrix is made of: .jsonl with ids")
    parser.add_argument("--types", required=True, type=lambda text: text.split(","),
                        help="names of llama-quantize; NAME/pure gives every matrix that type, "
                             "NAME/head=TYPE the tied head another")
    parser.add_argument("--head", action="store_true",
                        help="importance for the tied head too, which llama-imatrix leaves out")
    parser.add_argument("--output", required=True, help="a folder for everything that is made")
    parser.add_argument("--build", help="the build folder of llama.cpp; LLAMA_CPP/build where it is left out")
    # Models this small lose more to waiting at barriers than a second thread brings, above all on a busy machine.
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    if "LLAMA_CPP" not in os.environ:
        parser.error("LLAMA_CPP names no folder: set it to the source tree of llama.cpp")
    for name in options.types:
        if not re.fullmatch(r"\w+(/pure|/head=\w+)?", name):
            parser.error(f"'{name}' is none of NAME, NAME/pure and NAME/head=TYPE")
    options.source = os.environ["LLAMA_CPP"]
    options.build = options.build or os.path.join(options.source, "build")
    return options


def build(options, name):
    program = os.path.join(options.output, name)
    libraries = os.path.join(options.build, "bin")
    run("c++", "-std=c++17", "-O2", os.path.join(HERE, f"{name}.cpp"), "-o", program,
        "-I", os.path.join(options.source, "include"), "-I", os.path.join(options.source, "ggml", "include"),
        "-L", libraries, f"-Wl,-rpath,{os.path.abspath(libraries)}", "-lllama", "-lggml", "-lggml-base")
    return os.path.abspath(program)


def quantise(options, name, model, importance, path):
    """Writes the file; gives what llama-quantize says of its version."""
    kind, _, variant = name.partition("/")
    extra = ["--pure"] if variant == "pure" else ["--token-embedding-type", variant[5:]] if variant else []
    tool = os.path.join(options.build, "bin", "llama-quantize")
    done = subprocess.run([tool, "--imatrix", importance, *extra, model, path, kind, str(options.threads)],
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"{done.stdout}error: llama-quantize refuses {name}")
    return next((line for line in done.stdout.splitlines() if line.startswith("version:")), "version: not told")


def bits_per_weight(path):
    """(bits, type -> weights) over all matrices; the tied embedding is one tensor of the file, so it counts once."""
    # Learned positions are added, not multiplied by: like norms, they do not count.
    matrices = [t for t in gguf.GGUFReader(path).tensors if len(t.shape) == 2 and t.name != "position_embd.weight"]
    kinds = {}
    for tensor in matrices:
        kinds[tensor.tensor_type.name] = kinds.get(tensor.tensor_type.name, 0) + int(tensor.n_elements)
    return 8 * sum(int(t.n_bytes) for t in matrices) / sum(kinds.values()), kinds


def summarize(options, version, rows, window):
    types = []
    for name, path in rows:
        records = scores.read_records(os.path.splitext(path)[0] + ".tsv")
        bits, kinds = bits_per_weight(path)
        types.append({
            "type": name, "bits_per_weight": bits, "weights_by_type": kinds, **scores.summarize(records),
            "per_record": {str(r): {"tokens": sums[0], "kl": sums[1], "loss": sums[2], "reference_loss": sums[3]}
                           for r, sums in sorted(records.items())},
        })
    return {
        "llama_cpp": version.removeprefix("version: "),
        "model": os.path.basename(os.path.normpath(options.model)),
        "text": os.path.basename(options.text),
        "calibration": os.path.basename(options.calibration),
        "head_importance": options.head,
        "protocol": {"window": window, "stride": window, "scored_positions": "all but the first of each window",
                     "reference": "F32 weights, F32 cache, no fused attention", "cache": "F16"},
        "types": types,
        "hull_of_types": hull_of([t for t in types[1:] if "/" not in t["type"]]),
        "hull_of_all": hull_of(types[1:]),
    }


def hull_of(types):
    # Of two types with the same point the first stands for both.
    names = {(t["bits_per_weight"], t["kl_mean"]): t["type"] for t in reversed(types)}
    line = hull.lower_hull(names)
    return {
        "types": [names[point] for point in line],
        "kl_at": {str(bits): hull.value_at(line, bits) for bits in HULL_BITS},
    }


def table(results):
    rows = [COLUMNS, tuple("---" for _ in COLUMNS)]
    for t in sorted(results["types"], key=lambda t: -t["bits_per_weight"]):
        mark = " \\*" if t["type"] in results["hull_of_types"]["types"] else ""
        mark += " †" if t["type"] in results["hull_of_all"]["types"] else ""
        kl = f"{t['kl_mean']:.5f}" if t["kl_mean"] >= 1e-5 else f"{t['kl_mean']:.1e}"
        rows.append((
            t["type"] + mark, f"{t['bits_per_weight']:.3f}", kl, f"{t['kl_se']:.1e}",
            f"{t['perplexity_ratio']:.4f}", f"{t['perplexity_ratio_se']:.4f}", f"{100 * t['top1_agreement']:.1f} %"))
    text = "".join(f"| {' | '.join(row)} |\n" for row in rows)
    first = results["types"][0]
    return (f"{results['model']}, {results['text']}: {first['records']} records, {first['tokens']} scored positions, "
            f"perplexity of the float model {first['reference_perplexity']:.6f}; llama.cpp {results['llama_cpp']}\n\n{text}\n"
            f"\\* On the hull of the types as they are, whose KL is {values(results['hull_of_types'])}.\n\n"
            f"† On the hull with variants, whose KL is {values(results['hull_of_all'])}.\n")


def values(line):
    return ", ".join((f"{kl:.5f}" if kl is not None else "not defined") + f" at {bits}" for bits, kl in line["kl_at"].items())


def run(*command):
    if subprocess.run(command, check=False).returncode != 0:
        sys.exit(f"error: {os.path.basename(command[0])} failed")


def write(path, text):
    with open(path + ".tmp", "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(path + ".tmp", path)


if __name__ == "__main__":
    main()
