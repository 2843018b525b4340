using Flightc.Diagnostics;
using Flightc.IR;

namespace Flightc.Models;

/// <summary>The weights of a model of which only <c>config.json</c> is there: shapes without data.</summary>
internal sealed class ConfigWeights(string configPath) : IWeights
{
    /// <inheritdoc/>
    public bool HasData => false;

    /// <inheritdoc/>
    /// <exception cref="CompilationException"><see cref="Codes.FileNotReadable"/>, always.</exception>
    public void Read(string name, long start, Span<float> destination) => throw new CompilationException(
        Codes.FileNotReadable,
        $"the weight '{name}' is wanted, but there are no weights beside the configuration",
        configPath,
        "name a folder with safetensors files; a bare config.json is enough to estimate only");

    /// <inheritdoc/>
    public string HashOf(string name) => "";
}
