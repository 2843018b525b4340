using System.Globalization;
using Flightc.IR;
using Flightc.Models;
using Flightc.Numerics;
using Flightc.Raising;

namespace Flightc.Tests.Raising;

/// <summary>Terms as text, such as <c>rms_norm(embedding(table), w, 1e-06)</c>.</summary>
internal static class TermText
{
    public static string Of(Term term) => term switch
    {
        IdsTerm => "ids",
        PastTerm past => $"past({past.Input})",
        EmbeddingTerm e => $"embedding({e.Table.Text}{(e.Scale == 1 ? "" : $" times {Number(e.Scale)}")})",
        PositionsTerm p => $"add_positions({Of(p.X)}, {p.Table.Text}, {p.Offset})",
        LinearTerm l => $"linear({Of(l.X)}, {l.Weight.Text}{(l.Bias is null ? "" : $", {l.Bias.Text}")})",
        NormTerm n => $"{(n.Kind == NormKind.Rms ? "rms_norm" : "layer_norm")}{(n.Size == n.Columns ? "" : $"[{n.Size}]")}"
            + $"({Of(n.X)}, {n.Weight?.Text ?? "ones"}{(n.Bias is null ? "" : $", {n.Bias.Text}")}, {Number(n.Epsilon)})",
        ActivationTerm a => $"{ActivationFunctions.NameOf(a.Function)}({Of(a.X)})",
        SoftCapTerm c => $"softcap({Of(c.X)}, {Number(c.Cap)})",
        SumTerm s => $"add({Of(s.Left)}, {Of(s.Right)})",
        ProductTerm p => $"mul({Of(p.Left)}, {Of(p.Right)})",
        AttentionTerm a => $"attention({Of(a.Q)}, {Of(a.K)}, {Of(a.V)}, {a.Heads}:{a.KvHeads} of {a.HeadSize}{Rotary(a.Rotary)}"
            + $"{(a.Scale is null ? "" : $", scale {Number(a.Scale.Value)}")}{(a.Window == 0 ? "" : $", window {a.Window}")}{(a.Cap == 0 ? "" : $", cap {Number(a.Cap)}")})",
        _ => term.GetType().Name,
    };

    private static string Rotary(RotaryAngles? angles) => angles is null
        ? "" : $", rotary {angles.Dim} by {Number(angles.Theta)}{(angles.Divisors.Count == 0 ? "" : $" divided by {string.Join(':', angles.Divisors.Select(Number))}")}"
            + (angles.Magnitude == 1 ? "" : $" times {Number(angles.Magnitude)}");

    private static string Number(float value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
