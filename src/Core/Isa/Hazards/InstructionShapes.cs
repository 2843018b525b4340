namespace Flightc.Isa.Hazards;

/// <summary>
/// Which instructions of an entry access the same bytes at the same length and loop indices: the layers of a
/// model differ in little but the channels of their rows. One set of accesses serves all of a shape.
/// </summary>
internal sealed class InstructionShapes
{
    private readonly (int Shape, bool DependsOnLoops)[][][] _shapes;

    /// <summary>Finds the shapes of an entry.</summary>
    /// <param name="streams">Its streams, well formed and prepared.</param>
    public InstructionShapes(PreparedStream[][] streams)
    {
        Dictionary<PreparedInstruction, int> known = new(new ShapeComparer());
        _shapes = new (int, bool)[streams.Length][][];
        for (int core = 0; core < streams.Length; core++)
        {
            _shapes[core] = [.. streams[core].Select(stream => new (int, bool)[stream.Length])];
            for (int unit = 0; unit < InstructionSet.UnitCount; unit++)
            {
                for (int i = 0; i < streams[core][unit].Length; i++)
                {
                    PreparedInstruction instruction = streams[core][unit][i];
                    known.TryAdd(instruction, known.Count);
                    _shapes[core][unit][i] = (known[instruction], instruction.DependsOnLoops);
                }
            }
        }

        JoinExchanges(streams, known.Count);
    }

    /// <summary>The shape of an instruction, and whether its fields depend on loop indices.</summary>
    public (int Shape, bool DependsOnLoops) Of(int core, int unit, int index) => _shapes[core][unit][index];

    // What an exchange does to a core depends on the instructions of all.
    private void JoinExchanges(PreparedStream[][] streams, int free)
    {
        const int unit = (int)Unit.Exchange;
        int[][] exchanges =
            [.. streams.Select(core => Enumerable.Range(0, core[unit].Length).Where(i => core[unit][i].IsExchange).ToArray())];
        Dictionary<string, int> known = new(StringComparer.Ordinal);
        for (int number = 0; number < exchanges[0].Length; number++)
        {
            string key = string.Join(' ', exchanges.Select((own, core) => _shapes[core][unit][own[number]].Shape));
            bool dependsOnLoops = exchanges.Where((own, core) => _shapes[core][unit][own[number]].DependsOnLoops).Any();
            known.TryAdd(key, free + known.Count);
            for (int core = 0; core < exchanges.Length; core++)
            {
                _shapes[core][unit][exchanges[core][number]] = (known[key], dependsOnLoops);
            }
        }
    }

    private sealed class ShapeComparer : IEqualityComparer<PreparedInstruction>
    {
        public bool Equals(PreparedInstruction a, PreparedInstruction b)
        {
            bool isEqual = a.Instruction.Mnemonic == b.Instruction.Mnemonic;
            for (int i = 0; isEqual && i < a.Fields.Count; i++)
            {
                isEqual = a.Fields[i].Value == b.Fields[i].Value || !Matters(a.Instruction, a.Fields[i].Name);
            }

            return isEqual;
        }

        public int GetHashCode(PreparedInstruction instruction)
        {
            HashCode hash = default;
            hash.Add(instruction.Instruction.Opcode);
            hash.Add(instruction.Instruction.Mode);
            foreach (InstructionField field in instruction.Fields)
            {
                if (Matters(instruction.Instruction, field.Name))
                {
                    hash.Add(field.Value);
                }
            }

            return hash.ToHashCode();
        }

        // Fields that say only which rows of the KV cache are accessed: see CacheTraffic.
        private static bool Matters(Instruction instruction, string field) => instruction switch
        {
            StoreCache or StoreCacheScale => field is not ("addr" or "pitch" or "rot" or "past" or "local" or "headpitch"),
            MultiplyKeys or MultiplyValues => field != "rot",
            LoadCache { IsMasked: true } => field is not ("addr" or "bytes" or "headpitch" or "local"),
            LoadCache => false,
            _ => true,
        };
    }
}
