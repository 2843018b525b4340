using System.Text.Json.Nodes;
using Flightc.Cli.Compiling;
using Flightc.Cli.Terminal;
using Flightc.IR;

namespace Flightc.Cli.Images;

/// <summary>What the attention masks of a compiled model keep, and what finding them showed.</summary>
internal static class MaskReport
{
    /// <summary>Lines of text; none where there are no masks.</summary>
    public static IEnumerable<(string, string)> Facts(CompileResult result)
    {
        if (AttentionMasks.Of(result.Compiled!.Graph) is not { } masks)
        {
            yield break;
        }

        yield return ("attention masks", $"{Quantity.Percent(masks.KeptShare())} of the causal blocks of {masks.Blocks * LayerMask.BlockTokens} tokens kept, {Quantity.Percent(ShareAtContext(result, masks))} of those of {result.Compiled.Schedule.ContextLength}");
        if (result.Masks is { } found)
        {
            yield return (
                "found on",
                $"{found.Windows} windows of {found.Tokens} tokens: mean KL {Quantity.Real(found.Kl, 5)} nats, of sinks and a window of the same count {Quantity.Real(found.WindowKl, 5)}");
        }
    }

    /// <summary>The same as JSON; null where there are no masks.</summary>
    public static JsonObject? ToJson(CompileResult result) => AttentionMasks.Of(result.Compiled!.Graph) is not { } masks
        ? null
        : new JsonObject
        {
            ["hash"] = masks.Hash,
            ["blocks"] = masks.Blocks,
            ["kept_share"] = masks.KeptShare(),
            ["kept_share_at_context"] = ShareAtContext(result, masks),
            ["calibration_windows"] = result.Masks?.Windows,
            ["calibration_kl"] = result.Masks is { } found ? Json.Number(found.Kl) : null,
            ["calibration_window_kl"] = result.Masks is { } other ? Json.Number(other.WindowKl) : null,
        };

    private static double ShareAtContext(CompileResult result, AttentionMasks masks) =>
        masks.KeptShare((result.Compiled!.Schedule.ContextLength + LayerMask.BlockTokens - 1) / LayerMask.BlockTokens);
}
