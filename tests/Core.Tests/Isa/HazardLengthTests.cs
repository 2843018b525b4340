using System.Globalization;
using System.Text;
using Flightc.Diagnostics;
using Flightc.Isa;

namespace Flightc.Tests.Isa;

/// <summary>
/// What the verifier finds at its representative steps is what it finds at all: random programs in which addresses and loop counts do not depend
/// on lengths, and rows and bytes grow with them, as docs/isa.md demands for that conclusion.
/// </summary>
public sealed class HazardLengthTests
{
    private const int Context = 20;
    private const int MaxTokens = 4;
    private const int Programs = 150;

    [Theory]
    [InlineData(1000)]
    [InlineData(40)] // scratch holds the scores of short steps only
    public void Hazards_at_any_length_show_at_a_representative_one(int scoreSlots)
    {
        int accepted = 0;
        for (int seed = 0; seed < Programs; seed++)
        {
            string text = new Writer(seed, scoreSlots).Text();
            MachineProgram program = Assembly.Parse(text);

            bool isAccepted = ProgramVerifier.Verify(program).Items.Count == 0;
            DiagnosticsOfAll(program, scoreSlots, out string first);

            Assert.True(isAccepted == (first.Length == 0), $"{(isAccepted ? "accepted" : "refused")}, but at all lengths: {first}\n{text}");
            accepted += isAccepted ? 1 : 0;
        }

        Assert.InRange(accepted, Programs / 10, Programs - (Programs / 10));
    }

    private static void DiagnosticsOfAll(MachineProgram program, int scoreSlots, out string first)
    {
        StepLengths[] all =
        [
            .. from tokens in Enumerable.Range(1, MaxTokens)
               from past in Enumerable.Range(0, Context - tokens + 1)
               where tokens * 2 * ((past + tokens + 2) / 3) <= scoreSlots
               from start in Enumerable.Range(0, tokens + 1)
               select new StepLengths(past, tokens, start),
        ];
        IReadOnlyList<Diagnostic> found = ProgramVerifier.Verify(program, null, entry => entry.Name == "decode" ? [.. all.Where(s => s.Tokens == 1)] : all).Items;
        first = found.Count == 0 ? "" : found[0].ToString();
    }

    /// <summary>Writes a program: instructions in an order that would do, with most of the tokens that it takes.</summary>
    private sealed class Writer(int seed, int scoreSlots)
    {
        private readonly Random _random = new(seed);
        private readonly List<(string Unit, string Text, HashSet<string> Wait, HashSet<string> Release)> _steps = [];

        public string Text()
        {
            StringBuilder text = new();
            text.AppendLine("program isa=flightc-1");
            text.AppendLine("geometry target=hand channelbytes=65536 ddrbytes=65536 scratchbytes=65536 weightring=8192 cachering=256 page=4096");
            text.AppendLine("channels first=0 count=2");
            text.AppendLine("channels first=2 count=1");
            text.AppendLine(CultureInfo.InvariantCulture, $"memory ids=4096 logits=8192 logitspitch=64 vocabulary=16 context={Context} maxtokens={MaxTokens} weightbytes=4096 cache=4096 cachebytes=4096 tablebytes=4096 scoreslots={scoreSlots} group=1");
            text.AppendLine("register number=0 name=past value=past");
            text.AppendLine("register number=1 name=rows value=\"ceildiv(past, 3)\"");
            text.AppendLine("register number=2 name=slots value=\"ceildiv(past + tokens, 3)\"");
            text.AppendLine("register number=3 name=tokens value=tokens");
            text.AppendLine("register number=4 name=wanted value=\"tokens - from\"");
            Plan();
            foreach (string entry in (ReadOnlySpan<string>)["decode", "prefill"])
            {
                text.AppendLine(CultureInfo.InvariantCulture, $"entry name={entry}");
                for (int core = 0; core < 2; core++)
                {
                    text.AppendLine(CultureInfo.InvariantCulture, $"  core {core}");
                    foreach (IGrouping<string, (string Unit, string Text, HashSet<string> Wait, HashSet<string> Release)> stream in _steps.GroupBy(s => s.Unit))
                    {
                        text.AppendLine(CultureInfo.InvariantCulture, $"    stream {stream.Key}");
                        foreach ((_, string line, HashSet<string> wait, HashSet<string> release) in stream)
                        {
                            string tokens = (wait.Count > 0 ? $" wait={string.Join(',', wait)}" : "") + (release.Count > 0 ? $" release={string.Join(',', release)}" : "");
                            text.AppendLine(CultureInfo.InvariantCulture, $"      {line.Split(' ')[0]}{tokens}{Rest(line, core)}");
                        }
                    }
                }
            }

            return text.ToString();
        }

