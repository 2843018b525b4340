using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json.Nodes;

namespace Flightc.Tests;

/// <summary>Writes a safetensors file of raw tensors.</summary>
internal sealed class TensorFile
{
    private readonly SortedDictionary<string, (string Type, long[] Shape, byte[] Bytes)> _tensors = new(StringComparer.Ordinal);

    public void Add<T>(string name, string type, long[] shape, params ReadOnlySpan<T> values)
        where T : unmanaged => _tensors[name] = (type, shape, MemoryMarshal.AsBytes(values).ToArray());

    public void Remove(string name) => _tensors.Remove(name);

    public void Write(string path)
    {
        JsonObject header = [];
        long end = 0;
        foreach ((string name, (string type, long[] shape, byte[] bytes)) in _tensors)
        {
            header[name] = new JsonObject
            {
                ["dtype"] = type,
                ["shape"] = new JsonArray([.. shape.Select(size => (JsonNode)size)]),
                ["data_offsets"] = new JsonArray(end, end + bytes.Length),
            };
            end += bytes.Length;
        }

        byte[] json = Encoding.UTF8.GetBytes(header.ToJsonString());
        byte[] length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, json.Length);
        File.WriteAllBytes(path, [.. length, .. json, .. _tensors.Values.SelectMany(t => t.Bytes)]);
    }
}
