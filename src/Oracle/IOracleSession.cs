using Flightc.Onnx;

namespace Flightc.Oracle;

/// <summary>A loaded model. Safe for several threads.</summary>
public interface IOracleSession : IDisposable
{
    /// <summary>What it takes, in the file's order.</summary>
    IReadOnlyList<OnnxValue> Inputs { get; }

    /// <summary>What it gives, in the file's order.</summary>
    IReadOnlyList<OnnxValue> Outputs { get; }

    /// <summary>Executes the model once.</summary>
    /// <param name="inputs">One for each of <see cref="Inputs"/>, by name.</param>
    /// <param name="outputs">Which results are wanted; all where none is named.</param>
    /// <returns>Results by name.</returns>
    /// <exception cref="Diagnostics.CompilationException">An input is missing or unknown, its type or shape does not fit, or the model fails
    /// (FLC1602).</exception>
    IReadOnlyDictionary<string, OnnxTensor> Run(IReadOnlyDictionary<string, OnnxTensor> inputs, params IReadOnlyList<string> outputs);
}
