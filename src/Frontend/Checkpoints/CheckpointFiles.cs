using Flightc.Diagnostics;

namespace Flightc.Checkpoints;

/// <summary>Which files make up a checkpoint, found by the names that the hub gives them.</summary>
/// <param name="Folder">The folder they are in.</param>
/// <param name="Config"><c>config.json</c>; always there.</param>
/// <param name="Weights">The one weight file, or null.</param>
/// <param name="Index">The shard index, or null; never together with <paramref name="Weights"/>.</param>
internal sealed record CheckpointFiles(string Folder, string Config, string? Weights, string? Index)
{
    private const string ConfigName = "config.json";
    private const string WeightsName = "model.safetensors";

    /// <summary>
    /// Files beside the weights that also end in <c>.safetensors</c> but hold the same weights again, or an
    /// adapter.
    /// </summary>
    private static readonly string[] Ignored = ["consolidated.safetensors", "adapter_model.safetensors"];

    /// <summary>
    /// Finds the files of what a user named: a folder, a <c>.safetensors</c> file, or a <c>config.json</c>.
    /// </summary>
    public static CheckpointFiles Find(string path, DiagnosticBag bag)
    {
        if (Directory.Exists(path))
        {
            return InFolder(path, bag);
        }

        if (!File.Exists(path))
        {
            throw new CompilationException(Codes.FileNotReadable, "there is no such file or folder", path);
        }

        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        return Path.GetExtension(path) switch
        {
            ".safetensors" => new CheckpointFiles(folder, ConfigIn(folder), path, null),
            ".json" when !path.EndsWith(ShardIndex.FileName, StringComparison.Ordinal) =>
                new CheckpointFiles(folder, path, null, null),
            _ => throw new CompilationException(
                Codes.FileNotReadable,
                "not a checkpoint: a folder, a .safetensors file or a config.json is wanted", path),
        };
    }

    /// <summary>A file of the folder by name, or null where there is none.</summary>
    public string? Beside(string name)
    {
        string path = Path.Combine(Folder, name);
        return File.Exists(path) ? path : null;
    }

    private static CheckpointFiles InFolder(string folder, DiagnosticBag bag)
    {
        string config = ConfigIn(folder);
        string index = Path.Combine(folder, ShardIndex.FileName);
        string single = Path.Combine(folder, WeightsName);
        if (File.Exists(single))
        {
            if (File.Exists(index))
            {
                bag.Warning(
                    Codes.ShardIndexInvalid,
                    $"not used: {WeightsName} stands beside it and holds all weights", index);
            }

            return new CheckpointFiles(folder, config, single, null);
        }

        return File.Exists(index)
            ? new CheckpointFiles(folder, config, null, index)
            : new CheckpointFiles(folder, config, OnlyWeightFile(folder), null);
    }

    private static string? OnlyWeightFile(string folder)
    {
        string[] found;
        try
        {
            found = [.. Directory.EnumerateFiles(folder, "*.safetensors")
                .Where(file => !Ignored.Contains(Path.GetFileName(file), StringComparer.Ordinal))
                .Order(StringComparer.Ordinal)];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CompilationException(
                Codes.FileNotReadable, $"cannot list the folder: {e.Message}", folder, "", e);
        }

        return found.Length <= 1 ? found.FirstOrDefault() : throw new CompilationException(
            Codes.ShardIndexInvalid,
            $"the folder has {found.Length} weight files and no {ShardIndex.FileName}: {Excerpt.List([.. found.Select(f => Path.GetFileName(f))])}",
            folder,
            $"fetch {ShardIndex.FileName}, or name the one file to read");
    }

    private static string ConfigIn(string folder)
    {
        string path = Path.Combine(folder, ConfigName);
        return File.Exists(path) ? path : throw new CompilationException(
            Codes.FileNotReadable, $"the folder has no {ConfigName}, which says what the weights are", folder,
            $"put the model's {ConfigName} there");
    }
}
