using System.Globalization;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.RegularExpressions;

namespace Flightc.Tests;

/// <summary>Reads arrays of a <c>.npz</c> file: little-endian f4 or i8 in C order.</summary>
internal sealed partial class NumpyArchive(string path)
{
    public (float[] Values, int[] Shape) Floats(string name) => Read<float>(name, "<f4");

    public int[] Ids(string name) => [.. Read<long>(name, "<i8").Values.Select(v => checked((int)v))];

    private (T[] Values, int[] Shape) Read<T>(string name, string type)
        where T : unmanaged
    {
        using ZipArchive archive = ZipFile.OpenRead(path);
        using Stream stream = archive.GetEntry($"{name}.npy")!.Open();
        using MemoryStream memory = new();
        stream.CopyTo(memory);
        byte[] bytes = memory.ToArray();
        int headerBytes = BitConverter.ToUInt16(bytes, 8);
        string header = Encoding.ASCII.GetString(bytes, 10, headerBytes);
        Assert.Contains($"'descr': '{type}', 'fortran_order': False", header, StringComparison.Ordinal);
        int[] shape = [.. Number().Matches(Shape().Match(header).Value).Select(m => int.Parse(m.Value, CultureInfo.InvariantCulture))];
        return (MemoryMarshal.Cast<byte, T>(bytes.AsSpan(10 + headerBytes)).ToArray(), shape);
    }

    [GeneratedRegex(@"\([0-9, ]*\)")]
    private static partial Regex Shape();

    [GeneratedRegex("[0-9]+")]
    private static partial Regex Number();
}
