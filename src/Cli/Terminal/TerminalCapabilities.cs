namespace Flightc.Cli.Terminal;

/// <summary>What stands behind standard output and standard error.</summary>
/// <param name="IsOutputTerminal">Whether people read standard output as it is written.</param>
/// <param name="IsErrorTerminal">Whether people read standard error as it is written.</param>
/// <param name="HasAnsi">Whether the terminal understands control sequences.</param>
/// <param name="HasColor">Whether colours are wanted: see <see cref="WantsColor"/>.</param>
/// <param name="Width">Columns.</param>
internal sealed record TerminalCapabilities(
    bool IsOutputTerminal, bool IsErrorTerminal, bool HasAnsi, bool HasColor, int Width)
{
    private const int UsualWidth = 100;

    /// <summary>No terminal at all: files, pipes, tests.</summary>
    public static TerminalCapabilities None { get; } = new(false, false, false, false, UsualWidth);

    /// <summary>What this process was started with.</summary>
    public static TerminalCapabilities OfProcess()
    {
        bool output = !Console.IsOutputRedirected;
        bool error = !Console.IsErrorRedirected;
        string terminal = Environment.GetEnvironmentVariable("TERM") ?? "";
        return new TerminalCapabilities(
            output, error, terminal != "dumb",
            WantsColor(Environment.GetEnvironmentVariable("NO_COLOR"), terminal),
            output || error ? WidthOfProcess() : UsualWidth);
    }

    /// <summary>
    /// Whether colours are wanted: not where NO_COLOR is set to anything (no-color.org), nor on a dumb
    /// terminal.
    /// </summary>
    public static bool WantsColor(string? noColor, string terminal) =>
        string.IsNullOrEmpty(noColor) && terminal != "dumb";

    private static int WidthOfProcess()
    {
        try
        {
            return Console.WindowWidth is > 0 and var width ? width : UsualWidth;
        }
        catch (IOException)
        {
            return UsualWidth;
        }
    }
}
