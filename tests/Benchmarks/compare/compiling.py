"""Compiling: beside the rival's quantisation, against the number of layers, with a cache, and with GPTQ."""
import json
import os
import random

import figures
import processes
from processes import say
from workplace import digest

LAYERS = {"1.1b": [1, 4, 11, 22], "7b": [1, 4, 16, 32]}
WHOLE = {"1.1b": 22, "7b": 32}

# How many layers GPTQ is measured on: the whole small model, some of the large one.
GPTQ_LAYERS = {"1.1b": None, "7b": 2}
WINDOWS = 128
WINDOW = 512
VOCABULARY = 32000


def compile_(work, size, runs, _):
    """BF16 shards to an image, in turns with F16 GGUF to Q4_0; every matrix of both in four bits."""
    checkpoint, source = work.checkpoint(size), work.gguf(size, "F16")
    image, target = work.at("compile.flight"), work.at("compile.gguf")
    ours, theirs = [], []
    for turn in range(runs):
        say(f"compile {size}: round {turn + 1} of {runs}")
        ours.append(_fresh(work, image, work.compile_command(checkpoint, "rtn4", image, "-q")))
        ours[-1]["bytes"] = os.path.getsize(image)
        work.remove(image)
        theirs.append(_fresh(work, target, [work.program("llama-quantize"), "--pure", source, target, "Q4_0", str(work.threads)]))
        theirs[-1]["bytes"] = os.path.getsize(target)
        work.remove(target)
    return {"runs": runs, "ours": _told(ours), "rival": _told(theirs), "input_bytes": [_size(checkpoint), _size(source)],
            "ratio": figures.ratio([one["seconds"] for one in theirs], [one["seconds"] for one in ours])}


def scaling(work, size, runs, _):
    """Time and private memory against the number of layers."""
    points = []
    for layers in LAYERS[size]:
        whole = layers == WHOLE[size]
        checkpoint = work.checkpoint(size, None if whole else layers)
        image = work.at("scaling.flight")
        measured = []
        for turn in range(runs):
            say(f"scaling {size}: {layers} layers, round {turn + 1} of {runs}")
            measured.append(_fresh(work, image, work.compile_command(checkpoint, "rtn4", image, "-q")))
            measured[-1]["bytes"] = os.path.getsize(image)
        work.remove(image)
        points.append({"layers": layers, "input_bytes": _size(checkpoint), **_told(measured)})
        if not whole:
            work.remove(checkpoint)
    intercept, slope, determination = figures.line([p["layers"] for p in points], [p["seconds"]["median"] for p in points])
    return {"runs": runs, "points": points, "line": {"seconds": intercept, "seconds_per_layer": slope, "r2": determination}}


def cache(work, size, runs, _):
    """A first and a second compile, and one after an entry was damaged."""
    checkpoint, folder, image = work.checkpoint(size), work.at("cache"), work.at("cache.flight")
    recipe, extra = "rtn4", []
    stats = work.at(f"{size}.stats")
    if os.path.exists(stats) and GPTQ_LAYERS[size] is None:
        recipe, extra = "gptq3.5", ["--calibration", stats]
    command = work.compile_command(checkpoint, recipe, image, "-q", "--cache", folder, *extra)
    first, second = [], []
    # Compiling with GPTQ takes minutes: it is made once.
    for turn in range(runs if recipe == "rtn4" else 1):
        say(f"cache {size}: {recipe}, first compile, round {turn + 1}")
        work.remove(folder)
        first.append(_fresh(work, image, command))
    expected = digest(image)
    same = True
    for turn in range(runs):
        say(f"cache {size}: {recipe}, second compile, round {turn + 1} of {runs}")
        second.append(_fresh(work, image, command))
        same &= digest(image) == expected
    damaged = _damage(folder)
    rebuilt = _fresh(work, image, [part for part in command if part != "-q"])
    result = {"recipe": recipe, "first": _told(first), "second": _told(second), "same_bytes": same, "cache_bytes": _size(folder),
              "ratio": figures.summary([figures.summary([one["seconds"] for one in first])["median"] / one["seconds"] for one in second]),
              "after_damage": {"entry_bytes": damaged, "seconds": rebuilt["seconds"], "same_bytes": digest(image) == expected,
                               "warned": "warning" in rebuilt["errors"]}}
    work.remove(folder, image)
    return result


