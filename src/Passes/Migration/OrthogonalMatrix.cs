using System.Numerics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Flightc.Diagnostics;

namespace Flightc.Passes.Migration;

/// <summary>
/// A random orthogonal matrix that spreads every feature over all: <c>Q = (H ⊗ O) · diag(±1)</c>, H the normalised Hadamard matrix
/// of the largest power of two that divides the size, O a dense orthogonal one of what is left, which is 1 where the size is a power of two.
/// </summary>
/// <remarks>Applied in binary64 in one order: n·log n operations and n·m for an O of size m. Sylvester's construction of H; O by
/// Gram and Schmidt.</remarks>
internal sealed class OrthogonalMatrix
{
    // A dense factor beyond this takes more time and memory than a rotation is worth.
    private const int MaxDense = 4096;

    private readonly int _odd;
    private readonly double[] _dense;
    private readonly double[] _signs;

    /// <param name="size">n, at least 1.</param>
    /// <param name="seed">The same seed, the same matrix.</param>
    /// <param name="name">What is rotated, for errors.</param>
    /// <exception cref="CompilationException">The odd part of the size is above 4096 (FLC2003).</exception>
    public OrthogonalMatrix(int size, ulong seed, string name)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(size);
        _odd = size >> BitOperations.TrailingZeroCount(size);
        if (_odd > MaxDense)
        {
            throw new CompilationException(
                Codes.QuantisationImpossible,
                $"{size} features cannot be rotated: their odd part is {_odd}, and at most {MaxDense} is possible", name,
                "leave 'rotation' out of the recipe");
        }

        RandomBits random = new(seed);
        _signs = new double[size];
        double scale = 1 / Math.Sqrt(size / _odd);
        for (int i = 0; i < size; i++)
        {
            _signs[i] = scale * random.Sign();
        }

        _dense = Dense(_odd, random);
    }

    /// <summary>n</summary>
    public int Size => _signs.Length;

    /// <summary>Adds all that it consists of to a hash.</summary>
    public void AppendTo(IncrementalHash hash)
    {
        hash.AppendData(MemoryMarshal.AsBytes(new ReadOnlySpan<int>(in _odd)));
        hash.AppendData(MemoryMarshal.AsBytes(_signs.AsSpan()));
        hash.AppendData(MemoryMarshal.AsBytes(_dense.AsSpan()));
    }

    /// <summary><c>x := Q · x</c></summary>
    /// <param name="x">(n)</param>
    public void Apply(Span<double> x)
    {
        for (int i = 0; i < x.Length; i++)
        {
            x[i] *= _signs[i];
        }

        for (int half = _odd; half < x.Length; half *= 2)
        {
            for (int start = 0; start < x.Length; start += 2 * half)
            {
                for (int i = start; i < start + half; i++)
                {
                    (x[i], x[i + half]) = (x[i] + x[i + half], x[i] - x[i + half]);
                }
            }
        }

        if (_odd > 1)
        {
            ApplyDense(x);
        }
    }

    private void ApplyDense(Span<double> x)
    {
        double[] result = new double[_odd];
        for (int start = 0; start < x.Length; start += _odd)
        {
            Span<double> part = x.Slice(start, _odd);
            for (int row = 0; row < _odd; row++)
            {
                double sum = 0;
                for (int k = 0; k < _odd; k++)
                {
                    sum += _dense[(row * _odd) + k] * part[k];
                }

                result[row] = sum;
            }

            result.CopyTo(part);
        }
    }

    private static double[] Dense(int size, RandomBits random)
    {
        if (size == 1)
        {
            return [1];
        }

        double[] rows = new double[size * size];
        for (int row = 0; row < size; row++)
        {
            Span<double> r = rows.AsSpan(row * size, size);
            double left;
            do
            {
                foreach (ref double x in r)
                {
                    x = random.Bell();
                }

                double before = Math.Sqrt(Dot(r, r));

                // Twice is enough (W. Hoffmann, Iterative algorithms for Gram-Schmidt orthogonalization, 1989), unless nearly nothing is left.
                RemoveRows(rows, row, r);
                RemoveRows(rows, row, r);
                left = Math.Sqrt(Dot(r, r));
                left = left > 1e-6 * before ? left : 0;
            }
            while (left == 0);

            foreach (ref double x in r)
            {
                x /= left;
            }
        }

        return rows;
    }

    private static void RemoveRows(double[] rows, int count, Span<double> r)
    {
        for (int other = 0; other < count; other++)
        {
            ReadOnlySpan<double> o = rows.AsSpan(other * r.Length, r.Length);
            double share = Dot(o, r);
            for (int i = 0; i < r.Length; i++)
            {
                r[i] -= share * o[i];
            }
        }
    }

    private static double Dot(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        double sum = 0;
        for (int i = 0; i < x.Length; i++)
        {
            sum += x[i] * y[i];
        }

        return sum;
    }
}
