using System.Collections.Concurrent;
using Flightc.IR;
using Flightc.Isa;
using Flightc.Reference;

namespace Flightc.Tests;

/// <summary>A compiled model with what the Graph interpreter says of one sequence as long as the context; made once for all tests.</summary>
internal sealed class SharedModel
{
    private static readonly ConcurrentDictionary<string, Lazy<SharedModel>> Models = new();

    private SharedModel(string name)
    {
        string folder = name == "stories" ? TestData.Stories : TestData.Wider("models", name);
        Model = new CompiledModel(folder, U280, new QuantizedFormat(4, 32), new QuantizedFormat(8, 64));
        ulong state = 11;
        Ids = new int[Model.Program.Memory.ContextLength];
        for (int i = 0; i < Ids.Length; i++)
        {
            state = (state * 6364136223846793005) + 1442695040888963407;
            Ids[i] = i == 0 ? 1 : (int)((state >> 33) % (ulong)Model.Program.Memory.VocabularySize);
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

    public static SharedModel Of(string name)
    {
        if (name != "stories")
        {
            // Skips the calling test, not the one that happens to come first.
            TestData.Wider("models", name);
        }

        return Models.GetOrAdd(name, n => new Lazy<SharedModel>(() => new SharedModel(n))).Value;
    }
}
