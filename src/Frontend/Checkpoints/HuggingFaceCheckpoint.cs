using Flightc.Container;
using Flightc.Diagnostics;
using Flightc.Onnx;
using Flightc.Onnx.Reading;

namespace Flightc.Checkpoints;

/// <summary>
/// A model as the hub distributes it: a configuration, tensors in one or several safetensors files or an ONNX file, a
/// tokenizer.
/// </summary>
/// <remarks>
/// Opening maps every file and checks every header; no weight is read. Nothing is interpreted: what the
/// tensors mean is for the architecture to say.
/// </remarks>
public sealed class HuggingFaceCheckpoint : IDisposable
{
    private readonly List<SafetensorsFile> _files;
    private readonly Dictionary<string, CheckpointTensor> _byName = new(StringComparer.Ordinal);

    private HuggingFaceCheckpoint(CheckpointFiles files, List<SafetensorsFile> weights)
    {
        _files = weights;
        Folder = files.Folder;
        ConfigPath = files.Config;
        GenerationConfigPath = files.Beside("generation_config.json");
        TokenizerPath = files.Beside("tokenizer.json");
        TokenizerConfigPath = files.Beside("tokenizer_config.json");
        VocabularyPath = files.Beside("vocab.json");
        MergesPath = files.Beside("merges.txt");
    }

    /// <summary>The folder that holds all of it.</summary>
    public string Folder { get; }

    /// <summary><c>config.json</c>, or the file the user named in its place. Exists; not read yet.</summary>
    public string ConfigPath { get; }

    /// <summary><c>generation_config.json</c>, or null where there is none.</summary>
    public string? GenerationConfigPath { get; }

    /// <summary><c>tokenizer.json</c>, or null where there is none.</summary>
    public string? TokenizerPath { get; }

    /// <summary><c>tokenizer_config.json</c>, or null where there is none.</summary>
    public string? TokenizerConfigPath { get; }

    /// <summary><c>vocab.json</c>, or null where there is none.</summary>
    public string? VocabularyPath { get; }

    /// <summary><c>merges.txt</c>, or null where there is none.</summary>
    public string? MergesPath { get; }

    /// <summary>
    /// The weight files in ordinal order of their names; empty when only a configuration was given.
    /// </summary>
    public IReadOnlyList<SafetensorsFile> Files => _files;

    /// <summary>The ONNX file, open; null where the model is its configuration and tensors.</summary>
    public OnnxModel? Onnx { get; private init; }

    /// <summary>Whether there are weights.</summary>
    public bool HasWeights => _files.Count > 0 || Onnx is not null;

    /// <summary>All tensors of all files in ordinal order of their names, which are unique.</summary>
    public IReadOnlyList<CheckpointTensor> Tensors { get; private set; } = [];

    /// <summary>
    /// Opens what a user calls MODEL: a folder, a <c>.safetensors</c> file with its <c>config.json</c>, an <c>.onnx</c> file, or a
    /// bare <c>config.json</c>.
    /// </summary>
    /// <param name="path">Folder or file.</param>
    /// <param name="bag">Receives warnings; errors are thrown.</param>
    /// <exception cref="CompilationException">
    /// <see cref="Codes.FileNotReadable"/>, <see cref="Codes.SafetensorsInvalid"/> or
    /// <see cref="Codes.ShardIndexInvalid"/>; the faults of all shards together.
    /// </exception>
    public static HuggingFaceCheckpoint Open(string path, DiagnosticBag bag)
    {
        if (OnnxFiles.Find(path) is { } onnx)
        {
            return new HuggingFaceCheckpoint(OnnxFiles.Of(onnx), []) { Onnx = OnnxReader.Read(onnx, bag) ?? throw new CompilationException([.. bag.Items]) };
        }

        CheckpointFiles files = CheckpointFiles.Find(path, bag);
        ShardIndex? index = files.Index is null ? null : ShardIndex.Read(files.Index);
        IEnumerable<string> names = index is not null ? index.Shards.Keys.Select(
            shard => Path.Combine(files.Folder, shard))
            : files.Weights is not null ? [files.Weights]
            : [];
        List<SafetensorsFile> weights = [];
        try
        {
            OpenAll(names, weights, index);
            HuggingFaceCheckpoint checkpoint = new(files, weights);
            checkpoint.CollectTensors();
            if (index is not null)
            {
                checkpoint.CheckIndex(index, bag);
            }

            return checkpoint;
        }
        catch
        {
            weights.ForEach(file => file.Dispose());
            throw;
        }
    }

