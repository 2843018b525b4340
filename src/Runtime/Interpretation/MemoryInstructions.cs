using System.Buffers.Binary;
using Flightc.Isa;

namespace Flightc.Runtime.Interpretation;

/// <summary>Loads into scratch and stores from it, in the order of their opcodes.</summary>
internal static unsafe class MemoryInstructions
{
    /// <summary>ld.table</summary>
    public static void Execute(LoadTable instruction, CoreState core)
    {
        long bytes = instruction.Bytes.Constant;
        for (long r = 0; r < instruction.Rows.Constant; r++)
        {
            byte* source = core.Memory.ReadDdr(
                instruction.Address.Constant + (r * instruction.Pitch.Constant), bytes);
            Span<byte> target = core.Scratch.Bytes(
                instruction.Destination.Constant + (r * instruction.Stride.Constant), bytes);
            new ReadOnlySpan<byte>(source, target.Length).CopyTo(target);
            core.Traffic.CountTables(bytes);
        }
    }

    /// <summary>ld.indexed</summary>
    public static void Execute(LoadIndexed instruction, CoreState core)
    {
        long bytes = instruction.Bytes.Constant;
        for (long r = 0; r < instruction.Rows.Constant; r++)
        {
            byte* index = core.Memory.ReadDdr(instruction.Index.Constant + (r * sizeof(uint)), sizeof(uint));
            long row = BinaryPrimitives.ReadUInt32LittleEndian(new ReadOnlySpan<byte>(index, sizeof(uint)));
            byte* source = core.Memory.ReadDdr(
                instruction.Address.Constant + (row * instruction.Pitch.Constant), bytes);
            Span<byte> target = core.Scratch.Bytes(
                instruction.Destination.Constant + (r * instruction.Stride.Constant), bytes);
            new ReadOnlySpan<byte>(source, target.Length).CopyTo(target);
            core.Traffic.CountIndexed(sizeof(uint), bytes);
        }
    }

    /// <summary>st.kv</summary>
    public static void Execute(StoreCache instruction, CoreState core)
    {
        long bytes = instruction.Bytes.Constant;
        for (long h = 0; h < instruction.Heads.Constant; h++)
        {
            long rotation = instruction.Rotation.Constant + h;
            for (long t = 0; t < instruction.Tokens.Constant; t++)
            {
                if (PlaceOf(core, instruction.Past.Constant + t, rotation, instruction.Local.Constant) is (int channel, long row))
                {
                    ReadOnlySpan<byte> source = core.Scratch.Bytes(
                        instruction.Source.Constant + (h * instruction.HeadStride.Constant) + (t * instruction.Stride.Constant),
                        bytes * (1 + instruction.Packed.Constant));
                    long address = instruction.Address.Constant + (h * instruction.HeadPitch.Constant)
                        + (row * instruction.Pitch.Constant);
                    Span<byte> target = new(core.Memory.Write(channel, address, bytes), (int)bytes);
                    if (instruction.Packed.Constant == 1)
                    {
                        Pack(source, target);
                    }
                    else
                    {
                        source.CopyTo(target);
                    }

                    core.Traffic.Channels[channel].StoredCache += bytes;
                }
            }
        }
    }

    private static void Pack(ReadOnlySpan<byte> codes, Span<byte> target)
    {
        for (int j = 0; j < target.Length; j++)
        {
            target[j] = (byte)((codes[2 * j] & 15) | ((codes[(2 * j) + 1] & 15) << 4));
        }
    }

    /// <summary>st.scale</summary>
    public static void Execute(StoreCacheScale instruction, CoreState core)
    {
        const int Bytes = 2;
        for (long h = 0; h < instruction.Heads.Constant; h++)
        {
            long rotation = instruction.Rotation.Constant + h;
            for (long t = 0; t < instruction.Tokens.Constant; t++)
            {
                if (PlaceOf(core, instruction.Past.Constant + t, rotation, instruction.Local.Constant) is (int channel, long row))
                {
                    float scale = core.Scratch.Float(
                        instruction.Source.Constant + (h * instruction.HeadStride.Constant) + (t * instruction.Stride.Constant));
                    long address = instruction.Address.Constant + (h * instruction.HeadPitch.Constant)
                        + (row * instruction.Pitch.Constant);
                    Span<byte> target = new(core.Memory.Write(channel, address, Bytes), Bytes);
                    BinaryPrimitives.WriteHalfLittleEndian(target, Arithmetic.ToBinary16(scale));
                    core.Traffic.Channels[channel].StoredScales += Bytes;
                }
            }
        }
    }

    /// <summary>st.rows</summary>
    public static void Execute(StoreRows instruction, CoreState core)
    {
        long bytes = instruction.Bytes.Constant;
        for (long r = 0; r < instruction.Rows.Constant; r++)
        {
            ReadOnlySpan<byte> source = core.Scratch.Bytes(
                instruction.Source.Constant + (r * instruction.Stride.Constant), bytes);
            byte* target = core.Memory.WriteDdr(
                instruction.Address.Constant + (r * instruction.Pitch.Constant), bytes);
            source.CopyTo(new Span<byte>(target, source.Length));
            core.Traffic.CountStoredRows(bytes);
        }
    }

    // The channel and the row of a token; null if the token belongs to another core.
    private static (int Channel, long Row)? PlaceOf(CoreState core, long token, long rotation, long local)
    {
        if (local == 1)
        {
            int own = core.Channels.Count;
            return (core.Channels.First + (int)((token + rotation) % own), token / own);
        }

        int channel = (int)((token + rotation) % core.AllChannels);
        return channel >= core.Channels.First && channel < core.Channels.First + core.Channels.Count
            ? (channel, token / core.AllChannels)
            : null;
    }
}
