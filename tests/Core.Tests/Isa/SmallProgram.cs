using Flightc.Isa;

namespace Flightc.Tests.Isa;

/// <summary>A program by hand that uses every unit, loops, rings and exchanges, and keeps every rule.</summary>
internal static class SmallProgram
{
    private const string Header =
        """
        program isa=flightc-1
        geometry target=hand channelbytes=65536 ddrbytes=65536 scratchbytes=65536 weightring=8192 cachering=256 page=4096
        channels first=0 count=2
        channels first=2 count=1
        memory ids=1024 logits=2048 logitspitch=64 vocabulary=16 context=64 maxtokens=4 weightbytes=4096 cache=4096 cachebytes=2048 tablebytes=1024 scoreslots=176 group=1
        register number=0 name=past value=past
        register number=1 name=rows value="ceildiv(past, 3)"
        register number=2 name=slots value="ceildiv(past + tokens, 3)"
        register number=3 name=tokens value=tokens
        register number=4 name=wanted value="tokens - from"

        """;

    // CORE is 0 or 1, WIDTH the core's slots, MINE 256 or 272: the half of a row that the core gives, ROW where its half of the logits goes.
    private const string Core =
        """
          core CORE
            stream ld
              ld.table addr=64 bytes=768 pitch=768 rows=1 dst=0
              ld.indexed release=st,misc index=1024 addr=128 bytes=24 pitch=24 rows=R3 dst=1024 stride=24 ; embedding
              ld.weights pages=1 ; layers.0
              loop count=2
                ld.kv addr=4096+1024*L0 bytes=20 rows=R1 heads=1
                ld.kv addr=4608+1024*L0 bytes=16 rows=R1 heads=1
              endloop
            stream st
              st.kv wait=ld src=512 stride=16 bytes=16 addr=4096 pitch=20 past=R0 tokens=R3 heads=1
              st.scale src=640 stride=4 addr=4112 pitch=20 past=R0 tokens=R3 heads=1
              st.rows wait=mv release=sys src=2048 stride=64 bytes=32 rows=R4 addr=ROW pitch=64 ; logits
            stream mv
              mv.linear wait=xch codes=256 codestride=32 scales=384 tokens=R3 columns=32 rows=16 out=2048 outstride=64 ; layers.0.q
              loop count=2
                mv.score release=misc codes=256 codestride=32 scales=384 keys=512 keystride=16 keyscales=640 valuescales=656 scalestride=4 past=R0 tokens=R3 group=1 d=16 rows=R1 slots=R2 out=4096 values=8192 maxima=8448 valuemaxima=8512 ; layers.0.score
                mv.value wait=misc probabilities=12288 values=512 stride=16 past=R0 tokens=R3 group=1 d=16 rows=R1 slots=R2 out=16384
              endloop
              sync release=st
            stream misc
              misc.embed wait=ld src=1024 stride=24 group=8 bits=8 columns=16 count=16 tokens=R3 out=1536 outstride=64
              misc.quantize release=xch src=1536 stride=64 weight=0 weighted=1 count=16 tokens=R3 maxima=704 codes=MINE codestride=32 scales=384
              loop count=2
                misc.softmax wait=mv,xch release=mv scores=4096 values=8192 maxima=8448 valuemaxima=8512 rows=R3 width=WIDTH*R2 out=12288 sums=20480
              endloop
            stream xch
              xch.gather wait=misc release=mv addr=MINE bytes=16 stride=32 rows=R3
              loop count=2
                xch.max release=misc addr=736 count=R3
              endloop
            stream sys
              sys.end wait=st

        """;

    public static string Text { get; } = Header + Entry("decode", "mv") + Entry("prefill", "mm");

    /// <summary>The program with one edit, which must apply.</summary>
    public static MachineProgram With(string old, string replacement)
    {
        Assert.Contains(old, Text, StringComparison.Ordinal);
        return Assembly.Parse(Text.Replace(old, replacement, StringComparison.Ordinal));
    }

    private static string Entry(string name, string engine) =>
        $"entry name={name}\n" + CoreText(0, 2, 256).Replace("mv", engine, StringComparison.Ordinal)
        + CoreText(1, 1, 272).Replace("mv", engine, StringComparison.Ordinal);

    private static string CoreText(int core, int width, int mine) => Core
        .Replace("CORE", $"{core}", StringComparison.Ordinal).Replace("WIDTH", $"{width}", StringComparison.Ordinal)
        .Replace("MINE", $"{mine}", StringComparison.Ordinal).Replace("ROW", $"{2048 + (32 * core)}", StringComparison.Ordinal);
}
