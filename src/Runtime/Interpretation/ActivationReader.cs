using Flightc.IR;
using Flightc.Isa;
using Flightc.Runtime.Devices;

namespace Flightc.Runtime.Interpretation;

/// <summary>Reads named activations out of scratch when the instruction that leaves them there ends.</summary>
internal sealed class ActivationReader
{
    private const int Block = 16;

    private readonly ILookup<(int Core, Unit Unit, int Index), Symbol> _symbols;
    private readonly StepArguments _step;
    private readonly IActivationObserver _observer;

    public ActivationReader(IReadOnlyList<Symbol> symbols, StepArguments step, IActivationObserver observer)
    {
        _symbols = symbols.ToLookup(s => (s.Core, s.Unit, s.Index));
        _step = step;
        _observer = observer;
    }

    /// <summary>Reports what lies in scratch now that an instruction has ended.</summary>
    public void InstructionEnded(CoreState core, Unit unit, int index)
    {
        foreach (Symbol symbol in _symbols[(core.Number, unit, index)])
        {
            int firstToken = symbol.OnlyWanted ? _step.From : 0;
            for (int t = firstToken; t < _step.Tokens; t++)
            {
                Report(symbol, core.Scratch, symbol.Address + ((t - firstToken) * symbol.Stride), _step.Past + t);
            }
        }
    }

    private void Report(Symbol symbol, Scratch scratch, long address, int token)
    {
        int first = (int)symbol.First;
        switch (symbol.Form)
        {
            case SymbolForm.Values:
                _observer.OnValues(symbol.Name, token, first, scratch.Floats(address, symbol.Count));
                break;
            case SymbolForm.AlternateBlocks:
                // Blocks 0, 2, 4 … hold the elements; the last block may be short.
                for (int i = 0; i < symbol.Count; i += Block)
                {
                    long count = Math.Min(Block, symbol.Count - i);
                    _observer.OnValues(
                        symbol.Name, token, first + i,
                        scratch.Floats(address + (2L * sizeof(float) * i), count));
                }

                break;
            case SymbolForm.Codes:
                _observer.OnCodes(symbol.Name, token, first, scratch.Signed(address, symbol.Count));
                break;
            case SymbolForm.Scales:
                _observer.OnScales(symbol.Name, token, first, scratch.Floats(address, symbol.Count));
                break;
            case SymbolForm.Unbiased or SymbolForm.UnbiasedBlocks:
                // The activation is complete where its biases are added.
                break;
        }
    }
}
