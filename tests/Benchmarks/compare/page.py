"""The tables of docs/performance.md, of what results.json holds."""
import os
import re

import plot

MARKER = r"<!-- compare: {} -->\n.*?<!-- end -->\n"
NAMES = {"1.1b": "1.1B", "7b": "7B"}
GIGA = 1e9


def fill(path, results):
    """Rewrites what stands between the markers of a page, and the plot beside it; markers of parts that were not measured stay as they are."""
    with open(path, encoding="utf-8") as file:
        page = file.read()
    for part, table in tables(results):
        block = f"<!-- compare: {part} -->\n{table}<!-- end -->\n"
        page = re.sub(MARKER.format(part), lambda _, block=block: block, page, flags=re.DOTALL)
    _write(path, page)
    if "scaling" in results:
        _write(os.path.join(os.path.dirname(path), "scaling.svg"), scaling_plot(results["scaling"]))


def text(results):
    """All tables, one under another."""
    return "\n".join(f"## {part}\n\n{table}" for part, table in tables(results))


def tables(results):
    """(part, Markdown) of every part that was measured."""
    makers = {"machine": machine, "decode": decode, "prefill": prefill, "compile": compile_, "scaling": scaling, "cache": cache,
              "gptq": gptq, "startup": startup}
    for part, make in makers.items():
        if part in results:
            yield part, make(results if part == "machine" else results[part])


def machine(results):
    m = results["machine"]
    rival = f"; llama.cpp {results['rival']}" if results.get("rival") else ""
    return (f"{m['processor']}, {m['cores']} cores ({', '.join(m['vectors'])}), {m['memory_bytes'] / 2**30:.0f} GiB of memory, {m['system']}, "
            f".NET {m['dotnet']}; {m['threads']} threads on both sides{rival}.\n")


def decode(sizes):
    rows = []
    for size, pairs in sizes.items():
        for pair in pairs.values():
            ours = pair["ours"]
            for kind, theirs in pair["rival"].items():
                kernel = percent(ours["kernel_share"]["median"]) if "kernel_share" in ours else "–"
                rows.append([
                    NAMES[size], f"`{pair['recipe']}`", f"{ours['bits_per_weight']:.2f}", rate(ours), kind, f"{theirs['bits_per_weight']:.2f}", rate(theirs),
                    ratio(theirs["ratio"]), f"{ours['gb_per_second']['median']:.1f}", percent(ours["ceiling_share"]["median"]), kernel,
                    between(pair["ceiling_gb_per_second"], 1), percent(pair["others"])])
    return table(["model", "ours", ">bits", ">tokens/s", "llama.cpp", ">bits", ">tokens/s", ">ratio", ">GB/s of ours", ">of the ceiling",
                  ">of the kernel alone", ">ceiling, GB/s", ">other load"], rows)


def prefill(sizes):
    rows = []
    for size, recipes in sizes.items():
        for recipe in recipes.values():
            for kind, theirs in sorted(recipe["rival"].items(), key=lambda item: -item[1]["median"]):
                rows.append([NAMES[size], f"`{recipe['recipe']}`", rate(recipe["ours"]), kind, f"{theirs['bits_per_weight']:.2f}", rate(theirs),
                             ratio(theirs["ratio"]), percent(recipe["others"])])
    return table(["model", "ours", ">tokens/s", "llama.cpp", ">bits", ">tokens/s", ">ratio", ">other load"], rows)


def compile_(sizes):
    rows = []
    for size, result in sizes.items():
        for name, key, source in (("flightc, `rtn4`", "ours", 0), ("llama-quantize `--pure` Q4_0", "rival", 1)):
            side = result[key]
            rows.append([NAMES[size], name, gigabytes(result["input_bytes"][source]), gigabytes(side["bytes"]), seconds(side["seconds"]),
                         f"{side['processor_seconds']['median']:.1f}", mebibytes(side["private_bytes"]["max"]),
                         ratio(result["ratio"]) if key == "ours" else "1", percent(side["others"])])
    return table(["model", "what", ">in, GB", ">out, GB", ">seconds", ">of processors", ">private memory, MiB", ">as fast as llama.cpp", ">other load"], rows)


