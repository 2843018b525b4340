using Flightc.Checkpoints;
using Flightc.Container;
using Flightc.Diagnostics;

namespace Flightc.Cli.Compiling;

/// <summary>Tells apart what users name as MODEL or IMAGE, by content where names could lie.</summary>
internal static class ModelFile
{
    /// <summary>Opens what is wanted to be a model.</summary>
    /// <param name="path">A folder, a <c>.safetensors</c> or <c>.onnx</c> file, or a <c>config.json</c>.</param>
    /// <param name="bag">Receives warnings.</param>
    /// <exception cref="CompilationException">It is something else, is missing or cannot be read.</exception>
    public static HuggingFaceCheckpoint Open(string path, DiagnosticBag bag)
    {
        if (File.Exists(path) && IsImage(path))
        {
            throw new CompilationException(
                Codes.Usage, "this is a compiled image; a model is wanted", path,
                "name the folder of the checkpoint that the image was made of");
        }

        if (Directory.Exists(path) && !File.Exists(Path.Combine(path, "config.json")) && OnnxFiles.Find(path) is null)
        {
            throw NoConfiguration(path);
        }

        return HuggingFaceCheckpoint.Open(path, bag);
    }

    /// <summary>
    /// Whether a file is an image by its first bytes, or is called like one: then opening it says what is
    /// wrong.
    /// </summary>
    public static bool IsImage(string path)
    {
        if (HasExtension(path, ".flight") && !Directory.Exists(path))
        {
            return true;
        }

        try
        {
            return File.Exists(path) && Image.HasSignature(path);
        }
        catch (CompilationException)
        {
            // Whoever opens it next says why it cannot be read.
            return false;
        }
    }

    /// <summary>
    /// A name for files that are made of a model: that of its folder, or of its file where that says more.
    /// </summary>
    public static string NameOf(string path)
    {
        string full = Path.GetFullPath(path);
        string folder = Directory.Exists(full) ? full : Path.GetDirectoryName(full) ?? full;
        string file = Path.GetFileNameWithoutExtension(full);
        string name = Directory.Exists(full) || file is "model" or "config"
            ? Path.GetFileName(Path.TrimEndingDirectorySeparator(folder))
            : file;
        return name.Length == 0 ? "model" : name;
    }

    private static CompilationException NoConfiguration(string folder)
    {
        string[] files;
        try
        {
            files = [.. Directory.EnumerateFiles(folder).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new CompilationException(
                Codes.FileNotReadable, $"cannot list the folder: {e.Message}", folder, "", e);
        }

        string found = files.Length == 0 ? "the folder is empty" : $"it has {Excerpt.List(files)}";
        return new CompilationException(
            Codes.FileNotReadable, $"the folder has no config.json, which says what the weights are; {found}", folder,
            "name the folder of a Hugging Face checkpoint: config.json, *.safetensors, tokenizer.json; or an .onnx file");
    }

    private static bool HasExtension(string path, string extension) =>
        path.EndsWith(extension, StringComparison.OrdinalIgnoreCase);
}
