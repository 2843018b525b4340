using Flightc.Calibration;
using Flightc.Checkpoints;
using Flightc.Diagnostics;
using Flightc.Models;
using Flightc.Texts;
using Flightc.Tokenizers;

namespace Flightc.Cli.Calibrating;

/// <summary>From a text to the windows that a model is calibrated with.</summary>
internal static class CalibrationText
{
    /// <summary>Reads the text and chooses windows.</summary>
    /// <param name="request">Text and wishes.</param>
    /// <param name="checkpoint">Has the tokenizer, which only records of text need.</param>
    /// <param name="config">The model's sizes.</param>
    /// <param name="warnings">Told of texts that are too short to say much.</param>
    /// <param name="token">Stops between records.</param>
    /// <exception cref="CompilationException">The text or the tokenizer cannot be read, there is nothing in it (FLC1302), or an id is outside
    /// the vocabulary (FLC5002).</exception>
    public static IReadOnlyList<int[]> Read(
        CalibrateRequest request, HuggingFaceCheckpoint checkpoint, ModelConfig config, DiagnosticBag warnings, CancellationToken token)
    {
        int length = LengthOf(request, config, warnings);
        WindowChoice choice = new(request.Samples, length, request.Seed);
        Lazy<Tokenizer?> tokenizer = new(() => Open(checkpoint));
        foreach (TextRecord record in TextRecords.Read(request.Text))
        {
            token.ThrowIfCancellationRequested();
            int[] ids = record.Encode(record.Ids is null ? tokenizer.Value : null);
            RequireIds(ids, record, config.VocabularySize);
            choice.Add(ids);
        }

        IReadOnlyList<int[]> windows = choice.Windows();
        if (choice.Longest < length)
        {
            warnings.Warning(
                Codes.TextInvalid,
                $"no record fills a window of {length} tokens, the longest has {choice.Longest}: {windows.Count} windows with {windows.Sum(w => (long)w.Length)} tokens are taken",
                request.Text, "records of the length that the model is used with calibrate best");
        }

        return windows;
    }

    private static int LengthOf(CalibrateRequest request, ModelConfig config, DiagnosticBag warnings)
    {
        int most = Math.Max(2, config.MaxPositions);
        if (request.Length > most)
        {
            warnings.Warning(
                Codes.LengthUnsupported, $"--length {request.Length}: the model was made for {config.MaxPositions} positions, and windows have no more",
                request.Model);
        }

        return Math.Min(request.Length ?? WindowChoice.DefaultLength, most);
    }

    private static Tokenizer? Open(HuggingFaceCheckpoint checkpoint)
    {
        bool exists = checkpoint.TokenizerPath is not null || (checkpoint.VocabularyPath is not null && checkpoint.MergesPath is not null);
        return exists ? Tokenizer.Load(checkpoint.Folder) : null;
    }

    private static void RequireIds(int[] ids, TextRecord record, int vocabulary)
    {
        if (Array.FindIndex(ids, id => (uint)id >= (uint)vocabulary) is >= 0 and int at)
        {
            throw new CompilationException(
                Codes.TokenOutOfRange,
                $"token {at} of the record has the id {ids[at]}, which is outside the vocabulary, 0 to {vocabulary - 1}",
                record.Location, "use text or ids made for the tokenizer of the model");
        }
    }
}
