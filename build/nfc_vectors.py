#!/usr/bin/env python3
"""Writes tests/Frontend.Tests/Tokenizers/canonical-forms.txt: source; NFC; NFD, as code points, from this interpreter.

Usage: python3 build/nfc_vectors.py > tests/Frontend.Tests/Tokenizers/canonical-forms.txt
"""
import random
import sys
import unicodedata as ucd


def spell(text):
    return " ".join(f"{ord(c):X}" for c in text)


def main():
    rng = random.Random(20)
    decomposable = [
        p for p in range(sys.maxunicode + 1)
        if ucd.decomposition(chr(p)) and not ucd.decomposition(chr(p)).startswith("<")
    ]
    marks = [p for p in range(sys.maxunicode + 1) if ucd.combining(chr(p))]
    hangul = [0xAC00, 0xAC01, 0xAC1B, 0xAC1C, 0xD788, 0xD7A2, 0xD7A3] + [rng.randrange(0xAC00, 0xD7A4) for _ in range(40)]
    sources = [chr(p) for p in decomposable + hangul]
    sources += [ucd.normalize("NFD", chr(p)) for p in hangul]
    # Jamo that must not compose: TBase itself, old vowels and trails, a syllable with a trail and another one.
    sources += ["\u1100\u1161\u11A7", "\u1100\u1176", "\u1113\u1161", "\uAC01\u11A8", "\u1100\u1100\u1161", "\uAC00\u0301\u11A8"]
    # Blocking, reordering, exclusions and marks at the start.
    sources += ["a\u0323\u0302", "a\u0302\u0323", "a\u0300\u0300", "\u0300a", "\u0958", "\u0915\u093C", "\u0344", "\u2ADC",
                "q\u0307\u0323", "\u1E0B\u0323", "a\u0315\u0300\u05AE\u0300b", "\U0001D15E\u0301", "\u0CC6\u0CC2\u0CD5"]
    bases = [ord(c) for c in "aeiouyAEIOUnsSdlLq1 "] + [0x3B1, 0x3C9, 0x415, 0x915, 0x9C7, 0xDD9, 0x1025, 0x3046, 0x30CF, 0x11099, 0x1D157]
    for _ in range(1500):
        length = rng.randrange(1, 7)
        pool = rng.choice([[0x300, 0x301, 0x302, 0x323, 0x327, 0x328, 0x345, 0x308, 0x304, 0x331, 0x3099], marks])
        sources.append("".join(chr(rng.choice(pool if rng.random() < 0.6 else bases)) for _ in range(length)))
    print(f"# source; NFC; NFD. Unicode {ucd.unidata_version}. Written by build/nfc_vectors.py.")
    for source in sources:
        print(f"{spell(source)}; {spell(ucd.normalize('NFC', source))}; {spell(ucd.normalize('NFD', source))}")


if __name__ == "__main__":
    main()
