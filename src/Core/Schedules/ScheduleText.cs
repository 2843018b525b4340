using System.Globalization;
using System.Text;
using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Isa;

namespace Flightc.Schedules;

/// <summary>
/// The text form of a <see cref="Schedule"/>: one line per thing, things by name (docs/schedule.md).
/// </summary>
/// <remarks>
/// <code>
/// schedule "llama" context=512 tokens=128 vocabulary=1024 group=2 score_slots=4096
/// partition hidden 0 128 256
/// region residual address=0 element=4 stride=512 rows=128 slice=hidden
/// phase decode unit=mv
///   load_indexed embed table=embed.weight out=rows
/// </code>
/// A function of the schedule alone, so equal schedules have equal texts, and <c>Print(Parse(Print(s)))</c>
/// is <c>Print(s)</c>.
/// </remarks>
public static class ScheduleText
{
    /// <summary>The text, every line ending in a line feed.</summary>
    /// <param name="schedule">Valid or not, so that a broken schedule can be looked at.</param>
    public static string Print(Schedule schedule) => Print(schedule, []);

    /// <summary>The text with comments behind the line <c>mapping</c>, which a reader skips.</summary>
    /// <param name="schedule">Valid or not.</param>
    /// <param name="comments">One line each: why the mapping is what it is.</param>
    public static string Print(Schedule schedule, IReadOnlyList<string> comments)
    {
        StringBuilder text = new();
        PrintHeader(text, schedule);
        foreach (string comment in comments)
        {
            text.Append("; ").Append(comment).Append('\n');
        }

        Section(text, schedule.Partitions, PrintPartition);
        Section(text, schedule.Regions, PrintRegion);
        Section(text, schedule.Tables, PrintTable);
        Section(text, schedule.Products, PrintProduct);
        foreach (Phase phase in schedule.Phases)
        {
            PrintPhase(text, phase);
        }

        return text.ToString();
    }

    /// <summary>Reads a text; whether it makes sense is for <see cref="ScheduleVerifier"/> to say.</summary>
    /// <param name="text">May come from anywhere.</param>
    /// <param name="location">What errors call the text: a file name.</param>
    /// <exception cref="CompilationException"><see cref="Codes.ScheduleText"/> with line and column.</exception>
    public static Schedule Parse(string text, string location) => new ScheduleTextParser(location).Parse(text);

    private static void PrintHeader(StringBuilder text, Schedule schedule)
    {
        Geometry geometry = schedule.Geometry;
        Line(
            text,
            $"schedule \"{GraphText.Escape(schedule.Name)}\" context={schedule.ContextLength} tokens={schedule.MaxTokens} vocabulary={schedule.VocabularySize} group={schedule.Group} score_slots={schedule.ScoreSlots}");
        Line(
            text,
            $"target {Word(geometry.Target)} channel_bytes={geometry.ChannelBytes} ddr_bytes={geometry.DdrBytes} scratch_bytes={geometry.ScratchBytes} weight_ring_bytes={geometry.WeightRingBytes} cache_ring_bytes={geometry.CacheRingBytes} page_bytes={geometry.PageBytes}");
        foreach (ChannelRange core in geometry.Cores)
        {
            Line(text, $"core first={core.First} channels={core.Count}");
        }

        Line(
            text,
            $"cache layers={schedule.Cache.Layers} heads={schedule.Cache.Heads} head_dim={schedule.Cache.HeadDim}{(schedule.Cache.Bits == 8 ? "" : $" bits={schedule.Cache.Bits}")}");
        Mapping mapping = schedule.Mapping;
        Line(
            text,
            $"mapping attention={NameOf(mapping.Attention)} decode_gather={NameOf(mapping.Decode.Gather)} decode_loops={mapping.Decode.Loops} prefill_gather={NameOf(mapping.Prefill.Gather)} prefill_loops={mapping.Prefill.Loops} gate_rows={mapping.GateRows} head_rows={mapping.HeadRows} ahead={mapping.AheadPercent}");
    }

    private static void PrintPartition(StringBuilder text, Partition partition)
    {
        text.Append("partition ").Append(Word(partition.Name));
        foreach (long bound in partition.Bounds)
        {
            text.Append(CultureInfo.InvariantCulture, $" {bound}");
        }

        text.Append('\n');
    }

