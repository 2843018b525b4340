using Flightc.IR;
using Flightc.Isa;
using Flightc.Runtime.Devices;

namespace Flightc.Runtime.Emulation;

/// <summary>Reports what lies in scratch when an instruction has ended.</summary>
internal static unsafe class ActivationReports
{
    private const int Block = 16;

    /// <summary>Reports the slices of one instruction.</summary>
    public static void Report(
        List<Symbol> symbols, ScratchMemory scratch, StepArguments step, IActivationObserver observer)
    {
        foreach (Symbol symbol in symbols)
        {
            int first = symbol.OnlyWanted ? step.From : 0;
            for (int t = first; t < step.Tokens; t++)
            {
                Report(symbol, scratch, symbol.Address + ((t - first) * symbol.Stride), step.Past + t, observer);
            }
        }
    }

    private static void Report(
        Symbol symbol, ScratchMemory scratch, long address, int token, IActivationObserver observer)
    {
        int first = (int)symbol.First;
        int count = (int)symbol.Count;
        switch (symbol.Form)
        {
            case SymbolForm.Values:
                observer.OnValues(symbol.Name, token, first, Floats(scratch, address, count));
                break;
            case SymbolForm.Scales:
                observer.OnScales(symbol.Name, token, first, Floats(scratch, address, count));
                break;
            case SymbolForm.Codes:
                observer.OnCodes(
                    symbol.Name, token, first,
                    new ReadOnlySpan<sbyte>(scratch.Range(address, count, symbol.Name), count));
                break;
            case SymbolForm.AlternateBlocks:
                for (int i = 0; i < count; i += Block)
                {
                    observer.OnValues(
                        symbol.Name, token, first + i,
                        Floats(scratch, address + (8L * i), Math.Min(Block, count - i)));
                }

                break;
            case SymbolForm.Unbiased or SymbolForm.UnbiasedBlocks:
                // The activation is complete where its biases are added.
                break;
        }
    }

    private static ReadOnlySpan<float> Floats(ScratchMemory scratch, long address, int count) =>
        new(scratch.Range(address, 4L * count, "symbol"), count);
}
