using Flightc.Diagnostics;

namespace Flightc.FlightLlm;

/// <summary>Whether the buffers of a published machine take a model: what the published templates demand.</summary>
internal static class BufferCheck
{
    /// <summary>Refuses what cannot be.</summary>
    /// <exception cref="CompilationException">FLC1104 or FLC3001.</exception>
    public static void Check(PublishedTarget target, PublishedModel model, PublishedCase workload)
    {
        int length = PublishedBuckets.Of(workload.Prompt + workload.Generate, target.Buckets.Decode);
        if (workload.Prompt < 1 || workload.Generate < 1 || length > target.MaxLength)
        {
            throw new CompilationException(
                Codes.LengthUnsupported,
                $"a prompt of {workload.Prompt} and {workload.Generate} tokens: {target.Name} serves both from 1 on, and at most {target.MaxLength} together",
                "", "choose a shorter workload, or another target");
        }

        int[] sizes = [model.Hidden, model.Intermediate, model.HeadDim, model.Vocabulary];
        Require(
            sizes.All(size => size > 0 && size % Tile.Block == 0), target,
            $"sizes {string.Join(", ", sizes)} are not all multiples of {Tile.Block}, the side of its blocks");
        Require(
            model.KvHeads > 0 && model.Heads % model.KvHeads == 0 && model.KvHeads >= target.ModelledCores, target,
            $"{model.Heads} query and {model.KvHeads} key heads cannot be dealt out to {target.ModelledCores} cores");

        int heads = Tile.Ceiling(model.KvHeads, target.ModelledCores) * (model.Heads / model.KvHeads);
        long vector = (long)target.Buffers.Depth * target.Buffers.VectorBWidth;
        long widest = Math.Max(Math.Max(model.Intermediate, model.Hidden), (long)heads * Math.Max(length, model.HeadDim));
        Require(widest <= vector, target, $"a vector of {widest} bytes does not fit the B buffer of {vector}");
        int deepest = target.Buffers.Depth * target.Buffers.VectorChannelWidth / (2 * Tile.Block * VectorPlan.Rounds(target));
        Require(
            Math.Max(length, model.HeadDim) <= deepest, target, $"two tiles of {length} values do not fit the A buffer, which holds {deepest}");
    }

    private static void Require(bool holds, PublishedTarget target, string why)
    {
        if (!holds)
        {
            throw new CompilationException(
                Codes.DoesNotFit, $"{target.Name} cannot run this model: {why}", "", "choose a smaller model or workload, or another target");
        }
    }
}
