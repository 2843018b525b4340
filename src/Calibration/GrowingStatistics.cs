using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Flightc.Calibration;

/// <summary>The file of statistics while it is being filled, segment by segment: every tensor has its place from the beginning.</summary>
internal sealed class GrowingStatistics
{
    private const int PieceBytes = 1 << 20;

    private readonly string _path;
    private readonly CalibrationPlan _plan;
    private readonly byte[] _header;
    private readonly Dictionary<string, long> _offsets = new(StringComparer.Ordinal);
    private readonly long _length;

    /// <param name="path">Where it grows.</param>
    /// <param name="plan">What is in it.</param>
    public GrowingStatistics(string path, CalibrationPlan plan)
    {
        (_path, _plan) = (path, plan);
        _header = CalibrationFile.Header(plan.ModelHash, [plan.Part], plan.Matrices);
        _length = _header.Length;
        foreach ((string name, int[] shape) in CalibrationFile.TensorsOf(plan.Matrices))
        {
            _offsets.Add(name, _length);
            _length += shape.Aggregate((long)sizeof(float), (product, size) => product * size);
        }
    }

    /// <summary>Makes the file, with nothing in it yet but its header.</summary>
    public void Create()
    {
        // Its room is claimed at once, so that a full disk shows before hours of work.
        using SafeFileHandle file = File.OpenHandle(_path, FileMode.Create, FileAccess.Write, FileShare.None, FileOptions.None, _length);
        RandomAccess.SetLength(file, _length);
        RandomAccess.Write(file, _header, 0);
    }

    /// <summary>Writes what a segment found.</summary>
    /// <returns>SHA-256 of it, lower-case hex.</returns>
    public string Write(int segment, IReadOnlyDictionary<string, float[]> tensors)
    {
        using SafeFileHandle file = File.OpenHandle(_path, FileMode.Open, FileAccess.Write);
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach ((string name, int length) in _plan.TensorsOf(segment))
        {
            for (int start = 0; start < length; start += PieceBytes / sizeof(float))
            {
                ReadOnlySpan<byte> piece = MemoryMarshal.AsBytes(tensors[name].AsSpan(start, Math.Min(PieceBytes / sizeof(float), length - start)));
                hash.AppendData(piece);
                RandomAccess.Write(file, piece, _offsets[name] + ((long)start * sizeof(float)));
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Whether the file is there with its header.</summary>
    public bool IsThere()
    {
        if (!File.Exists(_path) || new FileInfo(_path).Length != _length)
        {
            return false;
        }

        using SafeFileHandle file = File.OpenHandle(_path);
        byte[] header = new byte[_header.Length];
        return RandomAccess.Read(file, header, 0) == header.Length && header.AsSpan().SequenceEqual(_header);
    }

    /// <summary>The hash of what is in the file of a segment, as <see cref="Write"/> gave it.</summary>
    public string HashOf(int segment)
    {
        using SafeFileHandle file = File.OpenHandle(_path);
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] piece = new byte[PieceBytes];
        foreach ((string name, int length) in _plan.TensorsOf(segment))
        {
            long end = _offsets[name] + ((long)length * sizeof(float));
            for (long offset = _offsets[name]; offset < end;)
            {
                int read = RandomAccess.Read(file, piece.AsSpan(0, (int)Math.Min(PieceBytes, end - offset)), offset);
                if (read == 0)
                {
                    throw new EndOfStreamException($"{_path} ends early");
                }

                hash.AppendData(piece, 0, read);
                offset += read;
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>Gives the file its name, when every byte of it is on the disk.</summary>
    public void MoveTo(string path)
    {
        using (SafeFileHandle file = File.OpenHandle(_path, FileMode.Open, FileAccess.Write))
        {
            RandomAccess.FlushToDisk(file);
        }

        File.Move(_path, path, overwrite: true);
    }
}
