namespace Flightc.Isa;

/// <summary>The table of all instructions: by mnemonic, and by opcode and mode.</summary>
public static class InstructionSet
{
    private const int Modes = 16;
    private const int Opcodes = 16;

    private static readonly Func<Instruction>[] Factories =
    [
        () => new Synchronize(),
        () => new LoadWeights(),
        () => new LoadCache(),
        () => new LoadTable(),
        () => new LoadIndexed(),
        () => new LoadCache(isMasked: true),
        () => new StoreCache(),
        () => new StoreCacheScale(),
        () => new StoreRows(),
        () => new MultiplyWeights(Unit.Matrix),
        () => new MultiplyKeys(Unit.Matrix),
        () => new MultiplyValues(Unit.Matrix),
        () => new MultiplyValues(Unit.Matrix, isMasked: true),
        () => new MultiplyWeights(Unit.Vector),
        () => new MultiplyKeys(Unit.Vector),
        () => new MultiplyValues(Unit.Vector),
        () => new MultiplyValues(Unit.Vector, isMasked: true),
        () => new DequantizeRows(),
        () => new Measure(),
        () => new QuantizeRows(),
        () => new QuantizeHeads(),
        () => new Exponentiate(),
        () => new NormalizeHeads(),
        () => new ActivateRows(),
        () => new AddRows(),
        () => new NormalizeRows(),
        () => new Gather(),
        () => new CombineMaxima(),
        () => new CombineSums(),
        () => new BeginLoop(),
        () => new EndLoop(),
        () => new EndProgram(),
    ];

    private static readonly string[] UnitNames = ["ld", "st", "mm", "mv", "misc", "xch", "sys"];

    private static readonly Func<Instruction>?[] ByCode = new Func<Instruction>?[Opcodes * Modes];
    private static readonly Dictionary<string, Func<Instruction>> ByMnemonic = new(StringComparer.Ordinal);

    static InstructionSet()
    {
        foreach (Func<Instruction> factory in Factories)
        {
            Instruction example = factory();
            int code = (example.Opcode * Modes) + example.Mode;
            if (example.Opcode is < 0 or >= Opcodes || example.Mode is < 0 or >= Modes || ByCode[code] is not null)
            {
                throw new InvalidOperationException(
                    $"'{example.Mnemonic}' has code {example.Opcode}/{example.Mode}, which is taken or out of range");
            }

            ByCode[code] = factory;
            ByMnemonic.Add(example.Mnemonic, factory);
        }
    }

    /// <summary>Number of units of a core.</summary>
    public const int UnitCount = 7;

    /// <summary>One new instruction of every kind, with all fields 0, in the order of docs/isa.md.</summary>
    public static IEnumerable<Instruction> All => Factories.Select(create => create());

    /// <summary>A new instruction with all fields 0; null when no instruction has that name.</summary>
    public static Instruction? Create(string mnemonic) =>
        ByMnemonic.TryGetValue(mnemonic, out Func<Instruction>? create) ? create() : null;

    /// <summary>A new instruction with all fields 0; null when no instruction has that code.</summary>
    public static Instruction? Create(int opcode, int mode) =>
        opcode is < 0 or >= Opcodes || mode is < 0 or >= Modes ? null : ByCode[(opcode * Modes) + mode]?.Invoke();

    /// <summary>The unit in whose stream an instruction stands; null when any stream can have it.</summary>
    public static Unit? UnitOf(Instruction instruction) => instruction.Opcode switch
    {
        1 => Unit.Load,
        2 => Unit.Store,
        3 => Unit.Matrix,
        4 => Unit.Vector,
        5 => Unit.Misc,
        6 => Unit.Exchange,
        15 => Unit.System,
        _ => null,
    };

    /// <summary>
    /// Name of a unit in assembly text: <c>ld</c>, <c>st</c>, <c>mm</c>, <c>mv</c>, <c>misc</c>, <c>xch</c>,
    /// <c>sys</c>.
    /// </summary>
    public static string NameOf(Unit unit) => UnitNames[(int)unit];

    /// <summary>The unit of a name; null when no unit has it.</summary>
    public static Unit? UnitNamed(string name)
    {
        int index = Array.IndexOf(UnitNames, name);
        return index < 0 ? null : (Unit)index;
    }

    /// <summary>The units of a set, in the order of <see cref="Unit"/>.</summary>
    public static IEnumerable<Unit> Members(Units units) =>
        Enum.GetValues<Unit>().Where(unit => units.HasFlag((Units)(1 << (int)unit)));
}
