using System.Globalization;
using Flightc.Container;
using Flightc.Diagnostics;

namespace Flightc.Calibration;

/// <summary>
/// Statistics in a file: a safetensors file whose <c>__metadata__</c> says of which model and texts they are, and has a line for
/// every matrix. docs/calibration.md describes it.
/// </summary>
public static class CalibrationFile
{
    private const string FormatKey = "format";
    private const string FormatName = "flightc calibration";
    private const string VersionKey = "version";
    private const string Version = "1";
    private const string ModelKey = "model";
    private const string TokensKey = "tokens";
    private const string PartPrefix = "part.";
    private const string MatrixPrefix = "matrix.";
    private const int HashLength = 64;

    /// <summary>Writes statistics, beside their place and renamed.</summary>
    /// <param name="path">Where to.</param>
    /// <param name="statistics">One tensor at a time is asked for.</param>
    /// <exception cref="CompilationException">The file cannot be written (FLC9002).</exception>
    public static void Write(string path, CalibrationStatistics statistics) =>
        TensorFileWriter.Write(path, $"{path}.{Text(Environment.ProcessId)}.partial", stream => Write(stream, statistics));

    /// <summary>Writes the content of a file of statistics.</summary>
    /// <param name="stream">Where to; stays open.</param>
    /// <param name="statistics">One tensor at a time is asked for.</param>
    public static void Write(Stream stream, CalibrationStatistics statistics) =>
        TensorFileWriter.Write(
            stream, Metadata(statistics.ModelHash, statistics.Parts, statistics.Matrices), TensorsOf(statistics.Matrices), statistics.Read);

