"""The folder where everything is made that comparisons need: checkpoints, files of the rival, images. What is there is used again."""
import hashlib
import os
import re
import shutil
import subprocess
import sys

import processes
from processes import Failed, say

HERE = os.path.dirname(os.path.abspath(__file__))
REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
CONVERTER = os.path.join(REPOSITORY, "tests", "Benchmarks", "llama-cpp", "convert_f16.py")
GENERATOR = os.path.join(REPOSITORY, "tests", "Benchmarks", "Checkpoints")

# A size's configuration, and what its program is compiled for.
SHAPES = {"1.1b": "tinyllama-1.1b.json", "7b": "llama2-7b.json"}
TARGET = "u280"
MAX_LENGTH = "1024"

# llama-quantize has no name for a file whose matrices are all of this type.
BY_TENSOR = {"MXFP4": ("--tensor-type", r"attn_.*=mxfp4", "--tensor-type", r"ffn_.*=mxfp4", "Q8_0")}


class Workplace:
    """Paths, and how what belongs there is made."""

    def __init__(self, folder, flightc=None, rival=None, threads=None, gguf_py=None):
        self.folder = os.path.abspath(folder)
        self.threads = threads or os.cpu_count()
        self.flightc = os.path.abspath(flightc or os.path.join(REPOSITORY, "src", "Cli", "bin", "Release", "net10.0", "flightc"))
        self._rival = os.path.abspath(rival) if rival else None
        self._gguf_py = gguf_py
        os.makedirs(self.folder, exist_ok=True)

    def at(self, name):
        """A path in the folder."""
        return os.path.join(self.folder, name)

    def program(self, name):
        """A program of llama.cpp."""
        if self._rival is None:
            raise Failed("this needs llama.cpp: give --rival, the folder of its programs, or set LLAMA_CPP to its source tree")
        path = os.path.join(self._rival, name)
        if not os.path.exists(path):
            raise Failed(f"{path} is not there: README.md says how llama.cpp is built")
        return path

    def checkpoint(self, size, layers=None):
        """A random BF16 checkpoint of a shape, or of its first layers."""
        folder = self.at(size if layers is None else f"{size}-{layers}-layers")
        if not os.path.exists(os.path.join(folder, "config.json")):
            say(f"making {folder}")
            shape = os.path.join(REPOSITORY, "samples", "shapes", SHAPES[size])
            self._run(self._generator(), shape, folder, "--type", "bf16", *(["--layers", str(layers)] if layers else []))
        return folder

    def gguf(self, size, kind):
        """A file of the rival, converted or quantised from the same checkpoint."""
        path = self.at(f"{size}-{kind}.gguf")
        if os.path.exists(path):
            return path
        partial = path + ".partial"
        if kind == "F16":
            checkpoint = self.checkpoint(size)
            say(f"making {path}")
            self._run(sys.executable, CONVERTER, checkpoint, partial, environment=self._gguf_path())
        else:
            source = self.gguf(size, "F16")
            say(f"making {path}")
            *extra, name = BY_TENSOR.get(kind, (kind,))
            self._run(self.program("llama-quantize"), "--allow-requantize", *extra, source, partial, name, str(self.threads))
        os.replace(partial, path)
        return path

    def recipe(self, name):
        """The path of a recipe that lies here, or a name that flightc knows."""
        path = os.path.join(HERE, f"{name}.yaml")
        return path if os.path.exists(path) else name

    def compile_command(self, checkpoint, recipe, image, *extra):
        """What compiles an image."""
        return [self.flightc, "compile", checkpoint, "-t", TARGET, "-r", self.recipe(recipe), "--max-length", MAX_LENGTH,
                "-o", image, "-j", str(self.threads), *extra]

    def image(self, size, recipe):
        """A compiled image; made again where flightc is newer."""
        path = self.at(f"{size}-{recipe}.flight")
        if not os.path.exists(path) or os.path.getmtime(path) < self._age_of_flightc():
            checkpoint = self.checkpoint(size)
            say(f"making {path}")
            self._run(*self.compile_command(checkpoint, recipe, path, "-q"))
        return path

    def version_of_rival(self):
        """Its commit, as its own tool says."""
        done = subprocess.run([self.program("llama-bench"), "--version"], capture_output=True, text=True, check=False)
        found = re.search(r"version: *(.+)", done.stdout + done.stderr)
        return found.group(1) if found else "not told"

    def remove(self, *paths):
        """Files or folders of this workplace; what is reached by a link stays."""
        for path in paths:
            if os.path.islink(path) or not os.path.realpath(path).startswith(os.path.realpath(self.folder) + os.sep):
                continue
            if os.path.isdir(path):
                shutil.rmtree(path)
            elif os.path.exists(path):
                os.remove(path)

    def _generator(self):
        program = os.path.join(GENERATOR, "bin", "Release", "net10.0", "Flightc.Checkpoints")
        if not os.path.exists(program):
            self._run("dotnet", "build", "-c", "Release", "-v", "q", GENERATOR)
        return program

    def _gguf_path(self):
        return {"PYTHONPATH": os.pathsep.join(filter(None, [self._gguf_py, os.environ.get("PYTHONPATH")]))}

    def _age_of_flightc(self):
        if not os.path.exists(self.flightc):
            raise Failed(f"{self.flightc} is not there: build it with 'dotnet build -c Release src/Cli', or give --flightc")
        folder = os.path.dirname(os.path.realpath(self.flightc))
        return max(os.path.getmtime(os.path.join(folder, name)) for name in os.listdir(folder) if name.endswith(".dll"))

    def _run(self, *command, environment=None):
        processes.run(list(command), environment)


def digest(path):
    """SHA-256 of a file."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() if hasattr(hashlib, "file_digest") else _digest(file)


def _digest(file):
    # Python before 3.11.
    state = hashlib.sha256()
    while piece := file.read(1 << 22):
        state.update(piece)
    return state.hexdigest()
