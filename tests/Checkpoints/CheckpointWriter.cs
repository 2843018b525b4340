using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Win32.SafeHandles;

namespace Flightc.Tests;

/// <summary>Writes a random checkpoint in the hub's layout: a configuration, files of tensors, and an index where there are several.</summary>
/// <remarks>
/// Numbers are made where they are needed and written at their places by all cores, a few megabytes at a time: memory does not depend on the model, bytes depend on
/// neither cores nor files. The configuration comes last: where it is, the checkpoint is complete.
/// </remarks>
/// <param name="type">How numbers are stored.</param>
/// <param name="seed">What the numbers follow from.</param>
internal sealed class CheckpointWriter(NumberType type, ulong seed)
{
    private const int PieceCount = 1 << 20;

    /// <summary>Whether numbers are left out: files have their headers and sizes, and zeros that take no room where the file system allows.</summary>
    public bool IsHollow { get; init; }

    /// <summary>Writes everything.</summary>
    /// <param name="folder">An existing one.</param>
    /// <param name="config">What config.json says.</param>
    /// <param name="plan">What goes into which file.</param>
    public void Write(string folder, JsonObject config, ShardPlan plan)
    {
        JsonObject map = [];
        long total = 0;
        for (int shard = 0; shard < plan.Shards.Count; shard++)
        {
            // Writers of safetensors files order tensors by name.
            RandomTensor[] tensors = [.. plan.Shards[shard].OrderBy(tensor => tensor.Name, StringComparer.Ordinal)];
            total += WriteShard(Path.Combine(folder, plan.NameOf(shard)), tensors);
            foreach (RandomTensor tensor in tensors)
            {
                map[tensor.Name] = plan.NameOf(shard);
            }
        }

        if (plan.Shards.Count > 1)
        {
            JsonObject index = new() { ["metadata"] = new JsonObject { ["total_size"] = total }, ["weight_map"] = map };
            WriteJson(Path.Combine(folder, "model.safetensors.index.json"), index);
        }

        WriteJson(Path.Combine(folder, "config.json"), config);
    }

    private static void WriteJson(string path, JsonObject value) =>
        File.WriteAllText(path, value.ToJsonString(new JsonSerializerOptions { WriteIndented = true, NewLine = "\n" }) + "\n");

    private long WriteShard(string path, RandomTensor[] tensors)
    {
        JsonObject header = new() { ["__metadata__"] = new JsonObject { ["format"] = "pt" } };
        List<Piece> pieces = [];
        long end = 0;
        foreach (RandomTensor tensor in tensors)
        {
            long begin = end;
            end += tensor.Count * type.Size;
            header[tensor.Name] = new JsonObject
            {
                ["dtype"] = type.Name,
                ["shape"] = new JsonArray([.. tensor.Shape.Select(size => (JsonNode)size)]),
                ["data_offsets"] = new JsonArray(begin, end),
            };
            TensorNumbers numbers = new(seed, tensor);
            for (long first = 0; first < tensor.Count; first += PieceCount)
            {
                pieces.Add(new Piece(numbers, first, (int)Math.Min(PieceCount, tensor.Count - first), begin + (first * type.Size)));
            }
        }

        byte[] start = Start(header);
        string partial = path + ".partial";
        using (SafeFileHandle file = File.OpenHandle(partial, FileMode.Create, FileAccess.Write))
        {
            RandomAccess.SetLength(file, start.Length + end);
            RandomAccess.Write(file, start, 0);
            if (!IsHollow)
            {
                int longest = pieces.Max(piece => piece.Count);
                Parallel.ForEach(
                    pieces,
                    () => new Scratch(new float[longest], new byte[longest * type.Size]),
                    (piece, _, scratch) => WritePiece(file, start.Length, piece, scratch),
                    _ => { });
            }
        }

        File.Move(partial, path, overwrite: true);
        return end;
    }

    // The length of the header and the header, filled up with spaces so that data are aligned.
    private static byte[] Start(JsonObject header)
    {
        string json = header.ToJsonString();
        byte[] bytes = Encoding.UTF8.GetBytes("        " + json + new string(' ', (8 - (Encoding.UTF8.GetByteCount(json) % 8)) % 8));
        BinaryPrimitives.WriteInt64LittleEndian(bytes, bytes.Length - 8);
        return bytes;
    }

    private Scratch WritePiece(SafeFileHandle file, long dataStart, Piece piece, Scratch scratch)
    {
        Span<float> values = scratch.Values.AsSpan(0, piece.Count);
        Span<byte> bytes = scratch.Bytes.AsSpan(0, piece.Count * type.Size);
        piece.Numbers.Fill(piece.First, values);
        type.Store(values, bytes);
        RandomAccess.Write(file, bytes, dataStart + piece.Offset);
        return scratch;
    }

    // Numbers that are made and written at once.
    private readonly record struct Piece(TensorNumbers Numbers, long First, int Count, long Offset);

    private sealed record Scratch(float[] Values, byte[] Bytes);
}
