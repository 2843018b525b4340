"""Tokens per second: the emulator by `flightc bench`, llama.cpp by `llama-bench`, in turns."""
import json
import os

import figures
import processes
from processes import say

PROMPT = 128
TOKENS = 32

# In one process each is measured this often; the median of them is one figure of a round.
REPETITIONS = 3

# Images of ours, and the types of the rival that stand beside them in decoding.
DECODE = {"1.1b": {"rtn4": ["Q4_0"], "rtn3.5": ["Q3_K_M"]}, "7b": {"rtn4": ["Q4_0"], "rtn3.5": ["Q3_K_M"]}}

# Types for prompts: at the smaller size all that matter, at the larger those that were fastest there.
PREFILL = {
    "1.1b": ["Q4_0", "IQ4_NL", "MXFP4", "BF16", "F16", "Q8_0", "Q4_K_M", "Q4_K_S", "Q5_K_M", "Q6_K", "Q3_K_M", "Q2_K"],
    "7b": ["Q4_0", "Q4_K_M"],
}


def decode(work, size, runs, _):
    """Pairs of a recipe and a type."""
    return {f"{recipe} / {kind}": _compare(work, size, recipe, [kind], runs, "decode")
            for recipe, kinds in DECODE[size].items() for kind in kinds}


def prefill(work, size, runs, types):
    """A recipe, and every type in turns with it."""
    return {recipe: _compare(work, size, recipe, types or PREFILL[size], runs, "prefill") for recipe in DECODE[size]}


def _compare(work, size, recipe, types, runs, what):
    image = work.image(size, recipe)
    files = {kind: work.gguf(size, kind) for kind in types}
    ours = []
    theirs = {kind: [] for kind in types}
    others = []
    for turn in range(runs):
        say(f"{what} {size}: {recipe}, {', '.join(types)}: round {turn + 1} of {runs}")
        ours.append(_ours(work, image, what, others))
        for kind, path in files.items():
            theirs[kind].append(_theirs(work, path, what, others))
    rates = [one[what]["tokens_per_second"]["median"] for one in ours]
    result = {
        "recipe": recipe, "tokens": PROMPT if what == "prefill" else TOKENS, "runs": runs,
        "ours": {**figures.summary(rates), "bits_per_weight": ours[0]["bits_per_weight"], "image_bytes": os.path.getsize(image)},
        "rival": {}, "others": figures.summary(others)["max"],
        "ceiling_gb_per_second": figures.summary([value for one in ours for value in one["memory_ceiling"]["gb_per_second"]["all"]]),
    }
    if what == "decode":
        result["ours"]["bytes_per_token"] = ours[0]["decode"]["bytes_per_token"]
        result["ours"]["gb_per_second"] = figures.summary([one["decode"]["gb_per_second"]["median"] for one in ours])
        result["ours"]["ceiling_share"] = figures.summary([one["decode"]["ceiling_share"]["median"] for one in ours])
        if all(one["decode"].get("kernel_share") for one in ours):
            result["ours"]["kernel_share"] = figures.summary([one["decode"]["kernel_share"]["median"] for one in ours])
    for kind, measured in theirs.items():
        values = [one["rate"] for one in measured]
        result["rival"][kind] = {
            **figures.summary(values), "bits_per_weight": 8 * measured[0]["bytes"] / measured[0]["weights"],
            "file_bytes": os.path.getsize(files[kind]), "ratio": figures.ratio(rates, values)}
    return result


def _ours(work, image, what, others):
    prompt, tokens = (PROMPT, 1) if what == "prefill" else (1, TOKENS)
    done = processes.run([work.flightc, "bench", image, "--prompt", str(prompt), "--tokens", str(tokens), "--context", "0",
                          "--runs", str(REPETITIONS), "-j", str(work.threads), "--json"])
    others.append(done["others"])
    return json.loads(done["output"])


def _theirs(work, path, what, others):
    prompt, tokens = (PROMPT, 0) if what == "prefill" else (0, TOKENS)
    done = processes.run([work.program("llama-bench"), "-m", path, "-t", str(work.threads), "-p", str(prompt), "-n", str(tokens),
                          "-r", str(REPETITIONS), "-o", "json"])
    others.append(done["others"])
    return read_bench(done["output"])


def read_bench(text):
    """Tokens per second (the median of the repetitions), bytes and weights, of what `llama-bench -o json` writes."""
    test, = json.loads(text)
    return {"rate": figures.summary(test["samples_ts"])["median"], "bytes": test["model_size"], "weights": test["model_n_params"]}
