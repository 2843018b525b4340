using System.Runtime.InteropServices;
using Flightc.Diagnostics;
using Flightc.Isa;

namespace Flightc.Runtime.Devices;

/// <summary>Bytes that somebody else keeps alive, such as a section of a mapped image.</summary>
/// <param name="Start">First byte.</param>
/// <param name="Length">Number of bytes.</param>
public readonly unsafe record struct MemoryRegion(nint Start, long Length)
{
    /// <summary>The first byte.</summary>
    public byte* Pointer => (byte*)Start;
}

/// <summary>
/// What a program addresses outside the cores: in each channel the weight stream (read only) and the KV
/// cache, in DDR the tables (read only), the ids and the logits. Every access is checked against them.
/// </summary>
/// <remarks>Weights and tables stay where they are, usually in a mapped image; the rest is allocated here,
/// zero at first.</remarks>
public sealed unsafe class DeviceMemory : IDisposable
{
    private readonly MemoryMap _map;
    private readonly MemoryRegion[] _weights;
    private readonly MemoryRegion _tables;
    private readonly byte*[] _caches;
    private readonly byte* _mailbox;
    private readonly long _mailboxBytes;
    private bool _disposed;

    /// <summary>Allocates the KV cache and the mailbox.</summary>
    /// <param name="program">The program whose map to follow.</param>
    /// <param name="weights">The weight stream of each channel; cores may differ in length, up to the map's.</param>
    /// <param name="tables">The tables, DDR from address 0.</param>
    /// <exception cref="CompilationException">A region has not the size that the program says.</exception>
    public DeviceMemory(MachineProgram program, IReadOnlyList<MemoryRegion> weights, MemoryRegion tables)
    {
        _map = program.Memory;
        _weights = [.. weights];
        _tables = tables;
        if (_weights.Length != program.Geometry.Channels || tables.Length < _map.TableBytes
            || _weights.Any(w => w.Length > _map.WeightBytes))
        {
            throw new CompilationException(
                Codes.ImageDamaged, "the image's memory sections have not the sizes that its program says");
        }

        _caches = new byte*[_weights.Length];
        for (int i = 0; i < _caches.Length; i++)
        {
            _caches[i] = (byte*)NativeMemory.AllocZeroed((nuint)Math.Max(1, _map.CacheBytes));
        }

        _mailboxBytes = checked(_map.LogitsAddress + (_map.LogitsPitch * _map.MaxTokens) - _map.IdsAddress);
        _mailbox = (byte*)NativeMemory.AllocZeroed((nuint)_mailboxBytes);
    }

    /// <summary>Frees what was allocated here.</summary>
    ~DeviceMemory() => Free();

    /// <summary>Bytes of a channel for reading: of its weight stream or of its KV cache.</summary>
    /// <exception cref="CompilationException">The range lies in neither (FLC4001).</exception>
    public byte* Read(int channel, long address, long count) =>
        address >= 0 && count >= 0 && address <= _weights[channel].Length - count
            ? _weights[channel].Pointer + address
            : Write(channel, address, count);

    /// <summary>Bytes of a channel's KV cache for writing.</summary>
    /// <exception cref="CompilationException">The range lies outside it (FLC4001).</exception>
    public byte* Write(int channel, long address, long count)
    {
        long offset = address - _map.CacheAddress;
        return offset >= 0 && count >= 0 && offset <= _map.CacheBytes - count
            ? _caches[channel] + offset
            : throw Outside($"channel {channel}", address, count);
    }

    /// <summary>Bytes of DDR for reading: of the tables, the ids or the logits.</summary>
    /// <exception cref="CompilationException">The range lies in none of them (FLC4001).</exception>
    public byte* ReadDdr(long address, long count) =>
        address >= 0 && count >= 0 && address <= _map.TableBytes - count
            ? _tables.Pointer + address
            : WriteDdr(address, count);

    /// <summary>Bytes of DDR for writing: of the ids or the logits.</summary>
    /// <exception cref="CompilationException">The range lies outside them (FLC4001).</exception>
    public byte* WriteDdr(long address, long count)
    {
        long offset = address - _map.IdsAddress;
        return offset >= 0 && count >= 0 && offset <= _mailboxBytes - count
            ? _mailbox + offset
            : throw Outside("DDR", address, count);
    }

    /// <summary>The ids of the next step, to be written.</summary>
    public Span<uint> Ids => new(WriteDdr(_map.IdsAddress, 4L * _map.MaxTokens), _map.MaxTokens);

    /// <summary>The logits of the last step.</summary>
    /// <param name="row">0 for the first wanted token.</param>
    public ReadOnlySpan<float> Logits(int row) =>
        new(ReadDdr(_map.LogitsAddress + (row * _map.LogitsPitch), 4L * _map.VocabularySize), _map.VocabularySize);

    /// <inheritdoc/>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private static CompilationException Outside(string what, long address, long count) =>
        new(
            Codes.ProgramInvalid,
            $"the program accesses {count} bytes at {address} of {what}, which lie outside its memory map");

    private void Free()
    {
        if (!_disposed)
        {
            _disposed = true;
            foreach (byte* cache in _caches ?? [])
            {
                NativeMemory.Free(cache);
            }

            NativeMemory.Free(_mailbox);
        }
    }
}
