namespace Flightc.Container;

/// <summary>The version of this flightc.</summary>
public static class ToolVersion
{
    /// <summary>Three numbers, such as <c>0.1.0</c>; the same for every build of one release.</summary>
    public static string Current { get; } = typeof(ToolVersion).Assembly.GetName().Version!.ToString(3);
}
