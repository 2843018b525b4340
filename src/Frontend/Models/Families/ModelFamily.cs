namespace Flightc.Models;

/// <summary>A family of models: what its <c>config.json</c> says, and what its tensors are called. docs/models.md says how one is added.</summary>
public abstract class ModelFamily
{
    /// <summary>The name of its Graphs, such as <c>qwen3</c>.</summary>
    public abstract string Name { get; }

    /// <summary>What people know it as, such as <c>Qwen3</c>.</summary>
    public abstract string Title { get; }

    /// <summary>Entries of <c>architectures</c>; the first is the usual one.</summary>
    public abstract IReadOnlyList<string> Architectures { get; }

    /// <summary>Values of <c>model_type</c>.</summary>
    public abstract IReadOnlyList<string> ModelTypes { get; }

    /// <summary>In what it differs from LLaMA, for docs/models.md.</summary>
    public abstract string Differs { get; }

    /// <summary>What its configuration may say that is refused, for docs/models.md; empty for nothing in particular.</summary>
    public abstract string Refuses { get; }

    /// <summary>Names of modules that may hold the decoder, the usual one first, each with its dot; empty for none.</summary>
    public virtual IReadOnlyList<string> Modules { get; } = ["model.", "", "language_model.model.", "model.language_model."];

    /// <summary>Names of modules that may hold what stands beside the decoder.</summary>
    public virtual IReadOnlyList<string> OutsideModules { get; } = ["", "language_model."];

    /// <summary>Beginnings of names of tensors of other parts of the model, which are left out.</summary>
    public virtual IReadOnlyList<string> IgnoredTensors { get; } = [];

    /// <summary>Where the checkpoint keeps the weights of each operation of the Graph, by the operation's name with N for the layer, such as
    /// <c>layers.N.attn.q</c>.</summary>
    /// <param name="config">Of this family.</param>
    public abstract IReadOnlyDictionary<string, TensorPlace> Places(ModelConfig config);

    /// <summary>Reads the keys it knows, and refuses what cannot be compiled.</summary>
    /// <param name="keys">The configuration.</param>
    /// <returns>Null where something was reported as an error.</returns>
    internal abstract ModelConfig? Read(FamilyKeys keys);

    /// <summary>The tensor that a weight is made of.</summary>
    /// <param name="config">Of this family.</param>
    /// <param name="places">Its <see cref="Places"/>.</param>
    /// <param name="role">A weight of its Graph.</param>
    /// <param name="shape">Its shape.</param>
    public TensorRole RoleOf(
        ModelConfig config, IReadOnlyDictionary<string, TensorPlace> places, string role, IReadOnlyList<long> shape)
    {
        int dot = role.LastIndexOf('.');
        (string stem, string? layer) = LayerNames.Split(role[..dot]);
        TensorPlace place = places[stem];
        List<string> names = [.. NamesOf(place, layer, role[dot..])];
        if (role == DecoderGraph.Embedding && config.TiesEmbeddings && places.TryGetValue("head", out TensorPlace? head))
        {
            names.AddRange(NamesOf(head, null, role[dot..]));
        }

        return new TensorRole(role, names, shape, place.Transform ?? TensorTransform.None);
    }

    /// <summary>Whether a name is that of a weight that the family can have.</summary>
    /// <param name="places">Its <see cref="Places"/>.</param>
    /// <param name="role">Any text: it may come from a file.</param>
    public static bool HasPlace(IReadOnlyDictionary<string, TensorPlace> places, string role) =>
        role.LastIndexOf('.') is > 0 and int dot && places.ContainsKey(LayerNames.Split(role[..dot]).Stem);

    private IEnumerable<string> NamesOf(TensorPlace place, string? layer, string kind) =>
        (place.IsOutside ? OutsideModules : Modules).Select(
            module => module + (layer is null ? place.Stem : LayerNames.Join(place.Stem, layer)) + kind);
}
