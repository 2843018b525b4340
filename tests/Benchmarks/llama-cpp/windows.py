"""The windows of a text, cut as `flightc eval` cuts them."""
import json


def cut(ids, window):
    """Windows one after another; what is left of a record is one too, unless it is a single token."""
    for start in range(0, len(ids) - 1, window):
        yield ids[start:start + window]


def lines_of(text, window):
    """Every window of a .jsonl with ids as a line: record, number in the record, ids."""
    with open(text, encoding="utf-8") as file:
        for record, line in enumerate(line for line in file if line.strip()):
            for number, ids in enumerate(cut(json.loads(line)["ids"], window)):
                yield " ".join(map(str, [record, number] + ids)) + "\n"
