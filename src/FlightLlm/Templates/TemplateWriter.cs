namespace Flightc.FlightLlm;

/// <summary>Writes the instructions that all templates share.</summary>
/// <param name="target">The machine.</param>
/// <param name="options">Changes to it.</param>
/// <param name="sink">Where instructions go.</param>
internal sealed class TemplateWriter(PublishedTarget target, PublishedOptions options, InstructionSink sink)
{
    /// <summary>The machine.</summary>
    public PublishedTarget Target => target;

    /// <summary>Changes to it.</summary>
    public PublishedOptions Options => options;

    /// <summary>Channels in front of the A buffer.</summary>
    public int Channels => target.Buffers.Channels;

    /// <summary>Loads through one channel, or across channels into the B buffer.</summary>
    public void Load(PublishedOperation operation, long bytes, bool crosses, PublishedUnits waits, PublishedUnits releases, double kept = 1) =>
        sink.Add(new TemplateInstruction
        {
            Unit = PublishedUnit.Load, Operation = operation, Channels = 1, CrossesChannels = crosses, Bytes = bytes,
            Waits = waits, Releases = releases, Kept = kept,
        });

    /// <summary>
    /// Loads blocks that are dealt out to the channels of the core in turn: one instruction where transfers are merged, otherwise
    /// one for each channel that has any.
    /// </summary>
    /// <param name="operation">What is loaded.</param>
    /// <param name="blocks">How many blocks.</param>
    /// <param name="blockBytes">Bytes of a block.</param>
    /// <param name="waits">What the first waits for.</param>
    /// <param name="releases">To whom the last gives a token.</param>
    /// <param name="kept">Share of weights that is kept.</param>
    public void LoadDealt(
        PublishedOperation operation, int blocks, long blockBytes, PublishedUnits waits, PublishedUnits releases, double kept = 1)
    {
        if (target.MergedTransfers)
        {
            Move(PublishedUnit.Load, operation, blocks * blockBytes, waits, releases, kept);
            return;
        }

        int last = Math.Min(Channels, blocks) - 1;
        for (int channel = 0; channel <= last; channel++)
        {
            Move(
                PublishedUnit.Load, operation, Tile.Ceiling(blocks - channel, Channels) * blockBytes,
                channel == 0 ? waits : PublishedUnits.None, channel == last ? releases : PublishedUnits.None, kept);
        }
    }

    /// <summary>Loads the same number of bytes through some channels, from the first on.</summary>
    public void LoadAll(
        PublishedOperation operation, int channels, long perChannel, PublishedUnits waits, PublishedUnits releases, double kept = 1)
    {
        if (target.MergedTransfers)
        {
            Move(PublishedUnit.Load, operation, channels * perChannel, waits, releases, kept);
            return;
        }

        for (int channel = 0; channel < channels; channel++)
        {
            Move(
                PublishedUnit.Load, operation, perChannel, channel == 0 ? waits : PublishedUnits.None,
                channel == channels - 1 ? releases : PublishedUnits.None, kept);
        }
    }

    /// <summary>
    /// Stores a block of each of some channels at once, of which the last can be shorter: one instruction where transfers are
    /// merged.
    /// </summary>
    public void StoreAll(int channels, long perChannel, long last, PublishedUnits waits, PublishedUnits releases)
    {
        if (target.MergedTransfers)
        {
            Move(
                PublishedUnit.Store, PublishedOperation.StoreActivations, ((channels - 1) * perChannel) + last, waits, releases, 1);
            return;
        }

        for (int channel = 0; channel < channels; channel++)
        {
            bool isLast = channel == channels - 1;
            Move(
                PublishedUnit.Store, PublishedOperation.StoreActivations, isLast ? last : perChannel,
                channel == 0 ? waits : PublishedUnits.None, isLast ? releases : PublishedUnits.None, 1);
        }
    }

    /// <summary>Loads or stores with the channels of the core together.</summary>
    public void Move(
        PublishedUnit unit, PublishedOperation operation, long bytes, PublishedUnits waits, PublishedUnits releases, double kept) =>
        sink.Add(new TemplateInstruction
        {
            Unit = unit, Operation = operation, Channels = Channels, Bytes = bytes, Waits = waits, Releases = releases, Kept = kept,
        });

    /// <summary>Stores through one channel.</summary>
    public void Store(PublishedOperation operation, long bytes, PublishedUnits waits, PublishedUnits releases) =>
        sink.Add(new TemplateInstruction
        {
            Unit = PublishedUnit.Store, Operation = operation, Channels = 1, Bytes = bytes, Waits = waits, Releases = releases,
        });

    /// <summary>Multiplies.</summary>
    public void Multiply(
        PublishedUnit unit, int depth, int columns, double kept, bool onCache, PublishedUnits waits, PublishedUnits releases) =>
        sink.Add(new TemplateInstruction
        {
            Unit = unit, Operation = PublishedOperation.Multiply, Depth = depth, Columns = columns, Kept = kept,
            OnCache = onCache, Waits = waits, Releases = releases,
        });

    /// <summary>Computes anything else over a row.</summary>
    public void Misc(PublishedOperation operation, int width, PublishedUnits waits, PublishedUnits releases) =>
        sink.Add(new TemplateInstruction
        {
            Unit = PublishedUnit.Misc, Operation = operation, Depth = width, Waits = waits, Releases = releases,
        });

    /// <summary>Waits for all cores.</summary>
    public void Barrier(PublishedUnits waits, PublishedUnits releases) =>
        sink.Add(new TemplateInstruction
        {
            Unit = PublishedUnit.System, Operation = PublishedOperation.Barrier, Waits = waits, Releases = releases,
        });

    /// <summary>What is fused behind a linear layer, for one of its tiles.</summary>
    /// <param name="fused">What.</param>
    /// <param name="width">Elements of a row.</param>
    /// <param name="producer">Which unit made the row.</param>
    /// <param name="operandWaits">Load where operands are loaded, otherwise nothing.</param>
    /// <param name="releases">To whom the last gives a token.</param>
    public void Fused(FusedOperation fused, int width, PublishedUnits producer, PublishedUnits operandWaits, PublishedUnits releases)
    {
        switch (fused)
        {
            case FusedOperation.Silu:
                Misc(PublishedOperation.Silu, width, producer, releases);
                break;
            case FusedOperation.Add:
                Misc(PublishedOperation.Add, width, producer | operandWaits, releases);
                break;
            case FusedOperation.Mul:
                Misc(PublishedOperation.Mul, width, producer | operandWaits, releases);
                break;
            case FusedOperation.Rotary:
                // The released generator names all three after the first, a multiplication; their time is the same.
                Misc(PublishedOperation.Mul, width, producer | operandWaits, PublishedUnits.None);
                Misc(PublishedOperation.Mul, width, operandWaits, PublishedUnits.None);
                Misc(PublishedOperation.Mul, width, PublishedUnits.None, releases);
                break;
            case FusedOperation.None:
                break;
        }
    }

    /// <summary>Operands that a fused operation loads: none, one or two.</summary>
    public static int OperandsOf(FusedOperation fused) => fused switch
    {
        FusedOperation.Add or FusedOperation.Mul => 1,
        FusedOperation.Rotary => 2,
        FusedOperation.None or FusedOperation.Silu => 0,
    };
}
