using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Flightc.Container;
using Flightc.Isa;

namespace Flightc.Cli.Terminal;

/// <summary>
/// What is needed to look into a bug of ours: the command, versions, the exception, the last artefact. No
/// weights, no file of the user.
/// </summary>
/// <param name="arguments">The command line.</param>
internal sealed class Reproducer(IReadOnlyList<string> arguments)
{
    private const int DigitsOfName = 12;

    private (string File, Func<string> Text)? _last;

    /// <summary>Where the folder is put: <c>--dump-dir</c>, or the folder for temporary files.</summary>
    public string Folder { get; set; } = Path.GetTempPath();

    /// <summary>File name of the last artefact, for messages; empty before the first.</summary>
    public string LastPass => _last is { } last ? $"after {Path.GetFileNameWithoutExtension(last.File)}" : "";

    /// <summary>Notes an artefact; it is printed only if a bug shows later.</summary>
    public void Reached(string file, Func<string> text) => _last = (file, text);

    /// <summary>Writes the folder; the same bug in the same command gives the same name.</summary>
    /// <returns>Its path; null where it cannot be written.</returns>
    public string? TryWrite(Exception error)
    {
        string command = $"flightc {string.Join(' ', arguments.Select(Quoted))}\n";
        string details = error.ToString();
        string name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(command + details)))[..DigitsOfName];
        string folder = Path.GetFullPath(Path.Combine(Folder, $"flightc-reproducer-{name}"));
        try
        {
            Directory.CreateDirectory(folder);
            File.WriteAllText(Path.Combine(folder, "command.txt"), command);
            File.WriteAllText(Path.Combine(folder, "error.txt"), details + "\n");
            File.WriteAllText(Path.Combine(folder, "versions.txt"), Versions());
            WriteLast(folder);
            return folder;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private void WriteLast(string folder)
    {
        if (_last is not { } last)
        {
            return;
        }

        string text;
        try
        {
            text = last.Text();
        }
#pragma warning disable CA1031 // The artefact may be what is broken; the report about the first exception counts.
        catch (Exception e)
#pragma warning restore CA1031
        {
            text = $"cannot be printed: {e}\n";
        }

        File.WriteAllText(Path.Combine(folder, last.File), text);
    }

    private static string Versions() =>
        $"flightc {ToolVersion.Current}\ninstruction set {MachineProgram.IsaVersion}\nimage format {ImageManifest.FormatVersion}\n"
        + $"{RuntimeInformation.FrameworkDescription}\n{RuntimeInformation.OSDescription} {RuntimeInformation.ProcessArchitecture}\n"
        + $"{Environment.ProcessorCount} processors\n";

    private static string Quoted(string argument) =>
        argument.Length > 0 && argument.All(
            c => char.IsAsciiLetterOrDigit(c) || "-_./:=,+".Contains(c, StringComparison.Ordinal))
            ? argument
            : $"'{argument.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
