using Flightc.Isa;
using Flightc.Targets;

namespace Flightc.Cli.Reports;

/// <summary>Cycles that some instructions need of each resource of the core that needs most of it.</summary>
/// <param name="Hbm">Their bytes at the full rate of the core's channels.</param>
/// <param name="Matrix">Work of <c>mm</c> and <c>mv</c>.</param>
/// <param name="Special">Work of <c>misc</c>.</param>
/// <param name="Exchange">Work of <c>xch</c>.</param>
/// <param name="Ddr">Their bytes, of all cores, at the full rate of DDR.</param>
internal readonly record struct ResourceUse(double Hbm, double Matrix, double Special, double Exchange, double Ddr)
{
    /// <summary>The resources' names, as <see cref="Timing.Bottleneck.Name"/> has them.</summary>
    public static IReadOnlyList<string> Names { get; } = ["hbm", "matrix", "special", "exchange", "ddr"];

    /// <summary>The resource that takes longest.</summary>
    public string Bound
    {
        get
        {
            string bound = Names[0];
            foreach (string name in Names)
            {
                bound = this[name] > this[bound] ? name : bound;
            }

            return bound;
        }
    }

    /// <summary>Cycles of a resource.</summary>
    public double this[string name] => name switch
    {
        "hbm" => Hbm,
        "matrix" => Matrix,
        "special" => Special,
        "exchange" => Exchange,
        "ddr" => Ddr,
        _ => throw new ArgumentException($"no resource is called '{name}'", nameof(name)),
    };

    /// <summary>The sums, resource by resource.</summary>
    public static ResourceUse operator +(ResourceUse left, ResourceUse right) => new(
        left.Hbm + right.Hbm, left.Matrix + right.Matrix, left.Special + right.Special,
        left.Exchange + right.Exchange, left.Ddr + right.Ddr);

    /// <summary>Adds up instructions.</summary>
    /// <param name="instructions">Of one operator, on any cores.</param>
    /// <param name="target">The machine.</param>
    /// <param name="share">Of a product's bytes and work: the share that counts; null where all of it does.</param>
    public static ResourceUse Of(
        IEnumerable<InstructionProfile> instructions, Target target, Func<InstructionProfile, double>? share = null)
    {
        int cores = target.CoreChannels.Count;
        double[] hbm = new double[cores];
        double[] matrix = new double[cores];
        double[] special = new double[cores];
        double[] exchange = new double[cores];
        double ddr = 0;
        foreach (InstructionProfile i in instructions)
        {
            double part = i.Product is null ? 1 : share?.Invoke(i) ?? 1;
            double bytes = i.HbmBytes + ((i.Product?.Total.Bytes ?? 0) * part);
            hbm[i.Core] += bytes / (target.CoreChannels[i.Core] * target.HbmBytesPerCycle);
            matrix[i.Core] += i.Unit is Unit.Matrix or Unit.Vector ? i.Busy * part : 0;
            special[i.Core] += i.Unit is Unit.Misc ? i.Busy : 0;
            exchange[i.Core] += i.Unit is Unit.Exchange ? i.Busy : 0;
            ddr += i.DdrBytes;
        }

        return new ResourceUse(
            hbm.Max(), matrix.Max(), special.Max(), exchange.Max(), ddr * target.ClockHertz / target.Ddr.BytesPerSecond);
    }
}
