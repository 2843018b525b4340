using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Flightc.Runtime.Emulation.Kernels;

/// <summary>The last step of a product: y = (S × s) × f32(acc), or itself + y.</summary>
internal static unsafe class RowScaling
{
    /// <summary>Writes the results of a row block.</summary>
    /// <param name="path">Instructions to use.</param>
    /// <param name="sums">(16) acc</param>
    /// <param name="rowScales">(16) S</param>
    /// <param name="scale">s</param>
    /// <param name="target">(rows)</param>
    /// <param name="rows">1 … 16.</param>
    /// <param name="add">Whether to add to what is there.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Write(
        VectorPath path, Vector512<int> sums, float* rowScales, float scale, float* target, int rows, bool add)
    {
        if (rows == 16 && path != VectorPath.Portable)
        {
            Vector512<float> y = Vector512.Load(rowScales) * Vector512.Create(scale) * Vector512.ConvertToSingle(sums);
            (add ? Vector512.Load(target) + y : y).Store(target);
            return;
        }

        for (int r = 0; r < rows; r++)
        {
            float y = rowScales[r] * scale * sums[r];
            target[r] = add ? target[r] + y : y;
        }
    }
}
