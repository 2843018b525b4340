namespace Flightc.Onnx.Reading;

/// <summary>A function of the model that nodes can call.</summary>
internal sealed class RawFunction
{
    public string Name { get; set; } = "";

    public string Domain { get; set; } = "";

    public string Overload { get; set; } = "";

    public List<string> Inputs { get; } = [];

    public List<string> Outputs { get; } = [];

    /// <summary>Attributes with a default.</summary>
    public List<OnnxAttribute> Defaults { get; } = [];

    public List<RawNode> Nodes { get; } = [];

    public IReadOnlyDictionary<string, int> Opsets { get; set; } = new Dictionary<string, int>();

    /// <summary>How messages name it.</summary>
    public string FullName => $"{(Domain.Length == 0 ? "" : $"{Domain}.")}{Name}{(Overload.Length == 0 ? "" : $":{Overload}")}";
}
