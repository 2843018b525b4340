namespace Flightc.FlightLlm;

/// <summary>Bytes of all programs that a machine keeps, under the three published schemes.</summary>
/// <param name="DecodeAverage">Bytes of a decode program, averaged over its buckets.</param>
/// <param name="PrefillAverage">Bytes of a prefill program, averaged over its buckets.</param>
/// <param name="Naive">A prefill and a decode program for every length, for every core.</param>
/// <param name="Bucketed">Lengths of a bucket and all cores share a program.</param>
/// <param name="Merged">As bucketed, and one store serves eight channels.</param>
/// <remarks>
/// <para>Counted are the programs that the released generator makes: the whole model for one core, loads and stores for each
/// channel, in the target's words. In the words of the VHK158 their averages are 2.93 MiB and 284 MiB; the paper has 2.9 and
/// 282.1 MB, and its sums follow from those with a GB of 1024³ and a TB of 1024⁴ bytes.</para>
/// <para>The paper does not say which of its loads and stores are merged. The binary released for the U280 has one store where
/// the generator has eight, and loads for each channel, so that is what is counted.</para>
/// </remarks>
public sealed record ProgramSizes(
    double DecodeAverage, double PrefillAverage, double Naive, double Bucketed, double Merged)
{
    /// <summary>Counts all programs of a model.</summary>
    /// <param name="target">The machine.</param>
    /// <param name="model">The model's shape.</param>
    /// <param name="mask">Blocks that attention of prompts computes.</param>
    public static ProgramSizes Of(PublishedTarget target, PublishedModel model, AttentionMask mask)
    {
        PublishedTarget machine = target with { MergedTransfers = false };
        (double decode, double decodeMerged, int decodeBuckets) = Sum(target.Buckets.Decode, tokens => LayersOf(1, tokens));
        (double prefill, double prefillMerged, int prefillBuckets) = Sum(target.Buckets.Prefill, tokens => LayersOf(tokens, tokens));
        return new ProgramSizes(
            decode / decodeBuckets, prefill / prefillBuckets,
            target.Cores * ((target.Buckets.Decode * decode) + (target.Buckets.Prefill * prefill)), decode + prefill,
            decodeMerged + prefillMerged);

        (double Bytes, double Merged, int Buckets) Sum(int bucket, Func<int, CountingSink> count)
        {
            double bytes = 0;
            double merged = 0;
            int buckets = 0;
            for (int tokens = bucket; tokens <= target.MaxLength; tokens += bucket)
            {
                CountingSink counts = count(tokens);
                bytes += Bytes(target.Words, counts.Counts);
                merged += Bytes(target.Words, counts.MergedCounts);
                buckets++;
            }

            return (bytes, merged, buckets);
        }

        CountingSink LayersOf(int tokens, int context)
        {
            if (!mask.IsTheSameForAllLayers && tokens > 1)
            {
                return Count(model.Layers);
            }

            // Decoder layers are alike then: what the second adds, each of the others adds.
            return Count(1).Extrapolate(Count(2), model.Layers);

            CountingSink Count(int layers)
            {
                CountingSink sink = new();
                PublishedModel part = model with { Layers = layers };
                IReadOnlyList<PublishedLayer> list = tokens == 1
                    ? LayerList.Decode(part, target.Recipe, context)
                    : LayerList.Prefill(part, target.Recipe, tokens);
                PublishedTemplates program = new(machine, PublishedOptions.None, list, mask, sink);
                for (int i = 0; i < program.Count; i++)
                {
                    program.Write(i);
                }

                return sink;
            }
        }
    }

    /// <summary>Bytes of a program with these numbers of instructions.</summary>
    /// <param name="words">Words of an instruction.</param>
    /// <param name="counts">Instructions of each unit, in the order of <see cref="PublishedUnit"/>.</param>
    public static long Bytes(PublishedWords words, IReadOnlyList<long> counts) => 4 * (
        (words.Load * counts[(int)PublishedUnit.Load]) + (words.Store * counts[(int)PublishedUnit.Store])
        + (words.Matrix * (counts[(int)PublishedUnit.Matrix] + counts[(int)PublishedUnit.Vector]))
        + (words.Special * counts[(int)PublishedUnit.Misc]) + (words.System * counts[(int)PublishedUnit.System]));
}
