namespace Flightc.Tests;

/// <summary>The nodes of a released IR file, of which only what the generator asks for is kept.</summary>
internal static class ReleasedIr
{
    /// <summary>One node: type, shapes of its inputs, outputs and parameters, and the share of weights that it keeps.</summary>
    public sealed record Node(string Name, string Type, List<string> Inputs, List<int[]> Shapes, double Kept);

    /// <summary>Reads the nodes between input and output. Skips the calling test where the wider data is not there.</summary>
    public static IReadOnlyList<Node> Read(string stage, int tokens)
    {
        List<Node> nodes = [];
        Node? node = null;
        string name = "";
        foreach (string line in File.ReadLines(TestData.Wider("reference", "flightllm-vhk158", "ir", $"llama2_{stage}_token_{tokens}.yaml")))
        {
            string text = line.Trim();
            if (line.StartsWith("- name: round_", StringComparison.Ordinal))
            {
                name = text["- name: round_0_".Length..];
            }
            else if (line.StartsWith("  type: ", StringComparison.Ordinal))
            {
                node = new Node(name, text["type: ".Length..], [], [], 1);
                nodes.Add(node);
            }
            else if (text.StartsWith("- name: ", StringComparison.Ordinal))
            {
                node!.Inputs.Add(text["- name: ".Length..]);
            }
            else if (text == "shape:")
            {
                node!.Shapes.Add([0, 0, 0]);
                name = "0";
            }
            else if (text.StartsWith("- ", StringComparison.Ordinal))
            {
                int index = int.Parse(name, System.Globalization.CultureInfo.InvariantCulture);
                node!.Shapes[^1][index] = int.Parse(text[2..], System.Globalization.CultureInfo.InvariantCulture);
                name = (index + 1).ToString(System.Globalization.CultureInfo.InvariantCulture);
            }
            else if (text.StartsWith("sparse_ratio: ", StringComparison.Ordinal))
            {
                nodes[^1] = node = node! with { Kept = double.Parse(text["sparse_ratio: ".Length..], System.Globalization.CultureInfo.InvariantCulture) };
            }
        }

        return [.. nodes.Where(n => n.Type is not ("input" or "output"))];
    }
}
