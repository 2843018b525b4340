using Flightc.Isa;

namespace Flightc.Cli.Reports;

/// <summary>A matrix product of one core, as an entry of the program takes it.</summary>
/// <param name="Core">Number of the core.</param>
/// <param name="Number">Its place in the core's weight streams.</param>
/// <param name="Unit">The unit that makes it.</param>
/// <param name="Index">Number of its instruction in the unit's stream.</param>
/// <param name="Instruction">The instruction.</param>
/// <param name="Parts">Named results of it; none where the program has no symbols.</param>
internal sealed record ProductUse(
    int Core, int Number, Unit Unit, int Index, MultiplyWeights Instruction, IReadOnlyList<Symbol> Parts)
{
    private const int BlockRows = 16;
    private const string Logits = "logits";
    private const string Head = "head";
    private const string Embedding = "embed";

    /// <summary>The products of an entry, by core and in stream order.</summary>
    public static IReadOnlyList<ProductUse> Of(Isa.EntryPoint entry)
    {
        ILookup<(int, Unit, int), Symbol> symbols = entry.Symbols.ToLookup(s => (s.Core, s.Unit, s.Index));
        List<ProductUse> uses = [];
        for (int core = 0; core < entry.Streams.Count; core++)
        {
            int number = 0;
            for (int unit = 0; unit < entry.Streams[core].Count; unit++)
            {
                IReadOnlyList<Instruction> stream = entry.Streams[core][unit];
                for (int index = 0; index < stream.Count; index++)
                {
                    if (stream[index] is MultiplyWeights product && product.Rows.Constant > 0)
                    {
                        uses.Add(new ProductUse(
                            core, number++, (Unit)unit, index, product, [.. symbols[(core, (Unit)unit, index)]]));
                    }
                }
            }
        }

        return uses;
    }

    /// <summary>Whether it multiplies by a weight.</summary>
    /// <param name="weight">The weight.</param>
    /// <param name="isTied">Whether the head is the embedding.</param>
    public bool Uses(SubjectWeight weight, bool isTied)
    {
        string stem = weight.Stem == (isTied ? Embedding : Head) ? Logits : weight.Stem;
        return weight.Shape.Count == 2 && (weight.Stem != Embedding || isTied)
            && (PartOf(stem) is not null || IsOrIsUnder(Instruction.Provenance, stem));
    }

    /// <summary>The rows that it has of a weight.</summary>
    /// <returns>The part; null where the whole product is the weight's.</returns>
    public Symbol? PartOf(string stem) => Parts.FirstOrDefault(p => p.Name == stem);

    /// <summary>Whether a row block of the product holds rows of a part.</summary>
    /// <param name="part">One of <see cref="Parts"/>, or null for the whole product.</param>
    /// <param name="block">Number of the row block.</param>
    public bool HasBlock(Symbol? part, int block)
    {
        if (part is null)
        {
            return true;
        }

        // Results lie in the order of rows, binary32 each; alternating parts take every second block.
        long first = (part.Address - Instruction.Out.Constant) / sizeof(float) / BlockRows;
        long blocks = (part.Count + BlockRows - 1) / BlockRows;
        return part.Alternates
            ? block >= first && (block - first) % 2 == 0 && (block - first) / 2 < blocks
            : block >= first && block < first + blocks;
    }

    /// <summary>Whether a name is another, or one below it: <c>logits.1</c> is below <c>logits</c>.</summary>
    public static bool IsOrIsUnder(string name, string above) =>
        name.StartsWith(above, StringComparison.Ordinal) && (name.Length == above.Length || name[above.Length] == '.');
}
