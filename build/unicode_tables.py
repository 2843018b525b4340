#!/usr/bin/env python3
"""Writes src/Frontend/Tokenizers/Normalizers/CanonicalData.cs from this interpreter's Unicode character database.

Usage: python3 build/unicode_tables.py > src/Frontend/Tokenizers/Normalizers/CanonicalData.cs
"""
import sys
import unicodedata as ucd

HANGUL = range(0xAC00, 0xAC00 + 11172)  # composed by arithmetic


def points():
    return (p for p in range(sys.maxunicode + 1) if not 0xD800 <= p < 0xE000 and p not in HANGUL)


def classes():
    """(first, last, combining class) for runs of equal class other than 0."""
    runs = []
    for p in points():
        c = ucd.combining(chr(p))
        if c == 0:
            continue
        if runs and runs[-1][1] == p - 1 and runs[-1][2] == c:
            runs[-1][1] = p
        else:
            runs.append([p, p, c])
    return [v for run in runs for v in run]


def decompositions():
    """(character, first, second) of one step; second is 0 for singletons."""
    rows = []
    for p in points():
        mapping = ucd.decomposition(chr(p))
        if not mapping or mapping.startswith("<"):
            continue
        parts = [int(x, 16) for x in mapping.split()]
        assert len(parts) in (1, 2)
        rows += [p, parts[0], parts[1] if len(parts) == 2 else 0]
    return rows


def excluded():
    """Characters with a decomposition in two that composition never makes again."""
    rows = []
    for p in points():
        mapping = ucd.decomposition(chr(p))
        if mapping and not mapping.startswith("<") and " " in mapping and ucd.normalize("NFC", chr(p)) != chr(p):
            rows.append(p)
    return rows


def table(name, summary, values, per_line):
    lines = [f"    /// <summary>{summary}</summary>", f"    public static ReadOnlySpan<int> {name} =>", "    ["]
    for i in range(0, len(values), per_line):
        lines.append("        " + " ".join(f"0x{v:X}," for v in values[i : i + per_line]))
    return "\n".join(lines + ["    ];"])


def main():
    print("// Written by build/unicode_tables.py.\n\nnamespace Flightc.Tokenizers;\n")
    print(f"/// <summary>Canonical decomposition, composition and ordering of Unicode {ucd.unidata_version}, Hangul syllables apart.</summary>")
    print("internal static class CanonicalData\n{")
    print("\n\n".join([
        table("Classes", "Runs (first, last, canonical combining class), ascending; everything else has class 0.", classes(), 12),
        table("Decompositions", "(character, first, second) of a single step, ascending; second is 0 where the character becomes one other.", decompositions(), 12),
        table("Excluded", "Characters with two-part decompositions that composition does not make again, ascending.", excluded(), 12),
    ]))
    print("}")


if __name__ == "__main__":
    main()
