using System.Buffers.Binary;
using System.Text.Json.Nodes;

namespace Flightc.Tests.Families;

/// <summary>The tensors of a checkpoint as floats, read without the product's reader.</summary>
internal sealed class CheckpointFloats
{
    private readonly Dictionary<string, (long[] Shape, float[] Values)> _tensors = new(StringComparer.Ordinal);

    public CheckpointFloats(string folder)
    {
        Config = JsonNode.Parse(File.ReadAllText(Path.Combine(folder, "config.json")))!.AsObject();
        foreach (string file in Directory.EnumerateFiles(folder, "*.safetensors"))
        {
            Read(File.ReadAllBytes(file));
        }
    }

    /// <summary>config.json.</summary>
    public JsonObject Config { get; }

    /// <summary>A tensor of this name.</summary>
    public (long[] Shape, float[] Values) this[string name] => _tensors[name];

    /// <summary>Whether there is one.</summary>
    public bool Has(string name) => _tensors.ContainsKey(name);

    private void Read(byte[] file)
    {
        int header = (int)BinaryPrimitives.ReadInt64LittleEndian(file);
        JsonObject entries = JsonNode.Parse(file.AsSpan(8, header))!.AsObject();
        foreach ((string name, JsonNode? entry) in entries)
        {
            if (name == "__metadata__")
            {
                continue;
            }

            long[] shape = [.. entry!["shape"]!.AsArray().Select(size => size!.GetValue<long>())];
            int begin = 8 + header + entry["data_offsets"]![0]!.GetValue<int>(), end = 8 + header + entry["data_offsets"]![1]!.GetValue<int>();
            _tensors.Add(name, (shape, Floats(file.AsSpan(begin, end - begin), entry["dtype"]!.GetValue<string>())));
        }
    }

    private static float[] Floats(ReadOnlySpan<byte> bytes, string type)
    {
        int size = type switch { "F64" => 8, "F32" => 4, _ => 2 };
        float[] values = new float[bytes.Length / size];
        for (int i = 0; i < values.Length; i++)
        {
            ReadOnlySpan<byte> one = bytes.Slice(i * size, size);
            values[i] = type switch
            {
                "F64" => (float)BinaryPrimitives.ReadDoubleLittleEndian(one),
                "F32" => BinaryPrimitives.ReadSingleLittleEndian(one),
                "F16" => (float)BinaryPrimitives.ReadHalfLittleEndian(one),
                "BF16" => BitConverter.UInt32BitsToSingle((uint)BinaryPrimitives.ReadUInt16LittleEndian(one) << 16),
                _ => throw new InvalidOperationException(type),
            };
        }

        return values;
    }
}
