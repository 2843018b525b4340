namespace Flightc.Onnx.Reading;

/// <summary>Where a path leads when every symbolic link on the way is followed.</summary>
internal static class RealPath
{
    // What Linux allows.
    private const int MaxLinks = 40;

    /// <summary>The absolute path without links; what does not exist is taken as it is written.</summary>
    /// <exception cref="IOException">Links lead in a circle, or cannot be read.</exception>
    public static string Of(string path)
    {
        string full = Path.GetFullPath(path);
        string current = Path.GetPathRoot(full)!;
        Stack<string> rest = new();
        Push(rest, full[current.Length..]);
        int links = 0;
        while (rest.TryPop(out string? name))
        {
            if (name == "..")
            {
                current = Path.GetDirectoryName(current) ?? current;
                continue;
            }

            string next = Path.Combine(current, name);
            if (new FileInfo(next).LinkTarget is not { } target)
            {
                current = next;
                continue;
            }

            links++;
            if (links > MaxLinks)
            {
                throw new IOException($"more than {MaxLinks} symbolic links");
            }

            string? root = Path.GetPathRoot(target);
            if (!string.IsNullOrEmpty(root))
            {
                current = root;
                target = target[root.Length..];
            }

            Push(rest, target);
        }

        return current;
    }

    private static void Push(Stack<string> rest, string path)
    {
        string[] names = path.Split([Path.DirectorySeparatorChar, Path.AltDirectorySeparatorChar], StringSplitOptions.RemoveEmptyEntries);
        foreach (string name in names.Reverse().Where(n => n != "."))
        {
            rest.Push(name);
        }
    }
}