        private static string Rest(string line, int core)
        {
            int space = line.IndexOf(' ', StringComparison.Ordinal);
            return space < 0 ? "" : line[space..].Replace("LOGITS", $"{8192 + (32 * core)}", StringComparison.Ordinal);
        }

        private void Plan()
        {
            // Everything is written once, save for a few bytes that are left to the steps.
            Add("ld", $"ld.table addr=0 bytes={(_random.Next(3) == 0 ? 2048 - (4 * _random.Next(8)) : 2048)} pitch=0 rows=1 dst=0");
            int steps = _random.Next(4, 12);
            for (int i = 0; i < steps; i++)
            {
                int kind = _random.Next(10);
                Add(kind == 0 ? "ld" : kind <= 2 ? "st" : "misc", kind switch
                {
                    0 => $"ld.table addr=64 bytes={Size()} pitch=4 rows={Rows()} dst={At()} stride={Stride()}",
                    1 => $"st.rows src={At()} stride={Stride()} bytes=32 rows=R4 addr=LOGITS pitch=64",
                    2 => $"st.kv src={At()} stride={Stride()} bytes=16 addr=4096 pitch=16 past=R0 tokens=R3",
                    3 => $"misc.measure src={At()} stride={Stride()} count={1 + _random.Next(8)} tokens=R3 maxima={At()}",
                    4 => $"misc.activate src={At()} stride={Stride()} count={1 + _random.Next(20)} tokens=R3 out={At()} outstride={Stride()} gated=1",
                    5 => $"misc.softmax scores={At()} values={At()} maxima={At()} valuemaxima={At()} rows=R3 width=2*R2 out={At()} sums={At() / 8 * 8}",
                    6 => $"misc.add src={At()} stride={Stride() - 4} out={At()} outstride={Stride() + 32} count={1 + _random.Next(8)} tokens=R3",
                    7 => InPlace($"misc.activate count={1 + _random.Next(8)} tokens=R3 function={_random.Next(5)}"),
                    8 => InPlace($"misc.norm count={1 + _random.Next(4)} heads={1 + _random.Next(2)} tokens=R3 weight={At()} bias={At()} biased={_random.Next(2)} layer={_random.Next(2)}"),
                    _ => $"misc.output src={At() / 8 * 8} sums={At() / 8 * 8} valuemaxima={At()} tokens=R3 group=1 d=4 out={At()} outstride={Stride()}",
                });
            }

            foreach (string unit in (string[])["ld", "st", "misc"])
            {
                Add("sys", "sync");
                _steps[^1].Wait.Add(unit);
                Add(unit, "sync");
                _steps[^1].Release.Add("sys");
            }

            Add("sys", "sys.end");
        }

        // A step waits for the last one of each other unit, save now and then: as many tokens are given as taken.
        private void Add(string unit, string line)
        {
            (string Unit, string Text, HashSet<string> Wait, HashSet<string> Release) step = (unit, line, [], []);
            if (unit != "sys" && line != "sync")
            {
                foreach (string other in (string[])["ld", "st", "misc"])
                {
                    int last = _steps.FindLastIndex(s => s.Unit == other);
                    if (other != unit && last >= 0 && !_steps[last].Release.Contains(unit) && _random.Next(25) > 0)
                    {
                        step.Wait.Add(other);
                        _steps[last].Release.Add(unit);
                    }
                }
            }

            _steps.Add(step);
        }

        // Mostly.
        private string InPlace(string line)
        {
            (int at, int stride) = (At(), Stride() + 32);
            bool isMoved = _random.Next(4) == 0;
            return $"{line} src={at} stride={stride} out={(isMoved ? At() : at)} outstride={(isMoved ? Stride() + 32 : stride)}";
        }

        private int At() => 4 * _random.Next(_random.Next(3) == 0 ? 500 : 120);

        private int Size() => 4 * (1 + _random.Next(8));

        private int Stride() => 4 * (1 + _random.Next(16));

        private string Rows() => _random.Next(5) switch { 0 => "R3", 1 => "R4", 2 => "R2", 3 => "R1", _ => "2*R3" };
    }
}
