"""Runs a program and tells what it took: time, time of processors, private memory, and how busy the machine was beside it."""
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time

TICKS = os.sysconf("SC_CLK_TCK")
CORES = os.cpu_count()
SAMPLE_SECONDS = 0.02


class Failed(Exception):
    """A program ended with another status than 0."""


def run(command, environment=None, kill_after=None):
    """Runs it to its end, or kills it after a number of seconds; gives a dictionary.

    Peak memory is what the process holds for itself alone (RssAnon and RssShmem of /proc/PID/status, sampled), without
    pages of files that are mapped. `others` is the share of all cores that everything else used meanwhile, hypervisor
    included: the noise of the machine.
    """
    before = _jiffies()
    with tempfile.TemporaryFile() as errors, tempfile.TemporaryFile() as output:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=errors,
                                   env={**os.environ, **(environment or {})})
        peak = _Peak(process.pid)
        killer = threading.Timer(kill_after, process.kill) if kill_after else None
        if killer:
            killer.start()
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except KeyboardInterrupt:
            process.kill()
            raise
        finally:
            if killer:
                killer.cancel()
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        memory = peak.stop()
        output.seek(0)
        text = output.read().decode("utf-8", "replace")
        errors.seek(0)
        error = errors.read().decode("utf-8", "replace")
    was_killed = kill_after is not None and process.returncode == -signal.SIGKILL
    if process.returncode != 0 and not was_killed:
        raise Failed(f"{' '.join(command)}\nended with status {process.returncode}\n{error[-2000:]}{text[-500:]}")
    processor = usage.ru_utime + usage.ru_stime
    busy = (_jiffies() - before) / TICKS
    return {"seconds": seconds, "processor_seconds": processor, "private_bytes": memory, "killed": was_killed,
            "others": max(0.0, busy - processor) / (seconds * CORES), "output": text, "errors": error}


def first_output(command):
    """Seconds from the start of a program to the first byte that it writes; it is read to its end."""
    start = time.perf_counter()
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        first = process.stdout.read(1)
        seconds = time.perf_counter() - start
        process.stdout.read()
    if process.returncode != 0 or not first:
        raise Failed(f"{' '.join(command)}\nended with status {process.returncode}, or wrote nothing")
    return seconds


def say(text):
    """A line about what is going on, on standard error."""
    print(text, file=sys.stderr, flush=True)


class _Peak:
    """The most private memory that a process was seen with."""

    def __init__(self, pid):
        self._pid = pid
        self._bytes = 0
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self):
        self._ended.set()
        self._thread.join()
        return self._bytes

    def _watch(self):
        while not self._ended.wait(SAMPLE_SECONDS):
            self._bytes = max(self._bytes, private_bytes(self._pid))


def private_bytes(pid):
    """RssAnon + RssShmem of a process, 0 where it is gone."""
    try:
        with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
            return sum(1024 * int(line.split()[1]) for line in file if line.startswith(("RssAnon:", "RssShmem:")))
    except OSError:
        return 0


def _jiffies():
    # user, nice, system, irq, softirq and steal; idle and iowait are left out.
    with open("/proc/stat", encoding="ascii") as file:
        fields = [int(field) for field in file.readline().split()[1:9]]
    return sum(fields) - fields[3] - fields[4]
