using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace Flightc.Tests;

/// <summary>A seeded random checkpoint in the hub's layout: a configuration, and tensors by the names that a family's reference implementation gives them.</summary>
/// <remarks><see cref="FamilyCheckpoints"/> has one for every family. Norms lie about one, biases are not small: every feature shows in the logits.</remarks>
internal sealed class FamilyCheckpoint
{
    private readonly List<Tensor> _tensors = [];

    /// <param name="config">What config.json says.</param>
    public FamilyCheckpoint(string config) => Config = JsonNode.Parse(config)!.AsObject();

    /// <summary>What config.json says; tests may change it before writing.</summary>
    public JsonObject Config { get; }

    /// <summary>How numbers are stored: F32, F16, BF16 or F64.</summary>
    public string Type { get; init; } = "F32";

    /// <summary>How many files the tensors are spread over.</summary>
    public int Shards { get; init; } = 1;

    /// <summary>What stands before every name of the decoder, such as <c>model.</c>.</summary>
    public string Prefix { get; init; } = "model.";

    /// <summary>An integer of the configuration.</summary>
    public int this[string key] => Config[key]!.GetValue<int>();

    /// <summary>Changes keys of the configuration, null included; for use behind the constructor.</summary>
    public FamilyCheckpoint With(string keys)
    {
        foreach ((string key, JsonNode? value) in JsonNode.Parse(keys)!.AsObject())
        {
            Config[key] = value?.DeepClone();
        }

        return this;
    }

    /// <summary>A matrix or table whose rows have about the size of what goes in.</summary>
    public void Matrix(string name, int rows, int columns, float size = 1.5f) =>
        _tensors.Add(new Tensor(Prefix + name, [rows, columns], 0, size / MathF.Sqrt(columns)));

    /// <summary>A matrix stored (in, out).</summary>
    public void Turned(string name, int inputs, int outputs) =>
        _tensors.Add(new Tensor(Prefix + name, [inputs, outputs], 0, 1.5f / MathF.Sqrt(inputs)));

    /// <summary>A norm's weight; about 0 where the norm adds one.</summary>
    public void Norm(string name, int size, float mean = 1) => _tensors.Add(new Tensor(Prefix + name, [size], mean, 0.4f));

    /// <summary>A bias.</summary>
    public void Bias(string name, int size) => _tensors.Add(new Tensor(Prefix + name, [size], 0, 0.5f));

    /// <summary>A tensor beside the decoder.</summary>
    public void Outside(string name, int rows, int columns) =>
        _tensors.Add(new Tensor(name, [rows, columns], 0, 1.5f / MathF.Sqrt(columns)));

    /// <summary>A weight and a bias of a projection.</summary>
    public void Projection(string stem, int outputs, int inputs, bool hasBias)
    {
        Matrix($"{stem}.weight", outputs, inputs);
        if (hasBias)
        {
            Bias($"{stem}.bias", outputs);
        }
    }

    /// <summary>Writes it into a folder.</summary>
    /// <param name="folder">An existing one.</param>
    /// <param name="seed">What the numbers follow from.</param>
    public void Write(string folder, ulong seed)
    {
        File.WriteAllText(Path.Combine(folder, "config.json"), Config.ToJsonString());
        RandomNumbers random = new(seed);
        JsonObject map = [];
        for (int shard = 0; shard < Shards; shard++)
        {
            string name = Shards == 1
                ? "model.safetensors"
                : string.Create(CultureInfo.InvariantCulture, $"model-{shard + 1:D5}-of-{Shards:D5}.safetensors");
            Tensor[] tensors = [.. _tensors.Where((_, i) => i % Shards == shard)];
            WriteFile(Path.Combine(folder, name), tensors, random);
            foreach (Tensor tensor in tensors)
            {
                map[tensor.Name] = name;
            }
        }

        if (Shards > 1)
        {
            File.WriteAllText(Path.Combine(folder, "model.safetensors.index.json"), new JsonObject { ["weight_map"] = map }.ToJsonString());
        }
    }

    private int Size => Type switch { "F64" => 8, "F32" => 4, _ => 2 };

    private void WriteFile(string path, Tensor[] tensors, RandomNumbers random)
    {
        JsonObject header = [];
        long end = 0;
        foreach (Tensor tensor in tensors)
        {
            long begin = end;
            end += tensor.Count * Size;
            header[tensor.Name] = new JsonObject
            {
                ["dtype"] = Type,
                ["shape"] = new JsonArray([.. tensor.Shape.Select(size => (JsonNode)size)]),
                ["data_offsets"] = new JsonArray(begin, end),
            };
        }

        byte[] json = Encoding.UTF8.GetBytes(header.ToJsonString());
        byte[] file = new byte[8 + json.Length + end];
        BinaryPrimitives.WriteInt64LittleEndian(file, json.Length);
        json.CopyTo(file, 8);
        Span<byte> data = file.AsSpan(8 + json.Length);
        foreach (Tensor tensor in tensors)
        {
            for (int i = 0; i < tensor.Count; i++, data = data[Size..])
            {
                Store(tensor.Mean + (1.7f * tensor.Deviation * random.Float()), data);
            }
        }

        File.WriteAllBytes(path, file);
    }

    private void Store(float value, Span<byte> destination)
    {
        switch (Type)
        {
            case "F64":
                BinaryPrimitives.WriteDoubleLittleEndian(destination, value);
                break;
            case "F32":
                BinaryPrimitives.WriteSingleLittleEndian(destination, value);
                break;
            case "F16":
                BinaryPrimitives.WriteHalfLittleEndian(destination, (Half)value);
                break;
            default:
                BinaryPrimitives.WriteUInt16LittleEndian(destination, (ushort)((BitConverter.SingleToUInt32Bits(value) + 0x8000) >> 16));
                break;
        }
    }

    private sealed record Tensor(string Name, int[] Shape, float Mean, float Deviation)
    {
        public int Count => Shape.Aggregate(1, (a, b) => a * b);
    }
}
