namespace Flightc.Cli.Commands;

/// <summary>All commands, in the order of a working day.</summary>
internal static class CommandTable
{
    /// <summary>The commands.</summary>
    public static IReadOnlyList<CommandEntry> All { get; } =
    [
        new("check", "<MODEL>", "Say what is in a model and whether it can be compiled; all problems at once", () => new CheckCommand()),
        new("calibrate", "<MODEL>", "Find what compression needs to know of a model, by running it on a text", () => new CalibrateCommand()),
        new("compile", "<MODEL>", "Compile a model into one image that a card, or the emulator, executes", () => new CompileCommand()),
        new("run", "<MODEL|IMAGE>", "Generate text with an image, or with a model that is compiled first", () => new RunCommand()),
        new("eval", "<IMAGE>", "Measure the quality of images on a text: perplexity, KL divergence, top-1 agreement", () => new EvalCommand()),
        new("estimate", "<MODEL>", "Say what a compiled model takes of a machine and how fast it is, without weights and without an image", () => new EstimateCommand()),
        new("explore", "<MODEL>", "Find the machine of a card for a model: cores, channels, matrix engine, buffers", () => new ExploreCommand()),
        new("allocate", "<MODEL>", "Choose a format for every weight, so that least is lost within a budget", () => new AllocateCommand()),
        new("export", "<MODEL>", "Write a model as standard ONNX, for ONNX Runtime, Netron and others", () => new ExportCommand()),
        new("inspect", "<IMAGE>", "Show what is in an image: model, target, weights, instructions, memory", () => new InspectCommand()),
        new("disasm", "<IMAGE>", "Print the program of an image as assembly text", () => new DisasmCommand()),
        new("explain", "<IMAGE|CODE> <NAME>", "Say what became of a tensor or an operator, how long it takes and what bounds it; or what a code means", () => new ExplainCommand()),
        new("verify", "<IMAGE>", "Prove that an image is undamaged and that its program cannot go wrong", () => new VerifyCommand()),
        new("bench", "<IMAGE>", "Measure how fast the emulator runs an image on this computer, and what bounds it", () => new BenchCommand()),
        new("cache", "<DIR>", "Show what a folder of kept results holds, check it, or make it smaller", () => new CacheCommand()),
        new("targets", "<NAME>", "List the targets, which are the machines that can be compiled for, or show one", () => new TargetsCommand()),
        new("recipes", "<NAME>", "List the recipes, which say how weights are stored, or show one", () => new RecipesCommand()),
    ];
}
