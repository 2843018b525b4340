using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Isa;

namespace Flightc.Schedules;

/// <summary>What is always true of a <see cref="Schedule"/>.</summary>
/// <remarks>
/// <list type="number">
/// <item>Context, tokens of a step, vocabulary, group and the cache's extents are at least 1, and its codes have 4
/// or 8 bits; a head has an even number of elements, and all heads together have at most 2^31 - 1.</item>
/// <item>There are 1 … 64 cores; their channels follow one another from 0 on without gaps, at least one each
/// and at most 1024 together. The weight ring holds a page.</item>
/// <item>A partition has one bound more than there are cores; they ascend from 0. The mapping has one or two loops
/// and pieces of at least a row; partition <c>heads</c> has an element for each KV head where attention is divided
/// by heads, and then cores of at most 6 widths; otherwise one for each query, key and value head.</item>
/// <item>A region lies inside scratch, on a multiple of 64 bytes; elements have 1, 2, 4 or 8 bytes; rows hold
/// its slice. A region with a row per KV head has as many rows as a core
/// has KV heads.</item>
/// <item>There is one quantised table with a row per token of the vocabulary; rotary tables have a row per
/// position and a column for each element of a head that they turn; vectors have one row. There is at most one table of learned
/// positions, with a row per position behind those of its offset, and at most one of masks, with a row per
/// block of 64 positions and a column per query head.</item>
/// <item>A product has parts, each of a format of 2 … 8 bits in groups of 32, 64 or 128; a part lies inside
/// its partition; one with a pattern is divided at multiples of 16 rows; parts that alternate are two alike. The pieces of a node have each of its rows once.</item>
/// <item>Score slots suffice for one token of the longest sequence.</item>
/// <item>The phases are decode on the vector unit and prefill on the matrix unit.</item>
/// <item>A step has the arguments that its kind requires and no others, in the order of the definition; they
/// name what there is, and numbers lie in their ranges. Masks are loaded and used in prefill only.</item>
/// <item>Loops do not nest, run once for each KV head, of the core where attention is divided by heads, and hold
/// steps; attention, the KV cache and regions
/// with a row per KV head are used inside of loops, and, with the reductions of these, nothing else
/// is.</item>
/// <item>A phase ends with <c>finish</c>, which stands nowhere else.</item>
/// <item>A phase uses every product once, in the order of the products.</item>
/// <item>A phase attends with every layer once, in order, in as many loops and with as whole rows as the mapping
/// says, and takes keys and values from the KV ring in the
/// order in which they are loaded; it stores every layer's keys, values and scales once.</item>
/// <item>What a step reads and writes fits the rows of its regions, for the most tokens of a step and the
/// largest slice of a core; sizes of tables, partitions and products that meet in a step agree, and so do the forms of keys, values and the
/// KV cache.</item>
/// <item>A step reads what an earlier step of its phase wrote, and nothing that overlaps was written since;
/// in a loop, also when it runs again.</item>
/// </list>
/// Rules build on one another: where one of 1 … 8 is broken, steps are not looked at; where 9 … 11 are, 12 …
/// 15 are not.
/// </remarks>
public static class ScheduleVerifier
{
    private const int Alignment = 64;

    /// <summary>Every broken rule (FLC3002), in the order of the schedule; empty for a valid one.</summary>
    public static IReadOnlyList<Diagnostic> Verify(Schedule schedule)
    {
        DiagnosticBag bag = new();
        VerifyHeader(schedule, bag);
        VerifyGeometry(schedule.Geometry, bag);
        if (bag.HasErrors)
        {
            return bag.Items;
        }

        foreach (Partition partition in schedule.Partitions)
        {
            VerifyPartition(schedule, partition, bag);
        }

        if (!MappingCheck.Verify(schedule, bag))
        {
            return bag.Items;
        }

        foreach (Region region in schedule.Regions)
        {
            VerifyRegion(schedule, region, bag);
        }

        VerifyTables(schedule, bag);
        if (!bag.HasErrors)
        {
            ProductRules.Verify(schedule, bag);
        }

        if (schedule.Phases is not [{ Name: "decode", MatrixUnit: Unit.Vector }, { Name: "prefill", MatrixUnit: Unit.Matrix }])
        {
            string found = string.Join(
                ", ",
                schedule.Phases.Select(
                    p => $"{GraphTextLine.Shorten(p.Name)} on {InstructionSet.NameOf(p.MatrixUnit)}"));
            Report(
                bag, schedule.Name,
                $"the phases are decode on {InstructionSet.NameOf(Unit.Vector)} and prefill on {InstructionSet.NameOf(Unit.Matrix)}, not '{found}'");
        }

        long least = schedule.SlotsOfOneRow * schedule.Group;
        if (schedule.ScoreSlots < least)
        {
            Report(
                bag, schedule.Name,
                $"there are {schedule.ScoreSlots} score slots; one token of a sequence of {schedule.ContextLength} needs {least}");
        }

        foreach (Phase phase in bag.HasErrors ? [] : schedule.Phases)
        {
            PhaseRules.Verify(schedule, phase, bag);
        }

        return bag.Items;
    }

