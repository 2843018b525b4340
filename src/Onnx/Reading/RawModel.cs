namespace Flightc.Onnx.Reading;

/// <summary>A model as the file has it.</summary>
internal sealed class RawModel
{
    public long IrVersion { get; set; }

    public string ProducerName { get; set; } = "";

    public string ProducerVersion { get; set; } = "";

    public IReadOnlyDictionary<string, int> Opsets { get; set; } = new Dictionary<string, int>();

    public SortedDictionary<string, string> Metadata { get; } = new(StringComparer.Ordinal);

    public RawGraph? Graph { get; set; }

    public List<RawFunction> Functions { get; } = [];
}
