using Flightc.Isa;

namespace Flightc.Runtime.Emulation.Kernels;

/// <summary>What mm.linear or mv.linear multiplies, and where its results go: docs/isa.md.</summary>
internal readonly unsafe struct ProductOperands
{
    /// <summary>Finds the operands in scratch.</summary>
    /// <exception cref="Diagnostics.CompilationException">An operand does not lie in scratch (FLC4001).</exception>
    public ProductOperands(MultiplyWeights instruction, ScratchMemory scratch)
    {
        Tokens = instruction.Tokens.Count("tokens");
        Columns = instruction.Columns.Count("columns");
        Rows = instruction.Rows.Count("rows");
        CodeStride = instruction.CodeStride.Count("codestride");
        OutStride = instruction.OutStride.Count("outstride");
        Add = instruction.Add.Flag("add");
        Codes = (sbyte*)scratch.Rows(instruction.Codes.Constant, CodeStride, Tokens, Columns, "codes");
        Scales = (float*)scratch.Range(instruction.Scales.Constant, 4L * Tokens, "scales");
        Out = scratch.Rows(instruction.Out.Constant, OutStride, Tokens, 4L * Rows, "out");
    }

    /// <summary>T.</summary>
    public int Tokens { get; }

    /// <summary>K.</summary>
    public int Columns { get; }

    /// <summary>N.</summary>
    public int Rows { get; }

    /// <summary>Row blocks: N / 16, rounded up.</summary>
    public int Blocks => (Rows + 15) / 16;

    /// <summary>Bytes between tokens in <see cref="Codes"/>.</summary>
    public int CodeStride { get; }

    /// <summary>Bytes between tokens in <see cref="Out"/>.</summary>
    public int OutStride { get; }

    /// <summary>Whether results are added to what is in <see cref="Out"/>.</summary>
    public bool Add { get; }

    /// <summary>INT8 activations: (T, K) at a stride.</summary>
    public sbyte* Codes { get; }

    /// <summary>(T) scales of the activations.</summary>
    public float* Scales { get; }

    /// <summary>Results: (T, N) binary32 at a stride.</summary>
    public byte* Out { get; }
}