    /// <summary>Finds a tensor by name.</summary>
    public bool TryGet(string name, out CheckpointTensor tensor)
    {
        bool found = _byName.TryGetValue(name, out CheckpointTensor? known);
        tensor = known!;
        return found;
    }

    /// <summary>Unmaps all files; no tensor can be read afterwards.</summary>
    public void Dispose()
    {
        _files.ForEach(file => file.Dispose());
        Onnx?.Dispose();
    }

    private static void OpenAll(IEnumerable<string> paths, List<SafetensorsFile> opened, ShardIndex? index)
    {
        List<Diagnostic> faults = [];
        foreach (string path in paths)
        {
            if (index is not null && !File.Exists(path))
            {
                string shard = Path.GetFileName(path);
                faults.Add(new Diagnostic(
                    Codes.ShardIndexInvalid,
                    Severity.Error,
                    $"the shard '{Excerpt.Of(shard)}' with {index.Shards[shard].Count} tensors is not in the folder",
                    index.Path,
                    "fetch all files that the index names"));
                continue;
            }

            try
            {
                opened.Add(SafetensorsFile.Open(path));
            }
            catch (CompilationException e)
            {
                faults.AddRange(e.Diagnostics);
            }
        }

        if (faults.Count > 0)
        {
            throw new CompilationException(faults);
        }
    }

    private void CollectTensors()
    {
        DiagnosticBag faults = new();
        foreach (SafetensorsFile file in _files)
        {
            List<string> doubles = [];
            foreach (SafetensorsTensor tensor in file.Tensors)
            {
                if (!_byName.TryAdd(tensor.Name, new CheckpointTensor(file, tensor)))
                {
                    doubles.Add(tensor.Name);
                }
            }

            if (doubles.Count > 0)
            {
                doubles.Sort(StringComparer.Ordinal);
                string other = Path.GetFileName(_byName[doubles[0]].FilePath);
                faults.Error(
                    Codes.ShardIndexInvalid,
                    $"holds {Excerpt.List(doubles)}, which '{Excerpt.Of(other)}' or another shard holds too",
                    file.Path);
            }
        }

        faults.ThrowIfErrors();
        Tensors = [.. _byName.Values.OrderBy(tensor => tensor.Name, StringComparer.Ordinal)];
    }

    private void CheckIndex(ShardIndex index, DiagnosticBag bag)
    {
        DiagnosticBag faults = new();
        foreach (SafetensorsFile file in _files)
        {
            List<string> wanted = index.Shards[Path.GetFileName(file.Path)];
            List<string> absent = wanted.FindAll(name => !file.TryGet(name, out _));
            if (absent.Count > 0)
            {
                faults.Error(
                    Codes.ShardIndexInvalid,
                    $"the shard '{Excerpt.Of(Path.GetFileName(file.Path))}' does not hold {Excerpt.List(absent)}, which the index places there",
                    index.Path,
                    "index and shards are of different versions: fetch them again together");
            }

            HashSet<string> listed = new(wanted, StringComparer.Ordinal);
            List<string> unlisted = [.. file.Tensors.Select(tensor => tensor.Name).Where(name => !listed.Contains(name)).Order(StringComparer.Ordinal)];
            if (unlisted.Count > 0)
            {
                bag.Warning(
                    Codes.ShardIndexInvalid, $"holds {Excerpt.List(unlisted)}, which the index does not list",
                    file.Path);
            }
        }

        faults.ThrowIfErrors();
    }
}
