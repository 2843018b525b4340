using System.Diagnostics;
using Flightc.Backend.Emission;
using Flightc.Backend.Linking;
using Flightc.Backend.Packing;
using Flightc.Container;
using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Isa;
using Flightc.Numerics;
using Flightc.Schedules;

namespace Flightc.Backend;

/// <summary>Makes the memory images of a program: the last step to an Image.</summary>
public static class Linker
{
    /// <summary>The sections of memory and their lengths, which need no weights to be known.</summary>
    public static IEnumerable<(string Name, long Bytes)> Sections(Schedule schedule, AddressMap addresses)
    {
        yield return (SectionNames.Tables, addresses.Memory.TableBytes);
        for (int core = 0; core < schedule.Geometry.Cores.Count; core++)
        {
            ChannelRange range = schedule.Geometry.Cores[core];
            for (int c = 0; c < range.Count; c++)
            {
                yield return (SectionNames.Bank(range.First + c), addresses.Streams[core].Bytes);
            }
        }
    }

    /// <summary>The most memory that has to be there at a time for matrices, in bytes, and the matrix that is then made.</summary>
    /// <param name="schedule">The schedule.</param>
    /// <param name="costOf">What a matrix takes.</param>
    public static (string Weight, long Bytes) LargestNeed(Schedule schedule, Func<string, MatrixCost> costOf) => new LinkPlan(schedule).Largest(costOf);

    /// <summary>
    /// Writes all sections of memory. Of every matrix in them each row is packed once, and each tile unpacks to what
    /// was packed: both are checked on the way.
    /// </summary>
    /// <remarks>While a matrix is packed and written the next ones are made, as far as memory allows.</remarks>
    /// <param name="schedule">The schedule.</param>
    /// <param name="addresses">Its addresses.</param>
    /// <param name="weights">Norm weights, biases and learned positions.</param>
    /// <param name="quantized">Matrices; asked once for each run of items that a weight is in, from other threads too, and told when it is done with.</param>
    /// <param name="section">The stream of a section, which takes exactly its bytes in order; different ones are written to by different threads.</param>
    /// <param name="options">Threads, memory, progress; null for the usual.</param>
    /// <exception cref="CompilationException">A matrix would not be read back as it is (FLC9999).</exception>
    /// <exception cref="OperationCanceledException">The work was to end early.</exception>
    public static void Write(
        Schedule schedule, AddressMap addresses, IWeights weights, IQuantizedWeights quantized,
        Func<string, Stream> section, LinkOptions? options = null)
    {
        options ??= new LinkOptions();
        LinkTimes times = options.Times ?? new LinkTimes();
        StreamPacker[] packers = [.. Enumerable.Range(0, schedule.Geometry.Cores.Count).Select(core => PackerOf(schedule, core, section, options, times))];
        LinkPlan plan = new(schedule);
        RowTally packed = new();
        Dictionary<MatrixRun, QuantizedMatrix> current = [];
        long done = 0;
        long all = plan.Items.Sum(item => WeightsOf(schedule, addresses, item));
        using MatrixQueue queue = new(plan.Runs, quantized, options.MakerCount, options, times);
        for (int i = 0; i < plan.Items.Count; i++)
        {
            LinkItem item = plan.Items[i];
            foreach (MatrixRun run in item.Matrices.Where(run => !current.ContainsKey(run)))
            {
                current.Add(run, queue.Take(run));
            }

            options.Token.ThrowIfCancellationRequested();
            long start = Stopwatch.GetTimestamp();
            Dictionary<string, QuantizedMatrix> matrices = item.Matrices.ToDictionary(run => run.Weight, run => current[run]);
            if (item.Product is { } product)
            {
                Pack(schedule, product, matrices, packers, packed);
            }
            else
            {
                WriteTables(schedule, addresses, weights, matrices.Values.Single(), section(SectionNames.Tables));
            }

            times.Packed(start);
            foreach (MatrixRun run in plan.EndingAt(i))
            {
                queue.Release(run, current[run]);
                current.Remove(run);
            }

            done += WeightsOf(schedule, addresses, item);
            options.Progress?.Invoke(new LinkProgress(item.Product?.Name ?? SectionNames.Tables, (double)done / all));
        }

        packed.RequireWhole();
        foreach (StreamPacker packer in packers)
        {
            packer.Finish();
        }
    }

