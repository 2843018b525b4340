"""How long a command takes before it does anything."""
import os

import figures
import processes
from processes import say
from workplace import REPOSITORY

PROJECT = """<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup>
    <OutputType>Exe</OutputType>
    <TargetFramework>net10.0</TargetFramework>
    <InvariantGlobalization>true</InvariantGlobalization>
  </PropertyGroup>
</Project>
"""
PROGRAM = 'System.Console.WriteLine("hello");\n'

# Short runs are disturbed easily, and cost little.
TIMES = 4


def startup(work, runs):
    """`flightc --help` and `--version` beside a program that writes one line, in turns; and `run` to its first token."""
    bare = _bare(work)
    image = _sample(work)
    commands = {"bare": [bare], "version": [work.flightc, "--version"], "help": [work.flightc, "--help"]}
    times = {name: [] for name in commands}
    first = []
    for _ in range(3):
        for command in commands.values():
            processes.run(command)
    for turn in range(TIMES * runs):
        if turn % TIMES == 0:
            say(f"startup: round {turn // TIMES + 1} of {runs}")
        for name, command in commands.items():
            times[name].append(processes.run(command)["seconds"])
        first.append(processes.first_output([work.flightc, "run", image, "-p", "once upon a time", "-n", "20", "-q"]))
    return {"runs": TIMES * runs, **{name: figures.summary(values) for name, values in times.items()},
            "above_bare": figures.summary([ours - theirs for ours, theirs in zip(times["help"], times["bare"], strict=True)]),
            "first_token": figures.summary(first)}


def _bare(work):
    folder = work.at("bare")
    program = os.path.join(folder, "bin", "Release", "net10.0", "bare")
    if not os.path.exists(program):
        os.makedirs(folder, exist_ok=True)
        # Settings of folders above are not wanted here.
        for name, text in (("bare.csproj", PROJECT), ("Program.cs", PROGRAM), ("Directory.Build.props", "<Project />\n"),
                           ("Directory.Build.targets", "<Project />\n"), ("Directory.Packages.props", "<Project />\n")):
            with open(os.path.join(folder, name), "w", encoding="ascii") as file:
                file.write(text)
        processes.run(["dotnet", "build", "-c", "Release", "-v", "q", folder])
    return program


def _sample(work):
    image = work.at("stories.flight")
    processes.run([work.flightc, "compile", os.path.join(REPOSITORY, "samples", "stories"), "-t", "u280", "-r", "w4", "-o", image, "-q"])
    return image
