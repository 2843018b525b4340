using Flightc.Onnx.Proto;
using Google.Protobuf;

namespace Flightc.Tests.Onnx.Fuzz;

/// <summary>Makes bad files of good ones: the same for the same random numbers.</summary>
internal sealed class Mutation(RandomNumbers random, IReadOnlyList<byte[]> corpus)
{
    private static readonly ulong[] Interesting =
        [0, 1, 2, 7, 127, 128, 255, 256, 65535, 1 << 20, int.MaxValue, 1UL << 31, uint.MaxValue, 1UL << 32, long.MaxValue, 1UL << 63, ulong.MaxValue];

    /// <summary>A file with one to four mistakes: of bytes, most of which end its reading, or of meaning, which get further.</summary>
    public byte[] Next()
    {
        byte[] bytes = corpus[random.Below(corpus.Count)];
        bool isOfMeaning = random.Below(2) == 0;
        for (int i = random.Within(1, 4); i > 0; i--)
        {
            bytes = bytes.Length == 0 ? bytes : isOfMeaning ? MessageChanged(bytes) : BytesChanged(bytes);
        }

        return bytes;
    }

    private byte[] BytesChanged(byte[] bytes)
    {
        int at = random.Below(bytes.Length);
        int count = Math.Min(random.Within(1, 32), bytes.Length - at);
        switch (random.Below(8))
        {
            case 0:
                return Changed(bytes, at, (byte)(bytes[at] ^ (1 << random.Below(8))));
            case 1:
                return Changed(bytes, at, (byte)(random.Below(2) == 0 ? 0xFF : random.Below(256)));
            case 2:
                return bytes[..at];
            case 3:
                return [.. bytes[..at], .. bytes[(at + count)..]];
            case 4:
                return [.. bytes[..(at + count)], .. bytes[at..]];
            case 5:
                byte[] other = corpus[random.Below(corpus.Count)];
                int from = random.Below(other.Length);
                return [.. bytes[..at], .. other[from..Math.Min(other.Length, from + random.Within(1, 200))], .. bytes[(at + count)..]];
            default:
                return NumberChanged(bytes);
        }
    }

    private static byte[] Changed(byte[] bytes, int at, byte value)
    {
        byte[] changed = [.. bytes];
        changed[at] = value;
        return changed;
    }

    // Any length or integer of the file, found by walking into every field that looks like a message.
    private byte[] NumberChanged(byte[] bytes)
    {
        List<(int Start, int End)> numbers = [];
        Walk(bytes, 0, bytes.Length, 0, numbers);
        if (numbers.Count == 0)
        {
            return bytes;
        }

        (int start, int end) = numbers[random.Below(numbers.Count)];
        ulong value = Interesting[random.Below(Interesting.Length)] + (ulong)random.Within(-1, 1);
        return [.. bytes[..start], .. new Wire.WireBytes().Varint(value).ToArray(), .. bytes[end..]];
    }

    private static bool Walk(byte[] bytes, int start, int end, int depth, List<(int Start, int End)> numbers)
    {
        int at = start;
        while (at < end)
        {
            if (!Varint(bytes, ref at, end, out ulong key))
            {
                return false;
            }

            int place = at;
            switch (key & 7)
            {
                case 0:
                    if (!Varint(bytes, ref at, end, out _))
                    {
                        return false;
                    }

                    numbers.Add((place, at));
                    break;
                case 1:
                    at += 8;
                    break;
                case 5:
                    at += 4;
                    break;
                case 2:
                    if (!Varint(bytes, ref at, end, out ulong length) || length > (ulong)(end - at))
                    {
                        return false;
                    }

                    numbers.Add((place, at));
                    if (depth < 12)
                    {
                        Walk(bytes, at, at + (int)length, depth + 1, numbers);
                    }

                    at += (int)length;
                    break;
                default:
                    return false;
            }
        }

        return at == end;
    }

    private static bool Varint(byte[] bytes, ref int at, int end, out ulong value)
    {
        value = 0;
        for (int shift = 0; at < end && shift < 64; shift += 7)
        {
            byte next = bytes[at++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return true;
            }
        }

        return false;
    }

    // A file that is well formed and means something else.
    private byte[] MessageChanged(byte[] bytes)
    {
        ModelProto model;
        try
        {
            model = ModelProto.Parser.ParseFrom(bytes);
        }
        catch (InvalidProtocolBufferException)
        {
            return bytes;
        }

        if (model.Graph is not { Node.Count: > 0 } graph)
        {
            return bytes;
        }

        NodeProto node = graph.Node[random.Below(graph.Node.Count)];
        switch (random.Below(10))
        {
            case 0 when node.Input.Count > 0:
                NodeProto source = graph.Node[random.Below(graph.Node.Count)];
                node.Input[random.Below(node.Input.Count)] = source.Output.Count > 0 && random.Below(2) == 0 ? source.Output[0] : graph.Input.Count > 0 ? graph.Input[random.Below(graph.Input.Count)].Name : "";
                break;
            case 1:
                node.OpType = graph.Node[random.Below(graph.Node.Count)].OpType;
                break;
            case 2 when node.Attribute.Count > 0:
                AttributeProto attribute = node.Attribute[random.Below(node.Attribute.Count)];
                attribute.I = random.Below(2) == 0 ? random.Within(-4, 4) : (long)Interesting[random.Below(Interesting.Length)];
                if (attribute.Ints.Count > 0)
                {
                    attribute.Ints[random.Below(attribute.Ints.Count)] = attribute.I;
                }

                break;
            case 3 when node.Attribute.Count > 0:
                node.Attribute[random.Below(node.Attribute.Count)].Type = (AttributeProto.Types.AttributeType)random.Below(16);
                break;
            case 4 when graph.Initializer.Count > 0:
                TensorProto tensor = graph.Initializer[random.Below(graph.Initializer.Count)];
                tensor.Dims.Add((long)Interesting[random.Below(Interesting.Length)]);
                break;
            case 5 when graph.Initializer.Count > 0:
                graph.Initializer[random.Below(graph.Initializer.Count)].DataType = random.Below(30);
                break;
            case 6:
                (int a, int b) = (random.Below(graph.Node.Count), random.Below(graph.Node.Count));
                (graph.Node[a], graph.Node[b]) = (graph.Node[b].Clone(), graph.Node[a].Clone());
                break;
            case 7 when graph.Input.Count > 0 && graph.Input[random.Below(graph.Input.Count)].Type?.TensorType?.Shape is { Dim.Count: > 0 } shape:
                shape.Dim[random.Below(shape.Dim.Count)].DimValue = random.Below(6);
                break;
            case 8 when model.OpsetImport.Count > 0:
                model.OpsetImport[0].Version = random.Within(6, 29);
                break;
            case 9 when node.Input.Count > 1:
                string moved = node.Input[0];
                node.Input.RemoveAt(0);
                node.Input.Insert(random.Below(node.Input.Count + 1), moved);
                break;
            default:
                node.Input.Add("");
                break;
        }

        return model.ToByteArray();
    }
}
