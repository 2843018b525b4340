using System.Buffers.Binary;
using System.Text;

namespace Flightc.Tests.Checkpoints;

/// <summary>Writes safetensors files for tests, right ones and wrong ones.</summary>
internal static class SafetensorsBytes
{
    /// <summary>A file of any header, with its true length before it, and any data.</summary>
    public static byte[] File(byte[] header, params ReadOnlySpan<byte> data)
    {
        byte[] file = new byte[8 + header.Length + data.Length];
        BinaryPrimitives.WriteInt64LittleEndian(file, header.Length);
        header.CopyTo(file, 8);
        data.CopyTo(file.AsSpan(8 + header.Length));
        return file;
    }

    public static byte[] File(string header, params ReadOnlySpan<byte> data) => File(Encoding.UTF8.GetBytes(header), data);

    /// <summary>A valid file of these tensors in this order.</summary>
    public static byte[] File(params ReadOnlySpan<(string Name, string Type, int[] Shape, byte[] Data)> tensors)
    {
        List<string> entries = [];
        List<byte> data = [];
        foreach ((string name, string type, int[] shape, byte[] bytes) in tensors)
        {
            entries.Add($"\"{name}\":{{\"dtype\":\"{type}\",\"shape\":[{string.Join(",", shape)}],\"data_offsets\":[{data.Count},{data.Count + bytes.Length}]}}");
            data.AddRange(bytes);
        }

        return File("{" + string.Join(",", entries) + "}", [.. data]);
    }

    /// <summary>Little-endian bytes of 16-bit numbers.</summary>
    public static byte[] Of(params ReadOnlySpan<ushort> values)
    {
        byte[] bytes = new byte[values.Length * 2];
        for (int i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(i * 2), values[i]);
        }

        return bytes;
    }

    /// <summary>Little-endian bytes of binary32 numbers.</summary>
    public static byte[] Of(params ReadOnlySpan<float> values)
    {
        byte[] bytes = new byte[values.Length * 4];
        for (int i = 0; i < values.Length; i++)
        {
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(i * 4), values[i]);
        }

        return bytes;
    }
}
