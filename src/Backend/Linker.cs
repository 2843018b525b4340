using Flightc.Backend.Emission;
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

    /// <summary>
    /// Writes all sections of memory. Of every matrix in them each row is packed once, and each tile unpacks to what
    /// was packed: both are checked on the way.
    /// </summary>
    /// <param name="schedule">The schedule.</param>
    /// <param name="addresses">Its addresses.</param>
    /// <param name="weights">Norm weights, biases and learned positions.</param>
    /// <param name="quantized">Matrices; asked once for each table and each run of products that a weight is
    /// in, and not kept longer.</param>
    /// <param name="section">The stream of a section, which takes exactly its bytes in order.</param>
    /// <param name="progress">Told the share that is done, 0 … 1; may be null.</param>
    /// <param name="threads">The most threads to use; the bytes do not depend on it.</param>
    /// <exception cref="CompilationException">A matrix would not be read back as it is (FLC9999).</exception>
    public static void Write(
        Schedule schedule, AddressMap addresses, IWeights weights, IQuantizedWeights quantized,
        Func<string, Stream> section,
        Action<double>? progress = null, int threads = -1)
    {
        WriteTables(schedule, addresses, weights, quantized, section(SectionNames.Tables));
        StreamPacker[] packers = [.. Enumerable.Range(0, schedule.Geometry.Cores.Count).Select(core => PackerOf(schedule, core, section, threads))];

        RowTally packed = new();

        // All cores take a product's rows before the next product comes, so that a matrix is made once and
        // then forgotten. Pieces of one matrix follow one another.
        Dictionary<string, QuantizedMatrix> current = [];
        for (int p = 0; p < schedule.Products.Count; p++)
        {
            current = schedule.Products[p].Parts.Select(part => part.Weight).Distinct()
                .ToDictionary(
                    name => name,
                    name => current.TryGetValue(name, out QuantizedMatrix? made) ? made : quantized.Get(name));
            for (int core = 0; core < packers.Length; core++)
            {
                foreach (WeightRows rows in schedule.BlocksOf(schedule.Products[p], core))
                {
                    packed.Add(rows, current[rows.Weight].Rows);
                }

                packers[core].Next(name => current[name]);
            }

            progress?.Invoke((p + 1.0) / schedule.Products.Count);
        }

        packed.RequireWhole();
        foreach (StreamPacker packer in packers)
        {
            packer.Finish();
        }
    }

    private static StreamPacker PackerOf(Schedule schedule, int core, Func<string, Stream> section, int threads)
    {
        ChannelRange range = schedule.Geometry.Cores[core];
        Stream[] streams = [.. Enumerable.Range(range.First, range.Count).Select(c => section(SectionNames.Bank(c)))];
        return new StreamPacker(
            AddressMap.ProductsOf(schedule, core), range.Count, schedule.Geometry.PageBytes,
            (c, _, bytes) => streams[c].Write(bytes))
        {
            MaxThreads = threads,
        };
    }

    private static void WriteTables(
        Schedule schedule, AddressMap addresses, IWeights weights, IQuantizedWeights quantized, Stream destination)
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
            addresses.Tables, quantized.Get(embedding),
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
