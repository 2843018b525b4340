using Flightc.Models;

namespace Flightc.Raising;

/// <summary>Decoders that came as ONNX files: what they are, their graphs said, and not a family's configuration.</summary>
internal sealed class OnnxFamily : ModelFamily
{
    /// <summary>The entry of <c>architectures</c> that stands for all of them.</summary>
    public const string Architecture = "ONNX";

    /// <inheritdoc/>
    public override string Name => "onnx";

    /// <inheritdoc/>
    public override string Title => "a decoder, found in its graph";

    /// <inheritdoc/>
    public override IReadOnlyList<string> Architectures { get; } = [Architecture];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ModelTypes { get; } = [];

    /// <inheritdoc/>
    public override string Differs => "";

    /// <inheritdoc/>
    public override string Refuses => "";

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, TensorPlace> Places(ModelConfig config) => new Dictionary<string, TensorPlace>();

    /// <inheritdoc/>
    internal override ModelConfig? Read(FamilyKeys keys) => throw new InvalidOperationException("an ONNX file has no configuration of its own");
}
