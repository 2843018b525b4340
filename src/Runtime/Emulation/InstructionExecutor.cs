using Flightc.Diagnostics;
using Flightc.Isa;
using Flightc.Runtime.Devices;
using Flightc.Runtime.Emulation.Kernels;

namespace Flightc.Runtime.Emulation;

/// <summary>Executes resolved instructions, each by its kernel.</summary>
internal sealed class InstructionExecutor(DeviceMemory memory, int pageBytes, VectorPath path, WorkerPool pool) : IDisposable
{
    private readonly KeyProduct _keys = new(path, pool);
    private readonly ValueProduct _values = new(path, pool);
    private readonly RowMeasurement _measure = new(path, pool);
    private readonly RowQuantization _quantize = new(path, pool);
    private readonly HeadQuantization _heads = new(path, pool);
    private readonly Softmax _softmax = new(path, pool);
    private readonly HeadOutput _output = new(path, pool);
    private readonly ActivatedRows _activate = new(path, pool);
    private readonly AddedRows _add = new(path, pool);
    private readonly NormalizedRows _normalize = new(path, pool);
    private readonly TableRows _embed = new(pool);

    /// <summary>
    /// Whether the matrix engine is free and what an instruction takes off the KV rings has been loaded.
    /// </summary>
    public static bool CanStart(Instruction instruction, EmulatedCore core)
    {
        switch (instruction)
        {
            case MultiplyWeights:
                return core.Multiplying is null;
            case MultiplyKeys keys:
                return core.Multiplying is null && KeyProduct.HasRows(keys, core);
            case MultiplyValues values:
                return core.Multiplying is null && ValueProduct.HasRows(values, core);
            default:
                return true;
        }
    }

    /// <summary>Begins a product of weights; <see cref="LinearProduct.Continue"/> does it.</summary>
    public static void Begin(MultiplyWeights instruction, EmulatedCore core) =>
        core.Product.Begin(instruction, core.Scratch);

    /// <summary>Executes any other instruction.</summary>
    /// <exception cref="CompilationException">Its fields, or the bytes that it reads, are not possible.</exception>
    public void Execute(Instruction instruction, EmulatedCore core)
    {
        switch (instruction)
        {
            case LoadWeights load:
                Transfers.Execute(load, core, memory, pageBytes);
                break;
            case LoadCache load:
                Transfers.Execute(load, core, memory);
                break;
            case LoadTable load:
                Transfers.Execute(load, core, memory);
                break;
            case LoadIndexed load:
                Transfers.Execute(load, core, memory);
                break;
            case StoreCache store:
                Transfers.Execute(store, core, memory);
                break;
            case StoreCacheScale store:
                Transfers.Execute(store, core, memory);
                break;
            case StoreRows store:
                Transfers.Execute(store, core, memory);
                break;
            case MultiplyKeys keys:
                _keys.Execute(keys, core);
                break;
            case MultiplyValues values:
                _values.Execute(values, core);
                break;
            case DequantizeRows embed:
                _embed.Execute(embed, core.Scratch);
                break;
            case Measure measure:
                _measure.Execute(measure, core.Scratch);
                break;
            case QuantizeRows quantize:
                _quantize.Execute(quantize, core.Scratch);
                break;
            case QuantizeHeads heads:
                _heads.Execute(heads, core.Scratch);
                break;
            case Exponentiate exponentiate:
                _softmax.Execute(exponentiate, core.Scratch);
                break;
            case NormalizeHeads output:
                _output.Execute(output, core.Scratch);
                break;
            case ActivateRows activate:
                _activate.Execute(activate, core.Scratch);
                break;
            case AddRows add:
                _add.Execute(add, core.Scratch);
                break;
            case NormalizeRows normalize:
                _normalize.Execute(normalize, core.Scratch);
                break;
            case Synchronize or EndProgram:
                break;
            default:
                throw new CompilationException(
                    Codes.ProgramInvalid,
                    $"the emulator does not know the instruction {instruction.Mnemonic}");
        }
    }

    public void Dispose()
    {
        _heads.Dispose();
        _keys.Dispose();
        _normalize.Dispose();
        _values.Dispose();
    }
}
