using Flightc.Diagnostics;

namespace Flightc.Checkpoints;

/// <summary>Finds the ONNX file of what a user calls MODEL.</summary>
/// <remarks>Where a folder has safetensors too, they are taken: they are what an ONNX file was exported from.</remarks>
public static class OnnxFiles
{
    private const string Extension = ".onnx";

    // As exporters call decoders, those first that serve all lengths.
    private static readonly string[] UsualNames =
        ["model.onnx", "decoder_model_merged.onnx", "decoder_with_past_model.onnx", "decoder_model.onnx"];

    // The hub keeps exports in a folder of their own, beside configuration and tokenizer.
    private const string ExportFolder = "onnx";

    /// <summary>The file, or null where the model is something else.</summary>
    /// <param name="path">A file or folder.</param>
    /// <exception cref="CompilationException">There are several, and none has a usual name.</exception>
    public static string? Find(string path)
    {
        if (!Directory.Exists(path))
        {
            return File.Exists(path) && path.EndsWith(Extension, StringComparison.OrdinalIgnoreCase) ? path : null;
        }

        return HasAny(path, "*.safetensors") ? null : InFolder(path) ?? (Directory.Exists(Path.Combine(path, ExportFolder)) ? InFolder(Path.Combine(path, ExportFolder)) : null);
    }

    /// <summary>The files that belong to an ONNX file: those beside it, or a folder higher where the hub keeps exports in one of their own.</summary>
    internal static CheckpointFiles Of(string file)
    {
        string folder = Path.GetDirectoryName(Path.GetFullPath(file))!;
        string above = Path.GetDirectoryName(folder) ?? folder;
        if (Path.GetFileName(folder) == ExportFolder && !File.Exists(Path.Combine(folder, "config.json")) && File.Exists(Path.Combine(above, "config.json")))
        {
            folder = above;
        }

        string config = Path.Combine(folder, "config.json");
        return new CheckpointFiles(folder, File.Exists(config) ? config : file, null, null);
    }

    private static string? InFolder(string folder)
    {
        string[] found = [.. Files(folder, "*" + Extension).Select(f => Path.GetFileName(f))];
        if (UsualNames.FirstOrDefault(found.Contains) is { } usual)
        {
            return Path.Combine(folder, usual);
        }

        return found.Length <= 1 ? found.Select(f => Path.Combine(folder, f)).FirstOrDefault() : throw new CompilationException(
            Codes.FileNotReadable, $"the folder has {found.Length} ONNX files: {Excerpt.List(found)}; one is wanted", folder, "name the file");
    }

    private static bool HasAny(string folder, string pattern) => Files(folder, pattern).Length > 0;

    private static string[] Files(string folder, string pattern)
    {
        try
        {
            return [.. Directory.EnumerateFiles(folder, pattern).Order(StringComparer.Ordinal)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CompilationException(Codes.FileNotReadable, $"cannot list the folder: {e.Message}", folder, "", e);
        }
    }
}
