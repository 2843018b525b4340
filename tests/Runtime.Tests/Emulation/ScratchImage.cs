using System.Runtime.InteropServices;

namespace Flightc.Tests.Emulation;

/// <summary>What scratch holds when an instruction starts; pieces are put one after another.</summary>
internal sealed class ScratchImage(int bytes)
{
    private int _next = 64;

    public byte[] Bytes { get; } = new byte[bytes];

    /// <summary>Bytes up to the end of the last piece.</summary>
    public int Used => _next;

    /// <summary>Puts values; the result is their address.</summary>
    public int Put<T>(T[] values)
        where T : struct
    {
        ReadOnlySpan<byte> source = MemoryMarshal.AsBytes<T>(values);
        int address = Room(source.Length);
        source.CopyTo(Bytes.AsSpan(address));
        return address;
    }

    /// <summary>Reserves room for results, filled with a byte that does not look like one.</summary>
    public int Room(int count) => RoomAt(_next, count);

    /// <summary>Reserves room at a place behind all pieces so far.</summary>
    public int RoomAt(int address, int count)
    {
        Assert.InRange(address, _next, int.MaxValue);
        Bytes.AsSpan(address, count).Fill(0xA5);

        // Odd multiples of 4: nothing may rely on the alignment of scratch addresses.
        _next = (address + count + 11) / 8 * 8 + 4;
        return address;
    }

    public static T[] Read<T>(byte[] scratch, int address, int count)
        where T : struct =>
        MemoryMarshal.Cast<byte, T>(scratch.AsSpan(address))[..count].ToArray();
}
