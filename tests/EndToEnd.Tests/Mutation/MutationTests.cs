using System.Globalization;
using System.Text;
using Flightc.Runtime.Interpretation;

namespace Flightc.Tests.Mutation;

/// <summary>
/// Mistakes that make the result of a program depend on timing, or that block it, are refused by the verifier: mutants, judged by running them.
/// </summary>
public sealed class MutationTests(ITestOutputHelper output)
{
    // Numbers for the longer run, which docs/testing.md quotes.
    private const string Variable = "FLIGHTC_MUTANTS";
    private const int LongOrders = 1000;

    // Mutants of each kind, and orders, that a test of every day can afford.
    private const int Mutants = 12;
    private const int Orders = 50;

    [Theory]
    [InlineData("tiny", "decode", 23, 1, false)]
    [InlineData("tiny", "prefill", 14, 8, false)]
    [InlineData("u280", "decode", 40, 1, false)]
    [InlineData("u280", "prefill", 30, 7, false)]
    [InlineData("tiny", "prefill", 13, 8, true)]
    [InlineData("u280", "decode", 41, 1, true)]
    public void Every_mutant_whose_result_depends_on_timing_is_refused(string machine, string entry, int past, int tokens, bool hasRows)
    {
        int wanted = int.Parse(Environment.GetEnvironmentVariable(Variable) ?? "0", CultureInfo.InvariantCulture);
        using MutationSubject subject = new(machine, entry, past, tokens, hasRows);
        Assert.False(subject.IsRefused(subject.Program));
        Judge judge = new(subject, wanted > 0 ? LongOrders : Orders);
        foreach (MutationKind kind in Enum.GetValues<MutationKind>())
        {
            Mutator mutator = new(subject.Program, entry, (ulong)(past + (1000 * (int)kind)));
            for (int made = 0; made < Math.Max(wanted, Mutants);)
            {
                if (mutator.Next(kind) is { } mutant)
                {
                    judge.Add(mutant);
                    made++;
                }
            }
        }

        output.WriteLine($"{machine} {entry}{(hasRows ? " with row instructions" : "")}\n{judge}");

        // Without hazards there would be nothing to refuse.
        Assert.True(judge.Hazards > Mutants, $"{judge.Hazards} mutants are hazards");
        Assert.Empty(judge.Survivors);
    }

    private sealed class Judge(MutationSubject subject, int orders)
    {
        private readonly Outcome _expected = subject.Run(subject.Program, IssueOrder.RoundRobin());
        private readonly SortedDictionary<MutationKind, int[]> _counts = [];

        public int Hazards { get; private set; }

        /// <summary>Hazards that the verifier accepts.</summary>
        public List<string> Survivors { get; } = [];

        public void Add(Mutant mutant)
        {
            bool isRefused = subject.IsRefused(mutant.Program);
            (int column, string why) = Verdict(mutant);
            _counts.TryAdd(mutant.Kind, new int[10]);
            _counts[mutant.Kind][column + (isRefused ? 5 : 0)]++;
            if (column <= 1)
            {
                Hazards++;
                if (!isRefused)
                {
                    Survivors.Add($"{mutant.Kind}, {mutant.Description}: {why}");
                }
            }
        }

        public override string ToString()
        {
            StringBuilder text = new();
            text.AppendLine("of mutants, refused: depends on timing | blocks | fails always | same wrong result always | right");
            foreach ((MutationKind kind, int[] counts) in _counts)
            {
                IEnumerable<string> columns = Enumerable.Range(0, 5).Select(c => $"{counts[c] + counts[c + 5]}, {counts[c + 5]}");
                text.AppendLine(CultureInfo.InvariantCulture, $"{kind}: {string.Join(" | ", columns)}");
            }

            return text.ToString();
        }

        // 0 depends on timing, 1 blocks, 2 fails under every order, 3 has the same wrong result under every order, 4 is right.
        private (int Column, string Why) Verdict(Mutant mutant)
        {
            Outcome first = subject.Run(mutant.Program, Order(0));
            for (int order = 1; order < orders && !first.IsBlocked; order++)
            {
                Outcome other = subject.Run(mutant.Program, Order(order));
                if (other.Result != first.Result)
                {
                    return (0, $"order {order} differs from order 0: {first.Message}/{other.Message}");
                }
            }

            return first.IsBlocked ? (1, first.Message) : (first.Result == "failed" ? 2 : first.Result != _expected.Result ? 3 : 4, "");
        }

        private static IssueOrder Order(int number) => (number % 4, number) switch
        {
            (_, 0) => IssueOrder.LoadsFirst(),
            (_, 1) => IssueOrder.LoadsLast(),
            (3, _) => IssueOrder.Random((ulong)number),
            _ => IssueOrder.RandomPriorities((ulong)number),
        };
    }
}
