using Flightc.Checkpoints;
using Flightc.Cli;
using Flightc.Container;
using Flightc.Diagnostics;
using Flightc.Isa;
using Flightc.Models;
using Flightc.Passes;
using Flightc.Recipes;
using Flightc.Runtime;
using Flightc.Runtime.Devices;
using Flightc.Targets;

namespace Flightc.Tests;

public sealed class LoadedImageTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _image;

    public LoadedImageTests()
    {
        _image = _folder["stories.flight"];
        Target target = new TargetCatalog(Path.Combine(TestData.Repository, "configs", "targets")).Find("tiny");
        Recipe recipe = new RecipeCatalog(Path.Combine(TestData.Repository, "configs", "recipes")).Find("w4");
        using HuggingFaceCheckpoint checkpoint = HuggingFaceCheckpoint.Open(TestData.Stories, new DiagnosticBag());
        ImportedModel model = ModelImporter.Import(checkpoint);
        CompiledProgram compiled = Compilation.Compile(model.Graph, target, recipe, 64, new PassObserver(), new DiagnosticBag())!;
        Compilation.Link(model, compiled, new LinkRequest(_image, target, recipe, "stories", [], [], [], 2));
    }

    [Fact]
    public void An_image_runs_on_every_device_with_the_same_bits()
    {
        using LoadedImage image = LoadedImage.Open(_image);
        Assert.All(image.Program.Entries, e => Assert.Empty(e.Symbols));
        float[][] rows = [.. DeviceNames.All.Select(name =>
        {
            using IDevice device = image.CreateDevice(name, 2);
            Session session = new(image.Program, device);
            Assert.Equal(64, session.ContextLength);
            _ = session.Prefill([1, 300, 400, 5]);
            return session.Decode(77).ToArray();
        })];
        Assert.Equal(2, rows.Length);
        Assert.Equal(rows[0].Select(BitConverter.SingleToInt32Bits), rows[1].Select(BitConverter.SingleToInt32Bits));
    }

    [Fact]
    public void Symbols_come_where_they_are_wanted()
    {
        using LoadedImage image = LoadedImage.Open(_image, withSymbols: true);
        Assert.All(image.Program.Entries, e => Assert.NotEmpty(e.Symbols));
        using IDevice device = image.CreateDevice("emulator", 1);
        ActivationLog log = new();
        Session session = new(image.Program, device) { Observer = log };
        _ = session.Prefill([1, 2]);
        Assert.InRange(log.Count, 50, int.MaxValue);
    }

    [Fact]
    public void An_unknown_device_is_refused_with_the_names_there_are()
    {
        using LoadedImage image = LoadedImage.Open(_image);
        Diagnostic error = Assert.Throws<CompilationException>(() => image.CreateDevice("card")).Diagnostics[0];
        Assert.Equal(Codes.DeviceUnsupported, error.Code);
        Assert.Contains("emulator", error.Help, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("another machine")]
    [InlineData("context")]
    [InlineData("vocabulary")]
    [InlineData("channel")]
    [InlineData("DDR")]
    [InlineData("pitch")]
    [InlineData("tables")]
    [InlineData("no ids")]
    public void A_program_that_disagrees_with_its_image_is_refused(string what)
    {
        string damaged = _folder["damaged.flight"];
        Rewrite(damaged, program =>
        {
            MemoryMap map = program.Memory;
            return what switch
            {
                "another machine" => program with { Geometry = program.Geometry with { ScratchBytes = program.Geometry.ScratchBytes + 64 } },
                "context" => program with { Memory = map with { ContextLength = 65 } },
                "vocabulary" => program with { Memory = map with { VocabularySize = map.VocabularySize + 1 } },
                "channel" => program with { Memory = map with { CacheBytes = program.Geometry.ChannelBytes } },
                "DDR" => program with { Memory = map with { LogitsPitch = 1L << 40, MaxTokens = int.MaxValue, LogitsAddress = 1L << 40 } },
                "pitch" => program with { Memory = map with { LogitsPitch = 4 } },
                "tables" => program with { Memory = map with { IdsAddress = 0, LogitsAddress = map.LogitsAddress } },
                _ => program with { Memory = map with { LogitsAddress = map.IdsAddress } },
            };
        });
        Diagnostic error = Assert.Throws<CompilationException>(() => LoadedImage.Open(damaged)).Diagnostics[0];
        Assert.Equal(Codes.ImageDamaged, error.Code);
        Assert.Equal(damaged, error.Location);
    }

    [Fact]
    public void A_weight_stream_longer_than_the_program_says_is_refused()
    {
        string damaged = _folder["damaged.flight"];
        Rewrite(damaged, program => program with { Memory = program.Memory with { WeightBytes = 0 } });
        using LoadedImage image = LoadedImage.Open(damaged);
        Assert.Equal(Codes.ImageDamaged, Assert.Throws<CompilationException>(() => image.CreateDevice("emulator")).Diagnostics[0].Code);
    }

    public void Dispose() => _folder.Dispose();

    private void Rewrite(string path, Func<MachineProgram, MachineProgram> change)
    {
        using Image image = Image.Open(_image);
        byte[] program = ProgramBinary.Write(change(ProgramBinary.Read(image.Section(SectionNames.Program).Span)));
        (string Name, byte[] Bytes)[] sections =
        [
            .. image.Manifest.Sections.Select(s => (s.Name, s.Name == SectionNames.Program ? program : image.Section(s.Name).Span.ToArray())),
        ];
        using ImageWriter writer = ImageWriter.Create(path, image.Manifest with { Sections = [] }, [.. sections.Select(s => (s.Name, s.Bytes.LongLength))]);
        foreach ((string name, byte[] bytes) in sections)
        {
            writer.Write(name, bytes);
        }

        writer.Commit();
    }
}
