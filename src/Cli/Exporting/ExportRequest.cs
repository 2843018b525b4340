using Flightc.Export;

namespace Flightc.Cli.Exporting;

/// <summary>What a user wants exported.</summary>
/// <param name="Model">Path of the model.</param>
/// <param name="Output">Path of the ONNX file.</param>
/// <param name="Options">How it is to be.</param>
/// <param name="Recipe">Name or path of a recipe whose numbers are simulated; null for the float model.</param>
/// <param name="Calibration">Path of a text or of statistics; null for none.</param>
/// <param name="MaxLength">The most tokens of a sequence; null for the model's own.</param>
/// <param name="Threads">The most threads; -1 for one per processor.</param>
internal sealed record ExportRequest(
    string Model, string Output, ExportOptions Options, string? Recipe = null, string? Calibration = null, int? MaxLength = null, int Threads = -1)
{
    /// <summary>Where larger constants go.</summary>
    public string Data => $"{Output}.data";
}
