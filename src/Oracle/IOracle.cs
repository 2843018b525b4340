namespace Flightc.Oracle;

/// <summary>An independent executor of ONNX models: what others think a model computes.</summary>
public interface IOracle : IDisposable
{
    /// <summary>What it is, with its version, such as <c>ONNX Runtime 1.30.0</c>.</summary>
    string Name { get; }

    /// <summary>Loads a model from a file; external data is found beside it.</summary>
    /// <exception cref="Diagnostics.CompilationException">It is refused (FLC1602), or cannot be read (FLC1001).</exception>
    IOracleSession Open(string path, OracleOptions options);

    /// <summary>Loads a model from the bytes of a file that has all data within.</summary>
    /// <param name="model">The file's bytes; not needed afterwards.</param>
    /// <param name="name">For messages.</param>
    /// <param name="options">How it is to be executed.</param>
    /// <exception cref="Diagnostics.CompilationException">It is refused (FLC1602).</exception>
    IOracleSession Open(ReadOnlySpan<byte> model, string name, OracleOptions options);
}
