using Flightc.Cli.Commands;
using Flightc.Cli.Reports;
using Flightc.Export;
using Flightc.Models;

namespace Flightc.Cli.Oracles;

/// <summary>The file that an oracle runs for a model: the user's own where that is ONNX, otherwise an export, which is deleted afterwards.</summary>
internal sealed class OracleModel : IDisposable
{
    private readonly TemporaryFile? _temporary;

    private OracleModel(string path, string what, TemporaryFile? temporary) => (Path, What, _temporary) = (path, what, temporary);

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>What it is, in words.</summary>
    public string What { get; }

    /// <summary>Finds or makes it.</summary>
    /// <param name="path">The model as the user named it.</param>
    /// <param name="model">Imported from there.</param>
    /// <param name="invocation">Deletes what is made if the process has to end at once.</param>
    public static OracleModel Of(string path, ImportedModel model, Invocation invocation)
    {
        if (File.Exists(path) && System.IO.Path.GetExtension(path).Equals(".onnx", StringComparison.OrdinalIgnoreCase))
        {
            return new OracleModel(path, path, null);
        }

        TemporaryFile file = new("model.onnx", invocation);
        try
        {
            ExportFile.Write(file.FilePath, GraphExport.Build(model.Graph, model.Weights, null, new ExportOptions()), _ => invocation.Token.ThrowIfCancellationRequested());
            return new OracleModel(file.FilePath, "an export of the model", file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _temporary?.Dispose();
}
