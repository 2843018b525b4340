using Flightc.Chat;
using Flightc.Checkpoints;
using Flightc.Diagnostics;
using Flightc.Isa;
using Flightc.Models;
using Flightc.Recipes;
using Flightc.Targets;
using Flightc.Tokenizers;

namespace Flightc.Cli.Compiling;

/// <summary>
/// Target, recipe and model as users name them, opened together so that the faults of all are reported at
/// once.
/// </summary>
internal sealed class CompileInputs : IDisposable
{
    private CompileInputs(HuggingFaceCheckpoint checkpoint, Target target, Recipe recipe)
    {
        Checkpoint = checkpoint;
        Target = target;
        Recipe = recipe;
    }

    /// <summary>The model's files.</summary>
    public HuggingFaceCheckpoint Checkpoint { get; }

    /// <summary>The machine.</summary>
    public Target Target { get; }

    /// <summary>What is to become of the weights.</summary>
    public Recipe Recipe { get; }

    /// <summary>Opens all three.</summary>
    /// <exception cref="CompilationException">The faults of all three.</exception>
    public static CompileInputs Open(string model, string target, string recipe, DiagnosticBag warnings)
    {
        List<Diagnostic> faults = [];
        Target? machine = Try(() => new TargetCatalog().Find(target), faults);
        Recipe? wishes = Try(() => new RecipeCatalog().Find(recipe), faults);
        HuggingFaceCheckpoint? checkpoint = Try(() => ModelFile.Open(model, warnings), faults);
        if (faults.Count == 0)
        {
            return new CompileInputs(checkpoint!, machine!, wishes!);
        }

        checkpoint?.Dispose();
        throw new CompilationException(faults);
    }

    /// <summary>The length to compile for: what is wanted, or what the model was made for.</summary>
    /// <param name="config">The model.</param>
    /// <param name="wanted">What the user wants, or null.</param>
    /// <param name="location">For messages.</param>
    /// <param name="warnings">Told of a length that the model was not made for.</param>
    /// <exception cref="CompilationException">No program can have it (FLC1104).</exception>
    public static int ContextLength(ModelConfig config, int? wanted, string location, DiagnosticBag warnings)
    {
        if (wanted is < 1 or > MachineProgram.MaxContextLength)
        {
            throw new CompilationException(
                Codes.LengthUnsupported,
                $"--max-length {wanted}: programs serve sequences of 1 to {MachineProgram.MaxContextLength} tokens",
                location,
                $"give a length within that range, or none for the model's {config.MaxPositions}");
        }

        if (wanted > config.MaxPositions && config.Ends.PositionOffset is not null)
        {
            throw new CompilationException(
                Codes.LengthUnsupported,
                $"--max-length {wanted}: the model has learned {config.MaxPositions} positions and knows no others", location,
                $"give at most {config.MaxPositions}");
        }

        if (wanted > config.MaxPositions)
        {
            warnings.Warning(
                Codes.LengthUnsupported,
                $"--max-length {wanted}: the model was made for {config.MaxPositions} positions; what it says beyond them may be poor",
                location);
        }

        if (wanted is null && config.MaxPositions > MachineProgram.MaxContextLength)
        {
            warnings.Warning(
                Codes.LengthUnsupported,
                $"the model has {config.MaxPositions} positions; the program serves {MachineProgram.MaxContextLength}",
                location);
        }

        return wanted ?? Math.Min(config.MaxPositions, MachineProgram.MaxContextLength);
    }

    /// <summary>
    /// The tokenizer's JSON, empty where the model has none that we understand; then a warning says so.
    /// </summary>
    public byte[] ReadTokenizer(ModelConfig config, DiagnosticBag warnings)
    {
        const string consequence = "the image will have no tokenizer: 'run' then takes --ids, and 'eval' records with ids";
        if (Tokenizer.FilesOf(Checkpoint.Folder) is not [string file, ..])
        {
            warnings.Warning(
                Codes.TokenizerInvalid, "the model has no tokenizer: no tokenizer.json, tokenizer.model, vocab.json or tiktoken file", Checkpoint.Folder, consequence);
            return [];
        }

        try
        {
            byte[] json = Tokenizer.ReadJson(Checkpoint.Folder);
            Tokenizer tokenizer = Tokenizer.FromJson(json, file);
            if (tokenizer.VocabularySize > config.VocabularySize)
            {
                warnings.Warning(
                    Codes.TokenizerInvalid,
                    $"the tokenizer has {tokenizer.VocabularySize} ids, the model {config.VocabularySize}: some texts cannot be run",
                    file, "see whether tokenizer and model belong together");
            }

            return json;
        }
        catch (CompilationException e)
        {
            foreach (Diagnostic fault in e.Diagnostics)
            {
                warnings.Warning(fault.Code, fault.Message, fault.Location, consequence);
            }

            return [];
        }
    }

    /// <summary>
    /// The chat template; null where the model has none that we understand, of which a warning tells.
    /// </summary>
    public ChatDefinition? ReadChat(DiagnosticBag warnings)
    {
        try
        {
            return ChatFiles.Read(Checkpoint.Folder);
        }
        catch (CompilationException e)
        {
            foreach (Diagnostic fault in e.Diagnostics)
            {
                warnings.Warning(
                    fault.Code, fault.Message, fault.Location, "the image will have no chat template: 'run --chat' will not work with it");
            }

            return null;
        }
    }

    /// <summary>The small files that were read.</summary>
    public IReadOnlyList<string> Files =>
    [
        .. new[] { Checkpoint.ConfigPath, Checkpoint.GenerationConfigPath }.OfType<string>(),
        .. Tokenizer.FilesOf(Checkpoint.Folder),
    ];

    /// <inheritdoc/>
    public void Dispose() => Checkpoint.Dispose();

    private static T? Try<T>(Func<T> open, List<Diagnostic> faults)
        where T : class
    {
        try
        {
            return open();
        }
        catch (CompilationException e)
        {
            faults.AddRange(e.Diagnostics);
            return null;
        }
    }
}
