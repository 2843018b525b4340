"""What the figures were measured on."""
import os
import platform
import subprocess


def describe(threads):
    """A dictionary for results.json."""
    return {"processor": _processor(), "cores": os.cpu_count(), "threads": threads, "memory_bytes": _memory(),
            "system": f"{platform.system()} {platform.release()}",
            "dotnet": _line(["dotnet", "--version"]), "vectors": _vectors()}


def _processor():
    return _field("/proc/cpuinfo", "model name") or platform.processor() or platform.machine()


def _memory():
    kilobytes = _field("/proc/meminfo", "MemTotal")
    return 1024 * int(kilobytes.split()[0]) if kilobytes else None


def _vectors():
    flags = (_field("/proc/cpuinfo", "flags") or "").split()
    return [name for name in ("avx2", "avx_vnni", "avx512f", "avx512bw", "avx512_vbmi", "avx512_vnni") if name in flags]


def _field(path, name):
    try:
        with open(path, encoding="utf-8") as file:
            return next((line.partition(":")[2].strip() for line in file if line.startswith(name)), None)
    except OSError:
        return None


def _line(command):
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    except OSError:
        return None