    /// <summary>Throws everything <see cref="Verify"/> finds.</summary>
    /// <exception cref="CompilationException">The schedule is not valid.</exception>
    public static void ThrowIfInvalid(Schedule schedule)
    {
        IReadOnlyList<Diagnostic> found = Verify(schedule);
        if (found.Count > 0)
        {
            throw new CompilationException(found);
        }
    }

    /// <summary>Reports a broken rule.</summary>
    internal static void Report(DiagnosticBag bag, string location, string message) =>
        bag.Error(Codes.ScheduleInvalid, message, location);

    private static void VerifyHeader(Schedule schedule, DiagnosticBag bag)
    {
        CacheShape cache = schedule.Cache;
        foreach ((string what, long value) in new (string, long)[]
        {
            ("context", schedule.ContextLength), ("tokens", schedule.MaxTokens),
            ("vocabulary", schedule.VocabularySize),
            ("group", schedule.Group), ("layers", cache.Layers), ("heads", cache.Heads), ("head_dim", cache.HeadDim),
        })
        {
            if (value < 1)
            {
                Report(bag, schedule.Name, $"'{what}' is {value}; at least 1 is wanted");
            }
        }

        if (cache.Bits is not (4 or 8))
        {
            Report(bag, schedule.Name, $"codes of the KV cache have {cache.Bits} bits; 4 or 8 are wanted");
        }

        if (cache.HeadDim % 2 != 0)
        {
            Report(bag, schedule.Name, $"a head has {cache.HeadDim} elements; an even number is wanted");
        }

        if (((Int128)schedule.Group + 2) * cache.Heads * cache.HeadDim > int.MaxValue)
        {
            Report(
                bag, schedule.Name,
                $"{cache.Heads} KV heads, {schedule.Group} query heads for each, of {cache.HeadDim} elements are more than {int.MaxValue} elements");
        }
    }

    private static void VerifyGeometry(Geometry geometry, DiagnosticBag bag)
    {
        string location = geometry.Target;
        if (geometry.Cores.Count is 0 or > ProgramLimits.Cores)
        {
            Report(bag, location, $"there are {geometry.Cores.Count} cores; 1 to {ProgramLimits.Cores} are wanted");
        }

        long next = 0;
        foreach (ChannelRange core in geometry.Cores)
        {
            if (core.First != next || core.Count < 1)
            {
                Report(
                    bag, location,
                    $"a core has {core.Count} channels from {core.First} on; at least one from {next} on is wanted");
                break;
            }

            next += core.Count;
        }

        if (next > ProgramLimits.Channels)
        {
            Report(bag, location, $"there are {next} channels; at most {ProgramLimits.Channels} are wanted");
        }

        if (geometry.PageBytes < 1 || geometry.WeightRingBytes < geometry.PageBytes)
        {
            Report(
                bag, location,
                $"the weight ring has {geometry.WeightRingBytes} bytes and a page {geometry.PageBytes}; a page of at least 1 byte that fits the ring is wanted");
        }
    }

    private static void VerifyPartition(Schedule schedule, Partition partition, DiagnosticBag bag)
    {
        IReadOnlyList<long> bounds = partition.Bounds;
        if (bounds.Count != schedule.Geometry.Cores.Count + 1)
        {
            Report(
                bag, $"partition {partition.Name}",
                $"the partition has {bounds.Count} bounds; {schedule.Geometry.Cores.Count} cores need {schedule.Geometry.Cores.Count + 1}");
        }
        else if (bounds[0] != 0 || bounds[^1] is < 1 or > int.MaxValue
            || bounds.Zip(bounds.Skip(1)).Any(pair => pair.First > pair.Second))
        {
            Report(
                bag, $"partition {partition.Name}",
                $"the partition's bounds ascend from 0 to at least 1 and at most {int.MaxValue}, not '{string.Join(' ', bounds)}'");
        }
    }

