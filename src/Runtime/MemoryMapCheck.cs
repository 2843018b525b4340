using Flightc.Container;
using Flightc.Diagnostics;
using Flightc.Isa;

namespace Flightc.Runtime;

/// <summary>
/// What has to hold between the memory map of a program and the image that it came in before memory is
/// allocated by it. Rules: the geometry, the context and the vocabulary are the manifest's; channels are
/// those of the cores, in order; weights, then the KV cache, fit a channel; tables, then ids, then logits,
/// fit DDR; ids and logits are aligned and have room for the largest step.
/// </summary>
internal static class MemoryMapCheck
{
    /// <exception cref="CompilationException">A rule does not hold (FLC4005).</exception>
    public static void Require(MachineProgram program, Image image)
    {
        ImageManifest manifest = image.Manifest;
        Geometry geometry = program.Geometry;
        MemoryMap map = program.Memory;
        Geometry wanted = manifest.Geometry;
        Check(
            geometry with { Cores = wanted.Cores } == wanted && geometry.Cores.SequenceEqual(wanted.Cores),
            $"the program is for another machine ('{Excerpt.Of(geometry.Target)}') than the manifest says ('{Excerpt.Of(wanted.Target)}')");
        Check(
            map.ContextLength == manifest.ContextLength,
            $"the program has a context of {map.ContextLength} tokens; the manifest says {manifest.ContextLength}");
        Check(
            !manifest.Model.Numbers.TryGetValue("vocabulary_size", out double vocabulary)
                || vocabulary == map.VocabularySize,
            $"the program has a vocabulary of {map.VocabularySize}; the manifest says otherwise");

        int channels = 0;
        foreach (ChannelRange core in geometry.Cores)
        {
            Check(
                core.First == channels && core.Count > 0,
                $"a core has {core.Count} channels from number {core.First} on; channel {channels} was to be next");
            channels += core.Count;
            Check(channels <= ProgramLimits.Channels, $"the machine has more than {ProgramLimits.Channels} channels");
        }

        Check(
            map.CacheAddress >= map.WeightBytes && map.CacheAddress <= geometry.ChannelBytes - map.CacheBytes,
            $"weights of {map.WeightBytes} bytes and a KV cache of {map.CacheBytes} at {map.CacheAddress} do not fit a channel of {geometry.ChannelBytes}");
        Check(
            map.MaxTokens > 0 && map.VocabularySize > 0 && map.IdsAddress >= map.TableBytes && map.IdsAddress % 4 == 0
            && map.LogitsAddress >= map.IdsAddress + (4L * map.MaxTokens) && map.LogitsAddress % 4 == 0
            && map.LogitsPitch >= 4L * map.VocabularySize && map.LogitsPitch % 4 == 0
            && map.LogitsAddress + ((Int128)map.LogitsPitch * map.MaxTokens) <= geometry.DdrBytes,
            $"tables of {map.TableBytes} bytes, {map.MaxTokens} ids at {map.IdsAddress} and rows of {map.VocabularySize} logits at {map.LogitsAddress} "
            + $"do not lie one after another in a DDR of {geometry.DdrBytes} bytes");

        void Check(bool holds, string message)
        {
            if (!holds)
            {
                throw new CompilationException(Codes.ImageDamaged, message, image.Path, "compile the model again");
            }
        }
    }
}