def gptq(work, size, _, options):
    """Calibration and a compile with GPTQ; where it is short enough also killed and resumed."""
    layers = GPTQ_LAYERS[size]
    checkpoint = work.checkpoint(size, layers)
    text = _text(work)
    name = size if layers is None else f"{size}-{layers}-layers"
    stats, image = work.at(f"{name}.stats"), work.at(f"{name}-gptq3.5.flight")

    def calibrate(output):
        return [work.flightc, "calibrate", checkpoint, "--text", text, "--samples", str(WINDOWS), "--length", str(WINDOW), "-o", output,
                "-j", str(work.threads), "-q", *options]

    say(f"gptq {name}: calibrating")
    calibrated = _fresh(work, stats, calibrate(stats))
    say(f"gptq {name}: compiling")
    compiled = _fresh(work, image, work.compile_command(checkpoint, "gptq3.5", image, "--calibration", stats, "-q"))
    result = {"layers": layers or WHOLE[size], "of": WHOLE[size], "windows": WINDOWS, "window": WINDOW, "calibrate": _told([calibrated]),
              "compile": _told([compiled]), "stats_bytes": os.path.getsize(stats), "image_bytes": os.path.getsize(image)}
    if layers is not None:
        result["resumed"] = _resume(work, name, calibrate, calibrated, stats, checkpoint, compiled, image)
        work.remove(stats, image)
    return result


def _resume(work, name, calibrate, calibrated, stats, checkpoint, compiled, image):
    """The same again, killed in the middle of each half and given again: are the bytes the same?"""
    other, folder, second = work.at(f"{name}-resumed.stats"), work.at("resume-cache"), work.at(f"{name}-resumed.flight")
    work.remove(other, other + ".work", folder)
    say(f"gptq {name}: calibrating, killed and resumed")
    killed = [processes.run(calibrate(other), kill_after=share * calibrated["seconds"])["killed"] for share in (0.4, 0.3)]
    processes.run(calibrate(other))
    say(f"gptq {name}: compiling, killed and resumed")
    command = work.compile_command(checkpoint, "gptq3.5", second, "--calibration", other, "-q", "--cache", folder)
    killed.append(processes.run(command, kill_after=0.5 * compiled["seconds"])["killed"])
    processes.run(command)
    same = digest(other) == digest(stats) and digest(second) == digest(image)
    work.remove(other, folder, second)
    return {"kills": sum(killed), "same_bytes": same}


def _text(work):
    """Seeded records of random ids: for random weights any text is as good as another."""
    path = work.at("calibration.jsonl")
    if not os.path.exists(path):
        numbers = random.Random(1)
        with open(path + ".partial", "w", encoding="ascii") as file:
            for _ in range(WINDOWS):
                file.write(json.dumps({"ids": [numbers.randrange(VOCABULARY) for _ in range(WINDOW)]}) + "\n")
        os.replace(path + ".partial", path)
    return path


def _damage(folder):
    """Flips a byte in the middle of the largest file; gives its size."""
    files = [os.path.join(root, name) for root, _, names in os.walk(folder) for name in names]
    largest = max(files, key=lambda path: (os.path.getsize(path), path))
    size = os.path.getsize(largest)
    with open(largest, "r+b") as file:
        file.seek(size // 2)
        byte = file.read(1)[0]
        file.seek(size // 2)
        file.write(bytes([byte ^ 0x10]))
    return size


def _fresh(work, output, command):
    work.remove(output)
    return processes.run(command)


def _told(measured):
    told = {key: figures.summary([one[key] for one in measured]) for key in ("seconds", "processor_seconds", "private_bytes")}
    told["others"] = max(one["others"] for one in measured)
    if "bytes" in measured[0]:
        told["bytes"] = measured[0]["bytes"]
    return told


def _size(path):
    if os.path.isfile(path):
        return os.path.getsize(path)
    return sum(os.path.getsize(os.path.join(root, name)) for root, _, names in os.walk(path, followlinks=True) for name in names)
