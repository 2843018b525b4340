namespace Flightc.FlightLlm;

/// <summary>A published machine: what its templates and its timing model depend on.</summary>
/// <param name="Name">What users call it.</param>
/// <param name="Description">One sentence for people.</param>
/// <param name="Card">The card it is built on.</param>
/// <param name="Isa">Its instruction set: one of <see cref="Flightc.Targets.ValidationIsa"/>.</param>
/// <param name="ClockHertz">Clock of all units.</param>
/// <param name="Cores">Computing cores.</param>
/// <param name="MaxLength">The longest sequence its buffers take.</param>
/// <param name="Buckets">How lengths share programs.</param>
/// <param name="Hbm">High-bandwidth memory.</param>
/// <param name="Array">The matrix engine of a core.</param>
/// <param name="Buffers">The buffers of a core.</param>
/// <param name="AllChannelsOfCores">Channels of each core where an ablation uses all of them.</param>
/// <param name="Words">Words of an instruction.</param>
/// <param name="MergedTransfers">Whether one instruction moves eight channels' data.</param>
/// <param name="LoadsPadding">Whether the last tile of a row of tiles is loaded whole where the matrix ends within it, as the
/// released generator does.</param>
/// <param name="ModelledCores">Cores whose programs are timed: one in the published model, all where tokens of several cores
/// are followed.</param>
/// <param name="TimeDivisor">By what every time is divided: 1, but for the published model, which has an unexplained 3.2.</param>
/// <param name="Recipe">The recipe of the published evaluation, as this machine stores it.</param>
/// <param name="Resources">What the card has, and how much more the machine takes.</param>
/// <param name="Fits">Fitted constants, one set for each explanation of what was measured; empty where nothing was.</param>
public sealed record PublishedTarget(
    string Name, string Description, string Card, string Isa, double ClockHertz, int Cores, int MaxLength,
    PublishedBuckets Buckets, PublishedHbm Hbm, PublishedArray Array, PublishedBuffers Buffers,
    IReadOnlyList<int> AllChannelsOfCores,
    PublishedWords Words, bool MergedTransfers, bool LoadsPadding, int ModelledCores, double TimeDivisor, PublishedRecipe Recipe,
    PublishedResources Resources, IReadOnlyList<BoardFit> Fits)
{
    /// <summary>The fit of an explanation.</summary>
    /// <exception cref="ArgumentException">The target has none.</exception>
    public BoardFit FitOf(Explanation explanation) =>
        Fits.FirstOrDefault(f => f.Explanation == explanation)
        ?? throw new ArgumentException($"{Name} has no constants fitted to {explanation}", nameof(explanation));
}

/// <summary>Lengths in a range share the program of the range's end.</summary>
/// <param name="Prefill">Prompt lengths to a program.</param>
/// <param name="Decode">Context lengths to a program.</param>
public sealed record PublishedBuckets(int Prefill, int Decode)
{
    /// <summary>The end of the range that a length lies in.</summary>
    public static int Of(int length, int bucket) => (length + bucket - 1) / bucket * bucket;
}

/// <summary>High-bandwidth memory as the published model sees it: a rate and two efficiencies.</summary>
/// <param name="Channels">Pseudo-channels of the card.</param>
/// <param name="GigabytesPerSecond">Nominal rate of all, in GB/s.</param>
/// <param name="BytesPerGigabyte">What the published code takes a GB for: 1024³ there, which is 7.4 % too favourable.</param>
/// <param name="SameChannelEfficiency">Share of the rate for transfers within a core's own channels.</param>
/// <param name="CrossChannelEfficiency">Share of the rate across channels.</param>
public sealed record PublishedHbm(
    int Channels, double GigabytesPerSecond, double BytesPerGigabyte, double SameChannelEfficiency, double CrossChannelEfficiency)
{
    /// <summary>What one channel delivers in the published model, without efficiency.</summary>
    public double ChannelBytesPerSecond => GigabytesPerSecond * BytesPerGigabyte / Channels;

    /// <summary>What the card delivers at best: decimal, whatever the published code takes a GB for.</summary>
    public double PeakBytesPerSecond => GigabytesPerSecond * 1e9;
}

/// <summary>The matrix engine of a core.</summary>
/// <param name="Rows">Tokens (M) at once in matrix mode.</param>
/// <param name="Depth">Elements of a dot product (K) at once.</param>
/// <param name="Columns">Outputs (N) at once in matrix mode.</param>
/// <param name="VectorColumns">Outputs at once in vector mode, where M is 1.</param>
/// <param name="MatrixTileRows">M of one MM instruction.</param>
/// <param name="MatrixTileColumns">N of one MM instruction.</param>
/// <param name="VectorTileColumns">N of one MV instruction.</param>
/// <param name="SpecialLanes">Elements that the special-function unit takes at once.</param>
public sealed record PublishedArray(
    int Rows, int Depth, int Columns, int VectorColumns, int MatrixTileRows, int MatrixTileColumns, int VectorTileColumns,
    int SpecialLanes)
{
    /// <summary>Multiply-accumulates of a cycle in matrix mode.</summary>
    public int MatrixMacs => Rows * Depth * Columns;

    /// <summary>Multiply-accumulates of a cycle in vector mode.</summary>
    public int VectorMacs => Depth * VectorColumns;
}

/// <summary>The buffers of a core. Widths are in bytes, depths in addresses.</summary>
/// <param name="Channels">Channels in front of the A and the global buffer.</param>
/// <param name="Depth">Addresses of A, B, meta, FSB and bias buffer.</param>
/// <param name="GlobalDepth">Addresses of the global buffer.</param>
/// <param name="MatrixChannelWidth">Bytes that a channel writes at once into A or the global buffer in matrix mode.</param>
/// <param name="VectorChannelWidth">The same into A in vector mode.</param>
/// <param name="MatrixBWidth">Width of the B buffer in matrix mode.</param>
/// <param name="VectorBWidth">Width of the B buffer in vector mode.</param>
/// <param name="MetaWidth">Width of the meta buffer.</param>
/// <param name="BiasWidth">Width of the bias buffer.</param>
public sealed record PublishedBuffers(
    int Channels, int Depth, int GlobalDepth, int MatrixChannelWidth, int VectorChannelWidth, int MatrixBWidth, int VectorBWidth,
    int MetaWidth, int BiasWidth);

/// <summary>Words of 32 bits that an instruction of each unit takes.</summary>
/// <param name="Load">LD.</param>
/// <param name="Store">ST.</param>
/// <param name="Matrix">MM and MV.</param>
/// <param name="Special">MISC.</param>
/// <param name="System">SYS.</param>
public sealed record PublishedWords(int Load, int Store, int Matrix, int Special, int System);

/// <summary>What the card has, next to what the machine takes.</summary>
/// <param name="Dsp">DSP blocks of the card.</param>
/// <param name="DspOvercommitment">DSP blocks that the published configuration takes beyond those.</param>
/// <param name="DspPerCore">DSP blocks of a core: two multiply-accumulates each, and 67 for the special-function unit.</param>
public sealed record PublishedResources(int Dsp, int DspOvercommitment, int DspPerCore);