    /// <summary>Opens statistics; their numbers are read when they are asked for.</summary>
    /// <param name="path">A file that was written here.</param>
    /// <returns>To be disposed.</returns>
    /// <exception cref="CompilationException">The file cannot be read (FLC1001), is no safetensors file (FLC1002), or has other contents
    /// than statistics have (FLC1401).</exception>
    public static CalibrationStatistics Read(string path)
    {
        SafetensorsFile file = SafetensorsFile.Open(path);
        try
        {
            Require(file, FormatKey, FormatName);
            Require(file, VersionKey, Version);
            string model = file.Metadata.GetValueOrDefault(ModelKey, "");
            if (model.Length != HashLength)
            {
                throw Invalid(file, $"'{ModelKey}' is '{Excerpt.Of(model)}'; a SHA-256 in hex is wanted");
            }

            CalibrationPart[] parts = [.. Lines(file, PartPrefix).Select(line =>
                CalibrationPart.TryParse(line, out CalibrationPart part)
                    ? part : throw Invalid(file, $"the part '{Excerpt.Of(line)}' is not one"))];
            CalibratedMatrix[] matrices = [.. Lines(file, MatrixPrefix).Select(line =>
                CalibratedMatrix.TryParse(line, out CalibratedMatrix matrix)
                    ? matrix : throw Invalid(file, $"the matrix '{Excerpt.Of(line)}' is not one"))];
            RequireUnique(file, matrices);
            if (parts.Any(p => p.Draws > 0 != matrices[0].HasDerivatives) || matrices.Any(m => m.HasDerivatives != matrices[0].HasDerivatives))
            {
                throw Invalid(file, "the matrices and the draws of the parts contradict each other about derivatives");
            }

            RequireTensors(file, matrices);
            CalibrationStatistics statistics = new(model, parts, matrices, new MappedTensors(file));
            RequireSameMetadata(file, statistics);
            return statistics;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Whether a file says that it has statistics; false too where it cannot be read.</summary>
    /// <param name="path">Any file.</param>
    public static bool IsStatistics(string path)
    {
        try
        {
            using SafetensorsFile file = SafetensorsFile.Open(path);
            return file.Metadata.GetValueOrDefault(FormatKey) == FormatName;
        }
        catch (CompilationException)
        {
            return false;
        }
    }

    /// <summary>What a file has before its data.</summary>
    internal static byte[] Header(string modelHash, IReadOnlyList<CalibrationPart> parts, IReadOnlyList<CalibratedMatrix> matrices) =>
        TensorFileWriter.Header(Metadata(modelHash, parts, matrices), TensorsOf(matrices));

    /// <summary>The tensors of matrices, each once, in the order of a file.</summary>
    internal static IReadOnlyList<(string Name, int[] Shape)> TensorsOf(IEnumerable<CalibratedMatrix> matrices) =>
        [.. matrices.SelectMany(m => m.Tensors()).DistinctBy(t => t.Name)];

    private static IEnumerable<(string Key, string Value)> Metadata(
        string modelHash, IReadOnlyList<CalibrationPart> parts, IReadOnlyList<CalibratedMatrix> matrices)
    {
        yield return (FormatKey, FormatName);
        yield return (VersionKey, Version);
        yield return (ModelKey, modelHash);
        yield return (TokensKey, Text(parts.Sum(p => p.Tokens)));
        for (int i = 0; i < parts.Count; i++)
        {
            yield return ($"{PartPrefix}{Text(i)}", parts[i].ToString());
        }

        for (int i = 0; i < matrices.Count; i++)
        {
            yield return ($"{MatrixPrefix}{Text(i)}", matrices[i].ToString());
        }
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static void Require(SafetensorsFile file, string key, string wanted)
    {
        string found = file.Metadata.GetValueOrDefault(key, "");
        if (found != wanted)
        {
            throw Invalid(file, $"'{key}' is '{Excerpt.Of(found)}'; '{wanted}' is wanted");
        }
    }

    private static IEnumerable<string> Lines(SafetensorsFile file, string prefix)
    {
        int count = 0;
        while (file.Metadata.TryGetValue($"{prefix}{Text(count)}", out string? line))
        {
            yield return line;
            count++;
        }

        if (count == 0)
        {
            throw Invalid(file, $"there is no '{prefix}0' in '__metadata__'");
        }
    }

    private static void RequireUnique(SafetensorsFile file, CalibratedMatrix[] matrices)
    {
        HashSet<string> roles = new(StringComparer.Ordinal);
        if (Array.Find(matrices, m => !roles.Add(m.Role)) is { } twice)
        {
            throw Invalid(file, $"the matrix '{Excerpt.Of(twice.Role)}' stands twice");
        }
    }

    private static void RequireTensors(SafetensorsFile file, CalibratedMatrix[] matrices)
    {
        Dictionary<string, int[]> wanted = new(StringComparer.Ordinal);
        foreach ((string name, int[] shape) in matrices.SelectMany(m => m.Tensors()))
        {
            if (wanted.TryGetValue(name, out int[]? other) && !other.SequenceEqual(shape))
            {
                throw Invalid(file, $"two matrices want the tensor '{Excerpt.Of(name)}' in different shapes");
            }

            wanted[name] = shape;
            if (!file.TryGet(name, out SafetensorsTensor tensor))
            {
                throw Invalid(file, $"the tensor '{Excerpt.Of(name)}' is missing");
            }

            if (tensor.Type != StoredType.F32 || !tensor.Shape.SequenceEqual(shape.Select(size => (long)size)))
            {
                throw Invalid(
                    file,
                    $"tensor '{Excerpt.Of(name)}' is {tensor.Type.Name()} [{Excerpt.Of(string.Join(", ", tensor.Shape))}]; F32 [{string.Join(", ", shape)}] is wanted");
            }
        }

        if (file.Tensors.FirstOrDefault(t => !wanted.ContainsKey(t.Name)) is { } foreign)
        {
            throw Invalid(file, $"no matrix has the tensor '{Excerpt.Of(foreign.Name)}'");
        }
    }

    // One form for one content: keys that nobody reads, and numbers that contradict each other, are found here.
    private static void RequireSameMetadata(SafetensorsFile file, CalibrationStatistics statistics)
    {
        SortedDictionary<string, string> wanted = new(StringComparer.Ordinal);
        foreach ((string key, string value) in Metadata(statistics.ModelHash, statistics.Parts, statistics.Matrices))
        {
            wanted.Add(key, value);
        }

        if (file.Metadata.FirstOrDefault(m => wanted.GetValueOrDefault(m.Key) != m.Value) is { Key: { } key2, Value: { } value2 })
        {
            throw Invalid(file, $"'{Excerpt.Of(key2)}' is '{Excerpt.Of(value2)}' in '__metadata__'; {(wanted.TryGetValue(key2, out string? w) ? $"'{w}' is wanted" : "there is no such key")}");
        }

        if (wanted.Keys.FirstOrDefault(key => !file.Metadata.ContainsKey(key)) is { } missing)
        {
            throw Invalid(file, $"'{missing}' is missing in '__metadata__'");
        }
    }

    private static CompilationException Invalid(SafetensorsFile file, string message) =>
        new(Codes.CalibrationInvalid, message, file.Path, "give a file that 'flightc calibrate' wrote, or calibrate again");
}
