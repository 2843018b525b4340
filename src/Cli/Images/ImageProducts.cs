using Flightc.Backend.Packing;
using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Isa;
using Flightc.Packing;

namespace Flightc.Cli.Images;

/// <summary>
/// Which rows of which weights the products of a program take from the streams, told by the symbols of their
/// results: needs neither the schedule nor anything else that an image does not hold.
/// </summary>
/// <param name="program">With symbols.</param>
/// <param name="graph">The graph that it computes, behind all passes.</param>
internal sealed class ImageProducts(MachineProgram program, Graph graph)
{
    private const int ValueBytes = 4;

    private readonly Dictionary<string, Node> _nodes = graph.Nodes.ToDictionary(n => n.Name);

    /// <summary>The products of a core with at least one row, in the order of its streams.</summary>
    /// <exception cref="CompilationException">Symbols and products do not fit one another (FLC4001), or name what the graph does not
    /// have (FLC4004).</exception>
    public IReadOnlyList<WeightProduct> Of(int core)
    {
        // Both entries take the same products from the same streams.
        Isa.EntryPoint entry = program.Entries[0];
        ILookup<(Unit, int), Symbol> symbols = entry.Symbols.Where(s => s.Core == core).ToLookup(s => (s.Unit, s.Index));
        List<WeightProduct> products = [];
        foreach ((IReadOnlyList<Instruction> stream, int unit) in entry.Streams[core].Select((stream, unit) => (stream, unit)))
        {
            for (int i = 0; i < stream.Count; i++)
            {
                if (stream[i] is MultiplyWeights { Rows.Constant: > 0 } product)
                {
                    products.Add(Product(product, symbols[((Unit)unit, i)]));
                }
            }
        }

        return products;
    }

    private WeightProduct Product(MultiplyWeights product, IEnumerable<Symbol> results)
    {
        string name = product.Provenance;
        if (product.Columns.Constant is < 1 or > int.MaxValue || product.Rows.Constant > (long)TileHeader.MaxIndex * TileHeader.RowsPerTile)
        {
            throw Invalid(name, $"has {product.Rows.Constant} rows and {product.Columns.Constant} columns");
        }

        RowBlock[] blocks = new RowBlock[(product.Rows.Constant + TileHeader.RowsPerTile - 1) / TileHeader.RowsPerTile];
        foreach (Symbol result in results)
        {
            Weight weight = WeightOf(result.Name);
            for (long i = 0; i < result.Count; i += TileHeader.RowsPerTile)
            {
                (long block, long rest) = Math.DivRem(
                    result.Address - product.Out.Constant + (ValueBytes * (result.Alternates ? 2 * i : i)),
                    ValueBytes * TileHeader.RowsPerTile);
                if (rest != 0 || block < 0 || block >= blocks.Length || blocks[block].RowCount > 0
                    || result.First < 0 || result.First + result.Count > weight.Type.Shape[0].Size)
                {
                    throw Invalid(name, $"does not give rows {result.First} to {result.First + result.Count - 1} of '{result.Name}' in blocks of their own");
                }

                blocks[block] = new RowBlock(
                    weight.Name, (int)(result.First + i), (int)Math.Min(TileHeader.RowsPerTile, result.Count - i), weight.Format!.Value);
            }
        }

        int unnamed = Array.FindIndex(blocks, b => b.RowCount == 0);
        return unnamed < 0
            ? new WeightProduct(name, blocks, (int)product.Columns.Constant)
            : throw Invalid(name, $"has no name for the results of row block {unnamed}");
    }

    private Weight WeightOf(string node) =>
        _nodes.GetValueOrDefault(node) is { Op: Linear } linear && graph.WeightOf(linear.Operands[1]) is { Format: not null } weight
            ? weight
            : throw new CompilationException(
                Codes.ImageMismatch,
                $"the image has a product '{Excerpt.Of(node)}', which the model does not have under the image's recipe",
                node, "name the model that the image was made of, or compile the image again");

    private static CompilationException Invalid(string product, string fault) => new(
        Codes.ProgramInvalid, $"the product {fault}", product, "compile the image again");
}
