namespace Flightc.Targets;

/// <summary>
/// Instruction sets of published machines. A target that has one exists to hold models of time against what was measured or
/// published: it can be estimated, but nothing is compiled for it.
/// </summary>
public static class ValidationIsa
{
    /// <summary>FlightLLM on the Versal VHK158, as its instruction tables were published.</summary>
    public const string FlightLlmVhk158 = "flightllm-vhk158";

    /// <summary>FlightLLM on the Alveo U280, as decoded from its published binary.</summary>
    public const string FlightLlmU280 = "flightllm-u280-1.3";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } = [FlightLlmVhk158, FlightLlmU280];
}
