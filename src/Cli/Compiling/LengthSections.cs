using System.Globalization;
using Flightc.Backend.Lengths;
using Flightc.Cli.Estimating;
using Flightc.Container;
using Flightc.Diagnostics;
using Flightc.Isa;

namespace Flightc.Cli.Compiling;

/// <summary>
/// Sections of an image with programs for single lengths or buckets of them: <c>program.PLAN.ENTRY.PAST.TOKENS.FROM</c>,
/// each a program section of its own with one entry (docs/lengths.md). Our devices run the program with length
/// registers; these are for hardware without a sequencer.
/// </summary>
internal sealed class LengthSections
{
    private readonly LengthPrograms _programs;
    private readonly LengthPlan _plan;
    private readonly (PlannedStep Step, string Name, long Bytes)[] _sections;

    /// <summary>Plans the sections of a length plan; there are none for length registers.</summary>
    public LengthSections(MachineProgram program, LengthPlan plan)
    {
        (_programs, _plan) = (new LengthPrograms(program), plan);

        // Programs of an entry that are equally long are so stream by stream, since the same loops are written out
        // equally often; and so their headers are.
        Dictionary<(string, long), long> lengths = [];
        _sections =
        [
            .. _programs.Steps(plan).Select(step =>
            {
                (string, long) kind = (step.Entry, _programs.BytesFor(plan, step));
                if (!lengths.TryGetValue(kind, out long bytes))
                {
                    lengths.Add(kind, bytes = Encode(step).Length);
                }

                return (step, NameOf(plan, step), bytes);
            }),
        ];
    }

    /// <summary>Names and lengths.</summary>
    public IEnumerable<(string Name, long Bytes)> Sections => _sections.Select(s => (s.Name, s.Bytes));

    /// <summary>Makes and writes them all.</summary>
    public void Write(ImageWriter writer)
    {
        foreach ((PlannedStep step, string name, _) in _sections)
        {
            writer.Write(name, Encode(step));
        }
    }

    /// <summary>How many an image has.</summary>
    public static long CountIn(ImageManifest manifest) => In(manifest).Count();

    /// <summary>Their bytes.</summary>
    public static long BytesIn(ImageManifest manifest) => In(manifest).Sum(s => s.Bytes);

    /// <summary>Makes those of an image once more, and compares.</summary>
    /// <param name="image">The image.</param>
    /// <param name="program">Its program with length registers.</param>
    /// <param name="progress">Called before each.</param>
    /// <exception cref="CompilationException">One is another (FLC4005), or some of a plan are missing (FLC4005).</exception>
    public static void Verify(Image image, MachineProgram program, Action progress)
    {
        string[] names = [.. In(image.Manifest).Select(s => s.Name)];
        if (names.Length == 0)
        {
            return;
        }

        LengthPlan[] plans = [.. Enum.GetValues<LengthPlan>().Where(p => names[0].StartsWith(PrefixOf(p), StringComparison.Ordinal))];
        LengthSections? wanted = plans.Length == 1 ? new LengthSections(program, plans[0]) : null;
        if (wanted is null || !names.SequenceEqual(wanted._sections.Select(s => s.Name)))
        {
            throw Damaged(names[0], "the sections with programs for single lengths are not those of a length plan");
        }

        foreach ((PlannedStep step, string name, _) in wanted._sections)
        {
            progress();
            if (!image.Section(name).Span.SequenceEqual(wanted.Encode(step)))
            {
                throw Damaged(name, "this program is not what the image's own program gives for these lengths");
            }
        }
    }

    private static IEnumerable<ManifestSection> In(ImageManifest manifest) =>
        manifest.Sections.Where(s => s.Name.StartsWith(SectionNames.LengthProgram, StringComparison.Ordinal));

    private static string PrefixOf(LengthPlan plan) => $"{SectionNames.LengthProgram}{LengthPlans.NameOf(plan)}.";

    private static string NameOf(LengthPlan plan, PlannedStep step) => string.Create(
        CultureInfo.InvariantCulture, $"{PrefixOf(plan)}{step.Entry}.{step.Past}.{step.Tokens}.{step.From}");

    private static CompilationException Damaged(string section, string message) =>
        new(Codes.ImageDamaged, message, section, "compile the model again");

    private byte[] Encode(PlannedStep step) => ProgramBinary.Write(_programs.ProgramFor(_plan, step));
}
