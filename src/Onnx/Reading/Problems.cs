using Flightc.Diagnostics;
using Flightc.Onnx.Wire;

namespace Flightc.Onnx.Reading;

/// <summary>What is wrong with one file: everything at once, up to a limit beyond which it is only counted.</summary>
/// <param name="bag">Where it goes.</param>
/// <param name="path">The file.</param>
internal sealed class Problems(DiagnosticBag bag, string path)
{
    // A damaged file can have one problem per node.
    private const int MaxShown = 50;
    private int _count;

    /// <summary>The file.</summary>
    public string Path { get; } = path;

    /// <summary>Whether there is any.</summary>
    public bool Any => _count > 0;

    /// <summary>Adds one.</summary>
    public void Error(string code, string message, string help = "")
    {
        _count++;
        if (_count <= MaxShown)
        {
            bag.Error(code, message, Path, UsualHelp.Or(help, code));
        }
    }

    /// <summary>Adds something that does not stand in the way.</summary>
    public void Warning(string code, string message, string help = "") => bag.Warning(code, message, Path, help);

    /// <summary>Says how many were not shown.</summary>
    public void Finish()
    {
        if (_count > MaxShown)
        {
            bag.Note(Codes.OnnxInvalid, $"{_count - MaxShown} more problems are not shown", Path);
        }
    }
}
