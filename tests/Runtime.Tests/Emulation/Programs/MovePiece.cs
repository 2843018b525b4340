using System.Runtime.InteropServices;
using Flightc.Isa;

namespace Flightc.Tests.Emulation.Programs;

/// <summary>Something moved: rows between cores, or keys and their scales into the KV cache.</summary>
internal static class MovePiece
{
    public static void Add(ProgramParts parts)
    {
        if (parts.Coin())
        {
            Gather(parts);
        }
        else
        {
            Store(parts);
        }
    }

    // Every core gives a block of its own; all have the same addresses.
    private static void Gather(ProgramParts parts)
    {
        int bytes = 4 * parts.Random.Within(1, 60), rows = Math.Min(parts.Tokens(), 40);
        int room = bytes * rows * parts.Cores;
        if (Enumerable.Range(0, parts.Cores).Any(core => parts.RoomIn(core) < room + 4096))
        {
            return;
        }

        int address = parts.Images.Max(i => i.Used);
        for (int core = 0; core < parts.Cores; core++)
        {
            ScratchImage image = parts.Images[core];
            image.RoomAt(address, room);
            MemoryMarshal.AsBytes<sbyte>(parts.Random.Codes(room)).CopyTo(image.Bytes.AsSpan(address));
            parts.Bodies[core].Add((Unit.Exchange, new Gather { Address = address + (core * bytes), Bytes = bytes, Stride = bytes * parts.Cores, Rows = rows }));
        }

        parts.Words.Append($"gather bytes={bytes} rows={rows}; ");
    }

    private static void Store(ProgramParts parts)
    {
        bool isPacked = parts.Coin(), isLocal = parts.Coin();
        int tokens = Math.Min(parts.Tokens(), 30), heads = parts.Random.Within(1, 3), past = parts.Random.Below(20);
        int bytes = parts.Random.Within(1, 40), pitch = bytes + 2;
        int spread = isLocal ? parts.Channels.Min() : parts.AllChannels;
        int headPitch = (past + tokens + spread) / spread * pitch;
        if (parts.CacheLeft < heads * headPitch || Enumerable.Range(0, parts.Cores).Any(core => parts.RoomIn(core) < 1 << 14))
        {
            return;
        }

        long address = RandomProgram.CacheAddress + parts.TakeCache(heads * headPitch);
        int codes = isPacked ? 2 * bytes : bytes;
        int rotation = parts.Random.Below(parts.AllChannels);
        for (int core = 0; core < parts.Cores; core++)
        {
            ScratchImage image = parts.Images[core];
            sbyte[] rows = isPacked
                ? [.. Enumerable.Range(0, tokens * heads * codes).Select(_ => (sbyte)parts.Random.Within(-8, 7))]
                : parts.Random.Codes(tokens * heads * codes);
            parts.Bodies[core].Add((Unit.Store, new StoreCache
            {
                Source = image.Put(rows), Stride = heads * codes, Bytes = bytes, Address = address, Pitch = pitch, Rotation = rotation, Past = past,
                Tokens = tokens, Local = isLocal ? 1 : 0, Heads = heads, HeadStride = codes, HeadPitch = headPitch, Packed = isPacked ? 1 : 0,
            }));
            parts.Bodies[core].Add((Unit.Store, new StoreCacheScale
            {
                Source = image.Put(parts.Random.Floats(tokens * heads, parts.One(1f, 1e-7f, 7e4f))), Stride = 4 * heads, Address = address + bytes, Pitch = pitch,
                Rotation = rotation, Past = past, Tokens = tokens, Local = isLocal ? 1 : 0, Heads = heads, HeadStride = 4, HeadPitch = headPitch,
            }));
        }

        parts.Words.Append($"store tokens={tokens} heads={heads} bytes={bytes} packed={isPacked} local={isLocal}; ");
    }
}