    private static void Pack(
        Schedule schedule, Product product, Dictionary<string, QuantizedMatrix> matrices, StreamPacker[] packers, RowTally packed)
    {
        for (int core = 0; core < packers.Length; core++)
        {
            foreach (WeightRows rows in schedule.BlocksOf(product, core))
            {
                packed.Add(rows, matrices[rows.Weight].Rows);
            }

            packers[core].Next(name => matrices[name]);
        }
    }

    // A table is written much faster than the same matrix is packed, but it is made as slowly.
    private static long WeightsOf(Schedule schedule, AddressMap addresses, LinkItem item) => item.Product is { } product
        ? product.Columns * Enumerable.Range(0, schedule.Geometry.Cores.Count).Sum(core => schedule.BlocksOf(product, core).Sum(rows => (long)rows.RowCount))
        : (long)addresses.Tables.Shape.VocabularySize * addresses.Tables.Shape.HiddenSize;

    private static StreamPacker PackerOf(Schedule schedule, int core, Func<string, Stream> section, LinkOptions options, LinkTimes times)
    {
        ChannelRange range = schedule.Geometry.Cores[core];
        Stream[] streams = [.. Enumerable.Range(range.First, range.Count).Select(c => section(SectionNames.Bank(c)))];
        return new StreamPacker(
            AddressMap.ProductsOf(schedule, core), range.Count, schedule.Geometry.PageBytes,
            (c, _, bytes) =>
            {
                long start = Stopwatch.GetTimestamp();
                streams[c].Write(bytes);
                times.Wrote(start, bytes.Length);
            })
        {
            MaxThreads = options.Threads,
            Token = options.Token,
        };
    }

    private static void WriteTables(
        Schedule schedule, AddressMap addresses, IWeights weights, QuantizedMatrix matrix, Stream destination)
    {
        ReadOnlyMemory<float> Vector(string name)
        {
            float[] values = new float[addresses.Tables.Shape.Vectors.First(v => v.Name == name).Length];
            weights.Read(name, 0, values);
            return values;
        }

        string embedding = schedule.Tables.Single(t => t.Kind == TableKind.Quantized).Name;
        Table? learned = schedule.Tables.FirstOrDefault(t => t.Kind == TableKind.Positions);
        TableWriter.Write(
            addresses.Tables, matrix,
            [.. schedule.Tables.Where(t => t.Kind == TableKind.Rotary).Select(t => RotaryOf(t.Angles!, schedule.ContextLength))], Vector,
            destination, learned is null ? null : (position, row) => weights.Read(learned.Name, (long)position * row.Length, row),
            Masks(schedule, addresses), embedding);
    }

    // Positions are made in blocks: one at a time would repeat the work that they share.
    private static PositionRow RotaryOf(RotaryAngles angles, int positions)
    {
        const int Block = 1024;
        float[] rotary = [];
        return (position, row) =>
        {
            if (position % Block == 0)
            {
                int count = Math.Min(Block, positions - position);
                rotary = new float[count * angles.Dim];
                RotaryTable.Fill(angles, position, count, rotary);
            }

            rotary.AsSpan(position % Block * angles.Dim, angles.Dim).CopyTo(row);
        };
    }

    private static Action<Stream>? Masks(Schedule schedule, AddressMap addresses) =>
        addresses.Masks is { } masks ? masks.Write
            : schedule.MaskTable is { } table
                ? throw new CompilationException(
                    Codes.ScheduleInvalid, $"only the hash {table.MaskHash} of the attention masks is known", table.Name,
                    "compile the model with the masks themselves")
            : null;
}