    private static void VerifyRegion(Schedule schedule, Region region, DiagnosticBag bag)
    {
        if (region.ElementBytes is not (1 or 2 or 4 or 8) || region.Stride < 1
            || region.Stride % region.ElementBytes != 0 || region.Rows < 1)
        {
            Report(
                bag, $"region {region.Name}",
                $"the region has {region.Rows} rows of {region.Stride} bytes in elements of {region.ElementBytes}; elements of 1, 2, 4 or 8 bytes and whole rows are wanted");
            return;
        }

        long end = schedule.Geometry.ScratchBytes - region.Address;
        if (region.Address < 0 || region.Address % Alignment != 0 || region.Stride > end / region.Rows)
        {
            Report(
                bag, $"region {region.Name}",
                $"the region has {region.Rows} rows of {region.Stride} bytes at {region.Address}; a place on a multiple of {Alignment} inside scratch of {schedule.Geometry.ScratchBytes} bytes is wanted");
        }

        if (region.Slice.Length > 0)
        {
            if (schedule.FindPartition(region.Slice) is not { } slice)
            {
                Report(
                    bag, $"region {region.Name}",
                    $"there is no partition '{GraphTextLine.Shorten(region.Slice)}'");
            }
            else if (slice.Bounds.Count > 1 && slice.Largest > region.Stride / region.ElementBytes)
            {
                Report(
                    bag, $"region {region.Name}",
                    $"a row holds {region.Stride / region.ElementBytes} elements; the largest slice of '{slice.Name}' has {slice.Largest}");
            }
        }

        if (region.IsPerHead && region.Rows != schedule.HeadsOfCore)
        {
            Report(
                bag, $"region {region.Name}",
                $"the region has {region.Rows} rows; one for each of {schedule.HeadsOfCore} KV heads of a core is wanted");
        }
    }

    private static void VerifyTables(Schedule schedule, DiagnosticBag bag)
    {
        int quantized = schedule.Tables.Count(t => t.Kind == TableKind.Quantized);
        if (quantized != 1)
        {
            Report(bag, schedule.Name, $"there are {quantized} quantized tables; 1 is wanted");
        }

        foreach (TableKind kind in new[] { TableKind.Positions, TableKind.Mask })
        {
            if (schedule.Tables.Count(t => t.Kind == kind) is > 1 and int count)
            {
                Report(bag, schedule.Name, $"there are {count} {ScheduleText.NameOf(kind)} tables; at most 1 is wanted");
            }
        }

        foreach (Table table in schedule.Tables)
        {
            (long rows, bool isRight) = table.Kind switch
            {
                TableKind.Quantized => (schedule.VocabularySize, table.Format.IsKnown),
                TableKind.Rotary =>
                    (schedule.ContextLength, table.Columns <= schedule.Cache.HeadDim && table.Angles is { Error: null } angles && angles.Dim == table.Columns),
                TableKind.Positions => ((long)schedule.ContextLength + table.Offset, true),
                TableKind.Vector => (1L, true),
                TableKind.Mask =>
                    ((schedule.ContextLength + LayerMask.BlockTokens - 1L) / LayerMask.BlockTokens,
                    table.Columns == (long)schedule.Cache.Heads * schedule.Group),
            };
            if (table.Rows != rows || table.Columns is < 1 or > int.MaxValue || !isRight)
            {
                string wanted = table.Kind switch
                {
                    TableKind.Quantized => $", a format of {table.Format.WantedInWords},",
                    TableKind.Rotary => $" of at most {schedule.Cache.HeadDim} columns, an even number, a base from 1 and positive divisors, one for two columns, if any,",
                    TableKind.Positions or TableKind.Vector => "",
                    TableKind.Mask => $" of {(long)schedule.Cache.Heads * schedule.Group} columns",
                };
                string found = table.Kind == TableKind.Quantized ? $" in {table.Format}" : "";
                Report(
                    bag, $"table {table.Name}",
                    $"the {ScheduleText.NameOf(table.Kind)} table has {table.Rows} rows of {table.Columns} columns{found}; {rows} rows{wanted} are wanted");
            }
        }
    }
}
