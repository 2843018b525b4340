using System.Runtime.InteropServices;
using Flightc.Diagnostics;

namespace Flightc.Oracle;

/// <summary>Finds ONNX Runtime's library: where the user says, beside the program, or where the tests' set-up installs it.</summary>
public static class OnnxRuntimeLibrary
{
    /// <summary>The environment variable that names the library.</summary>
    public const string Variable = "FLIGHTC_ONNXRUNTIME";

    /// <summary>What to do where there is none.</summary>
    internal const string Advice =
        $"run 'npm ci --ignore-scripts' in tests/oracle, or name the library of ONNX Runtime 1.17 or newer with --onnxruntime or {Variable}";

    // Where the tests' set-up puts it, below the root of the repository.
    private static readonly string[] InstalledByNpm = ["tests", "oracle", "node_modules", "onnxruntime-node", "bin"];

    /// <summary>Finds the library.</summary>
    /// <param name="option">What the command line names, a file or its folder; null where it names nothing.</param>
    /// <param name="variable">What <see cref="Variable"/> holds; null or empty where it is not set.</param>
    /// <param name="programFolder">The folder of the program.</param>
    /// <returns>A file that exists.</returns>
    /// <exception cref="CompilationException">There is none (FLC1601).</exception>
    public static string Find(string? option, string? variable, string programFolder)
    {
        if (option is not null)
        {
            return Named(option, "--onnxruntime");
        }

        if (!string.IsNullOrEmpty(variable))
        {
            return Named(variable, Variable);
        }

        return Candidates(programFolder).FirstOrDefault(File.Exists)
            ?? throw new CompilationException(Codes.OracleMissing, "ONNX Runtime is not installed, and this needs it", "", Advice);
    }

    private static string Named(string path, string source)
    {
        string? file = Directory.Exists(path) ? FileNames.Select(name => Path.Combine(path, name)).FirstOrDefault(File.Exists) : path;
        return file is not null && File.Exists(file)
            ? file
            : throw new CompilationException(
                Codes.OracleMissing,
                file is null ? $"{source} names a folder without {string.Join(" or ", FileNames)}" : $"{source} names a file that does not exist", path, Advice);
    }

    private static IEnumerable<string> Candidates(string programFolder)
    {
        // A package puts it beside the program, or below it where the program is for several systems.
        string[] besideProgram = [programFolder, Path.Combine(programFolder, "runtimes", $"{SystemName}-{Architecture}", "native")];
        foreach (string folder in besideProgram.Concat(NpmFolders(programFolder)))
        {
            foreach (string name in FileNames)
            {
                yield return Path.Combine(folder, name);
            }
        }
    }

    private static IEnumerable<string> NpmFolders(string programFolder)
    {
        for (DirectoryInfo? folder = new(programFolder); folder is not null; folder = folder.Parent)
        {
            string bin = Path.Combine([folder.FullName, .. InstalledByNpm]);
            if (Directory.Exists(bin))
            {
                // One folder for each version of Node's binary interface; the library in them is the same.
                return Directory.EnumerateDirectories(bin, "napi-v*").Order(StringComparer.Ordinal).Select(napi => Path.Combine(napi, NodePlatform, Architecture));
            }
        }

        return [];
    }

    // As the packages call the file; versions stand in some names.
    private static string[] FileNames =>
        OperatingSystem.IsWindows() ? ["onnxruntime.dll"]
        : OperatingSystem.IsMacOS() ? ["libonnxruntime.dylib", "libonnxruntime.1.dylib"]
        : ["libonnxruntime.so", "libonnxruntime.so.1"];

    private static string SystemName => OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : "linux";

    private static string NodePlatform => OperatingSystem.IsWindows() ? "win32" : OperatingSystem.IsMacOS() ? "darwin" : "linux";

    private static string Architecture => RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? "arm64" : "x64";
}
