using Flightc.IR;

namespace Flightc.Tests.IR;

public sealed class GraphDocumentTests
{
    [Fact]
    public void The_reference_names_every_operator_and_element_type()
    {
        string document = File.ReadAllText(Path.Combine(TestData.Repository, "docs", "graph.md"));
        Op[] operators =
        [
            new Embedding(), new RmsNorm(1), new Linear(), new Linear(HasResidual: true), new RotaryEmbedding(2, 1), new Attention(1, 1, 2),
            .. Enum.GetValues<ActivationFunction>().SelectMany(f => (Op[])[new Activation(f), new GatedActivation(f)]), new Mul(), new Add(), new Quantize(),
            new RmsNormQuantize(1), new RotaryQuantize(2, 1, HeadForm.Cache), new QuantizeHeads(2, HeadForm.Cache), new LayerNorm(1), new AddPositions(), new SoftCap(1),
        ];

        Assert.Equal(Enum.GetValues<OpKind>(), operators.Select(o => o.Kind).Distinct().Order());
        Assert.All(operators, o => Assert.Contains($"`{o.Mnemonic}`", document, StringComparison.Ordinal));
        Assert.All(
            Enum.GetValues<ElementType>(), e => Assert.Contains(TensorType.NameOf(e), document, StringComparison.Ordinal));
    }
}
