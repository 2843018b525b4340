using Flightc.Isa;

namespace Flightc.Runtime.Emulation;

/// <summary>
/// An instruction of a stream with a copy whose fields are overwritten at every issue, so that loops allocate
/// nothing.
/// </summary>
internal sealed class StreamInstruction : IFieldVisitor
{
    private readonly Operand[] _fields;
    private readonly bool _varies;
    private readonly bool _variesInLoops;
    private long[] _sources = [];
    private int _next;
    private long _resolvedIn = -1;

    /// <summary>Prepares an instruction.</summary>
    /// <param name="instruction">The instruction as it stands in the program.</param>
    public StreamInstruction(Instruction instruction)
    {
        FieldList list = new();
        instruction.Visit(list);
        _fields = [.. list.Fields];
        foreach (Operand field in _fields)
        {
            foreach (AffineTerm term in field.Terms)
            {
                _varies = true;
                _variesInLoops |= term.Source.Code >= Source.FirstLoop;
                HasUnknownSource |= (uint)term.Source.Code >= Source.Count;
            }
        }

        Resolved = HasUnknownSource ? instruction : instruction.Resolve(new long[Source.Count]);
    }

    /// <summary>The copy, as <see cref="Resolve"/> left it.</summary>
    public Instruction Resolved { get; }

    /// <summary>Whether a term names a source that does not exist.</summary>
    public bool HasUnknownSource { get; }

    /// <summary>Of `loop` the number of its `endloop`, of `endloop` the number of its `loop`.</summary>
    public int Partner { get; set; }

    /// <summary>What lies in scratch when it ends.</summary>
    public List<Symbol> Symbols { get; } = [];

    /// <summary>The copy with every field evaluated.</summary>
    /// <param name="sources">Values of registers and loop indices.</param>
    /// <param name="run">Number of the step; registers do not change in it.</param>
    public Instruction Resolve(long[] sources, long run)
    {
        if (_varies && (_variesInLoops || _resolvedIn != run))
        {
            _sources = sources;
            _next = 0;
            Resolved.Visit(this);
            _resolvedIn = run;
        }

        return Resolved;
    }

    void IFieldVisitor.Field(ref Operand value, int bits, string name, string meaning) =>
        value = _fields[_next++].Evaluate(_sources);

    private sealed class FieldList : IFieldVisitor
    {
        public List<Operand> Fields { get; } = [];

        public void Field(ref Operand value, int bits, string name, string meaning) => Fields.Add(value);
    }
}
