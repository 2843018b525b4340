using Flightc.Diagnostics;
using Flightc.IR;
using Flightc.Passes.Masking;
using Flightc.Recipes;

namespace Flightc.Cli.Compiling;

/// <summary>The attention masks that a recipe wants of a model, as far as they need no weights.</summary>
internal static class MaskWishes
{
    /// <summary>The graph with the recipe's masks; as it is where it has some, or the recipe wants none.</summary>
    /// <param name="graph">The float graph of a checkpoint.</param>
    /// <param name="recipe">Masks that it wants from calibration, which are not known here, are stood in for by sinks and a
    /// window of the same share.</param>
    /// <param name="contextLength">The most tokens of a sequence.</param>
    /// <param name="warnings">Told of a stand-in.</param>
    public static Graph Apply(Graph graph, Recipe recipe, int contextLength, DiagnosticBag warnings)
    {
        if (recipe.Attention.Kind == MaskKind.None || AttentionMasks.Of(graph) is not null)
        {
            return graph;
        }

        if (recipe.Attention.Kind == MaskKind.Calibrated)
        {
            warnings.Warning(
                Codes.SettingsValue,
                $"the recipe '{recipe.Name}' wants attention masks from calibration; sinks and a window of the same share stand in for them", "",
                "give the masks of a compilation with --masks");
        }

        return Window(graph, recipe.Attention, contextLength).ApplyTo(graph);
    }

    /// <summary>Sinks and a window, as wide as the recipe says or as its share allows.</summary>
    public static AttentionMasks Window(Graph graph, AttentionWish wish, int contextLength)
    {
        Attention[] attentions = [.. graph.Nodes.Select(n => n.Op).OfType<Attention>()];
        int heads = attentions.Length == 0 ? 1 : attentions[0].Heads;
        if (wish.Window > 0)
        {
            return AttentionMasks.Window(Math.Max(1, attentions.Length), heads, wish.Sink, wish.Window);
        }

        // The same blocks for which a search would find masks.
        MaskSearchOptions options = new(wish.Keep, wish.Sink);
        int tokens = Math.Min(options.WindowTokens, contextLength);
        int blocks = (tokens + LayerMask.BlockTokens - 1) / LayerMask.BlockTokens;
        return AttentionMasks.WindowOf(
            Math.Max(1, attentions.Length), heads, blocks, wish.Sink, MaskBudget.KeptBlocks(Math.Max(1, attentions.Length), heads, blocks, wish.Keep));
    }
}
