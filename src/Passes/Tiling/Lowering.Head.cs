using Flightc.IR;
using Flightc.Schedules;

namespace Flightc.Passes.Tiling;

/// <content>The head: logits in pieces, with their bias and their cap.</content>
internal sealed partial class Lowering
{
    private void LowerHead(Node node)
    {
        (string, string)[] wanted = [("wanted", "1")];
        bool isBiased = _roles.BiasOf(node) is not null;
        int pieceBlocks = mapping.HeadRows / Schedule.BlockRows;
        int pieces = Pieces("vocabulary", mapping.HeadRows);
        for (int piece = 0; piece < pieces; piece++)
        {
            string region = At($"logits.{piece % 2}");
            Product product = Define(
                $"{HeadName}.{Text(piece)}", _roles.MatrixOf(node).Type.Columns, false,
                [WholePart(node, "vocabulary")], piece * pieceBlocks, pieceBlocks);
            Multiply(product, node.Operands[0], $"logits.{piece % 2}", None, [.. isBiased ? [("biased", "1")] : None, .. wanted]);
            if (isBiased)
            {
                Add(
                    StepKind.Bias, node.Name,
                    [("product", product.Name), ("part", "0"), ("source", At(decoder.Vectors.RegionOf(node))), ("out", region), .. wanted]);
            }

            if (_roles.Cap is { Op: SoftCap cap })
            {
                Add(
                    StepKind.Activate, _roles.Cap.Name,
                    [("product", product.Name), ("source", region), ("function", StepDefinition.CapFunction), ("value", Text(cap.Cap)), ("out", region), .. wanted]);
            }

            Add(
                StepKind.StoreLogits, HeadName, ("product", product.Name), ("source", region),
                ("over", "vocabulary"));
        }
    }

    // Of what the head makes, capped or not.
    private string HeadName => (_roles.Cap ?? _roles.Head).Name;
}
