namespace Flightc.Export;

/// <summary>What an exported file is to look like.</summary>
/// <param name="Opset">The version of ONNX's operators, <see cref="LeastOpset"/> … <see cref="MostOpset"/>.</param>
/// <param name="HasPast">Whether keys and values of earlier tokens come in and go out, as decoding wants it; without, every run starts a sequence.</param>
public sealed record ExportOptions(int Opset = ExportOptions.DefaultOpset, bool HasPast = true)
{
    /// <summary>The first opset that can be written.</summary>
    public const int LeastOpset = 13;

    /// <summary>The last one that can be written.</summary>
    public const int MostOpset = 23;

    /// <summary>Read by every tool of the last years.</summary>
    public const int DefaultOpset = 17;

    /// <summary>The first version of the file format that has the opset, so that older tools accept the file.</summary>
    internal int IrVersion => Opset switch
    {
        < 15 => 7,
        < 19 => 8,
        < 21 => 9,
        < 23 => 10,
        _ => 11,
    };
}
