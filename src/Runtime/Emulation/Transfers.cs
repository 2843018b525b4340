using Flightc.Diagnostics;
using Flightc.Isa;
using Flightc.Runtime.Devices;
using Flightc.Runtime.Emulation.Kernels;

namespace Flightc.Runtime.Emulation;

/// <summary>
/// The instructions of the load and store units. What goes into rings is not copied: the rings note where it
/// lies.
/// </summary>
internal static unsafe class Transfers
{
    /// <summary>ld.weights</summary>
    public static void Execute(LoadWeights instruction, EmulatedCore core, DeviceMemory memory, int pageBytes)
    {
        long address = instruction.Address.Address("addr");
        long bytes = (long)instruction.Pages.Count("pages") * pageBytes;
        for (int i = 0; i < core.WeightRings.Length; i++)
        {
            core.WeightRings[i].Push(memory.Read(core.Channels.First + i, address, bytes), bytes);
            core.Traffic.Channels[core.Channels.First + i].Weights += bytes;
        }
    }

    /// <summary>ld.kv and ld.kvmask</summary>
    public static void Execute(LoadCache instruction, EmulatedCore core, DeviceMemory memory)
    {
        long address = instruction.Address.Address("addr");
        int rowBytes = instruction.Bytes.Count("bytes");
        int rows = instruction.Rows.Count("rows");
        long headPitch = instruction.HeadPitch.Address("headpitch");
        int heads = (long)rows * rowBytes == 0 ? 0 : instruction.Heads.Count("heads");
        bool[]? needed = null;
        for (int h = 0; h < heads; h++)
        {
            if (instruction.IsMasked)
            {
                needed = KeptRows(instruction, core, h, rows, needed);
            }

            // Runs of rows that are needed, with those between them that are not.
            for (int first = 0, end; first < rows; first = end)
            {
                bool isNeeded = needed is null || needed[first];
                end = first + 1;
                while (end < rows && (needed is null || needed[end] == isNeeded))
                {
                    end++;
                }

                Load(core, memory, checked(address + (h * headPitch) + ((long)first * rowBytes)), end - first, rowBytes, isNeeded);
            }
        }
    }

    private static void Load(EmulatedCore core, DeviceMemory memory, long address, int rows, int rowBytes, bool isNeeded)
    {
        long bytes = (long)rows * rowBytes;
        for (int i = 0; i < core.CacheRings.Length; i++)
        {
            ChannelTraffic traffic = core.Traffic.Channels[core.Channels.First + i];
            if (isNeeded)
            {
                core.CacheRings[i].Push(memory.Read(core.Channels.First + i, address, bytes), bytes);
                traffic.Cache += bytes;
            }
            else
            {
                traffic.SkippedCache += bytes;
            }
        }

        for (int row = 0; row < rows && !isNeeded; row++)
        {
            core.Skipped.Skip();
        }

        core.Skipped.Load(isNeeded ? bytes : 0);
    }

    // Which rows of a KV head have a past token that a query head of its group, for a token of the step, keeps.
    private static bool[] KeptRows(LoadCache instruction, EmulatedCore core, int head, int rows, bool[]? reused)
    {
        int group = instruction.Group.Count("group");
        int past = instruction.Past.Count("past");
        int tokens = instruction.Tokens.Count("tokens");
        long spread = CacheRows.Spread(core, instruction.Local).All;
        MaskBits mask = MaskBits.Of(
            core.Scratch, instruction.Mask, instruction.MaskStride.Count("maskstride"), instruction.MaskPitch.Count("maskpitch"),
            (long)instruction.Heads.Count("heads") * group, past, tokens, (long)past - 1);
        bool[] blocks = new bool[(past + 63) / 64];
        for (int query = past; query < (long)past + tokens; query = ((query / 64) + 1) * 64)
        {
            for (int b = 0; b < blocks.Length; b++)
            {
                for (int j = 0; j < group && !blocks[b]; j++)
                {
                    blocks[b] = mask.Keeps(((long)head * group) + j, query, b);
                }
            }
        }

        bool[] kept = reused ?? new bool[rows];
        for (int r = 0; r < rows; r++)
        {
            long first = spread * r / 64;
            long end = (Math.Min(spread * (r + 1L), past) + 63) / 64;
            kept[r] = false;
            for (long b = first; b < end; b++)
            {
                kept[r] |= blocks[b];
            }
        }

        return kept;
    }

    /// <summary>ld.table</summary>
    public static void Execute(LoadTable instruction, EmulatedCore core, DeviceMemory memory)
    {
        long address = instruction.Address.Address("addr");
        long pitch = instruction.Pitch.Address("pitch");
        int bytes = instruction.Bytes.Count("bytes");
        int rows = instruction.Rows.Count("rows");
        long stride = instruction.Stride.Address("stride");
        byte* target = core.Scratch.Rows(instruction.Destination.Constant, stride, rows, bytes, "dst");
        for (int r = 0; r < rows && bytes > 0; r++)
        {
            Buffer.MemoryCopy(
                memory.ReadDdr(checked(address + (r * pitch)), bytes), target + (r * stride), bytes, bytes);
        }

        core.Traffic.CountTables((long)rows * bytes);
    }

