"""Sums of the scores that `score` writes, and what follows from them, as flightc computes it."""
import math


def read_records(path):
    """Per record [scored positions, sum of KL, of -ln q, of -ln p, agreements], by the number of the record."""
    records = {}
    with open(path, encoding="ascii") as file:
        for line in file:
            record, _, _, divergence, loss, reference_loss, same = line.split("\t")
            sums = records.setdefault(int(record), [0, 0.0, 0.0, 0.0, 0])
            for at, value in enumerate((1, float(divergence), float(loss), float(reference_loss), int(same))):
                sums[at] += value
    return records


def summarize(records):
    """The figures of `flightc eval`: means over all scored positions, standard errors clustered by record."""
    tokens, divergence, loss, reference_loss, same = (sum(column) for column in zip(*records.values()))
    delta = (loss - reference_loss) / tokens
    ratio = math.exp(delta)
    return {
        "records": len(records),
        "tokens": tokens,
        "kl_mean": divergence / tokens,
        "kl_se": standard_error([(r[0], r[1]) for r in records.values()], divergence / tokens),
        "perplexity": math.exp(loss / tokens),
        "reference_perplexity": math.exp(reference_loss / tokens),
        "perplexity_ratio": ratio,
        "perplexity_ratio_se": ratio * standard_error([(r[0], r[2] - r[3]) for r in records.values()], delta),
        "top1_agreement": same / tokens,
    }


def standard_error(clusters, mean):
    """Of the ratio sum X / sum n over clusters (n, X), by its linearised variance (Cochran, Sampling Techniques, 6)."""
    squares = sum((x - mean * n) ** 2 for n, x in clusters)
    count = len(clusters)
    return math.sqrt(count / (count - 1) * squares) / sum(n for n, _ in clusters)
