namespace Flightc.Raising;

/// <summary>Broadcasting of the axes before the last two, as matrix products do it.</summary>
internal static class Broadcast
{
    /// <summary>What an operand has, for every place of the result.</summary>
    /// <param name="values">One for each place of the operand.</param>
    /// <param name="from">Its leading extents.</param>
    /// <param name="to">Those of the result.</param>
    public static int[] Lead(IReadOnlyList<int> values, long[] from, long[] to)
    {
        int[] result = new int[to.Aggregate(1L, (n, d) => n * d)];
        for (int i = 0; i < result.Length; i++)
        {
            long rest = i, place = 0, stride = 1;
            for (int axis = to.Length - 1; axis >= 0; axis--)
            {
                long at = rest % to[axis];
                rest /= to[axis];
                int own = axis - (to.Length - from.Length);
                if (own >= 0)
                {
                    place += (from[own] == 1 ? 0 : at) * stride;
                    stride *= from[own];
                }
            }

            result[i] = values[(int)place];
        }

        return result;
    }
}
