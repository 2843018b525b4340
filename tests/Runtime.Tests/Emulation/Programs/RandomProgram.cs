using Flightc.Isa;
using Flightc.Runtime.Devices;
using Flightc.Runtime.Emulation;

namespace Flightc.Tests.Emulation.Programs;

/// <summary>A random machine with a random program of all instructions that compute or move something; a seed gives the same on every computer.</summary>
internal sealed class RandomProgram : IDisposable
{
    /// <summary>Where the KV cache of every channel begins: beyond all weights.</summary>
    public const long CacheAddress = 1 << 24;

    private static readonly StepArguments Step = new(0, 1, 0);
    private const int Slack = 4096;
    private static readonly int[][] Machines = [[1], [2], [3], [5], [2, 1], [3, 2], [1, 1, 1], [2, 2, 1]];

    private readonly ProgramParts _parts;
    private readonly TestMachine _machine;
    private readonly MachineProgram _program;
    private readonly string _name;

    public RandomProgram(ulong seed)
    {
        RandomNumbers random = new(seed * 7919);
        _parts = new ProgramParts(random, Machines[random.Below(Machines.Length)]);
        ProductPiece.Add(_parts, random.Below(_parts.Cores), seed);
        int pieces = random.Within(0, 4);
        for (int i = 0; i < pieces; i++)
        {
            AddPiece();
        }

        for (int core = 0; core < _parts.Cores; core++)
        {
            RowPiece.Add(_parts, core);
        }

        int scratch = (_parts.Images.Max(i => i.Used) + Slack) / Slack * Slack;
        _machine = new TestMachine(_parts.Channels, _parts.Images, [.. _parts.Streams.Select(s => s.ToArray())], scratch, CacheAddress)
        {
            Cache = channel => _parts.Caches[channel],
        };
        _program = _machine.InSequence(core => _parts.Bodies[core], Loads);
        _name = $"program {seed}, channels {string.Join('/', _parts.Channels)}: {_parts.Words}";
    }

    /// <summary>Runs it on the interpreter and on every vector path of this processor, each with some number of threads.</summary>
    /// <exception cref="Xunit.Sdk.XunitException">A byte of scratch or of a KV cache differs.</exception>
    public void Check()
    {
        byte[] expected = _machine.Interpret(_program, Step);
        foreach (VectorPath path in Enum.GetValues<VectorPath>().Where(VectorPaths.IsSupported))
        {
            int threads = _parts.Random.Within(1, 3);
            byte[] actual = _machine.Emulate(_program, path, threads, Step);
            int at = expected.AsSpan().CommonPrefixLength(actual);
            Assert.True(
                at == expected.Length,
                $"{_name}\n{path}, {threads} threads: byte {at % _machine.ScratchBytes} of the scratch of core {at / _machine.ScratchBytes} differs, or one of a KV cache behind all cores");
        }
    }

    /// <summary>What it has, in words of the pieces, and the mnemonics of its instructions.</summary>
    public IEnumerable<string> Features =>
        _parts.Features.Concat(_program.Entries[0].Streams.SelectMany(core => core.SelectMany(unit => unit)).Select(i => i.Mnemonic));

    public void Dispose() => _machine.Dispose();

    private void AddPiece()
    {
        switch (_parts.Random.Below(10))
        {
            case < 5:
                ProductPiece.Add(_parts, _parts.Random.Below(_parts.Cores));
                break;
            case < 7:
                AttentionPiece.Add(_parts);
                break;
            case < 9:
                RowPiece.Add(_parts, _parts.Random.Below(_parts.Cores));
                break;
            default:
                MovePiece.Add(_parts);
                break;
        }
    }

    // The pages of all weights in pieces, and rows of the KV cache, in any mixture that keeps the order of each.
    private List<Instruction> Loads(int core)
    {
        RandomNumbers random = _parts.Random;
        int first = _parts.Channels[..core].Sum();
        int pages = (_parts.Streams.Skip(first).Take(_parts.Channels[core]).Max(s => s.Count) + TestMachine.Page - 1) / TestMachine.Page;
        List<Instruction> loads = [];
        Queue<Instruction> cache = new(_parts.CacheLoads[core]);
        int page = 0;
        while (page < pages || cache.Count > 0)
        {
            if (page < pages && (cache.Count == 0 || _parts.Coin()))
            {
                int count = Math.Min(pages - page, random.Within(1, _parts.Coin() ? 3 : 4000));
                loads.Add(new LoadWeights { Address = page * TestMachine.Page, Pages = count });
                page += count;
            }
            else
            {
                loads.Add(cache.Dequeue());
            }
        }

        return loads;
    }
}
