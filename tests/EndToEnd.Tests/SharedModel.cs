using System.Collections.Concurrent;
using Flightc.IR;
using Flightc.Isa;
using Flightc.Reference;

namespace Flightc.Tests;

/// <summary>A compiled model with what the Graph interpreter says of one sequence as long as the context; made once for all tests.</summary>
internal sealed class SharedModel
{
    private static readonly ConcurrentDictionary<string, Lazy<SharedModel>> Models = new();

    // A name with this ending is the checkpoint without it, with a body as wide as its head.
    private const string EightBitBody = "-w8";

    // A name with this ending is the checkpoint without it, with a KV cache of 4 bits.
    private const string NarrowCache = "-kv4";

    private SharedModel(string name)
    {
        QuantizedFormat head = new(8, 64);
        QuantizedFormat body = name.EndsWith(EightBitBody, StringComparison.Ordinal) ? head : new QuantizedFormat(4, 32);
        Model = new CompiledModel(FolderOf(name), U280, body, head, cacheBits: name.EndsWith(NarrowCache, StringComparison.Ordinal) ? 4 : 8);
        RandomNumbers random = new(11);
        Ids = new int[Model.Program.Memory.ContextLength];
        for (int i = 0; i < Ids.Length; i++)
        {
            Ids[i] = i == 0 ? 1 : random.Below(Model.Program.Memory.VocabularySize);
        }

        Logits = new QuantizedInterpreter(Model.Quantized, Model.Weights, Model.Matrices).Run(Ids, Activations);
    }

    /// <summary>The machine of configs/targets/u280.yaml.</summary>
    public static Geometry U280 { get; } = new Targets.TargetCatalog(Path.Combine(TestData.Repository, "configs", "targets")).Find("u280").Geometry;

    public CompiledModel Model { get; }

    /// <summary>As many tokens as the context holds.</summary>
    public int[] Ids { get; }

    /// <summary>(tokens, vocabulary)</summary>
    public float[][] Logits { get; }

    public ActivationLog Activations { get; } = new();

    /// <param name="name">"stories" or a model of the wider data; with "-w8" behind it for a body of 8 bits instead of 4, or "-kv4"
    /// for a KV cache of 4 bits instead of 8.</param>
    public static SharedModel Of(string name)
    {
        // Skips the calling test, not the one that happens to come first.
        FolderOf(name);
        return Models.GetOrAdd(name, n => new Lazy<SharedModel>(() => new SharedModel(n))).Value;
    }

    private static string FolderOf(string name)
    {
        string ending = new[] { EightBitBody, NarrowCache }.FirstOrDefault(e => name.EndsWith(e, StringComparison.Ordinal)) ?? "";
        string checkpoint = name[..^ending.Length];
        return checkpoint == "stories" ? TestData.Stories : TestData.Wider("models", checkpoint);
    }
}