    /// <summary>ld.indexed</summary>
    public static void Execute(LoadIndexed instruction, EmulatedCore core, DeviceMemory memory)
    {
        long index = instruction.Index.Address("index");
        long address = instruction.Address.Address("addr");
        int pitch = instruction.Pitch.Count("pitch");
        int bytes = instruction.Bytes.Count("bytes");
        int rows = instruction.Rows.Count("rows");
        long stride = instruction.Stride.Address("stride");
        byte* target = core.Scratch.Rows(instruction.Destination.Constant, stride, rows, bytes, "dst");
        for (int r = 0; r < rows; r++)
        {
            uint row = *(uint*)memory.ReadDdr(index + (4L * r), 4);
            byte* source = memory.ReadDdr(address + ((long)row * pitch), bytes);
            Buffer.MemoryCopy(source, target + (bytes == 0 ? 0 : r * stride), bytes, bytes);
        }

        core.Traffic.CountIndexed(4L * rows, (long)rows * bytes);
    }

    /// <summary>st.kv</summary>
    public static void Execute(StoreCache instruction, EmulatedCore core, DeviceMemory memory)
    {
        int bytes = instruction.Bytes.Count("bytes");
        bool isPacked = instruction.Packed.Flag("packed");
        int tokens = instruction.Tokens.Count("tokens");
        long past = instruction.Past.Count("past");
        long rotation = instruction.Rotation.Count("rot");
        (int first, int all) = CacheRows.Spread(core, instruction.Local);
        long address = instruction.Address.Address("addr");
        int pitch = instruction.Pitch.Count("pitch");
        long stride = instruction.Stride.Address("stride");
        long headPitch = instruction.HeadPitch.Address("headpitch");
        long headStride = instruction.HeadStride.Address("headstride");
        int heads = bytes == 0 ? 0 : instruction.Heads.Count("heads");
        for (int h = 0; h < heads; h++)
        {
            byte* source = core.Scratch.Rows(
                instruction.Source.Constant + (h * headStride), stride, tokens, isPacked ? 2L * bytes : bytes, "src");
            for (int t = 0; t < tokens; t++)
            {
                long token = past + t;
                if (OwnChannel(core, (int)((token + rotation + h) % all) + first) is int channel and >= 0)
                {
                    byte* target = memory.Write(
                        channel, checked(address + (h * headPitch) + (token / all * pitch)), bytes);
                    if (isPacked)
                    {
                        PackedCodes.Pack((sbyte*)(source + (t * stride)), target, bytes);
                    }
                    else
                    {
                        Buffer.MemoryCopy(source + (t * stride), target, bytes, bytes);
                    }

                    core.Traffic.Channels[channel].StoredCache += bytes;
                }
            }
        }
    }

    /// <summary>st.scale</summary>
    public static void Execute(StoreCacheScale instruction, EmulatedCore core, DeviceMemory memory)
    {
        int tokens = instruction.Tokens.Count("tokens");
        long past = instruction.Past.Count("past");
        long rotation = instruction.Rotation.Count("rot");
        (int first, int all) = CacheRows.Spread(core, instruction.Local);
        long address = instruction.Address.Address("addr");
        int pitch = instruction.Pitch.Count("pitch");
        long stride = instruction.Stride.Address("stride");
        long headPitch = instruction.HeadPitch.Address("headpitch");
        long headStride = instruction.HeadStride.Address("headstride");
        for (int h = 0; h < instruction.Heads.Count("heads"); h++)
        {
            byte* source = core.Scratch.Rows(
                instruction.Source.Constant + (h * headStride), stride, tokens, 4, "src");
            for (int t = 0; t < tokens; t++)
            {
                long token = past + t;
                if (OwnChannel(core, (int)((token + rotation + h) % all) + first) is int channel and >= 0)
                {
                    byte* target = memory.Write(
                        channel, checked(address + (h * headPitch) + (token / all * pitch)), 2);
                    *(ushort*)target = BitConverter.HalfToUInt16Bits(
                        HalfScale.Of(*(float*)(source + (t * stride))));
                    core.Traffic.Channels[channel].StoredScales += 2;
                }
            }
        }
    }

    /// <summary>st.rows</summary>
    public static void Execute(StoreRows instruction, EmulatedCore core, DeviceMemory memory)
    {
        int bytes = instruction.Bytes.Count("bytes");
        int rows = instruction.Rows.Count("rows");
        long address = instruction.Address.Address("addr");
        long pitch = instruction.Pitch.Address("pitch");
        long stride = instruction.Stride.Address("stride");
        byte* source = core.Scratch.Rows(instruction.Source.Constant, stride, rows, bytes, "src");
        for (int r = 0; r < rows && bytes > 0; r++)
        {
            Buffer.MemoryCopy(
                source + (r * stride), memory.WriteDdr(checked(address + (r * pitch)), bytes), bytes, bytes);
        }

        core.Traffic.CountStoredRows((long)rows * bytes);
    }

    /// <summary>Refuses a page size that cannot be.</summary>
    /// <exception cref="CompilationException">The page size is not positive (FLC4001).</exception>
    public static void CheckPage(int pageBytes)
    {
        if (pageBytes < 1)
        {
            throw new CompilationException(
                Codes.ProgramInvalid, $"the program's pages have {pageBytes} bytes; at least 1 is possible");
        }
    }

    // A channel of the machine, or -1 if it belongs to another core.
    private static int OwnChannel(EmulatedCore core, int channel) =>
        channel >= core.Channels.First && channel < core.Channels.First + core.Channels.Count ? channel : -1;
}
