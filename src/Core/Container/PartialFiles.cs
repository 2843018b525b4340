using System.Diagnostics;
using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace Flightc.Container;

/// <summary>
/// Names of files that are being written beside the one that they will replace: <c>NAME.PROCESS-NUMBER.partial</c>. A process that was killed leaves its
/// own behind; the next that writes to the same place removes it.
/// </summary>
public static class PartialFiles
{
    private const string Extension = ".partial";

    private static int _count;

    /// <summary>A name that no other file of this process has.</summary>
    /// <param name="path">What will be replaced.</param>
    public static string NameFor(string path) => $"{path}.{Environment.ProcessId}-{Interlocked.Increment(ref _count)}{Extension}";

    /// <summary>The unfinished files of this process for a place.</summary>
    /// <param name="path">What they will replace.</param>
    public static IEnumerable<string> OfThisProcess(string path) =>
        All(path).Where(file => file.Process == Environment.ProcessId).Select(file => file.Path);

    /// <summary>Deletes what processes left behind that are gone. What cannot be deleted stays.</summary>
    /// <param name="path">What they wanted to replace.</param>
    public static void RemoveAbandoned(string path)
    {
        foreach ((string file, int process) in All(path))
        {
            if (process != Environment.ProcessId && !IsRunning(process))
            {
                TryDelete(file);
            }
        }
    }

    private static IEnumerable<(string Path, int Process)> All(string path)
    {
        string full = Path.GetFullPath(path);
        string start = Path.GetFileName(full) + ".";
        string[] files;
        try
        {
            files = Directory.GetFiles(Path.GetDirectoryName(full)!, "*" + Extension);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Whether the place can be written shows when it is.
            yield break;
        }

        foreach (string file in files)
        {
            string name = Path.GetFileName(file);
            if (name.StartsWith(start, StringComparison.Ordinal) && ProcessOf(name[start.Length..^Extension.Length]) is { } process)
            {
                yield return (file, process);
            }
        }
    }

    // Of "123-4"; null for what is not ours.
    private static int? ProcessOf(string middle)
    {
        string[] parts = middle.Split('-');
        return parts.Length == 2 && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out _)
            && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int process)
            ? process
            : null;
    }

    private static bool IsRunning(int process)
    {
        try
        {
            using Process found = Process.GetProcessById(process);
            return !found.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
        catch (Exception e) when (e is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return true;
        }
    }

    private static void TryDelete(string file)
    {
        try
        {
            // Somebody on another machine, or in another container, holds a lock while he writes.
            using (SafeFileHandle handle = File.OpenHandle(file, FileMode.Open, FileAccess.ReadWrite, FileShare.None))
            {
            }

            File.Delete(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It costs space, and no result.
        }
    }
}
