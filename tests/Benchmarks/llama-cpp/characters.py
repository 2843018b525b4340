#!/usr/bin/env python3
"""Writes a text as records of ids, for models whose tokens are single characters.

    characters.py MODEL-FOLDER TEXT.txt TOKENS OUTPUT.jsonl

Every record has TOKENS ids (the last one what is left): errors are estimated from records, so a text is cut into many.
"""
import json
import os
import sys


def records(text, vocabulary, tokens):
    ids = [vocabulary[character] for character in text]
    for start in range(0, len(ids), tokens):
        yield ids[start:start + tokens]


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit("usage: characters.py MODEL-FOLDER TEXT.txt TOKENS OUTPUT.jsonl")
    with open(os.path.join(sys.argv[1], "tokenizer.json"), encoding="utf-8") as file:
        table = json.load(file)["model"]["vocab"]
    with open(sys.argv[2], encoding="utf-8", newline="") as source, open(sys.argv[4], "w", encoding="ascii") as target:
        for record in records(source.read(), table, int(sys.argv[3])):
            target.write(json.dumps({"ids": record}) + "\n")
