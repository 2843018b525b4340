namespace Flightc.Onnx;

/// <summary>A model as an <c>.onnx</c> file holds it. Owns the mapped files behind its tensors.</summary>
public sealed class OnnxModel(
    string path, OnnxGraph graph, long irVersion, IReadOnlyDictionary<string, int> opsets, string producer, IReadOnlyDictionary<string, string> metadata,
    IReadOnlyList<IDisposable> files) : IDisposable
{
    /// <summary>The file, as the user named it.</summary>
    public string Path { get; } = path;

    /// <summary>The main graph.</summary>
    public OnnxGraph Graph { get; } = graph;

    /// <summary>Version of the file format.</summary>
    public long IrVersion { get; } = irVersion;

    /// <summary>Opset versions by domain; the standard's own domain is the empty one.</summary>
    public IReadOnlyDictionary<string, int> Opsets { get; } = opsets;

    /// <summary>Who wrote it, such as <c>pytorch 2.9.0</c>; empty where not stated.</summary>
    public string Producer { get; } = producer;

    /// <summary><c>metadata_props</c>.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; } = metadata;

    /// <summary>SHA-1 of files of external data, in hexadecimal, by their paths; only what the model states, which few do.</summary>
    public IReadOnlyDictionary<string, string> Checksums { get; init; } = new Dictionary<string, string>();

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (IDisposable file in files)
        {
            file.Dispose();
        }
    }
}
