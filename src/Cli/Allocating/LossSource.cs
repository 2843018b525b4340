using Flightc.Compression;
using Flightc.Diagnostics;
using Flightc.IR;

namespace Flightc.Cli.Allocating;

/// <summary>Where losses come from, asked once for each weight and format.</summary>
/// <param name="losses">The source.</param>
/// <param name="measure">What its numbers are: a word of <see cref="Nats"/>, <see cref="RelativeError"/> and <see cref="File"/>.</param>
internal sealed class LossSource(ICandidateLoss losses, string measure)
{
    /// <summary>Mean KL of a token.</summary>
    public const string Nats = "nats";

    /// <summary>Squared error of a weight as a share of its square.</summary>
    public const string RelativeError = "relative_error";

    /// <summary>What a user's file says.</summary>
    public const string File = "file";

    private readonly Dictionary<(string Role, QuantizedFormat Format), double> _known = [];
    private readonly List<(string Role, QuantizedFormat Format, double Loss)> _all = [];

    /// <summary>What the numbers are.</summary>
    public string Measure => measure;

    /// <summary>The unit of the numbers in words.</summary>
    public string Unit => measure switch
    {
        Nats => "nats per token",
        RelativeError => "of relative squared error",
        _ => "in the unit of the file of losses",
    };

    /// <summary>All that were asked for, in that order; those that are not finite left out.</summary>
    public IReadOnlyList<(string Role, QuantizedFormat Format, double Loss)> All => _all;

    /// <summary>The formats of which the source is known to have losses; null where it has them of all.</summary>
    public IReadOnlyList<QuantizedFormat>? FormatsOf(string role) => losses is LossTable table ? table.FormatsOf(role) : null;

    /// <summary>A loss, infinite where a weight cannot have the format.</summary>
    /// <exception cref="CompilationException">The source knows no such loss.</exception>
    public double LossOf(string role, QuantizedFormat format)
    {
        if (!_known.TryGetValue((role, format), out double loss))
        {
            loss = losses.LossOf(role, format);
            if (double.IsNaN(loss) || loss < 0)
            {
                throw new InvalidOperationException($"the loss of '{role}' in {format} is {loss}");
            }

            _known.Add((role, format), loss);
            if (double.IsFinite(loss))
            {
                _all.Add((role, format, loss));
            }
        }

        return loss;
    }
}