def scaling(sizes):
    rows = [[NAMES[size], str(point["layers"]), gigabytes(point["input_bytes"]), seconds(point["seconds"]), mebibytes(point["private_bytes"]["max"]),
             percent(point["others"])] for size, result in sizes.items() for point in result["points"]]
    lines = "".join(
        f"\n{NAMES[size]}: {result['line']['seconds']:.2f} s + {result['line']['seconds_per_layer']:.3f} s for each layer, R² {result['line']['r2']:.4f}.\n"
        for size, result in sizes.items())
    return table(["model", ">layers", ">in, GB", ">seconds", ">private memory, MiB", ">other load"], rows) + lines


def scaling_plot(sizes):
    """Time, and memory, against layers."""
    times = [(NAMES[size], [(p["layers"], p["seconds"]["median"]) for p in result["points"]]) for size, result in sizes.items()]
    memory = [(NAMES[size], [(p["layers"], p["private_bytes"]["max"] / 2**20) for p in result["points"]]) for size, result in sizes.items()]
    return plot.figure([("time to compile", "layers", "seconds", times), ("most private memory", "layers", "MiB", memory)])


def cache(sizes):
    rows = []
    for size, result in sizes.items():
        damage = result["after_damage"]
        after = f"{damage['seconds']:.2f}, {'same bytes' if damage['same_bytes'] else 'OTHER BYTES'}{', warned' if damage['warned'] else ''}"
        rows.append([NAMES[size], f"`{result['recipe']}`", seconds(result["first"]["seconds"]), seconds(result["second"]["seconds"], 2), ratio(result["ratio"], 1),
                     "same" if result["same_bytes"] else "OTHER", gigabytes(result["cache_bytes"]), after])
    return table(["model", "recipe", ">first, s", ">second, s", ">faster", "bytes", ">cache, GB", "after a damaged entry, s"], rows)


def gptq(sizes):
    rows = []
    for size, result in sizes.items():
        calibrated, compiled = result["calibrate"], result["compile"]
        total = calibrated["seconds"]["median"] + compiled["seconds"]["median"]
        whole = minutes(total) if result["layers"] == result["of"] else f"{minutes(total)} × {result['of'] // result['layers']} = {minutes(total * result['of'] / result['layers'])}"
        resumed = result.get("resumed")
        rows.append([NAMES[size], f"{result['layers']} of {result['of']}", minutes(calibrated["seconds"]["median"]), minutes(compiled["seconds"]["median"]), whole,
                     mebibytes(calibrated["private_bytes"]["max"]), mebibytes(compiled["private_bytes"]["max"]),
                     "–" if resumed is None else f"{resumed['kills']} times, {'same bytes' if resumed['same_bytes'] else 'OTHER BYTES'}",
                     percent(max(calibrated["others"], compiled["others"]))])
    return table(["model", "layers", ">calibrate", ">compile", ">whole model", ">private memory, MiB", ">of compile, MiB", "killed and resumed", ">other load"], rows)


def startup(sizes):
    result = sizes["all"]
    rows = [[name, f"{1000 * result[key]['median']:.0f}", f"{1000 * result[key]['min']:.0f} to {1000 * result[key]['max']:.0f}"] for name, key in (
        ("bare .NET program that writes a line", "bare"), ("`flightc --version`", "version"), ("`flightc --help`", "help"),
        ("`flightc --help` above the bare program", "above_bare"), ("`flightc run stories.flight`, to the first token", "first_token"))]
    return table(["what", ">ms", ">of all runs"], rows) + f"\nMedians of {result['runs']} runs in turns.\n"


def table(header, rows):
    """A Markdown table; a column whose name begins with > is set to the right."""
    lines = [[name.removeprefix(">") for name in header], ["--:" if name.startswith(">") else "---" for name in header], *rows]
    return "".join(f"| {' | '.join(row)} |\n" for row in lines)


def rate(summary):
    return f"{summary['median']:.1f} ({between(summary, 1)})"


def ratio(summary, decimals=2):
    return f"**{summary['median']:.{decimals}f}** ({between(summary, decimals)})"


def seconds(summary, decimals=1):
    return f"{summary['median']:.{decimals}f} ({between(summary, decimals)})"


def between(summary, decimals):
    return f"{summary['min']:.{decimals}f} to {summary['max']:.{decimals}f}"


def percent(share):
    return f"{100 * share:.0f} %"


def gigabytes(count):
    return f"{count / GIGA:.2f}"


def mebibytes(count):
    return f"{count / 2**20:,.0f}"


def minutes(count):
    return f"{count:.0f} s" if count < 120 else f"{count / 60:.1f} min"


def _write(path, content):
    with open(path + ".partial", "w", encoding="utf-8") as file:
        file.write(content)
    os.replace(path + ".partial", path)
