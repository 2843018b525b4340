using Flightc.IR;
using Flightc.Isa;
using Flightc.Passes.Tiling;
using Flightc.Reference;
using Flightc.Runtime.Devices;
using Flightc.Schedules;

namespace Flightc.Tests;

/// <summary>
/// Decoders of every form, on seeded random weights: the Graph's interpreter, the interpreter of instructions and the emulator agree on every
/// bit, however a prompt is cut.
/// </summary>
public sealed class DecoderTests
{
    public static TheoryData<string> Names() => new(DecoderFamilies.Small.Keys);

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_family_runs_bit_exactly_under_every_mapping(string family)
    {
        DecoderSettings settings = DecoderFamilies.Small[family];
        AssertRuns(settings, "3,2", new MappingOptions { PrefillTokens = 9, GateRows = 16, HeadRows = 32 });
        AssertRuns(
            settings, "2,1,1",
            new MappingOptions { Attention = AttentionDivision.Keys, DecodeGather = GatherForm.Codes, DecodeLoops = 1, PrefillGather = GatherForm.Values, PrefillTokens = 16 });
        AssertRuns(settings, "2,2", new MappingOptions { Attention = AttentionDivision.Heads, PrefillLoops = 1, AheadPercent = 60 });
    }

    private static void AssertRuns(DecoderSettings settings, string cores, MappingOptions options, ulong seed = 3)
    {
        RandomDecoder decoder = new(settings, seed);
        using CompiledModel model = new(decoder.Graph, decoder, RandomModelTests.Machine(cores), RandomModelTests.Mixed, options: options);
        Assert.Empty(ScheduleVerifier.Verify(model.Schedule));
        string text = ScheduleText.Print(model.Schedule);
        Assert.Equal(text, ScheduleText.Print(ScheduleText.Parse(text, "text")));
        RandomModelTests.AssertRuns(model, 30, [9, 1, 5]);
    }
}
