using Flightc.Isa;

namespace Flightc.Schedules;

/// <summary>
/// A kind of step: its unit and its arguments. The table of all kinds is the reference of docs/schedule.md.
/// </summary>
/// <param name="Kind">The kind.</param>
/// <param name="Mnemonic">Name in text.</param>
/// <param name="Unit">The unit that executes it; null for the phase's matrix unit and for loops.</param>
/// <param name="Arguments">In the order of the text.</param>
public sealed record StepDefinition(
    StepKind Kind, string Mnemonic, Unit? Unit, IReadOnlyList<ArgumentDefinition> Arguments)
{
    /// <summary>The function of a step that caps what it is given.</summary>
    public const string CapFunction = "cap";

    /// <summary>All kinds, by <see cref="StepKind"/>.</summary>
    public static IReadOnlyList<StepDefinition> All { get; } =
    [
        New(
            StepKind.LoadIndexed, "load_indexed", Isa.Unit.Load, Table("table", "the table"),
            Write("out", "a row per token")),
        New(
            StepKind.LoadPositions, "load_positions", Isa.Unit.Load, Table("table", "the table, of cosines and sines or of learned positions"),
            Over(true), Write("out", "a row per token")),
        New(
            StepKind.LoadVector, "load_vector", Isa.Unit.Load, Table("table", "the vector"),
            Optional(Table("next", "a second vector, behind it in DDR")),
            Optional(Table("third", "a third one, as far behind the second")),
            Optional(Table("fourth", "a fourth one, as far behind the third")),
            Optional(Product()), Number("part", "number of the product's part for whose rows the vector has an element each: a core loads those of its rows", true),
            Over(true),
            Number("alternate", "blocks of 16 elements go to every other place for such a block: 1 from the first place on, 2 from the second", true),
            Write("out", "the slice, or all where there is neither product nor partition"),
            Optional(Write("nextout", "the same of the second vector, behind `out`")),
            Optional(Write("thirdout", "of the third, as far behind `nextout`")),
            Optional(Write("fourthout", "of the fourth, as far behind `thirdout`"))),
        New(
            StepKind.LoadCache, "load_cache", Isa.Unit.Load, Number("layer", "layer"),
            Word("part", "keys or values"),
            Number("all", "1 for all heads of a core at once, before the loop that uses them", true), Mask()),
        New(
            StepKind.LoadMask, "load_mask", Isa.Unit.Load, Table("table", "the masks"), Number("layer", "layer"),
            Write("out", "a row for each block of 64 queries, with a bit string per query head")),
        New(
            StepKind.Embed, "embed", Isa.Unit.Misc, Table("table", "the table"),
            Read("source", "quantised rows"), Over(true), Optional(Word("scale", "what elements are multiplied by; 1 without")),
            Write("out", "the slice, or whole rows where there is no partition, binary32")),
        New(
            StepKind.Measure, "measure", Isa.Unit.Misc,
            Optional(Word("of", "the Graph's node that the source holds")), Read("source", "binary32"),
            Over(true), Each(), Number("count", "elements of whole rows, where there is no partition", true),
            Optional(Read("weight", "what x is multiplied by")), Write("maxima", "a binary32 per token"),
            Optional(Write("sums", "sums of squares by segment")), WantedOrAll()),
        New(
            StepKind.Quantize, "quantize", Isa.Unit.Misc, Read("source", "binary32"), Over(true), Each(),
            Number("count", "elements of whole rows, where there is no partition", true),
            Optional(Read("weight", "what x is multiplied by")), Read("maxima", "a binary32 per token"),
            Optional(Read("sums", "for RMS normalisation")),
            Optional(Word("epsilon", "for RMS normalisation")), Write("codes", "whole rows of INT8"),
            Write("scales", "a binary32 per token"), WantedOrAll()),
        New(
            StepKind.Gather, "gather", Isa.Unit.Exchange, Update("region", "whole rows"), Over(),
            Each(),
            Number("per", "elements of the partition per element of the region", true), Wanted()),
        New(
            StepKind.Maximum, "maximum", Isa.Unit.Exchange, Update("region", "binary32"),
            Number("each", "numbers per token", true), Wanted()),
        New(StepKind.Sum, "sum", Isa.Unit.Exchange, Update("region", "INT64"), Number("each", "numbers per token")),
        New(
            StepKind.Linear, "linear", null, Product(), Read("codes", "whole rows of INT8"),
            Read("scales", "a binary32 per token"), Place(), Update("out", "binary32"),
            Number("add", "1 to add to what is there", true),
            Number("biased", "which parts are the Graph's values only when a `bias` has been added: 1 for part 0, 2 for part 1, 4 for part 2, summed up", true),
            Wanted()),
        New(
            StepKind.Heads, "heads", Isa.Unit.Misc, Product(), Number("part", "number of the product's part"),
            Read("source", "the product's results"), Over(),
            Optional(Read("table", "cosines and sines")), Number("rotated", "elements of a head that are turned, where it is not all", true),
            Number("cache", "form of the codes: 0 i8h, 1 i8k, 2 i4k of values, 3 i4k of keys", true), Write("codes", "whole rows of INT8"),
            Write("scales", "a binary32 per token and head")),
        New(
            StepKind.Score, "score", null, Number("layer", "layer"),
            Read("codes", "whole rows of INT8: queries, keys, values"), Read("scales", "their scales"),
            Optional(Word("factor", "what scores are multiplied by; 1/√d without")),
            Number("window", "keys that a token sees, itself included; all without", true),
            Write("out", "scores"), Write("values", "a value's scale per slot"),
            Write("maxima", "a row per KV head"), Write("valuemaxima", "a row per KV head"), Mask()),
        New(
            StepKind.Softmax, "softmax", Isa.Unit.Misc, Read("source", "scores"),
            Read("values", "a value's scale per slot"), Read("maxima", "a row per KV head"),
            Read("valuemaxima", "a row per KV head"), Optional(Word("cap", "c of the cap of scores; none without")),
            Write("out", "probabilities"), Write("sums", "INT64, a row per KV head")),
        New(
            StepKind.Value, "value", null, Number("layer", "layer"), Read("source", "probabilities"),
            Read("codes", "whole rows of INT8: queries, keys, values"), Write("out", "INT64 sums"), Mask()),
        New(
            StepKind.Output, "output", Isa.Unit.Misc, Read("source", "INT64 sums"),
            Read("sums", "INT64, a row per KV head"), Read("valuemaxima", "a row per KV head"),
            Place(), Write("out", "binary32"),
            Number("all", "1 for all heads of a core at once, of one token, behind the loop", true)),
        New(
            StepKind.Activate, "activate", Isa.Unit.Misc, Product(),
            Read("source", "the product's results: gate and up where its blocks alternate"), Place(),
            Optional(Word("function", "the activation function's name in a Graph, or `cap`; `silu` without")),
            Optional(Word("value", "c of the cap")), Write("out", "binary32"), Wanted()),
        New(
            StepKind.Add, "add", Isa.Unit.Misc, Read("source", "binary32, a row per token"), Over(true),
            Number("count", "elements of whole rows, where there is no partition", true), Update("out", "binary32")),
        New(
            StepKind.Bias, "bias", Isa.Unit.Misc, Product(),
            Number("part", "number of the product's part; all blocks of the product without", true),
            Read("source", "the vector, of which a piece of a product takes its part"), Place(), Update("out", "the product's results"), Wanted()),
        New(
            StepKind.Norm, "norm", Isa.Unit.Misc, Optional(Product()),
            Number("part", "number of the product's part, of whose heads each is normalised", true), Read("source", "binary32"),
            Number("count", "elements of whole rows, where there is no product", true), Read("weight", "binary32"),
            Optional(Read("bias", "binary32, added to the result")), Word("epsilon", "added to the mean square"),
            Number("mean", "1 to subtract the mean first", true), Write("out", "binary32"), Wanted()),
        New(
            StepKind.StoreCache, "store_cache", Isa.Unit.Store, Number("layer", "layer"),
            Word("part", "keys or values"), Read("codes", "whole rows of INT8: queries, keys, values")),
        New(
            StepKind.StoreScale, "store_scale", Isa.Unit.Store, Number("layer", "layer"),
            Word("part", "keys or values"), Read("scales", "whole rows of scales")),
        New(
            StepKind.StoreLogits, "store_logits", Isa.Unit.Store, Product(),
            Read("source", "a slice of logits"), Over()),
        New(StepKind.For, "for", null, Over("heads that a core attends with, one in an iteration"),
            Number("count", "iterations: one for each KV head, where there is no partition", true)),
        New(StepKind.End, "end", null),
        New(StepKind.Finish, "finish", Isa.Unit.System),
    ];

    /// <summary>The definition of a kind.</summary>
    public static StepDefinition Of(StepKind kind) => All[(int)kind];

    private static StepDefinition New(StepKind kind, string mnemonic, Unit? unit, params ArgumentDefinition[] arguments) =>
        new(kind, mnemonic, unit, arguments);

    private static ArgumentDefinition Read(string key, string meaning) => new(key, ArgumentRole.Read, meaning);

    private static ArgumentDefinition Write(string key, string meaning) => new(key, ArgumentRole.Write, meaning);

    private static ArgumentDefinition Update(string key, string meaning) => new(key, ArgumentRole.Update, meaning);

    private static ArgumentDefinition Table(string key, string meaning) => new(key, ArgumentRole.Table, meaning);

    private static ArgumentDefinition Number(string key, string meaning, bool optional = false) =>
        new(key, ArgumentRole.Number, meaning, optional);

    private static ArgumentDefinition Word(string key, string meaning) => new(key, ArgumentRole.Word, meaning);

    private static ArgumentDefinition Optional(ArgumentDefinition argument) => argument with { IsOptional = true };

    private static ArgumentDefinition Over(string meaning) => new("over", ArgumentRole.Partition, meaning, true);

    private static ArgumentDefinition Place() => new(
        "over", ArgumentRole.Partition,
        "the partition in whose place of whole rows the core's results stand; they stand at a row's start without", true);

    private static ArgumentDefinition Each() =>
        new("each", ArgumentRole.Number, "elements of a row per element of the partition", true);

    private static ArgumentDefinition Over(bool optional = false) =>
        new("over", ArgumentRole.Partition, "the partition whose slice a core works on", optional);

    private static ArgumentDefinition Product() => new("product", ArgumentRole.Product, "the product");

    private static ArgumentDefinition Mask() =>
        new("mask", ArgumentRole.Read, "the layer's attention mask; nothing is hidden without", true);

    private static ArgumentDefinition WantedOrAll() =>
        new(
            "wanted", ArgumentRole.Number,
            "1 to work only on the tokens whose logits are wanted; 2 where the source has rows of these alone", true);

    private static ArgumentDefinition Wanted() =>
        new("wanted", ArgumentRole.Number, "1 to work only on the tokens whose logits are wanted", true);
}
