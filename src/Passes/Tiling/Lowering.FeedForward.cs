using Flightc.IR;
using Flightc.Schedules;

namespace Flightc.Passes.Tiling;

/// <content>The feed-forward layer: gate and up, or up alone, the activation function, and the codes of its results.</content>
internal sealed partial class Lowering
{
    private void LowerFeedForward(Node node)
    {
        Node[] linears = [.. Enumerable.Range(0, node.Operands.Count).Select(i => _roles.Computed(node, i))];
        bool isGated = node.Op is GatedActivation;
        ActivationFunction function = node.Op is GatedActivation gated ? gated.Function : ((Activation)node.Op).Function;
        foreach (Node linear in linears)
        {
            if (linear.Op is not Linear { HasResidual: false } op || _roles.RoleOf(linear) != LinearRole.Gate || _roles.UsersOf(linear).Count > 1)
            {
                throw GraphRoles.Unknown(node, $"its operand '{linear.Name}' is a {linear.Op.Mnemonic}; the result of a product that nothing else uses is wanted");
            }

            if (linear.Operands[0] != linears[0].Operands[0] || op.HasBias != ((Linear)linears[0].Op).HasBias)
            {
                throw GraphRoles.Unknown(node, $"'{linears[0].Name}' and '{linear.Name}' differ in what they multiply, or one has a bias and the other has none");
            }
        }

        bool isBiased = _roles.BiasOf(linears[0]) is not null;
        ProductPart[] parts = [.. linears.Select(l => WholePart(l, "ffn"))];
        int pieceBlocks = mapping.GateRows / Schedule.BlockRows;
        int pieces = Pieces("ffn", mapping.GateRows);
        for (int piece = 0; piece < pieces; piece++)
        {
            // Two places take turns, so that the matrix engine goes on while the last piece is activated.
            string region = $"gateup.{piece % 2}";
            Product product = Define(
                $"{LayerName}.mlp.{(isGated ? "gateup" : "up")}.{Text(piece)}", _roles.MatrixOf(linears[0]).Type.Columns, isGated, parts,
                piece * pieceBlocks, pieceBlocks);
            Multiply(product, linears[0].Operands[0], region, None, isBiased ? [("biased", isGated ? "3" : "1")] : None);
            if (isBiased)
            {
                Add(
                    StepKind.Bias, linears[^1].Name,
                    [("product", product.Name), .. isGated ? None : [("part", "0")], ("source", At(decoder.Vectors.RegionOf(linears[0]))), ("out", At(region))]);
            }

            Add(
                StepKind.Activate, node.Name,
                [("product", product.Name), ("source", At(region)), .. PlaceOver("ffn"),
                .. function == ActivationFunction.Silu ? None : [("function", ActivationFunctions.NameOf(function))], ("out", At("hidden"))]);
        }
    }

    private void LowerHiddenCodes(Node node)
    {
        _codes[node.Name] = ("ffn.codes", "ffn.scales");
        (string, string)[] rows = GathersValues ? Whole(node.Type.Columns) : Over("ffn");
        if (GathersValues)
        {
            Add(StepKind.Gather, node.Name, ("region", At("hidden")), ("over", "ffn"));
        }

        Add(StepKind.Measure, node.Name, [("source", At("hidden")), .. rows, ("maxima", At("maxima"))]);
        if (!GathersValues)
        {
            Add(StepKind.Maximum, node.Name, ("region", At("maxima")));
        }

        Add(
            StepKind.Quantize, node.Name,
            [("source", At("hidden")), .. rows, ("maxima", At("maxima")), ("codes", At("ffn.codes")), ("scales", At("ffn.scales"))]);
        if (!GathersValues)
        {
            Add(StepKind.Gather, node.Name, ("region", At("ffn.codes")), ("over", "ffn"));
        }
    }
}
