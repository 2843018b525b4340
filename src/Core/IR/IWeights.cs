namespace Flightc.IR;

/// <summary>The data behind the weights of a graph, by their names. Reading is safe from several threads.</summary>
/// <remarks>A graph describes weights and never holds them, so that a model larger than memory can be
/// compiled.</remarks>
public interface IWeights
{
    /// <summary>Whether the checkpoint has data; false for a bare <c>config.json</c>.</summary>
    bool HasData { get; }

    /// <summary>
    /// Reads consecutive elements of a weight, in canonical (out, in) order, converted exactly to binary32.
    /// </summary>
    /// <exception cref="Diagnostics.CompilationException">A value is NaN or infinite, or the file cannot be
    /// read.</exception>
    void Read(string name, long start, Span<float> destination);

    /// <summary>
    /// SHA-256 over the element type's name, the shape and the canonical little-endian data, lower-case hex;
    /// empty without data.
    /// </summary>
    string HashOf(string name);
}
