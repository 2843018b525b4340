using Flightc.IR;
using Flightc.Passes;
using Flightc.Reference;

namespace Flightc.Tests.Filetests;

/// <summary>
/// Runs one pass: <c>pass NAME [FORMAT] [WEIGHT=FORMAT ...]</c>, the formats being what a recipe would say, <c>4g64/8:16</c> with a
/// sparsity. Where both graphs are floats, they are executed and must agree in every bit.
/// </summary>
internal sealed class RunPass : SubTest
{
    private static readonly int[] Ids = [1, 0, 2, 2, 1];

    public override string Name => "pass";

    public override string Run(string input, string[] arguments)
    {
        IGraphPass pass = Pipeline.Graph.Single(p => p.Name == arguments[0]);
        Graph before = GraphText.Parse(input, Location);
        Graph after = pass.Run(before, new PassContext { FormatOf = weight => Wished(weight.Name, arguments[1..]) });
        string text = GraphText.Print(after);
        GraphVerifier.ThrowIfInvalid(after);
        Assert.Equal(text, GraphText.Print(pass.Run(after, new PassContext())));
        if (after.Nodes.All(n => n.Type.Element == ElementType.F32))
        {
            Assert.Equal(Execute(before), Execute(after));
        }

        return text;
    }

    private static float[][] Execute(Graph graph)
    {
        FloatExecutor executor = new(graph, new NamedNoise());
        FloatSequence sequence = executor.NewSequence();
        return [.. executor.Run(sequence, Ids), .. executor.Run(sequence, Ids)];
    }

    private static QuantizedFormat? Wished(string weight, string[] wishes)
    {
        string? own = wishes.FirstOrDefault(w => w.StartsWith(weight + "=", StringComparison.Ordinal))?[(weight.Length + 1)..];
        string? wish = own ?? wishes.FirstOrDefault(w => !w.Contains('=', StringComparison.Ordinal));
        return wish is null or "float" ? null : QuantizedFormat.Parse(wish.Replace('/', ' '))!.Value;
    }

    // Numbers that depend on the weight's name and the index alone.
    private sealed class NamedNoise : IWeights
    {
        public bool HasData => true;

        public void Read(string name, long start, Span<float> destination)
        {
            Random random = new(name.Aggregate(17, (hash, c) => unchecked(hash * 31 + c)));
            for (long i = -start; i < destination.Length; i++)
            {
                float value = (float)(random.NextDouble() - 0.5);
                if (i >= 0)
                {
                    destination[(int)i] = value;
                }
            }
        }

        public string HashOf(string name) => "";
    }
}