    private static void PrintRegion(StringBuilder text, Region region) =>
        Line(
            text,
            $"region {Word(region.Name)} address={region.Address} element={region.ElementBytes} stride={region.Stride} rows={region.Rows}{(region.Slice.Length > 0 ? $" slice={Word(region.Slice)}" : "")}{(region.IsPerHead ? " per_head=1" : "")}");

    private static void PrintTable(StringBuilder text, Table table)
    {
        string more = table.Kind switch
        {
            TableKind.Quantized => $" format={Word(table.Format.ToString())}",
            TableKind.Rotary => string.Concat(RotaryText.AttributesOf(table.Angles!, table.Angles!.Dim).Select(a => $" {a.Name}={Word(a.Value)}")),
            TableKind.Positions => table.Offset == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" offset={table.Offset}"),
            TableKind.Vector => "",
            TableKind.Mask => $" mask={table.MaskHash}",
        };
        Line(
            text,
            $"table {Word(table.Name)} kind={NameOf(table.Kind)} rows={table.Rows} columns={table.Columns}{more}");
    }

    private static void PrintProduct(StringBuilder text, Product product)
    {
        text.Append(CultureInfo.InvariantCulture, $"product {Word(product.Name)} columns={product.Columns}");
        text.Append(product.Alternate ? " alternate=1" : "");
        text.Append(
            product.FirstBlock != 0
                ? string.Create(CultureInfo.InvariantCulture, $" first_block={product.FirstBlock}")
                : "");
        text.Append(
            product.BlockCount != Product.AllBlocks
                ? string.Create(CultureInfo.InvariantCulture, $" blocks={product.BlockCount}")
                : "");
        text.Append('\n');
        foreach (ProductPart part in product.Parts)
        {
            Line(
                text,
                $"  part {Word(part.Node)} weight={Word(part.Weight)} format={Word(part.Format.ToString())} over={Word(part.Partition)} offset={part.Offset} elements={part.Elements} rows_per_element={part.RowsPerElement}");
        }
    }

    private static void PrintPhase(StringBuilder text, Phase phase)
    {
        Line(text, $"\nphase {Word(phase.Name)} unit={InstructionSet.NameOf(phase.MatrixUnit)}");
        int depth = 1;
        foreach (Step step in phase.Steps)
        {
            depth -= step.Kind == StepKind.End && depth > 1 ? 1 : 0;
            text.Append(' ', 2 * depth).Append(StepDefinition.Of(step.Kind).Mnemonic).Append(' ').Append(
                Word(step.Name));
            foreach (StepArgument argument in step.Arguments)
            {
                text.Append(' ').Append(Word(argument.Key)).Append('=').Append(Word(argument.Value));
            }

            text.Append('\n');
            depth += step.Kind == StepKind.For ? 1 : 0;
        }
    }

    /// <summary>The name of a kind of table.</summary>
    internal static string NameOf(TableKind kind) => kind switch
    {
        TableKind.Quantized => "quantized",
        TableKind.Rotary => "rotary",
        TableKind.Positions => "positions",
        TableKind.Vector => "vector",
        TableKind.Mask => "mask",
    };

    /// <summary>The name of a division of attention.</summary>
    internal static string NameOf(AttentionDivision division) => division switch
    {
        AttentionDivision.Heads => "heads",
        AttentionDivision.Keys => "keys",
    };

    /// <summary>The name of a form of gathers.</summary>
    internal static string NameOf(GatherForm form) => form switch
    {
        GatherForm.Values => "values",
        GatherForm.Codes => "codes",
    };

    /// <summary>A name as it stands, or in quotes where it has characters that no word has.</summary>
    private static string Word(string value) =>
        value.Length > 0 && value.All(GraphTextLine.IsWordPart) ? value : $"\"{GraphText.Escape(value)}\"";

    private static void Section<T>(StringBuilder text, IReadOnlyList<T> items, Action<StringBuilder, T> print)
    {
        text.Append(items.Count > 0 ? "\n" : "");
        foreach (T item in items)
        {
            print(text, item);
        }
    }

    private static void Line(StringBuilder text, FormattableString line) =>
        text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
