using Flightc.Isa;

namespace Flightc.Backend.Lengths;

/// <summary>The loops of a stream.</summary>
internal static class LoopNest
{
    /// <summary>For every <c>loop</c>, where its <c>endloop</c> stands; elsewhere 0.</summary>
    public static int[] PartnersOf(IReadOnlyList<Instruction> stream)
    {
        int[] partners = new int[stream.Count];
        Stack<int> open = new();
        for (int i = 0; i < stream.Count; i++)
        {
            if (stream[i] is BeginLoop)
            {
                open.Push(i);
            }
            else if (stream[i] is EndLoop)
            {
                partners[open.Pop()] = i;
            }
        }

        return partners;
    }

    /// <summary>How often a loop runs; never less than 0.</summary>
    /// <param name="count">Its count.</param>
    /// <param name="sources">Values by <see cref="Source.Code"/>; null for those that are not known.</param>
    /// <exception cref="InvalidOperationException">It depends on what is not known.</exception>
    public static long CountOf(Operand count, IReadOnlyList<long?> sources)
    {
        Operand folded = count.Fold(sources);
        return folded.Terms.IsEmpty
            ? Math.Max(0, folded.Constant)
            : throw new InvalidOperationException($"a loop of {count} iterations cannot be written out: {folded} is not constant");
    }
}
